//! IP and TCP headers, fragments and extension headers.

use std::net::IpAddr;

use etherparse::checksum::Sum16BitWords;
use etherparse::{
    IpFragOffset, IpNumber, Ipv4Header, Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader,
    TcpHeader, TcpOptionElement, ip_number,
};

use super::framing::{Checksums, Extensions, Framing};
use super::segment::{Flags, Segment};

/// The TCP segment with its header, as the payload of IP.
pub(super) fn tcp(framing: &Framing, segment: &Segment) -> Vec<u8> {
    let (source, destination) = (segment.source, segment.destination);
    let mut header = TcpHeader::new(source.port(), destination.port(), segment.sequence, 0xFFFF);
    header.acknowledgment_number = segment.acknowledgement;
    header.fin = segment.flags.has(Flags::FIN);
    header.syn = segment.flags.has(Flags::SYN);
    header.rst = segment.flags.has(Flags::RST);
    header.psh = segment.flags.has(Flags::PSH);
    header.ack = segment.flags.has(Flags::ACK);
    let mut options = Vec::new();
    if header.syn {
        options.push(TcpOptionElement::MaximumSegmentSize(1460));
        options.push(TcpOptionElement::SelectiveAcknowledgementPermitted);
        options.push(TcpOptionElement::Noop);
        options.push(TcpOptionElement::WindowScale(7));
    }
    if framing.has_timestamps {
        // The low half of a clock of milliseconds; nobody echoes here.
        let milliseconds = (segment.time / 1_000_000) & 0xFFFF_FFFF;
        let clock = u32::try_from(milliseconds).unwrap_or_default();
        options.extend([TcpOptionElement::Noop, TcpOptionElement::Noop]);
        options.push(TcpOptionElement::Timestamp(clock, 0));
    }
    header
        .set_options(&options)
        .expect("at most 24 of 40 bytes");
    let checksum = match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            header.calc_checksum_ipv4_raw(source.octets(), destination.octets(), &segment.payload)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            header.calc_checksum_ipv6_raw(source.octets(), destination.octets(), &segment.payload)
        }
        _ => panic!("{source} and {destination} are of two families"),
    };
    header.checksum = checksum.expect("a segment of less than 64 KiB");
    if framing.checksums == Checksums::Offloaded {
        header.checksum = pseudo_header_sum(segment, header.header_len() + segment.payload.len());
    }
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend(&segment.payload);
    bytes
}

/// What a network card gets in the place of the checksum.
fn pseudo_header_sum(segment: &Segment, length: usize) -> u16 {
    let length = u32::try_from(length).unwrap_or_default();
    let mut sum = Sum16BitWords::new()
        .add_2bytes([0, ip_number::TCP.0])
        .add_4bytes(length.to_be_bytes());
    for address in [segment.source.ip(), segment.destination.ip()] {
        sum = match address {
            IpAddr::V4(address) => sum.add_4bytes(address.octets()),
            IpAddr::V6(address) => sum.add_16bytes(address.octets()),
        };
    }
    u16::from_be(!sum.ones_complement())
}

/// The IP packets that carry it: one, or its fragments in order.
pub(super) fn packets(
    framing: &Framing,
    segment: &Segment,
    identification: u32,
    payload: &[u8],
) -> Vec<Vec<u8>> {
    match (segment.source.ip(), segment.destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header = Ipv4Header {
                identification: u16::try_from(identification & 0xFFFF).unwrap_or_default(),
                time_to_live: 64,
                protocol: IpNumber::TCP,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv4Header::default()
            };
            let options = &framing.ipv4_options[..];
            header.options = options.try_into().expect("whole words, at most ten");
            ipv4(framing, header, payload)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let header = Ipv6Header {
                hop_limit: 64,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv6Header::default()
            };
            ipv6(framing, &header, identification, payload)
        }
        _ => unreachable!("the checksum was of one family"),
    }
}

fn ipv4(framing: &Framing, mut header: Ipv4Header, payload: &[u8]) -> Vec<Vec<u8>> {
    let pieces = pieces(framing, header.header_len(), payload);
    header.dont_fragment = pieces.len() == 1;
    let mut packets = Vec::new();
    for Piece {
        offset,
        is_last,
        bytes,
    } in pieces
    {
        header.more_fragments = !is_last;
        header.fragment_offset = offset;
        header
            .set_payload_len(bytes.len())
            .expect("less than 64 KiB");
        header.header_checksum = match framing.checksums {
            Checksums::Right => header.calc_header_checksum(),
            Checksums::Offloaded => 0,
        };
        let mut packet = header.to_bytes().to_vec();
        packet.extend(bytes);
        packets.push(packet);
    }
    packets
}

fn ipv6(
    framing: &Framing,
    header: &Ipv6Header,
    identification: u32,
    payload: &[u8],
) -> Vec<Vec<u8>> {
    let Extensions {
        hop_by_hop,
        routing,
        fragment,
        destination,
    } = framing.extensions;
    let mut behind = Vec::new();
    let mut next = IpNumber::TCP;
    if destination {
        behind.extend(extension(next, [1, 4, 0, 0, 0, 0]));
        next = IpNumber::IPV6_DESTINATION_OPTIONS;
    }
    behind.extend(payload);
    let own = usize::from(hop_by_hop) * 8 + usize::from(routing) * 8 + 8;
    let pieces = pieces(framing, Ipv6Header::LEN + own, &behind);
    let is_fragment = fragment || pieces.len() > 1;
    let mut packets = Vec::new();
    for Piece {
        offset,
        is_last,
        bytes,
    } in pieces
    {
        let mut next = next;
        // From the inside: each header says what follows it.
        let mut headers = Vec::new();
        if is_fragment {
            let fragment = Ipv6FragmentHeader::new(next, offset, !is_last, identification);
            headers.push(fragment.to_bytes().to_vec());
            next = IpNumber::IPV6_FRAGMENTATION_HEADER;
        }
        if routing {
            // Of an experimental type, with no hop left: it is passed over.
            headers.push(extension(next, [253, 0, 0, 0, 0, 0]));
            next = IpNumber::IPV6_ROUTE_HEADER;
        }
        if hop_by_hop {
            headers.push(extension(next, [1, 4, 0, 0, 0, 0]));
            next = IpNumber::IPV6_HEADER_HOP_BY_HOP;
        }
        headers.reverse();
        let headers = headers.concat();
        let mut header = Ipv6Header {
            next_header: next,
            ..header.clone()
        };
        let length = headers.len() + bytes.len();
        header.set_payload_length(length).expect("less than 64 KiB");
        packets.push([&header.to_bytes()[..], &headers, bytes].concat());
    }
    packets
}

/// An extension header of 8 bytes.
fn extension(next: IpNumber, rest: [u8; 6]) -> Vec<u8> {
    let header = Ipv6RawExtHeader::new_raw(next, &rest).expect("eight bytes with its start");
    header.to_bytes().to_vec()
}

/// A piece of a payload.
struct Piece<'a> {
    offset: IpFragOffset,
    is_last: bool,
    bytes: &'a [u8],
}

/// Cuts the payload of packets that have headers of that length.
fn pieces<'a>(framing: &Framing, header: usize, payload: &'a [u8]) -> Vec<Piece<'a>> {
    let room = match framing.mtu {
        Some(mtu) if header + payload.len() > usize::from(mtu) => {
            // Offsets count words of 8 bytes.
            let room = usize::from(mtu).saturating_sub(header) / 8 * 8;
            assert!(
                room > 0,
                "an MTU of {mtu} has no room for a word of a fragment"
            );
            room
        }
        _ => payload.len().max(1),
    };
    let count = payload.len().div_ceil(room);
    let chunks = payload.chunks(room).enumerate();
    chunks
        .map(|(index, bytes)| {
            let words = u16::try_from(index * room / 8).expect("less than 64 KiB");
            Piece {
                offset: IpFragOffset::try_new(words).expect("13 bits of words"),
                is_last: index + 1 == count,
                bytes,
            }
        })
        .collect()
}

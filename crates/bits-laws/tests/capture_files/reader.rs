//! Reads capture files with other people's crates.

use std::collections::HashMap;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};

use bits_laws::capture::Compression;
use etherparse::{
    IpNumber, Ipv4Header, Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader, TcpSlice,
};
use pcap_parser::{
    Block, PcapBlockOwned, PcapNGSlice, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header,
};

/// A packet of a file.
pub(crate) struct Captured {
    pub(crate) link: i32,
    /// In nanoseconds since 1970, if it has a time, and how long a tick is.
    pub(crate) time: Option<(u64, u64)>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) length: u32,
}

/// A segment of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    pub(crate) payload: Vec<u8>,
    pub(crate) is_checksum_right: bool,
}

pub(crate) fn uncompressed(file: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => file.to_vec(),
        Compression::Gzip(_) => {
            let mut bytes = Vec::new();
            let mut decoder = flate2::read::MultiGzDecoder::new(file);
            decoder.read_to_end(&mut bytes).expect("gzip");
            bytes
        }
        Compression::Zstd(_) => zstd::stream::decode_all(file).expect("zstd"),
    }
}

pub(crate) fn pcap(file: &[u8]) -> Vec<Captured> {
    let (mut rest, header) = parse_pcap_header(file).expect("a pcap header");
    let tick = if header.is_nanosecond_precision() {
        1
    } else {
        1000
    };
    let parse = if header.is_bigendian() {
        parse_pcap_frame_be
    } else {
        parse_pcap_frame
    };
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (behind, packet) = parse(rest).expect("a packet");
        rest = behind;
        assert_eq!(packet.caplen as usize, packet.data.len());
        let fraction = u64::from(packet.ts_usec) * tick;
        packets.push(Captured {
            link: header.network.0,
            time: Some((u64::from(packet.ts_sec) * 1_000_000_000 + fraction, tick)),
            bytes: packet.data.to_vec(),
            length: packet.origlen,
        });
    }
    packets
}

pub(crate) fn pcapng(file: &[u8]) -> Vec<Captured> {
    let mut interfaces = Vec::new();
    let mut packets = Vec::new();
    let mut is_big = false;
    for block in PcapNGSlice::from_slice(file).expect("a section") {
        let PcapBlockOwned::NG(block) = block.expect("a block") else {
            panic!("a block of pcap");
        };
        match block {
            Block::SectionHeader(section) => {
                is_big = section.big_endian();
                interfaces.clear();
            }
            Block::InterfaceDescription(interface) => {
                let rate = match interface.if_tsresol {
                    power if power < 0x80 => 10_u64.pow(power.into()),
                    power => 1 << (power & 0x7F),
                };
                // pcap-parser 0.17 reads this option as little-endian in every section.
                let offset = interface.ts_offset();
                let offset = if is_big { offset.swap_bytes() } else { offset };
                interfaces.push((interface.linktype.0, rate, offset, interface.snaplen));
            }
            Block::EnhancedPacket(packet) => {
                let (link, rate, offset, _) = interfaces[packet.if_id as usize];
                let ticks = u128::from(packet.ts_high) << 32 | u128::from(packet.ts_low);
                let since = ticks * 1_000_000_000 / u128::from(rate);
                let time =
                    i128::try_from(since).expect("63 bits") + i128::from(offset) * 1_000_000_000;
                packets.push(Captured {
                    link,
                    time: Some((
                        u64::try_from(time).expect("a time"),
                        1_000_000_000_u64.div_ceil(rate),
                    )),
                    bytes: packet.data[..packet.caplen as usize].to_vec(),
                    length: packet.origlen,
                });
            }
            Block::SimplePacket(packet) => {
                let (link, _, _, snap) = interfaces[0];
                let kept = if snap == 0 {
                    packet.origlen
                } else {
                    snap.min(packet.origlen)
                };
                packets.push(Captured {
                    link,
                    time: None,
                    bytes: packet.data[..kept as usize].to_vec(),
                    length: packet.origlen,
                });
            }
            _ => (),
        }
    }
    packets
}

/// The IP packet in a frame.
pub(crate) fn internet(link: i32, frame: &[u8]) -> &[u8] {
    let version = |bytes: [u8; 2]| match bytes {
        [0x08, 0x00] => 4,
        [0x86, 0xDD] => 6,
        other => panic!("{other:?} is no IP"),
    };
    let (header, version) = match link {
        0 | 108 => {
            let family: [u8; 4] = frame[..4].try_into().expect("four bytes");
            let families = [u32::from_le_bytes(family), u32::from_be_bytes(family)];
            let family = if link == 0 {
                families[0].min(families[1])
            } else {
                families[1]
            };
            (4, if family == 2 { 4 } else { 6 })
        }
        1 => {
            let mut at = 12;
            while matches!(frame[at..at + 2], [0x81, 0x00] | [0x88, 0xA8]) {
                at += 4;
            }
            (at + 2, version([frame[at], frame[at + 1]]))
        }
        101 => (0, frame[0] >> 4),
        113 => (16, version([frame[14], frame[15]])),
        228 => (0, 4),
        229 => (0, 6),
        276 => (20, version([frame[0], frame[1]])),
        _ => panic!("link type {link}"),
    };
    let packet = &frame[header..];
    assert_eq!(packet[0] >> 4, version, "the version that the link says");
    packet
}

/// The pieces of an IP packet: offset in bytes, whether more follow, and the bytes.
type Pieces = Vec<(usize, bool, Vec<u8>)>;

/// The segments of packets; fragments are put together, and noise is left out.
pub(crate) fn segments(packets: &[Captured]) -> Vec<Seen> {
    let mut fragments: HashMap<(IpAddr, IpAddr, u32), Pieces> = HashMap::new();
    let mut seen = Vec::new();
    for packet in packets.iter().filter(|packet| !packet.bytes.is_empty()) {
        let ip = internet(packet.link, &packet.bytes);
        // A header that ends too early, perhaps filled up with zeros.
        let destination = if ip[0] >> 4 == 4 { 16..20 } else { 24..40 };
        if ip
            .get(destination)
            .is_none_or(|address| address.iter().all(|&byte| byte == 0))
        {
            continue;
        }
        let (source, destination, fragment, mut next, bytes) = match ip[0] >> 4 {
            4 => ipv4(ip),
            _ => ipv6(ip),
        };
        let mut whole = bytes.to_vec();
        if let Some((number, offset, is_more)) = fragment {
            let key = (source, destination, number);
            let pieces = fragments.entry(key).or_default();
            pieces.push((offset, is_more, whole));
            pieces.sort_unstable();
            let mut end = 0;
            let follows = pieces.iter().all(|(offset, _, bytes)| {
                let follows = *offset == end;
                end += bytes.len();
                follows
            });
            if !follows || pieces.last().is_none_or(|&(_, is_more, _)| is_more) {
                continue;
            }
            whole = pieces
                .iter()
                .flat_map(|(_, _, bytes)| bytes)
                .copied()
                .collect();
            fragments.remove(&key);
        }
        let mut tcp = &whole[..];
        if next == IpNumber::IPV6_DESTINATION_OPTIONS {
            let (header, rest) = Ipv6RawExtHeader::from_slice(tcp).expect("options");
            (next, tcp) = (header.next_header, rest);
        }
        if next != IpNumber::TCP || tcp.len() < 20 {
            continue;
        }
        seen.push(segment(source, destination, tcp));
    }
    assert!(fragments.is_empty(), "a packet is not whole");
    seen
}

/// Number, offset in bytes, and whether more follow.
type Fragment = Option<(u32, usize, bool)>;

fn ipv4(packet: &[u8]) -> (IpAddr, IpAddr, Fragment, IpNumber, &[u8]) {
    let (header, _) = Ipv4Header::from_slice(packet).expect("IPv4");
    let checksum = header.header_checksum;
    assert!(checksum == 0 || checksum == header.calc_header_checksum());
    let offset = usize::from(header.fragment_offset.byte_offset());
    let fragment = header.is_fragmenting_payload();
    assert_eq!(fragment, !header.dont_fragment);
    let fragment =
        fragment.then_some((header.identification.into(), offset, header.more_fragments));
    let bytes = &packet[header.header_len()..usize::from(header.total_len)];
    (
        header.source.into(),
        header.destination.into(),
        fragment,
        header.protocol,
        bytes,
    )
}

fn ipv6(packet: &[u8]) -> (IpAddr, IpAddr, Fragment, IpNumber, &[u8]) {
    let (header, rest) = Ipv6Header::from_slice(packet).expect("IPv6");
    let mut bytes = &rest[..usize::from(header.payload_length)];
    let (mut next, mut fragment) = (header.next_header, None);
    while matches!(
        next,
        IpNumber::IPV6_HEADER_HOP_BY_HOP | IpNumber::IPV6_ROUTE_HEADER
    ) {
        let (header, rest) = Ipv6RawExtHeader::from_slice(bytes).expect("a header");
        (next, bytes) = (header.next_header, rest);
    }
    if next == IpNumber::IPV6_FRAGMENTATION_HEADER {
        let (header, rest) = Ipv6FragmentHeader::from_slice(bytes).expect("a header");
        (next, bytes) = (header.next_header, rest);
        let offset = usize::from(header.fragment_offset.byte_offset());
        fragment = Some((header.identification, offset, header.more_fragments));
    }
    (
        header.source.into(),
        header.destination.into(),
        fragment,
        next,
        bytes,
    )
}

fn segment(source: IpAddr, destination: IpAddr, bytes: &[u8]) -> Seen {
    let tcp = TcpSlice::from_slice(bytes).expect("TCP");
    let checksum = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            tcp.calc_checksum_ipv4(source.octets(), destination.octets())
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            tcp.calc_checksum_ipv6(source.octets(), destination.octets())
        }
        _ => panic!("{source} and {destination}"),
    };
    let bits = [tcp.fin(), tcp.syn(), tcp.rst(), tcp.psh(), tcp.ack()];
    let flags = bits
        .iter()
        .rev()
        .fold(0, |flags, &bit| flags << 1 | u8::from(bit));
    Seen {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledgement: tcp.acknowledgment_number(),
        flags,
        payload: tcp.payload().to_vec(),
        is_checksum_right: checksum == Ok(tcp.checksum()),
    }
}

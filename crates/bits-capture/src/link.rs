//! Frames to TCP segments: link layer, VLAN tags, IP with its fragments and extension headers.
//!
//! The headers are taken apart by `etherparse`, laxly: a frame may be cut off by a snap length.

mod checksum;
mod fragments;

pub use checksum::Checksum;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use etherparse::{
    EtherType, IpNumber, Ipv6ExtensionSlice, Ipv6ExtensionsSlice, LaxIpSlice, LaxNetSlice,
    LaxSlicedPacket, LenSource, TcpHeaderSlice, ether_type, ip_number,
};

use crate::file::{Frame, Link};
use fragments::{Fragment, Fragments};

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// When it was seen, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
    /// Who sends.
    pub source: SocketAddr,
    /// Who receives.
    pub destination: SocketAddr,
    /// The number of the first byte, or of SYN.
    pub seq: u32,
    /// The number that the sender expects next, if the flag ACK is set.
    pub ack: Option<u32>,
    /// SYN
    pub syn: bool,
    /// FIN
    pub fin: bool,
    /// RST
    pub rst: bool,
    /// What was captured of the data.
    pub payload: &'a [u8],
    /// How many bytes of data follow that were not captured.
    pub cut: u32,
    /// What its checksum says of it, and that of its IPv4 header.
    pub checksum: Checksum,
}

/// What was no segment, or not all of one, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkTotals {
    /// Frames.
    pub frames: u64,
    /// Bytes of frames that were captured.
    pub bytes: u64,
    /// Frames of a link type that is not looked into.
    pub unknown_link: u64,
    /// Frames that hold no IP, those in `tunnels` not counted.
    pub not_ip: u64,
    /// IP packets that hold no TCP, those in `tunnels` not counted.
    pub not_tcp: u64,
    /// Frames whose contents are in what is not looked into: PPPoE, MPLS, more VLAN tags than three, IP in IP, GRE.
    pub tunnels: u64,
    /// Frames whose headers are cut off or wrong.
    pub malformed: u64,
    /// Frames that a snap length has cut off.
    pub cut: u64,
    /// IP fragments.
    pub fragments: u64,
    /// IP packets of which fragments came, and not all.
    pub unfinished: u64,
    /// TCP segments.
    pub segments: u64,
}

/// Takes frames apart. It keeps the fragments of IP packets until all are there, within a limit.
#[derive(Debug, Default)]
pub struct Dissector {
    /// Whether no checksum is looked at.
    pub ignores_checksums: bool,
    totals: LinkTotals,
    fragments: Fragments,
    /// The last packet that was put together.
    whole: Vec<u8>,
}

impl Dissector {
    /// The segment in a frame, if there is one and it is whole.
    pub fn segment<'a>(&'a mut self, frame: &Frame<'a>) -> Option<Segment<'a>> {
        self.totals.frames += 1;
        self.totals.bytes += frame.bytes.len() as u64;
        if frame.bytes.len() < frame.original as usize {
            self.totals.cut += 1;
        }
        let ip = match network(frame) {
            Ok(ip) => ip,
            Err(Skipped::UnknownLink) => {
                self.totals.unknown_link += 1;
                return None;
            }
            Err(Skipped::NotIp) => {
                self.totals.not_ip += 1;
                return None;
            }
            Err(Skipped::Tunnel) => {
                self.totals.tunnels += 1;
                return None;
            }
            Err(Skipped::Malformed) => {
                self.totals.malformed += 1;
                return None;
            }
        };
        let payload = ip.payload();
        let addresses = (ip.source_addr(), ip.destination_addr());
        // Of fragments, the checksum of TCP has to say it.
        let is_damaged = match &ip {
            LaxIpSlice::Ipv4(ip) => !payload.fragmented && checksum::is_wrong(ip.header().slice()),
            LaxIpSlice::Ipv6(_) => false,
        };
        let (number, bytes, cut) = if payload.fragmented {
            self.totals.fragments += 1;
            if payload.incomplete {
                self.totals.malformed += 1;
                return None;
            }
            let fragment = fragment(&ip)?;
            let number = self.fragments.add(frame.time, &fragment, &mut self.whole)?;
            let (number, bytes) = behind_extensions(number, &self.whole);
            (number, bytes, 0)
        } else {
            (payload.ip_number, payload.payload, missing(&ip, frame))
        };
        match number {
            ip_number::TCP => {}
            ip_number::IPV4 | ip_number::IPV6 | ip_number::GRE => {
                self.totals.tunnels += 1;
                return None;
            }
            _ => {
                self.totals.not_tcp += 1;
                return None;
            }
        }
        let checksum = if self.ignores_checksums {
            Checksum::Unknown
        } else if is_damaged {
            Checksum::Wrong
        } else if cut > 0 {
            Checksum::Unknown
        } else {
            Checksum::of(addresses, bytes)
        };
        match segment(frame.time, addresses, bytes, cut, checksum) {
            Some(segment) => {
                self.totals.segments += 1;
                Some(segment)
            }
            None => {
                self.totals.malformed += 1;
                None
            }
        }
    }

    /// What was counted.
    #[must_use]
    pub fn totals(&self) -> LinkTotals {
        LinkTotals {
            unfinished: self.fragments.unfinished(),
            ..self.totals
        }
    }
}

/// Why there is no IP packet.
enum Skipped {
    UnknownLink,
    NotIp,
    Tunnel,
    Malformed,
}

/// The numbers of Ethernet for what frames are wrapped in, beside VLAN tags: MPLS, PPPoE.
const WRAPPERS: [EtherType; 3] = [EtherType(0x8847), EtherType(0x8848), EtherType(0x8864)];

fn network<'a>(frame: &Frame<'a>) -> Result<LaxIpSlice<'a>, Skipped> {
    let bytes = frame.bytes;
    let from_type = |number: u16, at: usize| {
        let rest = bytes.get(at..).ok_or(Skipped::Malformed)?;
        of_packet(EtherType(number), rest)
    };
    let number_at = |at: usize| {
        let number = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
        number
            .map(|number| u16::from_be_bytes(*number))
            .ok_or(Skipped::Malformed)
    };
    match frame.link {
        Link::Ethernet => from_type(number_at(12)?, 14),
        Link::LinuxCooked => from_type(number_at(14)?, 16),
        Link::LinuxCooked2 => from_type(number_at(0)?, 20),
        Link::Ip => of_ip(bytes),
        // The family's number differs between systems, and the version stands in the packet besides.
        Link::Loopback => match bytes.get(4..) {
            Some(packet) => of_ip(packet),
            None => Err(Skipped::Malformed),
        },
        Link::Other(_) => Err(Skipped::UnknownLink),
    }
}

fn of_packet(number: EtherType, bytes: &[u8]) -> Result<LaxIpSlice<'_>, Skipped> {
    use ether_type::{PROVIDER_BRIDGING, VLAN_DOUBLE_TAGGED_FRAME, VLAN_TAGGED_FRAME};
    let packet = LaxSlicedPacket::from_ether_type(number, bytes);
    match packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => Ok(LaxIpSlice::Ipv4(ip)),
        Some(LaxNetSlice::Ipv6(ip)) => Ok(LaxIpSlice::Ipv6(ip)),
        Some(LaxNetSlice::Arp(_)) => Err(Skipped::NotIp),
        None if packet.stop_err.is_some() => Err(Skipped::Malformed),
        None => match packet.ether_payload().map(|payload| payload.ether_type) {
            // More tags than are taken apart.
            Some(VLAN_TAGGED_FRAME | PROVIDER_BRIDGING | VLAN_DOUBLE_TAGGED_FRAME) => {
                Err(Skipped::Tunnel)
            }
            Some(number) if WRAPPERS.contains(&number) => Err(Skipped::Tunnel),
            _ => Err(Skipped::NotIp),
        },
    }
}

fn of_ip(bytes: &[u8]) -> Result<LaxIpSlice<'_>, Skipped> {
    match bytes.first().map(|byte| byte >> 4) {
        Some(4 | 6) => match LaxIpSlice::from_slice(bytes) {
            Ok((ip, _)) => Ok(ip),
            Err(_) => Err(Skipped::Malformed),
        },
        _ => Err(Skipped::NotIp),
    }
}

/// How many bytes of the packet were not captured. Where it does not say how long it is, as a packet that the network
/// card was to cut, the frame does.
fn missing(ip: &LaxIpSlice<'_>, frame: &Frame<'_>) -> u32 {
    let payload = ip.payload();
    if payload.len_source != LenSource::Slice {
        return 0;
    }
    let cut_off = (frame.original as usize).saturating_sub(frame.bytes.len());
    let announced = match ip {
        LaxIpSlice::Ipv4(ip) => usize::from(ip.header().total_len()),
        LaxIpSlice::Ipv6(ip) => match usize::from(ip.header().payload_length()) {
            0 => 0,
            length => length + 40,
        },
    };
    let held = match ip {
        LaxIpSlice::Ipv4(ip) => ip.header().slice().len() + payload.payload.len(),
        LaxIpSlice::Ipv6(ip) => 40 + ip.extensions().slice().len() + payload.payload.len(),
    };
    let missing = if payload.incomplete {
        announced.saturating_sub(held)
    } else {
        cut_off
    };
    u32::try_from(missing).unwrap_or(u32::MAX)
}

fn fragment<'a>(ip: &LaxIpSlice<'a>) -> Option<Fragment<'a>> {
    match ip {
        LaxIpSlice::Ipv4(ip) => {
            let header = ip.header();
            Some(Fragment {
                source: IpAddr::V4(header.source_addr()),
                destination: IpAddr::V4(header.destination_addr()),
                identification: u32::from(header.identification()),
                number: ip.payload().ip_number,
                offset: header.fragments_offset(),
                more: header.more_fragments(),
                bytes: Cow::Borrowed(ip.payload().payload),
            })
        }
        LaxIpSlice::Ipv6(ip) => {
            // What follows the fragment header is the fragment, extension headers among it.
            let extensions = ip.extensions();
            let mut before = 0;
            let header = extensions.clone().into_iter().find_map(|extension| {
                before += extension_length(&extension);
                match extension {
                    Ipv6ExtensionSlice::Fragment(header) => Some(header),
                    _ => None,
                }
            })?;
            let within = extensions.slice().get(before..)?;
            let bytes = if within.is_empty() {
                Cow::Borrowed(ip.payload().payload)
            } else {
                Cow::Owned([within, ip.payload().payload].concat())
            };
            Some(Fragment {
                source: IpAddr::V6(ip.header().source_addr()),
                destination: IpAddr::V6(ip.header().destination_addr()),
                identification: header.identification(),
                number: header.next_header(),
                offset: header.fragment_offset(),
                more: header.more_fragments(),
                bytes,
            })
        }
    }
}

fn extension_length(extension: &Ipv6ExtensionSlice<'_>) -> usize {
    match extension {
        Ipv6ExtensionSlice::HopByHop(it)
        | Ipv6ExtensionSlice::Routing(it)
        | Ipv6ExtensionSlice::DestinationOptions(it) => it.slice().len(),
        Ipv6ExtensionSlice::Fragment(it) => it.slice().len(),
        Ipv6ExtensionSlice::Authentication(it) => it.slice().len(),
    }
}

/// What follows the headers of authentication and, in IPv6, other extension headers at the start of a packet that was put
/// together.
fn behind_extensions(number: IpNumber, bytes: &[u8]) -> (IpNumber, &[u8]) {
    let (_, number, rest, _) = Ipv6ExtensionsSlice::from_slice_lax(number, bytes);
    (number, rest)
}

fn segment(
    time: u64,
    (source, destination): (IpAddr, IpAddr),
    bytes: &[u8],
    cut: u32,
    checksum: Checksum,
) -> Option<Segment<'_>> {
    let header = TcpHeaderSlice::from_slice(bytes).ok()?;
    Some(Segment {
        time,
        source: SocketAddr::new(source, header.source_port()),
        destination: SocketAddr::new(destination, header.destination_port()),
        seq: header.sequence_number(),
        ack: header.ack().then(|| header.acknowledgment_number()),
        syn: header.syn(),
        fin: header.fin(),
        rst: header.rst(),
        payload: bytes.get(header.slice().len()..)?,
        cut,
        checksum,
    })
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn frame(bytes: &[u8]) -> Frame<'_> {
        Frame {
            time: 0,
            link: Link::Ethernet,
            bytes,
            original: u32::try_from(bytes.len()).unwrap(),
        }
    }

    /// A frame with a segment in it.
    fn ethernet() -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
            .tcp(50_000, 80, 1, 64_240);
        let mut frame = Vec::new();
        builder.write(&mut frame, b"data").unwrap();
        frame
    }

    #[test]
    fn a_wrong_checksum_of_ipv4_is_one_of_its_segment() {
        let mut dissector = Dissector::default();
        let mut bytes = ethernet();
        let right = dissector.segment(&frame(&bytes)).unwrap();
        assert_eq!(right.checksum, Checksum::Right);
        // The time to live is nothing that TCP looks at.
        bytes[22] -= 1;
        let wrong = dissector.segment(&frame(&bytes)).unwrap();
        assert_eq!(wrong.checksum, Checksum::Wrong);
        bytes[24..26].fill(0);
        let unfilled = dissector.segment(&frame(&bytes)).unwrap();
        assert_eq!(unfilled.checksum, Checksum::Right);
        bytes[24] = 1;
        dissector.ignores_checksums = true;
        let ignored = dissector.segment(&frame(&bytes)).unwrap();
        assert_eq!(ignored.checksum, Checksum::Unknown);
    }

    #[test]
    fn frames_in_tunnels_are_counted_and_others_are_not() {
        let bytes = ethernet();
        let of_type = |number: &[u8]| [&bytes[..12], number, &bytes[14..]].concat();
        let of_number = |number: u8| {
            let mut bytes = bytes.clone();
            bytes[23] = number;
            bytes
        };
        let tag = b"\x81\0\0\x01";
        let tagged = |tags: usize, number: &[u8]| of_type(&[&tag.repeat(tags), number].concat());
        let mut dissector = Dissector::default();
        for tunnel in [
            of_type(b"\x88\x64"),
            of_type(b"\x88\x47"),
            of_type(b"\x88\x48"),
            tagged(1, b"\x88\x64"),
            tagged(4, b"\x08\0"),
            of_number(4),
            of_number(41),
            of_number(47),
        ] {
            let before = dissector.totals();
            assert_eq!(dissector.segment(&frame(&tunnel)), None);
            let totals = dissector.totals();
            assert_eq!(totals.tunnels, before.tunnels + 1, "{tunnel:x?}");
            assert_eq!((totals.not_ip, totals.not_tcp), (0, 0));
        }
        let tunnels = dissector.totals().tunnels;
        // PPPoE that looks for a peer, LLDP; ICMP, UDP.
        for other in [
            of_type(b"\x88\x63"),
            tagged(1, b"\x88\xCC"),
            of_number(1),
            of_number(17),
        ] {
            assert_eq!(dissector.segment(&frame(&other)), None);
        }
        assert!(dissector.segment(&frame(&tagged(3, b"\x08\0"))).is_some());
        let totals = dissector.totals();
        assert_eq!(
            (totals.not_ip, totals.not_tcp, totals.tunnels),
            (2, 2, tunnels)
        );
    }
}

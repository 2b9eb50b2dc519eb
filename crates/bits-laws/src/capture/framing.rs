//! From segments to what a capture holds: packets of a link type.

use super::internet;
use super::link::Link;
use super::segment::Segment;
use crate::random::Random;

/// Whether checksums are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Checksums {
    /// They are.
    #[default]
    Right,
    /// The network card was to put them in: those of IPv4 are 0, those of TCP the sum of the pseudo header.
    Offloaded,
}

/// In which order the fragments of a packet come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FragmentOrder {
    /// The first one first.
    #[default]
    Forward,
    /// The last one first.
    Backward,
    /// Any, drawn from that seed.
    Shuffled(u64),
}

/// The extension headers of IPv6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extensions {
    /// Hop-by-hop options: padding.
    pub hop_by_hop: bool,
    /// A routing header of an experimental type without hops left.
    pub routing: bool,
    /// A fragment header in packets that are whole, too.
    pub fragment: bool,
    /// Destination options: padding.
    pub destination: bool,
}

/// How segments look in a capture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Framing {
    /// The layer below IP.
    pub link: Link,
    /// The options of every IPv4 packet: whole words of 4 bytes, at most ten.
    pub ipv4_options: Vec<u8>,
    /// The extension headers of every IPv6 packet.
    pub extensions: Extensions,
    /// The most bytes of an IP packet; larger ones come in fragments. None: they are as large as they are.
    pub mtu: Option<u16>,
    /// The order of those fragments.
    pub fragments: FragmentOrder,
    /// Whether checksums are right.
    pub checksums: Checksums,
    /// Whether TCP has time stamps.
    pub has_timestamps: bool,
}

impl Framing {
    /// Without anything special.
    #[must_use]
    pub const fn new(link: Link) -> Self {
        Framing {
            link,
            ipv4_options: Vec::new(),
            extensions: Extensions {
                hop_by_hop: false,
                routing: false,
                fragment: false,
                destination: false,
            },
            mtu: None,
            fragments: FragmentOrder::Forward,
            checksums: Checksums::Right,
            has_timestamps: false,
        }
    }

    /// What makes packets of segments, one after another.
    #[must_use]
    pub fn framer(&self) -> Framer<'_> {
        let seed = match self.fragments {
            FragmentOrder::Shuffled(seed) => seed,
            FragmentOrder::Forward | FragmentOrder::Backward => 0,
        };
        Framer {
            framing: self,
            identification: 0,
            random: Random::new(seed),
        }
    }

    /// The packets of these segments.
    ///
    /// # Panics
    ///
    /// When a segment is larger than an IP packet can be, its addresses are of two families, or the link
    /// carries the other one.
    #[must_use]
    pub fn packets(&self, segments: &[Segment]) -> Vec<Packet> {
        let mut framer = self.framer();
        let packets = segments.iter().flat_map(|segment| framer.packets(segment));
        packets.collect()
    }
}

/// Makes packets of segments; counts their identification.
#[derive(Clone, Debug)]
pub struct Framer<'a> {
    framing: &'a Framing,
    identification: u32,
    random: Random,
}

impl Framer<'_> {
    /// The packets of a segment: one, or the fragments of one.
    ///
    /// # Panics
    ///
    /// As [`Framing::packets`].
    pub fn packets(&mut self, segment: &Segment) -> Vec<Packet> {
        self.identification = self.identification.wrapping_add(1);
        self.numbered(self.identification, segment)
    }

    /// The same with that identification.
    pub(super) fn numbered(&mut self, identification: u32, segment: &Segment) -> Vec<Packet> {
        let framing = self.framing;
        let tcp = internet::tcp(framing, segment);
        let mut packets = internet::packets(framing, segment, identification, &tcp);
        match framing.fragments {
            FragmentOrder::Forward => (),
            FragmentOrder::Backward => packets.reverse(),
            FragmentOrder::Shuffled(_) => {
                for at in (1..packets.len()).rev() {
                    packets.swap(at, self.random.below(at + 1));
                }
            }
        }
        let is_ipv6 = segment.source.is_ipv6();
        let frames = packets.iter().map(|packet| {
            let bytes = framing.link.frame(segment.side, is_ipv6, packet);
            Packet::new(segment.time, bytes)
        });
        frames.collect()
    }
}

/// A packet of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When it was seen, in nanoseconds since 1970.
    pub time: u64,
    /// What was kept of it.
    pub bytes: Vec<u8>,
    /// How many bytes it had.
    pub length: u32,
}

impl Packet {
    /// Kept as it was.
    ///
    /// # Panics
    ///
    /// When it is larger than 4 GiB.
    #[must_use]
    pub fn new(time: u64, bytes: Vec<u8>) -> Self {
        let length = u32::try_from(bytes.len()).expect("a packet of less than 4 GiB");
        Packet {
            time,
            bytes,
            length,
        }
    }

    /// With at most that many bytes kept.
    #[must_use]
    pub fn cut(mut self, snap_length: usize) -> Self {
        self.bytes.truncate(snap_length);
        self
    }
}

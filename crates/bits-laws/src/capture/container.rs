//! Whole capture files: format, interfaces, compression; one capture in several of them.

use std::io::{self, Write};
use std::net::IpAddr;

use flate2::write::GzEncoder;

use super::ByteOrder;
use super::connection::Side;
use super::framing::Framing;
use super::noise::noise;
use super::pcap::{Pcap, PcapWriter};
use super::pcapng::{Clock, PcapngWriter};
use super::segment::Segment;
use crate::random::Random;

/// A capture file without its packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The file format.
    pub format: Format,
    /// How the file is compressed.
    pub compression: Compression,
    /// Whether packets without TCP, and some that are nothing at all, come between.
    pub has_noise: bool,
}

/// A file format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// One of the four spellings of pcap.
    Pcap {
        /// Which.
        pcap: Pcap,
        /// How packets look.
        framing: Framing,
    },
    /// pcapng: each of the sections has as many of the segments, in order.
    Pcapng(Vec<Section>),
}

/// A section of a pcapng file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The order of its numbers.
    pub order: ByteOrder,
    /// Its interfaces. A connection is seen at one of those that can carry it.
    pub interfaces: Vec<Interface>,
    /// Whether the packets of the first interface come without times, in Simple Packet Blocks.
    pub is_simple: bool,
    /// Whether there are blocks and options between that say nothing about packets: names, statistics,
    /// comments, blocks of unknown types.
    pub has_others: bool,
}

/// An interface of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// How packets look there.
    pub framing: Framing,
    /// How it tells time.
    pub clock: Clock,
    /// The most bytes that are kept of a packet; 0 for all.
    pub snap_length: u32,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, with a member for every so many bytes.
    Gzip(usize),
    /// zstd, with a frame for every so many bytes, and a skippable frame between.
    Zstd(usize),
}

impl Container {
    /// As it is.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Container {
            format,
            compression: Compression::None,
            has_noise: false,
        }
    }

    /// An ordinary pcap file of Ethernet.
    #[must_use]
    pub const fn usual() -> Self {
        Self::new(Format::Pcap {
            pcap: Pcap::USUAL,
            framing: Framing::new(super::Link::ETHERNET),
        })
    }

    /// How packets look, at each interface.
    pub fn framings_mut(&mut self) -> Vec<&mut Framing> {
        match &mut self.format {
            Format::Pcap { framing, .. } => vec![framing],
            Format::Pcapng(sections) => {
                let interfaces = sections.iter_mut().flat_map(|it| &mut it.interfaces);
                interfaces.map(|it| &mut it.framing).collect()
            }
        }
    }

    /// The file with these segments, which are in the order of their times.
    ///
    /// # Panics
    ///
    /// When a segment cannot be framed as asked: see [`Framing::packets`], [`PcapngWriter::enhanced`]; or there is
    /// no section.
    #[must_use]
    pub fn file(&self, segments: &[Segment]) -> Vec<u8> {
        let file = match &self.format {
            Format::Pcap { pcap, framing } => self.pcap(*pcap, framing, segments),
            Format::Pcapng(sections) => self.pcapng(sections, segments),
        };
        self.compression.apply(&file.expect("memory takes all"))
    }

    fn pcap(&self, pcap: Pcap, framing: &Framing, segments: &[Segment]) -> io::Result<Vec<u8>> {
        let mut writer = PcapWriter::new(pcap, framing.link.number(), Vec::new())?;
        let mut framer = framing.framer();
        for (number, segment) in (0..).zip(segments) {
            for packet in framer.packets(segment) {
                writer.write(&packet)?;
            }
            if self.has_noise {
                writer.write(&noise(framing, number, segment.time))?;
            }
        }
        writer.finish()
    }

    fn pcapng(&self, sections: &[Section], segments: &[Segment]) -> io::Result<Vec<u8>> {
        let share = segments.len().div_ceil(sections.len()).max(1);
        let mut shares = segments.chunks(share);
        let mut writer: Option<PcapngWriter<Vec<u8>>> = None;
        let mut number = 0;
        for section in sections {
            let writer = match &mut writer {
                None => writer.insert(PcapngWriter::new(section.order, Vec::new())?),
                Some(writer) => {
                    writer.section(section.order)?;
                    writer
                }
            };
            let share = shares.next().unwrap_or_default();
            section.write(writer, share, &mut number, self.has_noise)?;
        }
        writer.expect("a section").finish()
    }
}

impl Section {
    /// Writes its interfaces and these segments, numbered through all of the file.
    fn write(
        &self,
        writer: &mut PcapngWriter<Vec<u8>>,
        segments: &[Segment],
        number: &mut u32,
        has_noise: bool,
    ) -> io::Result<()> {
        let mut framers = Vec::new();
        for interface in &self.interfaces {
            let link = interface.framing.link.number();
            writer.interface(link, interface.clock, interface.snap_length)?;
            framers.push(interface.framing.framer());
        }
        if self.has_others {
            let localhost = IpAddr::from([127, 0, 0, 1]);
            writer.names(&[(localhost, "here.example")])?;
            // Of a type for local use.
            writer.block(0x8000_0BAD, b"nobody knows what this is")?;
        }
        for segment in segments {
            *number += 1;
            let at = self.interface_of(segment);
            for packet in framers[at].numbered(*number, segment) {
                if at == 0 && self.is_simple {
                    writer.simple(&packet)?;
                } else {
                    let is_told = self.has_others && number.is_multiple_of(3);
                    let comment = if is_told { "seen" } else { "" };
                    writer.enhanced(u32::try_from(at).unwrap_or_default(), &packet, comment)?;
                }
            }
            if has_noise {
                let packet = noise(&self.interfaces[at].framing, *number, segment.time);
                writer.enhanced(u32::try_from(at).unwrap_or_default(), &packet, "")?;
            }
            if self.has_others && number.is_multiple_of(7) {
                // A Custom Block, of the number that is kept for documentation.
                writer.block(
                    0xBAD,
                    &[self.order.bytes_of_u32(32_473), [1, 2, 3, 4]].concat(),
                )?;
            }
        }
        if self.has_others {
            // Interface statistics without options.
            writer.block(5, &[0; 12])?;
        }
        Ok(())
    }

    /// Where a connection is seen, in both directions.
    fn interface_of(&self, segment: &Segment) -> usize {
        let is_ipv6 = segment.source.is_ipv6();
        let able = self.interfaces.iter().enumerate();
        let able = able.filter(|(_, interface)| interface.framing.link.carries(is_ipv6));
        let able: Vec<usize> = able.map(|(at, _)| at).collect();
        assert!(!able.is_empty(), "no interface for {}", segment.source);
        let ports = usize::from(segment.source.port()) + usize::from(segment.destination.port());
        able[ports % able.len()]
    }
}

impl Compression {
    /// The bytes of a file, compressed.
    ///
    /// # Panics
    ///
    /// When a member or frame is to have no byte.
    #[must_use]
    pub fn apply(self, file: &[u8]) -> Vec<u8> {
        match self {
            Compression::None => file.to_vec(),
            Compression::Gzip(member) => {
                let members = file.chunks(member).flat_map(|member| {
                    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                    encoder.write_all(member).expect("memory takes all");
                    encoder.finish().expect("memory takes all")
                });
                members.collect()
            }
            Compression::Zstd(frame) => {
                let mut out = Vec::new();
                for frame in file.chunks(frame) {
                    if !out.is_empty() {
                        // A skippable frame of 3 bytes ([RFC 8878] 3.1.2).
                        out.extend([0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]);
                    }
                    out.extend(zstd::bulk::compress(frame, 1).expect("memory takes all"));
                }
                out
            }
        }
    }
}

/// How one capture is in several files, each of them in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// So many files, one after another, as tcpdump makes them when a file is full.
    Rotated(usize),
    /// The client's segments in the first, the server's in the second, as a tap makes them.
    BySide,
    /// So many files, each segment in any of them, drawn from that seed.
    Drawn(usize, u64),
}

impl Split {
    /// The segments of each file.
    ///
    /// # Panics
    ///
    /// When there is to be no file.
    #[must_use]
    pub fn apply(self, segments: &[Segment]) -> Vec<Vec<Segment>> {
        match self {
            Split::Rotated(count) => {
                let share = segments.len().div_ceil(count).max(1);
                let mut files: Vec<_> = segments.chunks(share).map(<[Segment]>::to_vec).collect();
                files.resize(count, Vec::new());
                files
            }
            Split::BySide => {
                let of = |side| {
                    let segments = segments.iter().filter(|segment| segment.side == side);
                    segments.cloned().collect()
                };
                vec![of(Side::Client), of(Side::Server)]
            }
            Split::Drawn(count, seed) => {
                let mut random = Random::new(seed);
                let mut files = vec![Vec::new(); count];
                for segment in segments {
                    files[random.below(count)].push(segment.clone());
                }
                files
            }
        }
    }
}

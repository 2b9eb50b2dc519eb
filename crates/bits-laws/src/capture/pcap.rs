//! The pcap file format.

use std::io::{self, Write};

use super::ByteOrder;
use super::framing::Packet;

/// How fine the time stamps of a pcap file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Microseconds.
    #[default]
    Micro,
    /// Nanoseconds.
    Nano,
}

/// The spelling of a pcap file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pcap {
    /// The order of its numbers.
    pub order: ByteOrder,
    /// How fine its times are.
    pub precision: Precision,
    /// The most bytes that are kept of a packet.
    pub snap_length: u32,
}

impl Pcap {
    /// As tcpdump writes it on most machines: little-endian, microseconds, at most 256 KiB a packet.
    pub const USUAL: Pcap = Pcap {
        order: ByteOrder::Little,
        precision: Precision::Micro,
        snap_length: 0x4_0000,
    };
}

/// Writes a pcap file.
#[derive(Debug)]
pub struct PcapWriter<W> {
    pcap: Pcap,
    to: W,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header, for packets of that link type.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn new(pcap: Pcap, link: u16, mut to: W) -> io::Result<Self> {
        let magic = match pcap.precision {
            Precision::Micro => 0xA1B2_C3D4,
            Precision::Nano => 0xA1B2_3C4D,
        };
        let order = pcap.order;
        to.write_all(&order.bytes_of_u32(magic))?;
        to.write_all(&order.bytes_of_u16(2))?;
        to.write_all(&order.bytes_of_u16(4))?;
        for number in [0, 0, pcap.snap_length, u32::from(link)] {
            to.write_all(&order.bytes_of_u32(number))?;
        }
        Ok(PcapWriter { pcap, to })
    }

    /// Writes a packet.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    ///
    /// # Panics
    ///
    /// When the time is later than the format can say, in the year 2106.
    pub fn write(&mut self, packet: &Packet) -> io::Result<()> {
        let order = self.pcap.order;
        let fraction = packet.time % 1_000_000_000;
        let fraction = match self.pcap.precision {
            Precision::Micro => fraction / 1000,
            Precision::Nano => fraction,
        };
        let seconds = u32::try_from(packet.time / 1_000_000_000).expect("a time before 2106");
        let fraction = u32::try_from(fraction).unwrap_or_default();
        let snap = usize::try_from(self.pcap.snap_length).unwrap_or(usize::MAX);
        let kept = &packet.bytes[..packet.bytes.len().min(snap)];
        let length = u32::try_from(kept.len()).unwrap_or_default();
        for number in [seconds, fraction, length, packet.length] {
            self.to.write_all(&order.bytes_of_u32(number))?;
        }
        self.to.write_all(kept)
    }

    /// What it was written to.
    ///
    /// # Errors
    ///
    /// Those of the writer, which is flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}

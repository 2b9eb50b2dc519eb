//! The pcapng file format.

use std::io::{self, Write};
use std::net::IpAddr;

use super::ByteOrder;
use super::framing::Packet;

/// How an interface counts time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock {
    /// The value of `if_tsresol`: the negative power of 10, or, with the highest bit, of 2, that a tick is of a
    /// second. None: the option is left out, and a tick is a microsecond.
    pub resolution: Option<u8>,
    /// The value of `if_tsoffset`: what is added to every time, in seconds.
    pub offset: Option<i64>,
}

impl Clock {
    /// Ticks a second.
    fn rate(self) -> u128 {
        match self.resolution {
            None => 1_000_000,
            Some(power) if power >= 0x80 => 1 << (power & 0x7F),
            Some(power) => 10_u128.pow(u32::from(power)),
        }
    }

    /// The ticks at a time in nanoseconds since 1970.
    ///
    /// # Panics
    ///
    /// When they are no number of 64 bits.
    fn ticks(self, time: u64) -> u64 {
        let offset = i128::from(self.offset.unwrap_or_default()) * 1_000_000_000;
        let since = u128::try_from(i128::from(time) - offset).expect("a time behind the offset");
        let ticks = since * self.rate() / 1_000_000_000;
        u64::try_from(ticks).expect("ticks of 64 bits: an offset makes them fewer")
    }

    /// What a time becomes that this clock tells, in whole nanoseconds.
    #[must_use]
    pub fn told(self, time: u64) -> u64 {
        let since = u128::from(self.ticks(time)) * 1_000_000_000 / self.rate();
        let offset = i128::from(self.offset.unwrap_or_default()) * 1_000_000_000;
        let time = i128::try_from(since).expect("less than it was") + offset;
        u64::try_from(time).expect("at most what it was")
    }
}

/// Writes a pcapng file, block by block.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    order: ByteOrder,
    /// The clock and the snap length of each interface of this section.
    interfaces: Vec<(Clock, u32)>,
    to: W,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins the first section.
    ///
    /// # Errors
    ///
    /// Those of the writer, here and in what follows.
    pub fn new(order: ByteOrder, to: W) -> io::Result<Self> {
        let mut writer = PcapngWriter {
            order,
            interfaces: Vec::new(),
            to,
        };
        writer.section(order)?;
        Ok(writer)
    }

    /// Begins a section, which has no interface yet.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn section(&mut self, order: ByteOrder) -> io::Result<()> {
        self.order = order;
        self.interfaces.clear();
        let mut body = order.bytes_of_u32(0x1A2B_3C4D).to_vec();
        body.extend(order.bytes_of_u16(1));
        body.extend(order.bytes_of_u16(0));
        // How long the section is, is not said.
        body.extend([0xFF; 8]);
        // shb_userappl
        self.option(&mut body, 4, b"bits-laws");
        self.option(&mut body, 0, b"");
        self.block(0x0A0D_0D0A, &body)
    }

    /// Describes the next interface; gives its number.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn interface(&mut self, link: u16, clock: Clock, snap_length: u32) -> io::Result<u32> {
        let order = self.order;
        let mut body = order.bytes_of_u16(link).to_vec();
        body.extend([0, 0]);
        body.extend(order.bytes_of_u32(snap_length));
        let number = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        // if_name
        self.option(&mut body, 2, format!("if{number}").as_bytes());
        if let Some(resolution) = clock.resolution {
            self.option(&mut body, 9, &[resolution]);
        }
        if let Some(offset) = clock.offset {
            self.option(&mut body, 14, &order.bytes_of_u64(offset.cast_unsigned()));
        }
        self.option(&mut body, 0, b"");
        self.interfaces.push((clock, snap_length));
        self.block(1, &body)?;
        Ok(number)
    }

    /// Writes a packet of an interface as an Enhanced Packet Block, with a comment if there is one.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    ///
    /// # Panics
    ///
    /// When the section has no such interface, or its clock cannot tell the time.
    pub fn enhanced(&mut self, interface: u32, packet: &Packet, comment: &str) -> io::Result<()> {
        let order = self.order;
        let (clock, snap) = self.interfaces[usize::try_from(interface).expect("an index")];
        let ticks = clock.ticks(packet.time);
        let kept = kept(packet, snap);
        let mut body = Vec::with_capacity(kept.len() + 64);
        let numbers = [
            u64::from(interface),
            ticks >> 32,
            ticks & 0xFFFF_FFFF,
            kept.len() as u64,
        ];
        for number in numbers {
            body.extend(order.bytes_of_u32(u32::try_from(number).unwrap_or_default()));
        }
        body.extend(order.bytes_of_u32(packet.length));
        body.extend(kept);
        fill(&mut body);
        if !comment.is_empty() {
            self.option(&mut body, 1, comment.as_bytes());
            self.option(&mut body, 0, b"");
        }
        self.block(6, &body)
    }

    /// Writes a packet of interface 0 as a Simple Packet Block, which has no time.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    ///
    /// # Panics
    ///
    /// When the section has no interface.
    pub fn simple(&mut self, packet: &Packet) -> io::Result<()> {
        let (_, snap) = self.interfaces[0];
        let mut body = self.order.bytes_of_u32(packet.length).to_vec();
        body.extend(kept(packet, snap));
        fill(&mut body);
        self.block(3, &body)
    }

    /// Writes a Name Resolution Block.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn names(&mut self, names: &[(IpAddr, &str)]) -> io::Result<()> {
        let mut body = Vec::new();
        for (address, name) in names {
            let (kind, mut value) = match address {
                IpAddr::V4(address) => (1, address.octets().to_vec()),
                IpAddr::V6(address) => (2, address.octets().to_vec()),
            };
            value.extend(name.as_bytes());
            value.push(0);
            self.option(&mut body, kind, &value);
        }
        self.option(&mut body, 0, b"");
        self.block(4, &body)
    }

    /// Writes a block of any type, its body filled up to whole words.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let mut body = body.to_vec();
        fill(&mut body);
        let length = u32::try_from(body.len() + 12).map_err(io::Error::other)?;
        let length = self.order.bytes_of_u32(length);
        self.to.write_all(&self.order.bytes_of_u32(kind))?;
        self.to.write_all(&length)?;
        self.to.write_all(&body)?;
        self.to.write_all(&length)
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

    fn option(&self, body: &mut Vec<u8>, code: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).expect("an option of less than 64 KiB");
        body.extend(self.order.bytes_of_u16(code));
        body.extend(self.order.bytes_of_u16(length));
        body.extend(value);
        fill(body);
    }
}

/// What an interface keeps of a packet; a snap length of 0 keeps all.
fn kept(packet: &Packet, snap_length: u32) -> &[u8] {
    let snap = usize::try_from(snap_length).unwrap_or(usize::MAX);
    let kept = packet.bytes.len();
    &packet.bytes[..if snap == 0 { kept } else { kept.min(snap) }]
}

fn fill(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

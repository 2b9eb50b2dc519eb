//! pcapng: blocks, in sections with interfaces of their own.

use std::io::{self, Read};

use pcap_parser::OptionCode;
use pcap_parser::pcapng::{Block, InterfaceDescriptionBlock, parse_block_be, parse_block_le};

use super::buffer::Buffer;
use super::{FlawKind, Flaws, Link, MAX_RECORD, Record, invalid};

/// The type of a section header, the same in both byte orders.
pub(super) const MAGIC: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

/// The bytes before the frame in an enhanced packet block, and in the obsolete packet block, and in a simple one.
const ENHANCED: usize = 28;
const SIMPLE: usize = 12;

/// The length of a block that has nothing but its type and length.
const EMPTY: usize = 12;

/// The greatest of the types of blocks that say something of packets, the Enhanced Packet Block.
const LAST_OF_PACKETS: u32 = 6;

/// The type of the obsolete packet block, which the crate leaves as it is.
const PACKET: u32 = 2;

/// The greatest number of interfaces of a section.
const MAX_INTERFACES: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Pcapng {
    is_big_endian: bool,
    interfaces: Vec<Interface>,
    /// When the last frame was seen: a simple packet has no time.
    last: u64,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: Link,
    /// Units of time in a second.
    resolution: u64,
    /// What is added to its times, in seconds.
    offset: i64,
}

impl Interface {
    fn nanoseconds(&self, units: u64) -> u64 {
        let nanoseconds = i128::from(units) * 1_000_000_000 / i128::from(self.resolution)
            + i128::from(self.offset) * 1_000_000_000;
        u64::try_from(nanoseconds.max(0)).unwrap_or(u64::MAX)
    }
}

/// What a block says of a packet with a time.
struct Packet {
    interface: u32,
    /// Its time, in the units of its interface.
    units: u64,
    captured: usize,
    original: u32,
}

/// What a block is to the reader.
enum Found {
    Frame(Record),
    UnknownInterface(u32),
    Other,
}

impl Pcapng {
    pub(super) fn next<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        flaws: &mut Flaws,
    ) -> io::Result<Option<Record>> {
        loop {
            if !buffer.fill(12)? {
                let left = buffer.bytes().len();
                if left > 0 {
                    flaws.add(buffer.offset(), FlawKind::CutOff(left as u64));
                    buffer.advance(left);
                }
                return Ok(None);
            }
            let Some(length) = self.length(buffer.bytes()) else {
                self.skip(buffer, flaws)?;
                continue;
            };
            if !buffer.fill(length)? {
                // A damaged length must not hide what follows.
                if let Some(next) = self.find(buffer)? {
                    flaws.add(buffer.offset(), FlawKind::Skipped(next as u64));
                    buffer.advance(next);
                    continue;
                }
                let left = buffer.bytes().len();
                flaws.add(buffer.offset(), FlawKind::CutOff(left as u64));
                return Ok(None);
            }
            match self.read(&buffer.bytes()[..length]) {
                Some(Found::Frame(record)) => return Ok(Some(record)),
                Some(Found::UnknownInterface(id)) => {
                    flaws.add(buffer.offset(), FlawKind::UnknownInterface(id));
                    buffer.advance(length);
                }
                Some(Found::Other) => buffer.advance(length),
                None => self.skip(buffer, flaws)?,
            }
        }
    }

    /// The length of the block that begins here, if it may be one.
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        let is_big_endian = if bytes.starts_with(&MAGIC) {
            match bytes.get(8..12)? {
                [0x1A, 0x2B, 0x3C, 0x4D] => true,
                [0x4D, 0x3C, 0x2B, 0x1A] => false,
                _ => return None,
            }
        } else {
            self.is_big_endian
        };
        let length = word(is_big_endian, bytes, 4)? as usize;
        (length.is_multiple_of(4) && (12..=MAX_RECORD).contains(&length)).then_some(length)
    }

    /// Reads a block that is all there.
    fn read(&mut self, bytes: &[u8]) -> Option<Found> {
        let parse = match bytes {
            [0x0A, 0x0D, 0x0D, 0x0A, _, _, _, _, 0x1A, ..] => parse_block_be,
            [0x0A, 0x0D, 0x0D, 0x0A, ..] => parse_block_le,
            _ if self.is_big_endian => parse_block_be,
            _ => parse_block_le,
        };
        // Where the two lengths differ, a part of it is missing, or it is noise: the crate compares them of some blocks. A
        // section header, without which nothing can be read, holds no bytes of a frame.
        let lengths = (bytes.get(4..8), bytes.last_chunk::<4>());
        if lengths.0 != lengths.1.map(<[u8; 4]>::as_slice) && !bytes.starts_with(&MAGIC) {
            return None;
        }
        if bytes.len() == EMPTY {
            // The crate takes none; of the blocks that are read here, each has more.
            let kind = word(self.is_big_endian, bytes, 0)?;
            return (kind > LAST_OF_PACKETS).then_some(Found::Other);
        }
        let (_, block) = parse(bytes).ok()?;
        match block {
            Block::SectionHeader(section) => {
                self.is_big_endian = section.big_endian();
                self.interfaces.clear();
            }
            Block::InterfaceDescription(interface) if self.interfaces.len() < MAX_INTERFACES => {
                self.interfaces.push(Interface {
                    link: Link::from_number(interface.linktype.0.cast_unsigned()),
                    resolution: resolution(interface.if_tsresol),
                    offset: self.time_offset(&interface),
                });
            }
            Block::EnhancedPacket(packet) => {
                let packet = Packet {
                    interface: packet.if_id,
                    units: u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low),
                    captured: (packet.caplen as usize).min(packet.data.len()),
                    original: packet.origlen,
                };
                return Some(self.packet(&packet, bytes.len()));
            }
            Block::Unknown(block) if word(self.is_big_endian, bytes, 0) == Some(PACKET) => {
                let packet = self.obsolete(block.data)?;
                return Some(self.packet(&packet, bytes.len()));
            }
            Block::SimplePacket(packet) => {
                let Some(interface) = self.interfaces.first() else {
                    return Some(Found::UnknownInterface(0));
                };
                let end = SIMPLE + packet.data.len().min(packet.origlen as usize);
                return Some(Found::Frame(self.record(
                    interface.link,
                    SIMPLE..end,
                    packet.origlen,
                    bytes.len(),
                )));
            }
            _ => {}
        }
        Some(Found::Other)
    }

    /// A packet in a block of that length.
    fn packet(&mut self, packet: &Packet, length: usize) -> Found {
        let Some(interface) = self.interfaces.get(packet.interface as usize) else {
            return Found::UnknownInterface(packet.interface);
        };
        self.last = interface.nanoseconds(packet.units);
        let data = ENHANCED..ENHANCED + packet.captured;
        Found::Frame(self.record(interface.link, data, packet.original, length))
    }

    /// The body of an obsolete packet block.
    fn obsolete(&self, body: &[u8]) -> Option<Packet> {
        let word = |at| word(self.is_big_endian, body, at);
        // Behind the interface stands how many packets were dropped before this one.
        let interface = *body.first_chunk::<2>()?;
        Some(Packet {
            interface: u32::from(if self.is_big_endian {
                u16::from_be_bytes(interface)
            } else {
                u16::from_le_bytes(interface)
            }),
            units: u64::from(word(4)?) << 32 | u64::from(word(8)?),
            captured: (word(12)? as usize).min(body.len().checked_sub(20)?),
            original: word(16)?,
        })
    }

    fn record(
        &self,
        link: Link,
        data: std::ops::Range<usize>,
        original: u32,
        length: usize,
    ) -> Record {
        Record {
            time: self.last,
            link,
            data,
            original,
            length,
        }
    }

    /// `if_tsoffset`, in seconds. (The crate reads it in one byte order only.)
    fn time_offset(&self, interface: &InterfaceDescriptionBlock<'_>) -> i64 {
        let mut options = interface.options.iter();
        let option = options.find(|option| option.code == OptionCode::IfTsoffset);
        let Some(bytes) = option.and_then(|option| option.value.first_chunk::<8>()) else {
            return 0;
        };
        if self.is_big_endian {
            i64::from_be_bytes(*bytes)
        } else {
            i64::from_le_bytes(*bytes)
        }
    }

    /// Passes over what is no block.
    fn skip<R: Read>(&self, buffer: &mut Buffer<R>, flaws: &mut Flaws) -> io::Result<()> {
        let start = buffer.offset();
        let by = self.find(buffer)?.unwrap_or(buffer.bytes().len());
        if start == 0 {
            return Err(invalid("begins like pcapng, and is none"));
        }
        buffer.advance(by);
        flaws.add(start, FlawKind::Skipped(by as u64));
        Ok(())
    }

    /// Looks for a block whose two lengths agree, behind the current place. No more than the greatest block is
    /// looked through; behind that, the search begins anew.
    fn find<R: Read>(&self, buffer: &mut Buffer<R>) -> io::Result<Option<usize>> {
        let mut at = 1;
        while at < MAX_RECORD {
            if !buffer.fill(at + 12)? {
                return Ok(None);
            }
            let bytes = &buffer.bytes()[at..];
            if let Some(length) = self.length(bytes).filter(|_| self.is_likely(bytes))
                && buffer.fill(at + length)?
                && buffer.bytes()[at + length - 4..at + length] == buffer.bytes()[at + 4..at + 8]
            {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(Some(at))
    }

    /// Whether the type is one that capturing programs write.
    fn is_likely(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
            || word(self.is_big_endian, bytes, 0).is_some_and(|kind| (1..=10).contains(&kind))
    }
}

fn word(is_big_endian: bool, bytes: &[u8], at: usize) -> Option<u32> {
    let word = *bytes.get(at..)?.first_chunk::<4>()?;
    Some(if is_big_endian {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    })
}

/// `if_tsresol`: a power of ten, or with the highest bit set one of two, in units a second.
fn resolution(exponent: u8) -> u64 {
    let (base, exponent) = if exponent & 0x80 == 0 {
        (10u64, u32::from(exponent))
    } else {
        (2, u32::from(exponent & 0x7F))
    };
    base.checked_pow(exponent).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::CaptureFile;
    use super::*;

    fn block(kind: u32, body: &[u8], is_big_endian: bool) -> Vec<u8> {
        let word = |number: u32| {
            if is_big_endian {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            }
        };
        let padded = body.len().next_multiple_of(4);
        let length = word(u32::try_from(padded + 12).unwrap());
        let mut block = [&word(kind)[..], &length, body].concat();
        block.resize(8 + padded, 0);
        [block, length.to_vec()].concat()
    }

    #[test]
    fn the_obsolete_packet_block_is_read() {
        let section = [
            b"\x4D\x3C\x2B\x1A\x01\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\x1A\x2B\x3C\x4D\0\x01\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        ];
        let interface = [b"\x01\0\0\0\0\0\0\0", b"\0\x01\0\0\0\0\0\0"];
        let packet = [
            b"\x01\0\x07\0\x02\0\0\0\x03\0\0\0\x05\0\0\0\x09\0\0\0frame",
            b"\0\x01\0\x07\0\0\0\x02\0\0\0\x03\0\0\0\x05\0\0\0\x09frame",
        ];
        for at in [0, 1] {
            let block = |kind, body: &[u8]| block(kind, body, at == 1);
            let interface = block(1, interface[at]);
            let short = block(2, &packet[at][..16]);
            let file = [
                block(0x0A0D_0D0A, section[at]),
                block(0x4000_0BAD, b""),
                interface.clone(),
                block(2, packet[at]),
                interface,
                short,
                block(2, packet[at]),
            ]
            .concat();
            let mut file = CaptureFile::new(&file[..]).unwrap();
            // Microseconds: 2 * 2^32 + 3.
            let time = file.advance();
            assert_eq!(time, Some(8_589_934_595_000), "{:?}", file.flaws());
            let frame = file.frame().unwrap();
            assert_eq!((frame.bytes, frame.original), (&b"frame"[..], 9));
            assert_eq!(frame.link, Link::Ethernet);
            assert_eq!(file.advance(), None);
            let kinds: Vec<_> = file
                .flaws()
                .first
                .iter()
                .map(|it| it.kind.clone())
                .collect();
            let skipped = FlawKind::Skipped(28);
            assert_eq!(kinds, [FlawKind::UnknownInterface(1), skipped]);
        }
    }

    #[test]
    fn a_block_of_which_a_part_is_missing_is_dropped_whole() {
        let packet = |kind, byte: u8| {
            let length = 200u32.to_le_bytes();
            let head = match kind {
                3 => length.to_vec(),
                _ => [&[0; 12][..], &length, &length].concat(),
            };
            block(kind, &[&head[..], &[byte; 200]].concat(), false)
        };
        let section = b"\x4D\x3C\x2B\x1A\x01\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
        let start = [
            block(0x0A0D_0D0A, section, false),
            block(1, b"\x01\0\0\0\0\0\0\0", false),
        ]
        .concat();
        for (kind, missing) in [(2, 1), (2, 100), (3, 100), (6, 1), (6, 100), (6, 200)] {
            let packets = [0, 1, 2, 3, 4].map(|byte| packet(kind, byte));
            let mut damaged = [&start[..], &packets.concat()].concat();
            let third = start.len() + 2 * packets[0].len();
            damaged.drain(third + 12..third + 12 + missing);
            let mut read = CaptureFile::new(&damaged[..]).unwrap();
            let mut frames = Vec::new();
            while read.advance().is_some() {
                frames.push(read.frame().unwrap().bytes.to_vec());
            }
            let right = [0, 1, 3, 4].map(|byte| vec![byte; 200]);
            assert_eq!(frames, right, "{missing} of block {kind}");
            let flaws = read.flaws();
            assert_eq!((flaws.count, flaws.first[0].offset), (1, third as u64));
        }
    }
}

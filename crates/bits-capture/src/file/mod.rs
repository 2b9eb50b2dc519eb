//! Capture files: pcap and pcapng, compressed or not, one or many, as frames in the order of time.
//!
//! Records are taken apart by `pcap-parser`. What is damaged is passed over, as far as the next record that
//! can be told from noise, and [told](Flaw).

mod buffer;
mod compressed;
mod input;
mod merge;
mod pcap;
mod pcapng;

pub use compressed::decompress;
pub use input::Input;
pub(crate) use input::hex;
pub use merge::{CaptureFiles, FileReport, Source};

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use buffer::Buffer;
use pcap::Pcap;
use pcapng::Pcapng;

/// The greatest record or block that is read, in bytes.
pub const MAX_RECORD: usize = 16 << 20;

/// How many [flaws](Flaw) of a file are kept; the others are counted.
pub const MAX_FLAWS: usize = 16;

/// What stands in front of the network layer, by the numbers of the registry of link types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// 0 and 108: the address family in four bytes, in either order.
    Loopback,
    /// 1: Ethernet, with or without VLAN tags.
    Ethernet,
    /// 101, 228, 229, and 12 and 14 of old files: nothing.
    Ip,
    /// 113: Linux cooked, version 1.
    LinuxCooked,
    /// 276: Linux cooked, version 2.
    LinuxCooked2,
    /// Another, which is not looked into.
    Other(u32),
}

impl Link {
    const fn from_number(number: u32) -> Self {
        // Above 16 bits pcap keeps the length of a frame check sequence.
        match number & 0xFFFF {
            0 | 108 => Link::Loopback,
            1 => Link::Ethernet,
            12 | 14 | 101 | 228 | 229 => Link::Ip,
            113 => Link::LinuxCooked,
            276 => Link::LinuxCooked2,
            other => Link::Other(other),
        }
    }
}

/// A captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// When it was seen, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
    /// What it begins with.
    pub link: Link,
    /// What was kept of it.
    pub bytes: &'a [u8],
    /// How long it was, in bytes.
    pub original: u32,
}

/// Where and why a part of a capture file was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where in the (decompressed) file, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub kind: FlawKind,
}

/// What is wrong with a part of a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlawKind {
    /// The file ends inside a record, of which so many bytes were there.
    CutOff(u64),
    /// So many bytes are no record.
    Skipped(u64),
    /// A packet names an interface that the section has not described.
    UnknownInterface(u32),
    /// The file cannot be read further, for the reason that the operating system or the decompressor gives.
    Unreadable(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset;
        match &self.kind {
            FlawKind::CutOff(bytes) => write!(
                f,
                "the file ends inside a record, {} behind its start at offset {offset}",
                counted(*bytes)
            ),
            FlawKind::Skipped(1) => {
                write!(f, "1 byte at offset {offset} is no record: passed over")
            }
            FlawKind::Skipped(bytes) => {
                write!(
                    f,
                    "{bytes} bytes at offset {offset} are no record: passed over"
                )
            }
            FlawKind::UnknownInterface(id) => write!(
                f,
                "the packet at offset {offset} is of interface {id}, which is not described: passed over"
            ),
            FlawKind::Unreadable(reason) => {
                write!(f, "cannot be read beyond offset {offset}: {reason}")
            }
        }
    }
}

fn counted(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}

/// The flaws of a file: the first ones, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// The first [`MAX_FLAWS`].
    pub first: Vec<Flaw>,
    /// How many there are in all.
    pub count: u64,
}

impl Flaws {
    fn add(&mut self, offset: u64, kind: FlawKind) {
        self.count += 1;
        if self.first.len() < MAX_FLAWS {
            self.first.push(Flaw { offset, kind });
        }
    }
}

/// A record in the buffer: where its frame stands, and what is said of it.
#[derive(Clone, Debug)]
struct Record {
    time: u64,
    link: Link,
    data: Range<usize>,
    original: u32,
    /// How many bytes it takes in the file.
    length: usize,
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// A capture file that is read.
#[derive(Debug)]
pub struct CaptureFile<R> {
    buffer: Buffer<R>,
    format: Format,
    current: Option<Record>,
    flaws: Flaws,
}

impl<R: Read> CaptureFile<R> {
    /// Reads the header of a capture file that is not compressed; see [`decompress`].
    ///
    /// # Errors
    ///
    /// That of `input`, and [`io::ErrorKind::InvalidData`] if it is no capture file.
    pub fn new(input: R) -> io::Result<Self> {
        let mut buffer = Buffer::new(input);
        buffer.fill(4)?;
        let format = if buffer.bytes().starts_with(&pcapng::MAGIC) {
            Format::Pcapng(Pcapng::default())
        } else {
            Format::Pcap(Pcap::new(&mut buffer)?)
        };
        Ok(CaptureFile {
            buffer,
            format,
            current: None,
            flaws: Flaws::default(),
        })
    }

    /// Moves to the next frame, and says when it was seen; `None` at the end of the file, or where it cannot be
    /// read further, which is then one of its [flaws](CaptureFile::flaws).
    pub fn advance(&mut self) -> Option<u64> {
        if let Some(record) = self.current.take() {
            self.buffer.advance(record.length);
        }
        self.current = self.next().unwrap_or_else(|error| {
            let kind = FlawKind::Unreadable(error.to_string());
            self.flaws.add(self.buffer.readable_to(), kind);
            // What was read up to there is a file that is cut off. If it is none, all is said.
            self.next().unwrap_or_default()
        });
        self.current.as_ref().map(|record| record.time)
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.buffer, &mut self.flaws),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer, &mut self.flaws),
        }
    }

    /// The frame that was moved to.
    #[must_use]
    pub fn frame(&self) -> Option<Frame<'_>> {
        let record = self.current.as_ref()?;
        Some(Frame {
            time: record.time,
            link: record.link,
            bytes: self.buffer.bytes().get(record.data.clone())?,
            original: record.original,
        })
    }

    /// What was found damaged so far.
    #[must_use]
    pub const fn flaws(&self) -> &Flaws {
        &self.flaws
    }
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_told_in_the_singular() {
        for (kind, says) in [
            (
                FlawKind::CutOff(1),
                "the file ends inside a record, 1 byte behind its start at offset 24",
            ),
            (
                FlawKind::CutOff(2),
                "the file ends inside a record, 2 bytes behind its start at offset 24",
            ),
            (
                FlawKind::Skipped(1),
                "1 byte at offset 24 is no record: passed over",
            ),
            (
                FlawKind::Skipped(2),
                "2 bytes at offset 24 are no record: passed over",
            ),
        ] {
            assert_eq!(Flaw { offset: 24, kind }.to_string(), says);
        }
    }
}

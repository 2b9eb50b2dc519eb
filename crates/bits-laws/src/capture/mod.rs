//! Captures: conversations over TCP, the disorder that befalls them, and the files that hold them.
//!
//! From the inside out: an [`Upload`] makes the [`Turn`]s of a [`Connection`]; that has [`Segment`]s, among
//! which there may be [`Disorder`]; a [`Framing`] makes [`Packet`]s of them, which a [`PcapWriter`] writes.
//! All of it is the same for the same input on every machine.
//!
//! ```
//! use bits_laws::capture::{
//!     Connection, Disorder, File, Framing, Link, Pcap, PcapWriter, Upload,
//! };
//!
//! let file = File::Drawn { seed: 1, length: 10_000 };
//! let upload = Upload::new("{7DF0354D-249B-430F-820D-3D2A9BEF4931}", "/drop/a.bin", "files.example", file);
//! let (client, server) = ("192.0.2.1:50000".parse()?, "198.51.100.1:80".parse()?);
//! let connection = Connection::new(client, server, upload.turns(4096));
//! let disorder = Disorder { seed: 7, window: 5, repeat: 10, ..Disorder::NONE };
//! let segments = disorder.apply(connection.segments());
//! let framing = Framing::new(Link::ETHERNET);
//! let mut writer = PcapWriter::new(Pcap::USUAL, framing.link.number(), Vec::new())?;
//! for packet in framing.packets(&segments) {
//!     writer.write(&packet)?;
//! }
//! let capture: Vec<u8> = writer.finish()?;
//! assert!(capture.len() > 10_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

mod authentication;
mod connection;
mod container;
mod conversation;
mod disorder;
mod file;
mod framing;
pub mod http;
mod internet;
mod link;
mod many;
mod noise;
mod pcap;
mod pcapng;
mod reading;
mod segment;
mod specification;
pub mod strategy;
mod upload;

pub use authentication::Credentials;
pub use connection::{Connection, Ending, Opening, Side, Turn, merged};
pub use container::{Compression, Container, Format, Interface, Section, Split};
pub use conversation::{Conversation, Expected};
pub use disorder::Disorder;
pub use file::File;
pub use framing::{Checksums, Extensions, FragmentOrder, Framer, Framing, Packet};
pub use link::{Link, Tag};
pub use many::ManyUploads;
pub use pcap::{Pcap, PcapWriter, Precision};
pub use pcapng::{Clock, PcapngWriter};
pub use reading::{Found, Kept, analysed, read, whole, within};
pub use segment::{Flags, Segment, Segments};
pub use specification::{mc_bup_4_1, mc_bup_4_2};
pub use upload::{Dialect, Upload, answered};

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The least significant first.
    Little,
    /// The most significant first.
    Big,
}

impl ByteOrder {
    /// The bytes of a number of 16 bits.
    #[must_use]
    pub const fn bytes_of_u16(self, number: u16) -> [u8; 2] {
        match self {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    /// The bytes of a number of 32 bits.
    #[must_use]
    pub const fn bytes_of_u32(self, number: u32) -> [u8; 4] {
        match self {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    /// The bytes of a number of 64 bits.
    #[must_use]
    pub const fn bytes_of_u64(self, number: u64) -> [u8; 8] {
        match self {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }
}

/// Bytes in the output of `Debug`: their beginning, and how many there are if that is not all.
struct Shown<'a>(&'a [u8]);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 200;
        let bytes = self.0;
        write!(f, "b\"{}\"", bytes[..bytes.len().min(MOST)].escape_ascii())?;
        if bytes.len() > MOST {
            write!(f, " and so on, {} bytes", bytes.len())?;
        }
        Ok(())
    }
}

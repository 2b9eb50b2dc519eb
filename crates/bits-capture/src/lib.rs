//! Uploads over the BITS protocol ([MC-BUP], `BITS_POST`) in network captures: who sent which file where, and the
//! file.
//!
//! From the outside in, each layer knows nothing of those behind it:
//!
//! * [`mod@file`] reads capture files: pcap and pcapng, gzip and zstd, one or many, as [frames](file::Frame) in the order of
//!   time.
//! * [`link`] finds the [TCP segment](link::Segment) in a frame: link layer, IP fragments, extension headers.
//! * [`tcp`] puts segments together to streams, within a bounded memory, and tells what is missing.
//! * [`http`] frames the messages of HTTP/1 in both directions, and pairs answers with requests.
//! * [`session`] follows uploads across connections, and hands the bytes of their files on.
//! * [`inspect`], [`extract`] and [`record`] are what becomes of them: sessions, files in a folder, JSON.
//!
//! [`Analysis`] is all of them together; the command `bits` has it as `bits inspect` and `bits extract`.
//!
//! # Policies
//!
//! * Where TCP segments overlap, the bytes that were seen first count; that others disagree is counted.
//! * Where Fragments overlap, what the server has acknowledged is not overwritten; what it has not is.
//! * Nothing is guessed: a hole is a hole, a message whose end is in doubt ends the reading of its direction up to the next
//!   segment that begins like a message, and what could not be read is counted in [`Totals`].
//! * What a strict reader refuses may have been taken by the peer that it was sent to: such packets are read as far as they
//!   can be told, and marked.
//!
//! # Limits
//!
//! | What | How much | Set by |
//! |---|---|---|
//! | Connections at a time | 16,384 | [`tcp::Limits`] |
//! | Data that waits, of a connection and of all | 1 MiB, 16 MiB | [`tcp::Limits`] |
//! | Silence after which a connection is over | an hour, of which a pause of the capture counts 5 minutes | [`tcp::Limits`] |
//! | Data that is kept for comparison | 64 KiB a direction up to 4 MiB in all, 2 KiB up to 8 MiB, then none | – |
//! | Segments that are set aside, as they are far from their connection | 16 for each pair of addresses, 1 MiB in all | – |
//! | Holes of a direction that are told apart once its connection is over | 16 | – |
//! | Segments whose checksums are in doubt | 64: others are taken | – |
//! | Heads that come in pieces | 64 KiB each, 8 MiB in all | – |
//! | Requests without an answer, of a connection and of all | 64, 16,384 | – |
//! | Sessions at a time; that have ended and are not told yet | 16,384; 4,096 | – |
//! | Texts and ranges of all sessions | 24 MiB; 4 KiB a text | – |
//! | Ranges of a file with holes between | [`session::MAX_RANGES`] | – |
//! | IP packets in fragments | 64, for a minute each | – |
//! | Bytes of a file that are gathered before they are written, and of all | 128 KiB, 8 MiB | – |
//! | Pieces that wait to be hashed, of captures and of files | 16 each, of 256 KiB and of 128 KiB | – |
//! | A record of a capture file | [`file::MAX_RECORD`] | – |
//! | What gzip and zstd expand to | 1 TiB, 4,096 times their length, windows of 8 MiB | – |
//!
//! What is above a limit is dropped, or told early, and counted.
//!
//! # What is left out
//!
//! * TLS, HTTP/2, QUIC; tunnels other than CONNECT. TLS connections are counted.
//! * Checksums of IPv4 that are 0, as network cards fill them in behind the capturing host's back. One that is wrong counts
//!   as a wrong one of TCP does: see [`tcp`].
//! * Downloads of BITS clients, which are ordinary HTTP. The exchanges are there: see [`http::Observer`].
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod analysis;
pub mod body;
mod clock;
pub mod extract;
pub mod file;
pub mod hash;
pub mod http;
mod id;
pub mod inspect;
pub mod link;
pub mod printable;
pub mod record;
pub mod session;
pub mod tcp;

pub use analysis::{Analysis, Totals};

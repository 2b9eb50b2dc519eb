//! Reads the heads of the BITS upload protocol ([MC-BUP]): requests with the method `BITS_POST`, the
//! Acks that answer them, and the notifications between a server and its server application. Zero-copy,
//! `no_std`, without allocation and unsafe code.
//!
//! The crate `bits-serializer` writes what this one reads.
//!
//! # The protocol in three sentences
//!
//! BITS, the Background Intelligent Transfer Service of Windows, uploads a file to an HTTP server by
//! requests of a method of its own. A client opens a session ([Create-Session](CreateSession)), sends
//! the file in pieces ([Fragment]) and ends with [Close-Session](CloseSession) or
//! [Cancel-Session](CancelSession); a [Ping] asks whether the server is there, and every answer
//! ([Ack]) to a Fragment says which byte is wanted next, so that an upload survives lost connections.
//! Which packet a message is, and what it says, stands in its header fields; the body of a Fragment is
//! bytes of the file, and no other packet has one.
//!
//! # A tour
//!
//! A server reads requests. What it gets is the packet with typed values, the head that it came in,
//! and the bytes behind the head:
//!
//! ```
//! use bits_packet::{Parsed, Request};
//!
//! let received = b"BITS_POST /drop/report.zip HTTP/1.1\r\n\
//!     Host: upload.example.net\r\n\
//!     BITS-Packet-Type: Fragment\r\n\
//!     BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
//!     Content-Range: bytes 0-4/10\r\n\
//!     Content-Length: 5\r\n\r\nhello";
//! let Parsed::Complete { value: message, rest } = Request::parse(received)? else {
//!     panic!("the head is not whole: read more");
//! };
//! assert_eq!(message.head().line().target().path(), b"/drop/report.zip");
//! assert_eq!(message.head().fields().get(b"host"), Some(&b"upload.example.net"[..]));
//! assert_eq!(rest, b"hello");
//!
//! match message.packet() {
//!     Some(Request::Ping(_)) => println!("answer it"),
//!     Some(Request::CreateSession(create)) => println!("choose from {}", create.protocols),
//!     Some(Request::Fragment(fragment)) => {
//!         let (id, range) = (fragment.session_id, fragment.range);
//!         println!("{id}: write {} bytes at {}", range.length(), range.first());
//!     }
//!     Some(Request::CloseSession(close)) => println!("commit {}", close.session_id),
//!     Some(Request::CancelSession(cancel)) => println!("drop {}", cancel.session_id),
//!     None => println!("ordinary HTTP"),
//! }
//! # Ok::<(), bits_packet::Error>(())
//! ```
//!
//! An [`Error`] says what is wrong, at which byte, by which rule, and what a server would answer:
//!
//! ```
//! use bits_packet::{ErrorKind, Field, Request};
//!
//! // What a client sends whose file ends exactly with a fragment.
//! let received = b"BITS_POST /drop/report.zip HTTP/1.1\r\n\
//!     Host: upload.example.net\r\n\
//!     BITS-Packet-Type: Fragment\r\n\
//!     BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
//!     Content-Range: bytes 10-9/10\r\n\
//!     Content-Length: 0\r\n\r\n";
//! let error = Request::parse(received).unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::InvalidRange);
//! assert_eq!(error.field(), Some(Field::ContentRange));
//! assert_eq!(&received[error.offset()..][..5], b"bytes");
//! assert_eq!(error.status_hint(), Some(400));
//! assert_eq!(
//!     error.to_string(),
//!     "Content-Range: first must not be above last, and last must be below the total \
//!      (at 163, [MC-BUP] 2.2.6.1)",
//! );
//! ```
//!
//! A client reads Acks. An Ack does not say what it answers; the caller does:
//!
//! ```
//! use bits_packet::{Ack, Parsed, Reading, RequestType};
//!
//! let received = b"HTTP/1.1 200 OK\r\n\
//!     BITS-Packet-Type: Ack\r\n\
//!     Content-Length: 0\r\n\
//!     BITS-Received-Content-Range: 8192\r\n\r\n";
//! let Parsed::Complete { value: message, .. } = Ack::parse(received, Some(RequestType::Fragment))?
//!     else { panic!("the head is not whole: read more") };
//! match message.packet().and_then(Ack::reading) {
//!     Some(Reading::Fragment(ack)) => assert_eq!(ack.received.next_offset(), 8192),
//!     Some(Reading::Error(ack)) => panic!("{} {:?}", ack.status(), ack.error_code()),
//!     other => panic!("an answer to something else: {other:?}"),
//! }
//! // The Ack is one of IIS, which leaves the session id out.
//! assert_eq!(message.deviations().to_string(), "missing-session-id");
//! # Ok::<(), bits_packet::Error>(())
//! ```
//!
//! Where an HTTP library has read the head already, the packet is made of what it hands over: of a
//! start line and a list of fields ([`Request::from_fields`]), or, with feature `http`, of the types
//! that hyper and axum use. The example `hyper_server` is an upload endpoint made this way.
//!
//! ```
//! # #[cfg(feature = "http")] {
//! use bits_packet::{Options, Request};
//!
//! fn answer<B>(request: http::Request<B>) {
//!     let (parts, body) = request.into_parts();
//!     match Request::from_parts(&parts, &Options::INTEROP) {
//!         Ok(message) => println!("{:?}", message.packet()),
//!         Err(error) => println!("{error}"),
//!     }
//! #   drop(body);
//! }
//! # answer(http::Request::new(()));
//! # }
//! ```
//!
//! Bytes may arrive in pieces. [`Parsed::NeedMore`] is no error, and [`HeadScanner`] finds the end of
//! the head without looking at a byte twice:
//!
//! ```
//! use bits_packet::{HeadScanner, Options, Parsed, Request, RequestType, Scan};
//!
//! /// Reads the head of the next request, and tells its type and how long it is.
//! fn next_request(
//!     connection: &mut impl std::io::Read,
//!     options: &Options,
//! ) -> Result<(Option<RequestType>, usize), Box<dyn std::error::Error>> {
//!     let mut received = Vec::new();
//!     let mut scanner = HeadScanner::new(options.max_head());
//!     let mut piece = [0; 4096];
//!     loop {
//!         let length = connection.read(&mut piece)?;
//!         if length == 0 {
//!             return Err("the connection has closed inside a head".into());
//!         }
//!         let is_first = received.is_empty();
//!         received.extend_from_slice(&piece[..length]);
//!         // Nearly every head comes whole. Where it does not, it is parsed again once: at its end.
//!         if scanner.scan(&received) == Scan::NeedMore && !is_first {
//!             continue;
//!         }
//!         if let Parsed::Complete { value, rest } = Request::parse_with(&received, options)? {
//!             let packet = value.packet().map(Request::request_type);
//!             return Ok((packet, received.len() - rest.len()));
//!         }
//!     }
//! }
//!
//! let mut connection = &b"BITS_POST /drop/a HTTP/1.1\r\nHost: example.net\r\n\
//!     BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n"[..];
//! let (packet, length) = next_request(&mut connection, &Options::INTEROP)?;
//! assert_eq!((packet, length), (Some(RequestType::Ping), 92));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//!
//! * **Total.** Any bytes give a head, an error or [`Parsed::NeedMore`]: no panic, no endless loop.
//! * **Lossless.** [`Head::as_bytes`] is the input byte for byte, and [`Head::fields`] has every field
//!   in order and as spelled, whatever the packet takes of it.
//! * **Prefix.** What begins a head that would be accepted is [`Parsed::NeedMore`], never an error; a
//!   head is read the same in one piece and in many.
//! * **Frame.** What is read never depends on the bytes behind the head, and no option touches what
//!   decides where a message ends and, of a BITS packet, what it says: line ends, lengths, codings,
//!   `Host`, fields that are repeated with other bytes.
//! * **Strict within interop.** What [`Options::STRICT`] accepts, [`Options::INTEROP`] accepts with
//!   the same value and no deviation.
//! * **One source.** A packet from the bytes of a head equals the packet from the same fields as a
//!   list.
//! * **Legal values.** A value cannot be made that its field could not hold: none has a line break.
//!   Its constructor takes what [`Options::INTEROP`] reads, and leaves the deviation untold: to be
//!   told, or to be strict, read a message.
//! * No `std`, no allocation, no unsafe code; nom is in no public signature.
//!
//! # Leniency
//!
//! Peers depart from the documents, and the documents [from each other](disagreements). Each known
//! departure is a [`Deviation`], which [`Options`] refuse or tolerate; what was tolerated is told by
//! [`Message::deviations`]. [`Options::INTEROP`], the default, tolerates all but one, which is only
//! right where the caller expects it: [`Deviation::MethodOverride`]. [`Options::STRICT`] tolerates
//! none. A dash in the table: no such peer is known, and nothing hangs on it.
//!
#![doc = include_str!("deviations.md")]
//!
//! Which field which packet must, may and must not have is a table too: [`presence::PRESENCE`].
//!
//! # Limits
//!
//! | What | How much | Set by |
//! |---|---|---|
//! | A head | 65,536 bytes | [`Options::with_max_head`] |
//! | A value that the protocol defines | 4,096 bytes | [`Options::with_max_value`] |
//! | Items of a protocol list that are looked at | 100 | [`Options::with_max_protocols`] |
//! | A session id | 100 bytes; 4,096 as a deviation | [`Deviation::SessionIdLength`] |
//! | A content name | 260 bytes; 4,096 as a deviation | [`Deviation::ContentNameLength`] |
//! | A host id; a reply URL | 300 bytes; 2,200 bytes | – |
//! | Fields of a head | as many as it holds | – |
//! | Offsets and lengths | [`u64::MAX`] | – |
//!
//! # Features
//!
//! None is on by default, and none changes what is read.
//!
//! | Feature | What it adds | Needs |
//! |---|---|---|
//! | `alloc` | `Escaped::to_cow`: text of the wire as `Cow<str>` | alloc |
//! | `serde` | `serde::Serialize` for packets, values, heads, messages and errors, under the keys of `bits decode --format json` | – |
//! | `http` | `from_parts` on packets, and conversions of targets, versions and status codes | std |
//! | `arbitrary` | `arbitrary::Arbitrary` for values and packets, by their constructors | std |
//! | `simd` | Speed: vectors of 16 bytes by the crate `wide`, which is safe to call, in the place of 64-bit words | Rust 1.89 |
//!
//! # What is left out
//!
//! * Bodies: how long one is says [`Message::body`]; chunks are not taken apart.
//! * Sessions: that an Ack names the session of its request, that offsets follow one another, that
//!   the total stays the same, is known to those who keep the session.
//! * Folded fields (obs-fold), LF alone as the end of a line, white space before a colon: always
//!   refused, though a client might take them.
//! * Authentication, and the meaning of fields that are not of the protocol. They are kept.
//! * BITS downloads, which are ordinary HTTP, and peer caching (MS-BPCR), which is another protocol.
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(test)]
extern crate std;

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod class;
mod deviation;
#[doc = include_str!("disagreements.md")]
pub mod disagreements {}
mod error;
mod escape;
mod fast;
mod field;
#[doc(hidden)]
pub mod general;
mod grammar;
mod head;
#[cfg(feature = "http")]
mod http;
mod options;
mod packet;
pub mod presence;
mod read;
mod resolve;
#[cfg(feature = "serde")]
mod serde;
mod slots;
mod tolerance;
mod value;
mod walk;

pub use deviation::{Deviation, Deviations, DeviationsIter};
pub use error::{Error, ErrorKind};
pub use escape::Escaped;
pub use field::Field;
pub use head::{
    Authority, Body, FieldLine, Fields, Head, HeadScanner, Parsed, RequestHead, RequestLine,
    ResponseHead, Scan, StatusCode, StatusLine, Target, TargetForm, Version, skip_empty_lines,
};
pub use options::Options;
pub use packet::{
    Ack, CancelSession, CancelSessionAck, CloseSession, CloseSessionAck, CreateSession,
    CreateSessionAck, ErrorAck, Fragment, FragmentAck, Message, Notification, NotificationBody,
    NotificationResponse, PacketType, Ping, PingAck, Reading, Request, RequestType,
};
pub use resolve::Resolved;
pub use value::{
    AbsoluteUrl, AcceptEncoding, ContentEncoding, ContentLength, ContentName, ContentRange,
    DataFileName, ErrorContext, FallbackTimeout, Guid, HResult, Host, HostId, Protocol, Protocols,
    ReceivedContentRange, ReplyUrl, SessionId, SupportedProtocols,
};

/// The examples of README.md, as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

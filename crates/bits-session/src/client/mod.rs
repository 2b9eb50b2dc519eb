//! The client: uploads one file of known length ([MC-BUP] 3.1).
//!
//! [`Upload`] says what to send and when, and is told what came of it:
//!
//! ```
//! use std::time::Instant;
//! use bits_packet::{Ack, Guid, CreateSessionAck, Request, SessionId};
//! use bits_session::client::{Answer, Connection, Options, Server, Step, Upload};
//!
//! let options = Options { ping_first: false, ..Options::default() };
//! let mut upload = Upload::new(10, options);
//! let now = Instant::now();
//!
//! let Step::Send(outgoing) = upload.poll(now) else { panic!() };
//! assert!(matches!(outgoing.packet, Request::CreateSession(_)));
//! assert_eq!(outgoing.server, Server::Origin);
//!
//! let id = SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}")?;
//! let ack = Ack::from(CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id));
//! assert_eq!(upload.handle_answer(&Answer::of_ack(ack), now), Connection::Keep);
//!
//! let Step::Send(outgoing) = upload.poll(now) else { panic!() };
//! let Request::Fragment(fragment) = outgoing.packet else { panic!() };
//! assert_eq!(fragment.range.to_string(), "bytes 0-9/10");
//! # Ok::<(), bits_packet::Error>(())
//! ```
//!
//! # What it believes
//!
//! * A success only of an Ack: others answer 200 to anything. 401, 407, 413 and 5xx may come from the HTTP
//!   layer, and are acted on without an Ack; so is every other refusal, unless it comes from a host id with a time: that
//!   may lead to anybody, and is asked until then.
//! * The offset of an Ack, within what was sent in its session: a server that says more is mistaken. Where it stays or goes back too often there is no
//!   progress, and the upload fails.
//! * A session id that is missing, not one that is another's (D-8).
//!
//! # What it leaves to its user
//!
//! Connections, authentication, time-outs, the bytes of the file and whether they change, and where
//! [`Saved`] is kept; what it says of what was sent must never be less than what was.
//!
//! An upload with a reply ([MC-BUP] 1.3.2) is closed like one without: reply URLs are not looked at.
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup

mod classify;
mod counts;
mod handle;
mod options;
mod outcome;
mod saved;
mod step;
#[cfg(test)]
mod tests;
mod transitions;
mod upload;

pub use options::Options;
pub use outcome::{Failed, Outcome, Problem, Reason};
pub use saved::{Saved, SavedError};
pub use step::{Answer, Connection, Failure, Outgoing, Server, Step};
pub use transitions::{Action, Event, Phase, TRANSITIONS, Transition};
pub use upload::Upload;

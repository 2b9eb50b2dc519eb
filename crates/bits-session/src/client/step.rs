//! What goes into the engine, and what comes out of it.

use std::time::{Duration, Instant};

use bits_packet::{Ack, HostId, Request, StatusCode};

use super::Outcome;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Send this request, and hand over its answer.
    Send(Outgoing<'a>),
    /// A request is under way: its answer, or that there is none, is to be handed over first.
    Awaiting,
    /// Nothing to do before that moment.
    Wait(Instant),
    /// The upload is suspended: it goes on after [`Upload::resume`](super::Upload::resume).
    Suspended,
    /// The upload has ended.
    Done(Outcome),
}

/// A request, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outgoing<'a> {
    /// The packet. The body of a Fragment is the bytes of its range. The sender may add a content name.
    pub packet: Request<'a>,
    /// Which server it is for. The path is the same for all.
    pub server: Server<'a>,
}

/// Which server a request is for ([MC-BUP] 2.2.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server<'a> {
    /// That of the URL.
    Origin,
    /// That of the host id, whose bytes `Host` takes.
    HostId(HostId<'a>),
}

/// The answer to a request, as HTTP has brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// The Ack, read as the answer to the request that was sent; `None` if the response is none.
    pub ack: Option<Ack<'a>>,
    /// `Retry-After`, as a delay from now.
    pub retry_after: Option<Duration>,
    /// Whether the sender has credentials for the challenge of a 401 or 407 that the request was sent
    /// without.
    pub has_credentials: bool,
}

impl<'a> Answer<'a> {
    /// A response that is an Ack.
    #[must_use]
    pub const fn of_ack(ack: Ack<'a>) -> Self {
        let status = ack.status();
        Answer {
            ack: Some(ack),
            ..Self::of_status(status)
        }
    }

    /// A response that is no Ack.
    #[must_use]
    pub const fn of_status(status: StatusCode) -> Self {
        Answer {
            status,
            ack: None,
            retry_after: None,
            has_credentials: false,
        }
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// There is no connection to the server.
    Connect,
    /// The connection ended before the answer did.
    Broken,
    /// The request or its answer took too long ([MC-BUP] 3.1.2.1, 3.1.2.2).
    TimedOut,
    /// What came is no HTTP response, or an Ack that breaks the rules (D-12).
    InvalidAnswer,
    /// A session was opened at a server whose `BITS-Host-Id` cannot be read: nobody knows where, and every other try
    /// would open one more.
    InvalidHostId,
    /// The sender has given the request up on its own. This is not counted.
    Interrupted,
}

/// What becomes of the connection that an answer came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Connection {
    /// The next request may use it.
    Keep,
    /// Close it: its other end does not follow the protocol (D-12).
    Close,
}

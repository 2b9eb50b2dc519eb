//! What goes into the engine, and what comes out of it.

use std::time::{Duration, Instant};

use bits_packet::{Ack, ErrorContext, HResult, HostId, Request, RequestType, StatusCode};

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Send this request, and hand over its answer.
    Send(Outgoing<'a>),
    /// A request is under way: its answer, or that there is none, is to be handed over first.
    Awaiting,
    /// Nothing to do before that moment.
    Wait(Instant),
    /// The upload is suspended: it goes on after `resume`.
    Suspended,
    /// The upload has ended.
    Done(Outcome),
}

/// A request, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outgoing<'a> {
    /// The packet. The body of a Fragment is the bytes of its range. The sender may add a content name.
    pub packet: Request<'a>,
    /// Which server it is for. The target is the same for all.
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
    /// Whether the sender has credentials for the challenge of a 401 or 407 that the request was not sent
    /// with.
    pub has_credentials: bool,
}

impl<'a> Answer<'a> {
    /// A response that is an Ack.
    #[must_use]
    pub const fn of_ack(ack: Ack<'a>) -> Self {
        let status = ack.status();
        Answer {
            status,
            ack: Some(ack),
            retry_after: None,
            has_credentials: false,
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
    /// The request or its answer took too long.
    TimedOut,
    /// What came is no valid HTTP response, or breaks the rules of an Ack (D-12).
    InvalidAnswer,
    /// The sender has given the request up on its own; this is not counted.
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

/// How an upload has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The server has the whole file.
    Complete,
    /// The session is gone, as asked for.
    Cancelled,
    /// The upload has failed.
    Failed(Failed),
}

/// Why an upload has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failed {
    /// What kind of failure it is.
    pub reason: Reason,
    /// The request that has failed last.
    pub request: RequestType,
    /// The status of its answer, if there was one.
    pub status: Option<StatusCode>,
    /// Whether that answer was an Ack.
    pub is_ack: bool,
    /// `BITS-Error-Code` of that answer.
    pub error_code: Option<HResult>,
    /// `BITS-Error-Context` of that answer.
    pub error_context: Option<ErrorContext>,
    /// What there was in the place of an answer.
    pub failure: Option<Failure>,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The server refuses for good.
    Refused,
    /// Credentials are missing, or were refused.
    Credentials,
    /// Too many failures in a row, or no progress for too long.
    GaveUp,
    /// The server answers, but the offset does not advance, or sessions get lost, again and again.
    NoProgress,
    /// The other end does not speak the protocol.
    NotBits,
}

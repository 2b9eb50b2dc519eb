//! Upload sessions, followed across connections.

mod content;
mod ranges;
mod reply;
mod tracker;
mod user;

pub use content::{Content, Files, MAX_RANGES};
pub use ranges::Ranges;
pub use tracker::{Findings, Packet, PacketRead, SessionTotals, Tracker};
pub use user::User;

use std::net::SocketAddr;

use bits_packet::{Deviations, ErrorContext, HResult, RequestType};

use crate::http::Peers;

/// How many failures of a session are kept; the others are counted.
pub const MAX_FAILURES: usize = 16;

/// How many connections of a session are kept; the others are counted.
pub const MAX_CONNECTIONS: usize = 16;

/// How far a session got, as far as the capture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Create-Session was sent, and no answer to it was seen.
    Requested,
    /// Create-Session was refused, or nobody was let in: the last answer asks for a name and password.
    Refused,
    /// There is a session, and it has not ended in the capture.
    Open,
    /// Close-Session was sent, and no answer to it was seen.
    Closing,
    /// Close-Session was acknowledged.
    Closed,
    /// Cancel-Session was acknowledged.
    Cancelled,
    /// The server does not know the session (any more).
    NotFound,
}

impl State {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Requested => "requested",
            State::Refused => "refused",
            State::Open => "open",
            State::Closing => "closing",
            State::Closed => "closed",
            State::Cancelled => "cancelled",
            State::NotFound => "not-found",
        }
    }

    /// Whether nothing more is to be expected.
    #[must_use]
    pub const fn is_end(self) -> bool {
        self.is_over() || matches!(self, State::NotFound)
    }

    /// Whether nothing more can come. One server that does not know a session does not speak for the others of its name.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, State::Closed | State::Cancelled)
    }
}

/// A request that was answered by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it was answered, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
    /// What was asked; `None` if the request is malformed, or was not seen.
    pub packet: Option<RequestType>,
    /// The status; 0 if the answer is malformed.
    pub status: u16,
    /// `BITS-Error-Code`
    pub code: Option<HResult>,
    /// `BITS-Error-Context`
    pub context: Option<ErrorContext>,
}

/// The reply of an upload-reply session.
#[derive(Debug)]
pub struct Reply<F> {
    /// `BITS-Reply-URL`, as it was sent but for a password.
    pub url: Vec<u8>,
    /// The status of the last answer to a request for it.
    pub status: Option<u16>,
    /// What was seen of it.
    pub content: Content,
    /// Where it goes.
    pub file: Option<F>,
}

/// An upload, as far as it is in the capture.
#[derive(Debug)]
pub struct Session<F> {
    /// `BITS-Session-Id`
    pub id: Option<Vec<u8>>,
    /// How far it got.
    pub state: State,
    /// When its first and its last packet were seen, in nanoseconds since 1970-01-01 UTC.
    pub times: (u64, u64),
    /// The ends of its first connection.
    pub peers: Peers,
    /// Its connections, the first [`MAX_CONNECTIONS`] of them.
    pub connections: Vec<Peers>,
    /// How many connections there were.
    pub connection_count: u64,
    /// The last server that it was sent to: another one after a move to a host id.
    pub server: SocketAddr,
    /// The method: `BITS_POST`, or `POST` where that is overridden.
    pub is_overridden: bool,
    /// The target of its requests; with `***` for a password, as are the host and the URL of the reply.
    pub target: Vec<u8>,
    /// The value of `Host`.
    pub host: Vec<u8>,
    /// `User-Agent`
    pub user_agent: Option<Vec<u8>>,
    /// Who was let in; where nobody was, with a name or without, who tried first.
    pub user: Option<User>,
    /// `Content-Name`
    pub content_name: Option<Vec<u8>>,
    /// `Content-Encoding`: what the bytes of the file are coded in.
    pub content_encoding: Option<Vec<u8>>,
    /// `BITS-Host-Id`
    pub host_id: Option<Vec<u8>>,
    /// The file.
    pub content: Content,
    /// Where it goes.
    pub file: Option<F>,
    /// The offset that the server wanted last.
    pub acknowledged: Option<u64>,
    /// Requests of BITS.
    pub requests: u64,
    /// Fragments.
    pub fragments: u64,
    /// Requests that were made again: after an interruption, an error, or an answer that never came; but not as a name and
    /// password were asked for.
    pub retries: u64,
    /// Answers that ask for a name and password.
    pub challenges: u64,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// The first [`MAX_FAILURES`] failures.
    pub failures: Vec<Failure>,
    /// How many there were.
    pub failure_count: u64,
    /// What was tolerated in its packets.
    pub deviations: Deviations,
    /// Requests that are malformed, and were read as far as that goes.
    pub malformed: u64,
    /// Bytes of its connections that came again and were others: which are right is not known.
    pub overlap_conflicts: u64,
    /// The reply, if one was announced.
    pub reply: Option<Box<Reply<F>>>,
    /// Whether it was told before it ended, as too many were open.
    pub is_evicted: bool,
    /// Whether it is asked for.
    pub(crate) is_wanted: bool,
    /// Whether its Create-Session was seen.
    pub(crate) is_created: bool,
    /// Whether `user` is who was let in: `None` if that was somebody without a name.
    pub(crate) is_user_let_in: bool,
    /// Connections of it that are over, and what is missing in them, in bytes.
    pub(crate) over_count: u64,
    pub(crate) lost: u64,
    /// Whether a Fragment says that the file is empty, in a form that is none.
    pub(crate) is_said_empty: bool,
    /// The connection on which it has ended.
    pub(crate) ended_on: Option<Peers>,
    /// The last answer, if it asks for a name and password.
    pub(crate) challenge: Option<Failure>,
    /// When the last answer was seen. A connection of which the start is waited for is told late: answers may come that
    /// are older.
    pub(crate) answered_at: u64,
    /// The same of the last one that says which offset the server wants.
    pub(crate) acknowledged_at: u64,
    /// Requests that are not answered yet.
    pub(crate) outstanding: u32,
    /// Whether the last request has failed, so that the next one is a retry.
    pub(crate) has_failed: bool,
    /// What it was said to take when that was last asked, in bytes.
    pub(crate) weighed: usize,
}

impl<F> Session<F> {
    pub(crate) fn new(time: u64, peers: Peers, target: &[u8], host: &[u8]) -> Self {
        Session {
            id: None,
            state: State::Requested,
            times: (time, time),
            peers,
            connections: vec![peers],
            connection_count: 1,
            server: peers.server,
            is_overridden: false,
            target: target.to_vec(),
            host: host.to_vec(),
            user_agent: None,
            user: None,
            content_name: None,
            content_encoding: None,
            host_id: None,
            content: Content::default(),
            file: None,
            acknowledged: None,
            requests: 0,
            fragments: 0,
            retries: 0,
            challenges: 0,
            status: None,
            failures: Vec::new(),
            failure_count: 0,
            deviations: Deviations::default(),
            malformed: 0,
            overlap_conflicts: 0,
            reply: None,
            is_evicted: false,
            is_wanted: true,
            is_created: false,
            is_user_let_in: false,
            over_count: 0,
            lost: 0,
            is_said_empty: false,
            ended_on: None,
            challenge: None,
            answered_at: 0,
            acknowledged_at: 0,
            outstanding: 0,
            has_failed: false,
            weighed: 0,
        }
    }

    /// What it takes that hangs on the wire, in bytes, about.
    pub(crate) fn weight(&self) -> usize {
        let length = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::len);
        let ranges =
            |content: &Content| content.seen.as_slice().len() + content.settled.as_slice().len();
        let reply = self.reply.as_ref();
        let reply = reply.map_or(0, |reply| 2 * reply.url.len() + 16 * ranges(&reply.content));
        // Some texts are kept twice, to find the session by.
        2 * (length(&self.id) + self.target.len() + self.host.len())
            + length(&self.user_agent)
            + length(&self.content_name)
            + length(&self.content_encoding)
            + length(&self.host_id)
            + 16 * ranges(&self.content)
            + reply
    }

    /// Whether it is all there, and the client has sent nothing: no Fragment can say that a file is empty, but for one
    /// that is malformed.
    pub(crate) fn is_of_empty_file(&self) -> bool {
        let has_sent_nothing = self.malformed == 0
            && self.is_created
            && self.lost == 0
            && self.over_count == self.connection_count;
        self.state == State::Closed
            && self.fragments == 0
            && (self.is_said_empty || has_sent_nothing)
    }

    /// Takes note of an answer, and says whether it is the last one.
    pub(crate) fn is_last_answer(&mut self, time: u64) -> bool {
        self.times.1 = self.times.1.max(time);
        let is_last = time >= self.answered_at;
        self.answered_at = self.answered_at.max(time);
        is_last
    }

    /// The server says which offset it wants next. If that is in front of the last one, it has lost something.
    pub(crate) fn wants_next(&mut self, next: u64, time: u64) {
        if time < self.acknowledged_at {
            return;
        }
        self.acknowledged_at = time;
        let before = self.acknowledged.replace(next);
        if before.is_some_and(|before| next < before) {
            self.content.unsettle(next);
        }
    }

    /// No answer comes any more: where the last one asks for a name and password, nobody was let in.
    pub(crate) fn settle_challenge(&mut self) {
        let Some(challenge) = self.challenge.take() else {
            return;
        };
        self.fail(challenge);
        if self.state == State::Requested {
            self.state = State::Refused;
        }
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failure_count += 1;
        let at = self
            .failures
            .partition_point(|other| other.time <= failure.time);
        self.failures.insert(at, failure);
        self.failures.truncate(MAX_FAILURES);
    }
}

impl<F> Reply<F> {
    pub(crate) fn of(url: Vec<u8>) -> Self {
        Reply {
            url,
            status: None,
            content: Content::default(),
            file: None,
        }
    }
}

//! What the screen of a connection found, for its service.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bits_packet::{Error, ErrorKind, HResult};
use http::request::Parts;

use crate::service::{Answer, close, plain, refusal, refused};

/// What became of the heads of a connection, in their order: the screen puts it in, the service takes it out.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    verdicts: VecDeque<Verdict>,
    is_closing: bool,
}

/// What became of a head.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was handed on.
    Accepted,
    /// Another was handed on in its place.
    Refused(Refusal),
}

/// Why a head was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Whether it means to be one of BITS.
    pub(super) is_bits: bool,
    pub(super) reason: Reason,
    /// Of one that does, what names the session and the client, as far as that can be told.
    pub(super) named: Option<Box<Parts>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It breaks a rule.
    Error(Error),
    /// Its body is in chunks.
    Chunked,
    /// It has more fields than hyper takes.
    TooManyFields,
    /// Its target is none that the crate `http` can hold as it is.
    Target,
    /// Its target does not end within the greatest length of a head.
    LongTarget,
    /// Its length is none that hyper can count.
    TooLong,
    /// It came too slowly.
    Timeout,
}

impl Reason {
    /// The status of the answer.
    pub(super) fn status(self) -> u16 {
        match self {
            Reason::Error(error) if error.kind() == ErrorKind::HeadTooLarge => 431,
            Reason::Error(error) => error.status_hint().unwrap_or(400),
            Reason::Chunked => 411,
            Reason::TooManyFields => 431,
            Reason::Target => 400,
            Reason::LongTarget => 414,
            Reason::TooLong => 413,
            Reason::Timeout => 408,
        }
    }

    /// As it is counted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Reason::Error(error) => error.kind().name(),
            Reason::Chunked => "chunked",
            Reason::TooManyFields => "too-many-fields",
            Reason::Target => "target",
            Reason::LongTarget => "long-target",
            Reason::TooLong => "too-long",
            Reason::Timeout => "slow-head",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Error(error) => error.fmt(f),
            Reason::Chunked => f.write_str("the body is in chunks; a Content-Length is wanted"),
            Reason::TooManyFields => f.write_str("more than 100 fields"),
            Reason::Target => f.write_str("the target holds what no URI does"),
            Reason::LongTarget => f.write_str("the target has no end"),
            Reason::TooLong => f.write_str("Content-Length is too large"),
            Reason::Timeout => f.write_str("the head does not come to its end"),
        }
    }
}

impl Refusal {
    /// The answer, behind which the connection closes.
    pub(super) fn answer(&self) -> Answer {
        let status = self.reason.status();
        let mut answer = match self.reason {
            Reason::Error(error) if error.status_hint() == Some(status) => {
                refused(self.is_bits, error)
            }
            // A client may send again what came too slowly.
            Reason::Timeout if self.is_bits => refusal(status, None),
            _ if self.is_bits => refusal(status, Some(HResult::INVALID_ARGUMENT)),
            _ => plain(status),
        };
        close(&mut answer);
        answer
    }
}

impl Queue {
    pub(super) fn push(&self, verdict: Verdict) {
        self.lock().verdicts.push_back(verdict);
    }

    /// What became of the head of the next request.
    pub(super) fn pop(&self) -> Option<Verdict> {
        self.lock().verdicts.pop_front()
    }

    /// No new request is to be waited for.
    pub(super) fn close(&self) {
        self.lock().is_closing = true;
    }

    pub(super) fn is_closing(&self) -> bool {
        self.lock().is_closing
    }

    /// No code panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

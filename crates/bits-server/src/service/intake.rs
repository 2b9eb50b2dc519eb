//! The body of a request, as it comes.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Version, header};
use http_body::Body;
use tokio::time::{Instant, timeout_at};

/// How long a body may take, and how much of one is read that nobody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyLimits {
    /// How long no byte may come.
    pub idle: Duration,
    /// How long a body may take whatever its length,
    pub grace: Duration,
    /// and how many bytes give it a second more. 0: as long as it likes.
    pub rate: u64,
    /// How many bytes are read of a body that nobody wants, behind the answer, so that the client hears it and the
    /// connection goes on. If there are more, it closes.
    pub drain: u64,
}

impl Default for BodyLimits {
    /// A minute; 30 seconds and 500 bytes a second; 16 MiB.
    fn default() -> Self {
        BodyLimits {
            idle: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            rate: 500,
            drain: 16 * 1024 * 1024,
        }
    }
}

/// Why a body comes to no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The connection has ended, or what it carries is no body.
    Broken,
    /// Nothing came for too long, or too little.
    Slow,
    /// A later request has come in its place.
    Overtaken,
    /// The server ends.
    Cut,
}

impl Stop {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Stop::Broken => "broken-body",
            Stop::Slow => "slow-body",
            Stop::Overtaken => "overtaken",
            Stop::Cut => "shutdown",
        }
    }
}

/// The body of a request, within its limits.
pub(super) struct Intake<B> {
    body: Pin<Box<B>>,
    limits: BodyLimits,
    /// Whether the client waits to be asked for the body.
    is_held_back: bool,
    received: u64,
    /// How long the client was waited for.
    waited: Duration,
    /// Since when it is waited for.
    since: Option<Instant>,
    is_broken: bool,
}

impl<B: Body<Data = Bytes>> Intake<B> {
    pub(super) fn new(parts: &Parts, body: B, limits: BodyLimits) -> Self {
        Intake {
            body: Box::pin(body),
            limits,
            is_held_back: parts.version == Version::HTTP_11 && expects_continue(&parts.headers),
            received: 0,
            waited: Duration::ZERO,
            since: None,
            is_broken: false,
        }
    }

    /// How many bytes have come.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Nothing more is wanted, and nobody hears the answer.
    pub(super) const fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// The next bytes, which may be none; `None` at the end. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Stop> {
        self.is_held_back = false;
        let since = *self.since.get_or_insert_with(Instant::now);
        let left = self.patience();
        let next = poll_fn(|cx| self.body.as_mut().poll_frame(cx));
        let next = timeout_at(since + left, next).await;
        self.waited += since.elapsed();
        self.since = None;
        let frame = match next {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => {
                self.is_broken = true;
                return Err(Stop::Broken);
            }
            Err(_) => {
                self.is_broken = true;
                return Err(Stop::Slow);
            }
        };
        // What is no data is a trailer, which says nothing here.
        let bytes = frame.into_data().unwrap_or_default();
        self.received += bytes.len() as u64;
        Ok(Some(bytes))
    }

    fn patience(&self) -> Duration {
        let BodyLimits {
            idle, grace, rate, ..
        } = self.limits;
        match self.received.checked_div(rate) {
            None => idle,
            Some(earned) => {
                let allowed = grace.saturating_add(Duration::from_secs(earned));
                allowed.saturating_sub(self.waited).min(idle)
            }
        }
    }

    /// Whether anything of the body is left, and whether that is to be read.
    pub(super) fn rest(&self) -> Rest {
        if self.body.is_end_stream() {
            return Rest::Nothing;
        }
        let is_too_much = self.body.size_hint().lower() > self.limits.drain;
        match self.is_broken || self.is_held_back || is_too_much {
            true => Rest::Left,
            false => Rest::Drain,
        }
    }

    /// Reads what is left, so that the client hears the answer and the connection goes on. It ends when this is dropped
    /// before the end of the body.
    pub(super) async fn drain(&mut self) {
        let end = self.received.saturating_add(self.limits.drain);
        while let Ok(Some(_)) = self.next().await {
            if self.received > end {
                return;
            }
        }
    }
}

/// What becomes of the rest of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// There is none.
    Nothing,
    /// It is read.
    Drain,
    /// It is too much, or does not come: the connection closes.
    Left,
}

fn expects_continue(headers: &HeaderMap) -> bool {
    let is_continue =
        |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    headers.get(header::EXPECT).is_some_and(is_continue)
}

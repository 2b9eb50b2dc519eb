//! The engine.

use std::time::{Duration, Instant, SystemTime};

use bits_packet::{
    CancelSession, CloseSession, ContentRange, CreateSession, Fragment, HostId, Ping, Request,
    SessionId, SupportedProtocols,
};

use super::classify::LEAST_FRAGMENT;
use super::counts::Counts;
use super::{Event, Options, Outcome, Outgoing, Phase, Problem, Saved, SavedError, Server, Step};

/// The upload of one file of known length ([MC-BUP] 3.1).
///
/// Its user does the input and output, and tells the time:
///
/// * **To act:** [`poll`](Upload::poll) says what is to be done next: send a request, wait, or nothing
///   any more. At most one request is ever under way.
/// * **To report:** [`handle_answer`](Upload::handle_answer) or
///   [`handle_failure`](Upload::handle_failure), once for each request that was to be sent; then poll
///   again.
/// * **To interfere,** at any time: [`suspend`](Upload::suspend), [`resume`](Upload::resume),
///   [`cancel`](Upload::cancel). What is under way is finished first.
/// * **To keep:** [`saved`](Upload::saved), whenever it has changed.
///
/// What it does follows [`TRANSITIONS`](super::TRANSITIONS).
#[derive(Clone, Debug)]
pub struct Upload {
    pub(super) options: Options,
    pub(super) saved: Saved,
    pub(super) phase: Phase,
    pub(super) counts: Counts,
    /// The request of the phase is under way.
    pub(super) sent: Option<Sent>,
    /// Nothing is sent before.
    pub(super) not_before: Option<Instant>,
    /// When the host id is given up; set by the first failure at its server (D-36).
    pub(super) fallback: Option<Instant>,
    /// What time it is at a moment.
    pub(super) clock: Option<(Instant, SystemTime)>,
    pub(super) is_suspended: bool,
    pub(super) is_cancelled: bool,
    pub(super) has_seen_ack: bool,
    pub(super) problem: Option<Problem>,
    pub(super) outcome: Option<Outcome>,
    pub(super) is_refused_at_end: bool,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The length of its body, in bytes.
    pub(super) length: u64,
    /// What had been sent in this session before it.
    before: Option<u64>,
}

impl Upload {
    /// An upload of a file of `size` bytes.
    #[must_use]
    pub fn new(size: u64, options: Options) -> Self {
        Self::of(Saved::new(size), options)
    }

    /// An upload that goes on where another one has ended. With a session it begins with a Ping
    /// ([MC-BUP] 3.1.4.3), unless the options say that there is none; without one from the start (D-35).
    ///
    /// # Errors
    ///
    /// [`SavedError`], if the value does not come from [`Upload::saved`].
    pub fn resumed(saved: Saved, options: Options) -> Result<Self, SavedError> {
        saved.check()?;
        Ok(Self::of(saved, options))
    }

    fn of(saved: Saved, options: Options) -> Self {
        let phase = match (&saved.session_id, options.ping_first) {
            (Some(_), true) => Phase::Ping,
            (Some(_), false) if saved.is_whole() => Phase::CloseSession,
            (Some(_), false) => Phase::Fragment,
            (None, true) => Phase::FirstPing,
            (None, false) => Phase::CreateSession,
        };
        Upload {
            options,
            saved,
            phase,
            counts: Counts::default(),
            sent: None,
            not_before: None,
            fallback: None,
            clock: None,
            is_suspended: false,
            is_cancelled: false,
            has_seen_ack: false,
            problem: None,
            outcome: None,
            is_refused_at_end: false,
        }
    }

    /// Tells what time it is now. The time of a host id then runs out across processes; without this it begins again in
    /// each.
    #[must_use]
    pub fn with_time(mut self, now: Instant, time: SystemTime) -> Self {
        self.clock = Some((now, time));
        let seconds = self.saved.host_id_fallback_timeout;
        if let (Some(since), Some(seconds)) = (self.saved.host_id_failing_since, seconds) {
            // A clock that has gone back since says nothing.
            let gone = time.duration_since(since).unwrap_or_default();
            let left = Duration::from_secs(seconds.into()).saturating_sub(gone);
            self.fallback = now.checked_add(left);
        }
        self
    }

    /// What is to be kept, so that another process can go on.
    #[must_use]
    pub const fn saved(&self) -> &Saved {
        &self.saved
    }

    /// What is about to be sent, or under way.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// What has gone wrong last, since something went well.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether the upload has failed by an Ack that refuses its last Fragment for good: its session is of no use.
    #[must_use]
    pub const fn is_refused_at_end(&self) -> bool {
        self.is_refused_at_end
    }

    /// So many bytes of the body of the request under way were sent at most. Without this it counts as sent entirely:
    /// to be told before an answer that came early, or a failure.
    pub fn sent_only(&mut self, bytes: u64) {
        if let (Phase::Fragment, Some(sent)) = (self.phase, self.sent) {
            let end = self.saved.offset + bytes.min(sent.length);
            self.saved.sent = sent.before.map(|before| before.max(end));
        }
    }

    /// Bytes of the body of the request under way were taken for so long: this time does not count as time without
    /// progress, so that a slow link may be cut. To be told before an answer, or a failure.
    pub fn flowed(&mut self, time: Duration) {
        if self.sent.is_some() {
            self.counts.flowed(time);
        }
    }

    /// Stops once the request under way is done. [`Step::Suspended`] says that it is.
    pub const fn suspend(&mut self) {
        self.is_suspended = true;
    }

    /// Goes on after a suspension, at once: with a Ping if there is a session ([MC-BUP] 3.1.4.3).
    pub fn resume(&mut self, now: Instant) {
        let was_suspended = std::mem::replace(&mut self.is_suspended, false);
        if was_suspended && self.sent.is_none() && self.outcome.is_none() {
            self.not_before = None;
            self.follow(Event::Resumed, now);
        }
    }

    /// Cancels the session, once the request under way is done. What has ended stays as it is.
    pub const fn cancel(&mut self) {
        self.is_cancelled = true;
    }

    /// What is to be done next.
    pub fn poll(&mut self, now: Instant) -> Step<'_> {
        if let Some(outcome) = self.outcome {
            return Step::Done(outcome);
        }
        if self.sent.is_some() {
            return Step::Awaiting;
        }
        self.counts.begin(now);
        if self.is_cancelled && self.phase != Phase::CancelSession {
            self.not_before = None;
            self.follow(Event::Cancelled, now);
            return self.poll(now);
        }
        // A cancellation is not for later.
        if self.is_suspended && !self.is_cancelled {
            return Step::Suspended;
        }
        if self.fallback.is_some_and(|fallback| fallback <= now) {
            self.follow(Event::FellBack, now);
        }
        match self.not_before {
            Some(until) if until > now => {
                Step::Wait(self.fallback.map_or(until, |fallback| fallback.min(until)))
            }
            _ => self.send(),
        }
    }

    fn send(&mut self) -> Step<'_> {
        let length = match self.phase {
            Phase::Fragment => self.next_length(),
            _ => 0,
        };
        self.not_before = None;
        let before = self.saved.sent;
        self.sent = Some(Sent { length, before });
        let end = self.saved.offset + length;
        self.saved.sent = before.map(|before| before.max(end));
        Step::Send(self.outgoing(length))
    }

    /// The length of the next Fragment, in bytes.
    ///
    /// After failures it is shorter: over a link that breaks again and again, a long one may never come to its end,
    /// while the Ack of a short one tells what has arrived of those before.
    fn next_length(&self) -> u64 {
        let limit = self.saved.fragment_limit.unwrap_or(u64::MAX);
        let most = self.options.fragment_size.min(limit).max(1);
        let shorter = most.checked_shr(3 * self.counts.failures()).unwrap_or(0);
        let most = shorter.max(LEAST_FRAGMENT).min(most);
        most.min(self.saved.size.saturating_sub(self.saved.offset))
    }

    /// The packet of the phase, and where it goes.
    fn outgoing(&self, length: u64) -> Outgoing<'_> {
        let session = || {
            let id = self.saved.session_id.as_deref().map(SessionId::new);
            let id = id.and_then(Result::ok);
            id.expect("a phase in a session is entered with the id of an Ack, or with one that was checked")
        };
        let packet = match self.phase {
            Phase::FirstPing | Phase::Ping => Request::Ping(Ping),
            Phase::CreateSession => {
                Request::CreateSession(CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD))
            }
            Phase::Fragment => {
                let first = self.saved.offset;
                let range = ContentRange::new(first, first + (length - 1), self.saved.size);
                let range = range.expect("a Fragment is sent while the offset is below the size");
                Request::Fragment(Fragment::new(session(), range))
            }
            Phase::CloseSession => Request::CloseSession(CloseSession::new(session())),
            Phase::CancelSession | Phase::End => {
                Request::CancelSession(CancelSession::new(session()))
            }
        };
        let host_id = self.saved.host_id.as_deref().map(HostId::new);
        let server = match host_id {
            Some(Ok(host_id)) => Server::HostId(host_id),
            _ => Server::Origin,
        };
        Outgoing { packet, server }
    }
}

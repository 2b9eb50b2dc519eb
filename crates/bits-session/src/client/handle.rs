//! What the engine does with what it is told.

use std::time::{Duration, Instant};

use bits_packet::{CreateSessionAck, FallbackTimeout, RequestType, StatusCode};

use super::classify::{Context, Found, LEAST_FRAGMENT};
use super::{
    Action, Answer, Connection, Event, Failed, Failure, Outcome, Phase, Problem, Reason,
    Transition, Upload,
};

/// What has come with an event.
#[derive(Default)]
struct Given<'a> {
    offset: Option<u64>,
    session: Option<CreateSessionAck<'a>>,
    retry_after: Option<Duration>,
    /// The length of the Fragment that was sent, in bytes.
    length: u64,
    /// Why a limit is reached.
    reason: Option<Reason>,
}

impl Upload {
    /// The request under way is answered.
    ///
    /// An answer when no request is under way is none: nothing changes, and the connection is to be
    /// closed.
    pub fn handle_answer(&mut self, answer: &Answer<'_>, now: Instant) -> Connection {
        let (Some(sent), Some(request)) = (self.sent.take(), self.phase.request()) else {
            return Connection::Close;
        };
        let length = sent.length;
        let context = Context {
            phase: self.phase,
            saved: &self.saved,
            length,
        };
        let mut given = Given {
            retry_after: answer.retry_after,
            length,
            ..Given::default()
        };
        let mut event = match context.classify(answer) {
            Found::Event(event) => event,
            Found::Offset(event, offset) => {
                given.offset = Some(offset);
                self.stop_fallback();
                event
            }
            Found::Session(event, session) => {
                given.session = Some(session);
                event
            }
        };
        let is_valid = event != Event::Invalid;
        if is_valid {
            self.counts.understood();
        }
        if event == Event::Challenged && !self.counts.challenged() {
            event = Event::Unauthorized;
        }
        if is_failure(event) {
            self.start_fallback(now);
        }
        if event == Event::Refused && answer.ack.is_none() && self.may_fall_back() {
            event = Event::Transient;
        }
        if is_valid && answer.ack.is_some() {
            self.has_seen_ack = true;
            self.counts.heard();
        } else if is_failure(event) {
            self.counts.not_heard();
        }
        let is_success = matches!(event, Event::Accepted | Event::AcceptedWhole | Event::Moved);
        self.problem = (!is_success).then(|| Problem {
            is_at_host_id: self.saved.host_id.is_some(),
            ..Problem::of_answer(request, answer, is_valid)
        });
        self.follow_with(event, now, &given);
        if is_valid {
            Connection::Keep
        } else {
            Connection::Close
        }
    }

    /// The request under way has no answer. The connection is not to be used any more.
    pub fn handle_failure(&mut self, failure: Failure, now: Instant) {
        let (Some(sent), Some(request)) = (self.sent.take(), self.phase.request()) else {
            return;
        };
        let event = match failure {
            Failure::Connect | Failure::Broken | Failure::TimedOut => Event::Broken,
            Failure::InvalidAnswer => Event::Invalid,
            Failure::InvalidHostId => Event::Refused,
            Failure::Interrupted => Event::Interrupted,
        };
        if is_failure(event) {
            self.start_fallback(now);
            self.counts.not_heard();
            self.problem = Some(Problem {
                is_at_host_id: self.saved.host_id.is_some(),
                ..Problem::of_failure(request, failure)
            });
        }
        let given = Given {
            length: sent.length,
            ..Given::default()
        };
        self.follow_with(event, now, &given);
    }

    /// The time until the host id is given up runs from the first failure at its server (D-36).
    fn start_fallback(&mut self, now: Instant) {
        let seconds = self.saved.host_id_fallback_timeout;
        if let (Some(_), None, Some(seconds)) = (&self.saved.host_id, self.fallback, seconds) {
            self.fallback = now.checked_add(Duration::from_secs(seconds.into()));
            self.saved.host_id_failing_since = self
                .clock
                .and_then(|(then, time)| time.checked_add(now.saturating_duration_since(then)));
        }
    }

    fn stop_fallback(&mut self) {
        self.fallback = None;
        self.saved.host_id_failing_since = None;
    }

    /// Whether what is no BITS server at the host id may refuse what it will: the origin is asked when the time of the
    /// host id is over. An end is not asked for again on 4xx ([MC-BUP] 2.2.9).
    const fn may_fall_back(&self) -> bool {
        let is_end = matches!(self.phase, Phase::CloseSession | Phase::CancelSession);
        self.saved.host_id.is_some() && self.saved.host_id_fallback_timeout.is_some() && !is_end
    }

    pub(super) fn follow(&mut self, event: Event, now: Instant) {
        self.follow_with(event, now, &Given::default());
    }

    /// Does what the table says.
    fn follow_with(&mut self, event: Event, now: Instant, given: &Given<'_>) {
        let Some(row) = Transition::of(self.phase, event) else {
            return;
        };
        let until = match self.pause(row, now, given.retry_after) {
            Ok(until) => until,
            // The time runs: the host id has one, and no Ack has come from its server since it does.
            Err(_) if self.fallback.is_some() && self.counts.may_leave_early() => {
                return self.follow(Event::Silent, now);
            }
            Err(reason) => {
                let given = Given {
                    reason: Some(reason),
                    ..Given::default()
                };
                return self.follow_with(Event::Exhausted, now, &given);
            }
        };
        match row.action {
            Action::Proceed => self.counts.accepted(now),
            Action::KeepSession => self.keep_session(given, now),
            Action::TakeOffset => {
                self.saved.offset = given.offset.unwrap_or(self.saved.offset);
                self.counts.advanced(self.saved.offset, now);
            }
            Action::TakeOffsetBack => {
                self.saved.offset = given.offset.unwrap_or(self.saved.offset);
            }
            Action::Restart => {
                self.saved.session_id = None;
                self.saved.offset = 0;
                self.saved.sent = Some(0);
                self.saved.is_close_refused = false;
            }
            Action::Shrink => {
                self.saved.fragment_limit = Some((given.length / 2).max(LEAST_FRAGMENT));
            }
            Action::Resend | Action::Retry | Action::RetryInvalid | Action::RetrySlowly => {}
            Action::UseOrigin => {
                self.leave_host();
                self.counts.accepted(now);
            }
            Action::UseOriginEarly => {
                self.leave_host();
                self.counts.left_early(now);
            }
            Action::Complete => self.outcome = Some(Outcome::Complete),
            Action::Cancel => self.outcome = Some(Outcome::Cancelled),
            Action::Fail => {
                let end = self.saved.offset.saturating_add(given.length);
                let is_last = self.phase == Phase::Fragment && end == self.saved.size;
                let reason = given.reason.unwrap_or_else(|| self.reason_to_fail(event));
                let problem = self
                    .problem
                    .expect("an upload fails by an answer, or by the want of one");
                let is_refusal = event == Event::Refused && problem.is_ack;
                self.is_refused_at_end = is_refusal && is_last;
                self.saved.is_close_refused |= is_refusal && self.phase == Phase::CloseSession;
                // Without a time the host id would never be left: whoever goes on, or cancels again, asks the origin.
                let is_final = matches!(event, Event::Refused | Event::Unauthorized)
                    || self.phase == Phase::CancelSession;
                if is_final && !problem.is_ack && self.saved.host_id_fallback_timeout.is_none() {
                    self.leave_host();
                }
                self.outcome = Some(Outcome::Failed(Failed { reason, problem }));
            }
        }
        if until > now {
            self.not_before = Some(until);
        }
        self.phase = row.next.unwrap_or(self.phase);
    }

    /// Until when an action waits; or why it must not, by a limit of the options.
    fn pause(
        &mut self,
        row: &Transition,
        now: Instant,
        asked: Option<Duration>,
    ) -> Result<Instant, Reason> {
        // What is asked for in vain costs no more than the time that is left: the last try is at its end.
        let left = self.counts.time_left(now, &self.options);
        let asked = asked.unwrap_or_default().min(self.options.max_retry_after);
        let asked = asked.min(left);
        let delay = match row.action {
            Action::Retry => self.counts.failed(&self.options).map(|it| it.max(asked)),
            Action::RetrySlowly => self.counts.disk_full(&self.options).map(|it| it.max(asked)),
            Action::RetryInvalid => self.counts.invalid(&self.options),
            Action::TakeOffsetBack | Action::Restart => self.counts.set_back(&self.options),
            _ => return Ok(now),
        };
        let reason = self.reason_to_give_up(row.event);
        match delay {
            Some(delay) if delay <= left => now.checked_add(delay).ok_or(reason),
            Some(_) if reason == Reason::GaveUp => Err(Reason::Stalled),
            _ => Err(reason),
        }
    }

    fn keep_session(&mut self, given: &Given<'_>, now: Instant) {
        let Some(session) = &given.session else {
            return;
        };
        self.saved.session_id = Some(session.session_id.as_bytes().to_vec());
        self.saved.offset = 0;
        self.saved.sent = Some(0);
        // A server that does not move the session leaves it where it was created.
        if let Some(host_id) = session.host_id {
            self.stop_fallback();
            let timeout = session.host_id_fallback_timeout;
            let timeout = timeout.filter(|timeout| !timeout.is_never());
            self.saved.host_id = Some(host_id.as_bytes().to_vec());
            self.saved.host_id_fallback_timeout = timeout.map(FallbackTimeout::seconds);
        }
        self.counts.accepted(now);
    }

    fn leave_host(&mut self) {
        self.saved.host_id = None;
        self.saved.host_id_fallback_timeout = None;
        self.stop_fallback();
        self.not_before = None;
    }

    const fn reason_to_give_up(&self, event: Event) -> Reason {
        match event {
            Event::NotAdvanced | Event::SessionNotFound | Event::FileLost => Reason::NoProgress,
            Event::Invalid if !self.has_seen_ack => Reason::NotBits,
            _ => Reason::GaveUp,
        }
    }

    fn reason_to_fail(&self, event: Event) -> Reason {
        let status = self.problem.and_then(|problem| problem.status);
        match (event, status.map(StatusCode::as_u16)) {
            (Event::Unauthorized, _) => Reason::Credentials,
            // What servers say that do not know the method, or have nothing there.
            (_, Some(400 | 404 | 405 | 501 | 505)) if !self.has_seen_ack => Reason::NotBits,
            _ => Reason::Refused,
        }
    }
}

/// Whether the server has not done what it was asked for, for which another one may be better.
const fn is_failure(event: Event) -> bool {
    matches!(
        event,
        Event::Transient
            | Event::DiskFull
            | Event::Refused
            | Event::Unauthorized
            | Event::Invalid
            | Event::Broken
    )
}

impl Problem {
    fn of_answer(request: RequestType, answer: &Answer<'_>, is_valid: bool) -> Self {
        Problem {
            request,
            failure: (!is_valid).then_some(Failure::InvalidAnswer),
            status: Some(answer.status),
            is_ack: answer.ack.is_some(),
            is_at_host_id: false,
            error_code: answer.ack.and_then(|ack| ack.error_code()),
            error_context: answer.ack.and_then(|ack| ack.error_context()),
        }
    }

    const fn of_failure(request: RequestType, failure: Failure) -> Self {
        Problem {
            request,
            failure: Some(failure),
            status: None,
            is_ack: false,
            is_at_host_id: false,
            error_code: None,
            error_context: None,
        }
    }
}

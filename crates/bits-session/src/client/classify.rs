//! What an answer means, whatever the client then does about it.

use bits_packet::presence::Outcome;
use bits_packet::{
    Ack, CreateSessionAck, Guid, HResult, Reading, ReceivedContentRange, SessionId, StatusCode,
};

use super::{Answer, Event, Phase, Saved};

/// The least length of a Fragment that a 413 leads to, in bytes ([MC-BUP] App. A <16>).
pub(super) const LEAST_FRAGMENT: u64 = 5 * 1024;

/// What an answer is read by.
pub(super) struct Context<'a> {
    pub(super) phase: Phase,
    pub(super) saved: &'a Saved,
    /// The length of the Fragment that is answered, in bytes.
    pub(super) length: u64,
}

/// What was found, and what of it is to be kept.
pub(super) enum Found<'a> {
    Event(Event),
    /// A Fragment's Ack, and the offset that the server wants next.
    Offset(Event, u64),
    /// A session.
    Session(Event, CreateSessionAck<'a>),
}

impl Context<'_> {
    pub(super) fn classify<'a>(&self, answer: &Answer<'a>) -> Found<'a> {
        let code = answer.ack.and_then(|ack| ack.error_code());
        match (answer.status.as_u16(), answer.ack) {
            (401 | 407, _) if answer.has_credentials => Found::Event(Event::Challenged),
            (401 | 407, _) => Found::Event(Event::Unauthorized),
            // Success is believed only of an Ack: others answer 200 with a file (D-12).
            (100..=299, Some(ack)) if ack.outcome() == Outcome::Success => self.success(&ack),
            (100..=299, _) => Found::Event(Event::Invalid),
            // That a Fragment is too long the HTTP layer finds, whatever the session.
            (_, Some(ack)) if !self.is_ours(&ack) => {
                match self.failure(answer.status, code, true) {
                    Event::ContentTooLarge => Found::Event(Event::ContentTooLarge),
                    _ => Found::Event(Event::Invalid),
                }
            }
            (416, ack) if self.phase == Phase::Fragment => self.offset(ack.as_ref()),
            _ if code == Some(HResult::SESSION_NOT_FOUND) => Found::Event(self.lost()),
            _ => Found::Event(self.failure(answer.status, code, answer.ack.is_some())),
        }
    }

    fn success<'a>(&self, ack: &Ack<'a>) -> Found<'a> {
        if !self.is_ours(ack) {
            return Found::Event(Event::Invalid);
        }
        match (self.phase, ack.reading()) {
            (Phase::CreateSession, Some(Reading::CreateSession(session)))
                if session.protocol == Guid::BITS_1_5_UPLOAD =>
            {
                let event = match session.host_id {
                    Some(_) => Event::Moved,
                    None if self.saved.size == 0 => Event::AcceptedWhole,
                    None => Event::Accepted,
                };
                Found::Session(event, session)
            }
            (Phase::Fragment, Some(Reading::Fragment(_))) => self.offset(Some(ack)),
            (Phase::FirstPing | Phase::Ping, Some(Reading::Ping(_))) => Found::Event(self.pinged()),
            (Phase::CloseSession, Some(Reading::CloseSession(_)))
            | (Phase::CancelSession, Some(Reading::CancelSession(_))) => {
                Found::Event(Event::Accepted)
            }
            _ => Found::Event(Event::Invalid),
        }
    }

    /// The offset is obeyed (D-19, D-34), within what was sent in this session: nobody has more.
    fn offset(&self, ack: Option<&Ack<'_>>) -> Found<'static> {
        let received = ack.and_then(Ack::received_content_range);
        match received.map(ReceivedContentRange::next_offset) {
            Some(offset) if offset > self.saved.most_sent() => Found::Event(Event::Invalid),
            Some(offset) if offset <= self.saved.offset => {
                Found::Offset(Event::NotAdvanced, offset)
            }
            Some(offset) if offset == self.saved.size => {
                Found::Offset(Event::AcceptedWhole, offset)
            }
            Some(offset) => Found::Offset(Event::Accepted, offset),
            None => Found::Event(Event::Invalid),
        }
    }

    /// A session id need not be there; another one must not (D-8). Ping and Create-Session have none that
    /// the answer could repeat.
    fn is_ours(&self, ack: &Ack<'_>) -> bool {
        let is_bound = !matches!(
            self.phase,
            Phase::FirstPing | Phase::Ping | Phase::CreateSession
        );
        let ours = self.saved.session_id.as_deref();
        match (ack.session_id(), ours.map(SessionId::new)) {
            (Some(theirs), Some(Ok(ours))) if is_bound => ours.names_same_session(&theirs),
            _ => true,
        }
    }

    const fn pinged(&self) -> Event {
        if matches!(self.phase, Phase::Ping) && self.saved.is_whole() {
            Event::AcceptedWhole
        } else {
            Event::Accepted
        }
    }

    /// With the whole file acknowledged, a session that is gone has done its work (D-26), unless its Close-Session was
    /// refused before.
    fn lost(&self) -> Event {
        match self.phase {
            Phase::CloseSession if self.saved.is_close_refused => Event::FileLost,
            Phase::Ping if self.saved.is_whole() && !self.saved.is_close_refused => {
                Event::AcceptedWhole
            }
            _ => Event::SessionNotFound,
        }
    }

    fn failure(&self, status: StatusCode, code: Option<HResult>, is_ack: bool) -> Event {
        let is_end = matches!(self.phase, Phase::CloseSession | Phase::CancelSession);
        let is_ping = matches!(self.phase, Phase::FirstPing | Phase::Ping);
        let event = match (status.as_u16(), code) {
            (_, Some(HResult::TOO_LARGE)) => Event::Refused,
            (500, Some(HResult::DISK_FULL | HResult::PRINTED_DISK_FULL)) | (507, _) => {
                Event::DiskFull
            }
            // An end is asked for again on every 5xx, and on nothing else ([MC-BUP] 2.2.9).
            (500..=599, _) if is_end => Event::Transient,
            (300..=499, _) if is_end => Event::Refused,
            (413, _) if self.phase == Phase::Fragment && self.length > LEAST_FRAGMENT => {
                Event::ContentTooLarge
            }
            (408 | 425 | 429, _) => Event::Transient,
            (300..=499 | 501 | 505, _) => Event::Refused,
            // What is no class of HTTP counts as 5xx.
            _ => Event::Transient,
        };
        // What a BITS server has against a Ping it has against the next packet, or it was only the Ping.
        if is_ping && is_ack && event == Event::Refused {
            self.pinged()
        } else {
            event
        }
    }
}

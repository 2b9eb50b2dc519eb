//! Whether what begins like a request is one.
//!
//! Where the start of a stream was not seen, or something is missing, reading goes on with the next segment that begins
//! like a head. That may be a part of a body, if HTTP is sent in files: a log, a capture, a page. It shows in what
//! follows. Before a client asks again, it has got an answer, and so acknowledges more of the other direction; what is
//! inside one body acknowledges the same all along. That holds where the other direction is not in the capture, too.

use super::responses::LONGEST_INTERIM;
use super::signs::{Sign, blank, is_request, is_surely_request, sign};
use super::{Conversation, Http, Observer};
use crate::http::{Asked, ResponseRead};
use crate::id::normal;
use crate::tcp::At;

/// What is doubtful in the requests of a connection.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Whether reading has gone on somewhere in the middle, and nothing has shown yet that there are requests.
    pub(super) is_on: bool,
    /// Whether it was shown that the client asks.
    pub(super) is_settled: bool,
    /// What the client had got of the other direction when it sent what is no request: what acknowledges no more is none.
    refuted: Option<u64>,
}

/// What is remembered of a doubtful request, to tell whether an answer is its own.
#[derive(Debug)]
pub(super) struct Claim {
    /// The session that it names, as ids are compared.
    id: Option<Vec<u8>>,
    /// How much of the file there is at most when it is answered.
    end: u64,
    is_bits: bool,
}

impl Claim {
    pub(super) fn new(asked: Option<&Asked<'_>>, is_bits: bool) -> Self {
        Claim {
            id: asked
                .and_then(Asked::session_id)
                .map(|id| normal(id).to_vec()),
            end: match asked {
                Some(Asked::Create) => 0,
                Some(Asked::Fragment { range, .. }) => range.end,
                _ => u64::MAX,
            },
            is_bits,
        }
    }

    /// Whether a response is one to another request: one of success that is no Ack, or an Ack that names another session, or
    /// has taken more of a file than there is. One that has refused a range says where the server is, wherever that is.
    pub(super) fn is_contradicted(&self, response: &ResponseRead<'_>) -> bool {
        let Some(ack) = &response.ack else {
            return self.is_bits && matches!(response.status, 200..=299);
        };
        let names_other = match (&self.id, ack.session_id) {
            (Some(id), Some(named)) => !id.eq_ignore_ascii_case(&normal(named)),
            _ => false,
        };
        let has_more = ack.received.is_some_and(|received| received > self.end);
        !self.is_bits || names_other || (has_more && response.status != 416)
    }
}

impl<O: Observer> Http<O> {
    /// Looks at what comes next of the client, in doubt. `false`: it is none of a request.
    pub(super) fn weigh_doubt(
        &mut self,
        conversation: &mut Conversation<O>,
        at: &At,
        bytes: &[u8],
    ) -> bool {
        let requests = &conversation.requests;
        if requests.is_lost() {
            conversation.doubt.is_on = true;
            let refuted = conversation.doubt.refuted;
            let is_later = refuted.is_none_or(|refuted| at.ack > Some(refuted));
            // A beginning of one byte may be that of either.
            return is_later && (sign(bytes) != Sign::Response || is_request(bytes));
        }
        if !conversation.doubt.is_on {
            return true;
        }
        let last = conversation.pending.back();
        let Some(last) = last.filter(|it| it.claim.is_some()) else {
            return true;
        };
        let (Some(ack), Some(now)) = (last.ack, at.ack) else {
            return true;
        };
        if requests.awaits_head() {
            if blank(bytes) == bytes.len() {
                return true;
            }
            if now > ack {
                conversation.confirm();
                return true;
            }
            // Other clients than those of BITS may ask for several things at once.
            let bytes = &bytes[blank(bytes)..];
            if !last.awaits_answer && sign(bytes) == Sign::Request && !bytes.starts_with(b"BITS_") {
                return true;
            }
            self.refute(conversation, at.time);
            return false;
        }
        // A body that is said to be longer than it is: a request stands where it would go on, sent after an answer.
        let is_answered = now > ack.saturating_add(LONGEST_INTERIM);
        if is_answered && at.begins && is_surely_request(bytes) && requests.is_in_body() {
            self.refute(conversation, at.time);
            conversation.requests.begin_head();
        }
        true
    }

    /// What is doubtful was a part of a body.
    pub(super) fn refute(&mut self, conversation: &mut Conversation<O>, time: u64) {
        let Some(observed) = &mut conversation.observed else {
            return;
        };
        for pending in std::mem::take(&mut conversation.pending) {
            if pending.claim.is_none() {
                conversation.pending.push_back(pending);
                continue;
            }
            self.pending -= 1;
            conversation.doubt.refuted = conversation.doubt.refuted.max(pending.ack);
            self.observer.revoke(observed, pending.exchange, time);
        }
        conversation.requests.lose();
    }
}

impl<O: Observer> Conversation<O> {
    /// Requests are what they seem, and so is who asks.
    pub(super) fn confirm(&mut self) {
        self.doubt = Doubt {
            is_settled: true,
            ..Doubt::default()
        };
        for pending in &mut self.pending {
            pending.claim = None;
        }
    }
}

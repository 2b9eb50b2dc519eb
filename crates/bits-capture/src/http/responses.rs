//! The direction of the server.

use bits_packet::Body;

use super::lane::Found;
use super::{BodyPart, Conversation, Http, Kind, OPTIONS, Observer, Pending, ResponseRead};
use crate::body::Framing;
use crate::tcp::{At, Consumer as _, Side};

/// How long the head of an interim response is at most, in bytes, about; no Ack is as short.
pub(super) const LONGEST_INTERIM: u64 = 64;

/// How long an answer is at least, in bytes: its line, with a line behind it. By less than that, numbers may be wrong.
const SHORTEST: u64 = 16;

impl<O: Observer> Http<O> {
    /// Reads responses, and gives how many bytes they take: what is behind them may have to wait for its request.
    pub(super) fn responses(
        &mut self,
        conversation: &mut Conversation<O>,
        side: Side,
        chunk: At,
        bytes: &[u8],
    ) -> usize {
        let mut rest = bytes;
        loop {
            let at = chunk.within(bytes.len() - rest.len());
            // The first one is read, wanted or not: it is not handed on for nothing.
            if rest.len() < bytes.len()
                && conversation.responses.awaits_head()
                && !self.is_wanted(conversation, side, true)
            {
                return bytes.len() - rest.len();
            }
            match conversation.responses.next(&mut rest, &at) {
                Found::NeedMore => return bytes.len(),
                Found::Head(head) => {
                    let head_at = conversation.responses.began(&at);
                    if !self.response(conversation, head_at, &head) {
                        conversation.responses.lose();
                    }
                    let is_sent = conversation.pending.back().is_none_or(|last| last.is_sent);
                    if conversation.responses.awaits_head() && !is_sent {
                        // An interim response, after which the rest of the request comes.
                        return bytes.len() - rest.len();
                    }
                    if conversation.kind == Kind::Unknown {
                        // Another protocol begins, in both directions.
                        let taken = bytes.len() - rest.len();
                        if rest.is_empty() {
                            return taken;
                        }
                        let at = At {
                            begins: true,
                            ..chunk.within(taken)
                        };
                        return taken + self.data(conversation, side, at, rest);
                    }
                }
                Found::Body(data) => {
                    let part = BodyPart::Data(data);
                    self.answer_part(conversation, at.time, part);
                }
                Found::End => self.end_response(conversation, at.time, true),
                Found::Wrong => {
                    conversation.has_missed = true;
                    self.end_response(conversation, at.time, false);
                }
            }
        }
    }

    /// Reads the head of a response; `false` if it is none.
    fn response(&mut self, conversation: &mut Conversation<O>, at: At, bytes: &[u8]) -> bool {
        if !std::mem::replace(&mut conversation.has_answers, true)
            && let Some(first) = conversation.pending.front()
            && !(first.has_start && at.has_start)
            && let Some(asked_at) = first.ack
        {
            // No hole was told where nothing is known of the start of a direction.
            conversation.has_missed |= asked_at + SHORTEST <= at.offset;
            conversation.has_losses |= asked_at != at.offset;
        }
        self.skip_missed(conversation, &at);
        let behind_head = at.offset + bytes.len() as u64;
        let mut index = conversation.next_answered(behind_head);
        let answering = index.and_then(|index| conversation.pending[index].answering);
        let read = match ResponseRead::read(bytes, answering) {
            Ok(read) => read,
            Err(error) => {
                self.totals.malformed += 1;
                conversation.has_missed = true;
                if let Some(observed) = &mut conversation.observed {
                    self.observer.malformed(observed, at.time, error);
                }
                return false;
            }
        };
        let claim = index.and_then(|index| conversation.pending[index].claim.as_ref());
        if claim.is_some_and(|claim| claim.is_contradicted(&read)) {
            self.refute(conversation, at.time);
            index = conversation.next_answered(behind_head);
        } else if let Some(index) = index
            && conversation.pending[index].is_sent
            && !read.is_informational()
        {
            conversation.confirm();
        }
        let asked = index.map(|index| &mut conversation.pending[index]);
        let Some(observed) = &mut conversation.observed else {
            return false;
        };
        let is_accepted = matches!(read.status, 200..=299);
        let has_switched = read.status == 101
            || asked
                .as_ref()
                .is_some_and(|asked| asked.is_connect && is_accepted);
        let Some(asked) = asked else {
            // If the next one is not where it would be, that of the request was missed as well.
            conversation.has_missed = true;
            conversation.has_losses = true;
            self.totals.orphans += u64::from(!read.is_informational());
            self.observer.response(observed, None, at.time, &read);
            let framing = Framing::new(read.body, OPTIONS.max_head());
            conversation.responses.begin_body(framing);
            return true;
        };
        self.observer
            .response(observed, Some(&mut asked.exchange), at.time, &read);
        let body = if has_switched || asked.is_head {
            Body::Length(0)
        } else {
            read.body
        };
        let is_connect = asked.is_connect;
        if read.is_informational() && !has_switched {
            conversation.responses.begin_head();
            return true;
        }
        asked.is_begun = true;
        asked.is_refused = !is_accepted;
        conversation.has_missed = false;
        conversation
            .responses
            .begin_body(Framing::new(body, OPTIONS.max_head()));
        if has_switched {
            self.end_response(conversation, at.time, true);
            conversation.kind = if is_connect {
                Kind::Unknown
            } else {
                Kind::Other
            };
            conversation.requests.begin_head();
            conversation.responses.begin_head();
            if is_connect {
                self.end_request(conversation, at.time, true);
            }
        }
        true
    }

    /// After answers were missed: a client asks when it has got what was answered before, so that the answer begins
    /// where the request says that it has got. If this one begins later, the answer was in what is missing; but for an
    /// interim one in front of it, which is short.
    fn skip_missed(&mut self, conversation: &mut Conversation<O>, at: &At) {
        while conversation.has_missed
            && let Some(first) = conversation.pending.front()
            && let Some(ack) = first.ack
            && ack + SHORTEST <= at.offset
            && first.is_sent
            && !(first.expects_continue && at.offset - ack <= LONGEST_INTERIM)
        {
            self.give_up_oldest(conversation, at.time);
        }
    }

    pub(super) fn answer_part(
        &mut self,
        conversation: &mut Conversation<O>,
        time: u64,
        part: BodyPart<'_>,
    ) {
        let begun = |pending: &&mut Pending<O::Exchange>| pending.is_begun && !pending.is_answered;
        if let Some(asked) = conversation.pending.iter_mut().find(begun) {
            self.observer.response_body(&mut asked.exchange, time, part);
        }
    }

    pub(super) fn end_response(
        &mut self,
        conversation: &mut Conversation<O>,
        time: u64,
        is_whole: bool,
    ) {
        self.answer_part(conversation, time, BodyPart::End { is_whole });
        let begun = |pending: &&mut Pending<O::Exchange>| pending.is_begun && !pending.is_answered;
        if let Some(asked) = conversation.pending.iter_mut().find(begun) {
            asked.is_answered = true;
        }
        self.retire(conversation, time);
    }

    pub(super) fn pass_response(
        &mut self,
        conversation: &mut Conversation<O>,
        time: u64,
        (within, is_over): (u64, bool),
    ) {
        if within > 0 {
            self.answer_part(conversation, time, BodyPart::Missing(within));
        }
        if is_over {
            self.end_response(conversation, time, false);
        }
    }

    pub(super) fn end_responses(&mut self, conversation: &mut Conversation<O>, time: u64) {
        if let Some(is_whole) = conversation.responses.end() {
            self.end_response(conversation, time, is_whole);
        }
    }
}

impl<O: Observer> Conversation<O> {
    /// The request that a response is to whose head ends there: the next one. Where something was missed, what the client
    /// had got before it asked is no answer.
    fn next_answered(&self, behind_head: u64) -> Option<usize> {
        let index = self.pending.iter().position(|it| !it.is_begun)?;
        let ack = self.pending[index].ack;
        let is_later = ack.is_none_or(|ack| ack < behind_head);
        (is_later || !self.has_losses).then_some(index)
    }
}

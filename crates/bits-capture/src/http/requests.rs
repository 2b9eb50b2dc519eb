//! The direction of the client.

use super::lane::Found;
use super::signs::{Sign, sign};
use super::{
    BodyPart, Claim, Conversation, Http, MAX_PENDING, MAX_PENDING_OF_ALL, OPTIONS, Observer,
    Pending, RequestRead,
};
use crate::body::Framing;
use crate::tcp::{At, Consumer as _, Side};

impl<O: Observer> Http<O> {
    /// Reads requests, and gives how many bytes they take: what is behind them may have to wait.
    pub(super) fn requests(
        &mut self,
        conversation: &mut Conversation<O>,
        side: Side,
        chunk: At,
        bytes: &[u8],
    ) -> usize {
        let mut rest = bytes;
        loop {
            let at = chunk.within(bytes.len() - rest.len());
            if rest.len() < bytes.len()
                && conversation.requests.awaits_head()
                && !self.is_wanted(conversation, side, true)
            {
                return bytes.len() - rest.len();
            }
            if !self.weigh_doubt(conversation, &at, rest) {
                return bytes.len();
            }
            self.drop_unsent_body(conversation, at.begins, rest);
            match conversation.requests.next(&mut rest, &at) {
                Found::NeedMore => return bytes.len(),
                Found::Head(head) => {
                    let head_at = conversation.requests.began(&at);
                    if !self.request(conversation, head_at, &head) {
                        conversation.has_losses = true;
                        conversation.requests.lose();
                    }
                }
                Found::Body(data) => {
                    if let Some(pending) = conversation.pending.back_mut() {
                        let part = BodyPart::Data(data);
                        self.observer
                            .request_body(&mut pending.exchange, at.time, part);
                    }
                }
                Found::End => self.end_request(conversation, at.time, true),
                Found::Wrong => self.end_request(conversation, at.time, false),
            }
        }
    }

    /// A client that asks first whether its body is wanted may leave it out when it is answered at once.
    fn drop_unsent_body(&mut self, conversation: &mut Conversation<O>, begins: bool, rest: &[u8]) {
        let Some(last) = conversation.pending.back() else {
            return;
        };
        if begins
            && last.expects_continue
            && last.is_refused
            && conversation.requests.is_before_body()
            && sign(rest) == Sign::Request
        {
            conversation.requests.begin_head();
            self.end_request(conversation, 0, false);
        }
    }

    /// Reads the head of a request; `false` if it is none.
    fn request(&mut self, conversation: &mut Conversation<O>, at: At, bytes: &[u8]) -> bool {
        let read = match RequestRead::read(bytes) {
            Ok(read) => read,
            Err(error) => {
                self.totals.malformed += 1;
                if let Some(observed) = &mut conversation.observed {
                    self.observer.malformed(observed, at.time, error);
                }
                return false;
            }
        };
        let Some(observed) = &mut conversation.observed else {
            return false;
        };
        let is_connect = read.method == b"CONNECT";
        let expects = read.field(b"expect");
        let is_doubtful = conversation.doubt.is_on;
        let pending = Pending {
            answering: read.asked.map(|asked| asked.request_type()),
            is_head: read.method == b"HEAD",
            is_connect,
            awaits_answer: is_connect || read.is_bits || read.field(b"upgrade").is_some(),
            ack: at.ack,
            has_start: at.has_start,
            expects_continue: expects.is_some_and(|it| it.eq_ignore_ascii_case(b"100-continue")),
            is_sent: false,
            is_begun: false,
            is_refused: false,
            is_answered: false,
            claim: is_doubtful.then(|| Claim::new(read.asked.as_ref(), read.is_bits)),
            exchange: self.observer.request(observed, at.time, &read),
        };
        let framing = Framing::new(read.body, OPTIONS.max_head());
        conversation.requests.begin_body(framing);
        conversation.pending.push_back(pending);
        self.pending += 1;
        let count = conversation.pending.len();
        if count > MAX_PENDING || (count > 1 && self.pending > MAX_PENDING_OF_ALL) {
            self.give_up_oldest(conversation, at.time);
        }
        true
    }

    pub(super) fn end_request(
        &mut self,
        conversation: &mut Conversation<O>,
        time: u64,
        is_whole: bool,
    ) {
        if let Some(last) = conversation.pending.back_mut().filter(|last| !last.is_sent) {
            last.is_sent = true;
            let part = BodyPart::End { is_whole };
            self.observer.request_body(&mut last.exchange, time, part);
        }
        self.retire(conversation, time);
    }

    pub(super) fn pass_request(
        &mut self,
        conversation: &mut Conversation<O>,
        time: u64,
        (within, is_over): (u64, bool),
    ) {
        if within > 0
            && let Some(last) = conversation.pending.back_mut()
        {
            let part = BodyPart::Missing(within);
            self.observer.request_body(&mut last.exchange, time, part);
        }
        if is_over {
            self.end_request(conversation, time, false);
        }
    }

    pub(super) fn end_requests(&mut self, conversation: &mut Conversation<O>, time: u64) {
        if let Some(is_whole) = conversation.requests.end() {
            self.end_request(conversation, time, is_whole);
        }
    }
}

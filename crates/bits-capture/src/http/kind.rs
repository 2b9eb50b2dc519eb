//! What is spoken on a connection, and who asks.

use super::doubt::Doubt;
use super::signs::{Sign, is_request, is_surely_request, sign};
use super::{Conversation, Http, Observer, Peers};
use crate::tcp::{At, Side};

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unknown,
    Http,
    Tls,
    Other,
}

impl<O: Observer> Http<O> {
    /// Finds out what is spoken, and who asks.
    pub(super) fn recognise(
        &mut self,
        conversation: &mut Conversation<O>,
        side: Side,
        at: &At,
        bytes: &[u8],
    ) {
        let is_lost = match conversation.client {
            Some(client) if client == side => conversation.requests.is_lost(),
            Some(_) => conversation.responses.is_lost(),
            None => true,
        };
        if !at.begins && is_lost {
            return;
        }
        // One byte may be the beginning of either: who sends it tells, or else the ports, of which the server's is the
        // lower one.
        let [own, other] = [side, side.other()].map(|it| conversation.opening.ends[it as usize]);
        let asks = match conversation.client {
            Some(client) => client == side,
            None => own.port() > other.port(),
        };
        let sign = match sign(bytes) {
            Sign::Response if asks && is_request(bytes) => Sign::Request,
            sign => sign,
        };
        match sign {
            Sign::Tls => conversation.kind = Kind::Tls,
            Sign::Request => {
                // Who has opened the connection, asks; if that was not seen, who sends a request.
                let client = *conversation.client.get_or_insert(side);
                if client == side {
                    conversation.kind = Kind::Http;
                }
            }
            Sign::Response => {
                let client = *conversation.client.get_or_insert(side.other());
                if client != side {
                    conversation.kind = Kind::Http;
                }
            }
            Sign::Socks => {
                conversation.requests.lose();
                conversation.responses.lose();
            }
            // From its start on, a connection that is none of that is something else.
            Sign::Nothing if conversation.opening.originator == Some(side) && !is_lost => {
                conversation.kind = Kind::Other;
            }
            Sign::Blank | Sign::Nothing => {}
        }
        if conversation.kind == Kind::Http && conversation.observed.is_none() {
            let client = conversation.client.unwrap_or(side);
            self.observe(conversation, client);
        }
    }

    fn observe(&mut self, conversation: &mut Conversation<O>, client: Side) {
        let ends = conversation.opening.ends;
        let peers = Peers {
            client: ends[client as usize],
            server: ends[client.other() as usize],
            since: conversation.opening.time,
        };
        conversation.observed = Some(self.observer.connection(&peers));
    }

    /// Who asks was told by what may have been a part of a body: it is who sends the newest request.
    pub(super) fn change_roles(
        &mut self,
        conversation: &mut Conversation<O>,
        side: Side,
        at: &At,
        bytes: &[u8],
    ) {
        let is_open = conversation.opening.originator.is_none()
            && conversation.kind == Kind::Http
            && !conversation.doubt.is_settled
            && conversation.client == Some(side.other());
        if !(is_open && at.begins && is_surely_request(bytes)) {
            return;
        }
        // Inside a body, it is one if its sender has got something since the body began.
        let since = conversation.responses.began(at).ack;
        if !conversation.responses.awaits_head() && at.ack <= since {
            return;
        }
        self.refute(conversation, at.time);
        while !conversation.pending.is_empty() {
            self.give_up_oldest(conversation, at.time);
        }
        if let Some(observed) = conversation.observed.take() {
            self.observer.close(observed, Default::default(), at.time);
        }
        conversation.client = Some(side);
        conversation.requests.lose();
        conversation.responses.lose();
        conversation.doubt = Doubt::default();
        self.observe(conversation, side);
    }
}

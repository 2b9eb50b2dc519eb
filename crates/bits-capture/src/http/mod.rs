//! HTTP/1 on both directions of a connection: messages are framed, and answers paired with requests.
//!
//! * A direction is read from its first byte on. Where that is not the start of a message, or something is missing
//!   whose length does not tell where the next message begins, it is read again from the next segment on that
//!   begins like a head.
//! * How an answer is framed hangs on its request (HEAD, CONNECT): answers wait for their requests, within the limits
//!   of [`tcp`](crate::tcp).
//! * The n-th answer is that to the n-th request, but that the numbers which both ends acknowledge must agree: an
//!   answer that the client had when it sent the request is not that to the request, nor is one that begins behind a
//!   hole in the place of it.
//! * What begins like a request, in the middle of a stream of which something is missing, may be a part of a body. It is
//!   in doubt until the stream goes on as one of requests would.

mod doubt;
mod kind;
mod lane;
mod loose;
mod observer;
mod read;
mod requests;
mod responses;
mod signs;

pub use loose::Part;
pub use observer::{BodyPart, Observer, Peers};
pub use read::{AckRead, Asked, RequestRead, ResponseRead};

use std::collections::VecDeque;

use bits_packet::{Deviation, Options, RequestType};

use crate::tcp::{At, Consumer, HalfTotals, Opening, Side};
use doubt::{Claim, Doubt};
use kind::Kind;
use lane::Lane;
use signs::proxy_header;

/// What is tolerated: all that real peers do, the `POST` dialect of OneDrive included.
pub const OPTIONS: Options = Options::INTEROP.allow(Deviation::MethodOverride);

/// What the heads of all connections may take that have not come in one piece, in bytes. Of more, the newest are lost.
const MAX_BUFFERED: usize = 8 << 20;

/// How many requests of a connection may be without an answer, and of all. Of more, the oldest are taken to have none,
/// and those of connections that have others.
const MAX_PENDING: usize = 64;
const MAX_PENDING_OF_ALL: usize = 16 << 10;

/// What kinds of connections there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpTotals {
    /// With HTTP/1.
    pub http: u64,
    /// With TLS, of which nothing can be read.
    pub tls: u64,
    /// With something else, or with too little to tell.
    pub other: u64,
    /// Heads that are no HTTP.
    pub malformed: u64,
    /// Heads of which a part is missing.
    pub lost_heads: u64,
    /// Responses whose requests were not seen.
    pub orphans: u64,
    /// Requests without an answer.
    pub unanswered: u64,
}

/// Reads HTTP/1 on the connections of a [`Table`](crate::tcp::Table).
#[derive(Debug)]
pub struct Http<O> {
    /// What is made of the exchanges.
    pub observer: O,
    /// What heads take that have not come in one piece, in bytes.
    buffered: usize,
    /// Requests without an answer.
    pending: usize,
    totals: HttpTotals,
}

/// A request that was seen, until it is answered and all of it was sent.
#[derive(Debug)]
struct Pending<E> {
    exchange: E,
    answering: Option<RequestType>,
    is_head: bool,
    /// Whether nothing of use comes from the client before it is answered: BITS, CONNECT, or a wish to speak
    /// something else.
    awaits_answer: bool,
    is_connect: bool,
    /// How far the client had got the other direction.
    ack: Option<u64>,
    /// Whether the start of the client's direction was seen.
    has_start: bool,
    expects_continue: bool,
    is_sent: bool,
    /// A final response has begun.
    is_begun: bool,
    /// It is none that says that the body has come: not 2xx.
    is_refused: bool,
    /// All of it was there.
    is_answered: bool,
    /// What it says, if it may be a part of a body.
    claim: Option<Claim>,
}

/// What is known of a connection.
pub struct Conversation<O: Observer> {
    opening: Opening,
    kind: Kind,
    /// Which end asks.
    client: Option<Side>,
    observed: Option<O::Connection>,
    requests: Lane,
    responses: Lane,
    pending: VecDeque<Pending<O::Exchange>>,
    doubt: Doubt,
    /// Whether the capture has not all of it.
    has_losses: bool,
    /// Whether an answer was read.
    has_answers: bool,
    /// Whether answers were missed since the last one that was read.
    has_missed: bool,
    /// Whether the client is not in the capture.
    is_one_sided: bool,
    has_client_data: bool,
}

impl<O: Observer> Conversation<O> {
    /// What heads take that have not come in one piece, in bytes.
    fn buffered(&self) -> usize {
        self.requests.buffered() + self.responses.buffered()
    }
}

impl<O: Observer> std::fmt::Debug for Conversation<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation")
            .field("opening", &self.opening)
            .field("kind", &self.kind)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

impl<O: Observer> Http<O> {
    /// Hands what it reads to `observer`.
    pub fn new(observer: O) -> Self {
        Http {
            observer,
            buffered: 0,
            pending: 0,
            totals: HttpTotals::default(),
        }
    }

    /// What was counted.
    #[must_use]
    pub const fn totals(&self) -> HttpTotals {
        self.totals
    }
}

impl<O: Observer> Consumer for Http<O> {
    type Stream = Conversation<O>;

    fn open(&mut self, opening: &Opening) -> Self::Stream {
        let is_from_start = opening.originator.is_some();
        Conversation {
            opening: *opening,
            kind: Kind::Unknown,
            client: opening.originator,
            observed: None,
            requests: Lane::new(is_from_start),
            responses: Lane::new(is_from_start),
            pending: VecDeque::new(),
            doubt: Doubt::default(),
            has_losses: !is_from_start,
            has_answers: false,
            has_missed: !is_from_start,
            is_one_sided: false,
            has_client_data: false,
        }
    }

    fn is_wanted(&self, conversation: &Self::Stream, side: Side, has_other: bool) -> bool {
        match conversation.client {
            None => true,
            // What follows a request shows whether it is one.
            Some(client) if client == side && conversation.doubt.is_on => true,
            // A client of BITS has the answer before it asks again, and so has one that may speak something else behind
            // it. But answers may not be in the capture.
            Some(client) if client == side => {
                let last = conversation.pending.back();
                let is_waiting = last.is_some_and(|last| last.awaits_answer && !last.is_begun);
                !is_waiting
                    || conversation.has_missed
                    || !has_other
                    || !conversation.requests.awaits_head()
            }
            Some(_) => {
                conversation.is_one_sided
                    || !conversation.responses.awaits_head()
                    || conversation.pending.iter().any(|pending| !pending.is_begun)
            }
        }
    }

    fn breaks_tie(&self, conversation: &Self::Stream) -> Side {
        let client = conversation.client.unwrap_or(Side::Low);
        if self.is_wanted(conversation, client.other(), true) {
            client.other()
        } else {
            client
        }
    }

    fn data(&mut self, conversation: &mut Self::Stream, side: Side, at: At, bytes: &[u8]) -> usize {
        let before = conversation.buffered();
        if conversation.kind == Kind::Unknown && conversation.opening.originator == Some(side) {
            let is_first = !conversation.requests.is_lost();
            if let Some(length) = proxy_header(bytes).filter(|_| is_first) {
                return length.min(bytes.len());
            }
        }
        if conversation.kind == Kind::Unknown || conversation.client.is_none() {
            self.recognise(conversation, side, &at, bytes);
        } else {
            self.change_roles(conversation, side, &at, bytes);
        }
        let taken = match (conversation.kind, conversation.client) {
            (Kind::Http | Kind::Unknown, Some(client)) if client == side => {
                conversation.has_client_data = true;
                self.requests(conversation, side, at, bytes)
            }
            (Kind::Http | Kind::Unknown, Some(_)) => {
                if !self.is_wanted(conversation, side, true) {
                    conversation.is_one_sided = !conversation.has_client_data;
                }
                self.responses(conversation, side, at, bytes)
            }
            _ => bytes.len(),
        };
        self.buffered = self.buffered + conversation.buffered() - before;
        if self.buffered > MAX_BUFFERED && conversation.buffered() > 0 {
            self.totals.lost_heads += 1;
            self.buffered -= conversation.buffered();
            conversation.requests.lose();
            conversation.responses.lose();
            conversation.has_missed = true;
            conversation.has_losses = true;
        }
        taken
    }

    fn gap(&mut self, conversation: &mut Self::Stream, side: Side, missing: u64, time: u64) {
        conversation.has_losses = true;
        if conversation.client == Some(side) {
            self.lose_head(&mut conversation.requests);
            let part = conversation.requests.gap(missing);
            self.pass_request(conversation, time, part);
        } else if conversation.client.is_some() {
            conversation.has_missed |= conversation.responses.loses_head(missing);
            self.lose_head(&mut conversation.responses);
            let part = conversation.responses.gap(missing);
            self.pass_response(conversation, time, part);
        }
    }

    fn end(&mut self, conversation: &mut Self::Stream, side: Side, time: u64) {
        if conversation.client == Some(side) {
            self.end_requests(conversation, time);
        } else {
            self.end_responses(conversation, time);
        }
    }

    fn close(&mut self, mut conversation: Self::Stream, totals: [HalfTotals; 2], time: u64) {
        self.lose_head(&mut conversation.requests);
        self.lose_head(&mut conversation.responses);
        self.end_requests(&mut conversation, time);
        self.end_responses(&mut conversation, time);
        self.pending -= conversation.pending.len();
        for pending in conversation.pending.drain(..) {
            self.totals.unanswered += u64::from(!pending.is_answered);
            self.observer.over(pending.exchange, time);
        }
        match conversation.kind {
            Kind::Http => self.totals.http += 1,
            Kind::Tls => self.totals.tls += 1,
            Kind::Other | Kind::Unknown => self.totals.other += 1,
        }
        if let Some(observed) = conversation.observed {
            self.observer.close(observed, totals, time);
        }
    }
}

impl<O: Observer> Http<O> {
    /// Gives up a head of which the rest is missing.
    fn lose_head(&mut self, lane: &mut Lane) {
        self.buffered -= lane.buffered();
        self.totals.lost_heads += lane.lose_head();
        self.buffered += lane.buffered();
    }

    fn give_up_oldest(&mut self, conversation: &mut Conversation<O>, time: u64) {
        if let Some(oldest) = conversation.pending.pop_front() {
            self.pending -= 1;
            self.totals.unanswered += u64::from(!oldest.is_answered);
            self.observer.over(oldest.exchange, time);
        }
    }

    /// Lets go of exchanges that are over.
    fn retire(&mut self, conversation: &mut Conversation<O>, time: u64) {
        while let Some(first) = conversation.pending.pop_front() {
            if !(first.is_sent && first.is_answered) {
                conversation.pending.push_front(first);
                return;
            }
            self.pending -= 1;
            self.observer.over(first.exchange, time);
        }
    }
}

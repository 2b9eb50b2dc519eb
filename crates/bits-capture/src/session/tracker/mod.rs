//! From exchanges to sessions.
//!
//! A session is known by its id and its server. After a move to a host id, or to another server of the same name,
//! it is known by its id, its client, and its host, or, if the id is a GUID, its target; and a GUID is known with host
//! and target from another client, too, as after a change of networks. A request for it from another client
//! while one is under way is another leg of the same upload, as behind a proxy, and counts as a session of its own.

mod answers;
mod exchange;
mod find;
mod requests;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use bits_packet::RequestType;
use lru::LruCache;

use super::reply::{self, place_of};
use super::{Files, Session, State, User};
use crate::http::{Peers, RequestRead, ResponseRead};
use crate::id::normal;
use crate::printable::without_passwords;

/// How many sessions are followed at a time. Of more, the one that was silent the longest is told before its end.
const MAX_SESSIONS: usize = 16_384;

/// How many sessions that have ended are kept, to be told in the order in which they began.
const MAX_ENDED: usize = 4_096;

/// How many sessions of one id are followed at a time, at servers of their own. Of more, the oldest is told before its
/// end.
const MAX_OF_ID: usize = 1_024;

/// What the texts and ranges of all sessions may take, in bytes. Of more, sessions are told before their end.
const MAX_WEIGHT: usize = 24 << 20;

/// What is kept of the name of the host of a connection, in bytes: a name of DNS and a port.
const MAX_HOST: usize = 260;

/// What is kept of a text from the wire, in bytes.
const MAX_TEXT: usize = 4_096;

/// What is done with what is found.
pub trait Findings<F> {
    /// Whether sessions of this client and host are asked for. A session is that one of whose requests is.
    fn wants(&self, peers: &Peers, host: &[u8]) -> bool;

    /// A packet was seen, or HTTP that answers one.
    fn packet(&mut self, packet: &Packet<'_>);

    /// Something is to be written for a session: its file (or its reply). `None`: it is not to be written. Where some of it
    /// was seen before, that is not written: nobody had asked for the session.
    fn create(&mut self, session: &Session<F>, is_reply: bool) -> Option<F>;

    /// A session is over, or the capture is.
    fn session(&mut self, session: Session<F>);

    /// What was taken for a session was a part of the body of a message: what was written for it is of no use.
    fn discard(&mut self, session: Session<F>) {
        let _ = session;
    }
}

/// A packet of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// When it was seen, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
    /// The ends of its connection.
    pub peers: &'a Peers,
    /// The host that it names; of an answer, what the last BITS request of its connection names, up to 260 bytes.
    pub host: &'a [u8],
    /// What it says.
    pub read: PacketRead<'a>,
}

/// A request or the answer to one.
#[derive(Clone, Copy, Debug)]
pub enum PacketRead<'a> {
    /// A request.
    Request(&'a RequestRead<'a>),
    /// A response, and what it answers.
    Response(&'a ResponseRead<'a>, Option<RequestType>),
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionTotals {
    /// Requests of HTTP, those of BITS included.
    pub requests: u64,
    /// Requests of BITS.
    pub packets: u64,
    /// Ping packets.
    pub pings: u64,
    /// Requests of BITS that are malformed.
    pub malformed: u64,
    /// Acks whose requests were not seen.
    pub orphans: u64,
    /// Sessions.
    pub sessions: u64,
    /// Sessions that were told before their end, as too many were open.
    pub evicted: u64,
}

/// What a session is known by.
type Key = u64;

/// Where an upload is asked for: the client, the value of `Host`, the target.
type Place = (IpAddr, Vec<u8>, Vec<u8>);

/// Follows sessions.
#[derive(Debug)]
pub struct Tracker<O: Files> {
    /// What is done with what is found.
    pub findings: O,
    sessions: LruCache<Key, Box<Session<O::File>>>,
    last: Key,
    /// By their ids; the newest comes last.
    by_id: HashMap<Vec<u8>, Vec<Key>>,
    /// Those that have no id yet.
    by_place: HashMap<Place, Key>,
    /// Those that have a reply, by who has asked for it and where it is.
    by_reply: HashMap<(IpAddr, reply::Place), Key>,
    /// Those that have ended, in that order.
    ended: VecDeque<Key>,
    /// What texts and ranges take, in bytes.
    weight: usize,
    totals: SessionTotals,
}

/// A connection, as far as sessions go.
#[derive(Debug)]
pub struct Connection {
    peers: Peers,
    /// What its last BITS request names.
    host: Vec<u8>,
    user: Option<User>,
    /// Whether there is something on it that may be of BITS, and is not understood.
    is_odd: bool,
    /// The sessions of its requests.
    sessions: Vec<Key>,
}

impl<O: Files + Findings<O::File>> Tracker<O> {
    /// Follows sessions, and tells `findings` of them.
    pub fn new(findings: O) -> Self {
        Tracker {
            findings,
            sessions: LruCache::unbounded(),
            last: 0,
            by_id: HashMap::new(),
            by_place: HashMap::new(),
            by_reply: HashMap::new(),
            ended: VecDeque::new(),
            weight: 0,
            totals: SessionTotals::default(),
        }
    }

    /// What was counted.
    #[must_use]
    pub const fn totals(&self) -> SessionTotals {
        self.totals
    }

    /// Tells all sessions that are left, in the order in which they began.
    pub fn finish(&mut self) {
        let mut keys: Vec<(u64, Key)> = self
            .sessions
            .iter()
            .map(|(key, session)| (session.times.0, *key))
            .collect();
        keys.sort_unstable();
        for (_, key) in keys {
            self.tell(key);
        }
    }

    fn tell(&mut self, key: Key) {
        let Some(mut session) = self.take_out(key).filter(|it| it.is_wanted) else {
            return;
        };
        session.settle_challenge();
        if session.is_of_empty_file() {
            session.content.expect(0);
            session.file = self.findings.create(&session, false);
        }
        self.findings.session(*session);
    }

    /// There is no such session, after all.
    fn forget(&mut self, key: Key) {
        if let Some(session) = self.take_out(key) {
            self.totals.sessions -= 1;
            self.findings.discard(*session);
        }
    }

    fn take_out(&mut self, key: Key) -> Option<Box<Session<O::File>>> {
        let session = self.sessions.pop(&key)?;
        self.weight -= session.weighed;
        if let Some(id) = &session.id {
            let id = normal(id);
            if let Some(keys) = self.by_id.get_mut(&*id) {
                keys.retain(|other| *other != key);
                if keys.is_empty() {
                    self.by_id.remove(&*id);
                }
            }
        } else {
            self.leave_place(&place(&session), key);
        }
        for place in reply_places(&session) {
            if self.by_reply.get(&place) == Some(&key) {
                self.by_reply.remove(&place);
            }
        }
        Some(session)
    }

    /// A session is no longer one that has no id yet.
    fn leave_place(&mut self, place: &Place, key: Key) {
        if self.by_place.get(place) == Some(&key) {
            self.by_place.remove(place);
        }
    }

    /// Counts what a session takes now.
    fn weigh(&mut self, key: Key) {
        if let Some(session) = self.sessions.peek_mut(&key) {
            let weight = session.weight();
            self.weight = self.weight + weight - session.weighed;
            session.weighed = weight;
        }
        while self.weight > MAX_WEIGHT && self.sessions.len() > 1 {
            self.evict();
        }
    }

    /// Tells the session that was silent the longest.
    fn evict(&mut self) {
        if let Some((&key, _)) = self.sessions.peek_lru() {
            self.tell_early(key);
        }
    }

    /// Tells a session, though it may not have ended.
    fn tell_early(&mut self, key: Key) {
        if let Some(session) = self.sessions.peek_mut(&key)
            && !session.state.is_end()
        {
            session.is_evicted = true;
            self.totals.evicted += 1;
        }
        self.tell(key);
    }

    fn end(&mut self, key: Key, state: State, peers: &Peers) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if session.state.is_over() {
            return;
        }
        session.state = state;
        session.ended_on = Some(*peers);
        if state.is_over() {
            // What comes later, from another connection, may fill holes.
            session.content.settle(0..u64::MAX);
        }
        self.ended.push_back(key);
        while self.ended.len() > MAX_ENDED
            && let Some(oldest) = self.ended.pop_front()
        {
            if self
                .sessions
                .peek(&oldest)
                .is_some_and(|it| it.state.is_end())
            {
                self.tell(oldest);
            }
        }
    }

    /// A session has come to a host. What was sent before to others that are not asked for is not in its file.
    fn want(&mut self, key: Key, peers: &Peers, host: &[u8]) {
        let session = self.sessions.peek_mut(&key);
        let Some(session) = session.filter(|it| !it.is_wanted && self.findings.wants(peers, host))
        else {
            return;
        };
        session.is_wanted = true;
        if !session.content.seen.is_empty() {
            session.file = self.findings.create(session, false);
        }
        let has_reply = |it: &Session<_>| {
            let reply = it.reply.as_ref();
            reply.is_some_and(|reply| !reply.content.seen.is_empty())
        };
        if has_reply(session) {
            let file = self.findings.create(session, true);
            if let Some(reply) = &mut session.reply {
                reply.file = file;
            }
        }
    }

    fn begin(&mut self, time: u64, peers: &Peers, target: &[u8], host: &[u8]) -> Key {
        while self.sessions.len() >= MAX_SESSIONS {
            self.evict();
        }
        self.last += 1;
        self.totals.sessions += 1;
        let mut session = Box::new(Session::new(time, *peers, cut(target), cut(host)));
        session.is_wanted = self.findings.wants(peers, host);
        self.sessions.put(self.last, session);
        self.last
    }
}

/// Where an upload was asked for.
fn place<F>(session: &Session<F>) -> Place {
    (
        session.peers.client.ip(),
        session.host.clone(),
        session.target.clone(),
    )
}

/// Where requests for the reply of a session go: a relative URL leads to its host, or to that of its host id.
fn reply_places<F>(session: &Session<F>) -> Vec<(IpAddr, reply::Place)> {
    let Some(reply) = &session.reply else {
        return Vec::new();
    };
    let client = session.peers.client.ip();
    [Some(&session.host), session.host_id.as_ref()]
        .into_iter()
        .flatten()
        .map(|host| (client, place_of(&reply.url, &session.target, host)))
        .collect()
}

/// What is kept of the value of a field.
fn text(value: Option<&[u8]>) -> Option<Vec<u8>> {
    value
        .filter(|value| !value.is_empty())
        .map(|value| cut(value).to_vec())
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MAX_TEXT)]
}

/// What is kept of a URL or a host.
fn cut_url(url: &[u8]) -> Cow<'_, [u8]> {
    match without_passwords(url) {
        Cow::Borrowed(url) => Cow::Borrowed(cut(url)),
        Cow::Owned(mut url) => {
            url.truncate(MAX_TEXT);
            Cow::Owned(url)
        }
    }
}

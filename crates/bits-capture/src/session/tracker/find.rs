//! Which session a request is of.

use super::{Connection, Findings, Key, MAX_OF_ID, Tracker, cut, place, text};
use crate::http::{Peers, RequestRead};
use crate::id::{is_unique, normal};
use crate::session::{Files, MAX_CONNECTIONS, Session, State, User};

/// How long after the last packet of a request that is under way another leg of it may begin, in nanoseconds: 200 ms. A
/// client that goes on from elsewhere has waited for longer.
const LEG: u64 = 200_000_000;

impl<O: Files + Findings<O::File>> Tracker<O> {
    /// The session that a request names.
    pub(super) fn find(
        &self,
        id: &[u8],
        connection: &Connection,
        time: u64,
        target: &[u8],
        host: &[u8],
    ) -> Option<Key> {
        let peers = &connection.peers;
        let keys = self.by_id.get(&*normal(id))?;
        let candidates = || {
            let known = |key: &Key| Some((*key, self.sessions.peek(key)?));
            keys.iter().rev().filter_map(known)
        };
        let same_server = candidates().find(|(_, session)| is_at(session, peers));
        let is_unique = is_unique(id);
        let moved = || {
            candidates().find(|(_, session)| {
                let is_same = |it: &Vec<u8>| it.eq_ignore_ascii_case(host);
                let is_host =
                    is_same(&session.host) || session.host_id.as_ref().is_some_and(is_same);
                let is_target = is_unique && session.target == target;
                if session.peers.client.ip() == peers.client.ip() {
                    return is_host || is_target;
                }
                let is_free = session.outstanding == 0 || time.abs_diff(session.times.1) > LEG;
                is_free && is_host && is_target
            })
        };
        same_server.or_else(moved).map(|(key, _)| key)
    }

    /// The session of a request that has an id.
    pub(super) fn named(
        &mut self,
        id: &[u8],
        connection: &Connection,
        time: u64,
        target: &[u8],
        host: &[u8],
    ) -> Key {
        if let Some(key) = self.find(id, connection, time, target, host) {
            return key;
        }
        // The answer to Create-Session may be missing.
        let place = (connection.peers.client.ip(), host.to_vec(), target.to_vec());
        let unnamed = self.by_place.get(&place).copied();
        let unnamed = unnamed.filter(|key| {
            self.sessions
                .peek(key)
                .is_some_and(|session| session.state == State::Requested)
        });
        let key = match unnamed {
            Some(key) => key,
            None => self.begin(time, &connection.peers, target, host),
        };
        self.name(key, id);
        key
    }

    /// Gives a session its id.
    fn name(&mut self, key: Key, id: &[u8]) {
        let Some(session) = self.sessions.peek_mut(&key) else {
            return;
        };
        session.id = Some(cut(id).to_vec());
        session.state = State::Open;
        let place = place(session);
        self.leave_place(&place, key);
        let keys = self.by_id.entry(normal(id).to_vec()).or_default();
        keys.push(key);
        if keys.len() > MAX_OF_ID {
            let oldest = keys[0];
            self.tell_early(oldest);
        }
    }

    /// The session that was created with this id: that of the request, unless it is known already, or the request has
    /// led to two of them.
    pub(super) fn created(
        &mut self,
        key: Key,
        id: &[u8],
        connection: &Connection,
        time: u64,
    ) -> Key {
        let Some(session) = self.sessions.peek(&key) else {
            return key;
        };
        match &session.id {
            Some(known) if normal(known) == normal(cut(id)) => return key,
            Some(_) => {
                let (target, host) = (session.target.clone(), session.host.clone());
                let other = self.begin(time, &connection.peers, &target, &host);
                if let Some(session) = self.sessions.peek_mut(&other) {
                    session.is_created = true;
                    session.requests = 1;
                }
                self.name(other, id);
                return other;
            }
            None => {}
        }
        let (target, host) = (&session.target, &session.host);
        let known = self.find(id, connection, time, target, host);
        // A session that was created before is created anew under its id, unless something was seen of it since: this
        // answer is told late.
        let is_of_it =
            |it: &Session<_>| !it.is_created || (is_at(it, &connection.peers) && time < it.times.1);
        let known = known.filter(|key| self.sessions.peek(key).is_some_and(|it| is_of_it(it)));
        match known {
            Some(known) => {
                self.absorb(known, key);
                known
            }
            None => {
                self.name(key, id);
                key
            }
        }
    }

    /// What was seen of a session before its Create-Session, as packets come in any order, is of that one.
    fn absorb(&mut self, known: Key, key: Key) {
        let Some(created) = self.sessions.pop(&key) else {
            return;
        };
        self.totals.sessions -= 1;
        self.weight -= created.weighed;
        self.leave_place(&place(&created), key);
        let Some(session) = self.sessions.peek_mut(&known) else {
            return;
        };
        session.is_created = true;
        session.times.0 = session.times.0.min(created.times.0);
        session.times.1 = session.times.1.max(created.times.1);
        session.requests += created.requests;
        session.outstanding += created.outstanding;
        session.retries += created.retries;
        session.challenges += created.challenges;
        session.malformed += created.malformed;
        session.deviations = session.deviations.union(created.deviations);
        if !session.is_user_let_in || session.user.is_none() {
            session.user = created.user;
            session.is_user_let_in |= created.is_user_let_in;
        }
        session.host_id = session.host_id.take().or(created.host_id);
        session.user_agent = session.user_agent.take().or(created.user_agent);
        session.content_name = session.content_name.take().or(created.content_name);
        for failure in created.failures {
            session.fail(failure);
        }
        for peers in created.connections {
            if !session.connections.contains(&peers) {
                session.connection_count += 1;
                if session.connections.len() < MAX_CONNECTIONS {
                    session.connections.push(peers);
                }
            }
        }
        session.peers = created.peers;
        (session.target, session.host) = (created.target, created.host);
    }

    /// The session of a Create-Session: a new one, unless it is asked for again.
    pub(super) fn asked(
        &mut self,
        connection: &Connection,
        time: u64,
        target: &[u8],
        host: &[u8],
    ) -> Key {
        let place = (connection.peers.client.ip(), host.to_vec(), target.to_vec());
        // What was asked for on the same connection is asked for again. Another leg of an upload, or another upload, that
        // is under way has a connection of its own.
        let mut keys = connection.sessions.iter().rev();
        let own = keys.find(|key| {
            let session = self.sessions.peek(key);
            session.is_some_and(|it| it.id.is_none() && it.host == host && it.target == target)
        });
        let any = || {
            let key = self.by_place.get(&place)?;
            let session = self.sessions.peek(key)?;
            let is_free = session.outstanding == 0 && session.server == connection.peers.server;
            is_free.then_some(key)
        };
        if let Some(key) = own.or_else(any).copied()
            && let Some(session) = self.sessions.peek_mut(&key)
        {
            // After a challenge it is no retry.
            session.retries += u64::from(session.challenge.is_none());
            session.state = State::Requested;
            return key;
        }
        let key = self.begin(time, &connection.peers, target, host);
        if let Some(session) = self.sessions.peek_mut(&key) {
            session.is_created = true;
        }
        self.by_place.insert(place, key);
        key
    }

    /// What all requests of a session have in common.
    pub(super) fn touch(
        &mut self,
        key: Key,
        connection: &mut Connection,
        time: u64,
        read: &RequestRead<'_>,
        user: Option<&User>,
    ) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if time < session.times.0 {
            session.times.0 = time;
            session.peers = connection.peers;
        }
        session.times.1 = session.times.1.max(time);
        session.requests += 1;
        session.outstanding += 1;
        session.server = connection.peers.server;
        session.is_overridden = read.method != b"BITS_POST";
        session.deviations = session.deviations.union(read.deviations);
        session.malformed += u64::from(read.error.is_some());
        if session.user_agent.is_none() {
            session.user_agent = text(read.field(b"user-agent"));
        }
        if session.content_name.is_none() {
            session.content_name = text(read.field(b"content-name"));
        }
        if let Some(user) = user.filter(|_| !session.is_user_let_in) {
            session.user.get_or_insert_with(|| user.clone());
        }
        if !connection.sessions.contains(&key) {
            if connection.sessions.len() < MAX_CONNECTIONS {
                connection.sessions.push(key);
            }
            if !session.connections.contains(&connection.peers) {
                session.connection_count += 1;
                if session.connections.len() < MAX_CONNECTIONS {
                    session.connections.push(connection.peers);
                }
            }
        }
    }
}

/// Whether a session is, or was at first, at the server of a connection.
fn is_at<F>(session: &Session<F>, peers: &Peers) -> bool {
    session.server == peers.server || session.peers.server == peers.server
}

//! What answers do to sessions.

use bits_packet::{ContentRange, HResult, RequestType};

use super::exchange::{Doing, Exchange};
use super::{Connection, Findings, Key, Tracker, cut_url, reply_places, text};
use crate::http::{AckRead, ResponseRead};
use crate::session::{Failure, Files, MAX_CONNECTIONS, Reply, Session, State};

impl<O: Files + Findings<O::File>> Tracker<O> {
    pub(super) fn answered(
        &mut self,
        connection: &mut Connection,
        exchange: &mut Exchange,
        time: u64,
        response: &ResponseRead<'_>,
    ) {
        let Some(key) = exchange.session else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if let Doing::Reply { at } = &mut exchange.doing {
            session.times.1 = session.times.1.max(time);
            *at = begin_reply(session, response);
            return;
        }
        if response.is_informational() {
            session.times.1 = session.times.1.max(time);
            return;
        }
        let is_last = session.is_last_answer(time);
        if !std::mem::replace(&mut exchange.is_answered, true) {
            session.outstanding = session.outstanding.saturating_sub(1);
        }
        if is_last {
            session.status = Some(response.status);
        }
        session.deviations = session.deviations.union(response.deviations);
        let ack = response.ack.unwrap_or_default();
        let packet = exchange.doing.packet();
        if response.is_challenge() {
            session.challenges += 1;
            if is_last {
                session.challenge = Some(failure(time, packet, response, &ack));
            }
            return;
        }
        if is_last {
            session.challenge = None;
        }
        let is_success = response.is_success();
        let user = exchange.user.take().map(|user| *user);
        // An error for somebody without a name does not say that nobody needs one.
        let is_let_in = user.is_some() || is_success;
        if is_let_in && (!session.is_user_let_in || session.user.is_none()) {
            // Others may have been turned away.
            session.user = user;
            session.is_user_let_in = true;
        }
        if is_last {
            session.has_failed = !is_success;
        }
        if !is_success {
            session.fail(failure(time, packet, response, &ack));
        }
        match exchange.doing {
            Doing::Create if is_success => {
                session.host_id = text(ack.host_id.map(cut_url).as_deref());
                let Some(id) = ack.session_id else {
                    return;
                };
                let known = self.created(key, id, connection, time);
                exchange.session = Some(known);
                if known != key && connection.sessions.len() < MAX_CONNECTIONS {
                    connection.sessions.push(known);
                }
                self.want(known, &connection.peers, &connection.host);
                if let Some(host) = ack.host_id {
                    self.want(known, &connection.peers, host);
                }
                return;
            }
            Doing::Create => session.state = State::Refused,
            Doing::Fragment {
                range, is_refused, ..
            } => {
                if is_success && session.state == State::NotFound {
                    session.state = State::Open;
                }
                if let Some(next) = ack.received {
                    session.wants_next(next, time);
                }
                if !is_refused && (is_success || response.status == 416) {
                    match ack.received {
                        // It has what is in front of that, whatever has become of earlier answers.
                        Some(next) => session.content.settle(0..next),
                        None if is_success => session.content.settle(range.first..range.end),
                        None => {}
                    }
                }
                self.announce(key, &ack);
            }
            Doing::Close if is_success => return self.end(key, State::Closed, &connection.peers),
            Doing::Cancel if is_success => {
                return self.end(key, State::Cancelled, &connection.peers);
            }
            _ => {}
        }
        if ack.error_code == Some(HResult::SESSION_NOT_FOUND)
            && !is_success
            && is_last
            && packet != Some(RequestType::CreateSession)
        {
            self.end(key, State::NotFound, &connection.peers);
        }
    }

    /// An Ack whose request is not in the capture, or not in full: what was asked is not known, but what it says of the
    /// session that it names.
    pub(super) fn answered_unseen(
        &mut self,
        connection: &Connection,
        time: u64,
        response: &ResponseRead<'_>,
        ack: &AckRead<'_>,
    ) {
        let Some(id) = ack.session_id.filter(|_| !response.is_challenge()) else {
            return;
        };
        let Some(key) = self.find(id, connection, time, b"", &cut_url(&connection.host)) else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let is_last = session.is_last_answer(time);
        session.deviations = session.deviations.union(response.deviations);
        let is_success = response.is_success();
        if is_last {
            session.status = Some(response.status);
            session.has_failed = !is_success;
        }
        if !is_success {
            session.fail(failure(time, None, response, ack));
        }
        if let Some(next) = ack.received {
            session.wants_next(next, time);
            if is_success || response.status == 416 {
                session.content.settle(0..next);
            }
        }
        self.announce(key, ack);
        self.weigh(key);
    }

    /// An Ack may say where the reply is.
    fn announce(&mut self, key: Key, ack: &AckRead<'_>) {
        let session = self.sessions.peek_mut(&key);
        if let Some(session) = session.filter(|session| session.reply.is_none())
            && let Some(url) = ack.reply_url
        {
            session.reply = Some(Box::new(Reply::of(cut_url(url).into_owned())));
            for place in reply_places(session) {
                self.by_reply.insert(place, key);
            }
        }
    }
}

fn failure(
    time: u64,
    packet: Option<RequestType>,
    response: &ResponseRead<'_>,
    ack: &AckRead<'_>,
) -> Failure {
    Failure {
        time,
        packet,
        status: response.status,
        code: ack.error_code,
        context: ack.error_context,
    }
}

/// The answer to a request for a reply begins: from which offset on, if it brings any of it.
fn begin_reply<F>(session: &mut Session<F>, response: &ResponseRead<'_>) -> Option<u64> {
    let reply = session.reply.as_mut().filter(|_| response.ack.is_none())?;
    if !response.is_informational() {
        reply.status = Some(response.status);
    }
    match response.status {
        200 => {
            if let Some(length) = response.content_length {
                reply.content.expect(length);
            }
            Some(0)
        }
        206 => {
            let range = ContentRange::parse(response.field(b"content-range")?).ok()?;
            reply.content.expect(range.total()).then_some(range.first())
        }
        _ => None,
    }
}

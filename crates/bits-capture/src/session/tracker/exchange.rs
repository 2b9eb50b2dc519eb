//! What exchanges do to sessions.

use bits_packet::{Body, Error, RequestType};

use super::{Connection, Findings, Key, MAX_HOST, Packet, PacketRead, Tracker};
use crate::http::{BodyPart, Observer, Part, Peers, RequestRead, ResponseRead};
use crate::session::{Files, User};
use crate::tcp::HalfTotals;

/// An exchange, as far as sessions go.
#[derive(Debug)]
pub struct Exchange {
    pub(super) session: Option<Key>,
    pub(super) doing: Doing,
    /// Who has sent it.
    pub(super) user: Option<Box<User>>,
    /// Whether a final answer has begun.
    pub(super) is_answered: bool,
    /// Whether its request is malformed.
    pub(super) is_malformed: bool,
}

/// What an exchange does.
#[derive(Debug)]
pub(super) enum Doing {
    /// Something else than BITS.
    Nothing,
    Malformed,
    Ping,
    Create,
    /// A part of the file, from an offset on; how far it has come.
    Fragment {
        range: Part,
        passed: u64,
        is_refused: bool,
    },
    Close,
    Cancel,
    /// The reply, from an offset on.
    Reply {
        at: Option<u64>,
    },
}

impl Doing {
    const fn is_bits(&self) -> bool {
        !matches!(self, Doing::Nothing | Doing::Reply { .. })
    }

    pub(super) const fn packet(&self) -> Option<RequestType> {
        match self {
            Doing::Ping => Some(RequestType::Ping),
            Doing::Create => Some(RequestType::CreateSession),
            Doing::Fragment { .. } => Some(RequestType::Fragment),
            Doing::Close => Some(RequestType::CloseSession),
            Doing::Cancel => Some(RequestType::CancelSession),
            Doing::Nothing | Doing::Malformed | Doing::Reply { .. } => None,
        }
    }
}

impl<O: Files + Findings<O::File>> Observer for Tracker<O> {
    type Exchange = Exchange;
    type Connection = Connection;

    fn connection(&mut self, peers: &Peers) -> Connection {
        Connection {
            peers: *peers,
            host: Vec::new(),
            user: None,
            is_odd: false,
            sessions: Vec::new(),
        }
    }

    fn request(
        &mut self,
        connection: &mut Connection,
        time: u64,
        read: &RequestRead<'_>,
    ) -> Exchange {
        self.totals.requests += 1;
        let authorization = read.field(b"authorization");
        let authorization = authorization.or_else(|| read.field(b"proxy-authorization"));
        let named = authorization.and_then(User::of);
        if let Some(user) = named.as_ref().filter(|user| user.is_of_connection()) {
            connection.user = Some(user.clone());
        }
        if read.is_bits {
            self.totals.packets += 1;
            self.totals.malformed += u64::from(read.error.is_some());
            self.findings.packet(&Packet {
                time,
                peers: &connection.peers,
                host: read.host(),
                read: PacketRead::Request(read),
            });
            let host = read.host();
            host[..host.len().min(MAX_HOST)].clone_into(&mut connection.host);
            let user = named.or_else(|| connection.user.clone());
            return self.bits_request(connection, time, read, user);
        }
        connection.is_odd |= read.body != Body::Length(0);
        let session = self.reply_request(connection, read);
        let doing = match session {
            Some(_) => Doing::Reply { at: None },
            None => Doing::Nothing,
        };
        Exchange {
            session,
            doing,
            user: named.map(Box::new),
            is_answered: false,
            is_malformed: false,
        }
    }

    fn request_body(&mut self, exchange: &mut Exchange, time: u64, part: BodyPart<'_>) {
        let Some(session) = exchange.session.and_then(|key| self.sessions.get_mut(&key)) else {
            return;
        };
        if let (Doing::Malformed, BodyPart::Data(bytes)) = (&exchange.doing, part) {
            // It may be a Fragment, and nobody knows of what.
            session.content.dropped += bytes.len() as u64;
        }
        let Doing::Fragment {
            range,
            passed,
            is_refused,
        } = &mut exchange.doing
        else {
            return;
        };
        match part {
            BodyPart::Data(bytes) => {
                session.times.1 = session.times.1.max(time);
                if *is_refused {
                    session.content.dropped += bytes.len() as u64;
                } else {
                    let at = range.first.saturating_add(*passed);
                    // What is behind the range is not said to be of the file.
                    let room = usize::try_from(range.end.saturating_sub(at)).unwrap_or(usize::MAX);
                    let (bytes, surplus) = bytes.split_at(bytes.len().min(room));
                    session.content.dropped += surplus.len() as u64;
                    let file = session.file.as_mut();
                    session.content.write(&mut self.findings, file, at, bytes);
                }
                *passed = passed.saturating_add(bytes.len() as u64);
            }
            BodyPart::Missing(missing) => *passed = passed.saturating_add(missing),
            BodyPart::End { is_whole } => {
                session.has_failed |= !is_whole;
                if let Some(key) = exchange.session {
                    self.weigh(key);
                }
            }
        }
    }

    fn response(
        &mut self,
        connection: &mut Connection,
        exchange: Option<&mut Exchange>,
        time: u64,
        response: &ResponseRead<'_>,
    ) {
        let packet = exchange
            .as_ref()
            .and_then(|exchange| exchange.doing.packet());
        let is_bits = exchange
            .as_ref()
            .is_some_and(|exchange| exchange.doing.is_bits());
        if response.ack.is_some() || is_bits {
            self.findings.packet(&Packet {
                time,
                peers: &connection.peers,
                host: &connection.host,
                read: PacketRead::Response(response, packet),
            });
        }
        match (exchange, &response.ack) {
            (Some(exchange), _) => {
                if response.is_challenge() && exchange.user.as_deref() == connection.user.as_ref() {
                    connection.user = None;
                }
                self.answered(connection, exchange, time, response);
                if let Some(key) = exchange.session {
                    self.weigh(key);
                }
            }
            (None, Some(ack)) => {
                self.totals.orphans += 1;
                self.answered_unseen(connection, time, response, ack);
            }
            (None, None) => {}
        }
    }

    fn response_body(&mut self, exchange: &mut Exchange, time: u64, part: BodyPart<'_>) {
        let Doing::Reply { at } = &mut exchange.doing else {
            return;
        };
        let Some(session) = exchange.session.and_then(|key| self.sessions.get_mut(&key)) else {
            return;
        };
        match part {
            BodyPart::Data(bytes) => {
                session.times.1 = session.times.1.max(time);
                let Some(from) = *at else {
                    return;
                };
                let has_file = session
                    .reply
                    .as_ref()
                    .is_some_and(|reply| reply.file.is_some());
                if !has_file && session.is_wanted {
                    let file = self.findings.create(session, true);
                    if let Some(reply) = &mut session.reply {
                        reply.file = file;
                    }
                }
                if let Some(reply) = &mut session.reply {
                    let file = reply.file.as_mut();
                    reply.content.write(&mut self.findings, file, from, bytes);
                    reply
                        .content
                        .settle(from..from.saturating_add(bytes.len() as u64));
                }
                *at = Some(from.saturating_add(bytes.len() as u64));
            }
            BodyPart::Missing(missing) => *at = at.map(|at| at.saturating_add(missing)),
            BodyPart::End { is_whole } => {
                // A body that ends with its connection tells its length by that.
                if let (true, Some(at), Some(reply)) = (is_whole, *at, &mut session.reply) {
                    reply.content.total.get_or_insert(at);
                }
            }
        }
    }

    fn revoke(&mut self, connection: &mut Connection, exchange: Exchange, _: u64) {
        self.totals.requests -= 1;
        if !exchange.doing.is_bits() {
            return;
        }
        self.totals.packets -= 1;
        self.totals.pings -= u64::from(matches!(exchange.doing, Doing::Ping));
        self.totals.malformed -= u64::from(exchange.is_malformed);
        let Some(key) = exchange.session else {
            return;
        };
        let Some(session) = self.sessions.peek_mut(&key) else {
            return;
        };
        session.requests = session.requests.saturating_sub(1);
        session.malformed = session
            .malformed
            .saturating_sub(u64::from(exchange.is_malformed));
        if !exchange.is_answered {
            session.outstanding = session.outstanding.saturating_sub(1);
        }
        if session.requests == 0 {
            connection.sessions.retain(|it| *it != key);
            self.forget(key);
        }
    }

    fn over(&mut self, exchange: Exchange, _: u64) {
        if let Some(session) = exchange
            .session
            .and_then(|key| self.sessions.peek_mut(&key))
            && exchange.doing.is_bits()
            && !exchange.is_answered
        {
            session.outstanding = session.outstanding.saturating_sub(1);
        }
    }

    fn malformed(&mut self, connection: &mut Connection, _: u64, _: Error) {
        connection.is_odd = true;
    }

    fn close(&mut self, connection: Connection, totals: [HalfTotals; 2], _: u64) {
        let conflicts: u64 = totals.iter().map(|half| half.conflicting).sum();
        let lost: u64 = totals.iter().map(|half| half.missing).sum();
        for key in &connection.sessions {
            if let Some(session) = self.sessions.peek_mut(key) {
                session.overlap_conflicts += conflicts;
                session.over_count += 1;
                session.lost += lost + u64::from(connection.is_odd);
            }
        }
    }
}

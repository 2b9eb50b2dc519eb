//! What requests do to sessions.

use bits_packet::Body;

use super::exchange::{Doing, Exchange};
use super::{Connection, Findings, Key, Tracker, cut_url, text};
use crate::http::{Asked, Part, RequestRead};
use crate::session::reply::place_of;
use crate::session::{Files, State, User};

impl<O: Files + Findings<O::File>> Tracker<O> {
    pub(super) fn bits_request(
        &mut self,
        connection: &mut Connection,
        time: u64,
        read: &RequestRead<'_>,
        user: Option<User>,
    ) -> Exchange {
        let (target, host) = (cut_url(read.target), cut_url(read.host()));
        let (target, host) = (&*target, &*host);
        let (session, doing) = match read.asked {
            Some(Asked::Ping) => {
                self.totals.pings += 1;
                let last = connection.sessions.last().copied();
                let of_session = last.filter(|key| {
                    let session = self.sessions.peek(key);
                    session.is_some_and(|session| session.target == target)
                });
                (of_session, Doing::Ping)
            }
            Some(Asked::Create) => {
                let key = self.asked(connection, time, target, host);
                (Some(key), Doing::Create)
            }
            Some(Asked::Fragment { id, range }) => {
                let key = self.named(id, connection, time, target, host);
                self.want(key, &connection.peers, host);
                let doing = Doing::Fragment {
                    range,
                    passed: 0,
                    is_refused: self.begin_fragment(key, time, range, read, connection),
                };
                (Some(key), doing)
            }
            Some(Asked::Close { id }) => {
                let key = self.named(id, connection, time, target, host);
                if let Some(session) = self.sessions.get_mut(&key)
                    && !session.state.is_end()
                {
                    session.state = State::Closing;
                }
                (Some(key), Doing::Close)
            }
            Some(Asked::Cancel { id }) => {
                let key = self.named(id, connection, time, target, host);
                (Some(key), Doing::Cancel)
            }
            None => {
                let id = read.field(b"bits-session-id");
                let session = id.and_then(|id| self.find(id, connection, time, target, host));
                let range = read.field(b"content-range").unwrap_or_default();
                if range.ends_with(b"/0")
                    && read.body == Body::Length(0)
                    && let Some(session) = session.and_then(|key| self.sessions.get_mut(&key))
                {
                    session.is_said_empty = true;
                }
                (session, Doing::Malformed)
            }
        };
        if let Some(key) = session {
            self.want(key, &connection.peers, host);
            self.touch(key, connection, time, read, user.as_ref());
            self.weigh(key);
        }
        Exchange {
            session,
            doing,
            user: user.map(Box::new),
            is_answered: false,
            is_malformed: read.error.is_some(),
        }
    }

    /// Whether the bytes of a Fragment have no place.
    fn begin_fragment(
        &mut self,
        key: Key,
        time: u64,
        range: Part,
        read: &RequestRead<'_>,
        connection: &Connection,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(&key) else {
            return true;
        };
        session.fragments += 1;
        let sent = range.first..range.end;
        let comes_again = session.content.seen.within(sent).next().is_some();
        // After a challenge it is no retry.
        let is_retry = session.challenge.is_none() && (comes_again || session.has_failed);
        session.retries += u64::from(is_retry);
        session.has_failed = false;
        if session.content_encoding.is_none() {
            session.content_encoding = text(read.field(b"content-encoding"));
        }
        // Where packets come in any order, the end may be seen before the last of them, from another connection.
        let is_open = !session.state.is_over()
            || time < session.answered_at
            || (!session.content.is_whole() && session.ended_on != Some(connection.peers));
        let has_place = is_open
            && range
                .total
                .is_none_or(|total| session.content.expect(total));
        if has_place && session.file.is_none() && session.is_wanted {
            session.file = self.findings.create(session, false);
        }
        !has_place
    }

    /// A GET of a reply, if there is one to get.
    pub(super) fn reply_request(
        &self,
        connection: &Connection,
        read: &RequestRead<'_>,
    ) -> Option<Key> {
        if self.by_reply.is_empty() || read.method != b"GET" {
            return None;
        }
        let place = place_of(read.target, b"", read.host());
        self.by_reply
            .get(&(connection.peers.client.ip(), place))
            .copied()
    }
}

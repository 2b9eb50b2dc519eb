//! A client, and what it does and hears.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bits_packet::{
    Ack, CancelSession, CloseSession, ContentRange, CreateSession, Fragment, Guid, HResult,
    ReceivedContentRange, Request, SessionId, SupportedProtocols,
};
use bits_session::server::{Caller, Exchange, Policy, Step};

use crate::store::{Store, Upload};

/// What it uploads.
pub(super) const FILE: &[u8] = b"the bytes of a file";

/// A client, and what it was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    /// Its last session.
    pub(super) id: u128,
    pub(super) is_open: bool,
    /// Whether that session may be lost, all of it.
    pub(super) may_be_unknown: bool,
    /// The greatest offset that was told.
    pub(super) told: u64,
    pub(super) is_closed: bool,
}

/// What a client hears: status, offset, error code.
pub(super) type Heard = (u16, Option<u64>, Option<HResult>);

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

pub(super) fn caller() -> Caller {
    Caller {
        user: Some("alice".to_owned()),
        target: "/drop/file".to_owned(),
    }
}

/// Does what a server does, one step after another.
fn answer<S: Store>(
    store: &S,
    policy: &Policy,
    id: u128,
    request: &Request<'_>,
    mut body: &[u8],
) -> Heard {
    let mut exchange = Exchange::new(policy, caller(), request, now(), Guid::new(id));
    let mut upload = None;
    loop {
        match exchange.poll() {
            Step::Find(id) => match store.find(id, &caller()) {
                Ok(found) => {
                    let (session, open) = found.unzip();
                    upload = open;
                    exchange.handle_found(session);
                }
                Err(_) => return (500, None, None),
            },
            Step::Survey(caller) => {
                let survey = store.survey(caller, policy.max_sessions);
                exchange.handle_survey(survey);
            }
            Step::Create(session) => {
                let done = store.create(session).map_err(|error| error.fault());
                exchange.handle_done(done);
            }
            Step::Receive(receive) => {
                body = &body[receive.skip as usize..];
                let open: &mut S::Upload = upload.as_mut().unwrap();
                let mut count = 0;
                let mut fault = None;
                for piece in body.chunks(3) {
                    match open.append(receive.at + count, receive.total, piece) {
                        Ok(()) => count += piece.len() as u64,
                        Err(error) => {
                            fault = Some(error.fault());
                            break;
                        }
                    }
                }
                exchange.handle_received(count, fault);
            }
            Step::Settle(session) => {
                let done = upload.as_mut().unwrap().settle(session);
                exchange.handle_done(done.map_err(|error| error.fault()));
            }
            Step::Publish { session, overwrite } => {
                let done = upload.as_mut().unwrap().publish(session, overwrite);
                exchange.handle_done(done.map_err(|error| error.fault()));
            }
            Step::Remove(session) => {
                let done = upload.as_mut().unwrap().remove(session);
                exchange.handle_done(done.map_err(|error| error.fault()));
            }
            Step::Answer => return heard(&exchange.ack()),
        }
    }
}

fn heard(ack: &Ack<'_>) -> Heard {
    let offset = ack
        .received_content_range()
        .map(ReceivedContentRange::next_offset);
    (ack.status().as_u16(), offset, ack.error_code())
}

pub(super) fn create<S: Store>(store: &S, policy: &Policy, id: u128) -> Heard {
    let create = CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD);
    answer(store, policy, id, &Request::CreateSession(create), b"")
}

pub(super) fn fragment<S: Store>(store: &S, policy: &Policy, id: u128, first: u64) -> Heard {
    let text = Guid::new(id).to_upper();
    let session = SessionId::new(&text).unwrap();
    let end = (first + 7).min(FILE.len() as u64);
    let range = ContentRange::new(first, end - 1, FILE.len() as u64).unwrap();
    let fragment = Fragment::new(session, range);
    let body = &FILE[first as usize..end as usize];
    answer(store, policy, id, &Request::Fragment(fragment), body)
}

fn close<S: Store>(store: &S, policy: &Policy, id: u128) -> Heard {
    let text = Guid::new(id).to_upper();
    let close = CloseSession::new(SessionId::new(&text).unwrap());
    answer(store, policy, id, &Request::CloseSession(close), b"")
}

pub(super) fn cancel<S: Store>(store: &S, policy: &Policy, id: u128) -> Heard {
    let text = Guid::new(id).to_upper();
    let cancel = CancelSession::new(SessionId::new(&text).unwrap());
    answer(store, policy, id, &Request::CancelSession(cancel), b"")
}

impl Client {
    /// Goes on where it has stopped, until all is done or something fails.
    pub(super) fn go_on<S: Store>(&mut self, store: &S, policy: &Policy) -> Result<(), Heard> {
        let total = FILE.len() as u64;
        loop {
            if !self.is_open {
                match create(store, policy, self.id + 1) {
                    (200, ..) => {
                        self.id += 1;
                        self.is_open = true;
                        self.may_be_unknown = false;
                    }
                    other => return Err(other),
                }
            }
            // Who comes back does not know whether what was sent last has arrived: it is sent again.
            let mut first = self.told.saturating_sub(4);
            for round in 0.. {
                assert!(round < 20, "no progress: {self:?}");
                match fragment(store, policy, self.id, first.min(total - 1)) {
                    (200 | 416, Some(offset), _) => self.told = offset,
                    (500, _, Some(HResult::SESSION_NOT_FOUND)) => break,
                    (status, offset, code) => {
                        // Of a whole file, that it is published is what counts.
                        self.told = offset.filter(|told| *told < total).unwrap_or(self.told);
                        return Err((status, offset, code));
                    }
                }
                first = self.told;
                if self.told == total {
                    break;
                }
            }
            if self.told == total {
                break;
            }
            *self = Client {
                id: self.id,
                ..Client::default()
            };
        }
        match close(store, policy, self.id) {
            (200, ..) | (500, _, Some(HResult::SESSION_NOT_FOUND)) => self.is_closed = true,
            other => return Err(other),
        }
        Ok(())
    }
}

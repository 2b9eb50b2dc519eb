//! One exchange, from the first step to the answer.

use std::sync::Arc;
use std::time::SystemTime;

use bits_packet::{Guid, Request, RequestType, SessionId, StatusCode};
use bits_session::server::{Caller, Exchange, Fault, Receive, Step};
use bytes::Bytes;
use http_body::Body;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::answer::of_ack;
use super::intake::{Intake, Stop};
use super::lanes::{Key, Kind, Turn};
use super::pipe::Pipe;
use super::{Answer, Peer, Shared, legible, refusal, shown};
use crate::auth::Gate;
use crate::store::{Store, StoreError, Upload};

/// What is answered.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    Packet(&'a Request<'a>),
    /// A packet that names its session, but breaks a rule; and the status that says so.
    Bad(RequestType, SessionId<'a>, StatusCode),
}

impl<'a> Asked<'a> {
    fn name(self) -> &'static str {
        match self {
            Asked::Packet(request) => request.request_type().name(),
            Asked::Bad(kind, ..) => kind.name(),
        }
    }

    fn session_id(self) -> Option<SessionId<'a>> {
        match self {
            Asked::Packet(request) => request.session_id(),
            Asked::Bad(_, id, _) => Some(id),
        }
    }
}

/// Answers a packet.
pub(super) async fn conduct<S: Store, G: Gate, B: Body<Data = Bytes>>(
    shared: &Shared<S, G>,
    asked: Asked<'_>,
    caller: Caller,
    peer: Peer,
    intake: &mut Intake<B>,
) -> Answer {
    let key = match asked {
        Asked::Packet(Request::Ping(_)) => None,
        Asked::Packet(Request::CreateSession(_)) => Some(Key::User(caller.user.clone())),
        _ => asked
            .session_id()
            .and_then(|id| id.guid())
            .map(|id| Key::Session(id, caller.clone())),
    };
    let turn = match key {
        None => None,
        Some(key) => {
            let patience = shared.options.turn_timeout;
            match shared.lanes.enter(key, Kind::Request, patience).await {
                Some(turn) => Some(turn),
                None => return busy(shared, asked, &caller, peer),
            }
        }
    };
    let (policy, now) = (&shared.options.policy, SystemTime::now());
    let exchange = match asked {
        Asked::Bad(kind, id, status) => {
            Exchange::of_bad_packet(policy, caller, kind, id, status, now)
        }
        Asked::Packet(request) => {
            let Some(new_id) = new_id() else {
                error!("the system gives no random numbers");
                return refusal(500, None);
            };
            Exchange::new(policy, caller, request, now, new_id)
        }
    };
    let mut conductor = Conductor {
        shared,
        exchange,
        peer,
        upload: None,
        turn,
        stop: None,
    };
    while !conductor.step(intake).await {}
    conductor.log(asked);
    of_ack(&conductor.exchange.ack())
}

fn busy<S: Store, G: Gate>(
    shared: &Shared<S, G>,
    asked: Asked<'_>,
    caller: &Caller,
    peer: Peer,
) -> Answer {
    shared.metrics.count_error("busy");
    let (user, path) = shown(caller);
    warn!(
        packet = asked.name(),
        session = asked
            .session_id()
            .map(|id| legible(&id.to_string()).into_owned()),
        user,
        path,
        peer = %peer.address,
        status = 503,
        "another request of the session does not end"
    );
    refusal(503, None)
}

/// 128 random bits.
fn new_id() -> Option<Guid> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(Guid::new(u128::from_be_bytes(bytes)))
}

struct Conductor<'a, S: Store, G> {
    shared: &'a Shared<S, G>,
    exchange: Exchange<'a>,
    peer: Peer,
    /// The session, once it was found. It is lent to a thread that may block, and lost if that panics.
    upload: Option<S::Upload>,
    turn: Option<Turn>,
    /// Why the body came to no end.
    stop: Option<Stop>,
}

impl<S: Store, G: Gate> Conductor<'_, S, G> {
    /// Does what the exchange asks for; `true` at its end.
    async fn step<B: Body<Data = Bytes>>(&mut self, intake: &mut Intake<B>) -> bool {
        let store = Arc::clone(&self.shared.store);
        match self.exchange.poll() {
            Step::Find(id) => {
                let caller = self.exchange.session().owner.clone();
                match blocking(move || store.find(id, &caller)).await {
                    Ok(None) => self.exchange.handle_found(None),
                    Ok(Some((session, upload))) => {
                        self.upload = Some(upload);
                        self.exchange.handle_found(Some(session));
                    }
                    Err(error) => {
                        let fault = self.blame(&error);
                        self.exchange.handle_unknown(fault);
                    }
                }
            }
            Step::Survey(caller) => {
                let caller = caller.clone();
                let limit = self.shared.options.policy.max_sessions;
                match blocking(move || Ok(store.survey(&caller, limit))).await {
                    Ok(survey) => self.exchange.handle_survey(survey),
                    Err(error) => {
                        let fault = self.blame(&error);
                        self.exchange.handle_unknown(fault);
                    }
                }
            }
            Step::Create(session) => {
                let session = session.clone();
                let done = blocking(move || store.create(&session)).await;
                if done.is_ok() {
                    self.shared.metrics.session_opened();
                }
                self.done(done);
            }
            Step::Receive(receive) => self.receive(receive, intake).await,
            Step::Settle(session) => {
                let session = session.clone();
                let begun = Instant::now();
                let done = self
                    .with_upload(move |upload| upload.settle(&session))
                    .await;
                self.shared.metrics.observe_settle(begun.elapsed());
                self.done(done);
            }
            Step::Publish { session, overwrite } => {
                let session = session.clone();
                let begun = Instant::now();
                let done = self
                    .with_upload(move |upload| upload.publish(&session, overwrite))
                    .await;
                self.shared.metrics.observe_publish(begun.elapsed());
                if done.is_ok() {
                    self.shared.metrics.count_published();
                }
                self.done(done);
            }
            Step::Remove(session) => {
                let session = session.clone();
                let done = self
                    .with_upload(move |upload| upload.remove(&session))
                    .await;
                if done.is_ok() {
                    self.shared.metrics.session_ended();
                }
                self.done(done);
            }
            Step::Answer => return true,
        }
        false
    }

    fn done(&mut self, done: Result<(), StoreError>) {
        let done = done.map_err(|error| self.blame(&error));
        self.exchange.handle_done(done);
    }

    /// Says to the administrator what went wrong, and gives what the client may know of it.
    fn blame(&self, error: &StoreError) -> Fault {
        let fault = error.fault();
        self.shared.metrics.count_error(name_of(fault));
        let (user, path) = shown(&self.exchange.session().owner);
        match fault {
            Fault::Failed | Fault::Full => error!(user, path, %error, "the store fails"),
            _ => warn!(user, path, %error, "the store refuses"),
        }
        fault
    }

    async fn with_upload<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut S::Upload) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(mut upload) = self.upload.take() else {
            return Err(StoreError::new(
                Fault::Failed,
                "go on with a session that was lost",
            ));
        };
        let done = blocking(move || {
            let done = work(&mut upload);
            Ok((upload, done))
        });
        let (upload, done) = done.await?;
        self.upload = Some(upload);
        done
    }

    async fn receive<B: Body<Data = Bytes>>(&mut self, receive: Receive, intake: &mut Intake<B>) {
        let Some(upload) = self.upload.take() else {
            return self.exchange.handle_received(0, Some(Fault::Failed));
        };
        let cut = self.shared.cut.cancelled();
        let overtaken = async {
            match &self.turn {
                Some(turn) => turn.overtaken().await,
                None => std::future::pending().await,
            }
        };
        let stop = async {
            tokio::select! {
                () = cut => Stop::Cut,
                () = overtaken => Stop::Overtaken,
            }
        };
        tokio::pin!(stop);
        let before = intake.received();
        let mut pipe = Pipe::new(upload, receive);
        let stop = pipe.run(intake, stop.as_mut()).await;
        self.shared
            .metrics
            .observe_fragment(intake.received() - before);
        self.upload = pipe.upload;
        self.stop = stop;
        if let Some(stop) = stop {
            self.shared.metrics.count_error(stop.name());
        }
        let fault = pipe.error.map(|error| self.blame(&error));
        self.exchange.handle_received(pipe.written, fault);
    }

    fn log(&self, asked: Asked<'_>) {
        let (session, ack) = (self.exchange.session(), self.exchange.ack());
        let packet = asked.name();
        let id = ack.session_id().or(asked.session_id());
        let id = id.map(|id| legible(&id.to_string()).into_owned());
        let (user, path) = shown(&session.owner);
        let peer = self.peer.address;
        let (offset, total) = (session.received, session.total);
        let status = ack.status().as_u16();
        let code = ack.error_code().map(|code| code.to_string());
        let stop = self.stop.map(Stop::name);
        match status {
            200 => info!(
                packet,
                session = id,
                user,
                path,
                %peer,
                offset,
                total,
                status,
                "answered"
            ),
            _ => warn!(
                packet,
                session = id,
                user,
                path,
                %peer,
                offset,
                total,
                status,
                code,
                stop,
                "refused"
            ),
        }
    }
}

/// Does what may block where that does no harm.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.unwrap_or_else(|_| Err(lost()))
}

pub(super) fn lost() -> StoreError {
    StoreError::new(Fault::Failed, "come to an end: the store has panicked")
}

/// As it is counted.
pub(super) const fn name_of(fault: Fault) -> &'static str {
    match fault {
        Fault::Exists => "exists",
        Fault::IsDirectory => "is-directory",
        Fault::NoParent => "no-parent",
        Fault::BadName => "bad-name",
        Fault::Forbidden => "forbidden",
        Fault::Full => "full",
        Fault::TooLarge => "too-large",
        Fault::Gone => "gone",
        _ => "failed",
    }
}

//! One exchange, from the first step to the answer.

use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bits_packet::{Guid, Message, Request, RequestLine};
use bits_session::server::{Caller, Exchange, Fault, Receive, Step};
use bytes::{Buf, Bytes};
use http_body::Body;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::answer::of_ack;
use super::intake::{Intake, Stop};
use super::lanes::{Key, Turn};
use super::{Answer, Shared, legible, refusal, retry_later};
use crate::auth::Gate;
use crate::store::{Store, StoreError, Upload};

/// How many bytes wait at most while others are written.
const BATCH: usize = 128 * 1024;

/// Answers a packet.
pub(super) async fn conduct<S: Store, G: Gate, B: Body<Data = Bytes>>(
    shared: &Shared<S, G>,
    message: &Message<RequestLine<'_>, Request<'_>>,
    caller: Caller,
    intake: &mut Intake<B>,
) -> Answer {
    let Some(request) = message.packet() else {
        unreachable!("only what has a packet is conducted");
    };
    let key = match request {
        Request::Ping(_) => None,
        Request::CreateSession(_) => Some(Key::User(caller.user.clone())),
        _ => request
            .session_id()
            .and_then(|id| id.guid())
            .map(Key::Session),
    };
    let turn = match key {
        None => None,
        Some(key) => {
            let patience = shared.options.turn_timeout;
            match shared
                .lanes
                .enter(key, Some(caller.clone()), patience)
                .await
            {
                Some(turn) => Some(turn),
                None => return busy(shared, request, &caller),
            }
        }
    };
    let Some(new_id) = new_id() else {
        error!("the system gives no random numbers");
        return refusal(500, None);
    };
    let policy = &shared.options.policy;
    let exchange = Exchange::new(policy, caller, request, SystemTime::now(), new_id);
    let mut conductor = Conductor {
        shared,
        exchange,
        upload: None,
        turn,
        stop: None,
    };
    while !conductor.step(intake).await {}
    conductor.log(request);
    of_ack(&conductor.exchange.ack())
}

fn busy<S: Store, G: Gate>(
    shared: &Shared<S, G>,
    request: &Request<'_>,
    caller: &Caller,
) -> Answer {
    shared.metrics.count_error("busy");
    warn!(
        packet = request.request_type().name(),
        session = request
            .session_id()
            .map(|id| legible(&id.to_string()).into_owned()),
        user = caller.user,
        path = caller.target,
        status = 503,
        "another request of the session does not end"
    );
    let mut answer = refusal(503, None);
    retry_later(&mut answer);
    answer
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
                match blocking(move || Ok(store.survey(&caller))).await {
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
        let session = self.exchange.session();
        let (user, path) = (session.owner.user.as_deref(), session.owner.target.as_str());
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

    fn log(&self, request: &Request<'_>) {
        let (session, ack) = (self.exchange.session(), self.exchange.ack());
        let packet = request.request_type().name();
        let id = ack.session_id().or(request.session_id());
        let id = id.map(|id| legible(&id.to_string()).into_owned());
        let (user, path) = (session.owner.user.as_deref(), session.owner.target.as_str());
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

/// Carries a body into a session: reads while it writes, and holds little of both.
struct Pipe<U> {
    upload: Option<U>,
    receive: Receive,
    /// How many bytes to pass over yet.
    skip: u64,
    /// How many to take yet.
    left: u64,
    batch: Vec<Bytes>,
    batched: usize,
    writing: Option<JoinHandle<(U, u64, Option<StoreError>)>>,
    written: u64,
    error: Option<StoreError>,
}

impl<U: Upload> Pipe<U> {
    fn new(upload: U, receive: Receive) -> Self {
        Pipe {
            upload: Some(upload),
            receive,
            skip: receive.skip,
            left: receive.length,
            batch: Vec::new(),
            batched: 0,
            writing: None,
            written: 0,
            error: None,
        }
    }

    /// Until all is written, or no more comes, or no more can be written.
    async fn run<B: Body<Data = Bytes>>(
        &mut self,
        intake: &mut Intake<B>,
        mut stop: Pin<&mut impl Future<Output = Stop>>,
    ) -> Option<Stop> {
        let mut stopped = None;
        let mut is_over = false;
        loop {
            self.write();
            let can_read = !is_over && self.left > 0 && self.batched < BATCH;
            if !can_read && self.writing.is_none() {
                return stopped;
            }
            tokio::select! {
                biased;
                why = stop.as_mut(), if can_read => {
                    intake.give_up();
                    stopped = Some(why);
                    is_over = true;
                }
                bytes = intake.next(), if can_read => match bytes {
                    Ok(Some(bytes)) => self.take(bytes),
                    Ok(None) => is_over = true,
                    Err(why) => {
                        stopped = Some(why);
                        is_over = true;
                    }
                },
                () = written(&mut self.writing, &mut self.upload, &mut self.written, &mut self.error),
                    if self.writing.is_some() => is_over |= self.error.is_some(),
            }
        }
    }

    fn take(&mut self, mut bytes: Bytes) {
        let known = self.skip.min(bytes.len() as u64);
        self.skip -= known;
        // Neither is more than the length of what is there.
        bytes.advance(usize::try_from(known).unwrap_or(usize::MAX));
        bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= bytes.len() as u64;
        if !bytes.is_empty() {
            self.batched += bytes.len();
            self.batch.push(bytes);
        }
    }

    /// Begins to write what is there, if nothing is being written.
    fn write(&mut self) {
        if self.batch.is_empty() || self.writing.is_some() || self.error.is_some() {
            return;
        }
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        let batch = std::mem::take(&mut self.batch);
        self.batched = 0;
        let (at, total) = (self.receive.at + self.written, self.receive.total);
        self.writing = Some(spawn_blocking(move || {
            let mut count = 0;
            for bytes in batch {
                if let Err(error) = upload.append(at + count, total, &bytes) {
                    return (upload, count, Some(error));
                }
                count += bytes.len() as u64;
            }
            (upload, count, None)
        }));
    }
}

async fn written<U>(
    writing: &mut Option<JoinHandle<(U, u64, Option<StoreError>)>>,
    upload: &mut Option<U>,
    written: &mut u64,
    error: &mut Option<StoreError>,
) {
    let Some(handle) = writing else {
        return;
    };
    let done = handle.await;
    *writing = None;
    match done {
        Ok((back, count, fault)) => {
            *upload = Some(back);
            *written += count;
            *error = fault;
        }
        Err(_) => *error = Some(lost()),
    }
}

/// Does what may block where that does no harm.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.unwrap_or_else(|_| Err(lost()))
}

fn lost() -> StoreError {
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
        Fault::Gone => "gone",
        _ => "failed",
    }
}

//! Uploads as a service of tower.

mod answer;
mod conduct;
mod intake;
mod lanes;
mod pipe;
mod sweep;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bits_packet::{
    Deviation, Error, HResult, Options, Request, RequestLine, RequestType, SessionId,
};
use bits_session::server::{Caller, Policy};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use http_body::Body;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;
use tracing::{info, warn};

use crate::auth::{Admission, Asker, Gate};
use crate::metrics::Metrics;
use crate::store::{Store, StoreError};
use crate::waiting::{Waiting, Why};
use crate::{BadTarget, Target};
pub use answer::Answer;
pub(crate) use answer::{close, plain, refusal};
use conduct::{Asked, conduct};
pub use intake::BodyLimits;
use intake::{Intake, Rest};
use lanes::Lanes;

/// How an [`UploadService`] behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceOptions {
    /// What is done with sessions.
    pub policy: Policy,
    /// How requests are read: [`Options::STRICT`] refuses what departs from the protocol, HTTP/1.0 among it; with
    /// [`Deviation::MethodOverride`] allowed, `POST` with `X-HTTP-Method-Override: BITS_POST` is one of BITS.
    pub reading: Options,
    /// How long a body may take.
    pub body: BodyLimits,
    /// How long a request waits for another of the same session to end. After that: 503.
    pub turn_timeout: Duration,
}

impl Default for ServiceOptions {
    /// The defaults of the parts, and half a minute.
    fn default() -> Self {
        ServiceOptions {
            policy: Policy::default(),
            reading: Options::INTEROP,
            body: BodyLimits::default(),
            turn_timeout: Duration::from_secs(30),
        }
    }
}

/// The connection that a request has come over. Put it into the extensions of a request: without it, a [`Gate`] is
/// shown a peer at 0.0.0.0, port 0, without encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The other end.
    pub address: SocketAddr,
    /// Whether it is encrypted.
    pub secure: bool,
}

impl Peer {
    const UNKNOWN: Peer = Peer {
        address: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        secure: false,
    };

    fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self::UNKNOWN)
    }
}

/// Takes uploads: a [`tower_service::Service`] of HTTP requests, which mounts in axum or hyper beside other routes.
///
/// The path that it is shown is the path beneath the root of its store. What it needs of tokio is a runtime with
/// time. An exchange that has begun goes on when its caller gives up: what has arrived is kept.
///
/// # What it cannot see
///
/// What an HTTP library changes before a service is asked. hyper drops a `Content-Length` that is repeated with
/// the same number, and each one beside a `Transfer-Encoding`; it takes LF alone for the end of a line. So that no
/// two readers of a connection see two messages in it, everything that has a `Transfer-Encoding` is refused with 411;
/// the rest is up to what stands in front. [`Server`](crate::Server) looks at the bytes themselves.
///
/// Answers do not wait for a body that nobody wants: it is read behind them, as long as it is not too large. Else the
/// connection closes, and a client hears the answer only if whoever holds the connection reads on for a while, as
/// [`Server`](crate::Server) does.
pub struct UploadService<S, G>(Arc<Shared<S, G>>);

/// What all clones of a service share.
pub(crate) struct Shared<S, G> {
    store: Arc<S>,
    gate: G,
    options: ServiceOptions,
    lanes: Lanes,
    metrics: Arc<Metrics>,
    exchanges: TaskTracker,
    cut: CancellationToken,
}

impl<S: Store, G: Gate> UploadService<S, G> {
    /// A service that keeps what it takes in `store`, from whom `gate` admits.
    #[must_use]
    pub fn new(store: S, gate: G, options: ServiceOptions) -> Self {
        UploadService(Arc::new(Shared {
            store: Arc::new(store),
            gate,
            options,
            lanes: Lanes::default(),
            metrics: Arc::default(),
            exchanges: TaskTracker::new(),
            cut: CancellationToken::new(),
        }))
    }

    /// Whether the store can be used at all, for whoever watches the server.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn check(&self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.0.store);
        conduct::blocking(move || store.check()).await
    }

    /// What it counts.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// How it behaves.
    #[must_use]
    pub fn options(&self) -> &ServiceOptions {
        &self.0.options
    }

    /// The name of what was refused before a service was asked, and its answer, behind which the connection closes:
    /// `answer`, but of a packet that names its session, that of the session.
    pub(crate) async fn answer_to_refused(
        &self,
        parts: Parts,
        answer: Answer,
    ) -> (&'static str, Answer) {
        let shared = Arc::clone(&self.0);
        let answered = self.0.exchanges.spawn(async move {
            let body = http_body_util::Empty::<Bytes>::new();
            let mut intake = Intake::new(&parts, body, shared.options.body);
            let (name, mut answer) = shared.answer_to_bad(&parts, &mut intake, answer).await;
            close(&mut answer);
            (name, answer)
        });
        answered.await.unwrap_or_else(|_| ("none", plain(500)))
    }

    /// Ends the bodies that are being read, as if their connections had ended, and waits until all exchanges are over:
    /// every byte that has arrived is kept then. For the end of a server.
    pub async fn shut_down(&self) {
        self.0.cut.cancel();
        self.0.exchanges.close();
        self.0.exchanges.wait().await;
    }
}

impl<S, G> Clone for UploadService<S, G> {
    fn clone(&self) -> Self {
        UploadService(Arc::clone(&self.0))
    }
}

impl<S, G> fmt::Debug for UploadService<S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadService")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

impl<S, G, B> Service<http::Request<B>> for UploadService<S, G>
where
    S: Store,
    G: Gate,
    B: Body<Data = Bytes> + Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        // Of its own, so that it comes to its end when the connection does not.
        let answer = self.0.exchanges.spawn(shared.answer(request));
        Box::pin(async move { Ok(answer.await.unwrap_or_else(|_| plain(500))) })
    }
}

impl<S: Store, G: Gate> Shared<S, G> {
    async fn answer<B>(self: Arc<Self>, request: http::Request<B>) -> Answer
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let mut intake = Intake::new(&parts, body, self.options.body);
        let waiting = parts.extensions.get::<Arc<Waiting>>().cloned();
        let (packet, mut answer) = self.answer_to(&parts, &mut intake).await;
        self.metrics.count_request(packet, answer.status().as_u16());
        match intake.rest() {
            Rest::Nothing => {}
            Rest::Left => close(&mut answer),
            Rest::Drain => {
                // The answer does not wait for a body that nobody wants.
                let shared = Arc::clone(&self);
                self.exchanges.spawn(async move {
                    let place = waiting.map(|waiting| waiting.enter(Why::Unwanted));
                    let left = async {
                        match &place {
                            Some(place) => place.left().await,
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        () = intake.drain() => {}
                        () = shared.cut.cancelled() => {}
                        () = left => {}
                    }
                    shared.metrics.count_received(intake.received());
                });
                return answer;
            }
        }
        self.metrics.count_received(intake.received());
        answer
    }

    /// The name of the packet, and the answer.
    async fn answer_to<B: Body<Data = Bytes>>(
        &self,
        parts: &Parts,
        intake: &mut Intake<B>,
    ) -> (&'static str, Answer) {
        let message = match Request::from_parts(parts, &self.options.reading) {
            Ok(message) => message,
            Err(error) => {
                let answer = self.refuse(parts, error);
                return self.answer_to_bad(parts, intake, answer).await;
            }
        };
        let packet = message.packet();
        let name = packet.map_or("none", |packet| packet.request_type().name());
        if packet.is_none() && parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return (name, plain(411));
        }
        let target = Target::parse(parts.uri.path().as_bytes());
        let (user, reply) = match self
            .admit(parts, packet.is_some(), target.as_ref().ok())
            .await
        {
            Ok(admitted) => admitted,
            Err(answer) => return (name, answer),
        };
        let answer = match (packet, target) {
            (None, target) => self.answer_to_http(parts, target).await,
            (Some(packet @ Request::Ping(_)), target) => {
                let asked = Asked::Packet(packet);
                self.conduct(asked, parts, user, target.ok(), intake).await
            }
            (Some(packet), Ok(target)) => {
                let asked = Asked::Packet(packet);
                self.conduct(asked, parts, user, Some(target), intake).await
            }
            (Some(_), Err(error)) => {
                self.metrics.count_error("bad-target");
                let path = &*legible(parts.uri.path());
                let user = user.map(|user| legible(&user).into_owned());
                let peer = Peer::of(parts).address;
                warn!(packet = name, user, path, %peer, %error, status = 400, "no such file can be");
                refusal(400, Some(HResult::INVALID_ARGUMENT))
            }
        };
        (name, with_reply(answer, reply))
    }

    /// The answer to a packet of whom was admitted; of a Ping whatever its target is.
    async fn conduct<B: Body<Data = Bytes>>(
        &self,
        asked: Asked<'_>,
        parts: &Parts,
        user: Option<String>,
        target: Option<Target>,
        intake: &mut Intake<B>,
    ) -> Answer {
        let target = target.map(|target| target.to_string()).unwrap_or_default();
        conduct(
            self,
            asked,
            Caller { user, target },
            Peer::of(parts),
            intake,
        )
        .await
    }

    /// The name of what breaks a rule, and its answer: `answer`, but of a packet that names its session, that of the
    /// session.
    async fn answer_to_bad<B: Body<Data = Bytes>>(
        &self,
        parts: &Parts,
        intake: &mut Intake<B>,
        answer: Answer,
    ) -> (&'static str, Answer) {
        let Some((kind, id)) = bad_packet(parts, &self.options.reading) else {
            return ("none", answer);
        };
        let name = kind.name();
        let Ok(target) = Target::parse(parts.uri.path().as_bytes()) else {
            return (name, answer);
        };
        let answer = match self.admit(parts, true, Some(&target)).await {
            Err(answer) => answer,
            Ok((user, reply)) => {
                let asked = Asked::Bad(kind, id, answer.status().into());
                let answer = self.conduct(asked, parts, user, Some(target), intake).await;
                with_reply(answer, reply)
            }
        };
        (name, answer)
    }

    /// Who asks, and what he is told whatever the answer is; or the answer to him who may not.
    async fn admit(
        &self,
        parts: &Parts,
        is_bits: bool,
        target: Option<&Target>,
    ) -> Result<(Option<String>, Option<HeaderValue>), Answer> {
        let peer = Peer::of(parts);
        let authorization: Vec<HeaderValue> = parts
            .headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .cloned()
            .collect();
        let path = target.map(Target::to_string);
        let asker = Asker {
            authorization: &authorization,
            peer: peer.address,
            secure: peer.secure,
            method: parts.method.as_str(),
            path: path.as_deref(),
        };
        let (status, challenges) = match self.gate.admit(asker).await {
            Admission::Granted { user, reply } => return Ok((user, reply)),
            Admission::Challenge(challenges) => (401, challenges),
            Admission::Forbidden => (403, Vec::new()),
            Admission::Busy => (503, Vec::new()),
        };
        let mut answer = match (is_bits, status) {
            (true, 403) => refusal(403, Some(HResult::ACCESS_DENIED)),
            (true, status) => refusal(status, None),
            (false, status) => plain(status),
        };
        for challenge in challenges {
            answer
                .headers_mut()
                .append(header::WWW_AUTHENTICATE, challenge);
        }
        self.metrics.count_error(match status {
            401 => "not-authenticated",
            403 => "not-allowed",
            _ => "busy",
        });
        info!(
            method = parts.method.as_str(),
            path = &*legible(parts.uri.path()),
            peer = %peer.address,
            status,
            "not admitted"
        );
        Err(answer)
    }

    /// The answer to a request that breaks a rule of HTTP or of its packet.
    fn refuse(&self, parts: &Parts, error: Error) -> Answer {
        let is_bits = is_bits(parts.method.as_str(), &parts.headers, &self.options.reading);
        self.metrics.count_error(error.kind().name());
        let answer = refused(is_bits, error);
        let status = answer.status().as_u16();
        let (method, path) = (parts.method.as_str(), &*legible(parts.uri.path()));
        let peer = Peer::of(parts).address;
        warn!(method, path, %peer, %error, status, "refused");
        answer
    }

    /// What clients ask beside: whether the folder that they upload to is there, and what can be done with it.
    async fn answer_to_http(&self, parts: &Parts, target: Result<Target, BadTarget>) -> Answer {
        match (parts.method.as_str(), target) {
            ("HEAD", Ok(target)) => {
                let store = Arc::clone(&self.store);
                match conduct::blocking(move || store.exists(&target)).await {
                    Ok(true) => Answer::default(),
                    Ok(false) => plain(404),
                    Err(error) => {
                        self.metrics.count_error(conduct::name_of(error.fault()));
                        warn!(path = &*legible(parts.uri.path()), %error, "HEAD fails");
                        plain(500)
                    }
                }
            }
            ("HEAD", Err(_)) => plain(404),
            ("OPTIONS", _) => {
                let mut answer = plain(204);
                answer.headers_mut().insert(header::ALLOW, answer::ALLOW);
                answer
            }
            _ => answer::not_allowed(&parts.method),
        }
    }
}

/// The answer to a request that breaks a rule.
pub(crate) fn refused(is_bits: bool, error: Error) -> Answer {
    let status = error.status_hint().unwrap_or(400);
    match is_bits {
        true => refusal(status, Some(HResult::INVALID_ARGUMENT)),
        false => plain(status),
    }
}

/// Whether it means to be one of BITS, as far as that can be told of what breaks a rule.
fn is_bits(method: &str, headers: &HeaderMap, reading: &Options) -> bool {
    let is_override = || {
        method == "POST"
            && reading.tolerates(Deviation::MethodOverride)
            && headers
                .get_all("x-http-method-override")
                .iter()
                .any(|value| value.as_bytes() == RequestLine::BITS_POST)
    };
    method.as_bytes() == RequestLine::BITS_POST || is_override()
}

/// The type and the session of what breaks a rule, if it is a packet of a session for all that can be told of it.
fn bad_packet<'a>(parts: &'a Parts, reading: &Options) -> Option<(RequestType, SessionId<'a>)> {
    let only = |name| {
        let mut values = parts.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then_some(value.as_bytes())
    };
    let written = only("bits-packet-type")?;
    let is_kind = |kind: &&RequestType| kind.name().as_bytes().eq_ignore_ascii_case(written);
    let kind = RequestType::ALL.iter().find(is_kind)?;
    let id = SessionId::new(only("bits-session-id")?).ok()?;
    let is_of_session = !matches!(kind, RequestType::Ping | RequestType::CreateSession);
    let is_bits = is_bits(parts.method.as_str(), &parts.headers, reading);
    (is_of_session && is_bits).then_some((*kind, id))
}

fn with_reply(mut answer: Answer, reply: Option<HeaderValue>) -> Answer {
    if let Some(reply) = reply {
        answer.headers_mut().append(header::WWW_AUTHENTICATE, reply);
    }
    answer
}

/// Text of the wire for the log, in which it cannot move a cursor or turn a line around, whatever the log is made of.
fn legible(text: &str) -> Cow<'_, str> {
    // What `escape_debug` leaves as it is, but for what only a literal has to escape.
    let is_plain = |c: char| matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1;
    match text.chars().all(is_plain) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.escape_debug().to_string()),
    }
}

/// Who, and which file, for the log.
fn shown(caller: &Caller) -> (Option<String>, String) {
    let user = caller.user.as_deref().map(legible);
    let path = legible(&caller.target);
    (user.map(Cow::into_owned), path.into_owned())
}

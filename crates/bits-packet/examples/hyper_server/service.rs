//! The service: an upload endpoint that keeps sessions and files in memory.
//!
//! What is specific to BITS stands in [`Store`]: requests come in as typed packets, by
//! [`Request::from_parts`], and Acks go out as typed values, which [`respond`] writes into header
//! fields. A toy where a server has work to do: it does not ask who the client is, forgets no session,
//! and takes whole Fragments only.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bits_packet::{
    Ack, CancelSessionAck, CloseSessionAck, CreateSession, CreateSessionAck, ErrorAck,
    ErrorContext, Escaped, Field, Fragment, FragmentAck, Guid, HResult, Options, PacketType,
    PingAck, ReceivedContentRange, Request, RequestLine, RequestType, SessionId, StatusCode,
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// After so many requests.
    pub(crate) requests: usize,
    /// After that time at the latest.
    pub(crate) time: Duration,
}

/// The greatest Fragment, and the greatest file, in bytes.
const MAX_FRAGMENT: usize = 16 << 20;
const MAX_FILE: u64 = 64 << 20;

/// The endpoint, as its connections share it.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<Shared>);

struct Shared {
    store: Mutex<Store>,
    bounds: Bounds,
    answered: AtomicUsize,
    enough: Notify,
}

impl Endpoint {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Endpoint(Arc::new(Shared {
            store: Mutex::default(),
            bounds,
            answered: AtomicUsize::new(0),
            enough: Notify::new(),
        }))
    }

    /// The files that have arrived whole, by the path that they were sent to.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.with_store(|store| store.files.clone())
    }

    /// Serves connections until it is enough.
    pub(crate) async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        let Endpoint(shared) = self;
        let accepting = tokio::spawn(self.clone().accept(listener));
        let _ = tokio::time::timeout(shared.bounds.time, shared.enough.notified()).await;
        accepting.abort();
        match accepting.await {
            Ok(result) => result,
            Err(_) => Ok(()),
        }
    }

    async fn accept(self, listener: TcpListener) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            let endpoint = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| endpoint.answer(request));
                // A connection that breaks is the client's business: it will come back.
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                let Endpoint(shared) = &endpoint;
                if shared.answered.load(Ordering::Relaxed) >= shared.bounds.requests {
                    shared.enough.notify_one();
                }
            });
        }
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Empty<Bytes>>, Infallible> {
        let mut response = self.answer_packet(request).await;
        let Endpoint(shared) = self;
        if shared.answered.fetch_add(1, Ordering::Relaxed) + 1 >= shared.bounds.requests {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response)
    }

    async fn answer_packet(&self, request: hyper::Request<Incoming>) -> Response<Empty<Bytes>> {
        let (parts, body) = request.into_parts();
        let message = match Request::from_parts(&parts, &Options::INTEROP) {
            Ok(message) => message,
            Err(_) if parts.method.as_str().as_bytes() != RequestLine::BITS_POST => {
                return plain(hyper::StatusCode::BAD_REQUEST);
            }
            Err(error) => {
                let status = error.status_hint().and_then(StatusCode::new);
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                // Which packet it was may not be known: the answer says no more than one to a Ping.
                return refuse(RequestType::Ping, status, HResult::INVALID_ARGUMENT);
            }
        };
        let Some(packet) = message.packet() else {
            return plain(hyper::StatusCode::NOT_IMPLEMENTED);
        };
        // A body that breaks off is an error too: then nobody is there to read the answer.
        let Ok(body) = Limited::new(body, MAX_FRAGMENT).collect().await else {
            return plain(hyper::StatusCode::PAYLOAD_TOO_LARGE);
        };
        // Its length is that of the range: a packet in which they differ is refused.
        let path = Escaped(message.head().target().path()).to_string();
        self.with_store(|store| store.answer(&path, packet, &body.to_bytes()))
    }

    fn with_store<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        let Endpoint(shared) = self;
        work(&mut shared.store.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sessions and files.
#[derive(Default)]
struct Store {
    sessions: Vec<Session>,
    files: BTreeMap<String, Vec<u8>>,
}

struct Session {
    id: Guid,
    path: String,
    total: Option<u64>,
    received: Vec<u8>,
}

impl Store {
    fn answer(&mut self, path: &str, packet: &Request<'_>, body: &[u8]) -> Response<Empty<Bytes>> {
        match packet {
            Request::Ping(_) => respond(&PingAck.into()),
            Request::CreateSession(create) => self.create(path, create),
            Request::Fragment(fragment) => self.store(path, fragment, body),
            Request::CloseSession(close) => match self.end(path, &close.session_id) {
                Some(_) => respond(&CloseSessionAck::new(close.session_id).into()),
                None => no_session(RequestType::CloseSession),
            },
            Request::CancelSession(cancel) => match self.end(path, &cancel.session_id) {
                Some(_) => respond(&CancelSessionAck::new(cancel.session_id).into()),
                None => no_session(RequestType::CancelSession),
            },
        }
    }

    /// A session for a client that speaks the one protocol there is ([MC-BUP] 3.2.5.2.4).
    fn create(&mut self, path: &str, create: &CreateSession<'_>) -> Response<Empty<Bytes>> {
        let request = RequestType::CreateSession;
        if !create.protocols.offers(Guid::BITS_1_5_UPLOAD) {
            return refuse(request, StatusCode::BAD_REQUEST, HResult::INVALID_ARGUMENT);
        }
        if self.files.contains_key(path) {
            return refuse(request, StatusCode::FORBIDDEN, HResult::ACCESS_DENIED);
        }
        let id = unguessable();
        let text = id.to_upper();
        let session_id = SessionId::new(&text).expect("a GUID is a session id");
        self.sessions.push(Session {
            id,
            path: path.to_owned(),
            total: None,
            received: Vec::new(),
        });
        respond(&CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session_id).into())
    }

    /// Writes what is new of a Fragment, and publishes the file with its last byte
    /// ([MC-BUP] 3.2.5.2.6; D-19, D-24).
    fn store(
        &mut self,
        path: &str,
        fragment: &Fragment<'_>,
        body: &[u8],
    ) -> Response<Empty<Bytes>> {
        let request = RequestType::Fragment;
        let range = fragment.range;
        let Some(session) = find(&mut self.sessions, path, &fragment.session_id) else {
            return no_session(request);
        };
        // No coding was offered: what is coded would be stored as it is.
        let is_coded = |coding: &[u8]| !coding.eq_ignore_ascii_case(b"identity");
        let codings = fragment.content_encoding;
        if codings.is_some_and(|codings| codings.iter().any(is_coded)) {
            return refuse(request, StatusCode::BAD_REQUEST, HResult::INVALID_ARGUMENT);
        }
        if range.total() > MAX_FILE {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return refuse(request, status, HResult::TOO_LARGE);
        }
        if *session.total.get_or_insert(range.total()) != range.total() {
            return refuse(request, StatusCode::BAD_REQUEST, HResult::INVALID_ARGUMENT);
        }
        let expected = session.received.len() as u64;
        let Some(known) = expected.checked_sub(range.first()) else {
            let wanted = ReceivedContentRange::new(expected);
            let ack = ErrorAck::out_of_sequence(fragment.session_id, wanted);
            return respond(&ack.answering(request));
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        session.received.extend(body.iter().skip(known));
        let received = session.received.len() as u64;
        if received == range.total() {
            self.files.insert(path.to_owned(), session.received.clone());
        }
        let received = ReceivedContentRange::new(received);
        respond(&FragmentAck::new(fragment.session_id, received).into())
    }

    fn end(&mut self, path: &str, id: &SessionId<'_>) -> Option<Session> {
        let guid = find(&mut self.sessions, path, id)?.id;
        let at = self
            .sessions
            .iter()
            .position(|session| session.id == guid)?;
        Some(self.sessions.swap_remove(at))
    }
}

/// The session of that name. A session belongs to the path that it was created for.
fn find<'s>(
    sessions: &'s mut [Session],
    path: &str,
    id: &SessionId<'_>,
) -> Option<&'s mut Session> {
    let guid = id.guid()?;
    sessions
        .iter_mut()
        .find(|session| session.id == guid && session.path == path)
}

/// A session id that a stranger cannot guess easily. A server takes one from its system's source of
/// randomness.
fn unguessable() -> Guid {
    let half = || u128::from(RandomState::new().hash_one(()));
    Guid::new(half() << 64 | half())
}

fn no_session(request: RequestType) -> Response<Empty<Bytes>> {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    refuse(request, status, HResult::SESSION_NOT_FOUND)
}

fn refuse(request: RequestType, status: StatusCode, code: HResult) -> Response<Empty<Bytes>> {
    let ack = ErrorAck::new(status)
        .expect("a status that reports no success")
        .with_error(code, ErrorContext::REMOTE_FILE);
    respond(&ack.answering(request))
}

/// An answer of the HTTP layer, which is no Ack.
fn plain(status: hyper::StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

/// Writes an Ack into the header fields of a response.
fn respond(ack: &Ack<'_>) -> Response<Empty<Bytes>> {
    let status = hyper::StatusCode::try_from(ack.status()).expect("a status above 99");
    let mut response = plain(status);
    let headers = response.headers_mut();
    put(headers, Field::PacketType, Some(PacketType::Ack));
    put(headers, Field::ContentLength, Some(0));
    put(headers, Field::Protocol, ack.protocol());
    put_bytes(
        headers,
        Field::SessionId,
        ack.session_id().map(|id| id.as_bytes()),
    );
    put(
        headers,
        Field::ReceivedContentRange,
        ack.received_content_range(),
    );
    put(headers, Field::ErrorCode, ack.error_code());
    put(headers, Field::ErrorContext, ack.error_context());
    response
}

fn put(headers: &mut HeaderMap, field: Field, value: Option<impl ToString>) {
    let text = value.map(|value| value.to_string());
    put_bytes(headers, field, text.as_deref().map(str::as_bytes));
}

fn put_bytes(headers: &mut HeaderMap, field: Field, value: Option<&[u8]>) {
    let Some(value) = value else { return };
    let name = HeaderName::from_bytes(field.name().as_bytes()).expect("a token");
    let value = HeaderValue::from_bytes(value).expect("no value of a packet holds a line break");
    headers.insert(name, value);
}

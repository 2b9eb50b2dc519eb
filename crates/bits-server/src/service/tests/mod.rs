//! The service over requests in memory.

mod bodies;
mod http;
mod turns;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Request;
use ::http::request::Builder;
use bits_packet::HResult;
use bits_session::server::Fault;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::mpsc;
use tower_service::Service;

use super::{Answer, ServiceOptions, UploadService};
use crate::auth::{Admission, Asker, Gate, OpenGate};
use crate::store::memory::MemoryStore;

type Open = UploadService<MemoryStore, OpenGate>;

fn service() -> (MemoryStore, Open) {
    with(ServiceOptions::default())
}

fn with(options: ServiceOptions) -> (MemoryStore, Open) {
    let store = MemoryStore::default();
    (store.clone(), UploadService::new(store, OpenGate, options))
}

fn packet(kind: &str, path: &str) -> Builder {
    Request::builder()
        .method("BITS_POST")
        .uri(path)
        .header("Host", "a")
        .header("BITS-Packet-Type", kind)
}

fn bare(kind: &str, path: &str) -> Builder {
    packet(kind, path).header("Content-Length", "0")
}

fn create(path: &str) -> Builder {
    let protocol = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
    bare("Create-Session", path).header("BITS-Supported-Protocols", protocol)
}

fn fragment(path: &str, id: &str, range: &str, length: usize) -> Builder {
    packet("Fragment", path)
        .header("BITS-Session-Id", id)
        .header("Content-Range", format!("bytes {range}"))
        .header("Content-Length", length)
}

async fn ask<G: Gate>(
    service: &UploadService<MemoryStore, G>,
    request: Builder,
    body: &'static [u8],
) -> Answer {
    let request = request.body(Full::new(Bytes::from_static(body))).unwrap();
    let Ok(answer) = service.clone().call(request).await;
    answer
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

fn offset(answer: &Answer) -> Option<&str> {
    field(answer, "bits-received-content-range")
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: Option<HResult>) {
    assert_eq!(answer.status(), status, "{answer:?}");
    assert_eq!(field(answer, "bits-packet-type"), Some("Ack"));
    assert_eq!(field(answer, "content-length"), Some("0"));
    let code = code.map(|code| code.to_string());
    assert_eq!(field(answer, "bits-error-code"), code.as_deref());
    let context = code.is_some().then_some("0x5");
    assert_eq!(field(answer, "bits-error-context"), context);
}

async fn open(service: &Open, path: &str) -> String {
    let answer = ask(service, create(path), b"").await;
    assert_eq!(answer.status(), 200);
    field(&answer, "bits-session-id").unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_uploaded() {
    let (store, service) = service();
    let answer = ask(&service, bare("Ping", "/"), b"").await;
    assert_eq!(
        (answer.status().as_u16(), field(&answer, "bits-packet-type")),
        (200, Some("Ack"))
    );

    let answer = ask(&service, create("/drop/a.txt"), b"").await;
    assert_eq!(answer.status(), 200);
    let protocol = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
    assert_eq!(field(&answer, "bits-protocol"), Some(protocol));
    assert_eq!(field(&answer, "accept-encoding"), Some("identity"));
    let id = field(&answer, "bits-session-id").unwrap().to_owned();

    let first = fragment("/drop/a.txt", &id, "0-4/11", 5);
    let answer = ask(&service, first, b"hello").await;
    assert_eq!(
        (answer.status().as_u16(), offset(&answer)),
        (200, Some("5"))
    );
    assert_eq!(field(&answer, "bits-session-id"), Some(&*id));
    assert_eq!(store.file("/drop/a.txt"), None);

    let last = || fragment("/drop/a.txt", &id, "5-10/11", 6);
    for _ in 0..2 {
        let answer = ask(&service, last(), b" world").await;
        assert_eq!(
            (answer.status().as_u16(), offset(&answer)),
            (200, Some("11"))
        );
        assert_eq!(store.file("/drop/a.txt").unwrap(), b"hello world");
    }

    let close = || bare("Close-Session", "/drop/a.txt").header("BITS-Session-Id", &id);
    assert_eq!(ask(&service, close(), b"").await.status(), 200);
    let answer = ask(&service, close(), b"").await;
    assert_refused(&answer, 500, Some(HResult::SESSION_NOT_FOUND));

    let counted = service.metrics().to_text();
    for line in [
        "bits_requests_total{packet=\"Fragment\",status=\"200\"} 3",
        "bits_published_files_total 1",
        "bits_received_bytes_total 17",
        "bits_sessions 0",
    ] {
        assert!(counted.lines().any(|it| it == line), "{line}\n{counted}");
    }
}

#[tokio::test]
async fn two_spellings_of_a_target_are_one_and_another_target_is_none() {
    let (_, service) = service();
    let id = open(&service, "/drop/a%20b").await;
    let answer = ask(&service, fragment("/dr%6Fp/a%20b", &id, "0-0/2", 1), b"a").await;
    assert_eq!(answer.status(), 200);
    let answer = ask(&service, fragment("/drop/b", &id, "1-1/2", 1), b"b").await;
    assert_refused(&answer, 500, Some(HResult::SESSION_NOT_FOUND));
}

#[tokio::test]
async fn a_target_that_names_no_file_is_refused_unless_it_is_of_a_ping() {
    let (_, service) = service();
    for path in ["/a/../b", "/a%2fb", "/a//b", "/.bits-sessions/a", "/con"] {
        let answer = ask(&service, create(path), b"").await;
        assert_refused(&answer, 400, Some(HResult::INVALID_ARGUMENT));
        assert_eq!(ask(&service, bare("Ping", path), b"").await.status(), 200);
    }
    let answer = ask(&service, create("/folder/"), b"").await;
    assert_refused(&answer, 400, Some(HResult::INVALID_ARGUMENT));
}

#[tokio::test]
async fn what_breaks_a_rule_of_its_packet_gets_an_ack_with_the_status_of_the_error() {
    let (_, service) = service();
    let cases = [
        (packet("Ping", "/a"), 200),
        (packet("Fragment", "/a"), 411),
        (bare("Fragment", "/a"), 400),
        (bare("Upload", "/a"), 400),
        (bare("Ping", "/a").version(::http::Version::HTTP_2), 505),
        (
            bare("Ping", "/a").header("Transfer-Encoding", "chunked"),
            400,
        ),
        (
            packet("Ping", "/a").header("Transfer-Encoding", "chunked"),
            411,
        ),
    ];
    for (request, status) in cases {
        let answer = ask(&service, request, b"").await;
        match status {
            200 => assert_eq!(answer.status(), 200),
            _ => assert_refused(&answer, status, Some(HResult::INVALID_ARGUMENT)),
        }
    }
}

#[tokio::test]
async fn a_fragment_that_breaks_a_rule_is_told_the_offset_of_its_session() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let answer = ask(&service, fragment("/a", &id, "0-2/9", 3), b"hel").await;
    assert_eq!(answer.status(), 200);
    let chunked = || fragment("/a", &id, "3-4/9", 2).header("Transfer-Encoding", "chunked");
    let cases = [
        (fragment("/a", &id, "4-3/9", 2), 400, Some("3")),
        (fragment("/a", &id, "3-4/9", 3), 400, Some("3")),
        (fragment("/a", &id, "3-4/4", 2), 400, Some("3")),
        (chunked(), 400, Some("3")),
        (fragment("/b", &id, "4-3/9", 2), 400, None),
        (fragment("/a/../b", &id, "4-3/9", 2), 400, None),
        (fragment("/a", "no id", "4-3/9", 2), 400, None),
        (
            fragment("/a", &id, "4-3/9", 2).header("BITS-Session-Id", &id),
            400,
            None,
        ),
        (fragment("/a", &id, "4-3/9", 2).method("POST"), 405, None),
    ];
    for (request, status, told) in cases {
        let shown = format!("{request:?}");
        let answer = ask(&service, request, b"lo").await;
        assert_eq!(
            (answer.status().as_u16(), offset(&answer)),
            (status, told),
            "{shown}"
        );
        let named = field(&answer, "bits-session-id");
        assert_eq!(named.is_some(), told.is_some(), "{shown}");
    }
    assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hel");
}

#[tokio::test]
async fn a_close_or_cancel_with_a_body_ends_nothing_and_is_told_its_session() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    for kind in ["Close-Session", "Cancel-Session"] {
        let request = packet(kind, "/a")
            .header("BITS-Session-Id", &id)
            .header("Content-Length", "3");
        let answer = ask(&service, request, b"abc").await;
        assert_refused(&answer, 400, Some(HResult::INVALID_ARGUMENT));
        assert_eq!(field(&answer, "bits-session-id"), Some(&*id));
        assert_eq!(offset(&answer), None);
    }
    assert_eq!(store.lock().sessions.len(), 1);
}

#[tokio::test]
async fn what_the_store_refuses_is_told_as_the_engine_says() {
    let cases = [
        ("find", Fault::Failed, 500, HResult::new(0x8000_4005), None),
        ("append", Fault::Full, 500, HResult::DISK_FULL, Some("0")),
        (
            "settle",
            Fault::Failed,
            500,
            HResult::new(0x8000_4005),
            None,
        ),
        (
            "publish",
            Fault::Exists,
            403,
            HResult::ACCESS_DENIED,
            Some("5"),
        ),
        ("settle", Fault::Gone, 500, HResult::SESSION_NOT_FOUND, None),
    ];
    for (step, fault, status, code, told) in cases {
        let (store, service) = service();
        let id = open(&service, "/a").await;
        store.lock().fails = Some((step, fault));
        let total = if step == "publish" { 5 } else { 9 };
        let answer = ask(
            &service,
            fragment("/a", &id, &format!("0-4/{total}"), 5),
            b"hello",
        )
        .await;
        assert_refused(&answer, status, Some(code));
        assert_eq!(offset(&answer), told, "{step}");
    }
    let (store, service) = service();
    store.lock().fails = Some(("create", Fault::Forbidden));
    let answer = ask(&service, create("/a"), b"").await;
    assert_refused(&answer, 403, Some(HResult::ACCESS_DENIED));
}

#[tokio::test]
async fn a_store_that_panics_fails_and_the_service_goes_on() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    store.lock().panics = true;
    let answer = ask(&service, fragment("/a", &id, "0-4/9", 5), b"hello").await;
    assert_refused(&answer, 500, Some(HResult::new(0x8000_4005)));
    store.lock().panics = false;
    let answer = ask(&service, fragment("/a", &id, "0-4/9", 5), b"hello").await;
    assert_eq!(answer.status(), 200);
}

/// Says what it is told to say.
struct Says(Mutex<VecDeque<Admission>>);

impl Gate for Says {
    async fn admit(&self, asker: Asker<'_>) -> Admission {
        assert_eq!(asker.path, Some("/a b"));
        self.0.lock().unwrap().pop_front().unwrap()
    }
}

#[tokio::test]
async fn who_is_not_admitted_hears_why_and_no_body_is_read() {
    let challenge = |text| ::http::HeaderValue::from_static(text);
    let gate = Says(Mutex::new(VecDeque::from([
        Admission::Challenge(vec![challenge("Negotiate"), challenge("Basic")]),
        Admission::Forbidden,
        Admission::Busy,
        Admission::Granted {
            user: Some("u".to_owned()),
            reply: Some(challenge("Negotiate oQ==")),
        },
    ])));
    let service = UploadService::new(MemoryStore::default(), gate, ServiceOptions::default());
    let id = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
    let request = || fragment("/a%20b", id, "0-4/9", 5).header("Expect", "100-continue");
    let mut answers = Vec::new();
    for _ in 0..4 {
        let (sender, body) = script();
        let request = request().body(body).unwrap();
        let Ok(answer) = service.clone().call(request).await;
        assert_eq!(
            field(&answer, "connection"),
            Some("close"),
            "it waits to be asked"
        );
        assert!(!sender.is_closed() || sender.max_capacity() == sender.capacity());
        answers.push(answer);
    }
    assert_refused(&answers[0], 401, None);
    let challenges: Vec<_> = answers[0]
        .headers()
        .get_all("www-authenticate")
        .iter()
        .collect();
    assert_eq!(challenges, ["Negotiate", "Basic"]);
    assert_refused(&answers[1], 403, Some(HResult::ACCESS_DENIED));
    assert_refused(&answers[2], 503, None);
    assert!(field(&answers[2], "retry-after").is_some());
    assert_refused(&answers[3], 500, Some(HResult::SESSION_NOT_FOUND));
    assert_eq!(
        field(&answers[3], "www-authenticate"),
        Some("Negotiate oQ==")
    );
}

/// A body that comes as it is told to.
struct Script(mpsc::Receiver<Result<Bytes, ()>>);

fn script() -> (mpsc::Sender<Result<Bytes, ()>>, Script) {
    let (sender, receiver) = mpsc::channel(64);
    (sender, Script(receiver))
}

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = ();

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ()>>> {
        let next = self.0.poll_recv(cx);
        next.map(|bytes| bytes.map(|bytes| bytes.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(5)
    }
}

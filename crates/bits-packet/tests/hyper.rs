//! The service of the example `hyper_server`, asked over a socket with the heads of [MC-BUP] 4.1.

#[path = "../examples/hyper_server/service.rs"]
mod service;
mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use bits_packet::{
    Ack, Body, ErrorContext, Guid, HResult, HeadScanner, Message, Parsed, Reading,
    ReceivedContentRange, RequestType, ResponseHead, Scan, StatusCode,
};
use service::{Bounds, Endpoint};
use tokio::net::TcpListener;

/// Where the requests of [MC-BUP] 4.1 go.
const PATH: &str = "/upload/2000mb-rfc2119.txt";

/// A server that stops after that many requests, in a thread of its own.
fn start(requests: usize) -> (SocketAddr, JoinHandle<Endpoint>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime
        .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let thread = std::thread::spawn(move || {
        let bounds = Bounds {
            requests,
            time: Duration::from_secs(60),
        };
        let endpoint = Endpoint::new(bounds);
        runtime
            .block_on(endpoint.serve(listener))
            .expect("connections to accept");
        endpoint
    });
    (address, thread)
}

/// A client of one connection.
struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).expect("a limit");
        Client {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends a request and reads the head of the answer.
    fn ask(
        &mut self,
        request: RequestType,
        head: &str,
        body: &[u8],
    ) -> Message<ResponseHead<'_>, Ack<'_>> {
        self.send(head, body);
        let parsed = Ack::parse(&self.received, Some(request)).expect("an answer");
        let Parsed::Complete { value, rest } = parsed else {
            panic!("the head is not whole");
        };
        assert_eq!(rest, b"", "an Ack has no body");
        value
    }

    fn send(&mut self, head: &str, body: &[u8]) {
        self.stream.write_all(head.as_bytes()).expect("a peer");
        self.stream.write_all(body).expect("a peer");
        self.received.clear();
        let mut scanner = HeadScanner::default();
        let mut piece = [0; 64];
        while scanner.scan(&self.received) == Scan::NeedMore {
            let length = self.stream.read(&mut piece).expect("an answer");
            assert_ne!(length, 0, "the server has closed the connection");
            self.received.extend_from_slice(&piece[..length]);
        }
    }
}

/// The session that the requests of [MC-BUP] 4.1 name.
const PRINTED_SESSION: &str = "{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}";

/// A request of [MC-BUP] 4.1, for that session.
fn head(request: RequestType, session: &str) -> String {
    let (_, head) = support::REQUESTS[..4]
        .iter()
        .find(|(of, _)| *of == request)
        .expect("it is printed");
    let head = String::from_utf8(head.to_vec()).expect("text");
    head.replace(PRINTED_SESSION, session)
}

/// A Fragment like that of [MC-BUP] 4.1, of other bytes.
fn fragment(session: &str, first: usize, last: usize, total: usize) -> String {
    head(RequestType::Fragment, session)
        .replace(
            "bytes 0-4891/4892",
            &format!("bytes {first}-{last}/{total}"),
        )
        .replace(
            "Content-Length: 4892",
            &format!("Content-Length: {}", last + 1 - first),
        )
}

/// Opens a session and gives its name.
fn create(client: &mut Client) -> String {
    let message = client.ask(
        RequestType::CreateSession,
        &head(RequestType::CreateSession, ""),
        b"",
    );
    assert!(
        message.deviations().is_empty(),
        "{:?}",
        message.deviations()
    );
    let Some(Reading::CreateSession(ack)) = message.packet().and_then(Ack::reading) else {
        panic!("no session: {message:?}");
    };
    assert_eq!(ack.protocol, Guid::BITS_1_5_UPLOAD);
    assert!(ack.session_id.guid().is_some());
    ack.session_id.to_string()
}

/// Asks for what must be stored, and gives the offset that the server wants next.
fn next_offset(client: &mut Client, head: &str, body: &[u8]) -> u64 {
    let message = client.ask(RequestType::Fragment, head, body);
    let Some(Reading::Fragment(ack)) = message.packet().and_then(Ack::reading) else {
        panic!("not stored: {message:?}");
    };
    ack.received.next_offset()
}

/// Asks for what must fail.
fn failure(
    client: &mut Client,
    request: RequestType,
    head: &str,
    body: &[u8],
) -> (StatusCode, Option<HResult>, Option<u64>) {
    let message = client.ask(request, head, body);
    let Some(Reading::Error(ack)) = message.packet().and_then(Ack::reading) else {
        panic!("no failure: {message:?}");
    };
    let context = ack.error_code().map(|_| ErrorContext::REMOTE_FILE);
    assert_eq!(ack.error_context(), context);
    let received = ack.received_content_range();
    (
        ack.status(),
        ack.error_code(),
        received.map(ReceivedContentRange::next_offset),
    )
}

/// Bytes that differ from their neighbours.
fn file(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn takes_the_upload_of_the_specification() {
    let (address, server) = start(4);
    let mut client = Client::connect(address);
    let file = file(4892);

    let session = create(&mut client);
    let fragment = head(RequestType::Fragment, &session);
    assert_eq!(next_offset(&mut client, &fragment, &file), 4892);
    let ping = head(RequestType::Ping, &session);
    let message = client.ask(RequestType::Ping, &ping, b"");
    assert!(matches!(
        message.packet().and_then(Ack::reading),
        Some(Reading::Ping(_))
    ));
    assert_eq!(message.body(), Body::Length(0));
    let close = head(RequestType::CloseSession, &session);
    let message = client.ask(RequestType::CloseSession, &close, b"");
    let Some(Reading::CloseSession(ack)) = message.packet().and_then(Ack::reading) else {
        panic!("not closed: {message:?}");
    };
    assert_eq!(ack.session_id.map(|id| id.to_string()), Some(session));

    let endpoint = server.join().expect("it stops by itself");
    assert_eq!(endpoint.files().get(PATH), Some(&file));
}

#[test]
fn takes_a_file_in_fragments_that_overlap_and_over_two_connections() {
    let (address, server) = start(5);
    let mut client = Client::connect(address);
    let file = file(300);

    let session = create(&mut client);
    let ask = |client: &mut Client, first: usize, last: usize| {
        let head = fragment(&session, first, last, 300);
        next_offset(client, &head, &file[first..=last])
    };
    assert_eq!(ask(&mut client, 0, 99), 100);
    drop(client);
    let mut client = Client::connect(address);
    assert_eq!(
        ask(&mut client, 50, 149),
        150,
        "only what is new is written"
    );
    assert_eq!(ask(&mut client, 0, 99), 150, "a repetition changes nothing");
    assert_eq!(ask(&mut client, 150, 299), 300);

    let endpoint = server.join().expect("it stops by itself");
    assert_eq!(endpoint.files().get(PATH), Some(&file));
}

#[test]
fn refuses_what_breaks_the_rules() {
    let (address, server) = start(10);
    let mut client = Client::connect(address);
    let fragment_type = RequestType::Fragment;
    let session = create(&mut client);

    let gap = fragment(&session, 10, 19, 300);
    let (status, code, wanted) = failure(&mut client, fragment_type, &gap, &[0; 10]);
    assert_eq!((status, code), (StatusCode::RANGE_NOT_SATISFIABLE, None));
    assert_eq!(wanted, Some(0));

    let stranger = fragment(PRINTED_SESSION, 0, 9, 300);
    let (status, code, _) = failure(&mut client, fragment_type, &stranger, &[0; 10]);
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(code, Some(HResult::SESSION_NOT_FOUND));

    let other_total = fragment(&session, 0, 9, 301);
    let (status, code, _) = failure(&mut client, fragment_type, &other_total, &[0; 10]);
    assert_eq!(
        (status, code),
        (StatusCode::BAD_REQUEST, Some(HResult::INVALID_ARGUMENT))
    );

    let coding = "Content-Encoding: gzip\r\nContent-Range";
    let coded = fragment(&session, 0, 9, 300).replace("Content-Range", coding);
    let (status, code, _) = failure(&mut client, fragment_type, &coded, &[0; 10]);
    assert_eq!(
        (status, code),
        (StatusCode::BAD_REQUEST, Some(HResult::INVALID_ARGUMENT))
    );

    let huge = fragment(&session, 0, 9, 1 << 40);
    let (_, code, _) = failure(&mut client, fragment_type, &huge, &[0; 10]);
    assert_eq!(code, Some(HResult::TOO_LARGE));

    let close = head(RequestType::CloseSession, &session);
    let cancel = close.replace("Close-Session", "Cancel-Session");
    let cancelled = client.ask(RequestType::CancelSession, &cancel, b"");
    assert!(matches!(
        cancelled.packet().and_then(Ack::reading),
        Some(Reading::CancelSession(_))
    ));
    let (_, code, _) = failure(&mut client, RequestType::CloseSession, &close, b"");
    assert_eq!(code, Some(HResult::SESSION_NOT_FOUND));

    let no_protocol = head(RequestType::CreateSession, "").replace("{7df0354d-", "{00000000-");
    let (status, code, _) = failure(&mut client, RequestType::CreateSession, &no_protocol, b"");
    assert_eq!(
        (status, code),
        (StatusCode::BAD_REQUEST, Some(HResult::INVALID_ARGUMENT))
    );

    let no_length = head(RequestType::Fragment, &session).replace("Content-Length: 4892\r\n", "");
    let (status, code, _) = failure(&mut client, fragment_type, &no_length, b"");
    assert_eq!(
        (status, code),
        (StatusCode::LENGTH_REQUIRED, Some(HResult::INVALID_ARGUMENT))
    );

    let endpoint = server.join().expect("it stops by itself");
    assert!(endpoint.files().is_empty());
}

#[test]
fn leaves_http_that_is_not_bits_to_others() {
    let (address, server) = start(2);
    let mut client = Client::connect(address);
    let answers = [
        ("GET / HTTP/1.1", StatusCode::NOT_IMPLEMENTED),
        (
            "GET http://user@example.net/ HTTP/1.1",
            StatusCode::BAD_REQUEST,
        ),
    ];
    for (line, status) in answers {
        client.send(&format!("{line}\r\nHost: a\r\n\r\n"), b"");
        let answer = ResponseHead::parse(&client.received).expect("a head");
        let (answer, _) = answer.complete().expect("the whole of it");
        assert_eq!(answer.line().status(), status);
        assert_eq!(answer.fields().get(b"BITS-Packet-Type"), None);
    }
    let endpoint = server.join().expect("it stops by itself");
    assert!(endpoint.files().is_empty());
}

/// The docs of `Request::from_parts` say what hyper does to a head before this crate sees it.
#[test]
fn judges_what_hyper_lets_through() {
    let (_, ping) = support::REQUESTS[2];
    let ping = String::from_utf8(ping.to_vec()).expect("text");
    let length = "Content-Length: 0\r\n";
    let lengths = length.repeat(2);
    let coded = "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n";
    let coded_first = "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n";
    let host = "Host: frankcao8\r\n";
    let cases = [
        (ping.replace("\r\n", "\n"), 200),
        (format!("\r\n\r\n\r\n{ping}"), 200),
        (ping.replace(length, &lengths), 200),
        (ping.replace("rfc2119.txt", "rfc2119.txt#part"), 200),
        (ping.replace("HTTP/1.1", "HTTP/1.0"), 200),
        (ping.replace(length, coded), 411),
        (ping.replace(length, coded_first), 411),
        (ping.replace(host, ""), 400),
        (ping.replace(host, &host.repeat(2)), 400),
        (
            ping.replace("/upload/", "http://user@frankcao8/upload/"),
            400,
        ),
    ];
    let (address, server) = start(cases.len());
    for (head, status) in &cases {
        let mut client = Client::connect(address);
        client.send(head, b"");
        let answer = Ack::parse(&client.received, Some(RequestType::Ping)).expect("an Ack");
        let (answer, _) = answer.complete().expect("the whole of it");
        assert_eq!(answer.head().line().status().as_u16(), *status, "{head}");
        assert!(answer.packet().is_some(), "{head}");
    }
    server.join().expect("it stops by itself");
}

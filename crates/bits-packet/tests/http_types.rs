//! Packets from the types of the crate `http`: as from the bytes of a head, and what is the crate's
//! own.

mod support;

use bits_packet::{
    Ack, Body, Deviation, Deviations, Error, ErrorKind, Field, Fields, Message, Notification,
    NotificationResponse, Options, Parsed, Request, RequestHead, RequestLine, RequestType,
    ResponseHead, StatusCode, StatusLine, Target, TargetForm, Version,
};
use http::header::HeaderMap;
use http::{request, response};

fn headers(fields: Fields<'_>) -> HeaderMap {
    fields
        .map(|line| {
            let name = http::HeaderName::from_bytes(line.name()).expect("a token");
            let value = http::HeaderValue::from_bytes(line.value()).expect("a value");
            (name, value)
        })
        .collect()
}

fn complete<T>(parsed: Parsed<'_, T>) -> T {
    parsed.complete().expect("the head is whole").0
}

/// What hyper would hand over.
fn request_parts(head: &[u8]) -> request::Parts {
    let head = complete(RequestHead::parse(head).expect("a head"));
    let (mut parts, ()) = http::Request::builder()
        .method(head.line().method())
        .uri(head.line().target().to_string())
        .version(head.line().version().into())
        .body(())
        .expect("a request")
        .into_parts();
    parts.headers = headers(head.fields());
    parts
}

fn response_parts(head: &[u8]) -> response::Parts {
    let head = complete(ResponseHead::parse(head).expect("a head"));
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = head.line().status().try_into().expect("a status");
    parts.version = head.line().version().into();
    parts.headers = headers(head.fields());
    parts
}

/// What does not depend on where it was read from.
fn meaning<H, P: Copy>(message: &Message<H, P>) -> (Option<P>, Body, Option<u64>, Deviations) {
    (
        message.packet().copied(),
        message.body(),
        message.content_length(),
        message.deviations(),
    )
}

#[test]
fn reads_the_requests_of_the_specification_as_from_bytes() {
    for (request_type, head) in support::REQUESTS {
        let parts = request_parts(head);
        let options = Options::STRICT;
        let read = Request::from_parts(&parts, &options).expect("a packet");
        let parsed = complete(Request::parse_with(head, &options).expect("a packet"));
        assert_eq!(*read.head(), parsed.head().line());
        assert_eq!(meaning(&read), meaning(&parsed));
        assert_eq!(read.packet().map(Request::request_type), Some(request_type));
    }
}

#[test]
fn reads_the_acks_of_the_specification_as_from_bytes() {
    for (request_type, head) in support::ACKS {
        let parts = response_parts(head);
        for answering in [None, Some(request_type)] {
            let options = Options::INTEROP;
            let read = Ack::from_parts(&parts, answering, &options).expect("an Ack");
            let parsed = complete(Ack::parse_with(head, answering, &options).expect("an Ack"));
            assert_eq!(meaning(&read), meaning(&parsed));
            assert_eq!(read.head().status(), StatusCode::OK);
            assert_eq!(read.head().reason(), b"", "it is not handed over");
            assert_eq!(read.packet().and_then(Ack::answering), answering);
        }
    }
}

#[test]
fn reads_the_notification_of_the_specification_as_from_bytes() {
    let options = Options::INTEROP;
    let parts = request_parts(support::NOTIFICATION);
    let read = Notification::from_parts(&parts, &options).expect("a notification");
    let parsed = Notification::parse(support::NOTIFICATION).expect("a notification");
    assert_eq!(meaning(&read), meaning(&complete(parsed)));
    assert!(read.packet().is_some());

    let parts = response_parts(support::NOTIFICATION_RESPONSE);
    let read = NotificationResponse::from_parts(&parts, &options).expect("a response");
    let parsed = NotificationResponse::parse(support::NOTIFICATION_RESPONSE).expect("a response");
    assert_eq!(meaning(&read), meaning(&complete(parsed)));
    assert!(read.packet().is_some());
}

/// The index of the header that `error` is about, or how many there are.
fn index_of(error: &Error, headers: &HeaderMap) -> usize {
    let field = error.field().map_or("", Field::name);
    headers
        .iter()
        .position(|(name, _)| name.as_str().eq_ignore_ascii_case(field))
        .unwrap_or(headers.len())
}

#[test]
fn reports_the_errors_of_the_bytes_with_an_index_for_their_offset() {
    let (_, fragment) = support::REQUESTS[1];
    let fragment = String::from_utf8(fragment.to_vec()).expect("text");
    let faults = [
        ("bytes 0-4891/4892", "bytes 0-4892/4892"),
        ("bytes 0-4891/4892", "bytes=0-4891/4892"),
        ("Content-Range", "X"),
        ("Content-Length: 4892", "Content-Length: 4891"),
        ("Content-Length: 4892", "Content-Length: 4892x"),
        ("Content-Length: 4892", "Transfer-Encoding: chunked"),
        ("Type: Fragment", "Type: Fragments"),
        ("Type: Fragment", "Type: Ack"),
        ("Host: frankcao8", "Host: frank cao8"),
        ("Host: frankcao8", "X: y"),
        ("Host: frankcao8", "Host: frankcao8\r\nHost: frankcao8"),
        ("BITS-Session-Id: {", "BITS-Session-Id: { "),
        ("Accept: */*", "Content-Length: 4892\r\nX: */*"),
    ];
    for (from, to) in faults {
        let head = fragment.replace(from, to);
        let expected = Request::parse(head.as_bytes()).expect_err(to);
        let parts = request_parts_unjudged(&head);
        let error = Request::from_parts(&parts, &Options::INTEROP).expect_err(to);
        assert_eq!(error.kind(), expected.kind(), "{to}");
        assert_eq!(error.field(), expected.field(), "{to}");
        assert_eq!(error.section(), expected.section(), "{to}");
        assert_eq!(error.status_hint(), expected.status_hint(), "{to}");
        let again = usize::from(error.kind() == ErrorKind::Repeated);
        let index = index_of(&expected, &parts.headers) + again;
        assert_eq!(error.offset(), index, "{to}");
    }
}

/// The parts of a head that this crate would refuse.
fn request_parts_unjudged(head: &str) -> request::Parts {
    let (mut parts, ()) = http::Request::builder()
        .method("BITS_POST")
        .uri("/upload/2000mb-rfc2119.txt")
        .body(())
        .expect("a request")
        .into_parts();
    for line in head.trim_end().split("\r\n").skip(1) {
        let (name, value) = line.split_once(": ").expect("a field");
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a token");
        parts.headers.append(name, value.parse().expect("a value"));
    }
    parts
}

#[test]
fn reports_the_errors_of_an_ack_with_an_index_for_their_offset() {
    let (_, head) = support::ACKS[1];
    let mut parts = response_parts(head);
    parts.headers.insert(
        "BITS-Received-Content-Range",
        http::HeaderValue::from_static("0-4891"),
    );
    let answering = Some(RequestType::Fragment);
    let error = Ack::from_parts(&parts, answering, &Options::INTEROP).expect_err("no number");
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(error.field(), Some(Field::ReceivedContentRange));
    assert_eq!(error.offset(), index_of(&error, &parts.headers));
    assert_eq!(error.status_hint(), None);
}

fn target(uri: &http::Uri) -> Result<Target<'_>, Error> {
    Target::try_from(uri)
}

#[test]
fn takes_a_target_in_each_of_its_forms() {
    let forms = [
        ("/drop/a.zip?ACCOUNT=1", TargetForm::Origin),
        ("/", TargetForm::Origin),
        ("/a?", TargetForm::Origin),
        ("/a\\b{c}", TargetForm::Origin),
        ("*", TargetForm::Asterisk),
        (
            "http://example.net:8080/drop/a.zip?ACCOUNT=1",
            TargetForm::Absolute,
        ),
        ("https://[::1]/a", TargetForm::Absolute),
        ("x-odd+1.0://example.net/a", TargetForm::Absolute),
        ("http://example.net?b", TargetForm::Absolute),
        ("example.net:80", TargetForm::Authority),
    ];
    for (text, form) in forms {
        let uri: http::Uri = text.parse().expect(text);
        let read = target(&uri).expect(text);
        assert_eq!(read.form(), form, "{text}");
        assert_eq!(Ok(read), Target::new(text.as_bytes()), "{text}");
    }
}

#[test]
fn takes_a_target_as_the_crate_http_has_changed_it() {
    let changes = [
        ("http://example.net", "http://example.net/"),
        ("HTTP://example.net/a", "http://example.net/a"),
        ("/a#b", "/a"),
    ];
    for (text, changed) in changes {
        let uri: http::Uri = text.parse().expect(text);
        assert_eq!(target(&uri), Target::new(changed.as_bytes()), "{text}");
    }
}

#[test]
fn refuses_a_target_that_is_none_at_the_request_line() {
    for text in [
        "http://user@example.net/a",
        "user@example.net",
        "1x://example.net/a",
    ] {
        let uri: http::Uri = text.parse().expect(text);
        assert_eq!(target(&uri).expect_err(text).kind(), ErrorKind::Target);

        let (_, ping) = support::REQUESTS[2];
        let mut parts = request_parts(ping);
        parts.uri = uri;
        let error = Request::from_parts(&parts, &Options::INTEROP).expect_err(text);
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Target, 0));
        assert_eq!(error.status_hint(), Some(400));
    }
}

#[test]
fn takes_an_authority_for_connect_alone() {
    let (mut parts, ()) = http::Request::builder()
        .method("CONNECT")
        .uri("example.net:80")
        .header("Host", "example.net")
        .body(())
        .expect("a request")
        .into_parts();
    let message = Request::from_parts(&parts, &Options::STRICT).expect("ordinary HTTP");
    assert_eq!(message.packet(), None);

    parts.method = http::Method::GET;
    let error = Request::from_parts(&parts, &Options::INTEROP).expect_err("no path");
    assert_eq!(error.kind(), ErrorKind::Target);
}

#[test]
fn refuses_other_versions() {
    let (_, ping) = support::REQUESTS[2];
    let mut parts = request_parts(ping);
    let (_, ack) = support::ACKS[2];
    let mut answer = response_parts(ack);
    for version in [
        http::Version::HTTP_09,
        http::Version::HTTP_2,
        http::Version::HTTP_3,
    ] {
        parts.version = version;
        let error = Request::from_parts(&parts, &Options::INTEROP).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::UnsupportedVersion);
        assert_eq!((error.offset(), error.status_hint()), (0, Some(505)));

        answer.version = version;
        let error = Ack::from_parts(&answer, None, &Options::INTEROP).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::UnsupportedVersion);
        assert_eq!((error.offset(), error.status_hint()), (0, None));
    }
}

#[test]
fn tolerates_http_1_0_as_a_deviation() {
    let (_, ping) = support::REQUESTS[2];
    let mut parts = request_parts(ping);
    parts.version = http::Version::HTTP_10;
    let message = Request::from_parts(&parts, &Options::INTEROP).expect("tolerated");
    assert_eq!(message.head().version(), Version::Http10);
    assert!(message.deviations().contains(Deviation::Http10));
    let error = Request::from_parts(&parts, &Options::STRICT).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::UnsupportedVersion);
}

#[test]
fn changes_versions_and_status_codes_there_and_back() {
    for version in [Version::Http10, Version::Http11] {
        assert_eq!(http::Version::from(version).try_into(), Ok(version));
    }
    for code in 0..1000 {
        let status = StatusCode::new(code).expect("three digits");
        match http::StatusCode::try_from(status) {
            Ok(there) => assert_eq!(StatusCode::from(there), status),
            Err(_) => assert!(code < 100),
        }
    }
}

#[test]
fn takes_a_start_line_by_itself() {
    let (_, ping) = support::REQUESTS[2];
    let parts = request_parts(ping);
    let line = RequestLine::try_from(&parts).expect("a request line");
    assert!(line.is_bits_post());
    assert_eq!(
        line.to_string(),
        "BITS_POST /upload/2000mb-rfc2119.txt HTTP/1.1"
    );

    let (_, ack) = support::ACKS[2];
    let parts = response_parts(ack);
    let line = StatusLine::try_from(&parts).expect("a status line");
    assert_eq!(line.to_string(), "HTTP/1.1 200 ");
}

/// The packet of a request as a service gets it is the packet of its fields, which one form alone reads.
#[test]
fn the_short_way_says_what_the_list_of_the_fields_says() {
    let usual = [
        ("Host", &b"example.net"[..]),
        ("BITS-Packet-Type", b"Fragment"),
        ("BITS-Session-Id", b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"),
        ("Content-Range", b"bytes 0-4/10"),
        ("Content-Length", b"5"),
        ("User-Agent", b"Microsoft BITS/7.8"),
    ];
    let others: [(&str, &[u8]); 14] = [
        ("X-Note", b"caf\xC3\xA9"),
        ("X-Note", b"a\tb"),
        ("X-Note", b""),
        ("Content-Name", b"caf\xC3\xA9.zip"),
        ("Content-Name", b""),
        ("Host", b"example.net"),
        ("BITS-Session-Id", b"another"),
        ("Transfer-Encoding", b"chunked"),
        ("Content-Encoding", b"gzip"),
        ("Content-Encoding", b"identity"),
        ("BITS-Supported-Protocols", b"x, y"),
        ("X-HTTP-Method-Override", b"BITS_POST"),
        ("Content-Range", b"bytes 5-9/10"),
        ("BITS-Error", b"0x1"),
    ];
    let targets = [
        "/drop/a.zip",
        "/a%20b",
        "/a?b=c",
        "/a?b=%41",
        "http://example.net/a",
        "*",
    ];
    let small = Options::INTEROP.with_max_value(20);
    for target in targets {
        for method in ["BITS_POST", "POST", "CONNECT"] {
            for other in others.iter().map(Some).chain([None]) {
                let mut request = http::Request::builder().method(method).uri(target);
                for (name, value) in usual.iter().chain(other) {
                    request = request.header(*name, *value);
                }
                let (parts, ()) = request.body(()).expect("a request").into_parts();
                for options in [Options::INTEROP, Options::STRICT, small] {
                    let fields = parts
                        .headers
                        .iter()
                        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
                    let line = RequestLine::try_from(&parts);
                    let expected =
                        line.and_then(|line| Request::from_fields(line, fields, &options));
                    let read = Request::from_parts(&parts, &options);
                    assert_eq!(read, expected, "{method} {target} {other:?}");
                }
            }
        }
    }
}

//! Where an error is, what it says, and which deviation would have tolerated it.

use bits_packet::{
    Ack, Deviation, Error, ErrorKind, Field, NotificationResponse, Options, Parsed, Request,
    RequestHead, RequestType, ResponseHead,
};

const ID: &str = "BITS-Session-Id: {1}\r\n";

fn request(packet: &str, fields: &str) -> String {
    format!("BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: {packet}\r\n{fields}\r\n")
}

fn ack(status: &str, fields: &str) -> String {
    format!("HTTP/1.1 {status}\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n{fields}\r\n")
}

/// Asserts that the error is about the text behind the mark `^`, which is taken out of the head.
fn assert_blamed(marked: &str, read: impl Fn(&[u8]) -> Option<Error>) -> Error {
    let at = marked.find('^').expect("a mark");
    let head = marked.replacen('^', "", 1);
    let error = read(head.as_bytes()).unwrap_or_else(|| panic!("{head:?} is accepted"));
    assert_eq!(error.offset(), at, "{head:?}: {error}");
    error
}

fn strict_request(head: &[u8]) -> Option<Error> {
    Request::parse_with(head, &Options::STRICT).err()
}

fn strict_ack(answering: RequestType) -> impl Fn(&[u8]) -> Option<Error> {
    move |head| Ack::parse_with(head, Some(answering), &Options::STRICT).err()
}

#[test]
fn strict_blames_the_byte_that_departs_from_a_request() {
    let fragment =
        |fields: &str| request("Fragment", &format!("{ID}Content-Length: 5\r\n{fields}"));
    let create = |value: &str| {
        let list = format!("BITS-Supported-Protocols: {value}\r\n");
        request("Create-Session", &format!("Content-Length: 0\r\n{list}"))
    };
    let guid = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
    let range = "Content-Range: bytes 0-4/10\r\n";
    let long_id = format!(
        "BITS-Session-Id: ^{}\r\nContent-Length: 0\r\n",
        "a".repeat(101)
    );
    let cases = [
        (
            request("Ping", "Content-Length: 0\r\n").replace("/x", "/^{x}"),
            Deviation::UriCharacters,
        ),
        (
            request("Ping", "Content-Length: 0\r\n").replace("1.1", "^1.0"),
            Deviation::Http10,
        ),
        (request("Ping", "^"), Deviation::MissingContentLength),
        (
            request("Ping", "Content-Length: 0\r\n^BITS-Packet-Type: Ping\r\n"),
            Deviation::RepeatedField,
        ),
        (
            request("Close-Session", &long_id),
            Deviation::SessionIdLength,
        ),
        (
            create(&format!("{guid} ^ {guid}")),
            Deviation::ProtocolSeparator,
        ),
        (
            create(&format!("{guid}^,{guid}")),
            Deviation::ProtocolSeparator,
        ),
        (create(&format!("{guid} ^x")), Deviation::ProtocolNotGuid),
        (
            fragment("Content-Range: bytes ^ 0-4/10\r\n"),
            Deviation::RangeSpacing,
        ),
        (
            fragment("Content-Range: bytes^\t0-4/10\r\n"),
            Deviation::RangeSpacing,
        ),
        (
            fragment("Content-Range: bytes 0-4^ /10\r\n"),
            Deviation::RangeSpacing,
        ),
        (
            fragment("Content-Range: bytes 0-4/^ 10\r\n"),
            Deviation::RangeSpacing,
        ),
        (
            fragment(&format!("{range}Content-Encoding: gzip, ^Identity\r\n")),
            Deviation::IdentityEncoding,
        ),
        (
            fragment(&format!("{range}Content-Name: ^{}\r\n", "n".repeat(261))),
            Deviation::ContentNameLength,
        ),
    ];
    for (head, deviation) in cases {
        let error = assert_blamed(&head, strict_request);
        assert_eq!(error.deviation(), Some(deviation), "{head:?}");
        assert_eq!(error.section(), Some(deviation.section()), "{error}");
        assert!(
            error.to_string().contains(deviation.explanation()),
            "{error}"
        );
    }
}

#[test]
fn strict_blames_the_byte_that_departs_from_an_ack() {
    use RequestType::{CreateSession, Fragment, Ping};
    let id = "BITS-Session-Id: {1}\r\n";
    let created = format!("{id}BITS-Protocol: {{7df0354d-249b-430f-820d-3d2a9bef4931}}\r\n");
    let of_create = |fields: &str| ack("200 OK", &format!("{created}{fields}"));
    let of_fragment = |fields: &str| {
        ack(
            "200 OK",
            &format!("{id}BITS-Received-Content-Range: 1\r\n{fields}"),
        )
    };
    let failed = |fields: &str| ack("400 Bad Request", fields);
    let context = "BITS-Error-Context: 0x5\r\n";
    let cases = [
        (ack("^201 Created", ""), Ping, Deviation::Created),
        (ack("^600 Odd", ""), Ping, Deviation::StatusClass),
        (
            ack("200 OK", "").replace(": 0", ": ^5"),
            Ping,
            Deviation::AckBody,
        ),
        (
            ack("200 OK", "").replace("Content-Length: 0", "^Transfer-Encoding: chunked"),
            Ping,
            Deviation::AckBody,
        ),
        (
            ack("200 OK", "BITS-Received-Content-Range: 1\r\n^"),
            Fragment,
            Deviation::MissingSessionId,
        ),
        (
            ack("200 OK", "^BITS-Error-Code: 0x1\r\n"),
            Ping,
            Deviation::ErrorOnSuccess,
        ),
        (
            failed(&format!("{context}^BITS-Error: 0x1\r\n")),
            Ping,
            Deviation::ErrorAlias,
        ),
        (
            failed(&format!("{context}BITS-Error-Code: ^1\r\n")),
            Ping,
            Deviation::ErrorSpelling,
        ),
        (
            failed(&format!("{context}BITS-Error-Code: 0x1^L\r\n")),
            Ping,
            Deviation::ErrorSpelling,
        ),
        (failed("^"), Ping, Deviation::MissingError),
        (
            failed("BITS-Error-Code: 0x1\r\nBITS-Error-Context: ^0x6\r\n"),
            Ping,
            Deviation::ErrorContextValue,
        ),
        (
            ack(
                "416 Range",
                &format!("^{context}BITS-Received-Content-Range: 1\r\n"),
            ),
            Fragment,
            Deviation::ContextWithoutCode,
        ),
        (
            ack("416 Range", "^"),
            Fragment,
            Deviation::MissingReceivedRange,
        ),
        (
            of_create("^BITS-Host-Id-Fallback-Timeout: 1\r\n"),
            CreateSession,
            Deviation::TimeoutWithoutHostId,
        ),
        (
            of_create("BITS-Host-Id: a^_b\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_create("BITS-Host-Id: h^:80\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_create("BITS-Host-Id: ^[::1]\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_create("BITS-Host-Id: 3com.^.net\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_create("BITS-Host-Id: 127.^1\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_create("BITS-Host-Id: a.^b-.net\r\n"),
            CreateSession,
            Deviation::HostIdForm,
        ),
        (
            of_fragment("BITS-Reply-URL: a^\\b\r\n"),
            Fragment,
            Deviation::ReplyUrlForm,
        ),
        (
            failed(&format!(
                "BITS-Error-Code: 0x1\r\n{context}^BITS-Host-Id: a\r\n"
            )),
            CreateSession,
            Deviation::SessionOnFailure,
        ),
    ];
    for (head, answering, deviation) in cases {
        let error = assert_blamed(&head, strict_ack(answering));
        assert_eq!(error.deviation(), Some(deviation), "{head:?}");
        assert_eq!(error.section(), Some(deviation.section()), "{error}");
        assert!(
            error.to_string().contains(deviation.explanation()),
            "{error}"
        );
        assert_eq!(error.status_hint(), None);
    }
}

#[test]
fn says_why_a_value_cannot_be_read() {
    let head = ack(
        "400 Bad",
        "BITS-Error-Code: ^zz\r\nBITS-Error-Context: 0x5\r\n",
    );
    let error = assert_blamed(&head, strict_ack(RequestType::Ping));
    assert_eq!(error.deviation(), Some(Deviation::UnreadableValue));
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(error.section(), Some("[MC-BUP] 2.2.1.2"));
    assert!(error.to_string().contains("grammar"), "{error}");
}

#[test]
fn what_no_option_tolerates_names_no_deviation() {
    for head in [
        request("Fragment", ID),
        request("Nonsense", ""),
        request("Ping", "Content-Length: 5\r\n"),
        request(
            "Ping",
            "Content-Length: 0\r\nBITS-Packet-Type: Fragment\r\n",
        ),
    ] {
        let error = Request::parse(head.as_bytes()).expect_err("refused");
        assert_eq!(error.deviation(), None, "{error}");
    }
}

fn interop(head: &str, answering: RequestType, refused: Deviation) -> Result<Deviations, Error> {
    let tolerant = Ack::parse(head.as_bytes(), Some(answering)).expect("accepted");
    let (message, _) = tolerant.complete().expect("whole");
    let options = Options::INTEROP.refuse(refused);
    Ack::parse_with(head.as_bytes(), Some(answering), &options)
        .map(|_| message.deviations().iter().collect())
}

type Deviations = Vec<Deviation>;

#[test]
fn a_value_that_says_nothing_is_a_field_that_is_missing() {
    use RequestType::{CloseSession, Fragment, Ping};
    let cases = [
        (
            "416 Range",
            "BITS-Received-Content-Range:\r\n",
            Fragment,
            Deviation::MissingReceivedRange,
        ),
        (
            "200 OK",
            "BITS-Session-Id:\r\n",
            CloseSession,
            Deviation::MissingSessionId,
        ),
        (
            "400 Bad Request",
            "BITS-Error-Code: zz\r\nBITS-Error-Context: 0x5\r\n",
            Ping,
            Deviation::MissingError,
        ),
    ];
    for (status, fields, answering, deviation) in cases {
        let head = ack(status, fields);
        let error = interop(&head, answering, deviation).expect_err("refused");
        assert_eq!(
            (error.kind(), error.deviation()),
            (ErrorKind::Missing, Some(deviation))
        );
        let told = interop(&head, answering, Deviation::Http10).expect("accepted");
        assert!(told.contains(&deviation) && told.contains(&Deviation::UnreadableValue));
    }
}

#[test]
fn an_alias_that_can_be_read_stands_for_a_code_that_cannot() {
    let fields = "BITS-Error-Code: zz\r\nBITS-Error: 0x1\r\nBITS-Error-Context: 0x5\r\n";
    let head = ack("400 Bad Request", fields);
    let told = interop(&head, RequestType::Ping, Deviation::MissingError).expect("accepted");
    assert_eq!(told, [Deviation::ErrorAlias, Deviation::UnreadableValue]);
}

#[test]
fn a_failure_is_read_whatever_its_session_fields_say() {
    for field in [
        "BITS-Host-Id: a b",
        "BITS-Protocol: none",
        "BITS-Host-Id-Fallback-Timeout: x",
    ] {
        let error = "BITS-Error-Code: 0x80070005\r\nBITS-Error-Context: 0x5\r\n";
        let head = ack("403 Forbidden", &format!("{error}{field}\r\n"));
        let read = Ack::parse(head.as_bytes(), Some(RequestType::CreateSession));
        let (message, _) = read.expect("accepted").complete().expect("whole");
        let code = message.packet().and_then(Ack::error_code);
        assert_eq!(code, Some(bits_packet::HResult::ACCESS_DENIED), "{field}");
        assert!(message.deviations().contains(Deviation::SessionOnFailure));
    }
}

#[test]
fn an_override_on_a_bits_request_means_nothing() {
    let long = format!("X-HTTP-Method-Override: {}\r\n", "a".repeat(5000));
    let both = "X-HTTP-Method-Override: GET\r\nX-HTTP-Method-Override: PUT\r\n";
    for fields in [&long, both] {
        let head = request("Ping", &format!("Content-Length: 0\r\n{fields}"));
        let read = Request::parse_with(head.as_bytes(), &Options::STRICT);
        let (message, _) = read.expect("accepted").complete().expect("whole");
        assert!(matches!(message.packet(), Some(Request::Ping(_))));
    }
}

#[test]
fn what_ends_a_message_is_blamed_before_a_repeated_field() {
    let fields = format!("{ID}Transfer-Encoding: chunked\r\nBITS-Session-Id: {{2}}\r\n");
    let head = request("Fragment", &fields);
    let error = Request::parse(head.as_bytes()).expect_err("refused");
    assert_eq!(error.field(), Some(Field::TransferEncoding));
    assert_eq!(error.status_hint(), Some(411));
    let error = Request::parse(head.replace("Host: a\r\n", "").as_bytes()).expect_err("refused");
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Missing, Some(Field::Host))
    );
}

#[test]
fn http_1_0_has_no_transfer_encoding() {
    let head = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let error = ResponseHead::parse(head).expect_err("refused");
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::OldTransferEncoding, 17)
    );
    assert_eq!(error.section(), Some("[RFC 9112] 6.1"));
    let head = b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    let error = RequestHead::parse(head).expect_err("refused");
    assert_eq!(
        (error.kind(), error.status_hint()),
        (ErrorKind::OldTransferEncoding, Some(400))
    );
}

#[test]
fn a_version_that_is_not_spoken_is_one_of_http() {
    for version in ["1.2", "2.0", "0.9"] {
        let head = format!("BITS_POST /x HTTP/^{version}\r\n\r\n");
        let error = assert_blamed(&head, |head| Request::parse(head).err());
        assert_eq!(error.kind(), ErrorKind::UnsupportedVersion);
        assert_eq!(
            (error.section(), error.status_hint()),
            (Some("[RFC 9112] 2.3"), Some(505))
        );
    }
    let head = request("Ping", "Content-Length: 0\r\n").replace("1.1", "1.0");
    let error = strict_request(head.as_bytes()).expect("refused");
    assert_eq!(
        (error.section(), error.status_hint()),
        (Some("[MC-BUP] 2.2.1"), Some(400))
    );
}

#[test]
fn a_target_above_the_limit_has_a_status_of_its_own() {
    let hint = |head: String| {
        let error = RequestHead::parse(head.as_bytes()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::HeadTooLarge);
        error.status_hint()
    };
    let long = "a".repeat(70_000);
    assert_eq!(
        hint(format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n")),
        Some(414)
    );
    assert_eq!(
        hint(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")),
        Some(431)
    );
    let response = format!("HTTP/1.1 200 {long}\r\n\r\n");
    let error = ResponseHead::parse(response.as_bytes()).expect_err("refused");
    assert_eq!(
        (error.kind(), error.status_hint()),
        (ErrorKind::HeadTooLarge, None)
    );
}

#[test]
fn an_interim_response_answers_no_notification() {
    for status in ["100 Continue", "101 Switching Protocols", "103 Early Hints"] {
        let head = format!("HTTP/1.1 {status}\r\n\r\n");
        let read = NotificationResponse::parse_with(head.as_bytes(), &Options::STRICT);
        let Ok(Parsed::Complete { value, rest: b"" }) = read else {
            panic!("{read:?}");
        };
        assert_eq!(
            (value.packet(), value.deviations().is_empty()),
            (None, true)
        );
    }
}

#[test]
fn a_status_without_body_needs_no_length() {
    for (status, is_missing) in [
        ("204 No Content", false),
        ("304 Not Modified", false),
        ("200 OK", true),
    ] {
        let head = format!("HTTP/1.1 {status}\r\n\r\n");
        let strict = NotificationResponse::parse_with(head.as_bytes(), &Options::STRICT);
        assert_eq!(strict.is_err(), is_missing, "{status}");
        let head = format!("HTTP/1.1 {status}\r\nBITS-Packet-Type: Ack\r\n\r\n");
        let (message, _) = Ack::parse(head.as_bytes(), None)
            .expect("accepted")
            .complete()
            .expect("whole");
        let told = message
            .deviations()
            .contains(Deviation::MissingContentLength);
        assert_eq!(told, is_missing, "{status}");
    }
}

#[test]
fn the_server_of_a_request_is_known_only_if_one_host_says_it() {
    let authority = |fields: &str| {
        let head = format!("GET / HTTP/1.1\r\n{fields}\r\n");
        let read = RequestHead::parse_with(head.as_bytes(), &Options::INTEROP.with_max_value(9000));
        let (head, _) = read.expect("accepted").complete().expect("whole");
        head.authority().map(|authority| authority.as_bytes().len())
    };
    assert_eq!(authority("Host: abc\r\n"), Some(3));
    assert_eq!(
        authority(&format!("Host: {}\r\n", "a".repeat(5000))),
        Some(5000)
    );
    assert_eq!(authority("Host: a\r\nHost: a\r\n"), None);
    assert_eq!(authority("Host: a b\r\n"), None);
    assert_eq!(authority(""), None);
}

#[test]
fn a_timeout_without_a_host_id_is_no_part_of_the_reading() {
    let fields = "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
        BITS-Session-Id: 1\r\nBITS-Host-Id-Fallback-Timeout: 110\r\n";
    let head = ack("200 OK", fields);
    let read = Ack::parse(head.as_bytes(), Some(RequestType::CreateSession));
    let (message, _) = read.expect("accepted").complete().expect("whole");
    let ack = message.packet().expect("an Ack");
    assert!(ack.host_id_fallback_timeout().is_some());
    let Some(bits_packet::Reading::CreateSession(created)) = ack.reading() else {
        panic!("{ack:?}");
    };
    assert_eq!(created.host_id_fallback_timeout, None);
}

#[test]
fn what_was_tolerated_in_a_value_that_is_dropped_is_not_told() {
    let fields = "BITS-Error-Code: 0x80070005\r\nBITS-Error-Context: x3\r\n";
    let head = ack("400 Bad Request", fields);
    let told = |options| {
        let read = Ack::parse_with(head.as_bytes(), Some(RequestType::Ping), &options);
        let (message, _) = read.expect("accepted").complete().expect("whole");
        message.deviations().iter().collect::<Deviations>()
    };
    let both = [Deviation::ErrorSpelling, Deviation::ErrorContextValue];
    assert_eq!(told(Options::INTEROP), both);
    let dropped = told(Options::INTEROP.refuse(Deviation::ErrorContextValue));
    let expected = [Deviation::MissingError, Deviation::UnreadableValue];
    assert_eq!(dropped, expected);
}

#[test]
fn a_value_that_no_spelling_saves_is_not_blamed_on_its_spelling() {
    let fields = "BITS-Error-Code: ^0f7FFFFFFF\r\n";
    let error = assert_blamed(
        &ack("400 Bad Request", fields),
        strict_ack(RequestType::Ping),
    );
    assert_eq!(error.deviation(), Some(Deviation::UnreadableValue));
    let fields = format!("{ID}Content-Length: 5\r\nContent-Range: ^bytes\t5-4/10\r\n");
    let error = assert_blamed(&request("Fragment", &fields), strict_request);
    assert_eq!(error.deviation(), None);
}

#[test]
fn a_repeated_field_is_blamed_before_a_long_one() {
    let long = "n".repeat(5000);
    let fields = format!("Content-Name: {long}\r\nContent-Name: b\r\nContent-Length: 0\r\n");
    let error = Request::parse(request("Ping", &fields).as_bytes()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Repeated);
    let fields = format!("Content-Name: {long}\r\nContent-Length: 0\r\n");
    let error = Request::parse(request("Ping", &fields).as_bytes()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::ValueTooLong);
}

#[test]
fn the_second_line_of_a_list_is_blamed_and_not_the_third() {
    let fields = format!(
        "{ID}Content-Length: 5\r\nContent-Range: bytes 0-4/10\r\nContent-Encoding: a\r\n\
         ^Content-Encoding: b\r\nContent-Encoding: c\r\n"
    );
    let error = assert_blamed(&request("Fragment", &fields), |head| {
        Request::parse(head).err()
    });
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Repeated, Some(Field::ContentEncoding))
    );
}

#[test]
fn an_override_of_the_method_keeps_its_letter_case() {
    let options = Options::INTEROP.allow(Deviation::MethodOverride);
    for (method, is_bits) in [
        ("BITS_POST", true),
        ("bits_post", false),
        ("Bits_Post", false),
    ] {
        let head = format!(
            "POST /x HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: {method}\r\n\
             BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n"
        );
        let read = Request::parse_with(head.as_bytes(), &options).expect("accepted");
        let (message, _) = read.complete().expect("whole");
        assert_eq!(message.packet().is_some(), is_bits, "{method}");
        let twice = head.replace(
            "X-HTTP",
            &format!("X-HTTP-Method-Override: {method}\r\nX-HTTP"),
        );
        let read = Request::parse_with(twice.as_bytes(), &options).expect("the same twice");
        let (message, _) = read.complete().expect("whole");
        assert_eq!(message.packet().is_some(), is_bits, "{method} twice");
    }
}

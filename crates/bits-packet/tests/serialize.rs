//! Packets, values and errors as JSON.

mod support;

use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, CancelSession, CancelSessionAck, CloseSession,
    CloseSessionAck, ContentEncoding, ContentLength, ContentName, ContentRange, CreateSession,
    CreateSessionAck, DataFileName, Deviation, Deviations, Error, ErrorAck, ErrorContext,
    ErrorKind, Escaped, FallbackTimeout, Field, Fragment, FragmentAck, Guid, HResult, HostId,
    Notification, NotificationBody, NotificationResponse, Options, PacketType, Ping, PingAck,
    ReceivedContentRange, ReplyUrl, Request, RequestHead, RequestType, ResponseHead, SessionId,
    StatusCode, SupportedProtocols, Target, Version,
};
use serde::Serialize;

#[track_caller]
fn expect(value: &impl Serialize, json: &str) {
    assert_eq!(
        serde_json::to_string(value).expect("a map has text for keys"),
        json
    );
}

fn session() -> SessionId<'static> {
    SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}").expect("a session id")
}

#[test]
fn writes_text_as_escaped_strings() {
    expect(&session(), r#""{3F2504E0-4F89-11D3-9A0C-0305E82C3301}""#);
    let name = ContentName::new(b"caf\xE9 \"1\".txt").expect("a name");
    expect(&name, r#""caf\\xE9 \"1\".txt""#);
    expect(&Escaped("café".as_bytes()), r#""café""#);
    let path = DataFileName::new(br"C:\bits\requestfile.bin").expect("a path");
    expect(&path, r#""C:\\bits\\requestfile.bin""#);
    let host = HostId::new(b"fe80::1").expect("an address");
    expect(&host, r#""fe80::1""#);
    expect(&host.host(), r#""[fe80::1]""#);
    expect(&AcceptEncoding::IDENTITY, r#""identity""#);
    let upload = AbsoluteUrl::new(b"http://example.net:80/a/b?c").expect("a URL");
    expect(&upload, r#""http://example.net:80/a/b?c""#);
    expect(&upload.authority(), r#""example.net:80""#);
    let reply = ReplyUrl::new(br"Replies\{1}").expect("a path");
    expect(&reply, r#""Replies\\{1}""#);
    expect(
        &reply.resolve(&upload).expect("a URL"),
        r#""http://example.net:80/a/Replies/%7B1%7D""#,
    );
    expect(&Target::new(b"/a?b").expect("a target"), r#""/a?b""#);
    expect(
        &Guid::BITS_1_5_UPLOAD,
        r#""{7df0354d-249b-430f-820d-3d2a9bef4931}""#,
    );
    expect(&Version::Http11, r#""HTTP/1.1""#);
}

#[test]
fn writes_names_in_their_stable_spelling() {
    expect(&PacketType::Ack, r#""Ack""#);
    expect(&RequestType::CloseSession, r#""Close-Session""#);
    expect(&Field::ReplyUrl, r#""BITS-Reply-URL""#);
    expect(&ErrorKind::Fold, r#""obs-fold""#);
    let seen = Deviations::from(Deviation::Http10).with(Deviation::AckBody);
    expect(&seen, r#"["http-1-0","ack-body"]"#);
    expect(&Deviations::NONE, "[]");
}

#[test]
fn writes_numbers_as_numbers_and_codes_as_hexadecimal_text() {
    expect(&ContentLength::new(u64::MAX), "18446744073709551615");
    expect(&ReceivedContentRange::new(8192), "8192");
    expect(&FallbackTimeout::NEVER, "4294967295");
    expect(&StatusCode::OK, "200");
    expect(&HResult::INVALID_ARGUMENT, r#""0x80070057""#);
    expect(&HResult::S_OK, r#""0x00000000""#);
    expect(&ErrorContext::REMOTE_FILE, r#""0x5""#);
    let range = ContentRange::new(0, 4891, 4892).expect("a range");
    expect(&range, r#"{"first":0,"last":4891,"total":4892}"#);
}

#[test]
fn writes_protocols_as_spelled() {
    let list = b"{7DF0354D-249b-430f-820d-3d2a9bef4931},none";
    let list = SupportedProtocols::new(list).expect("a list");
    expect(
        &list,
        r#"["{7DF0354D-249b-430f-820d-3d2a9bef4931}","none"]"#,
    );
    let last = list.iter().last().expect("two items");
    expect(&last, r#""none""#);
}

#[test]
fn writes_errors_with_what_where_and_why() {
    let error = ContentRange::parse(b"bytes 10-9/10").expect_err("nothing is in it");
    expect(
        &error,
        r#"{"kind":"invalid-range","field":"Content-Range","offset":0,"section":"[MC-BUP] 2.2.6.1","status_hint":null,"message":"Content-Range: first must not be above last, and last must be below the total (at 0, [MC-BUP] 2.2.6.1)"}"#,
    );
    expect(
        &Error::truncated(7),
        r#"{"kind":"truncated","field":null,"offset":7,"section":"[RFC 9112] 2.1","status_hint":400,"message":"the input ends inside the head (at 7, [RFC 9112] 2.1)"}"#,
    );
}

#[test]
fn writes_requests_with_every_key_of_their_type() {
    expect(&Ping, r#"{"packet":"Ping"}"#);
    let create = CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD);
    let json = r#"{"packet":"Create-Session","protocols":["{7df0354d-249b-430f-820d-3d2a9bef4931}"],"content_name":null}"#;
    expect(&create, json);
    expect(&Request::CreateSession(create), json);
    let range = ContentRange::new(0, 9, 10).expect("a range");
    let mut fragment = Fragment::new(session(), range);
    fragment.content_name = Some(ContentName::new(b"a b").expect("a name"));
    fragment.content_encoding = Some(ContentEncoding::new(b"gzip").expect("a coding"));
    let json = r#"{"packet":"Fragment","session_id":"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}","content_range":{"first":0,"last":9,"total":10},"content_name":"a b","content_encoding":"gzip"}"#;
    expect(&fragment, json);
    expect(&Request::Fragment(fragment), json);
    let json = r#"{"packet":"Close-Session","session_id":"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}","content_name":null}"#;
    let close = CloseSession::new(session());
    expect(&close, json);
    expect(&Request::CloseSession(close), json);
    let cancel = CancelSession::new(session());
    let json = json.replace("Close", "Cancel");
    expect(&cancel, &json);
    expect(&Request::CancelSession(cancel), &json);
    expect(&Request::Ping(Ping), r#"{"packet":"Ping"}"#);
}

/// The JSON of an Ack of which only `values` are not null.
fn ack(status: u16, values: &[(&str, &str)]) -> String {
    let keys = [
        "answering",
        "session_id",
        "protocol",
        "host_id",
        "host_id_fallback_timeout",
        "accept_encoding",
        "received_content_range",
        "reply_url",
        "error_code",
        "error_context",
    ];
    let mut json = format!(r#"{{"packet":"Ack","status":{status}"#);
    for key in keys {
        let value = values.iter().find(|(of, _)| *of == key);
        json += &format!(r#","{key}":{}"#, value.map_or("null", |(_, value)| value));
    }
    json + "}"
}

const SESSION: (&str, &str) = ("session_id", r#""{3F2504E0-4F89-11D3-9A0C-0305E82C3301}""#);

#[test]
fn writes_acks_with_every_key_whatever_they_answer() {
    let json = ack(200, &[("answering", r#""Ping""#)]);
    expect(&PingAck, &json);
    expect(&Ack::from(PingAck), &json);

    let mut create = CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session());
    create.host_id = Some(HostId::new(b"node7.example.net").expect("a name"));
    create.host_id_fallback_timeout = Some(FallbackTimeout::new(86_400));
    create.accept_encoding = Some(AcceptEncoding::IDENTITY);
    let values = [
        ("answering", r#""Create-Session""#),
        SESSION,
        ("protocol", r#""{7df0354d-249b-430f-820d-3d2a9bef4931}""#),
        ("host_id", r#""node7.example.net""#),
        ("host_id_fallback_timeout", "86400"),
        ("accept_encoding", r#""identity""#),
    ];
    expect(&create, &ack(200, &values));

    let mut stored = FragmentAck::new(session(), ReceivedContentRange::new(10_000));
    stored.reply_url = Some(ReplyUrl::new(b"http://example.net/r").expect("a URL"));
    let values = [
        ("answering", r#""Fragment""#),
        SESSION,
        ("received_content_range", "10000"),
        ("reply_url", r#""http://example.net/r""#),
    ];
    expect(&stored, &ack(200, &values));

    let closed = ack(200, &[("answering", r#""Close-Session""#), SESSION]);
    expect(&CloseSessionAck::new(session()), &closed);
    let cancelled = ack(200, &[("answering", r#""Cancel-Session""#), SESSION]);
    expect(&CancelSessionAck::new(session()), &cancelled);
}

#[test]
fn writes_a_failure_as_an_ack() {
    let wanted = ReceivedContentRange::new(4096);
    let failed = ErrorAck::out_of_sequence(session(), wanted)
        .with_error(HResult::S_OK, ErrorContext::REMOTE_FILE);
    let values = [
        SESSION,
        ("received_content_range", "4096"),
        ("error_code", r#""0x00000000""#),
        ("error_context", r#""0x5""#),
    ];
    expect(&failed, &ack(416, &values));
    let answer = [&[("answering", r#""Fragment""#)][..], &values].concat();
    expect(&failed.answering(RequestType::Fragment), &ack(416, &answer));
}

#[test]
fn writes_a_reading_as_its_ack() {
    for (answering, head) in support::ACKS {
        let parsed = Ack::parse(head, Some(answering)).expect("an Ack");
        let (message, _) = parsed.complete().expect("the whole of it");
        let ack = message.packet().expect("an Ack");
        let json = serde_json::to_string(ack).expect("JSON");
        expect(&ack.reading().expect("a reading"), &json);
    }
    let cancelled = Ack::from(CancelSessionAck::new(session()));
    let json = serde_json::to_string(&cancelled).expect("JSON");
    expect(&cancelled.reading().expect("a reading"), &json);
    let failed = ErrorAck::new(StatusCode::NOT_FOUND).expect("no success");
    let answer = failed.answering(RequestType::CloseSession);
    expect(&answer.reading().expect("a reading"), &ack(404, &[]));
}

#[test]
fn writes_notifications_and_their_answers() {
    let url = AbsoluteUrl::new(b"http://upload.example.net/drop/report.zip").expect("a URL");
    let mut notification = Notification {
        original_request_url: url,
        body: NotificationBody::ByValue(10_000),
    };
    expect(
        &notification,
        r#"{"packet":"Notification","content_length":10000,"original_request_url":"http://upload.example.net/drop/report.zip","request_data_file_name":null,"response_data_file_name":null}"#,
    );
    notification.body = NotificationBody::ByReference {
        request: DataFileName::new(b"/in").expect("a path"),
        response: Some(DataFileName::new(b"/out").expect("a path")),
    };
    expect(
        &notification,
        r#"{"packet":"Notification","content_length":0,"original_request_url":"http://upload.example.net/drop/report.zip","request_data_file_name":"/in","response_data_file_name":"/out"}"#,
    );
    expect(
        &NotificationResponse::new(StatusCode::OK).expect("a final status"),
        r#"{"packet":"Notification-Response","status":200,"content_length":0,"static_response_url":null,"copy_file_to_destination":false}"#,
    );
}

#[test]
fn writes_a_message_with_its_start_line_and_without_the_fields_of_its_head() {
    let head = b"BITS_POST /drop/a.zip?b HTTP/1.0\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\n\
        BITS-Packet-Type: Fragment\r\nBITS-Session-Id: 7\r\nContent-Range: bytes 0-9/10\r\n\
        Content-Length: 10\r\n\r\n";
    let parsed = Request::parse(head).expect("a packet");
    let (message, _) = parsed.complete().expect("the whole of it");
    let json = r#"{"type":"request","method":"BITS_POST","target":"/drop/a.zip?b","version":"HTTP/1.0","packet":"Fragment","session_id":"7","content_range":{"first":0,"last":9,"total":10},"content_name":null,"content_encoding":null,"content_length":10,"deviations":["http-1-0"]}"#;
    expect(&message, json);

    let line = message.head().line();
    let fields = message.head().fields();
    let fields = fields.map(|line| (line.name(), line.value()));
    let message = Request::from_fields(line, fields, &Options::INTEROP).expect("a packet");
    expect(&message, json);
}

#[test]
fn writes_the_message_of_an_ack_with_its_status_once() {
    let (answering, head) = support::ACKS[2];
    let parsed = Ack::parse(head, Some(answering)).expect("an Ack");
    let (message, _) = parsed.complete().expect("the whole of it");
    expect(
        &message,
        r#"{"type":"response","version":"HTTP/1.1","status":200,"reason":"OK","packet":"Ack","answering":"Ping","session_id":null,"protocol":null,"host_id":null,"host_id_fallback_timeout":null,"accept_encoding":null,"received_content_range":null,"reply_url":null,"error_code":null,"error_context":null,"content_length":0,"deviations":[]}"#,
    );
}

#[test]
fn writes_a_message_without_a_packet() {
    let parsed = Request::parse(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("a head");
    let (message, _) = parsed.complete().expect("the whole of it");
    expect(
        &message,
        r#"{"type":"request","method":"GET","target":"/","version":"HTTP/1.1","packet":null,"content_length":null,"deviations":[]}"#,
    );
}

#[test]
fn writes_a_head_with_all_its_fields() {
    let parsed = RequestHead::parse(b"GET /a HTTP/1.1\r\nHOST: a\r\nX:  caf\xE9 \r\n\r\n");
    let (head, _) = parsed.expect("a head").complete().expect("the whole of it");
    expect(
        &head,
        r#"{"type":"request","method":"GET","target":"/a","version":"HTTP/1.1","fields":[["HOST","a"],["X","caf\\xE9","636166e9"]],"content_length":null,"deviations":[]}"#,
    );
    expect(
        &head.line(),
        r#"{"type":"request","method":"GET","target":"/a","version":"HTTP/1.1"}"#,
    );
    let parsed = ResponseHead::parse(b"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n");
    let (head, _) = parsed.expect("a head").complete().expect("the whole of it");
    expect(
        &head,
        r#"{"type":"response","version":"HTTP/1.1","status":200,"reason":"","fields":[["Content-Length","3"]],"content_length":3,"deviations":[]}"#,
    );
    expect(
        &head.line(),
        r#"{"type":"response","version":"HTTP/1.1","status":200,"reason":""}"#,
    );
}

#[test]
fn writes_the_bytes_of_a_text_that_is_escaped_beside_it() {
    let head = b"BITS_POST http://a/\xE9?\xFFb HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\
        BITS-Packet-Type: Fragment\r\nBITS-Session-Id: \xE9\r\nContent-Name: caf\xE9\r\n\
        Content-Range: bytes 0-0/1\r\n\r\n";
    let parsed = Request::parse(head).expect("a packet");
    let (message, _) = parsed.complete().expect("the whole of it");
    expect(
        &message,
        r#"{"type":"request","method":"BITS_POST","target":"http://a/\\xE9?\\xFFb","target_hex":"687474703a2f2f612fe93fff62","version":"HTTP/1.1","packet":"Fragment","session_id":"\\xE9","session_id_hex":"e9","content_range":{"first":0,"last":0,"total":1},"content_name":"caf\\xE9","content_name_hex":"636166e9","content_encoding":null,"content_length":1,"deviations":["uri-characters"]}"#,
    );

    let parsed = ResponseHead::parse(b"HTTP/1.1 200 \xE9\r\n\r\n");
    let (head, _) = parsed.expect("a head").complete().expect("the whole of it");
    expect(
        &head.line(),
        r#"{"type":"response","version":"HTTP/1.1","status":200,"reason":"\\xE9","reason_hex":"e9"}"#,
    );

    let id = SessionId::new(b"\xE9").expect("an id");
    let mut stored = FragmentAck::new(id, ReceivedContentRange::new(1));
    stored.reply_url = Some(ReplyUrl::new(b"\xE9").expect("a path"));
    let values = [
        ("answering", r#""Fragment""#),
        ("session_id", r#""\\xE9","session_id_hex":"e9""#),
        ("received_content_range", "1"),
        ("reply_url", r#""\\xE9","reply_url_hex":"e9""#),
    ];
    expect(&stored, &ack(200, &values));

    // The four characters are no byte.
    let close = CloseSession::new(SessionId::new(br"\xE9").expect("an id"));
    expect(
        &close,
        r#"{"packet":"Close-Session","session_id":"\\xE9","content_name":null}"#,
    );

    let notification = Notification {
        original_request_url: AbsoluteUrl::new(b"http://a/\xE9").expect("a URL"),
        body: NotificationBody::ByReference {
            request: DataFileName::new(b"\xE9").expect("a path"),
            response: Some(DataFileName::new(b"\xFF").expect("a path")),
        },
    };
    expect(
        &notification,
        r#"{"packet":"Notification","content_length":0,"original_request_url":"http://a/\\xE9","original_request_url_hex":"687474703a2f2f612fe9","request_data_file_name":"\\xE9","request_data_file_name_hex":"e9","response_data_file_name":"\\xFF","response_data_file_name_hex":"ff"}"#,
    );
    let mut answer = NotificationResponse::new(StatusCode::OK).expect("a final status");
    answer.static_response_url = Some(AbsoluteUrl::new(b"http://a/\xE9").expect("a URL"));
    expect(
        &answer,
        r#"{"packet":"Notification-Response","status":200,"content_length":0,"static_response_url":"http://a/\\xE9","static_response_url_hex":"687474703a2f2f612fe9","copy_file_to_destination":false}"#,
    );
}

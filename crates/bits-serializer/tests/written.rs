//! The bytes that are written, whatever the lengths: of buffers, numbers, texts and lists.

use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, Authority, CancelSession, CloseSession, ContentName,
    ContentRange, CreateSession, CreateSessionAck, DataFileName, ErrorAck, ErrorContext,
    FallbackTimeout, Field, Fragment, FragmentAck, Guid, HResult, HostId, Notification,
    NotificationBody, NotificationResponse, Ping, PingAck, ReceivedContentRange, ReplyUrl, Request,
    RequestType, SessionId, StatusCode, SupportedProtocols, Target,
};
use bits_serializer::{BufferTooSmall, Draft, ExtraField, Layout, Place, Sink};

fn field(name: &'static str, value: &'static str, place: Place) -> ExtraField<'static> {
    ExtraField::new(name.as_bytes(), value.as_bytes(), place).expect("a field")
}

fn written(draft: &Draft<'_>) -> String {
    let mut buffer = vec![0; draft.length()];
    let head = draft.write(&mut buffer).expect("room");
    String::from_utf8(head.to_vec()).expect("ASCII")
}

fn ping() -> Draft<'static> {
    let target = Target::new(b"/a?b").expect("a target");
    let host = Authority::new(b"h").expect("a host");
    Draft::request(&Request::Ping(Ping), target, host).expect("a path")
}

/// A packet of each kind, in each layout, without and with fields beside its own.
fn every_kind(check: impl Fn(&Draft<'_>)) {
    let id = SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}").expect("an id");
    let range = ContentRange::new(0, 5_242_879, 104_857_600).expect("a range");
    let target = Target::new(b"http://host.example/a/b?c").expect("a target");
    let host = Authority::new(b"host.example").expect("a host");
    let url = AbsoluteUrl::new(b"http://host.example/").expect("a URL");
    let fragment = Request::Fragment(Fragment::new(id, range));
    let create = Request::CreateSession(CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD));
    let requests = [Request::Ping(Ping), create, fragment];
    let acks = [
        Ack::from(PingAck),
        Ack::from(CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id)),
        ErrorAck::out_of_sequence(id, ReceivedContentRange::new(1 << 40))
            .with_error(HResult::TOO_LARGE, ErrorContext::REMOTE_FILE)
            .answering(RequestType::Fragment),
    ];
    let notification = Notification {
        original_request_url: url,
        body: NotificationBody::ByValue(12_345_678_901),
    };
    let response = NotificationResponse::new(StatusCode::OK).expect("a final status");
    let mut drafts = Vec::new();
    for request in &requests {
        drafts.push(Draft::request(request, target, host).expect("the host of the target"));
    }
    drafts.extend(acks.iter().map(Draft::ack));
    drafts.push(Draft::notification(&notification, target, host).expect("its host"));
    drafts.push(Draft::notification_response(&response));
    let extra = [
        field("Accept", "*/*", Place::First),
        field(
            "User-Agent",
            "Microsoft BITS/7.8",
            Place::Before(Field::Host),
        ),
        field(
            "Cookie",
            "a value that makes the line longer than others",
            Place::Last,
        ),
    ];
    for draft in drafts {
        for layout in Layout::ALL {
            check(&draft.with_layout(layout));
            check(
                &draft
                    .with_layout(layout)
                    .with_extra(&extra)
                    .expect("beside the packet"),
            );
        }
    }
}

#[test]
fn a_buffer_of_any_length_is_enough_or_refused_whatever_the_packet() {
    every_kind(|draft| {
        let needed = draft.length();
        for available in 0..needed {
            let small = BufferTooSmall { needed, available };
            assert_eq!(draft.write(&mut vec![0; available]), Err(small));
        }
        let mut exact = vec![0; needed];
        assert_eq!(draft.write(&mut exact).map(|head| head.len()), Ok(needed));
    });
}

#[test]
fn a_slice_a_vector_and_a_sink_take_the_same_bytes() {
    every_kind(|draft| {
        let mut pieces = Vec::new();
        let Ok(()) = draft.emit(&mut Collect(&mut pieces));
        assert_eq!(pieces, written(draft).into_bytes());
        #[cfg(feature = "alloc")]
        {
            assert_eq!(draft.to_vec(), pieces);
            let mut vector = b"before".to_vec();
            let Ok(()) = draft.emit(&mut vector);
            assert_eq!(vector.strip_prefix(b"before"), Some(&pieces[..]));
        }
    });
}

struct Collect<'v>(&'v mut Vec<u8>);

impl Sink for Collect<'_> {
    type Error = std::convert::Infallible;

    fn put(&mut self, piece: &[u8]) -> Result<(), Self::Error> {
        self.0.extend(piece);
        Ok(())
    }
}

#[test]
fn a_larger_buffer_is_left_alone_behind_a_number_of_any_length() {
    let session_id = SessionId::new(b"s").expect("an id");
    for exponent in 0..20 {
        let offset = ReceivedContentRange::new(10u64.pow(exponent));
        let ack = Ack::from(FragmentAck::new(session_id, offset));
        let draft = Draft::ack(&ack);
        let mut buffer = vec![0xAA; draft.length() + 16];
        let head = draft.write(&mut buffer).expect("room");
        let last = format!("Range: {}\r\n\r\n", offset.next_offset());
        assert!(head.ends_with(last.as_bytes()));
        assert_eq!(buffer[draft.length()..], [0xAA; 16]);
    }
}

#[test]
fn extra_fields_may_be_listed_in_any_order() {
    let places = [
        ("a", Place::First),
        ("b", Place::Before(Field::Host)),
        ("c", Place::After(Field::Host)),
        ("d", Place::Before(Field::PacketType)),
        ("e", Place::After(Field::ContentLength)),
        ("f", Place::Last),
    ];
    let all = places.map(|(name, place)| field(name, "", place));
    for first in 0..6 {
        for second in 0..6 {
            let mut extra = all;
            extra.swap(0, first);
            extra.swap(1, second);
            for _ in 0..2 {
                let head = written(&ping().with_extra(&extra).expect("beside the packet"));
                assert_eq!(
                    head,
                    "BITS_POST /a?b HTTP/1.1\r\na: \r\nb: \r\nHost: h\r\nc: \r\nd: \r\n\
                     BITS-Packet-Type: Ping\r\nContent-Length: 0\r\ne: \r\nf: \r\n\r\n"
                );
                extra.reverse();
            }
        }
    }
}

#[test]
fn extra_fields_of_any_length_are_written_whole() {
    for length in 0..100 {
        let value = "v".repeat(length).leak();
        let extra = [field("Name", value, Place::First)];
        let head = written(&ping().with_extra(&extra).expect("beside the packet"));
        let line = format!("\r\nName: {value}\r\nHost: h\r\n");
        assert!(head.contains(&line), "{length}");
    }
}

#[test]
fn an_extra_field_shows_its_line_and_its_place() {
    let shown = format!("{:?}", field("Date", "now", Place::First));
    assert!(shown.starts_with("ExtraField { line: "), "{shown}");
    assert!(
        shown.contains("now") && shown.ends_with(", place: First }"),
        "{shown}"
    );
}

#[test]
fn a_protocol_is_told_in_lower_case_whichever_it_is() {
    let session_id = SessionId::new(b"s").expect("an id");
    for digits in [0xABCD_EF01_2345_6789_u128, Guid::BITS_1_5_UPLOAD.as_u128()] {
        let protocol = Guid::new(digits);
        let ack = Ack::from(CreateSessionAck::new(protocol, session_id));
        let line = format!("\r\nBITS-Protocol: {protocol}\r\n");
        assert!(written(&Draft::ack(&ack)).contains(&line));
    }
}

#[cfg(feature = "alloc")]
#[test]
fn a_vector_has_just_the_length_of_its_head() {
    for length in [0, 400, 440, 450, 600, 4000] {
        let value = "v".repeat(length).leak();
        let extra = [field("Name", value, Place::First)];
        let draft = ping().with_extra(&extra).expect("beside the packet");
        let head = draft.to_vec();
        assert_eq!(head, written(&draft).into_bytes());
        assert_eq!(
            (head.len(), head.capacity()),
            (draft.length(), draft.length())
        );
    }
}

#[test]
fn an_ack_tells_all_that_it_has() {
    let session_id = SessionId::new(b"s").expect("an id");
    let created = CreateSessionAck {
        host_id: Some(HostId::new(b"other.example.net").expect("a host")),
        host_id_fallback_timeout: Some(FallbackTimeout::new(3600)),
        accept_encoding: Some(AcceptEncoding::new(b"gzip").expect("a coding")),
        ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session_id)
    };
    let stored = FragmentAck {
        reply_url: Some(ReplyUrl::new(b"http://h/reply").expect("a URL")),
        ..FragmentAck::new(session_id, ReceivedContentRange::new(10))
    };
    for (ack, lines) in [
        (
            Ack::from(created),
            "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nBITS-Session-Id: s\r\n\
             BITS-Host-Id: other.example.net\r\nBITS-Host-Id-Fallback-Timeout: 3600\r\n\
             Content-Length: 0\r\nAccept-Encoding: gzip\r\n\r\n",
        ),
        (
            Ack::from(stored),
            "BITS-Session-Id: s\r\nContent-Length: 0\r\nBITS-Received-Content-Range: 10\r\n\
             BITS-Reply-URL: http://h/reply\r\n\r\n",
        ),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n{lines}");
        assert_eq!(written(&Draft::ack(&ack)), head);
    }
}

#[test]
fn a_request_of_any_type_tells_the_name_of_its_content() {
    let id = SessionId::new(b"s").expect("an id");
    let content_name = Some(ContentName::new(b"n").expect("a name"));
    let create = CreateSession {
        content_name,
        ..CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD)
    };
    let close = CloseSession {
        content_name,
        ..CloseSession::new(id)
    };
    let cancel = CancelSession {
        content_name,
        ..CancelSession::new(id)
    };
    let host = Authority::new(b"h").expect("a host");
    for (request, lines) in [
        (
            Request::CreateSession(create),
            "Create-Session\r\nBITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}",
        ),
        (
            Request::CloseSession(close),
            "Close-Session\r\nBITS-Session-Id: s",
        ),
        (
            Request::CancelSession(cancel),
            "Cancel-Session\r\nBITS-Session-Id: s",
        ),
    ] {
        let target = Target::new(b"/a").expect("a target");
        let draft = Draft::request(&request, target, host).expect("a path");
        let head = format!(
            "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: {lines}\r\n\
             Content-Length: 0\r\nContent-Name: n\r\n\r\n"
        );
        assert_eq!(written(&draft), head);
    }
}

#[test]
fn a_notification_and_its_answer_tell_all_that_they_have() {
    let path = |path| DataFileName::new(path).expect("a path");
    let notification = Notification {
        original_request_url: AbsoluteUrl::new(b"http://h/a").expect("a URL"),
        body: NotificationBody::ByReference {
            request: path(br"C:\a"),
            response: Some(path(br"C:\b")),
        },
    };
    let target = Target::new(b"/app").expect("a target");
    let host = Authority::new(b"h").expect("a host");
    let draft = Draft::notification(&notification, target, host).expect("a path");
    assert_eq!(
        written(&draft),
        "POST /app HTTP/1.1\r\nHost: h\r\nBITS-Original-Request-URL: http://h/a\r\n\
         BITS-Request-DataFile-Name: C:\\a\r\nBITS-Response-DataFile-Name: C:\\b\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let mut response = NotificationResponse::new(StatusCode::OK).expect("a final status");
    response.static_response_url = Some(AbsoluteUrl::new(b"http://h/b").expect("a URL"));
    response.copy_file_to_destination = true;
    response.content_length = Some(3);
    assert_eq!(
        written(&Draft::notification_response(&response)),
        "HTTP/1.1 200 OK\r\nBITS-Static-Response-URL: http://h/b\r\n\
         BITS-Copy-File-To-Destination: 1\r\nContent-Length: 3\r\n\r\n"
    );
}

#[test]
fn an_ack_of_iis_spells_accept_encoding_with_a_small_e() {
    let session_id = SessionId::new(b"s").expect("an id");
    let ack = Ack::from(CreateSessionAck {
        accept_encoding: Some(AcceptEncoding::new(b"gzip").expect("a coding")),
        ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session_id)
    });
    for (layout, line) in [
        (Layout::Canonical, "\r\nAccept-Encoding: gzip\r\n"),
        (Layout::Windows, "\r\nAccept-Encoding: gzip\r\n"),
        (Layout::Iis, "\r\nAccept-encoding: gzip\r\n"),
    ] {
        assert!(
            written(&Draft::ack(&ack).with_layout(layout)).contains(line),
            "{layout:?}"
        );
    }
}

#[test]
fn a_status_line_has_its_own_status_and_reason_however_usual_the_other_is() {
    let refused = ErrorAck::new(StatusCode::NOT_FOUND).expect("a failure");
    let refused = refused.answering(RequestType::Ping);
    for (ack, reason, line) in [
        (Ack::from(PingAck), &b"OK"[..], "HTTP/1.1 200 OK\r\n"),
        (Ack::from(PingAck), b"ok", "HTTP/1.1 200 ok\r\n"),
        (refused, b"OK", "HTTP/1.1 404 OK\r\n"),
        (refused, b"No", "HTTP/1.1 404 No\r\n"),
    ] {
        let draft = Draft::ack(&ack).with_reason(reason).expect("text");
        assert!(written(&draft).starts_with(line), "{line}");
    }
}

#[test]
fn a_layout_may_be_chosen_before_or_after_the_extra_fields() {
    // As the canonical layout writes them; Windows has `Host` behind the packet type.
    let extra = [
        field("a", "", Place::Before(Field::Host)),
        field("b", "", Place::Before(Field::PacketType)),
    ];
    let canonical = "BITS_POST /a?b HTTP/1.1\r\na: \r\nHost: h\r\nb: \r\nBITS-Packet-Type: Ping\r\n\
        Content-Length: 0\r\n\r\n";
    let windows = "BITS_POST /a?b HTTP/1.1\r\nb: \r\nBITS-Packet-Type: Ping\r\na: \r\nHost: h\r\n\
        Content-Length: 0\r\n\r\n";
    for (layout, head) in [(Layout::Canonical, canonical), (Layout::Windows, windows)] {
        let before = ping().with_layout(layout).with_extra(&extra);
        assert_eq!(written(&before.expect("beside the packet")), head);
        let after = ping().with_extra(&extra).expect("beside the packet");
        assert_eq!(written(&after.with_layout(layout)), head);
        let back = after.with_layout(Layout::Windows).with_layout(layout);
        assert_eq!(written(&back), head);
    }
}

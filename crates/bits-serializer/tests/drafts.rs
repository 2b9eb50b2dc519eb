//! Drafts: where fields go, what is refused, what a buffer holds.

use bits_packet::presence::{Form, Presence, presence};
use bits_packet::{
    AbsoluteUrl, Ack, Authority, ContentEncoding, ContentName, ContentRange, CreateSession,
    CreateSessionAck, ErrorAck, ErrorContext, Field, Fragment, Guid, HResult, Notification,
    NotificationBody, NotificationResponse, Ping, PingAck, ReceivedContentRange, Request,
    RequestType, SessionId, StatusCode, SupportedProtocols, Target,
};
use bits_serializer::{
    BufferTooSmall, Draft, DraftError, ExtraError, ExtraField, Layout, Place, Sink,
};

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

#[test]
fn extra_fields_stand_where_they_are_asked_to() {
    let extra = [
        field("L1", "", Place::Last),
        field("F1", "1", Place::First),
        field("B1", "1", Place::Before(Field::Host)),
        field("A1", "1", Place::After(Field::Host)),
        field("F2", "2", Place::First),
        field("B2", "2", Place::Before(Field::Host)),
        field("A2", "2", Place::After(Field::Host)),
        field("N1", "nowhere", Place::Before(Field::ReplyUrl)),
        field("N2", "nowhere", Place::After(Field::ReplyUrl)),
        field(
            "S1",
            "a Ping has no such field",
            Place::Before(Field::SessionId),
        ),
        field("L2", "2", Place::Last),
    ];
    let draft = ping().with_extra(&extra).expect("beside the packet");
    assert_eq!(draft.extra(), extra);
    assert_eq!(
        written(&draft),
        "BITS_POST /a?b HTTP/1.1\r\nF1: 1\r\nF2: 2\r\nB1: 1\r\nB2: 2\r\nHost: h\r\nA1: 1\r\nA2: 2\r\n\
         BITS-Packet-Type: Ping\r\nS1: a Ping has no such field\r\nContent-Length: 0\r\n\
         L1: \r\nN1: nowhere\r\nN2: nowhere\r\nL2: 2\r\n\r\n"
    );
}

#[test]
fn a_buffer_that_is_too_small_is_told_how_much_is_needed() {
    let draft = ping();
    let needed = draft.length();
    for available in 0..needed {
        let mut buffer = vec![0; available];
        let small = BufferTooSmall { needed, available };
        assert_eq!(draft.write(&mut buffer), Err(small));
    }
    let small = BufferTooSmall {
        needed: 9,
        available: 4,
    };
    assert_eq!(
        small.to_string(),
        "the head has 9 bytes and the buffer 4; make it larger"
    );
}

#[test]
fn a_larger_buffer_is_left_alone_behind_the_head() {
    let draft = ping();
    let mut buffer = vec![0xAA; draft.length() + 2];
    let head = draft.write(&mut buffer).expect("room");
    assert_eq!(head.len(), draft.length());
    assert_eq!(buffer[draft.length()..], [0xAA, 0xAA]);
}

#[test]
fn an_extra_field_must_be_a_field() {
    let new = |name: &'static [u8], value: &'static [u8]| {
        ExtraField::new(name, value, Place::Last).map(|field| (field.name(), field.value()))
    };
    assert_eq!(
        new(b"X-Y", b"a \tb\xFF"),
        Ok((&b"X-Y"[..], &b"a \tb\xFF"[..]))
    );
    let punctuation = b"!#$%&'*+-.^_`|~09azAZ";
    assert_eq!(new(punctuation, b""), Ok((&punctuation[..], &b""[..])));
    for name in [&b""[..], b"a b", b"a:", b"a\r\n", b"\xE4", b"(", b"a\0"] {
        let name: &'static [u8] = name;
        assert_eq!(new(name, b"x"), Err(ExtraError::Name), "{name:?}");
    }
    for value in [
        &b" x"[..],
        b"x ",
        b"\tx",
        b"x\t",
        b"a\r\nb",
        b"a\nb",
        b"a\0",
        b"a\x7F",
        b" ",
    ] {
        let value: &'static [u8] = value;
        assert_eq!(new(b"X", value), Err(ExtraError::Value), "{value:?}");
    }
}

#[test]
fn an_extra_field_cannot_stand_for_one_of_the_packet() {
    let refused = |extra: &[ExtraField<'static>]| {
        // A draft borrows its fields; these live for the test.
        let extra = extra.to_vec().leak();
        ping().with_extra(extra).map(|draft| draft.length())
    };
    let at = |index, error| Err(DraftError::Extra { index, error });
    let good = field("X", "y", Place::Last);
    for owned in [Field::ContentLength, Field::Host, Field::PacketType] {
        let name = owned.name().to_ascii_lowercase().leak();
        let extra = [good, field(name, "0", Place::First)];
        assert_eq!(refused(&extra), at(1, ExtraError::Owned(owned)));
    }
    for (reserved, value) in [
        (Field::MethodOverride, "BITS_POST"),
        (Field::TransferEncoding, "chunked"),
    ] {
        let extra = [field(reserved.name(), value, Place::Last)];
        assert_eq!(refused(&extra), at(0, ExtraError::Reserved(reserved)));
    }
    let name = field("Content-Name", "a", Place::Last);
    let again = field("content-name", "b", Place::Last);
    assert_eq!(
        refused(&[name, good, again]),
        at(2, ExtraError::Repeated(Field::ContentName))
    );
    assert!(
        refused(&[good, name, good]).is_ok(),
        "unknown fields may be repeated"
    );
}

#[test]
fn an_extra_field_of_the_protocol_keeps_to_the_limit() {
    let check = |length: usize| {
        let value = vec![b'x'; length].leak();
        let field = ExtraField::new(b"Content-Name", value, Place::Last).expect("a field");
        let extra = vec![field].leak();
        ping().with_extra(extra).err()
    };
    assert_eq!(check(4096), None);
    let error = ExtraError::TooLong(Field::ContentName);
    assert_eq!(check(4097), Some(DraftError::Extra { index: 0, error }));
}

#[test]
fn errors_say_what_to_do() {
    let texts = [
        (DraftError::Target.to_string(), "a path or an absolute URL"),
        (DraftError::Host.to_string(), "another server than the host"),
        (
            DraftError::Reason.to_string(),
            "reason phrase must not hold",
        ),
        (
            DraftError::Extra {
                index: 3,
                error: ExtraError::Name,
            }
            .to_string(),
            "extra field 3: ",
        ),
        (ExtraError::Name.to_string(), "must be a token"),
        (ExtraError::Value.to_string(), "must not hold control"),
        (
            ExtraError::Owned(Field::Host).to_string(),
            "Host is written from the packet",
        ),
        (
            ExtraError::Reserved(Field::MethodOverride).to_string(),
            "cannot be an extra field",
        ),
        (
            ExtraError::Repeated(Field::ContentName).to_string(),
            "Content-Name may be given only once",
        ),
        (
            ExtraError::TooLong(Field::ContentName).to_string(),
            "longer than 4,096 bytes",
        ),
    ];
    for (text, part) in texts {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_request_asks_for_a_path() {
    let host = Authority::new(b"h").expect("a host");
    let draft = |target: &'static [u8]| {
        let target = Target::new(target).expect("a target");
        Draft::request(&Request::Ping(Ping), target, host).map(|draft| written(&draft))
    };
    assert!(
        draft(b"http://h/x?y").is_ok_and(|head| {
            head.starts_with("BITS_POST http://h/x?y HTTP/1.1\r\nHost: h\r\n")
        })
    );
    assert_eq!(draft(b"http://other/x"), Err(DraftError::Host));
    assert_eq!(draft(b"*"), Err(DraftError::Target));
    assert_eq!(draft(b"h:80"), Err(DraftError::Target));
    let url = AbsoluteUrl::new(b"http://h/x").expect("a URL");
    let notification = Notification {
        original_request_url: url,
        body: NotificationBody::ByValue(10_000),
    };
    let draft = |target: &'static [u8]| {
        let target = Target::new(target).expect("a target");
        Draft::notification(&notification, target, host).map(|draft| written(&draft))
    };
    assert_eq!(draft(b"*"), Err(DraftError::Target));
    let by_value = "POST /app HTTP/1.1\r\nHost: h\r\nBITS-Original-Request-URL: http://h/x\r\n\
        Content-Length: 10000\r\n\r\n";
    assert_eq!(draft(b"/app"), Ok(by_value.to_owned()));
}

#[test]
fn a_reason_phrase_is_the_callers() {
    let ack = Ack::from(PingAck);
    let with = |reason: &'static [u8]| Draft::ack(&ack).with_reason(reason).map(|d| written(&d));
    assert!(with(b"200 - OK\t").is_ok_and(|head| head.starts_with("HTTP/1.1 200 200 - OK\t\r\n")));
    assert!(with(b"").is_ok_and(|head| head.starts_with("HTTP/1.1 200 \r\n")));
    assert_eq!(with(b"a\r\nX: y"), Err(DraftError::Reason));
    assert_eq!(with(b"\0"), Err(DraftError::Reason));
    let response = NotificationResponse::new(StatusCode::NOT_FOUND).expect("a final status");
    let draft = Draft::notification_response(&response)
        .with_reason(b"Gone away")
        .expect("text");
    assert!(written(&draft).starts_with("HTTP/1.1 404 Gone away\r\n"));
    let request = ping().with_reason(b"ignored").expect("text");
    assert_eq!(written(&request), written(&ping()));
}

#[test]
fn an_error_ack_tells_what_went_wrong() {
    let session_id = SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}").expect("an id");
    let ack = ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR)
        .expect("a failure")
        .with_error(HResult::TOO_LARGE, ErrorContext::REMOTE_FILE)
        .with_session_id(session_id)
        .with_received(ReceivedContentRange::new(0))
        .answering(RequestType::Fragment);
    assert_eq!(
        written(&Draft::ack(&ack)),
        "HTTP/1.1 500 Internal Server Error\r\nBITS-Packet-Type: Ack\r\n\
         BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
         BITS-Error-Code: 0x80200020\r\nBITS-Error-Context: 0x5\r\n\
         Content-Length: 0\r\nBITS-Received-Content-Range: 0\r\n\r\n"
    );
}

#[test]
fn numbers_are_written_without_leading_zeros() {
    let session_id = SessionId::new(b"s").expect("an id");
    let head = |range| {
        let fragment = Request::Fragment(Fragment::new(session_id, range));
        let target = Target::new(b"/").expect("a target");
        let host = Authority::new(b"h").expect("a host");
        written(&Draft::request(&fragment, target, host).expect("a path"))
    };
    let largest = ContentRange::new(10, u64::MAX - 1, u64::MAX).expect("a range");
    assert!(head(largest).contains(
        "Content-Length: 18446744073709551605\r\n\
         Content-Range: bytes 10-18446744073709551614/18446744073709551615\r\n"
    ));
    let smallest = ContentRange::new(0, 0, 1).expect("a range");
    assert!(head(smallest).contains("Content-Length: 1\r\nContent-Range: bytes 0-0/1\r\n"));
}

#[test]
fn error_numbers_have_the_digits_that_the_documents_give_them() {
    let head = |code, context| {
        let ack = ErrorAck::new(StatusCode::BAD_REQUEST).expect("a failure");
        let ack = ack.with_error(HResult::new(code), ErrorContext::new(context));
        written(&Draft::ack(&ack.answering(RequestType::Ping)))
    };
    assert!(head(0, 0).contains("BITS-Error-Code: 0x00000000\r\nBITS-Error-Context: 0x0\r\n"));
    assert!(
        head(0xA, 0x10).contains("BITS-Error-Code: 0x0000000A\r\nBITS-Error-Context: 0x10\r\n")
    );
    let largest = "BITS-Error-Code: 0xFFFFFFFF\r\nBITS-Error-Context: 0xFFFFFFFF\r\n";
    assert!(head(u32::MAX, u32::MAX).contains(largest));
}

#[test]
fn iis_spells_accept_encoding_with_a_small_e() {
    for layout in Layout::ALL {
        for field in Field::ALL {
            let is_odd = (layout, field) == (Layout::Iis, Field::AcceptEncoding);
            let name = if is_odd {
                "Accept-encoding"
            } else {
                field.name()
            };
            assert_eq!(layout.name(field), name);
        }
    }
    assert_eq!(Layout::default(), Layout::Canonical);
}

#[test]
fn every_layout_has_a_place_for_every_field_of_every_form() {
    for layout in Layout::ALL {
        for form in Form::all() {
            let order = layout.order(form);
            for field in Field::ALL {
                let count = order.iter().filter(|&&other| other == field).count();
                let is_written = match presence(field, form) {
                    Presence::Required | Presence::Expected(_) => true,
                    // What frames a body that is not there, or is spelled in another way.
                    Presence::Optional => field != Field::TransferEncoding,
                    _ => false,
                };
                assert!(count <= 1, "{layout:?} {form:?} {field}");
                assert!(
                    !is_written || count == 1,
                    "{layout:?} {form:?} {field} has no place"
                );
            }
        }
    }
}

#[test]
fn a_session_that_was_created_is_told_in_lower_and_upper_case() {
    let session = Guid::new(0xA0FF_5911_4144_45B3_BF27_27AF_C8EC_8A67).to_upper();
    let session_id = SessionId::new(&session).expect("an id");
    let ack = Ack::from(CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session_id));
    assert_eq!(
        written(&Draft::ack(&ack)),
        "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n\
         BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
         BITS-Session-Id: {A0FF5911-4144-45B3-BF27-27AFC8EC8A67}\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_sink_that_fails_ends_the_writing() {
    struct Broken {
        pieces_left: usize,
    }

    impl Sink for Broken {
        type Error = &'static str;

        fn put(&mut self, _: &[u8]) -> Result<(), Self::Error> {
            self.pieces_left = self.pieces_left.checked_sub(1).ok_or("no more")?;
            Ok(())
        }
    }

    let draft = ping();
    let emit = |pieces_left| draft.emit(&mut &mut Broken { pieces_left });
    let needed = (0..100)
        .find(|&pieces| emit(pieces).is_ok())
        .expect("enough");
    assert!(needed > 10, "a head has more pieces than {needed}");
    for pieces_left in 0..needed {
        assert_eq!(emit(pieces_left), Err("no more"));
    }
}

#[test]
fn an_ack_carries_nothing_that_a_reader_could_take_for_its_own() {
    let ack = Ack::from(PingAck);
    for reserved in [
        Field::Error,
        Field::ErrorCode,
        Field::ReceivedContentRange,
        Field::ReplyUrl,
        Field::SessionId,
        Field::TransferEncoding,
    ] {
        let extra = [field(reserved.name(), "1", Place::Last)];
        let refused = Draft::ack(&ack)
            .with_extra(&extra)
            .map(|draft| draft.length());
        let error = match reserved {
            // The layout has a place for it, and the packet none.
            Field::ErrorCode => ExtraError::Owned(reserved),
            _ => ExtraError::Reserved(reserved),
        };
        assert_eq!(refused, Err(DraftError::Extra { index: 0, error }));
    }
    let extra = [field("BITS-Supported-Protocols", "x", Place::Last)];
    assert!(
        Draft::ack(&ack).with_extra(&extra).is_ok(),
        "a field of requests"
    );
}

#[test]
fn a_target_names_the_host_with_its_port_in_any_letter_case() {
    let draft = |target: &'static [u8], host: &'static [u8]| {
        let target = Target::new(target).expect("a target");
        let host = Authority::new(host).expect("a host");
        let url = AbsoluteUrl::new(b"http://h/").expect("a URL");
        let notification = Notification {
            original_request_url: url,
            body: NotificationBody::ByValue(1),
        };
        let request = Draft::request(&Request::Ping(Ping), target, host).map(|it| written(&it));
        let other = Draft::notification(&notification, target, host).map(|it| written(&it));
        assert_eq!(request.is_ok(), other.is_ok());
        assert_eq!(request.as_ref().err(), other.as_ref().err());
        request
    };
    let head = draft(b"http://Example.net:80/a", b"example.NET:80").expect("the same");
    assert!(
        head.starts_with("BITS_POST http://Example.net:80/a HTTP/1.1\r\nHost: example.NET:80\r\n")
    );
    assert_eq!(draft(b"http://a:80/", b"a:81"), Err(DraftError::Host));
    assert_eq!(draft(b"http://a:80/", b"a"), Err(DraftError::Host));
    assert_eq!(draft(b"http://a/", b"b"), Err(DraftError::Host));
    assert_eq!(draft(b"*", b"a"), Err(DraftError::Target));
    // `Authority::new` refuses a longer one: only a target names it.
    let named_by_a_target = |length: usize| {
        let target = format!("http://{}/", "h".repeat(length))
            .into_bytes()
            .leak();
        let target = Target::new(target).expect("a target");
        let host = target.authority().expect("a host");
        Draft::request(&Request::Ping(Ping), target, host).map(|draft| draft.length())
    };
    assert!(named_by_a_target(4096).is_ok());
    assert_eq!(named_by_a_target(4097), Err(DraftError::HostTooLong));
    assert_eq!(
        DraftError::HostTooLong.to_string(),
        "the host is longer than 4,096 bytes"
    );
}

#[test]
fn every_field_has_its_place_and_spelling_in_each_layout() {
    let list = b"{7DF0354D-249b-430f-820d-3d2a9bef4931},{00000000-0000-0000-0000-00000000000a}";
    let create = CreateSession::new(SupportedProtocols::new(list).expect("protocols"));
    let id = SessionId::new(b"1").expect("a session id");
    let range = ContentRange::new(0, 4, 10).expect("a range");
    let fragment = Fragment {
        content_name: Some(ContentName::new(b"n").expect("a name")),
        content_encoding: Some(ContentEncoding::new(b"gzip").expect("a coding")),
        ..Fragment::new(id, range)
    };
    let body = |layout: Layout, packet: &Request<'_>| {
        let target = Target::new(b"/").expect("a target");
        let host = Authority::new(b"h").expect("a host");
        let draft = Draft::request(packet, target, host).expect("a path");
        let head = written(&draft.with_layout(layout));
        head.split_once("\r\n")
            .expect("lines")
            .1
            .replace("\r\n", "|")
    };
    let protocols = "BITS-Supported-Protocols: {7DF0354D-249b-430f-820d-3d2a9bef4931} \
        {00000000-0000-0000-0000-00000000000a}|";
    let create = Request::CreateSession(create);
    let of_create = "BITS-Packet-Type: Create-Session|";
    assert_eq!(
        body(Layout::Canonical, &create),
        format!("Host: h|{of_create}{protocols}Content-Length: 0||")
    );
    let windows = format!("{of_create}{protocols}Host: h|Content-Length: 0||");
    assert_eq!(body(Layout::Windows, &create), windows);
    assert_eq!(body(Layout::Iis, &create), windows);
    let fragment = Request::Fragment(fragment);
    let start = "BITS-Packet-Type: Fragment|BITS-Session-Id: 1|";
    assert_eq!(
        body(Layout::Canonical, &fragment),
        format!(
            "Host: h|{start}Content-Length: 5|Content-Range: bytes 0-4/10|Content-Name: n|\
             Content-Encoding: gzip||"
        )
    );
    let windows = format!(
        "{start}Content-Name: n|Content-Range: bytes 0-4/10|Content-Encoding: gzip|Host: h|\
         Content-Length: 5||"
    );
    assert_eq!(body(Layout::Windows, &fragment), windows);
    assert_eq!(body(Layout::Iis, &fragment), windows);
}

#[test]
fn an_answer_without_body_has_no_length() {
    for status in [204, 304] {
        let status = StatusCode::new(status).expect("three digits");
        let ack = ErrorAck::new(status)
            .expect("no success")
            .answering(RequestType::Ping);
        assert!(
            !written(&Draft::ack(&ack)).contains("Content-Length"),
            "{status}"
        );
        let response = NotificationResponse::new(status).expect("a final status");
        let head = written(&Draft::notification_response(&response));
        assert!(!head.contains("Content-Length"), "{status}");
    }
}

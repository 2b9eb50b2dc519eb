//! The example heads of the corpus, one for each packet and each kind of failure, written from typed
//! values byte for byte.

use bits_laws::corpus::load;
use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, Authority, CancelSession, CancelSessionAck, CloseSession,
    CloseSessionAck, ContentName, ContentRange, CreateSession, CreateSessionAck, DataFileName,
    ErrorAck, ErrorContext, Escaped, FallbackTimeout, Field, Fragment, FragmentAck, Guid, HResult,
    HostId, Notification, NotificationBody, NotificationResponse, Ping, PingAck,
    ReceivedContentRange, ReplyUrl, Request, RequestType, SessionId, StatusCode,
    SupportedProtocols, Target,
};
use bits_serializer::{Draft, ExtraField, Layout, Place};

fn assert_same(written: &[u8], name: &str) {
    let file = format!("seeds/example-{name}.http");
    let cases = load("packet");
    let case = cases.iter().find(|case| case.file == file);
    let expected = &case.unwrap_or_else(|| panic!("{file} is missing")).bytes;
    assert_eq!(Escaped(written), Escaped(expected), "{name}");
}

fn extra(name: &'static str, value: &'static str, place: Place) -> ExtraField<'static> {
    ExtraField::new(name.as_bytes(), value.as_bytes(), place).expect("a field")
}

/// What stands beside the packet in a request of Windows.
fn beside(agent: &'static str) -> [ExtraField<'static>; 3] {
    [
        extra("Accept", "*/*", Place::First),
        extra("User-Agent", agent, Place::Before(Field::Host)),
        extra("Connection", "Keep-Alive", Place::Last),
    ]
}

fn id() -> SessionId<'static> {
    SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}").expect("a session id")
}

fn request(name: &str, packet: Request<'_>) {
    let target = Target::new(b"/drop/report.zip").expect("a target");
    let host = Authority::new(b"upload.example.net").expect("a host");
    let extra = beside("Microsoft BITS/7.8");
    let draft = Draft::request(&packet, target, host).expect("a path");
    let draft = draft.with_layout(Layout::Windows).with_extra(&extra);
    assert_same(&draft.expect("beside the packet").to_vec(), name);
}

fn dated(name: &str, draft: Draft<'_>) {
    let date = [extra("Date", "Mon, 23 Nov 2026 10:00:00 GMT", Place::First)];
    let head = draft.with_extra(&date).expect("beside the packet").to_vec();
    assert_same(&head, name);
}

fn ack(name: &str, packet: impl Into<Ack<'static>>) {
    dated(name, Draft::ack(&packet.into()));
}

fn error(status: u16) -> ErrorAck<'static> {
    let status = StatusCode::new(status).expect("three digits");
    ErrorAck::new(status).expect("a failure")
}

#[test]
fn requests_come_out_byte_for_byte() {
    let name = Some(ContentName::new(b"report.zip").expect("a name"));
    request("ping", Request::Ping(Ping));
    request(
        "create-session",
        Request::CreateSession(CreateSession {
            content_name: name,
            ..CreateSession::new(SupportedProtocols::BITS_1_5_UPLOAD)
        }),
    );
    for (file, first, last) in [("first", 0, 8191), ("last", 8192, 9999)] {
        let range = ContentRange::new(first, last, 10_000).expect("a range");
        let fragment = Fragment {
            content_name: name,
            ..Fragment::new(id(), range)
        };
        request(&format!("fragment-{file}"), Request::Fragment(fragment));
    }
    let close = CloseSession::new(id());
    request("close-session", Request::CloseSession(close));
    let cancel = CancelSession::new(id());
    request("cancel-session", Request::CancelSession(cancel));
}

#[test]
fn acks_of_success_come_out_byte_for_byte() {
    ack("ack-for-ping", PingAck);
    let created = CreateSessionAck {
        accept_encoding: Some(AcceptEncoding::IDENTITY),
        ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id())
    };
    ack("ack-for-create-session", created);
    ack(
        "ack-for-create-session-with-host-id",
        CreateSessionAck {
            host_id: Some(HostId::new(b"node7.example.net").expect("a host")),
            host_id_fallback_timeout: Some(FallbackTimeout::new(86_400)),
            ..created
        },
    );
    let stored = |offset| FragmentAck::new(id(), ReceivedContentRange::new(offset));
    ack("ack-for-fragment-first", stored(8192));
    let reply = b"http://upload.example.net/drop/BITS-Sessions/Replies/\
        %7B3F2504E0-4F89-11D3-9A0C-0305E82C3301%7D/responsefile.bin";
    ack(
        "ack-for-fragment-last-with-reply",
        FragmentAck {
            reply_url: Some(ReplyUrl::new(reply).expect("a URL")),
            ..stored(10_000)
        },
    );
    ack("ack-for-close-session", CloseSessionAck::new(id()));
    ack("ack-for-cancel-session", CancelSessionAck::new(id()));
}

#[test]
fn acks_of_failure_come_out_byte_for_byte() {
    use RequestType::{CreateSession, Fragment, Ping};
    let server = ErrorContext::REMOTE_FILE;
    let denied = |status| error(status).with_error(HResult::ACCESS_DENIED, server);
    let invalid = error(400).with_error(HResult::INVALID_ARGUMENT, server);
    let create = |name: &str, ack: ErrorAck<'static>| {
        dated(
            &format!("ack-for-create-session-{name}"),
            Draft::ack(&ack.answering(CreateSession)),
        );
    };
    create("no-common-protocol", invalid);
    create("destination-exists-403", denied(403));
    create("destination-exists-409", denied(409));
    dated(
        "ack-uploads-not-enabled",
        Draft::ack(&denied(501).answering(Ping)),
    );
    let fragment = |name: &str, ack: ErrorAck<'static>| {
        dated(
            &format!("ack-for-fragment-{name}"),
            Draft::ack(&ack.answering(Fragment)),
        );
    };
    let wanted = ErrorAck::out_of_sequence(id(), ReceivedContentRange::new(4096));
    fragment("out-of-sequence", wanted);
    let unknown = error(500).with_error(HResult::SESSION_NOT_FOUND, server);
    fragment("session-unknown", unknown);
    let known = |error: ErrorAck<'static>, offset| {
        let received = ReceivedContentRange::new(offset);
        error.with_session_id(id()).with_received(received)
    };
    let too_large = error(500).with_error(HResult::TOO_LARGE, server);
    fragment("too-large", known(too_large, 0));
    let code = HResult::new(0x8019_01F7);
    let failed = error(503).with_error(code, ErrorContext::REMOTE_APPLICATION);
    fragment("application-failed", known(failed, 10_000));
}

#[test]
fn notifications_and_their_answer_come_out_byte_for_byte() {
    let url = |url: &'static [u8]| AbsoluteUrl::new(url).expect("a URL");
    let path = |path: &'static [u8]| DataFileName::new(path).expect("a path");
    let host = Authority::new(b"app.example.net").expect("a host");
    let extra = beside("BITSExts 1.5");
    let notification = |name: &str, target: &'static [u8], packet: Notification<'_>| {
        let target = Target::new(target).expect("a target");
        let draft = Draft::notification(&packet, target, host).expect("a path");
        let draft = draft.with_layout(Layout::Iis).with_extra(&extra);
        assert_same(&draft.expect("beside the packet").to_vec(), name);
    };
    notification(
        "notification-by-reference",
        b"/app/handle?ACCOUNT=1",
        Notification {
            original_request_url: url(b"http://upload.example.net/drop/report.zip?ACCOUNT=1"),
            body: NotificationBody::ByReference {
                request: path(
                    b"/srv/bits/requests/{3F2504E0-4F89-11D3-9A0C-0305E82C3301}/requestfile.bin",
                ),
                response: Some(path(
                    b"/srv/bits/replies/{3F2504E0-4F89-11D3-9A0C-0305E82C3301}/responsefile.bin",
                )),
            },
        },
    );
    notification(
        "notification-by-value",
        b"/app/handle",
        Notification {
            original_request_url: url(b"http://upload.example.net/drop/report.zip"),
            body: NotificationBody::ByValue(10_000),
        },
    );
    let mut response = NotificationResponse::new(StatusCode::OK).expect("a final status");
    response.static_response_url = Some(url(b"http://app.example.net/static/answer.bin"));
    response.copy_file_to_destination = true;
    dated(
        "notification-response-static-reply-and-copy",
        Draft::notification_response(&response),
    );
}

//! The heads printed in [MC-BUP] 4, written from typed values byte for byte.

use bits_laws::corpus::{Case, load};
use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, Authority, CloseSession, CloseSessionAck, ContentName,
    ContentRange, CreateSession, CreateSessionAck, DataFileName, Escaped, FallbackTimeout, Field,
    Fragment, FragmentAck, Guid, HostId, Notification, NotificationBody, NotificationResponse,
    Parsed, Ping, PingAck, ReceivedContentRange, ReplyUrl, Request, RequestHead, ResponseHead,
    SessionId, StatusCode, SupportedProtocols, Target,
};
use bits_serializer::{Draft, ExtraField, Layout, Place};

const TARGET_41: &[u8] = b"/upload/2000mb-rfc2119.txt";
const TARGET_42: &[u8] = b"/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt";

fn traces() -> Vec<Case> {
    let mut traces = load("packet");
    traces.retain(|case| case.file.starts_with("seeds/mc-bup-4."));
    assert_eq!(traces.len(), 20, "the heads of [MC-BUP] 4");
    traces
}

fn trace(name: &str) -> Vec<u8> {
    let start = format!("seeds/mc-bup-{name}");
    let mut found: Vec<Case> = traces();
    found.retain(|case| case.file.starts_with(&start));
    let [case] = &found[..] else {
        panic!("{name} is not one file: {found:?}")
    };
    case.bytes.clone()
}

fn extra(name: &'static str, value: &'static str, place: Place) -> ExtraField<'static> {
    ExtraField::new(name.as_bytes(), value.as_bytes(), place).expect("a field")
}

fn assert_same(written: &[u8], name: &str) {
    assert_eq!(Escaped(written), Escaped(&trace(name)), "{name}");
}

fn request(name: &str, packet: Request<'_>, target: &[u8], host: &[u8]) {
    let beside = [
        extra("Accept", "*/*", Place::First),
        extra(
            "User-Agent",
            "Microsoft BITS/6.7",
            Place::Before(Field::Host),
        ),
        extra("Connection", "Keep-Alive", Place::Last),
    ];
    let target = Target::new(target).expect("a target");
    let host = Authority::new(host).expect("a host");
    let draft = Draft::request(&packet, target, host).expect("a path");
    let draft = draft
        .with_layout(Layout::Windows)
        .with_extra(&beside)
        .expect("beside the packet");
    assert_same(&draft.to_vec(), name);
}

fn ack(name: &str, packet: impl Into<Ack<'static>>, date: &'static str) {
    let beside = [
        extra("Date", date, Place::First),
        extra("Server", "Microsoft-IIS/6.0", Place::First),
        extra("Pragma", "no-cache", Place::First),
    ];
    let packet = packet.into();
    let draft = Draft::ack(&packet).with_layout(Layout::Iis);
    assert_same(
        &draft
            .with_extra(&beside)
            .expect("beside the packet")
            .to_vec(),
        name,
    );
}

fn id(text: &'static [u8]) -> SessionId<'static> {
    SessionId::new(text).expect("a session id")
}

fn upload(conversation: &Conversation) {
    let name = Some(ContentName::new(b"rfc2119.txt").expect("a name"));
    let Conversation {
        target,
        session_id,
        first_host,
        later_host,
        files,
    } = *conversation;
    let create = CreateSession {
        protocols: SupportedProtocols::BITS_1_5_UPLOAD,
        content_name: name,
    };
    let range = ContentRange::new(0, 4891, 4892).expect("a range");
    let fragment = Fragment {
        content_name: name,
        ..Fragment::new(session_id, range)
    };
    let close = CloseSession {
        content_name: name,
        ..CloseSession::new(session_id)
    };
    request(files[0], Request::CreateSession(create), target, first_host);
    request(files[1], Request::Ping(Ping), target, later_host);
    request(files[2], Request::Fragment(fragment), target, later_host);
    request(files[3], Request::CloseSession(close), target, later_host);
}

#[derive(Clone, Copy)]
struct Conversation {
    target: &'static [u8],
    session_id: SessionId<'static>,
    first_host: &'static [u8],
    later_host: &'static [u8],
    files: [&'static str; 4],
}

#[test]
fn requests_of_windows_come_out_byte_for_byte() {
    upload(&Conversation {
        target: TARGET_41,
        session_id: id(b"{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}"),
        first_host: b"frankcao8",
        later_host: b"frankcao8",
        files: ["4.1-01-", "4.1-05-", "4.1-03-", "4.1-07-"],
    });
    upload(&Conversation {
        target: TARGET_42,
        session_id: id(b"{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}"),
        first_host: b"frankcao8",
        later_host: b"FRANKCAO8",
        files: ["4.2-01-", "4.2-03-", "4.2-05-", "4.2-11-"],
    });
}

#[test]
fn acks_of_iis_come_out_byte_for_byte() {
    let created = |session_id| CreateSessionAck {
        accept_encoding: Some(AcceptEncoding::IDENTITY),
        ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, session_id)
    };
    let stored = FragmentAck {
        session_id: None,
        received: ReceivedContentRange::new(4892),
        reply_url: None,
    };
    let closed = CloseSessionAck { session_id: None };
    let plain = created(id(b"{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}"));
    ack("4.1-02-", plain, "Mon, 18 Jun 2007 21:01:56 GMT");
    ack("4.1-04-", stored, "Mon, 18 Jun 2007 21:02:01 GMT");
    ack("4.1-06-", PingAck, "Mon, 18 Jun 2007 21:02:02 GMT");
    ack("4.1-08-", closed, "Mon, 18 Jun 2007 21:02:02 GMT");
    let moved = CreateSessionAck {
        host_id: Some(HostId::new(b"FRANKCAO8").expect("a host id")),
        host_id_fallback_timeout: Some(FallbackTimeout::new(110)),
        ..created(id(b"{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}"))
    };
    let reply = br"BITS-Sessions\Replies\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\responsefile.bin";
    let replied = FragmentAck {
        reply_url: Some(ReplyUrl::new(reply).expect("a reply URL")),
        ..stored
    };
    ack("4.2-02-", moved, "Mon, 18 Jun 2007 21:11:57 GMT");
    ack("4.2-04-", PingAck, "Mon, 18 Jun 2007 21:11:57 GMT");
    ack("4.2-08-", replied, "Mon, 18 Jun 2007 21:12:01 GMT");
    ack("4.2-12-", closed, "Mon, 18 Jun 2007 21:12:07 GMT");
}

#[test]
fn notifications_come_out_byte_for_byte() {
    let url = b"http://frankcao8/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt";
    let path = |path| DataFileName::new(path).expect("a path");
    let notification = Notification {
        original_request_url: AbsoluteUrl::new(url).expect("a URL"),
        body: NotificationBody::ByReference {
            request: path(br"C:\bits\web\upload-ref-isapi-WebFarm\BITS-Sessions\Requests\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\requestfile.bin"),
            response: Some(path(br"C:\bits\web\upload-ref-isapi-WebFarm\BITS-Sessions\Replies\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\responsefile.bin")),
        },
    };
    let beside = [
        extra("Accept", "*/*", Place::First),
        extra("User-Agent", "BITSExts 1.5", Place::Before(Field::Host)),
        extra("Connection", "Keep-Alive", Place::Last),
    ];
    let target = Target::new(b"/bitsasp/test.REPLY").expect("a target");
    let host = Authority::new(b"frankcao8").expect("a host");
    let draft = Draft::notification(&notification, target, host).expect("a path");
    let draft = draft
        .with_layout(Layout::Iis)
        .with_extra(&beside)
        .expect("beside the packet");
    assert_same(&draft.to_vec(), "4.2-06-");

    let mut response = NotificationResponse::new(StatusCode::OK).expect("a final status");
    response.content_length = None;
    let beside = [
        extra("Connection", "close", Place::First),
        extra("Date", "Mon, 18 Jun 2007 21:12:01 GMT", Place::First),
        extra("Server", "Microsoft-IIS/6.0", Place::First),
        extra("Content-type", "text/html", Place::First),
    ];
    let draft = Draft::notification_response(&response).with_extra(&beside);
    assert_same(&draft.expect("beside the packet").to_vec(), "4.2-07-");
}

#[test]
fn the_reply_and_its_answer_are_kept_byte_for_byte() {
    let get = trace("4.2-09-");
    let Ok(Parsed::Complete { value, rest: [] }) = RequestHead::parse(&get) else {
        panic!("the GET of the reply");
    };
    assert_eq!(value.as_bytes(), get);
    let partial = trace("4.2-10-");
    let Ok(Parsed::Complete { value, rest: [] }) = ResponseHead::parse(&partial) else {
        panic!("the answer to it");
    };
    assert_eq!(value.as_bytes(), partial);
}

#[test]
fn the_reply_url_resolves_to_what_windows_asks_for() {
    let last = trace("4.2-08-");
    let Ok(Parsed::Complete { value, .. }) = Ack::parse(&last, None) else {
        panic!("an Ack")
    };
    let reply = value
        .packet()
        .and_then(Ack::reply_url)
        .expect("a reply URL");
    let upload = [b"http://frankcao8", TARGET_42].concat();
    let upload = AbsoluteUrl::new(&upload).expect("a URL");
    let get = trace("4.2-09-");
    let Ok(Parsed::Complete { value: get, .. }) = RequestHead::parse(&get) else {
        panic!("a GET")
    };
    let resolved = reply.resolve(&upload).expect("a URL");
    assert_eq!(
        resolved.target().to_string(),
        get.line().target().to_string()
    );
    assert_eq!(
        Some(resolved.authority().as_bytes()),
        get.fields().get(b"host")
    );
}

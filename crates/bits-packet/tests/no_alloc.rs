//! Nothing is allocated on the way from bytes to packets, errors and text.
//!
//! A test binary of its own, without a harness: the allocator counts for the whole process.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::{self, Write};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use bits_packet::{
    AbsoluteUrl, Ack, ContentName, ContentRange, Deviation, Error, Escaped, Field, Guid, HResult,
    HeadScanner, HostId, Message, Notification, NotificationResponse, Options, Parsed, Reading,
    ReplyUrl, Request, RequestHead, RequestType, ResponseHead, Scan, SessionId, SupportedProtocols,
    Target,
};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `work` and gives how often it has allocated. Reallocation counts: it calls `alloc`.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Text in a buffer of fixed size; what does not fit is an error.
struct Line {
    bytes: [u8; 1024],
    length: usize,
}

impl Line {
    /// `value` as text.
    fn of(value: impl fmt::Display) -> Self {
        let mut line = Line {
            bytes: [0; 1024],
            length: 0,
        };
        write!(line, "{value}").expect("it fits");
        line
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

fn packet<H, P: Copy>(parsed: Result<Parsed<'_, Message<H, P>>, Error>) -> P {
    let (message, _) = parsed
        .expect("a message")
        .complete()
        .expect("the whole of it");
    *message.packet().expect("a packet")
}

fn requests() {
    for (request_type, head) in support::REQUESTS {
        assert_eq!(packet(Request::parse(head)).request_type(), request_type);
        assert_eq!(
            Request::parse(&head[..head.len() - 1]),
            Ok(Parsed::NeedMore)
        );

        let parsed = RequestHead::parse(head).expect("a head");
        let (head, _) = parsed.complete().expect("the whole of it");
        let message = Request::from_head(&head, &Options::STRICT).expect("a packet");
        let fields = head.fields().map(|line| (line.name(), line.value()));
        let listed = Request::from_fields(head.line(), fields, &Options::STRICT);
        assert_eq!(message.packet(), listed.expect("a packet").packet());
        assert!(head.fields().get(b"host").is_some());
        black_box(Line::of(head.line()));
    }
}

fn acks() {
    for (request_type, head) in support::ACKS {
        let ack = packet(Ack::parse(head, Some(request_type)));
        assert!(ack.reading().is_some());

        let parsed = ResponseHead::parse(head).expect("a head");
        let (head, _) = parsed.complete().expect("the whole of it");
        let message = Ack::from_head(&head, Some(request_type), &Options::INTEROP);
        let message = message.expect("an Ack");
        let fields = head.fields().map(|line| (line.name(), line.value()));
        let line = head.line();
        let listed = Ack::from_fields(line, fields, Some(request_type), &Options::INTEROP);
        assert_eq!(message.packet(), listed.expect("an Ack").packet());
        for deviation in message.deviations() {
            black_box(Line::of(deviation.explanation()));
        }
    }
}

fn cancel_session_and_its_acks() {
    let head = b"BITS_POST /drop/a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Cancel-Session\r\n\
        BITS-Session-Id: -17\r\nContent-Length: 0\r\n\r\n";
    let request = packet(Request::parse(head));
    assert_eq!(request.request_type(), RequestType::CancelSession);
    let head = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n";
    let ack = packet(Ack::parse(head, Some(RequestType::CancelSession)));
    assert!(matches!(ack.reading(), Some(Reading::CancelSession(_))));
    let head = b"HTTP/1.1 500 \r\nBITS-Packet-Type: Ack\r\nBITS-Error: x8020001F\r\n\
        BITS-Error-Context: 0x5\r\nContent-Length: 0\r\n\r\n";
    let Some(Reading::Error(ack)) = packet(Ack::parse(head, None)).reading() else {
        panic!("500 is no success");
    };
    assert_eq!(ack.error_code(), Some(HResult::SESSION_NOT_FOUND));
}

fn notifications() {
    let notification = packet(Notification::parse(support::NOTIFICATION));
    assert_eq!(notification.content_length(), 0);
    let response = NotificationResponse::parse(support::NOTIFICATION_RESPONSE);
    assert_eq!(packet(response).content_length, None);
}

fn values() {
    let list = b"{7df0354d-249b-430f-820d-3d2a9bef4931},\tnone";
    let list = SupportedProtocols::new(list).expect("a list");
    assert!(list.offers(Guid::BITS_1_5_UPLOAD));
    let id = SessionId::new(b"{a0ff5911-4144-45b3-bf27-27afc8ec8a67}").expect("an id");
    let guid = id.guid().expect("a GUID");
    assert_eq!(Line::of(guid).as_bytes(), id.as_bytes());
    let range = ContentRange::parse(b"bytes 0-4891/4892").expect("a range");
    assert_eq!(Line::of(range).as_bytes(), b"bytes 0-4891/4892");
    let host = HostId::new(b"[2001:db8::7]:80").expect("a host");
    assert_eq!(Line::of(host.host()).as_bytes(), b"[2001:db8::7]");
    let name = ContentName::new(b"caf\xE9").expect("a name");
    assert_eq!(Line::of(name).as_bytes(), br"caf\xE9");
    assert_eq!(Line::of(Escaped(b"a\xFF")).as_bytes(), br"a\xFF");
    assert_eq!(
        Field::from_name(b"content-LENGTH"),
        Some(Field::ContentLength)
    );
    assert_eq!(Deviation::from_name("http-1-0"), Some(Deviation::Http10));
    let target = Target::new(b"http://a/b?c").expect("a target");
    assert_eq!(Line::of(target).as_bytes(), b"http://a/b?c");
}

fn resolved_reply() {
    let upload = AbsoluteUrl::new(b"http://frankcao8/upload/2100mb.txt").expect("a URL");
    let reply = ReplyUrl::new(br"..\Replies\{1}\.\a b?c").expect("a path");
    let resolved = reply.resolve(&upload).expect("a URL");
    assert_eq!(
        Line::of(resolved).as_bytes(),
        b"http://frankcao8/Replies/%7B1%7D/a%20b?c"
    );
    assert_eq!(
        Line::of(resolved.target()).as_bytes(),
        b"/Replies/%7B1%7D/a%20b?c"
    );
}

fn errors() {
    let (_, fragment) = support::REQUESTS[1];
    for cut in 0..fragment.len() {
        let mut changed = [0; 512];
        let changed = &mut changed[..fragment.len()];
        changed.copy_from_slice(fragment);
        changed[cut] = b'\n';
        if let Err(error) = Request::parse(changed) {
            black_box((error.section(), Line::of(error)));
        }
    }
}

fn scanner() {
    let (_, head) = support::REQUESTS[0];
    let mut scanner = HeadScanner::default();
    for end in 0..head.len() {
        assert_eq!(scanner.scan(&head[..end]), Scan::NeedMore);
    }
    assert_eq!(scanner.scan(head), Scan::End(head.len()));
}

fn main() {
    let counted = allocations(|| drop(black_box(vec![1u8])));
    assert_eq!(counted, 1, "the counter counts");

    let parts: [(&str, fn()); 8] = [
        ("requests", requests),
        ("acks", acks),
        ("cancel_session_and_its_acks", cancel_session_and_its_acks),
        ("notifications", notifications),
        ("values", values),
        ("resolved_reply", resolved_reply),
        ("errors", errors),
        ("scanner", scanner),
    ];
    for (name, part) in parts {
        let counted = allocations(part);
        assert_eq!(counted, 0, "{name} allocates");
        println!("{name}: no allocation");
    }
}

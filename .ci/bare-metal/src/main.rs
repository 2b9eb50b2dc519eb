//! The parser and the serializer in a program without std, alloc, runtime and panic machinery.
//!
//! It is linked for the host, as an object with a C `main` that the C library calls, and run by
//! `.ci/check-no-std`. The exit status is 0 if every check holds, else the number of the first that
//! does not; a panic aborts.
//!
//! Were std anywhere among the dependencies, its panic handler would meet the one below, and rustc
//! refuse the program (E0152, duplicate lang item); were alloc, there would be no allocator to link.

#![no_std]
#![no_main]

#[cfg(feature = "std")]
extern crate std;

use core::ffi::{c_char, c_int};
use core::panic::PanicInfo;

use bits_packet::{
    Ack, Authority, ErrorKind, Fragment, HResult, HeadScanner, Notification, Options, Parsed,
    PingAck, Reading, Request, RequestType, Scan, Target,
};
use bits_serializer::{BufferTooSmall, Draft, ExtraField, Layout, Place};

#[link(name = "c")]
unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

/// What the C library calls once the process is set up.
// SAFETY: no other `main` is linked: this program has no Rust runtime.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    // Adding a check: one function more.
    let checks: [fn() -> bool; 6] = [
        parses_a_request,
        parses_an_ack,
        finds_the_end_of_a_head,
        reports_an_error,
        writes_a_request,
        writes_an_ack,
    ];
    match checks.iter().position(|check| !check()) {
        None => 0,
        Some(failed) => c_int::try_from(failed).map_or(c_int::MAX, |failed| failed + 1),
    }
}

const FRAGMENT: &[u8] = b"BITS_POST /drop/report.zip HTTP/1.1\r\nHost: upload.example.net\r\n\
    BITS-Packet-Type: Fragment\r\nBITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
    Content-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n";

fn parses_a_request() -> bool {
    match Request::parse(FRAGMENT) {
        Ok(Parsed::Complete { value, rest: [] }) => match value.packet() {
            Some(Request::Fragment(fragment)) => {
                fragment.range.total() == 10 && fragment.session_id.guid().is_some()
            }
            _ => false,
        },
        _ => false,
    }
}

fn parses_an_ack() -> bool {
    let head = b"HTTP/1.1 500 Internal Server Error\r\nBITS-Packet-Type: Ack\r\n\
        BITS-Error-Code: 0x8020001F\r\nBITS-Error-Context: 0x5\r\nContent-Length: 0\r\n\r\n";
    match Ack::parse(head, Some(RequestType::Fragment)) {
        Ok(Parsed::Complete { value, .. }) => match value.packet().and_then(Ack::reading) {
            Some(Reading::Error(ack)) => ack.error_code() == Some(HResult::SESSION_NOT_FOUND),
            _ => false,
        },
        _ => false,
    }
}

fn finds_the_end_of_a_head() -> bool {
    let mut scanner = HeadScanner::new(Options::INTEROP.max_head());
    let (most, _) = FRAGMENT.split_at(FRAGMENT.len() - 1);
    scanner.scan(most) == Scan::NeedMore && scanner.scan(FRAGMENT) == Scan::End(FRAGMENT.len())
}

fn reports_an_error() -> bool {
    let head = b"POST /app HTTP/1.1\r\nHost: a\r\nBITS-Original-Request-URL: /drop\r\n\r\n";
    Notification::parse(head).is_err_and(|error| error.kind() == ErrorKind::InvalidValue)
}

fn write_a_request() -> Option<bool> {
    let id = bits_packet::SessionId::new(b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}").ok()?;
    let range = bits_packet::ContentRange::new(0, 4, 10).ok()?;
    let fragment = Request::Fragment(Fragment::new(id, range));
    let target = Target::new(b"/drop/report.zip").ok()?;
    let host = Authority::new(b"upload.example.net").ok()?;
    let draft = Draft::request(&fragment, target, host).ok()?;
    let mut buffer = [0; 512];
    let written = draft.write(&mut buffer).ok()?;
    match Request::parse(written) {
        Ok(Parsed::Complete { value, rest: [] }) => Some(value.packet() == Some(&fragment)),
        _ => None,
    }
}

fn writes_a_request() -> bool {
    write_a_request() == Some(true)
}

fn writes_an_ack() -> bool {
    let ack = PingAck.into();
    let Ok(server) = ExtraField::new(b"Server", b"none", Place::First) else {
        return false;
    };
    let extra = [server];
    let Ok(draft) = Draft::ack(&ack).with_layout(Layout::Iis).with_extra(&extra) else {
        return false;
    };
    let expected = b"HTTP/1.1 200 OK\r\nServer: none\r\nBITS-Packet-Type: Ack\r\n\
        Content-Length: 0\r\n\r\n";
    let mut buffer = [0; 128];
    let small = BufferTooSmall {
        needed: expected.len(),
        available: 10,
    };
    draft.length() == expected.len()
        && draft.write(&mut buffer[..10]) == Err(small)
        && draft.write(&mut buffer).is_ok_and(|head| head == expected)
}

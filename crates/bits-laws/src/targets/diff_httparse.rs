//! Against the crate `httparse`.

use bits_packet::{Fields, Options, Version};
use httparse::{Header, ParserConfig, Status};

use crate::readings::{Reading, StartLine, Trial};

/// Why httparse refuses a request that we accept, and the head without it, which it must accept: it gives targets
/// as `str`, and refuses one that is not UTF-8. There is no other reason.
fn without_their_reason(head: &[u8]) -> Option<Vec<u8>> {
    let line = head
        .iter()
        .position(|&byte| byte == b'\r')
        .unwrap_or_default();
    if head.starts_with(b"HTTP/") || str::from_utf8(&head[..line]).is_ok() {
        return None;
    }
    let mut without = head.to_vec();
    for byte in &mut without[..line] {
        if !byte.is_ascii() {
            *byte = b'x';
        }
    }
    Some(without)
}

/// What we accept, httparse accepts: the same length, start line, names and values.
pub fn diff_httparse(input: &[u8]) {
    let reading = Reading::of_packet(input)[0].head();
    let Some((head, _)) = Trial::new(reading, input, Options::INTEROP).accepted() else {
        return;
    };
    let mut slots = vec![httparse::EMPTY_HEADER; head.fields().count()];
    let config = ParserConfig::default();
    match head.line() {
        StartLine::Request(line) => {
            let mut theirs = httparse::Request::new(&mut slots);
            if accepts(&config.parse_request(&mut theirs, input), head.head()) {
                assert_eq!(theirs.method.map(str::as_bytes), Some(line.method()));
                let target = line.target().pieces().concat();
                assert_eq!(theirs.path.map(str::as_bytes), Some(&target[..]));
                assert_eq!(theirs.version, Some(minor(line.version())));
                same_fields(head.fields(), theirs.headers);
            }
        }
        StartLine::Status(line) => {
            let mut theirs = httparse::Response::new(&mut slots);
            if accepts(&config.parse_response(&mut theirs, input), head.head()) {
                assert_eq!(theirs.code, Some(line.status().as_u16()));
                assert_eq!(theirs.version, Some(minor(line.version())));
                // It gives no phrase where one is not ASCII.
                let phrase = Some(line.reason()).filter(|phrase| phrase.is_ascii());
                assert_eq!(
                    theirs.reason,
                    phrase.map_or(Some(""), |it| str::from_utf8(it).ok())
                );
                same_fields(head.fields(), theirs.headers);
            }
        }
    }
}

/// Whether httparse accepts the head, of the same length. If not, there is a reason.
fn accepts(theirs: &httparse::Result<usize>, head: &[u8]) -> bool {
    if let Ok(Status::Complete(length)) = theirs {
        assert_eq!(*length, head.len(), "length");
        return true;
    }
    let without = without_their_reason(head);
    let Some(without) = without else {
        panic!("httparse makes {theirs:?} of {}", head.escape_ascii());
    };
    diff_httparse(&without);
    false
}

const fn minor(version: Version) -> u8 {
    match version {
        Version::Http10 => 0,
        Version::Http11 => 1,
    }
}

fn same_fields(ours: Fields<'_>, theirs: &[Header<'_>]) {
    let theirs = theirs.iter().map(|it| (it.name.as_bytes(), it.value));
    let ours = ours.map(|line| (line.name(), line.value()));
    assert!(ours.eq(theirs), "fields");
}

//! Against the crate `httparse`.

use bits_packet::{Fields, Options, RequestHead, ResponseHead, Version};
use httparse::{Header, ParserConfig, Status};

/// A reason, and whether it holds for a head.
type Reason = (&'static str, fn(&[u8]) -> bool);

/// Why httparse refuses a head that we accept. There is no other reason.
const REASONS: [Reason; 1] = [(
    "httparse gives targets as str, and refuses one that is not UTF-8",
    |head| {
        let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
        str::from_utf8(line).is_err()
    },
)];

/// What we accept, httparse accepts: the same length, start line, names and values.
pub fn diff_httparse(input: &[u8]) {
    if input.starts_with(b"HTTP/") {
        response(input);
    } else {
        request(input);
    }
}

fn request(input: &[u8]) {
    let Some(head) = accepted(RequestHead::parse_with(input, &Options::INTEROP)) else {
        return;
    };
    let mut slots = slots(head.fields());
    let mut theirs = httparse::Request::new(&mut slots);
    match ParserConfig::default().parse_request(&mut theirs, input) {
        Ok(Status::Complete(length)) => {
            assert_eq!(length, head.as_bytes().len(), "length");
            let line = head.line();
            assert_eq!(theirs.method.map(str::as_bytes), Some(line.method()));
            let target = line.target().pieces().concat();
            assert_eq!(theirs.path.map(str::as_bytes), Some(&target[..]));
            assert_eq!(theirs.version, Some(version(line.version())));
            same_fields(head.fields(), theirs.headers);
        }
        other => refused(head.as_bytes(), &other),
    }
}

fn response(input: &[u8]) {
    let Some(head) = accepted(ResponseHead::parse_with(input, &Options::INTEROP)) else {
        return;
    };
    let mut slots = slots(head.fields());
    let mut theirs = httparse::Response::new(&mut slots);
    match ParserConfig::default().parse_response(&mut theirs, input) {
        Ok(Status::Complete(length)) => {
            assert_eq!(length, head.as_bytes().len(), "length");
            let line = head.line();
            assert_eq!(theirs.code, Some(line.status().as_u16()));
            assert_eq!(theirs.version, Some(version(line.version())));
            // It gives no phrase where one is not ASCII.
            let phrase = if line.reason().is_ascii() {
                line.reason()
            } else {
                b""
            };
            assert_eq!(theirs.reason.map(str::as_bytes), Some(phrase));
            same_fields(head.fields(), theirs.headers);
        }
        other => refused(head.as_bytes(), &other),
    }
}

fn accepted<T>(read: Result<bits_packet::Parsed<'_, T>, bits_packet::Error>) -> Option<T> {
    Some(read.ok()?.complete()?.0)
}

fn slots<'a>(fields: Fields<'_>) -> Vec<Header<'a>> {
    vec![httparse::EMPTY_HEADER; fields.count()]
}

const fn version(version: Version) -> u8 {
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

fn refused(head: &[u8], theirs: &httparse::Result<usize>) {
    assert!(
        REASONS.iter().any(|(_, holds)| holds(head)),
        "httparse makes {theirs:?} of {}",
        head.escape_ascii()
    );
}

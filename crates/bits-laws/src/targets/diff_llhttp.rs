//! Against llhttp, the parser of Node.js.
//!
//! llhttp is written in C: whoever calls hands it in. It refuses methods that it does not know, so that
//! `BITS_POST` is swapped for `POST` before it is asked; of other methods only those that it knows are
//! compared.

use bits_packet::{Error, ErrorKind, Field, Fields, Parsed, RequestHead, ResponseHead, Version};

/// Which start line a head has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
}

/// What llhttp makes of a head that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs<'a> {
    pub length: usize,
    pub version: (u8, u8),
    /// 0 of a request.
    pub status: u16,
    /// Empty of a response.
    pub target: &'a [u8],
    pub fields: Vec<(&'a [u8], &'a [u8])>,
}

/// A reason, and whether it holds for a head.
type TheirReason = (&'static str, fn(&[u8]) -> bool);

/// Why llhttp refuses what we accept. There is no other reason.
const THEIR_REASONS: [TheirReason; 2] = [
    (
        "a target holds bytes that are not ASCII: Windows sends them, and we tell of them",
        |head| !target_of(head).is_ascii(),
    ),
    (
        "a scheme holds digits or signs, as RFC 3986 3.1 allows",
        |head| {
            let mut parts = target_of(head).splitn(2, |&byte| byte == b':');
            let scheme = parts.next().unwrap_or_default();
            let is_absolute = parts.next().is_some_and(|rest| rest.starts_with(b"//"));
            is_absolute && !scheme.iter().all(u8::is_ascii_alphabetic)
        },
    ),
];

/// Empty of a response.
fn target_of(head: &[u8]) -> &[u8] {
    if head.starts_with(b"HTTP/") {
        return b"";
    }
    head.split(|&byte| byte == b' ').nth(1).unwrap_or_default()
}

/// A reason, the kind of our error, and the fields that it may be about; none if it is about no field.
type OurReason = (&'static str, ErrorKind, &'static [Field]);

/// Why we refuse what llhttp accepts. There is no other reason.
const OUR_REASONS: [OurReason; 15] = [
    (
        "targets are checked: their form, their authority, blanks within",
        ErrorKind::Target,
        &[],
    ),
    (
        "versions are HTTP/1.1 and HTTP/1.0; llhttp knows 0.9 and 2.0 too",
        ErrorKind::UnsupportedVersion,
        &[],
    ),
    (
        "the version is spelled HTTP; llhttp knows RTSP and ICE too",
        ErrorKind::Version,
        &[],
    ),
    (
        "a status code is followed by a space",
        ErrorKind::StatusCode,
        &[],
    ),
    (
        "a reason phrase holds no control characters",
        ErrorKind::ReasonPhrase,
        &[],
    ),
    (
        "empty lines before a start line are for the caller to skip",
        ErrorKind::EmptyLine,
        &[],
    ),
    (
        "a line ends with CR and LF; llhttp takes LF alone behind a request line of HTTP/0.9",
        ErrorKind::LineEnd,
        &[],
    ),
    ("there is a limit", ErrorKind::HeadTooLarge, &[]),
    (
        "a BITS request has a Host",
        ErrorKind::Missing,
        &[Field::Host],
    ),
    (
        "a Host is a host; a Transfer-Encoding is a list that ends with chunked alone",
        ErrorKind::InvalidValue,
        &[Field::Host, Field::TransferEncoding],
    ),
    (
        "a BITS request has no Transfer-Encoding",
        ErrorKind::Unexpected,
        &[Field::TransferEncoding],
    ),
    (
        "HTTP/1.0 has no Transfer-Encoding",
        ErrorKind::OldTransferEncoding,
        &[Field::TransferEncoding],
    ),
    (
        "a field that frames messages or belongs to the protocol stands once",
        ErrorKind::Repeated,
        &Field::ALL,
    ),
    (
        "a length has at most 64 bits in a response that has no body, too",
        ErrorKind::OutOfRange,
        &[Field::ContentLength],
    ),
    (
        "a length and a coding exclude each other, whichever comes first",
        ErrorKind::Conflict,
        &[Field::ContentLength, Field::TransferEncoding],
    ),
];

/// What both accept they read alike; what one refuses and the other accepts has a reason that is listed.
pub fn diff_llhttp(input: &[u8], read: impl for<'a> Fn(&'a [u8], Kind) -> Option<Theirs<'a>>) {
    if input.starts_with(b"HTTP/") {
        let theirs = read(input, Kind::Response);
        response(input, theirs.as_ref());
        return;
    }
    let Some((swapped, shorter)) = with_known_method(input) else {
        return;
    };
    let theirs = read(&swapped, Kind::Request);
    request(input, theirs.as_ref(), shorter);
}

const KNOWN: [&[u8]; 8] = [
    b"DELETE", b"GET", b"HEAD", b"POST", b"PUT", b"CONNECT", b"OPTIONS", b"TRACE",
];

/// The input with a method that llhttp knows, and by how many bytes it is shorter.
fn with_known_method(input: &[u8]) -> Option<(Vec<u8>, usize)> {
    if let Some(rest) = input.strip_prefix(b"BITS_POST ") {
        return Some(([b"POST ", rest].concat(), "BITS_".len()));
    }
    let method = input.split(|&byte| byte == b' ').next()?;
    KNOWN.contains(&method).then(|| (input.to_vec(), 0))
}

fn request(input: &[u8], theirs: Option<&Theirs<'_>>, shorter: usize) {
    match (RequestHead::parse(input), theirs) {
        (Ok(Parsed::Complete { value: head, .. }), Some(theirs)) => {
            assert_eq!(head.as_bytes().len(), theirs.length + shorter, "length");
            assert_eq!(
                head.line().target().pieces().concat(),
                theirs.target,
                "target"
            );
            same_version(head.line().version(), theirs.version);
            same_fields(head.fields(), theirs);
        }
        (Ok(Parsed::Complete { value: head, .. }), None) => they_have_a_reason(head.as_bytes()),
        (Err(error), Some(_)) => we_have_a_reason(input, &error),
        (Ok(Parsed::NeedMore), Some(theirs)) => panic!("more is needed, but they read {theirs:?}"),
        (_, None) => {}
    }
}

fn response(input: &[u8], theirs: Option<&Theirs<'_>>) {
    match (ResponseHead::parse(input), theirs) {
        (Ok(Parsed::Complete { value: head, .. }), Some(theirs)) => {
            assert_eq!(head.as_bytes().len(), theirs.length, "length");
            assert_eq!(head.line().status().as_u16(), theirs.status, "status");
            same_version(head.line().version(), theirs.version);
            same_fields(head.fields(), theirs);
        }
        (Ok(Parsed::Complete { value: head, .. }), None) => they_have_a_reason(head.as_bytes()),
        (Err(error), Some(_)) => we_have_a_reason(input, &error),
        (Ok(Parsed::NeedMore), Some(theirs)) => panic!("more is needed, but they read {theirs:?}"),
        (_, None) => {}
    }
}

fn same_version(ours: Version, theirs: (u8, u8)) {
    let ours = match ours {
        Version::Http10 => (1, 0),
        Version::Http11 => (1, 1),
    };
    assert_eq!(ours, theirs, "version");
}

/// llhttp leaves blanks at the end of a value.
fn same_fields(ours: Fields<'_>, theirs: &Theirs<'_>) {
    let theirs = theirs
        .fields
        .iter()
        .map(|(name, value)| (*name, value.trim_ascii_end()));
    let ours = ours.map(|line| (line.name(), line.value()));
    assert!(ours.eq(theirs), "fields");
}

fn they_have_a_reason(head: &[u8]) {
    let listed = THEIR_REASONS.iter().any(|(_, holds)| holds(head));
    assert!(listed, "llhttp refuses {}", head.escape_ascii());
}

fn we_have_a_reason(input: &[u8], error: &Error) {
    let is_it = |(_, kind, fields): &OurReason| {
        *kind == error.kind() && error.field().is_none_or(|field| fields.contains(&field))
    };
    assert!(
        OUR_REASONS.iter().any(is_it),
        "llhttp accepts {}, and we do not: {error}",
        input.escape_ascii()
    );
}

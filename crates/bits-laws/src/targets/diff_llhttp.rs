//! Against llhttp, the parser of Node.js.
//!
//! llhttp is written in C: whoever calls hands it in. It refuses methods that it does not know, so that
//! `BITS_POST` is swapped for `POST` before it is asked; of other methods only those that it knows are
//! compared.

use bits_packet::{Body, ErrorKind, Escaped, Field, Options, Parsed, TargetForm, Version};

use super::reference;
use crate::readings::{Reading, StartLine, Value};

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
    /// Empty of a request.
    pub reason: &'a [u8],
    pub content_length: Option<u64>,
    pub is_chunked: bool,
    /// The body lasts until the connection closes.
    pub lasts_until_close: bool,
    pub fields: Vec<(&'a [u8], &'a [u8])>,
}

/// Why llhttp refuses what we accept, and the head without it, which it must accept. There is no other reason.
///
/// * A target holds bytes that are not ASCII: Windows sends them, and we tell of them.
/// * A scheme holds digits or signs, as RFC 3986 3.1 allows.
fn without_their_reasons(head: &[u8]) -> Option<Vec<u8>> {
    let target = target_of(head);
    let start = head.iter().position(|&byte| byte == b' ')? + 1;
    let scheme = target.windows(3).position(|part| part == b"://");
    let scheme = scheme
        .filter(|&end| !target[..end].contains(&b'/'))
        .unwrap_or(0);
    let mut without = head.to_vec();
    for (at, byte) in without[start..start + target.len()].iter_mut().enumerate() {
        if !byte.is_ascii() || (at < scheme && !byte.is_ascii_alphabetic()) {
            *byte = b'x';
        }
    }
    (without != head).then_some(without)
}

/// Empty of a response.
fn target_of(head: &[u8]) -> &[u8] {
    if head.starts_with(b"HTTP/") {
        return b"";
    }
    head.split(|&byte| byte == b' ').nth(1).unwrap_or_default()
}

/// What we refuse and llhttp accepts.
struct Refused<'a> {
    input: &'a [u8],
    theirs: &'a Theirs<'a>,
    field: Option<Field>,
}

/// A reason, the kind of our error, and whether it holds.
type OurReason = (&'static str, ErrorKind, fn(&Refused<'_>) -> bool);

/// Why we refuse what llhttp accepts. There is no other reason.
const OUR_REASONS: [OurReason; 15] = [
    (
        "targets are checked: their form, their authority, blanks around them",
        ErrorKind::Target,
        |it| {
            let method = it.input.split(|&byte| byte == b' ').next();
            let method = method.unwrap_or_default();
            let by_itself = [method, b" ", it.theirs.target, b" HTTP/"].concat();
            let is_apart = it.start_line().starts_with(&by_itself);
            let has_port = reference::authority(it.theirs.target).is_some_and(|it| it.1.is_some());
            let form = reference::target(it.theirs.target).map(|target| target.0);
            let is_right = match form {
                None => false,
                Some(TargetForm::Authority) => method == b"CONNECT" && has_port,
                Some(TargetForm::Asterisk) => method == b"OPTIONS",
                Some(TargetForm::Origin | TargetForm::Absolute) => method != b"CONNECT",
            };
            !is_right || !is_apart
        },
    ),
    (
        "versions are HTTP/1.1 and HTTP/1.0; llhttp knows 0.9 and 2.0 too",
        ErrorKind::UnsupportedVersion,
        |it| it.theirs.version.0 != 1,
    ),
    (
        "the version is spelled HTTP; llhttp knows RTSP and ICE too",
        ErrorKind::Version,
        |it| !it.start_line().windows(6).any(|part| part == b" HTTP/"),
    ),
    (
        "a status code is followed by a space",
        ErrorKind::StatusCode,
        |it| it.start_line().len() == "HTTP/1.1 200".len(),
    ),
    (
        "a reason phrase holds no control characters",
        ErrorKind::ReasonPhrase,
        |it| it.start_line().iter().any(u8::is_ascii_control),
    ),
    (
        "empty lines before a start line are for the caller to skip",
        ErrorKind::EmptyLine,
        |it| it.input.starts_with(b"\r") || it.input.starts_with(b"\n"),
    ),
    (
        "a line ends with CR and LF; llhttp takes LF alone behind a request line of HTTP/0.9",
        ErrorKind::LineEnd,
        |it| it.theirs.version == (0, 9),
    ),
    ("there is a limit", ErrorKind::HeadTooLarge, |it| {
        it.input.len() >= Options::INTEROP.max_head() as usize
    }),
    ("a BITS request has a Host", ErrorKind::Missing, |it| {
        it.field == Some(Field::Host) && it.values(Field::Host).is_empty() && it.is_bits_request()
    }),
    (
        "the Host of a BITS request is a host; a Transfer-Encoding is a list that ends with chunked alone",
        ErrorKind::InvalidValue,
        |it| {
            let values = it.field.map(|field| it.values(field)).unwrap_or_default();
            values.iter().any(|value| match it.field {
                Some(Field::Host) => reference::authority(value).is_none() && it.is_bits_request(),
                Some(Field::TransferEncoding) => reference::transfer_encoding(value) != Some(true),
                _ => false,
            })
        },
    ),
    (
        "a BITS request has no Transfer-Encoding",
        ErrorKind::Unexpected,
        |it| it.field == Some(Field::TransferEncoding) && it.is_bits_request(),
    ),
    (
        "HTTP/1.0 has no Transfer-Encoding",
        ErrorKind::OldTransferEncoding,
        |it| it.theirs.version == (1, 0),
    ),
    (
        "a field that frames messages stands once, and so does one of the protocol in a BITS message",
        ErrorKind::Repeated,
        |it| {
            let frames = matches!(
                it.field,
                Some(Field::ContentLength | Field::TransferEncoding)
            );
            let is_bits = it.is_bits_request() || !it.values(Field::PacketType).is_empty();
            it.field.is_some_and(|field| it.values(field).len() > 1) && (frames || is_bits)
        },
    ),
    (
        "a length has at most 64 bits in a response that has no body, too",
        ErrorKind::OutOfRange,
        |it| {
            let lengths = it.values(Field::ContentLength);
            lengths
                .iter()
                .any(|value| reference::number(value).is_none())
        },
    ),
    (
        "a length and a coding exclude each other, whichever comes first",
        ErrorKind::Conflict,
        |it| {
            let framing = [Field::ContentLength, Field::TransferEncoding];
            framing.iter().all(|&field| !it.values(field).is_empty())
        },
    ),
];

impl<'a> Refused<'a> {
    /// The first line, without its end.
    fn start_line(&self) -> &'a [u8] {
        let line = self.input.split(|&byte| byte == b'\n').next();
        let line = line.unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    fn is_bits_request(&self) -> bool {
        self.input.starts_with(b"BITS_POST ")
    }

    /// What llhttp takes for the values of a field.
    fn values(&self, field: Field) -> Vec<&'a [u8]> {
        let lines = self.theirs.fields.iter();
        let lines = lines.filter(|(name, _)| name.eq_ignore_ascii_case(field.name().as_bytes()));
        lines.map(|(_, value)| value.trim_ascii_end()).collect()
    }
}

/// What both accept they read alike; what one refuses and the other accepts has a reason that is listed.
pub fn diff_llhttp(input: &[u8], read: impl for<'a> Fn(&'a [u8], Kind) -> Option<Theirs<'a>>) {
    if let Some(without) = compare(input, &read) {
        let again = compare(&without, &read);
        assert!(again.is_none(), "llhttp refuses {}", without.escape_ascii());
    }
}

/// Compares; if llhttp refuses for a reason of its own, what is left without it.
fn compare(
    input: &[u8],
    read: &impl for<'a> Fn(&'a [u8], Kind) -> Option<Theirs<'a>>,
) -> Option<Vec<u8>> {
    if input.starts_with(b"HTTP/") {
        let theirs = read(input, Kind::Response);
        compare_heads(Reading::ResponseHead, input, theirs.as_ref(), 0)
    } else {
        let (swapped, shorter) = with_known_method(input)?;
        let theirs = read(&swapped, Kind::Request);
        compare_heads(Reading::RequestHead, input, theirs.as_ref(), shorter)
    }
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

fn compare_heads(
    reading: Reading,
    input: &[u8],
    theirs: Option<&Theirs<'_>>,
    shorter: usize,
) -> Option<Vec<u8>> {
    match (reading.parse(input, &Options::INTEROP), theirs) {
        (Ok(Parsed::Complete { value, .. }), Some(theirs)) => same(&value, theirs, shorter),
        (Ok(Parsed::Complete { value, .. }), None) => {
            let without = without_their_reasons(input);
            assert!(
                without.is_some(),
                "llhttp refuses {}",
                value.head().escape_ascii()
            );
            return without;
        }
        (Err(error), Some(theirs)) => {
            let field = error.field();
            let refused = Refused {
                input,
                theirs,
                field,
            };
            let is_it = |it: &OurReason| it.1 == error.kind() && (it.2)(&refused);
            let listed = OUR_REASONS.iter().any(is_it);
            assert!(
                listed,
                "llhttp accepts {}, and we do not: {error}",
                input.escape_ascii()
            );
        }
        (Ok(Parsed::NeedMore), Some(theirs)) => panic!("more is needed, but they read {theirs:?}"),
        (_, None) => {}
    }
    None
}

fn same(ours: &Value<'_>, theirs: &Theirs<'_>, shorter: usize) {
    assert_eq!(ours.head().len(), theirs.length + shorter, "length");
    let version = match ours.line() {
        StartLine::Request(line) => {
            let target = line.target().pieces().concat();
            assert_eq!(Escaped(&target), Escaped(theirs.target));
            line.version()
        }
        StartLine::Status(line) => {
            assert_eq!(line.status().as_u16(), theirs.status);
            assert_eq!(Escaped(line.reason()), Escaped(theirs.reason));
            line.version()
        }
    };
    let version = match version {
        Version::Http10 => (1, 0),
        Version::Http11 => (1, 1),
    };
    assert_eq!(version, theirs.version);
    // llhttp does not know `chunked` again with a tab behind it, though OWS may be one (RFC 9110 5.6.3).
    let is_coded_before_tab = theirs.fields.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"Transfer-Encoding") && value.contains(&b'\t')
    });
    let body = if matches!(theirs.status, 100..=199 | 204 | 304) {
        // RFC 9112 6.3; llhttp counts what such a head announces.
        Body::Length(0)
    } else if theirs.is_chunked {
        Body::Chunked
    } else if theirs.lasts_until_close {
        Body::UntilClose
    } else {
        Body::Length(theirs.content_length.unwrap_or(0))
    };
    if !is_coded_before_tab {
        assert_eq!(ours.framing(), (body, theirs.content_length), "body");
    }
    let fields = theirs.fields.iter();
    // llhttp leaves blanks at the end of a value.
    let fields = fields.map(|(name, value)| (*name, value.trim_ascii_end()));
    let ours = ours.fields().map(|line| (line.name(), line.value()));
    assert!(ours.eq(fields), "fields");
}

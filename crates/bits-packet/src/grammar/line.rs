//! Start lines and field lines: [RFC 9112] 2 to 5.

use nom::branch::alt;
use nom::combinator::map;
use nom::sequence::{delimited, preceded, separated_pair, terminated};

use super::{Found, Leaf, Rule, literal, run, run1};
use crate::ErrorKind;
use crate::class::Class;
use crate::head::target::target;
use crate::head::{RequestLine, StatusCode, StatusLine, Version};

/// `request-line = method SP request-target SP HTTP-version CRLF`
pub(crate) fn request_line<'a>() -> impl Rule<'a, RequestLine<'a>> {
    let method = terminated(
        run1(Class::TOKEN, start_of_request),
        literal(b" ", in_method),
    );
    let target = terminated(target(), literal(b" ", in_target));
    let version = terminated(
        preceded(literal(b"HTTP/", in_version), version()),
        crlf(ErrorKind::Version),
    );
    map((method, target, version), |(method, target, version)| {
        RequestLine::from_parts(method, target, version)
    })
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF`
pub(crate) fn status_line<'a>() -> impl Rule<'a, StatusLine<'a>> {
    let version = delimited(
        (literal(b"H", start_of_status), literal(b"TTP/", in_version)),
        version(),
        literal(b" ", in_version),
    );
    let status = terminated(status_code(), literal(b" ", in_status));
    let reason = terminated(run(Class::TEXT), crlf(ErrorKind::ReasonPhrase));
    map((version, status, reason), |(version, status, reason)| {
        StatusLine::from_parts(version, status, reason)
    })
}

/// `HTTP-version` without its `HTTP/`: `DIGIT "." DIGIT`.
fn version<'a>() -> impl Rule<'a, Version> {
    Leaf(|input: &'a [u8]| match input {
        [b'1', b'.', b'1', ..] => Found::Match(3, Version::Http11),
        [b'1', b'.', b'0', ..] => Found::Match(3, Version::Http10),
        [major, b'.', minor, ..] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Found::Wrong(0, ErrorKind::UnsupportedVersion)
        }
        [wrong, ..] if !wrong.is_ascii_digit() => Found::Wrong(0, ErrorKind::Version),
        [_, wrong, ..] if *wrong != b'.' => Found::Wrong(1, ErrorKind::Version),
        [_, _, _, ..] => Found::Wrong(2, ErrorKind::Version),
        _ => Found::Open(ErrorKind::Version),
    })
}

/// `status-code = 3DIGIT`
fn status_code<'a>() -> impl Rule<'a, StatusCode> {
    Leaf(|input: &'a [u8]| {
        let digits = input
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        match (digits, input) {
            (3, [a, b, c, ..]) => Found::Match(3, StatusCode::from_digits([*a, *b, *c])),
            _ if digits == input.len() => Found::Open(ErrorKind::StatusCode),
            _ => Found::Wrong(digits, ErrorKind::StatusCode),
        }
    })
}

/// A line of the field block: a field, or the empty line that ends it.
pub(crate) enum Line<'a> {
    /// `field-line = field-name ":" OWS field-value OWS CRLF`; blanks may end the value.
    Field { name: &'a [u8], value: &'a [u8] },
    /// CRLF
    End,
}

/// `field-line / CRLF`
pub(crate) fn block_line<'a>() -> impl Rule<'a, Line<'a>> {
    let value = delimited(
        run(Class::BLANK),
        run(Class::TEXT),
        crlf(ErrorKind::FieldValue),
    );
    let field = separated_pair(
        run1(Class::TOKEN, start_of_field),
        literal(b":", after_name),
        value,
    );
    alt((
        map(crlf(ErrorKind::FieldName), |()| Line::End),
        map(field, |(name, value)| Line::Field { name, value }),
    ))
}

/// CRLF. CR or LF alone is blamed as such, any other byte as what stands before the line's end.
fn crlf<'a>(before: ErrorKind) -> impl Rule<'a, ()> {
    Leaf(move |input: &'a [u8]| match input {
        [b'\r', b'\n', ..] => Found::Match(2, ()),
        [b'\r', _, ..] | [b'\n', ..] => Found::Wrong(0, ErrorKind::LineEnd),
        [b'\r'] | [] => Found::Open(ErrorKind::LineEnd),
        _ => Found::Wrong(0, before),
    })
}

fn start_of_request(byte: u8) -> ErrorKind {
    if byte == b'\r' {
        ErrorKind::EmptyLine
    } else {
        in_method(byte)
    }
}

fn start_of_status(byte: u8) -> ErrorKind {
    if byte == b'\r' {
        ErrorKind::EmptyLine
    } else {
        in_version(byte)
    }
}

fn in_method(byte: u8) -> ErrorKind {
    line_end_or(ErrorKind::Method, byte)
}

fn in_target(byte: u8) -> ErrorKind {
    line_end_or(ErrorKind::Target, byte)
}

fn in_version(byte: u8) -> ErrorKind {
    line_end_or(ErrorKind::Version, byte)
}

fn in_status(byte: u8) -> ErrorKind {
    line_end_or(ErrorKind::StatusCode, byte)
}

fn start_of_field(byte: u8) -> ErrorKind {
    match byte {
        b' ' | b'\t' => ErrorKind::Fold,
        b'\r' => ErrorKind::LineEnd,
        _ => line_end_or(ErrorKind::FieldName, byte),
    }
}

fn after_name(byte: u8) -> ErrorKind {
    match byte {
        b' ' | b'\t' => ErrorKind::SpaceBeforeColon,
        _ => line_end_or(ErrorKind::FieldName, byte),
    }
}

/// An LF that no CR precedes is a bad line end wherever it stands.
fn line_end_or(kind: ErrorKind, byte: u8) -> ErrorKind {
    if byte == b'\n' {
        ErrorKind::LineEnd
    } else {
        kind
    }
}

//! Start lines and field lines: [RFC 9112] 2 to 5.

use nom::branch::alt;
use nom::combinator::{map, map_opt, recognize};
use nom::sequence::{delimited, separated_pair, terminated};

use super::{Found, Leaf, Rule, blamed, blamed_by, exactly, literal, run, run1};
use crate::ErrorKind;
use crate::class::Class;
use crate::head::target::target;
use crate::head::{RequestLine, StatusCode, StatusLine, Version};

/// `request-line = method SP request-target SP HTTP-version CRLF`
pub(crate) fn request_line<'a>() -> impl Rule<'a, RequestLine<'a>> {
    let method = blamed_by(or_empty_line(ErrorKind::Method), run1(Class::TOKEN));
    let after_method = blamed(ErrorKind::Method, literal(b" "));
    let after_target = blamed(ErrorKind::Target, space_before_version());
    let name = blamed(ErrorKind::Version, literal(b"HTTP/"));
    let start = (
        terminated(method, after_method),
        terminated(target(), after_target),
    );
    let version = delimited(name, version(), crlf(ErrorKind::Version));
    map((start, version), |((method, target), version)| {
        RequestLine::from_parts(method, target, version)
    })
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF`
pub(crate) fn status_line<'a>() -> impl Rule<'a, StatusLine<'a>> {
    let name = (
        blamed_by(or_empty_line(ErrorKind::Version), literal(b"H")),
        blamed(ErrorKind::Version, literal(b"TTP/")),
    );
    let version = delimited(name, version(), blamed(ErrorKind::Version, literal(b" ")));
    let status = blamed(
        ErrorKind::StatusCode,
        terminated(exactly(3, Class::DIGIT), literal(b" ")),
    );
    let reason = terminated(run(Class::TEXT), crlf(ErrorKind::ReasonPhrase));
    map((version, status, reason), |(version, status, reason)| {
        StatusLine::from_parts(version, StatusCode::from_digits(status), reason)
    })
}

/// The SP before `HTTP-version`. It is a blank that the target should have had escaped if the version
/// comes later on the line.
fn space_before_version<'a>() -> impl Rule<'a, ()> {
    const NAME: &[u8] = b"HTTP/";
    Leaf(|input: &'a [u8]| {
        // A target that is over is followed by a byte.
        let Some(rest) = input.strip_prefix(b" ") else {
            return Found::Wrong(0);
        };
        if rest.starts_with(NAME) {
            return Found::Match(1, ());
        }
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let line = rest.split(is_end).next().unwrap_or_default();
        if line.windows(NAME.len()).any(|text| text == NAME) {
            Found::Wrong(0)
        } else if line.len() < rest.len() {
            Found::Match(1, ())
        } else {
            Found::Open
        }
    })
}

/// `HTTP-version` without its `HTTP/`: `DIGIT "." DIGIT`, of which two are spoken.
fn version<'a>() -> impl Rule<'a, Version> {
    let digit = || exactly(1, Class::DIGIT);
    let any = recognize((digit(), literal(b"."), digit()));
    let spoken = map_opt(blamed(ErrorKind::Version, any), |version| match version {
        b"1.1" => Some(Version::Http11),
        b"1.0" => Some(Version::Http10),
        _ => None,
    });
    blamed_by(unspoken, spoken)
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
    let name = blamed_by(start_of_field, run1(Class::TOKEN));
    let field = separated_pair(name, blamed_by(after_name, literal(b":")), value);
    alt((
        map(crlf(ErrorKind::FieldName), |()| Line::End),
        map(field, |(name, value)| Line::Field { name, value }),
    ))
}

/// CRLF. A wrong byte is blamed as what stands before the line's end; the walk knows a CR or LF that
/// stands alone.
fn crlf<'a>(before: ErrorKind) -> impl Rule<'a, ()> {
    let rule = Leaf(|input: &'a [u8]| match input {
        [b'\r', b'\n', ..] => Found::Match(2, ()),
        [b'\r'] | [] => Found::Open,
        _ => Found::Wrong(0),
    });
    blamed(before, rule)
}

/// What is wrong where a start line should begin.
fn or_empty_line(kind: ErrorKind) -> impl Fn(ErrorKind, u8) -> ErrorKind {
    move |_, byte| {
        if byte == b'\r' {
            ErrorKind::EmptyLine
        } else {
            kind
        }
    }
}

/// A version that is spelled well and not spoken.
fn unspoken(kind: ErrorKind, _: u8) -> ErrorKind {
    match kind {
        ErrorKind::InvalidValue => ErrorKind::UnsupportedVersion,
        kind => kind,
    }
}

/// What is wrong where a line of the field block should begin.
fn start_of_field(_: ErrorKind, byte: u8) -> ErrorKind {
    match byte {
        b' ' | b'\t' => ErrorKind::Fold,
        _ => ErrorKind::FieldName,
    }
}

/// What is wrong where a colon should follow the name of a field.
fn after_name(_: ErrorKind, byte: u8) -> ErrorKind {
    match byte {
        b' ' | b'\t' => ErrorKind::SpaceBeforeColon,
        _ => ErrorKind::FieldName,
    }
}

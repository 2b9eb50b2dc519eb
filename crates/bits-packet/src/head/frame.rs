//! What decides where a message ends, and which server it is for: the same for every packet, and
//! not relaxed by any option.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, recognize};
use nom::multi::many0_count;
use nom::sequence::{delimited, pair, preceded};

use super::target::authority;
use super::{Authority, RequestLine, StatusLine, TargetForm, Version};
use crate::class::Class;
use crate::grammar::{Fault, Rule, fault_of, literal, quoted_string, run, run1, whole};
use crate::slots::{Slot, Slots};
use crate::tolerance::Tolerance;
use crate::{Deviation, Deviations, Error, ErrorKind, Field, Options};

/// How the body after a head is framed ([RFC 9112] 6.3).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Body {
    /// So many bytes, which may be none.
    Length(u64),
    /// Chunks ([RFC 9112] 7.1).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    Chunked,
    /// Everything until the connection closes. Responses only.
    UntilClose,
}

/// What the head of a message says besides its packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) body: Body,
    pub(crate) content_length: Option<u64>,
    pub(crate) deviations: Deviations,
}

/// Whether a request is one of BITS: by its method, or by the dialect of OneDrive where that is
/// tolerated.
pub(crate) fn is_bits(line: &RequestLine<'_>, slots: &Slots<'_>, options: &Options) -> bool {
    line.is_bits_post() || is_override(line, slots, options)
}

fn is_override(line: &RequestLine<'_>, slots: &Slots<'_>, options: &Options) -> bool {
    options.tolerates(Deviation::MethodOverride)
        && line.method() == b"POST"
        && slots
            .get(Field::MethodOverride)
            .is_some_and(|slot| slot.value == RequestLine::BITS_POST)
}

/// Checks what a request says to the HTTP layer.
pub(crate) fn frame_request(
    line: &RequestLine<'_>,
    slots: &Slots<'_>,
    options: &Options,
) -> Result<Frame, Error> {
    let bits = is_bits(line, slots, options);
    let mut tolerance = Tolerance::new(options);

    if !has_right_form(line) {
        return Err(wrong_target(slots, line, 0));
    }
    if let Some(wrong) = line.target().first_non_uri() {
        tolerance.tolerate(Deviation::UriCharacters, wrong_target(slots, line, wrong))?;
    }
    if bits && line.version() == Version::Http10 {
        tolerance.tolerate(Deviation::Http10, old_request(slots, line))?;
    }
    if is_override(line, slots, options) {
        tolerance.note(Deviation::MethodOverride);
        if let Some(error) = slots.mixed_override() {
            return Err(error);
        }
    }
    match host_error(slots) {
        None => {}
        Some(error) if bits => return Err(error),
        Some(error) if error.kind() == ErrorKind::Missing && line.version() == Version::Http10 => {}
        Some(error) => tolerance.tolerate(Deviation::OrdinaryHost, error)?,
    }
    let body = match slots.get(Field::TransferEncoding) {
        Some(slot) if bits => return Err(slots.unexpected(Field::TransferEncoding, slot)),
        Some(slot) => match transfer_encoding(slots, slot, line.version())? {
            Body::Chunked => Body::Chunked,
            _ => {
                let fault = Fault::of_value(ErrorKind::InvalidValue, slot.value);
                return Err(slots.locate(Field::TransferEncoding, slot, fault));
            }
        },
        None => Body::Length(slots.content_length().unwrap_or(0)),
    };
    if let Some(error) = slots.ambiguous().filter(|_| bits) {
        return Err(error);
    }
    Ok(Frame {
        body,
        content_length: slots.content_length(),
        deviations: tolerance.seen(),
    })
}

/// Checks what a response says to the HTTP layer.
pub(crate) fn frame_response(
    line: &StatusLine<'_>,
    slots: &Slots<'_>,
    options: &Options,
) -> Result<Frame, Error> {
    let mut tolerance = Tolerance::new(options);
    if !line.status().is_in_class() {
        tolerance.tolerate(Deviation::StatusClass, wrong_status(slots))?;
    }
    if matches!(line.status().as_u16(), 100..=199 | 204) {
        for field in [Field::ContentLength, Field::TransferEncoding] {
            if let Some(slot) = slots.get(field) {
                let error = slots.unexpected(field, slot);
                tolerance.tolerate(Deviation::FramedWithoutBody, error)?;
            }
        }
    }
    let coded = match slots.get(Field::TransferEncoding) {
        Some(slot) => Some(transfer_encoding(slots, slot, line.version())?),
        None => None,
    };
    let body = match (coded, slots.content_length()) {
        _ if line.status().has_no_body() => Body::Length(0),
        (Some(body), _) => body,
        (None, Some(length)) => Body::Length(length),
        (None, None) => Body::UntilClose,
    };
    let is_ack = slots.get(Field::PacketType).is_some();
    if let Some(error) = slots.ambiguous().filter(|_| is_ack) {
        return Err(error);
    }
    Ok(Frame {
        body,
        content_length: slots.content_length(),
        deviations: tolerance.seen(),
    })
}

/// A byte of the target is wrong.
fn wrong_target(slots: &Slots<'_>, line: &RequestLine<'_>, within: usize) -> Error {
    let at = line.method().len().saturating_add(1).saturating_add(within);
    Error::new(ErrorKind::Target, slots.offset(0, at), None)
}

/// A request comes as HTTP/1.0.
pub(crate) fn old_request(slots: &Slots<'_>, line: &RequestLine<'_>) -> Error {
    let target = line.target().length();
    let at = line
        .method()
        .len()
        .saturating_add(target)
        .saturating_add("  HTTP/".len());
    Error::new(ErrorKind::UnsupportedVersion, slots.offset(0, at), None).answered_by(400)
}

/// A response comes as HTTP/1.0.
pub(crate) fn old_response(slots: &Slots<'_>) -> Error {
    Error::new(
        ErrorKind::UnsupportedVersion,
        slots.offset(0, "HTTP/".len()),
        None,
    )
}

/// The status of a response is wrong.
pub(crate) fn wrong_status(slots: &Slots<'_>) -> Error {
    Error::new(
        ErrorKind::StatusCode,
        slots.offset(0, "HTTP/1.1 ".len()),
        None,
    )
}

/// `CONNECT` asks for an authority, `OPTIONS` alone may ask for `*`, and all else for a path
/// ([RFC 9112] 3.2).
fn has_right_form(line: &RequestLine<'_>) -> bool {
    let has_port = |authority: Authority<'_>| authority.port().is_some();
    match line.target().form() {
        TargetForm::Authority => {
            line.method() == b"CONNECT" && line.target().authority().is_some_and(has_port)
        }
        TargetForm::Asterisk => line.method() == b"OPTIONS",
        TargetForm::Origin | TargetForm::Absolute => line.method() != b"CONNECT",
    }
}

/// What is wrong with `Host`: one valid value is wanted ([RFC 9112] 3.2).
fn host_error(slots: &Slots<'_>) -> Option<Error> {
    match slots.get(Field::Host) {
        None => Some(slots.missing(Field::Host)),
        Some(slot) => slots.again(Field::Host).or_else(|| {
            let fault = whole(slot.value, authority()).err()?;
            Some(slots.locate(Field::Host, slot, fault))
        }),
    }
}

/// `Transfer-Encoding = transfer-coding *( OWS "," OWS transfer-coding )`, in which `chunked` may stand once
/// and at the end only, without parameters ([RFC 9112] 6.1, 7.1). With HTTP/1.0 it is a sign of a confused
/// peer, and refused.
fn transfer_encoding(slots: &Slots<'_>, slot: Slot<'_>, version: Version) -> Result<Body, Error> {
    if version == Version::Http10 {
        let error = slots.unexpected(Field::TransferEncoding, slot);
        return Err(error.of_kind(ErrorKind::OldTransferEncoding));
    }
    let here = |fault| slots.locate(Field::TransferEncoding, slot, fault);
    let mut rest = slot.value;
    loop {
        let item = Fault::of_value(ErrorKind::InvalidValue, rest);
        let wrong = |error| here(fault_of(&error).unwrap_or(item));
        let (behind, (coding, parameters)) =
            transfer_coding().parse_complete(rest).map_err(wrong)?;
        let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        // A parameter of chunked means nothing, and is read in more than one way.
        if is_chunked && !parameters.is_empty() {
            return Err(here(item));
        }
        if behind.is_empty() {
            return Ok(if is_chunked {
                Body::Chunked
            } else {
                Body::UntilClose
            });
        }
        let mut comma = delimited(run(Class::BLANK), literal(b","), run(Class::BLANK));
        (rest, _) = comma.parse_complete(behind).map_err(wrong)?;
        if is_chunked {
            let next = Fault::of_value(ErrorKind::InvalidValue, rest);
            return Err(here(next));
        }
    }
}

/// `token *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) )` ([RFC 9112] 7): the name of a
/// coding, and its parameters.
fn transfer_coding<'a>() -> impl Rule<'a, (&'a [u8], &'a [u8])> {
    let around = |sign| delimited(run(Class::BLANK), literal(sign), run(Class::BLANK));
    let value = alt((run1(Class::TOKEN), quoted_string()));
    let parameter = preceded(around(b";"), cut((run1(Class::TOKEN), around(b"="), value)));
    pair(run1(Class::TOKEN), recognize(many0_count(parameter)))
}

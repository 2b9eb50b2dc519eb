//! From what an HTTP library has taken apart to a message.

use super::fields::Usual;
use super::leaf::Whole;
use super::message::has_small_limits;
use super::miss;
use super::packet::{Found, ack_of, request_of};
use super::start::usual_target;
use crate::class::trim_blanks;
use crate::head::{Frame, RequestLine, StatusLine, Target};
use crate::packet::{Ack, Message, Request, RequestType};
use crate::{Deviations, Error, Field, Options};

/// Reads the packet of a request from a line whose target is plain and the fields of a `HeaderMap`.
pub(crate) fn listed_request<'a>(
    line: RequestLine<'a>,
    fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    options: &Options,
    general: impl Fn() -> Result<Message<RequestLine<'a>, Request<'a>>, Error>,
) -> Result<Message<RequestLine<'a>, Request<'a>>, Error> {
    let mut usual = Usual::new();
    if has_small_limits(options) || list(fields, &mut usual, options).is_err() {
        return general();
    }
    let message = |frame, packet, deviations| Ok(message(line, frame, packet, deviations));
    request_of(
        &usual,
        &line,
        line.is_bits_post(),
        options,
        message,
        general,
    )
}

/// Reads an Ack from a status line and the fields of a `HeaderMap`.
pub(crate) fn listed_ack<'a>(
    line: StatusLine<'a>,
    fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    answering: Option<RequestType>,
    options: &Options,
    general: impl Fn() -> Result<Message<StatusLine<'a>, Ack<'a>>, Error>,
) -> Result<Message<StatusLine<'a>, Ack<'a>>, Error> {
    let mut usual = Usual::new();
    if has_small_limits(options) || list(fields, &mut usual, options).is_err() {
        return general();
    }
    let message = |frame, packet, deviations| Ok(message(line, frame, packet, deviations));
    ack_of(&usual, &line, answering, options, message, general)
}

fn message<L, P>(
    line: L,
    frame: Frame,
    packet: Option<P>,
    deviations: Deviations,
) -> Message<L, P> {
    Message::new(line, packet, frame.body, frame.content_length, deviations)
}

/// A path and a query without escapes that stand alone.
pub(crate) fn target(input: &[u8]) -> Option<Target<'_>> {
    let (rest, target) = usual_target(input).ok()?;
    rest.is_empty().then_some(target)
}

/// Reads fields of a `HeaderMap`, whose names are tokens and whose values are texts.
#[inline(always)]
fn list<'a>(
    fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    usual: &mut Usual<'a>,
    options: &Options,
) -> Found<()> {
    for (name, value) in fields {
        // What is in the others is nobody's affair: a `HeaderValue` holds nothing but a text.
        let Some(field) = Field::from_name(name) else {
            continue;
        };
        let value = trim_blanks(value);
        if value.len() > options.max_value() as usize {
            return miss();
        }
        (_, ()) = usual.value::<Whole>(field, value)?;
    }
    Ok(())
}

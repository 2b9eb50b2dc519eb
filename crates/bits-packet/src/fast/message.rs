//! From bytes to a message. What is not as expected is left to the general form, which the caller hands over.

use nom::Err;

use super::fields::{Usual, lines};
use super::packet::{Found, ack_of, request_of};
use super::start::{request_line, status_line, usual_request_line, usual_status_line};
use super::{Miss, miss, or_miss};
use crate::head::{Frame, Head, RequestHead, RequestLine, ResponseHead, StatusLine};
use crate::packet::{Ack, Message, Request, RequestType};
use crate::{Deviations, Error, Options, Parsed};

/// What [`Request::parse_with`] and its like return.
type Whole<'a, H, P> = Result<Parsed<'a, Message<H, P>>, Error>;

/// Reads the head of a request and its packet.
#[inline(always)]
pub(crate) fn request<'a>(
    input: &'a [u8],
    options: &Options,
    general: impl Fn() -> Whole<'a, RequestHead<'a>, Request<'a>>,
) -> Whole<'a, RequestHead<'a>, Request<'a>> {
    let Ok(window) = window(input, options) else {
        return general();
    };
    match usual_request_line(window) {
        Ok((block, line)) => after_request_line(input, options, line, block, true, general),
        Err(stop) if is_more_to_come(&stop, input, options) => Ok(Parsed::NeedMore),
        Err(_) => other_request(input, window, options, general),
    }
}

/// The same with another target, version or method, some of which are no packets. A way of its own for the usual
/// line, of which the compiler knows more, and for each packet (`request_of`) saves 100 instructions.
#[inline(never)]
fn other_request<'a>(
    input: &'a [u8],
    window: &'a [u8],
    options: &Options,
    general: impl Fn() -> Whole<'a, RequestHead<'a>, Request<'a>>,
) -> Whole<'a, RequestHead<'a>, Request<'a>> {
    match request_line(window) {
        Ok((block, line)) => {
            after_request_line(input, options, line, block, line.is_bits_post(), general)
        }
        Err(_) => general(),
    }
}

#[inline(always)]
fn after_request_line<'a>(
    input: &'a [u8],
    options: &Options,
    line: RequestLine<'a>,
    block: &'a [u8],
    is_bits: bool,
    general: impl Fn() -> Whole<'a, RequestHead<'a>, Request<'a>>,
) -> Whole<'a, RequestHead<'a>, Request<'a>> {
    let mut usual = Usual::new();
    let place = match Place::new(input, block, &mut usual, options) {
        Ok(place) => place,
        Err(stop) if is_more_to_come(&stop, input, options) => return Ok(Parsed::NeedMore),
        Err(_) => return general(),
    };
    let message = |frame, packet, deviations| Ok(place.message(line, frame, packet, deviations));
    request_of(&usual, &line, is_bits, options, message, general)
}

/// Reads the head of a request alone.
pub(crate) fn request_head<'a>(
    input: &'a [u8],
    options: &Options,
    general: impl Fn() -> Result<Parsed<'a, RequestHead<'a>>, Error>,
) -> Result<Parsed<'a, RequestHead<'a>>, Error> {
    let read = || {
        let window = window(input, options)?;
        let (block, line) = match usual_request_line(window) {
            Err(Err::Error(Miss)) => request_line(window)?,
            read => read?,
        };
        let mut usual = Usual::new();
        let place = Place::new(input, block, &mut usual, options)?;
        let frame = usual.frame_of_request(&line, line.is_bits_post(), options)?;
        Ok(place.complete(line, frame))
    };
    or_general(read(), input, options, general)
}

/// Reads the head of a response alone.
pub(crate) fn response_head<'a>(
    input: &'a [u8],
    options: &Options,
    general: impl Fn() -> Result<Parsed<'a, ResponseHead<'a>>, Error>,
) -> Result<Parsed<'a, ResponseHead<'a>>, Error> {
    let read = || {
        let window = window(input, options)?;
        let (block, line) = usual_status_line(window).or_else(|_| status_line(window))?;
        let mut usual = Usual::new();
        let place = Place::new(input, block, &mut usual, options)?;
        let frame = usual.frame_of_response(&line)?;
        Ok(place.complete(line, frame))
    };
    or_general(read(), input, options, general)
}

/// What was read of a head alone, or what the general form says.
#[inline(always)]
fn or_general<'a, T>(
    read: Found<Parsed<'a, T>>,
    input: &[u8],
    options: &Options,
    general: impl Fn() -> Result<Parsed<'a, T>, Error>,
) -> Result<Parsed<'a, T>, Error> {
    match read {
        Ok(head) => Ok(head),
        Err(stop) if is_more_to_come(&stop, input, options) => Ok(Parsed::NeedMore),
        Err(_) => general(),
    }
}

/// Reads the head of a response and its Ack.
#[inline(always)]
pub(crate) fn ack<'a>(
    input: &'a [u8],
    answering: Option<RequestType>,
    options: &Options,
    general: impl Fn() -> Whole<'a, ResponseHead<'a>, Ack<'a>>,
) -> Whole<'a, ResponseHead<'a>, Ack<'a>> {
    let Ok(window) = window(input, options) else {
        return general();
    };
    match usual_status_line(window) {
        Ok((block, line)) => after_status_line(input, answering, options, line, block, general),
        Err(_) => other_ack(input, window, answering, options, general),
    }
}

/// The same with another status or version.
#[inline(never)]
fn other_ack<'a>(
    input: &'a [u8],
    window: &'a [u8],
    answering: Option<RequestType>,
    options: &Options,
    general: impl Fn() -> Whole<'a, ResponseHead<'a>, Ack<'a>>,
) -> Whole<'a, ResponseHead<'a>, Ack<'a>> {
    match status_line(window) {
        Ok((block, line)) => after_status_line(input, answering, options, line, block, general),
        Err(_) => general(),
    }
}

#[inline(always)]
fn after_status_line<'a>(
    input: &'a [u8],
    answering: Option<RequestType>,
    options: &Options,
    line: StatusLine<'a>,
    block: &'a [u8],
    general: impl Fn() -> Whole<'a, ResponseHead<'a>, Ack<'a>>,
) -> Whole<'a, ResponseHead<'a>, Ack<'a>> {
    let mut usual = Usual::new();
    let place = match Place::new(input, block, &mut usual, options) {
        Ok(place) => place,
        Err(stop) if is_more_to_come(&stop, input, options) => return Ok(Parsed::NeedMore),
        Err(_) => return general(),
    };
    let message = |frame, packet, deviations| Ok(place.message(line, frame, packet, deviations));
    ack_of(&usual, &line, answering, options, message, general)
}

/// Whether an input was read up to its end, and ends too soon for a head. One of the size that a head may have is
/// too long for one.
#[inline(always)]
fn is_more_to_come(stop: &Err<Miss>, input: &[u8], options: &Options) -> bool {
    stop.is_incomplete() && input.len() < options.max_head() as usize
}

/// What is looked at of an input.
#[inline(always)]
fn window<'a>(input: &'a [u8], options: &Options) -> Found<&'a [u8]> {
    if has_small_limits(options) {
        return miss();
    }
    Ok(input.get(..options.max_head() as usize).unwrap_or(input))
}

/// Whether a careful value may be longer than the limits allow: the fast form does not look at the lengths of
/// numbers, of which three of twenty digits are the longest, nor at the first item of a list.
#[inline(always)]
pub(super) fn has_small_limits(options: &Options) -> bool {
    options.max_value() < 80 || options.max_protocols() == 0
}

/// A head's place in the input.
struct Place<'a> {
    bytes: &'a [u8],
    fields_at: u32,
    rest: &'a [u8],
}

impl<'a> Place<'a> {
    /// Reads the lines of a head.
    #[inline(always)]
    fn new(
        input: &'a [u8],
        block: &'a [u8],
        usual: &mut Usual<'a>,
        options: &Options,
    ) -> Found<Self> {
        let (behind, ()) = lines(block, usual)?;
        // Counted from the end of the window, which is the input or its first `max_head` bytes.
        let window = input.len().min(options.max_head() as usize);
        let head = window.wrapping_sub(behind.len());
        let (bytes, rest) = or_miss(input.split_at_checked(head))?;
        let fields_at = or_miss(u32::try_from(window.wrapping_sub(block.len())).ok())?;
        if block.len().wrapping_sub(behind.len()) > options.max_value() as usize {
            let lines = bytes.get(fields_at as usize..).unwrap_or_default();
            usual.check_lengths(lines, options)?;
        }
        Ok(Place {
            bytes,
            fields_at,
            rest,
        })
    }

    #[inline(always)]
    fn head<L>(&self, line: L, frame: Frame) -> Head<'a, L> {
        let Frame {
            body,
            content_length,
            deviations,
        } = frame;
        Head::new(
            self.bytes,
            line,
            self.fields_at,
            body,
            content_length,
            deviations,
        )
    }

    #[inline(always)]
    fn complete<L>(&self, line: L, frame: Frame) -> Parsed<'a, Head<'a, L>> {
        Parsed::Complete {
            value: self.head(line, frame),
            rest: self.rest,
        }
    }

    #[inline(always)]
    fn message<L, P>(
        &self,
        line: L,
        frame: Frame,
        packet: Option<P>,
        deviations: Deviations,
    ) -> Parsed<'a, Message<Head<'a, L>, P>> {
        let head = self.head(line, frame);
        Parsed::Complete {
            value: Message::new(head, packet, frame.body, frame.content_length, deviations),
            rest: self.rest,
        }
    }
}

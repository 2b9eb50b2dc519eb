//! Heads: a validated start line and the raw field block. Lossless and borrowed.

mod fields;
mod frame;
mod scanner;
mod start;
pub(crate) mod target;

pub use fields::{FieldLine, Fields};
pub use frame::Body;
pub(crate) use frame::{Frame, is_bits, old_request, old_response, wrong_status};
use frame::{frame_request, frame_response};
pub use scanner::{HeadScanner, Scan, skip_empty_lines};
pub use start::{RequestLine, StatusCode, StatusLine, Version};
use target::authority;
pub use target::{Authority, Target, TargetForm};

use core::fmt;

use crate::fast;
use crate::grammar::line::{request_line, status_line};
use crate::grammar::{Rule, whole};
use crate::slots::Slots;
use crate::walk::walk;
use crate::{Deviations, Error, Field, Options};

/// What a parser makes of the bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Parsed<'a, T> {
    /// A whole head.
    Complete {
        /// What was read.
        value: T,
        /// The bytes after the head: the body, and what follows it.
        rest: &'a [u8],
    },
    /// The bytes are right so far, and the head goes on. Read more, and see [`HeadScanner`].
    NeedMore,
}

impl<'a, T> Parsed<'a, T> {
    /// The value and the bytes after the head, if the head is whole.
    #[must_use]
    pub fn complete(self) -> Option<(T, &'a [u8])> {
        match self {
            Parsed::Complete { value, rest } => Some((value, rest)),
            Parsed::NeedMore => None,
        }
    }

    /// The same with `f` applied to the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Parsed<'a, U> {
        match self {
            Parsed::Complete { value, rest } => Parsed::Complete {
                value: f(value),
                rest,
            },
            Parsed::NeedMore => Parsed::NeedMore,
        }
    }
}

/// A head: start line and fields of a message. `L` is [`RequestLine`] or [`StatusLine`]; see
/// [`RequestHead`] and [`ResponseHead`].
///
/// It keeps the bytes as they came: [`Head::as_bytes`] is the input, byte for byte. No array of
/// fields is kept and no number of them is too large; [`Head::fields`] walks the block on demand.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head<'a, L> {
    bytes: &'a [u8],
    line: L,
    /// Where the fields begin, which end with the head.
    fields_at: u32,
    body: Body,
    content_length: Option<u64>,
    deviations: Deviations,
}

/// The head of a request, BITS or not ([RFC 9112] 3).
///
/// ```
/// use bits_packet::{Parsed, RequestHead};
///
/// let input = b"GET /a?b HTTP/1.1\r\nHost: example.net\r\n\r\nrest";
/// let Parsed::Complete { value: head, rest } = RequestHead::parse(input)? else { panic!() };
/// assert_eq!(head.line().target().path(), b"/a");
/// assert_eq!(head.fields().count(), 1);
/// assert_eq!(rest, b"rest");
/// # Ok::<(), bits_packet::Error>(())
/// ```
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub type RequestHead<'a> = Head<'a, RequestLine<'a>>;

/// The head of a response, BITS or not ([RFC 9112] 4).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub type ResponseHead<'a> = Head<'a, StatusLine<'a>>;

impl<'a> RequestHead<'a> {
    /// Reads the head of a request with the default [`Options`].
    ///
    /// # Errors
    ///
    /// What breaks the grammar of [RFC 9112], makes the end of the message ambiguous, or exceeds a
    /// limit. Errors of packets are found by [`Request::parse`](crate::Request::parse).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    pub fn parse(input: &'a [u8]) -> Result<Parsed<'a, Self>, Error> {
        Self::parse_with(input, &Options::INTEROP)
    }

    /// Reads the head of a request.
    ///
    /// # Errors
    ///
    /// See [`RequestHead::parse`].
    pub fn parse_with(input: &'a [u8], options: &Options) -> Result<Parsed<'a, Self>, Error> {
        fast::request_head(input, options, move || Self::parse_general(input, options))
    }

    /// The same by the general form of the grammar alone.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse_general(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Self>, Error> {
        Ok(read_head(input, options)?.map(|read: ReadHead<'a, _>| read.head))
    }

    /// The server that the request is for: the authority of its target or, if that names none, its
    /// `Host` ([RFC 9112] 3.2.2). `None` if neither says: an ordinary request may have no `Host`, several,
    /// or one that is none ([`Deviation::OrdinaryHost`](crate::Deviation::OrdinaryHost)).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    #[must_use]
    pub fn authority(&self) -> Option<Authority<'a>> {
        let mut hosts = self
            .fields()
            .filter(|line| line.field() == Some(Field::Host));
        let host = match (hosts.next(), hosts.next()) {
            (Some(line), None) => whole(line.value(), authority()).ok(),
            _ => None,
        };
        self.line.target().authority().or(host)
    }
}

impl<'a> ResponseHead<'a> {
    /// Reads the head of a response with the default [`Options`].
    ///
    /// # Errors
    ///
    /// What breaks the grammar of [RFC 9112], makes the end of the message ambiguous, or exceeds a
    /// limit. Errors of Acks are found by [`Ack::parse`](crate::Ack::parse).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    pub fn parse(input: &'a [u8]) -> Result<Parsed<'a, Self>, Error> {
        Self::parse_with(input, &Options::INTEROP)
    }

    /// Reads the head of a response.
    ///
    /// # Errors
    ///
    /// See [`ResponseHead::parse`].
    pub fn parse_with(input: &'a [u8], options: &Options) -> Result<Parsed<'a, Self>, Error> {
        fast::response_head(input, options, move || Self::parse_general(input, options))
    }

    /// The same by the general form of the grammar alone.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse_general(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Self>, Error> {
        Ok(read_head(input, options)?.map(|read: ReadHead<'a, _>| read.head))
    }
}

impl<'a, L: Copy> Head<'a, L> {
    /// The start line.
    #[must_use]
    pub const fn line(&self) -> L {
        self.line
    }
}

impl<'a, L> Head<'a, L> {
    pub(crate) const fn new(
        bytes: &'a [u8],
        line: L,
        fields_at: u32,
        body: Body,
        content_length: Option<u64>,
        deviations: Deviations,
    ) -> Self {
        Head {
            bytes,
            line,
            fields_at,
            body,
            content_length,
            deviations,
        }
    }

    /// The whole head as it came, from the start line to the empty line that ends it.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Every field line, in order, as spelled.
    #[must_use]
    pub const fn fields(&self) -> Fields<'a> {
        let lines = match self.bytes.split_at_checked(self.fields_at as usize) {
            Some((_, lines)) => lines,
            None => &[],
        };
        // All but the empty line.
        let lines = match lines.split_last_chunk::<2>() {
            Some((lines, _)) => lines,
            None => &[],
        };
        Fields::new(lines, self.fields_at)
    }

    /// What follows the head, if the message is taken by itself ([RFC 9112] 6.3). The answer to a
    /// `HEAD` and the success of a `CONNECT` have no body whatever their head says.
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    #[must_use]
    pub const fn body(&self) -> Body {
        self.body
    }

    /// The value of `Content-Length`, in bytes.
    #[must_use]
    pub const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// What was tolerated in the head as a head of HTTP.
    #[must_use]
    pub const fn deviations(&self) -> Deviations {
        self.deviations
    }
}

impl<L: fmt::Debug> fmt::Debug for Head<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("line", &self.line)
            .field("fields", &self.fields())
            .field("body", &self.body)
            .field("deviations", &self.deviations)
            .finish_non_exhaustive()
    }
}

/// A start line: what differs in reading requests and responses.
pub(crate) trait StartLine<'a>: Copy {
    /// Its grammar, CRLF included.
    fn rule() -> impl Rule<'a, Self>;

    /// What the line and the fields behind it say to the HTTP layer.
    fn frame(&self, slots: &Slots<'a>, options: &Options) -> Result<Frame, Error>;

    /// An error in such a message, whoever it is told to.
    fn blame(error: Error) -> Error;
}

impl<'a> StartLine<'a> for RequestLine<'a> {
    fn rule() -> impl Rule<'a, Self> {
        request_line()
    }

    fn frame(&self, slots: &Slots<'a>, options: &Options) -> Result<Frame, Error> {
        frame_request(self, slots, options)
    }

    fn blame(error: Error) -> Error {
        error
    }
}

impl<'a> StartLine<'a> for StatusLine<'a> {
    fn rule() -> impl Rule<'a, Self> {
        status_line()
    }

    fn frame(&self, slots: &Slots<'a>, options: &Options) -> Result<Frame, Error> {
        frame_response(self, slots, options)
    }

    /// Nobody answers a response.
    fn blame(error: Error) -> Error {
        error.of_response()
    }
}

/// A head that was read, and what a packet is made of.
pub(crate) struct ReadHead<'a, L> {
    pub(crate) head: Head<'a, L>,
    pub(crate) slots: Slots<'a>,
    pub(crate) frame: Frame,
}

/// Reads a head and what it says to the HTTP layer.
pub(crate) fn read_head<'a, L: StartLine<'a>>(
    input: &'a [u8],
    options: &Options,
) -> Result<Parsed<'a, ReadHead<'a, L>>, Error> {
    let walked = walk(input, L::rule(), options).map_err(L::blame)?;
    let Parsed::Complete {
        value: walked,
        rest,
    } = walked
    else {
        return Ok(Parsed::NeedMore);
    };
    let frame = walked
        .line
        .frame(&walked.slots, options)
        .map_err(L::blame)?;
    let Frame {
        body,
        content_length,
        deviations,
    } = frame;
    let (bytes, line, fields_at) = (walked.bytes, walked.line, walked.fields_at);
    let head = Head::new(bytes, line, fields_at, body, content_length, deviations);
    let value = ReadHead {
        head,
        slots: walked.slots,
        frame,
    };
    Ok(Parsed::Complete { value, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fields_begin_behind_a_head() {
        let line = StatusLine::from_parts(Version::Http11, StatusCode::OK, b"");
        let head = Head::new(b"", line, 9, Body::UntilClose, None, Deviations::NONE);
        assert_eq!(head.fields().count(), 0);
    }
}

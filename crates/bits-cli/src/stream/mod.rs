//! A byte stream of one direction, cut into messages.
//!
//! [`Decoder`] does no input and no output: it is fed bytes as they come, in pieces of any size, and
//! answers with [`Event`]s. What it answers does not depend on the size of the pieces, except that a
//! body comes in as many [`Event::Body`] as it was fed in.
//!
//! It keeps at most one head in memory, and of a body a few bytes: the first ones, and the last ones of
//! a chunked body.

mod body;
mod fault;
mod message;

pub use bits_capture::body::ChunkFault;
pub(crate) use bits_capture::body::KEPT;
pub use fault::Fault;
pub use message::{Message, Settings};

use bits_packet::{Error, HeadScanner, Parsed, Scan, skip_empty_lines};

use bits_capture::body::Step;
use body::Reading;
use message::may_be_response;

/// The most that empty lines before a start line can take: two times CRLF.
const EMPTY_LINES: usize = 4;

/// A whole head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// Where in the stream it begins.
    pub offset: u64,
    /// What it says.
    pub message: Message<'a>,
}

/// The end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// How many bytes of the body were there. Of a chunked body, the bytes in the chunks alone: not
    /// their sizes, line ends and trailers.
    pub body_bytes: u64,
    /// Whether that was all of it.
    pub whole: bool,
    /// Whether it begins like a head, with `HTTP/1.` or `BITS_POST `. Then it may be no body: the answer
    /// to a HEAD request has none, whatever its head announces.
    pub is_like_head: bool,
}

/// A malformed message. No event follows it, as what it breaks is most often what tells where the next
/// message begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// Where in the stream the head begins.
    pub offset: u64,
    /// The bytes looked at, from the start of the head. Of a malformed head: up to its empty line,
    /// the greatest length of a head, or the end of the input. Of a malformed body: up to the wrong
    /// byte, which is included.
    pub length: u64,
    /// What is wrong.
    pub fault: Fault,
    /// Those bytes, if it is the head that is malformed.
    pub head: &'a [u8],
    /// The last of those bytes, at most 58, if it is the body that is malformed: bytes of the body up to
    /// the wrong one, which is included.
    pub body: &'a [u8],
}

/// What happens in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an event is looked at, not stored"
)]
pub enum Event<'a> {
    /// A message begins.
    Head(Head<'a>),
    /// A piece of its body, never empty.
    Body(&'a [u8]),
    /// The message is over.
    End(End),
    /// The stream is malformed.
    Failure(Failure<'a>),
}

/// Cuts a stream into messages.
///
/// ```
/// use bits_cli::stream::{Decoder, Event, Settings};
///
/// let mut decoder = Decoder::new(Settings::INTEROP);
/// let mut packets = Vec::new();
/// let stream = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n";
/// for mut piece in stream.chunks(7) {
///     while let Some(event) = decoder.push(&mut piece) {
///         if let Event::Head(head) = event {
///             packets.push(head.message.packet_name());
///         }
///     }
/// }
/// assert_eq!(decoder.finish(), None);
/// assert_eq!(packets, [Some("Ack")]);
/// ```
#[derive(Debug)]
pub struct Decoder {
    settings: Settings,
    /// Where in the stream the first byte stands that no event has covered yet.
    offset: u64,
    /// The bytes of a head that did not come in one piece, and of the empty lines before it; or the last
    /// bytes of a malformed body.
    buffer: Vec<u8>,
    state: State,
    /// Whether the last message was a response. What follows is one too, unless it begins like a
    /// request.
    of_responses: bool,
}

#[derive(Debug)]
enum State {
    /// In a head, or in the empty lines before it.
    Head(HeadScanner),
    Body(Reading),
    /// The body has ended with a wrong byte, which is still to be told.
    Malformed {
        head: u64,
        fault: Fault,
    },
    Over,
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Decoder {
            settings,
            offset: 0,
            buffer: Vec::new(),
            state: State::Head(HeadScanner::new(settings.options.max_head())),
            of_responses: false,
        }
    }

    /// How many bytes are kept: at most those of a head and of the empty lines before it, or the last 58
    /// of a malformed body.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Takes what it can of `input`, and says what happens next. `None` means that all of `input` is
    /// taken, or that it comes after a malformed message.
    ///
    /// To be called until it gives `None` whenever there is new input.
    pub fn push<'x, 'i: 'x>(&'x mut self, input: &mut &'i [u8]) -> Option<Event<'x>> {
        match self.state {
            State::Head(_) => self.head(input),
            State::Body(_) => self.body(input),
            State::Malformed { head, fault } => {
                self.state = State::Over;
                Some(self.malformed(head, fault))
            }
            State::Over => {
                *input = &[];
                None
            }
        }
    }

    /// Says what the end of the input means: the end of a body, if there is one, or an error if the
    /// input ends inside a head. To be called until it gives `None`.
    pub fn finish(&mut self) -> Option<Event<'_>> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Head(_) => match skip_empty_lines(&self.buffer) {
                Parsed::Complete { rest: [], .. } => None,
                Parsed::Complete { value, .. } => Some(self.decide(value)),
                Parsed::NeedMore => self.end_in_empty_lines(),
            },
            State::Body(mut reading) => {
                let whole = reading.framing.is_over_at_end();
                Some(reading.end(whole))
            }
            State::Malformed { head, fault } => Some(self.malformed(head, fault)),
            State::Over => None,
        }
    }

    /// Reads a head: from the input alone if all of it is there, which is the usual case, and else
    /// from the buffer, once its end is found.
    fn head<'x, 'i: 'x>(&'x mut self, input: &mut &'i [u8]) -> Option<Event<'x>> {
        let received = *input;
        if self.buffer.is_empty()
            && let Parsed::Complete {
                value: skipped,
                rest: head,
            } = skip_empty_lines(received)
            && let Ok(Parsed::Complete {
                value: message,
                rest,
            }) = Message::parse(head, &self.settings)
        {
            *input = rest;
            return Some(self.begin(skipped, message));
        }
        let limit = self.settings.options.max_head() as usize;
        let taken = received.len().min(EMPTY_LINES + limit);
        self.buffer.extend_from_slice(&received[..taken]);
        *input = &received[taken..];
        let Parsed::Complete {
            value: skipped,
            rest: head,
        } = skip_empty_lines(&self.buffer)
        else {
            return None;
        };
        let State::Head(scanner) = &mut self.state else {
            return None;
        };
        let length = match scanner.scan(head) {
            Scan::NeedMore => return None,
            Scan::End(length) => length,
            Scan::TooLarge => limit,
        };
        let too_much = head.len() - length;
        self.buffer.truncate(skipped + length);
        *input = &received[taken - too_much..];
        Some(self.decide(skipped))
    }

    /// Parses the head in the buffer, for the last time.
    fn decide(&mut self, skipped: usize) -> Event<'_> {
        let head = &self.buffer[skipped..];
        let error = match Message::parse(head, &self.settings) {
            Ok(Parsed::Complete { value, .. }) => {
                let offset = self.offset + skipped as u64;
                let reading = Reading::new(offset, &value, &self.settings);
                self.offset = offset + head.len() as u64;
                self.of_responses = reading.of_response;
                self.state = State::Body(reading);
                return Event::Head(Head {
                    offset,
                    message: value,
                });
            }
            Ok(Parsed::NeedMore) => {
                // No head is longer than its limit, which has 32 bits.
                Error::truncated(u32::try_from(head.len()).unwrap_or(u32::MAX))
            }
            Err(error) => error,
        };
        self.state = State::Over;
        let has_start_line = head[..error.offset()].contains(&b'\n');
        let of_response = may_be_response(head) || (self.of_responses && !has_start_line);
        Event::Failure(Failure {
            offset: self.offset + skipped as u64,
            length: head.len() as u64,
            fault: Fault::of_head(error, of_response),
            head,
            body: &[],
        })
    }

    /// The input ends in the empty lines before a start line: after whole ones nothing is missing,
    /// after a CR alone its LF is.
    fn end_in_empty_lines(&self) -> Option<Event<'_>> {
        let (_, begun) = self.buffer.as_chunks::<2>();
        if begun.is_empty() {
            return None;
        }
        let skipped = self.buffer.len() - begun.len();
        Some(Event::Failure(Failure {
            offset: self.offset + skipped as u64,
            length: begun.len() as u64,
            fault: Fault::of_head(Error::truncated(1), self.of_responses),
            head: begun,
            body: &[],
        }))
    }

    /// A head that was read from the input alone.
    fn begin<'x>(&mut self, skipped: usize, message: Message<'x>) -> Event<'x> {
        let offset = self.offset + skipped as u64;
        let reading = Reading::new(offset, &message, &self.settings);
        self.offset = offset + message.as_bytes().len() as u64;
        self.of_responses = reading.of_response;
        self.state = State::Body(reading);
        Event::Head(Head { offset, message })
    }

    /// Passes over a body.
    fn body<'x>(&mut self, input: &mut &'x [u8]) -> Option<Event<'x>> {
        let State::Body(reading) = &mut self.state else {
            return None;
        };
        let before = input.len();
        let step = reading.framing.step(input);
        self.offset += (before - input.len()) as u64;
        match step {
            Step::NeedMore => None,
            Step::Data(data) => {
                reading.pass(data);
                Some(Event::Body(data))
            }
            Step::End => {
                let end = reading.end(true);
                self.buffer.clear();
                self.state = State::Head(HeadScanner::new(self.settings.options.max_head()));
                Some(end)
            }
            Step::Wrong(fault) => {
                let end = reading.end(false);
                let at = self.offset - reading.head;
                self.buffer.clear();
                self.buffer.extend_from_slice(reading.framing.last_bytes());
                self.buffer.extend(input.first());
                self.state = State::Malformed {
                    head: reading.head,
                    fault: Fault::of_chunk(fault, at, reading.of_response),
                };
                Some(end)
            }
        }
    }

    /// The body of the message whose head begins at `head` is malformed.
    fn malformed(&self, head: u64, fault: Fault) -> Event<'_> {
        Event::Failure(Failure {
            offset: head,
            length: fault.offset() + 1,
            fault,
            head: &[],
            body: &self.buffer,
        })
    }
}

#[cfg(test)]
mod tests;

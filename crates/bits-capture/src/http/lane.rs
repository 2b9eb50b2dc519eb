//! One direction of a connection: heads and bodies.

use std::borrow::Cow;

use bits_packet::{HeadScanner, Scan};

use super::OPTIONS;
use super::signs::{Sign, blank, sign};
use crate::body::{Framing, Step};
use crate::tcp::At;

/// What comes next in a direction.
#[derive(Debug)]
pub(super) enum Found<'x> {
    /// All of the input is taken.
    NeedMore,
    /// A head that is whole. What follows is to be said: [`Lane::begin_body`], [`Lane::begin_head`] or
    /// [`Lane::lose`].
    Head(Cow<'x, [u8]>),
    /// The next bytes of a body.
    Body(&'x [u8]),
    /// The body is over.
    End,
    /// The body is malformed, and over with it.
    Wrong,
}

#[derive(Debug)]
enum State {
    Head(HeadScanner),
    /// A body of which so many bytes have passed.
    Body(Framing, u64),
    /// Nobody knows where the next head begins.
    Lost,
}

#[derive(Debug)]
pub(super) struct Lane {
    state: State,
    /// A head that has not come in one piece.
    buffer: Vec<u8>,
    /// Where and when the last head began.
    began: Option<At>,
}

impl Lane {
    pub(super) fn new(is_from_start: bool) -> Self {
        Lane {
            state: if is_from_start { head() } else { State::Lost },
            buffer: Vec::new(),
            began: None,
        }
    }

    /// How many bytes of a head are kept.
    pub(super) fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether a head comes next, or something of which nobody knows what it is.
    pub(super) const fn awaits_head(&self) -> bool {
        !matches!(self.state, State::Body(..)) && self.buffer.is_empty()
    }

    /// Whether bytes of a body come next.
    pub(super) const fn is_in_body(&self) -> bool {
        match &self.state {
            State::Body(Framing::Length { left }, _) => *left > 0,
            State::Body(..) => true,
            State::Head(_) | State::Lost => false,
        }
    }

    /// Whether nobody knows where the next head begins.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// Whether a body comes next, of which nothing was there yet.
    pub(super) const fn is_before_body(&self) -> bool {
        matches!(self.state, State::Body(Framing::Length { left: 1.. }, 0))
    }

    /// Where and when the last head began.
    pub(super) fn began(&self, at: &At) -> At {
        self.began.unwrap_or(*at)
    }

    pub(super) fn begin_body(&mut self, framing: Framing) {
        self.state = State::Body(framing, 0);
    }

    pub(super) fn begin_head(&mut self) {
        self.state = head();
    }

    /// Drops a head of which the rest is missing, and says how many heads that are.
    pub(super) fn lose_head(&mut self) -> u64 {
        if self.buffer.is_empty() {
            return 0;
        }
        self.lose();
        1
    }

    /// What follows cannot be framed.
    pub(super) fn lose(&mut self) {
        self.buffer = Vec::new();
        self.state = State::Lost;
    }

    /// Takes what it can of `input`, which stands at `at`, and says what it is.
    pub(super) fn next<'x>(&mut self, input: &mut &'x [u8], at: &At) -> Found<'x> {
        if input.is_empty() && !matches!(self.state, State::Body(..)) {
            return Found::NeedMore;
        }
        match &mut self.state {
            State::Body(framing, passed) => match framing.step(input) {
                Step::NeedMore => Found::NeedMore,
                Step::Data(data) => {
                    *passed += data.len() as u64;
                    Found::Body(data)
                }
                Step::End => {
                    self.state = head();
                    Found::End
                }
                Step::Wrong(_) => {
                    self.lose();
                    *input = &[];
                    Found::Wrong
                }
            },
            State::Lost => {
                if at.begins && matches!(sign(input), Sign::Request | Sign::Response) {
                    self.state = head();
                    return self.head(input, at);
                }
                *input = &[];
                Found::NeedMore
            }
            State::Head(_) => self.head(input, at),
        }
    }

    fn head<'x>(&mut self, input: &mut &'x [u8], at: &At) -> Found<'x> {
        let State::Head(scanner) = &mut self.state else {
            return Found::NeedMore;
        };
        if self.buffer.is_empty() {
            let skipped = blank(input);
            self.began = Some(at.within(skipped));
            *input = &input[skipped..];
            if input.is_empty() {
                return Found::NeedMore;
            }
            let end = match scanner.scan(input) {
                Scan::End(length) => Some(length),
                _ => end_of_bare_lines(input, 0),
            };
            if let Some(length) = end {
                let (head, rest) = input.split_at(length);
                *input = rest;
                return Found::Head(Cow::Borrowed(head));
            }
            *scanner = HeadScanner::new(OPTIONS.max_head());
        }
        let room = OPTIONS.max_head() as usize;
        let (taken, rest) = input.split_at(input.len().min(room));
        let input_before = *input;
        let before = self.buffer.len();
        self.buffer.extend_from_slice(taken);
        *input = rest;
        // CR may have come alone.
        let skipped = blank(&self.buffer);
        if skipped > 0 {
            self.buffer.drain(..skipped);
        }
        if matches!(*self.buffer, [] | [b'\r']) {
            return Found::NeedMore;
        }
        let scan = match scanner.scan(&self.buffer) {
            Scan::NeedMore => {
                end_of_bare_lines(&self.buffer, before).map_or(Scan::NeedMore, Scan::End)
            }
            scan => scan,
        };
        match scan {
            Scan::NeedMore => Found::NeedMore,
            Scan::End(length) => {
                // What was skipped may have come with an earlier piece.
                *input =
                    &input_before[input_before.len() - (self.buffer.len() - length) - rest.len()..];
                self.buffer.truncate(length);
                Found::Head(Cow::Owned(std::mem::take(&mut self.buffer)))
            }
            // It is told by the parser.
            Scan::TooLarge => Found::Head(Cow::Owned(std::mem::take(&mut self.buffer))),
        }
    }

    /// Whether a head may be among so many bytes that are missing.
    pub(super) const fn loses_head(&self, missing: u64) -> bool {
        !matches!(self.state, State::Body(Framing::Length { left }, _) if missing <= left)
    }

    /// So many bytes are missing. Says how many of them are of the body, and whether that is over.
    pub(super) fn gap(&mut self, missing: u64) -> (u64, bool) {
        match &mut self.state {
            State::Body(Framing::Length { left }, passed) => {
                let within = missing.min(*left);
                *left -= within;
                *passed += within;
                if within < missing {
                    self.lose();
                    return (within, true);
                }
                (within, false)
            }
            State::Body(Framing::UntilClose, _) => (missing, false),
            State::Body(Framing::Chunked(_), _) => {
                self.lose();
                (0, true)
            }
            State::Head(_) | State::Lost => {
                self.lose();
                (0, false)
            }
        }
    }

    /// The direction is over. If it is inside a body: whether that is whole.
    pub(super) fn end(&mut self) -> Option<bool> {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Body(mut framing, _) => Some(framing.is_over_at_end()),
            State::Head(_) | State::Lost => None,
        }
    }
}

/// Where a head ends whose lines end with LF alone, as some take them ([RFC 9112] 2.2); `known` bytes were looked at
/// before.
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
fn end_of_bare_lines(bytes: &[u8], known: usize) -> Option<usize> {
    let from = known.saturating_sub(1);
    let end = from + memchr::memmem::find(&bytes[from..], b"\n\n")? + 2;
    memchr::memchr(b'\r', &bytes[..end])
        .is_none()
        .then_some(end)
}

fn head() -> State {
    State::Head(HeadScanner::new(OPTIONS.max_head()))
}

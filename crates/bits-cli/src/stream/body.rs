//! The body of a message, passed over.

use bits_packet::Body;

use super::chunked::{Chunks, Step};
use super::{End, Event, Message, Settings};

/// A body that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Where in the stream its head begins.
    pub(super) head: u64,
    pub(super) of_response: bool,
    /// How many bytes were there so far.
    bytes: u64,
    start: Start,
    pub(super) framing: Framing,
}

/// What a head begins with: one of HTTP/1, and one of this protocol.
const STARTS_OF_HEADS: [&[u8]; 2] = [b"HTTP/1.", b"BITS_POST "];

/// The first bytes of a body, no more than tell whether it begins like a head.
#[derive(Debug, Default)]
struct Start {
    bytes: [u8; 10],
    length: usize,
}

#[derive(Debug)]
pub(super) enum Framing {
    Length { left: u64 },
    Chunked(Chunks),
    UntilClose,
}

impl Reading {
    pub(super) fn new(head: u64, message: &Message<'_>, settings: &Settings) -> Self {
        Reading {
            head,
            of_response: matches!(message, Message::Response(_)),
            bytes: 0,
            start: Start::default(),
            framing: match message.body() {
                Body::Length(left) => Framing::Length { left },
                Body::Chunked => Framing::Chunked(Chunks::new(settings.options.max_head())),
                _ => Framing::UntilClose,
            },
        }
    }

    /// Counts the next piece of the body.
    pub(super) fn pass(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        self.start.pass(data);
    }

    pub(super) fn end<'x>(&self, whole: bool) -> Event<'x> {
        Event::End(End {
            body_bytes: self.bytes,
            whole,
            is_like_head: self.start.is_like_head(),
        })
    }
}

impl Start {
    fn pass(&mut self, data: &[u8]) {
        let room = &mut self.bytes[self.length..];
        let length = room.len().min(data.len());
        room[..length].copy_from_slice(&data[..length]);
        self.length += length;
    }

    fn is_like_head(&self) -> bool {
        let start = &self.bytes[..self.length];
        STARTS_OF_HEADS.iter().any(|head| start.starts_with(head))
    }
}

impl Framing {
    /// Whether the end of the input is the end of the body.
    pub(super) fn is_over_at_end(&mut self) -> bool {
        matches!(self, Framing::UntilClose) || matches!(self.step(&mut &[][..]), Step::End)
    }

    /// The last bytes of chunks that have passed; of another body none, as no byte of it can be wrong.
    pub(super) fn last_bytes(&self) -> &[u8] {
        match self {
            Framing::Chunked(chunks) => chunks.last_bytes(),
            Framing::Length { .. } | Framing::UntilClose => &[],
        }
    }

    pub(super) fn step<'x>(&mut self, input: &mut &'x [u8]) -> Step<'x> {
        let wanted = match self {
            Framing::Length { left: 0 } => return Step::End,
            Framing::Length { left } => *left,
            Framing::UntilClose => u64::MAX,
            Framing::Chunked(chunks) => return chunks.step(input),
        };
        let data = take(input, wanted);
        if let Framing::Length { left } = self {
            *left -= data.len() as u64;
        }
        if data.is_empty() {
            Step::NeedMore
        } else {
            Step::Data(data)
        }
    }
}

/// Takes at most `wanted` bytes off the front of `input`.
pub(super) fn take<'x>(input: &mut &'x [u8], wanted: u64) -> &'x [u8] {
    let length = usize::try_from(wanted).map_or(input.len(), |wanted| wanted.min(input.len()));
    let (taken, rest) = input.split_at(length);
    *input = rest;
    taken
}

//! The body of a message, passed over.

use bits_capture::body::Framing;

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

impl Reading {
    pub(super) fn new(head: u64, message: &Message<'_>, settings: &Settings) -> Self {
        Reading {
            head,
            of_response: matches!(message, Message::Response(_)),
            bytes: 0,
            start: Start::default(),
            framing: Framing::new(message.body(), settings.options.max_head()),
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

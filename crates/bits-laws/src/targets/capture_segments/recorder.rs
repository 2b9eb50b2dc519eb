//! A consumer of streams that keeps what is handed on.

use std::fmt;

use bits_capture::tcp::{At, Consumer, HalfTotals, Opening, Side};

/// What was handed on at once: bytes, or a hole.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Whether it is bytes.
    pub is_data: bool,
    /// Where it is said to stand; nothing is said of a hole.
    pub offset: u64,
    /// How long it is, in bytes.
    pub length: usize,
    /// When it was handed on: [`Recorder::now`].
    pub step: u16,
}

/// One direction.
#[derive(Clone, Default)]
pub struct Stream {
    /// What was handed on, one after the other.
    pub parts: Vec<Part>,
    /// The bytes of the parts that are bytes.
    pub bytes: Vec<u8>,
    /// How often its end was told.
    pub ends: u32,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.bytes.len();
        write!(f, "{length} bytes in {:?}, {} ends", self.parts, self.ends)
    }
}

impl Stream {
    fn is_told(&self, is_data: bool) -> u64 {
        let parts = self.parts.iter().filter(|part| part.is_data == is_data);
        parts.map(|part| part.length as u64).sum()
    }

    /// What is handed on stands behind what was handed on before, with the holes between.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn follows(&self) {
        let mut next: Option<u64> = None;
        for part in &self.parts {
            if part.is_data {
                let is_right = next.is_none_or(|next| next == part.offset);
                assert!(is_right, "{part:?} behind {next:?}");
                next = Some(part.offset);
            }
            next = next.map(|next| next + part.length as u64);
        }
    }
}

/// A connection.
#[derive(Clone, Debug)]
pub struct Seen {
    /// How it began.
    pub opening: Opening,
    /// By [`Side`].
    pub streams: [Stream; 2],
    /// Whether it was said to be over.
    pub is_closed: bool,
}

/// Keeps what is handed on, and holds it against what is said of it: nothing behind an end, one end of each direction,
/// one of the connection, and totals that are those of the parts.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// The connections that had something.
    pub connections: Vec<Seen>,
    /// The time to be noted, in steps.
    pub now: u16,
    /// Whether all bytes are taken at once; otherwise three quarters are, as a reader of messages leaves some.
    pub takes_all: bool,
    /// Whether the directions are to come in turns: the one of which there was less.
    pub takes_turns: bool,
}

impl Recorder {
    fn part(&mut self, stream: usize, side: Side, part: Part) -> &mut Stream {
        let seen = &mut self.connections[stream];
        assert!(!seen.is_closed, "{part:?} when all is over");
        let stream = &mut seen.streams[side as usize];
        assert_eq!(stream.ends, 0, "{part:?} behind the end");
        stream.parts.push(part);
        stream
    }
}

impl Consumer for Recorder {
    type Stream = usize;

    fn open(&mut self, opening: &Opening) -> usize {
        self.connections.push(Seen {
            opening: *opening,
            streams: Default::default(),
            is_closed: false,
        });
        self.connections.len() - 1
    }

    fn is_wanted(&self, stream: &usize, side: Side, has_other: bool) -> bool {
        let streams = &self.connections[*stream].streams;
        let there = |side: Side| streams[side as usize].bytes.len();
        !self.takes_turns || !has_other || there(side) <= there(side.other())
    }

    fn breaks_tie(&self, _: &usize) -> Side {
        Side::Low
    }

    fn data(&mut self, stream: &mut usize, side: Side, at: At, bytes: &[u8]) -> usize {
        assert!(!bytes.is_empty());
        let taken = if self.takes_all {
            bytes.len()
        } else {
            bytes.len().min(1 + bytes.len() * 3 / 4)
        };
        let part = Part {
            is_data: true,
            offset: at.offset,
            length: taken,
            step: self.now,
        };
        let stream = self.part(*stream, side, part);
        stream.bytes.extend_from_slice(&bytes[..taken]);
        taken
    }

    fn gap(&mut self, stream: &mut usize, side: Side, missing: u64, _: u64) {
        assert!(missing > 0);
        let part = Part {
            is_data: false,
            offset: 0,
            length: usize::try_from(missing).expect("a hole in memory"),
            step: self.now,
        };
        self.part(*stream, side, part);
    }

    fn end(&mut self, stream: &mut usize, side: Side, _: u64) {
        let seen = &mut self.connections[*stream];
        assert!(!seen.is_closed, "an end when all is over");
        let ends = &mut seen.streams[side as usize].ends;
        *ends += 1;
        assert_eq!(*ends, 1, "an end that is told twice");
    }

    fn close(&mut self, stream: usize, totals: [HalfTotals; 2], _: u64) {
        let seen = &mut self.connections[stream];
        let was_closed = std::mem::replace(&mut seen.is_closed, true);
        assert!(!was_closed, "closed twice");
        for (stream, totals) in seen.streams.iter().zip(&totals) {
            stream.follows();
            assert_eq!(stream.is_told(true), totals.delivered);
            assert_eq!(stream.is_told(false), totals.missing);
            let gaps = stream.parts.iter().filter(|part| !part.is_data).count();
            assert_eq!(gaps as u64, totals.gaps);
        }
    }
}

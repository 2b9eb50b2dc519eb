//! What was sent, as simple as it can be said, and what follows for what is handed on.

use bits_capture::link::Segment;
use bits_capture::tcp::Side;

use super::recorder::{Seen, Stream};

/// Streams are shorter than that: the last offset, and the greatest length of a segment.
pub(super) const LONGEST: usize = 4 * 255 + 3 + 255 + 1;

/// How many streams there are bytes for.
const STREAMS: usize = 12;

/// The bytes of all streams: no two stretches are alike.
static BYTES: [u8; STREAMS * LONGEST] = bytes();

const fn bytes() -> [u8; STREAMS * LONGEST] {
    let mut bytes = [0; STREAMS * LONGEST];
    let (mut at, mut word) = (0, 0x9E37_79B9_u32);
    while at < bytes.len() {
        // [Marsaglia 2003], xorshift.
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        bytes[at] = word.to_le_bytes()[1];
        at += 1;
    }
    bytes
}

/// One direction of what is sent.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    /// The first byte that was sent at each offset.
    bytes: [u8; LONGEST],
    /// When that was, from step 1 on; 0 where nothing was sent.
    steps: [u16; LONGEST],
    /// The first byte that was sent.
    lowest: Option<usize>,
    /// Behind the last byte that was sent.
    pub(super) highest: usize,
    has_syn: bool,
    /// Whether anything was seen of it before SYN.
    is_syn_late: bool,
    /// Where it ends, when FIN was sent.
    pub(super) end: Option<usize>,
    /// Where the first segment stood that was seen of it.
    first: Option<usize>,
}

impl Direction {
    const fn new() -> Self {
        Direction {
            bytes: [0; LONGEST],
            steps: [0; LONGEST],
            lowest: None,
            highest: 0,
            has_syn: false,
            is_syn_late: false,
            end: None,
            first: None,
        }
    }

    pub(super) const fn is_known(&self) -> bool {
        self.first.is_some()
    }

    fn send(&mut self, offset: usize, bytes: &[u8], step: u16) {
        if bytes.is_empty() {
            return;
        }
        self.lowest = Some(self.lowest.map_or(offset, |lowest| lowest.min(offset)));
        self.highest = self.highest.max(offset + bytes.len());
        let before = self.bytes[offset..]
            .iter_mut()
            .zip(&mut self.steps[offset..]);
        for ((sent, at), byte) in before.zip(bytes) {
            // Without a branch, as fuzzers count them: all bits are set if nothing was sent.
            let fresh = (at.wrapping_sub(1) & !*at & 0x8000) / 0x8000 * 0xFFFF;
            *sent |= byte & fresh.to_le_bytes()[0];
            *at |= step & fresh;
        }
    }

    /// Where it is taken to begin when nothing is left out: with SYN, or the first byte, or else with what was seen of it
    /// first.
    fn start(&self) -> usize {
        match self.has_syn {
            true => 0,
            false => self.lowest.or(self.first).unwrap_or(0),
        }
    }

    /// Where it ends.
    fn end(&self) -> usize {
        self.end.unwrap_or(self.highest).max(self.start())
    }

    /// Whether what was handed on is what was sent first, if it begins at `start`: bytes that had been sent by then, and holes
    /// where nothing had. Gives the offset behind it, or where it is wrong.
    fn agrees(&self, stream: &Stream, start: usize, holes: bool) -> Result<usize, usize> {
        let mut at = start;
        let mut bytes = &stream.bytes[..];
        for part in &stream.parts {
            if bytes.is_empty() && !holes {
                break;
            }
            let range = at..at + part.length;
            let steps = self.steps.get(range.clone()).ok_or(at)?;
            if part.is_data {
                let (these, rest) = bytes.split_at(part.length);
                bytes = rest;
                let are_same = self.bytes[at] == these[0] && are_equal(&self.bytes[range], these);
                if !are_same || !are_within(steps, part.step) {
                    return Err(at);
                }
            } else if holes && steps.iter().any(|step| (1..=part.step).contains(step)) {
                return Err(at);
            }
            at += part.length;
        }
        Ok(at)
    }
}

/// Whether bytes are equal. A comparison as such is looked into by fuzzers, which takes longer than all else.
fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).map(|(one, other)| one ^ other);
    differing.fold(0, |all, one| all | one) == 0
}

/// Whether all steps are from 1 to `last`. Without a branch for each, as fuzzers count them.
fn are_within(steps: &[u16], last: u16) -> bool {
    let outside = |step: &u16| step.wrapping_sub(1) | last.wrapping_sub(*step);
    steps.iter().map(outside).fold(0, |all, one| all | one) & 0x8000 == 0
}

/// A connection that is sent.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// The step of its first segment.
    pub(super) begins: u16,
    pub(super) isn: [u32; 2],
    pub(super) directions: [Direction; 2],
    /// Which bytes its streams have.
    pub(super) index: usize,
}

impl Sending {
    pub(super) fn new(begins: u16, isn: [u32; 2], index: usize) -> Self {
        Sending {
            begins,
            isn,
            directions: [Direction::new(), Direction::new()],
            index,
        }
    }

    /// The bytes of a stream.
    pub(super) fn bytes(&self, side: Side, offset: usize, length: usize) -> &'static [u8] {
        let start = (2 * self.index + side as usize) * LONGEST + offset;
        &BYTES[start..start + length]
    }

    /// Takes note of a segment, which stands at `offset`.
    pub(super) fn note(&mut self, side: Side, segment: &Segment<'_>, offset: usize, step: u16) {
        // Nothing is known of a connection by RST, or by what has neither data nor flags.
        let begins = !segment.rst && (segment.syn || segment.fin || !segment.payload.is_empty());
        let is_known = begins || self.directions.iter().any(|it| it.first.is_some());
        let direction = &mut self.directions[side as usize];
        direction.is_syn_late |= segment.syn && !direction.has_syn && direction.is_known();
        direction.has_syn |= segment.syn;
        if is_known {
            direction.first.get_or_insert(offset);
        }
        direction.send(offset, segment.payload, step);
    }

    /// Whether it may be taken for two when not all is waited for: SYN of a stream that has begun without it is of another, and
    /// so is what comes behind the end.
    pub(super) fn may_seem_two(&self) -> bool {
        let mut directions = self.directions.iter();
        directions.any(|it| it.is_syn_late || it.end.is_some())
    }

    pub(super) fn has_payload(&self) -> bool {
        self.directions.iter().any(|it| it.highest > 0)
    }

    /// Whether what was handed on of a direction is a part of what was sent; `holes` are then where nothing had been sent.
    pub(super) fn holds(&self, side: Side, stream: &Stream, holes: bool) -> bool {
        let direction = &self.directions[side as usize];
        stream.bytes.is_empty()
            || (0..LONGEST).any(|start| direction.agrees(stream, start, holes).is_ok())
    }

    /// What was handed on is all that was sent, from the start to the end.
    pub(super) fn is(&self, seen: &Seen) {
        for (side, stream) in Side::BOTH.into_iter().zip(&seen.streams) {
            let direction = &self.directions[side as usize];
            let start = direction.start();
            let end = direction.agrees(stream, start, true);
            let expected = Ok(direction.end());
            assert_eq!(end, expected, "{side:?}: {stream:?} from {start}");
            let has_end = direction.end.is_some();
            assert!(stream.ends == 0 || has_end, "{side:?}: an end");
            assert!(
                stream.ends == 1 || !has_end || stream.parts.is_empty(),
                "{side:?}: no end"
            );
        }
    }
}

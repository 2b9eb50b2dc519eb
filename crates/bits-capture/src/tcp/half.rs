//! One direction of a connection: segments in any order to a stream of bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::recent::Recent;
use crate::link::Segment;

/// Where the first byte that is seen stands, if it is not known to be the first of the stream: so that what was sent
/// before it, and is seen later, has a place.
const UNKNOWN_START: u64 = 1 << 32;

/// How far from the stream its segments may be, in bytes: the greatest window ([RFC 7323] 2.3).
const FARTHEST: u64 = 1 << 30;

/// How far in front of what was seen a SYN may be that comes late, in bytes.
const FARTHEST_START: u64 = 1 << 20;

/// How many holes of a direction are remembered. Of more, the last ones are taken for one.
const MAX_HOLES: usize = 16;

/// What a buffered piece costs besides its bytes, about.
const OVERHEAD: usize = 96;

/// What goes with bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// When the segment was seen that brought them, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
    /// Where in the stream they stand. Offsets begin anywhere, and count bytes.
    pub offset: u64,
    /// Up to which offset the sender of the segment had got the other direction, if that is known.
    pub ack: Option<u64>,
    /// Whether they are the first ones of a segment.
    pub begins: bool,
    /// Whether the start of the stream was seen.
    pub has_start: bool,
}

impl At {
    /// The place so many bytes behind this one.
    #[must_use]
    pub const fn within(self, passed: usize) -> At {
        At {
            offset: self.offset + passed as u64,
            begins: self.begins && passed == 0,
            ..self
        }
    }
}

/// How far from what was seen of a stream a number may be that acknowledges it, in bytes: what is further off is no
/// number of the stream, as where a tool that makes captures has left 0.
const FARTHEST_ACK: u64 = 1 << 24;

/// What goes with a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// When it was seen.
    pub(super) time: u64,
    /// How many segments of the connection came before it: times may be the same, or unknown.
    pub(super) number: u64,
    /// What it acknowledges.
    pub(super) ack: Option<u32>,
}

/// Data that waits for what comes before it.
#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    arrival: Arrival,
    begins: bool,
}

/// What was not as it should be in a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfTotals {
    /// Bytes that were handed on.
    pub delivered: u64,
    /// Bytes that came again, with what is known of them being the same.
    pub repeated: u64,
    /// Bytes that came again and were others. The first ones count.
    pub conflicting: u64,
    /// Bytes that were never seen.
    pub missing: u64,
    /// How many holes there are.
    pub gaps: u64,
    /// Bytes far from where the stream was, or in front of where it was taken to begin.
    pub stray: u64,
}

/// What has passed in a direction of a connection that is over.
#[derive(Clone, Debug)]
pub(super) struct Passed {
    /// The number behind it; `None` if nothing is known.
    end: Option<u32>,
    /// How long it was, in bytes.
    length: u32,
    /// What was not seen of it, in bytes in front of its end.
    holes: Vec<Range<u64>>,
}

impl Passed {
    /// Whether a segment is a part of it: repeated, or late.
    pub(super) fn has(&self, segment: &Segment<'_>) -> bool {
        let Some(end) = self.end else {
            return false;
        };
        let before = end.wrapping_sub(segment.seq);
        let is_inside = (1..=self.length).contains(&before);
        // Its SYN stands in front of it, and its FIN behind.
        is_inside
            || (segment.syn && before == self.length.wrapping_add(1))
            || (segment.payload.is_empty() && !segment.syn && (before == 0 || before == u32::MAX))
    }

    /// Whether a segment that is a part of it brings bytes that were not seen.
    pub(super) fn lacks(&self, segment: &Segment<'_>) -> bool {
        let before = u64::from(self.end.unwrap_or(0).wrapping_sub(segment.seq));
        let length = segment.payload.len() as u64;
        // What it brings is in front of the end by `before` at its start, and by less behind that.
        let in_hole = |hole: &Range<u64>| before > hole.start && before < hole.end + length;
        length > before || (length > 0 && self.holes.iter().any(in_hole))
    }
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// The sequence number of offset 0.
    zero: Option<u32>,
    /// A number that its peer has acknowledged before anything else was known of it: it stands at `UNKNOWN_START`.
    acked: Option<u32>,
    /// Whether it is known, or taken for known, where the stream begins.
    is_started: bool,
    /// Whether its SYN was seen.
    has_start: bool,
    /// What comes next.
    next: u64,
    /// What lies behind it: sorted, without overlaps.
    pieces: BTreeMap<u64, Piece>,
    /// Bytes and overhead of the pieces.
    buffered: usize,
    /// Where it ends, if that is known.
    end: Option<u64>,
    /// The first number that its sender has acknowledged.
    first_acked: Option<u32>,
    /// What was given up.
    holes: Vec<Range<u64>>,
    /// The last bytes that were handed on.
    recent: Recent,
    totals: HalfTotals,
}

impl Half {
    pub(super) const fn totals(&self) -> &HalfTotals {
        &self.totals
    }

    pub(super) const fn buffered(&self) -> usize {
        self.buffered
    }

    pub(super) fn recent_mut(&mut self) -> &mut Recent {
        &mut self.recent
    }

    pub(super) const fn is_known(&self) -> bool {
        self.zero.is_some()
    }

    pub(super) const fn has_start(&self) -> bool {
        self.has_start
    }

    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether all of it was handed on.
    pub(super) fn is_over(&self) -> bool {
        self.is_started && self.end.is_some_and(|end| self.next >= end)
    }

    /// The first number that its sender has acknowledged.
    pub(super) const fn first_acked(&self) -> Option<u32> {
        self.first_acked
    }

    /// Takes note of what its sender has acknowledged: segments come in any order, and the first is the lowest.
    pub(super) fn note_ack(&mut self, ack: Option<u32>) {
        if let Some(ack) = ack
            && self
                .first_acked
                .is_none_or(|first| ack.wrapping_sub(first).cast_signed() < 0)
        {
            self.first_acked = Some(ack);
        }
    }

    /// Whether not all data was handed on that is in front of this number. Behind the last byte, FIN has one of its own.
    pub(super) fn is_behind(&self, number: u32) -> bool {
        let offset = self.acked_offset(number).unwrap_or(0);
        offset.min(self.end.unwrap_or(u64::MAX)) > self.next
    }

    /// Whether it is known where it ends.
    pub(super) const fn has_end(&self) -> bool {
        self.end.is_some()
    }

    /// The sequence number of what comes next.
    pub(super) fn next_number(&self) -> Option<u32> {
        Some(self.zero?.wrapping_add(low(self.next)))
    }

    /// Where a number of this direction stands in the stream; `None` if nothing is known of it, or it is in front of
    /// everything.
    pub(super) fn offset_of(&self, number: u32) -> Option<u64> {
        let (known, at) = match self.next_number() {
            Some(next) => (next, self.next),
            None => (self.acked?, UNKNOWN_START),
        };
        let distance = number.wrapping_sub(known).cast_signed();
        at.checked_add_signed(i64::from(distance))
    }

    /// Up to where in the stream a number acknowledges; `None` if it cannot be one of it.
    pub(super) fn acked_offset(&self, number: u32) -> Option<u64> {
        let is_near = |offset: &u64| offset.abs_diff(self.next) <= FARTHEST_ACK;
        // Where nothing was seen, what was acknowledged is all that is known.
        self.offset_of(number)
            .filter(|offset| self.zero.is_none() || is_near(offset))
    }

    /// A SYN with this number begins the stream.
    ///
    /// `false` if the stream that is known has begun elsewhere.
    pub(super) fn syn(&mut self, seq: u32) -> bool {
        let first = seq.wrapping_add(1);
        self.know(first);
        let Some(offset) = self.offset_of(first) else {
            return false;
        };
        if self.is_started {
            return offset == self.next - self.passed();
        }
        let known = self
            .pieces
            .first_key_value()
            .map_or(self.next, |(first, _)| *first);
        if known
            .checked_sub(offset)
            .is_none_or(|missing| missing > FARTHEST_START)
        {
            return false;
        }
        self.next = offset;
        self.is_started = true;
        self.has_start = true;
        true
    }

    /// How far the stream has gone.
    const fn passed(&self) -> u64 {
        self.totals.delivered + self.totals.missing
    }

    /// The stream ends at this number.
    pub(super) fn fin(&mut self, number: u32) {
        self.know(number);
        let Some(offset) = self.offset_of(number) else {
            return;
        };
        // What was seen behind it shows that it is none.
        let last = self.pieces.last_key_value();
        let behind = last.map_or(0, |(at, piece)| at + piece.bytes.len() as u64);
        let passed = if self.is_started { self.next } else { 0 };
        if offset >= behind.max(passed) {
            self.end.get_or_insert(offset);
        }
    }

    /// Something is known to stand at this number, if nothing else is known.
    pub(super) fn know(&mut self, number: u32) {
        if self.zero.is_none() {
            let acked = self.acked.filter(|acked| is_near(*acked, number));
            let known = acked.unwrap_or(number);
            self.zero = Some(known.wrapping_sub(low(UNKNOWN_START)));
            self.next = UNKNOWN_START
                .saturating_add_signed(i64::from(number.wrapping_sub(known).cast_signed()));
        }
    }

    /// Its peer has acknowledged what is in front of this number.
    pub(super) fn note_acked(&mut self, number: Option<u32>) {
        if self.zero.is_none() && self.acked.is_none() {
            self.acked = number;
        }
    }

    /// Whether a number is further from what comes next than anything that is on its way.
    pub(super) fn is_foreign(&self, number: u32) -> bool {
        let Some(next) = self.next_number() else {
            return false;
        };
        !is_near(number, next)
    }

    /// Whether a number may be one of this stream, behind a large hole.
    pub(super) fn may_reach(&self, number: u32) -> bool {
        let offset = self.offset_of(number);
        offset.is_some_and(|offset| offset >= self.next && offset - self.next <= FARTHEST)
    }

    /// What has passed.
    pub(super) fn as_passed(&self) -> Passed {
        let holes = self.holes.iter();
        let holes = holes.map(|hole| self.next - hole.end..self.next - hole.start);
        Passed {
            end: self.next_number(),
            length: u32::try_from(self.passed()).unwrap_or(u32::MAX / 2),
            holes: holes.collect(),
        }
    }

    /// Whether data with this number is what comes next, and nothing stands in between.
    pub(super) fn is_next(&self, seq: u32) -> bool {
        self.is_started
            && self.end.is_none()
            && self.pieces.is_empty()
            && self.next_number() == Some(seq)
    }

    /// Takes note of bytes that are handed on.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        self.recent.keep(self.next, bytes);
        self.next += bytes.len() as u64;
        self.totals.delivered += bytes.len() as u64;
    }

    /// Keeps bytes until it is their turn. What is there already stays as it is.
    pub(super) fn keep(&mut self, seq: u32, bytes: &[u8], arrival: Arrival) {
        self.keep_from(seq, bytes, arrival, true);
    }

    /// The same; `begins` says whether the bytes are the first ones of a segment.
    pub(super) fn keep_from(&mut self, seq: u32, bytes: &[u8], arrival: Arrival, mut begins: bool) {
        self.know(seq);
        let Some(mut at) = self.offset_of(seq) else {
            self.totals.stray += bytes.len() as u64;
            return;
        };
        if at.abs_diff(self.next) > FARTHEST {
            self.totals.stray += bytes.len() as u64;
            return;
        }
        if self.is_started && bytes.len() == 1 && at + 1 == self.next {
            // It asks whether the peer is alive: its byte means nothing ([RFC 9293] 3.8.4).
            return;
        }
        let mut rest = bytes;
        if let Some(end) = self.end {
            // Nothing is behind the end.
            let room = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let (before, behind) = rest.split_at(rest.len().min(room));
            self.totals.stray += behind.len() as u64;
            rest = before;
        }
        if self.is_started && at < self.next {
            let old = usize::try_from(self.next - at)
                .unwrap_or(usize::MAX)
                .min(rest.len());
            let (before, after) = rest.split_at(old);
            self.again(at, before);
            begins &= after.is_empty();
            (rest, at) = (after, self.next);
        }
        while !rest.is_empty() {
            let before = self.pieces.range(..=at).next_back();
            if let Some((start, piece)) = before
                && start + piece.bytes.len() as u64 > at
            {
                let from = within(at - start);
                let length = rest.len().min(piece.bytes.len() - from);
                let (same, after) = rest.split_at(length);
                let old = &piece.bytes[from..from + length];
                let conflicting = differing(old, same);
                self.totals.conflicting += conflicting;
                self.totals.repeated += length as u64 - conflicting;
                (rest, at, begins) = (after, at + length as u64, false);
                continue;
            }
            let room = match self.pieces.range(at..).next() {
                Some((start, _)) => usize::try_from(start - at).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let (fresh, after) = rest.split_at(rest.len().min(room));
            self.buffered += fresh.len() + OVERHEAD;
            let piece = Piece {
                bytes: fresh.to_vec(),
                arrival,
                begins,
            };
            self.pieces.insert(at, piece);
            (rest, at, begins) = (after, at + fresh.len() as u64, false);
        }
    }

    /// Bytes that were handed on have come again.
    fn again(&mut self, at: u64, bytes: &[u8]) {
        if self.next - at > self.passed() {
            // In front of where the stream was taken to begin.
            self.totals.stray += bytes.len() as u64;
            return;
        }
        let conflicting = self.recent.conflicts(at, bytes);
        self.totals.conflicting += conflicting;
        self.totals.repeated += bytes.len() as u64 - conflicting;
    }

    /// Hands on what comes next, if it is here, to `consume`, which says how many bytes it has taken. Offsets of the
    /// other direction are those of `other`.
    pub(super) fn pop(&mut self, other: &Half, consume: impl FnOnce(At, &[u8]) -> usize) {
        if !self.is_ready() {
            return;
        }
        let Some((offset, mut piece)) = self.pieces.pop_first() else {
            return;
        };
        self.buffered -= piece.bytes.len() + OVERHEAD;
        let at = At {
            time: piece.arrival.time,
            offset,
            ack: piece.arrival.ack.and_then(|ack| other.acked_offset(ack)),
            begins: piece.begins,
            has_start: self.has_start,
        };
        let taken = consume(at, &piece.bytes).clamp(1, piece.bytes.len());
        self.pass(&piece.bytes[..taken]);
        if taken < piece.bytes.len() {
            piece.bytes.drain(..taken);
            piece.begins &= taken == 0;
            self.buffered += piece.bytes.len() + OVERHEAD;
            self.pieces.insert(offset + taken as u64, piece);
        }
    }

    /// Stops waiting for an earlier start: begins with the first bytes that there are. `false` if there are none, or it
    /// has begun.
    pub(super) fn start(&mut self) -> bool {
        if self.is_started || self.zero.is_none() {
            return false;
        }
        self.is_started = true;
        if let Some((first, _)) = self.pieces.first_key_value() {
            self.next = *first;
        }
        true
    }

    /// Whether what comes next is here.
    pub(super) fn is_ready(&self) -> bool {
        let first = self.pieces.first_key_value();
        self.is_started && first.is_some_and(|(first, _)| *first == self.next)
    }

    /// Stops waiting for what comes next: passes over it up to what is here, or up to the end if that is known, and
    /// says how many bytes are missing, and when what stands behind them was seen. `None` if nothing is waited for.
    pub(super) fn give_up(&mut self) -> Option<(u64, Option<u64>)> {
        if !self.is_started {
            return None;
        }
        let first = self
            .pieces
            .first_key_value()
            .map(|(at, piece)| (*at, piece.arrival.time));
        let (to, time) = match (first, self.end) {
            (Some((at, time)), _) => (at, Some(time)),
            (None, Some(end)) => (end, None),
            (None, None) => return None,
        };
        let missing = to.checked_sub(self.next).filter(|missing| *missing > 0)?;
        if self.holes.len() < MAX_HOLES {
            self.holes.push(self.next..to);
        } else if let Some(last) = self.holes.last_mut() {
            last.end = to;
        }
        self.next = to;
        self.totals.missing += missing;
        self.totals.gaps += 1;
        self.recent.forget();
        Some((missing, time))
    }

    /// Of the data that waits: which number of the other direction was expected next by its sender, and whether a
    /// segment begins with it.
    pub(super) fn first(&self) -> (Option<u32>, bool) {
        match self.pieces.first_key_value() {
            Some((_, piece)) => (piece.arrival.ack, piece.begins),
            None => (None, true),
        }
    }

    /// When the data was seen that waits, and which of the segments it was; those that do not wait come last.
    pub(super) fn waits_since(&self) -> (u64, u64) {
        let first = self.pieces.first_key_value();
        first.map_or((u64::MAX, u64::MAX), |(_, piece)| {
            (piece.arrival.time, piece.arrival.number)
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "numbers wrap around at 32 bits"
)]
const fn low(offset: u64) -> u32 {
    offset as u32
}

/// Whether two numbers are so near to each other that they are of one stream.
const fn is_near(one: u32, other: u32) -> bool {
    one.wrapping_sub(other).cast_signed().unsigned_abs() as u64 <= FARTHEST_START
}

/// A distance inside a piece of data.
fn within(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}

/// How many bytes differ.
pub(super) fn differing(one: &[u8], other: &[u8]) -> u64 {
    if one == other {
        return 0;
    }
    one.iter()
        .zip(other)
        .filter(|(one, other)| one != other)
        .count() as u64
}

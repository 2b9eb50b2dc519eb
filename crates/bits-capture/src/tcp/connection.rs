//! A connection: two directions, and the order in which their data is handed on.

use super::checksums::{Checksums, Judgement};
use super::half::{Arrival, Half, Passed};
use super::{At, Consumer, HalfTotals, Key, Opening, Side};
use crate::link::Segment;

/// How much is buffered before a direction of which nothing was seen is taken not to be in the capture, in bytes.
const MAX_ALONE: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Connection<S> {
    opening: Opening,
    halves: [Half; 2],
    checksums: [Checksums; 2],
    /// Whether the end of a direction was told.
    is_told: [bool; 2],
    pub(super) stream: Option<S>,
    /// When its last segment was seen.
    pub(super) last: u64,
    /// The same by the clock of all connections.
    pub(super) heard: u64,
    /// How many segments it had.
    segments: u64,
    pub(super) is_reset: bool,
    /// Whether one direction is taken not to be in the capture.
    is_one_sided: bool,
    /// Whether it is among those that are known to wait.
    pub(super) is_queued: bool,
}

impl<S> Connection<S> {
    pub(super) fn new(ends: Key, time: u64) -> Self {
        Connection {
            opening: Opening {
                ends,
                originator: None,
                time,
            },
            halves: [Half::default(), Half::default()],
            checksums: [Checksums::default(), Checksums::default()],
            is_told: [false; 2],
            stream: None,
            last: time,
            heard: 0,
            segments: 0,
            is_reset: false,
            is_one_sided: false,
            is_queued: false,
        }
    }

    /// Whether one side has ended it, and nothing waits.
    pub(super) fn is_ending(&self) -> bool {
        self.buffered() == 0 && self.halves.iter().any(Half::has_end)
    }

    /// Takes note of a checksum, and says what is to be done with its segment.
    pub(super) fn judge(&mut self, side: Side, segment: &Segment<'_>) -> Judgement {
        self.checksums[side as usize].note(segment)
    }

    /// Takes note of a SYN; `false` if it is one of another connection.
    pub(super) fn syn(&mut self, side: Side, segment: &Segment<'_>) -> bool {
        if !self.halves[side as usize].syn(segment.seq) {
            return false;
        }
        let originator = if segment.ack.is_some() {
            side.other()
        } else {
            side
        };
        self.opening.originator.get_or_insert(originator);
        true
    }

    /// Takes a segment, and hands on what it completes. `remember` says how much is to be kept for comparison.
    pub(super) fn take<C: Consumer<Stream = S>>(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        consumer: &mut C,
        remember: &mut dyn FnMut() -> usize,
    ) {
        self.last = self.last.max(segment.time);
        self.segments += 1;
        // Tools that make captures leave 0 where they have no number.
        let ack = segment.ack.filter(|ack| *ack != 0);
        let arrival = Arrival {
            time: segment.time,
            number: self.segments,
            ack,
        };
        let seq = segment.seq.wrapping_add(u32::from(segment.syn));
        let is_wanted = self.wants(side, ack, true, consumer);
        if !segment.payload.is_empty() {
            self.halves[side.other() as usize].note_acked(ack);
        }
        let (half, other) = pair(&mut self.halves, side);
        half.know(seq);
        half.note_ack(ack);
        if !segment.payload.is_empty() {
            if half.recent_mut().size() == 0 {
                half.recent_mut().enlarge(remember());
            }
            if is_wanted && half.is_next(seq) {
                let at = At {
                    time: segment.time,
                    offset: half.next(),
                    ack: ack.and_then(|ack| other.acked_offset(ack)),
                    begins: true,
                    has_start: half.has_start(),
                };
                let stream = self
                    .stream
                    .get_or_insert_with(|| consumer.open(&self.opening));
                let taken = consumer.data(stream, side, at, segment.payload);
                let (taken, rest) = segment
                    .payload
                    .split_at(taken.clamp(1, segment.payload.len()));
                half.pass(taken);
                if let Some(seq) = half.next_number().filter(|_| !rest.is_empty()) {
                    half.keep_from(seq, rest, arrival, taken.is_empty());
                }
            } else {
                half.keep(seq, segment.payload, arrival);
            }
        }
        // What stands in RST is no end: some stacks send it with any number.
        if segment.fin {
            let data = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
            half.fin(seq.wrapping_add(data).wrapping_add(segment.cut));
        }
        let is_alone = !self.halves[side.other() as usize].is_known();
        if is_alone && self.halves[side as usize].buffered() > MAX_ALONE {
            self.is_one_sided = true;
        }
        self.drain(consumer);
    }

    /// Hands on whatever is there and wanted, in the order in which it was seen where both directions have something.
    fn drain<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        loop {
            self.tell_ends(consumer);
            let Some(side) = self.next_side(consumer) else {
                return;
            };
            self.pop(side, consumer);
        }
    }

    /// The direction whose turn it is.
    fn next_side<C: Consumer<Stream = S>>(&self, consumer: &C) -> Option<Side> {
        let is_ready = |side: &Side| self.halves[*side as usize].is_ready();
        let ready = || Side::BOTH.into_iter().filter(is_ready);
        let wanted = ready().filter(|side| {
            let (ack, begins) = self.halves[*side as usize].first();
            self.wants(*side, ack, begins, consumer)
        });
        let earliest = wanted.min_by_key(|side| self.halves[*side as usize].waits_since());
        if earliest.is_some() || ready().count() < 2 {
            return earliest;
        }
        // Each waits for the other, as where segments were joined.
        Some(self.breaks_tie(consumer))
    }

    /// Which direction comes first, where both have data and nothing else speaks for one.
    fn breaks_tie<C: Consumer<Stream = S>>(&self, consumer: &C) -> Side {
        match (&self.stream, self.opening.originator) {
            (Some(stream), _) => consumer.breaks_tie(stream),
            (None, Some(originator)) => originator,
            (None, None) if self.halves[0].waits_since() <= self.halves[1].waits_since() => {
                Side::Low
            }
            (None, None) => Side::High,
        }
    }

    /// Hands on what comes next in a direction, if it is there.
    fn pop<C: Consumer<Stream = S>>(&mut self, side: Side, consumer: &mut C) {
        let (half, other) = pair(&mut self.halves, side);
        half.pop(other, |at, bytes| {
            let stream = self
                .stream
                .get_or_insert_with(|| consumer.open(&self.opening));
            consumer.data(stream, side, at, bytes)
        });
    }

    fn tell_ends<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        for side in Side::BOTH {
            if !self.is_told[side as usize] && self.halves[side as usize].is_over() {
                self.is_told[side as usize] = true;
                if let Some(stream) = &mut self.stream {
                    consumer.end(stream, side, self.last);
                }
            }
        }
    }

    /// Whether data of a direction is of use now: not before what its sender had got of the other one.
    fn wants<C: Consumer<Stream = S>>(
        &self,
        side: Side,
        ack: Option<u32>,
        begins: bool,
        consumer: &C,
    ) -> bool {
        let other = &self.halves[side.other() as usize];
        let is_ahead = if other.is_known() {
            ack.is_some_and(|ack| other.is_behind(ack))
        } else {
            // It has got something that is still to come, or not in the capture.
            let first = self.halves[side as usize].first_acked();
            !self.is_one_sided && self.opening.originator.is_some() && ack != first
        };
        !is_ahead
            && match &self.stream {
                // What is left of a segment waits for its like from the other end, which has not been sent for nothing.
                Some(stream) => consumer.is_wanted(stream, side, other.is_known() || !begins),
                // Who has opened the connection speaks first, as far as the protocols go that are of interest here.
                None => self
                    .opening
                    .originator
                    .is_none_or(|originator| originator == side),
            }
    }

    /// Stops waiting for one thing, and hands on what that sets free. To be called when something is buffered.
    pub(super) fn force<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        if !self.give_up(consumer) {
            self.push(consumer);
        }
        self.drain(consumer);
    }

    /// Gives up the hole behind which data has waited longest.
    fn give_up<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) -> bool {
        // Where neither start was seen, both begin with what there is.
        if self.halves.iter_mut().any(Half::start) {
            self.halves[0].start();
            self.halves[1].start();
            return true;
        }
        let mut sides = Side::BOTH;
        sides.sort_by_key(|side| self.halves[*side as usize].waits_since());
        for side in sides {
            let Some((missing, time)) = self.halves[side as usize].give_up() else {
                continue;
            };
            if missing > 0 {
                let stream = self
                    .stream
                    .get_or_insert_with(|| consumer.open(&self.opening));
                consumer.gap(stream, side, missing, time.unwrap_or(self.last));
            }
            return true;
        }
        false
    }

    /// Hands on data that nobody wants yet.
    fn push<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        let side = match Side::BOTH.map(|side| self.halves[side as usize].is_ready()) {
            [false, false] => return,
            [true, false] => Side::Low,
            [false, true] => Side::High,
            [true, true] => self.breaks_tie(consumer),
        };
        self.pop(side, consumer);
    }

    /// Stops waiting for anything that is buffered.
    pub(super) fn flush<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        self.drain(consumer);
        while self.buffered() > 0 {
            self.force(consumer);
        }
    }

    /// Stops waiting for anything, as nothing more will come.
    pub(super) fn finish<C: Consumer<Stream = S>>(&mut self, consumer: &mut C) {
        self.flush(consumer);
        // What is missing before an end that was seen.
        while self.give_up(consumer) {}
        self.drain(consumer);
    }

    /// Whether nothing more is to be expected, though something may be missing.
    pub(super) fn has_ended(&self) -> bool {
        self.halves.iter().all(Half::has_end)
    }

    pub(super) fn buffered(&self) -> usize {
        self.halves.iter().map(Half::buffered).sum()
    }

    pub(super) fn recent(&mut self) -> usize {
        self.halves
            .iter_mut()
            .map(|half| half.recent_mut().size())
            .sum()
    }

    pub(super) fn totals(&self) -> [HalfTotals; 2] {
        [*self.halves[0].totals(), *self.halves[1].totals()]
    }

    /// Whether both directions are over.
    pub(super) fn is_over(&self) -> bool {
        self.halves.iter().all(Half::is_over)
    }

    /// Whether a segment is so far from what is known of its direction that it is one of another connection.
    pub(super) fn is_foreign(&self, side: Side, segment: &Segment<'_>) -> bool {
        self.halves[side as usize].is_foreign(segment.seq)
    }

    /// Whether a number may be one of its stream, behind a large hole.
    pub(super) fn may_reach(&self, side: Side, number: u32) -> bool {
        self.halves[side as usize].may_reach(number)
    }

    /// What has passed in both directions.
    pub(super) fn passed(&self) -> [Passed; 2] {
        [self.halves[0].as_passed(), self.halves[1].as_passed()]
    }
}

/// A direction, and the other one.
const fn pair(halves: &mut [Half; 2], side: Side) -> (&mut Half, &Half) {
    let [low, high] = halves;
    match side {
        Side::Low => (low, high),
        Side::High => (high, low),
    }
}

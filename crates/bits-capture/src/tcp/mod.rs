//! TCP segments to streams, within a bounded memory.
//!
//! * Segments may come in any order, repeated, and cut at other places: what is missing is waited for.
//! * Where segments overlap, the bytes that were seen first count; that others disagree with them is counted.
//! * A hole is given up, and [told](Consumer::gap), when its connection has buffered more than [`Limits::connection`],
//!   when all connections have buffered more than [`Limits::total`] and it is the one that has waited longest, or
//!   when the connection or the capture is over.
//! * A stream whose SYN was not seen begins with the first byte that there is when it is given up to wait for
//!   earlier ones, in the same way.
//! * Data comes after what its sender had got of the other direction, so far as that is in the capture; and it can be
//!   made to wait: see [`Consumer::is_wanted`].
//! * A pair of addresses may be used again. What is far from the connection that is open is set aside, until a SYN shows
//!   that it belongs to another, or there is more of it: then it is behind a hole, or of a connection whose SYN is not
//!   in the capture.
//! * A segment whose checksum is wrong is passed over, if those of its direction are right: see
//!   [`Checksum`]. Where network cards fill them in behind the capture, or join segments, none
//!   is looked at.

mod checksums;
mod connection;
mod half;
mod recent;

pub use half::{At, HalfTotals};

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use lru::LruCache;

use crate::clock::Clock;
use crate::link::{Checksum, Segment};
use checksums::Judgement;
use connection::Connection;
use half::Passed;

/// One of two directions, or the end that sends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end whose address is the lower one.
    Low,
    /// The other.
    High,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [Side::Low, Side::High];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Side {
        match self {
            Side::Low => Side::High,
            Side::High => Side::Low,
        }
    }
}

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The greatest number of connections that are open at a time.
    pub connections: usize,
    /// What a connection may buffer while it waits, in bytes.
    pub connection: usize,
    /// What all may buffer, in bytes.
    pub total: usize,
    /// How long a connection may be silent before it counts as over, in nanoseconds. What passes is counted from segment
    /// to segment, whatever their times are: 5 minutes at most, and nothing where times step back.
    pub idle: u64,
}

impl Default for Limits {
    /// 16,384 connections, 1 MiB each, 16 MiB in all, one hour.
    fn default() -> Self {
        Limits {
            connections: 16_384,
            connection: 1 << 20,
            total: 16 << 20,
            idle: 3_600_000_000_000,
        }
    }
}

/// What was seen of the start of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The two ends, [`Side::Low`] first.
    pub ends: [SocketAddr; 2],
    /// The end that has sent SYN; `None` if the connection is older than the capture.
    pub originator: Option<Side>,
    /// When its first segment was seen, in nanoseconds since 1970-01-01 UTC.
    pub time: u64,
}

/// What is made of streams.
pub trait Consumer {
    /// What is known of a connection.
    type Stream: std::fmt::Debug;

    /// A connection has data.
    fn open(&mut self, opening: &Opening) -> Self::Stream;

    /// Whether data of `side` is of use now. If not, it waits, within the limits. `has_other`: whether any segment of the
    /// other direction was seen.
    fn is_wanted(&self, stream: &Self::Stream, side: Side, has_other: bool) -> bool;

    /// Which direction comes first, where data of each waits for that of the other.
    fn breaks_tie(&self, stream: &Self::Stream) -> Side;

    /// The next bytes of a direction. Gives how many it takes: at least one. What it leaves waits until it is
    /// [wanted](Consumer::is_wanted).
    fn data(&mut self, stream: &mut Self::Stream, side: Side, at: At, bytes: &[u8]) -> usize;

    /// The next `missing` bytes of a direction are not in the capture, or not within its limits. `time` is when what
    /// comes behind them was seen.
    fn gap(&mut self, stream: &mut Self::Stream, side: Side, missing: u64, time: u64);

    /// A direction is over: its FIN was reached.
    fn end(&mut self, stream: &mut Self::Stream, side: Side, time: u64);

    /// The connection is over: by FIN of both ends, RST, silence, or the end of the capture.
    fn close(&mut self, stream: Self::Stream, totals: [HalfTotals; 2], time: u64);
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpTotals {
    /// Connections with data.
    pub connections: u64,
    /// Of both directions of all connections.
    pub bytes: HalfTotals,
    /// Segments of connections that were over, with bytes that had not been seen.
    pub late: u64,
    /// Segments with a wrong checksum, in directions where they are right.
    pub damaged: u64,
    /// Connections that were closed because too many were open.
    pub evicted: u64,
    /// Holes that were given up because too much was buffered.
    pub forced: u64,
}

type Key = [SocketAddr; 2];

/// How many connections that are over are remembered, so that what comes late is not taken for new.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// How long segments of a connection that is over may come, in nanoseconds: the longest life of a segment, 2 minutes
/// ([RFC 9293] 3.4.2). What comes later is of another one.
const LATEST: u64 = 120_000_000_000;

/// How long a connection that was reset may get segments that have come out of order, in nanoseconds: 2 seconds.
const LINGER: u64 = 2_000_000_000;
const LINGERING: usize = 1_024;

/// What is kept of what was handed on, for comparison: as long as all keep less than [`RECENT_TOTAL`], and then, up to
/// [`RECENT_MOST`].
const RECENT: usize = 64 << 10;
const RECENT_TOTAL: usize = 4 << 20;
const RECENT_SMALL: usize = 2 << 10;
const RECENT_MOST: usize = 8 << 20;

/// All connections.
#[derive(Debug)]
pub struct Table<C: Consumer> {
    limits: Limits,
    /// The one that was silent the longest comes out first.
    open: LruCache<Key, Box<Connection<C::Stream>>>,
    /// What has passed on connections that are over, and when they were, by the clock.
    over: LruCache<Key, (u64, [Passed; 2])>,
    /// Those that wait for data, in the order in which they began to.
    waiting: VecDeque<Key>,
    /// Those that were reset, or have ended with something missing, and when, by the clock.
    reset: VecDeque<(u64, Key)>,
    /// Segments that are far from the open connection of their addresses.
    aside: HashMap<Key, Vec<(Side, Kept)>>,
    aside_bytes: usize,
    /// Segments whose checksums are in doubt.
    doubtful: HashMap<(Key, Side), Kept>,
    buffered: usize,
    recent: usize,
    totals: TcpTotals,
    clock: Clock,
}

/// How many segments are set aside for a pair of addresses, and how many bytes in all.
const MAX_ASIDE: usize = 16;
const MAX_ASIDE_BYTES: usize = 1 << 20;

/// How many segments may be in doubt. Others are taken.
const MAX_DOUBTFUL: usize = 64;

/// A segment that is kept.
#[derive(Debug)]
struct Kept {
    time: u64,
    seq: u32,
    ack: Option<u32>,
    fin: bool,
    payload: Vec<u8>,
    cut: u32,
}

impl Kept {
    fn of(segment: &Segment<'_>) -> Self {
        Kept {
            time: segment.time,
            seq: segment.seq,
            ack: segment.ack,
            fin: segment.fin,
            payload: segment.payload.to_vec(),
            cut: segment.cut,
        }
    }

    fn segment(&self, [low, high]: Key, side: Side) -> Segment<'_> {
        let (source, destination) = match side {
            Side::Low => (low, high),
            Side::High => (high, low),
        };
        Segment {
            time: self.time,
            source,
            destination,
            seq: self.seq,
            ack: self.ack,
            syn: false,
            fin: self.fin,
            rst: false,
            payload: &self.payload,
            cut: self.cut,
            // It was looked at when the segment came.
            checksum: Checksum::Unknown,
        }
    }
}

impl<C: Consumer> Table<C> {
    /// No connection.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Table {
            limits,
            open: LruCache::unbounded(),
            over: LruCache::new(REMEMBERED),
            waiting: VecDeque::new(),
            reset: VecDeque::new(),
            aside: HashMap::new(),
            aside_bytes: 0,
            doubtful: HashMap::new(),
            buffered: 0,
            recent: 0,
            totals: TcpTotals::default(),
            clock: Clock::default(),
        }
    }

    /// What was counted. Bytes are those of connections that are closed.
    #[must_use]
    pub const fn totals(&self) -> TcpTotals {
        self.totals
    }

    /// How many bytes wait, with what it costs to keep them.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.buffered
    }

    /// Takes the next segment.
    pub fn segment(&mut self, segment: &Segment<'_>, consumer: &mut C) {
        self.clock.tick(segment.time);
        let (key, side) = if segment.source <= segment.destination {
            ([segment.source, segment.destination], Side::Low)
        } else {
            ([segment.destination, segment.source], Side::High)
        };
        let mut belongs = None;
        if let Some(connection) = self.open.get_mut(&key) {
            let judgement = connection.judge(side, segment);
            if judgement == Judgement::Damaged {
                self.totals.damaged += 1;
                return;
            }
            belongs = Some(if segment.syn {
                connection.syn(side, segment)
            } else {
                !connection.is_foreign(side, segment)
            });
            match judgement {
                Judgement::InDoubt
                    if belongs == Some(true)
                        && !segment.syn
                        && self.doubtful.len() < MAX_DOUBTFUL =>
                {
                    self.doubtful.insert((key, side), Kept::of(segment));
                    return;
                }
                Judgement::Settling { is_damaged } => {
                    self.settle_doubt(key, side, is_damaged, consumer);
                }
                _ => {}
            }
        }
        if belongs != Some(true)
            && let Some(passed) = self.passed(&key, side, segment)
        {
            self.totals.late += u64::from(passed.lacks(segment));
            return;
        }
        if belongs == Some(false) && !segment.syn {
            self.set_aside(key, side, segment, consumer);
        } else {
            if belongs == Some(false) {
                // The pair of addresses is used again.
                self.close(key, consumer);
            }
            self.take_or_begin(key, side, segment, consumer);
            if segment.syn {
                self.bring_back(key, consumer);
            }
        }
        self.tidy(consumer);
    }

    /// The capture is over.
    pub fn finish_all(&mut self, consumer: &mut C) {
        while let Some((key, _)) = self.open.peek_lru() {
            let key = *key;
            self.finish(key, consumer);
        }
    }

    fn take_or_begin(&mut self, key: Key, side: Side, segment: &Segment<'_>, consumer: &mut C) {
        if !self.open.contains(&key) {
            if segment.rst || (segment.payload.is_empty() && !segment.syn && !segment.fin) {
                return;
            }
            self.make_room(consumer);
            let mut connection = Box::new(Connection::new(key, segment.time));
            connection.judge(side, segment);
            if segment.syn {
                connection.syn(side, segment);
            }
            self.open.put(key, connection);
        }
        self.take(key, side, segment, consumer);
    }

    /// Keeps a segment that is far from the open connection of its addresses: it may be one behind a large hole, or one
    /// of the next connection, whose SYN is still to come or is not in the capture.
    fn set_aside(&mut self, key: Key, side: Side, segment: &Segment<'_>, consumer: &mut C) {
        if segment.payload.is_empty() {
            return;
        }
        let aside = self.aside.entry(key).or_default();
        aside.push((side, Kept::of(segment)));
        self.aside_bytes += segment.payload.len();
        if aside.len() >= MAX_ASIDE || self.aside_bytes > MAX_ASIDE_BYTES {
            self.settle(key, consumer);
        }
    }

    /// Decides what the segments are that were set aside, as nothing more is heard of them.
    fn settle(&mut self, key: Key, consumer: &mut C) {
        if !self.is_behind_hole(&key) {
            self.close(key, consumer);
        }
        self.bring_back(key, consumer);
    }

    /// Whether the segments that were set aside are of the open connection.
    fn is_behind_hole(&self, key: &Key) -> bool {
        let first = self.aside.get(key).and_then(|aside| aside.first());
        first.is_some_and(|(side, first)| {
            let connection = self.open.peek(key);
            connection.is_some_and(|it| !it.is_reset && it.may_reach(*side, first.seq))
        })
    }

    /// The segment in doubt is damaged, or counts.
    fn settle_doubt(&mut self, key: Key, side: Side, is_damaged: bool, consumer: &mut C) {
        match self.doubtful.remove(&(key, side)) {
            Some(_) if is_damaged => self.totals.damaged += 1,
            Some(kept) => self.take(key, side, &kept.segment(key, side), consumer),
            None => {}
        }
    }

    /// Takes the segments that were set aside, whatever they are.
    fn bring_back(&mut self, key: Key, consumer: &mut C) {
        for (side, kept) in self.aside.remove(&key).unwrap_or_default() {
            self.aside_bytes -= kept.payload.len();
            let segment = kept.segment(key, side);
            self.take_or_begin(key, side, &segment, consumer);
        }
    }

    /// What has passed in its direction, if it belongs to a connection that is over.
    fn passed(&mut self, key: &Key, side: Side, segment: &Segment<'_>) -> Option<&Passed> {
        let now = self.clock.passed();
        let (heard, passed) = self.over.get(key)?;
        let passed = &passed[side as usize];
        (now - heard <= LATEST && passed.has(segment)).then_some(passed)
    }

    fn take(&mut self, key: Key, side: Side, segment: &Segment<'_>, consumer: &mut C) {
        let Some(connection) = self.open.get_mut(&key) else {
            return;
        };
        connection.heard = self.clock.passed();
        let before = connection.buffered();
        let recent = &mut self.recent;
        let mut remember = || {
            let size = if *recent < RECENT_TOTAL {
                RECENT
            } else if *recent < RECENT_MOST {
                RECENT_SMALL
            } else {
                0
            };
            *recent += size;
            size
        };
        connection.take(side, segment, consumer, &mut remember);
        while connection.buffered() > self.limits.connection {
            self.totals.forced += 1;
            connection.force(consumer);
        }
        let after = connection.buffered();
        self.buffered = self.buffered + after - before;
        if after > 0 && !connection.is_queued {
            connection.is_queued = true;
            self.waiting.push_back(key);
        }
        if (segment.rst || connection.has_ended()) && !connection.is_reset {
            connection.is_reset = true;
            self.reset.push_back((self.clock.passed(), key));
        }
        if connection.is_over() {
            self.finish(key, consumer);
        }
    }

    /// A connection is over. What was set aside is of it, or of the next one.
    fn finish(&mut self, key: Key, consumer: &mut C) {
        if self.is_behind_hole(&key) {
            self.bring_back(key, consumer);
        }
        self.close(key, consumer);
        self.bring_back(key, consumer);
    }

    fn close(&mut self, key: Key, consumer: &mut C) {
        // In doubt, nothing is lost.
        if !self.doubtful.is_empty() {
            for side in Side::BOTH {
                self.settle_doubt(key, side, false, consumer);
            }
        }
        let Some(mut connection) = self.open.pop(&key) else {
            return;
        };
        self.buffered -= connection.buffered();
        self.recent -= connection.recent();
        connection.finish(consumer);
        self.over.put(key, (connection.heard, connection.passed()));
        let totals = connection.totals();
        for half in &totals {
            self.totals.bytes.add(half);
        }
        if let Some(stream) = connection.stream.take() {
            self.totals.connections += 1;
            consumer.close(stream, totals, connection.last);
        }
    }

    fn make_room(&mut self, consumer: &mut C) {
        while self.open.len() >= self.limits.connections {
            let Some((key, _)) = self.open.peek_lru() else {
                return;
            };
            let key = *key;
            // One that has ended on one side, and has nothing that waits, loses nothing by that.
            let is_open = self.open.peek(&key).is_none_or(|it| !it.is_ending());
            self.totals.evicted += u64::from(is_open);
            for (_, kept) in self.aside.remove(&key).unwrap_or_default() {
                self.aside_bytes -= kept.payload.len();
                self.totals.bytes.stray += kept.payload.len() as u64;
            }
            self.close(key, consumer);
        }
    }

    /// Gives up what takes too much memory, or has waited for too long.
    fn tidy(&mut self, consumer: &mut C) {
        while self.buffered > self.limits.total {
            let Some(key) = self.waiting.pop_front() else {
                return;
            };
            // The order in which connections were heard of is not to change.
            let Some(connection) = self.open.peek_mut(&key) else {
                continue;
            };
            connection.is_queued = false;
            if connection.buffered() == 0 {
                continue;
            }
            self.totals.forced += 1;
            self.buffered -= connection.buffered();
            connection.flush(consumer);
            self.buffered += connection.buffered();
        }
        if self.waiting.len() > 2 * self.limits.connections.max(1_024) {
            let open = &self.open;
            self.waiting.retain(|key| open.contains(key));
        }
        let now = self.clock.passed();
        while let Some((time, key)) = self.reset.front().copied()
            && (now - time > LINGER || self.reset.len() > LINGERING)
        {
            self.reset.pop_front();
            if self
                .open
                .peek(&key)
                .is_some_and(|connection| connection.is_reset)
            {
                self.finish(key, consumer);
            }
        }
        while let Some((key, connection)) = self.open.peek_lru()
            && now - connection.heard > self.limits.idle
        {
            let key = *key;
            self.finish(key, consumer);
        }
    }
}

impl HalfTotals {
    fn add(&mut self, other: &HalfTotals) {
        self.delivered += other.delivered;
        self.repeated += other.repeated;
        self.conflicting += other.conflicting;
        self.missing += other.missing;
        self.gaps += other.gaps;
        self.stray += other.stray;
    }
}

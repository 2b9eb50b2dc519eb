//! Segments: what a connection is on the network, before it has frames.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::ops::BitOr;

use super::Shown;
use super::connection::{Connection, Ending, Opening, Side, Turn};

/// The control bits of a segment ([RFC 9293] 3.1).
///
/// [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// No more bytes come from this side.
    pub const FIN: Flags = Flags(1);
    /// The sequence number is the initial one.
    pub const SYN: Flags = Flags(2);
    /// The connection is no more.
    pub const RST: Flags = Flags(4);
    /// The last segment of a turn.
    pub const PSH: Flags = Flags(8);
    /// The acknowledgement number counts.
    pub const ACK: Flags = Flags(16);

    /// Whether all of these are set.
    #[must_use]
    pub const fn has(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// As on the wire, FIN lowest.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Flags::SYN, "SYN "),
            (Flags::FIN, "FIN "),
            (Flags::RST, "RST "),
            (Flags::PSH, "PSH "),
            (Flags::ACK, "ACK "),
        ];
        let set = names.iter().filter(|(flag, _)| self.has(*flag));
        let set: String = set.map(|(_, name)| *name).collect();
        f.write_str(set.trim_end())
    }
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// A TCP segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    /// When it was seen, in nanoseconds since 1970.
    pub time: u64,
    /// Who sent it.
    pub side: Side,
    /// The address of the sender.
    pub source: SocketAddr,
    /// The address of the receiver.
    pub destination: SocketAddr,
    /// The sequence number: of the SYN, or of the first byte.
    pub sequence: u32,
    /// The number of the next byte that the sender wants.
    pub acknowledgement: u32,
    /// Its control bits.
    pub flags: Flags,
    /// Its bytes.
    pub payload: Vec<u8>,
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("time", &self.time)
            .field("side", &self.side)
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("sequence", &self.sequence)
            .field("acknowledgement", &self.acknowledgement)
            .field("flags", &self.flags)
            .field("payload", &Shown(&self.payload))
            .finish()
    }
}

/// How long after a segment the next one of the same turn is seen, in nanoseconds.
const PACE: u64 = 10_000;

/// The segments of a connection, made when asked for; see [`Connection::segments_of`].
#[derive(Clone, Debug)]
pub struct Segments<I> {
    addresses: [SocketAddr; 2],
    /// The next sequence number of client and server.
    next: [u32; 2],
    now: u64,
    mss: usize,
    turns: I,
    /// The turn that is being taken, and how much of it has been sent.
    turn: Option<(Turn, usize)>,
    /// Data segments that have no acknowledgement of their own yet.
    unacknowledged: u32,
    /// What is already made.
    made: VecDeque<Segment>,
    /// What is to come after the turns.
    ending: Option<Ending>,
}

impl<I: Iterator<Item = Turn>> Segments<I> {
    pub(super) fn new(connection: &Connection, turns: I) -> Self {
        assert!(connection.mss > 0, "a segment holds a byte at least");
        let mut segments = Segments {
            addresses: [connection.client, connection.server],
            next: [connection.client_isn, connection.server_isn],
            now: connection.start,
            mss: usize::from(connection.mss),
            turns,
            turn: None,
            unacknowledged: 0,
            made: VecDeque::new(),
            ending: Some(connection.ending),
        };
        match connection.opening {
            Opening::Handshake => segments.shake_hands(),
            Opening::Before => {
                segments.next =
                    [Side::Client, Side::Server].map(|of| connection.first_sequence(of));
            }
        }
        segments
    }

    fn shake_hands(&mut self) {
        let mut syn = self.segment(Side::Client, Flags::SYN, Vec::new());
        syn.acknowledgement = 0;
        self.made.push_back(syn);
        let answer = self.segment(Side::Server, Flags::SYN | Flags::ACK, Vec::new());
        self.made.push_back(answer);
        let answer = self.segment(Side::Client, Flags::ACK, Vec::new());
        self.made.push_back(answer);
    }

    /// The next segment of a side.
    fn segment(&mut self, side: Side, flags: Flags, payload: Vec<u8>) -> Segment {
        let (from, to) = (side as usize, side.other() as usize);
        let time = self.now;
        self.now += PACE;
        let sequence = self.next[from];
        // Every bound is 16 bits: a segment is at most `mss`, and a SYN or a FIN takes one number.
        let mut length = u32::try_from(payload.len()).unwrap_or_default();
        length += u32::from(flags.has(Flags::SYN) || flags.has(Flags::FIN));
        self.next[from] = sequence.wrapping_add(length);
        Segment {
            time,
            side,
            source: self.addresses[from],
            destination: self.addresses[to],
            sequence,
            acknowledgement: self.next[to],
            flags,
            payload,
        }
    }

    /// The next segment of the turn that is being taken.
    fn sent(&mut self) -> Option<Segment> {
        let (turn, sent) = self.turn.take()?;
        let end = turn.bytes.len().min(sent + self.mss);
        let payload = turn.bytes[sent..end].to_vec();
        let is_last = end == turn.bytes.len();
        let push = if is_last {
            Flags::PSH
        } else {
            Flags::default()
        };
        let side = turn.side;
        if !is_last {
            self.turn = Some((turn, end));
        }
        let segment = self.segment(side, Flags::ACK | push, payload);
        self.unacknowledged += 1;
        // Hosts acknowledge every second segment, and with the next bytes that they send themselves.
        if self.unacknowledged == 2 {
            self.unacknowledged = 0;
            let acknowledgement = self.segment(side.other(), Flags::ACK, Vec::new());
            self.made.push_back(acknowledgement);
        }
        Some(segment)
    }

    fn end(&mut self) {
        match self.ending.take() {
            Some(Ending::Fin(side)) => {
                for (side, flags) in [
                    (side, Flags::FIN | Flags::ACK),
                    (side.other(), Flags::FIN | Flags::ACK),
                    (side, Flags::ACK),
                ] {
                    let segment = self.segment(side, flags, Vec::new());
                    self.made.push_back(segment);
                }
            }
            Some(Ending::Reset(side)) => {
                let segment = self.segment(side, Flags::RST | Flags::ACK, Vec::new());
                self.made.push_back(segment);
            }
            Some(Ending::Open) | None => (),
        }
    }
}

impl<I: Iterator<Item = Turn>> Iterator for Segments<I> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        loop {
            if let Some(made) = self.made.pop_front() {
                return Some(made);
            }
            if let Some(sent) = self.sent() {
                return Some(sent);
            }
            match self.turns.next() {
                Some(turn) => {
                    self.now += turn.pause;
                    self.unacknowledged = 0;
                    self.turn = (!turn.bytes.is_empty()).then_some((turn, 0));
                }
                None if self.ending.is_some() => self.end(),
                None => return None,
            }
        }
    }
}

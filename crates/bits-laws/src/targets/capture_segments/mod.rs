//! Segments in any order.

mod model;
pub mod recorder;

use std::net::SocketAddr;

use bits_capture::link::{Checksum, Segment};
use bits_capture::tcp::{Limits, Side, Table, TcpTotals};

use crate::corpus::Outcome;
use model::Sending;
use recorder::Recorder;

/// The first two bytes pick limits, habits and the first sequence numbers; then comes a segment in each four bytes: what it is,
/// where in its stream it stands, how long it is, how far the other stream had come.
///
/// What is handed on is what was sent: in order, nothing twice, with the first bytes where there are others, and no sooner than
/// it was sent. Gaps say how much is missing. Where no limit forces anything, nothing is left out, to the end of the stream.
pub fn capture_segments(input: &[u8]) {
    let _ = run(input);
}

/// How many segments an input may have.
const MAX_SEGMENTS: usize = 256;

/// How many connections a pair of addresses may have, one after the other.
const MAX_CONNECTIONS: usize = 3;

/// How far apart their sequence numbers begin: further than any window, around the end of the numbers too.
const APART: u32 = 0x5456_789A;

/// What the first byte says.
#[derive(Clone, Copy, Debug)]
struct Control(u8);

impl Control {
    fn limits(self) -> Limits {
        match self.0 & 3 {
            0 => Limits::default(),
            1 => Limits {
                connection: 400,
                ..Limits::default()
            },
            2 => Limits {
                total: 600,
                ..Limits::default()
            },
            _ => Limits {
                connections: 1,
                connection: 100_000,
                total: 100_000,
                idle: 5_000,
            },
        }
    }

    /// Whether a connection may be taken to be over because it was silent.
    const fn may_idle(self) -> bool {
        self.0 & 3 == 3
    }

    /// Whether bytes that come again may be others.
    const fn disagrees(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether streams may go on behind their end, and numbers may be far away. Of those, less can be said.
    const fn is_wild(self) -> bool {
        self.0 & 8 != 0
    }
}

/// All that is sent on a pair of addresses.
#[derive(Debug)]
struct Pair {
    ends: [SocketAddr; 2],
    connections: Vec<Sending>,
}

impl Pair {
    fn new(index: usize, port: u16, isn: u8) -> Self {
        // Near the end of the numbers, so that they wrap around.
        let base = u32::MAX - 16 * u32::from(isn);
        Pair {
            ends: [([10, 0, 0, 1], port).into(), ([10, 0, 0, 2], 80).into()],
            connections: vec![Sending::new(
                0,
                [base, base.wrapping_mul(7)],
                index * MAX_CONNECTIONS,
            )],
        }
    }

    /// What is sent now.
    fn current(&mut self) -> &mut Sending {
        self.connections.last_mut().expect("there is one always")
    }

    /// The addresses are used again, unless nothing would show it.
    fn renew(&mut self, side: Side, step: u16) -> bool {
        let count = self.connections.len();
        let current = self.current();
        if !current.directions[side as usize].is_known() || count == MAX_CONNECTIONS {
            return false;
        }
        let isn = current.isn.map(|isn| isn.wrapping_add(APART));
        let next = current.index + 1;
        self.connections.push(Sending::new(step, isn, next));
        true
    }

    /// What was sent on the connection that began then.
    fn at(&self, step: u64) -> usize {
        let later = |it: &Sending| u64::from(it.begins) > step;
        let connections = self.connections.iter();
        connections.take_while(|it| !later(it)).count() - 1
    }
}

/// One of the operations.
#[derive(Clone, Copy, Debug)]
struct Operation {
    side: Side,
    kind: u8,
    pair: usize,
    offset: usize,
    length: usize,
    ack: Option<u32>,
}

impl Operation {
    fn of(bytes: &[u8]) -> Self {
        let [what, at, length, ack] = [bytes[0], bytes[1], bytes[2], bytes[3]];
        Operation {
            side: if what & 1 == 0 { Side::Low } else { Side::High },
            kind: (what >> 1) & 15,
            pair: usize::from((what >> 5) & 1),
            offset: 4 * usize::from(at) + usize::from(what >> 6),
            length: usize::from(length),
            ack: (ack > 0).then(|| 4 * (u32::from(ack) - 1)),
        }
    }
}

/// What an operation sends, apart from where it goes.
#[derive(Debug, Default)]
struct Sent {
    syn: bool,
    fin: bool,
    rst: bool,
    is_far: bool,
    offset: usize,
    length: usize,
    /// Whether the bytes are others.
    differs: bool,
}

impl Sent {
    fn new(operation: &Operation, control: Control, sending: &mut Sending) -> Self {
        let Operation { offset, length, .. } = *operation;
        let direction = &mut sending.directions[operation.side as usize];
        let mut sent = Sent {
            offset,
            length,
            ..Sent::default()
        };
        match operation.kind {
            0 | 5 => (sent.syn, sent.offset, sent.length) = (true, 0, 0),
            1 => sent.fin = true,
            2 => sent.rst = true,
            3 => sent.differs = control.disagrees(),
            4 => sent.is_far = control.is_wild() && control.disagrees() && offset > 0,
            _ => {}
        }
        if control.is_wild() || sent.syn {
            return sent;
        }
        if sent.fin {
            // The last bytes, and the end.
            let end = direction.highest.max(offset + length);
            let end = *direction.end.get_or_insert(end);
            sent.length = length.min(end);
            sent.offset = end - sent.length;
        } else if let Some(end) = direction.end {
            sent.offset = offset.min(end);
            sent.length = length.min(end - sent.offset);
        }
        if sent.rst {
            sent.offset = sent.offset.min(direction.highest);
            sent.length = 0;
        }
        sent
    }
}

fn run(input: &[u8]) -> Option<(usize, TcpTotals)> {
    let [control, isn, operations @ ..] = input else {
        return None;
    };
    let control = Control(*control);
    let limits = control.limits();
    let mut pairs = [Pair::new(0, 1000, *isn), Pair::new(1, 1001, !*isn)];
    let mut table: Table<Recorder> = Table::new(limits);
    let mut recorder = Recorder {
        takes_turns: control.0 & 16 != 0,
        takes_all: control.0 & 32 != 0,
        ..Recorder::default()
    };
    let mut others = Vec::new();
    let operations = operations.chunks_exact(4).take(MAX_SEGMENTS);
    for (step, operation) in (1u16..).zip(operations) {
        let operation = Operation::of(operation);
        let (side, other) = (operation.side, operation.side.other());
        let pair = &mut pairs[operation.pair];
        if operation.kind == 5 && !pair.renew(side, step) {
            continue;
        }
        let ends = pair.ends;
        let sending = pair.current();
        let sent = Sent::new(&operation, control, sending);
        let mut bytes = sending.bytes(side, sent.offset, sent.length);
        if sent.differs {
            others.clear();
            others.extend(bytes.iter().map(|byte| byte ^ 0x55));
            bytes = &others;
        }
        let first = sending.isn[side as usize].wrapping_add(1);
        let offset = u32::try_from(sent.offset).expect("streams are short");
        let segment = Segment {
            time: u64::from(step) * 1_000,
            source: ends[side as usize],
            destination: ends[other as usize],
            seq: match (sent.syn, sent.is_far) {
                (true, _) => first.wrapping_sub(1),
                (false, true) => first.wrapping_add(offset << 20),
                (false, false) => first.wrapping_add(offset),
            },
            ack: operation
                .ack
                .map(|ack| sending.isn[other as usize].wrapping_add(1 + ack)),
            syn: sent.syn,
            fin: sent.fin,
            rst: sent.rst,
            payload: bytes,
            cut: 0,
            checksum: Checksum::Unknown,
        };
        if !sent.is_far {
            sending.note(side, &segment, sent.offset, step);
        }
        recorder.now = step;
        table.segment(&segment, &mut recorder);
        assert!(
            table.buffered() <= limits.total,
            "{} waits, with {limits:?}",
            table.buffered()
        );
    }
    table.finish_all(&mut recorder);
    assert_eq!(table.buffered(), 0);
    judge(control, &pairs, &recorder, table.totals());
    Some((recorder.connections.len(), table.totals()))
}

/// Holds what was handed on against what was sent.
fn judge(control: Control, pairs: &[Pair; 2], recorder: &Recorder, totals: TcpTotals) {
    let is_free = totals.forced == 0;
    // Whether each connection is taken for one.
    let mut all = pairs.iter().flat_map(|pair| &pair.connections);
    let is_whole = !control.is_wild()
        && !control.may_idle()
        && totals.evicted == 0
        && (is_free || !all.any(Sending::may_seem_two));
    let mut found = [[0; MAX_CONNECTIONS]; 2];
    for seen in &recorder.connections {
        assert!(seen.is_closed);
        let pair = usize::from(seen.opening.ends == pairs[1].ends);
        let Pair { connections, .. } = &pairs[pair];
        let index = pairs[pair].at(seen.opening.time / 1_000);
        found[pair][index] += 1;
        let sending = &connections[index];
        if is_whole && is_free {
            sending.is(seen);
        }
        for (side, stream) in Side::BOTH.into_iter().zip(&seen.streams) {
            let is_right = if is_whole {
                sending.holds(side, stream, true)
            } else {
                let holds = |sending: &Sending| sending.holds(side, stream, false);
                control.disagrees() || connections.iter().any(holds)
            };
            assert!(is_right, "{side:?}: not what was sent: {stream:?}");
        }
    }
    if is_whole {
        for (sending, found) in pairs
            .iter()
            .zip(found)
            .flat_map(|(pair, found)| pair.connections.iter().zip(found))
        {
            assert!(
                found < 2 && (found == 1 || !sending.has_payload()),
                "{found} for one"
            );
        }
    }
}

/// What comes of an input: how many connections, and what was counted.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let Some((connections, totals)) = run(input) else {
        return Outcome::nothing("segments");
    };
    let bytes = totals.bytes;
    Outcome {
        reading: "segments".to_owned(),
        outcome: "kept",
        kind: String::new(),
        strict: String::new(),
        detail: format!(
            "{connections} connections, {} bytes, {} missing, {} again, {} others",
            bytes.delivered, bytes.missing, bytes.repeated, bytes.conflicting
        ),
    }
}

//! What becomes of segments on their way, and in the capture.

use super::connection::Side;
use super::segment::{Flags, Segment};
use crate::random::Random;

/// Disorder among the segments of a connection, drawn from a seed. [`Disorder::NONE`] changes nothing.
///
/// The chances are out of 100, for each segment with bytes. Whatever is repeated, cut or moved says the same
/// bytes at the same place as before, but for [`disagree`](Disorder::disagree): those wrong bytes come behind
/// the right ones, so that who keeps the first bytes keeps the right ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Disorder {
    /// What is drawn from.
    pub seed: u64,
    /// Before anything else, so many segments are lost from the beginning: those before the capture.
    pub skip: usize,
    /// Only what one side sends is kept.
    pub only: Option<Side>,
    /// The chance that a segment is not in the capture, although it arrived.
    pub lose: u8,
    /// The chance that a segment comes in two pieces.
    pub cut: u8,
    /// The chance that a segment, or a FIN, is joined to the one before of its side.
    pub join: u8,
    /// The chance that a segment begins earlier, with bytes that were already sent.
    pub overlap: u8,
    /// The chance that a segment comes twice.
    pub repeat: u8,
    /// A segment comes fewer places than this earlier or later than it was sent; 0 and 1 keep the order. A
    /// RST is passed by nothing, nor is the first segment of a side whose SYN is not there: nobody could know
    /// that anything belongs before it.
    pub window: usize,
    /// Whether that moves segments with a SYN, too.
    pub moves_syn: bool,
    /// The chance that wrong bytes at the place of a segment come somewhere behind it.
    pub disagree: u8,
}

impl Disorder {
    /// No disorder.
    pub const NONE: Disorder = Disorder {
        seed: 0,
        skip: 0,
        only: None,
        lose: 0,
        cut: 0,
        join: 0,
        overlap: 0,
        repeat: 0,
        window: 0,
        moves_syn: false,
        disagree: 0,
    };

    /// The segments as they are in the capture. Times go to places: the first segment has the first time.
    #[must_use]
    pub fn apply(&self, segments: Vec<Segment>) -> Vec<Segment> {
        let mut random = Random::new(self.seed);
        let is_kept = |segment: &Segment| self.only.is_none_or(|side| side == segment.side);
        let mut segments: Vec<Segment> = segments.into_iter().skip(self.skip).collect();
        segments.retain(is_kept);
        // Where a turn is in several segments, these are pieces of one run of bytes.
        let segments = joined(segments, self.join, &mut random);
        let segments = cut(segments, self.cut, &mut random);
        let segments = overlapped(segments, self.overlap, &mut random);
        let segments = repeated(segments, self.repeat, &mut random);
        let mut segments = self.shuffled(segments, &mut random);
        segments.retain(|segment| segment.payload.is_empty() || !happens(self.lose, &mut random));
        let mut segments = self.disagreed(segments, &mut random);
        let mut last = 0;
        let mut times: Vec<u64> = segments.iter().map(|segment| segment.time).collect();
        times.sort_unstable();
        for (segment, time) in segments.iter_mut().zip(times) {
            // No two of a connection at one time, so that merging keeps their order.
            last = time.max(last + 1);
            segment.time = last;
        }
        segments
    }

    fn shuffled(&self, segments: Vec<Segment>, random: &mut Random) -> Vec<Segment> {
        let mut barrier = 0;
        let mut keyed: Vec<(usize, Segment)> = Vec::with_capacity(segments.len());
        let mut has_begun = [Side::Client, Side::Server].map(|side| {
            let mut own = segments.iter().filter(|segment| segment.side == side);
            own.any(|segment| segment.flags.has(Flags::SYN))
        });
        for (place, segment) in segments.into_iter().enumerate() {
            let has_begun = &mut has_begun[segment.side as usize];
            let stays = segment.flags.has(Flags::RST)
                || (segment.flags.has(Flags::SYN) && !self.moves_syn)
                || !*has_begun;
            *has_begun = true;
            if stays {
                // What was sent before comes before, and what was sent behind comes behind.
                for (key, _) in &mut keyed {
                    *key = place.min(*key);
                }
                barrier = place;
                keyed.push((place, segment));
            } else {
                let key = place + random.below(self.window.max(1));
                keyed.push((key.max(barrier), segment));
            }
        }
        keyed.sort_by_key(|&(key, _)| key);
        keyed.into_iter().map(|(_, segment)| segment).collect()
    }

    fn disagreed(&self, segments: Vec<Segment>, random: &mut Random) -> Vec<Segment> {
        let mut out: Vec<Segment> = Vec::with_capacity(segments.len());
        let mut wrong: Vec<(usize, Segment)> = Vec::new();
        for (place, segment) in segments.into_iter().enumerate() {
            while let Some(at) = wrong.iter().position(|&(due, _)| due <= place) {
                out.push(wrong.swap_remove(at).1);
            }
            if !segment.payload.is_empty() && happens(self.disagree, random) {
                let mut other = segment.clone();
                let at = random.below(other.payload.len());
                other.payload[at] ^= 1 + u8::try_from(random.below(255)).unwrap_or_default();
                wrong.push((place + 1 + random.below(self.window.max(1)), other));
            }
            out.push(segment);
        }
        // What is behind a RST would be of another connection.
        let is_reset = out.last().is_some_and(|last| last.flags.has(Flags::RST));
        let late = out.len() - usize::from(is_reset);
        let wrong = wrong.into_iter().map(|(_, segment)| segment);
        out.splice(late..late, wrong);
        out
    }
}

fn happens(chance: u8, random: &mut Random) -> bool {
    chance > 0 && random.below(100) < usize::from(chance)
}

/// How far one sequence number is behind another.
fn distance(from: u32, to: u32) -> usize {
    usize::try_from(to.wrapping_sub(from)).unwrap_or(usize::MAX)
}

fn forward(sequence: u32, bytes: usize) -> u32 {
    sequence.wrapping_add(u32::try_from(bytes).unwrap_or_default())
}

/// Network cards join what acknowledges the same. Where the start of a connection is seen, more is joined than they would.
fn joined(segments: Vec<Segment>, chance: u8, random: &mut Random) -> Vec<Segment> {
    let has_start = segments.iter().any(|it| it.flags.has(Flags::SYN));
    let mut out: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        let before = out
            .iter_mut()
            .rev()
            .find(|before| before.side == segment.side);
        match before {
            Some(before)
                if !before.payload.is_empty()
                    && (!segment.payload.is_empty() || segment.flags.has(Flags::FIN))
                    && (has_start || before.acknowledgement == segment.acknowledgement)
                    && before.payload.len() + segment.payload.len() < 0x8000
                    && distance(before.sequence, segment.sequence) == before.payload.len()
                    && happens(chance, random) =>
            {
                before.payload.extend(segment.payload);
                before.flags = before.flags | segment.flags;
            }
            _ => out.push(segment),
        }
    }
    out
}

fn cut(segments: Vec<Segment>, chance: u8, random: &mut Random) -> Vec<Segment> {
    let mut out = Vec::with_capacity(segments.len());
    for mut segment in segments {
        if segment.payload.len() > 1 && happens(chance, random) {
            let at = 1 + random.below(segment.payload.len() - 1);
            let mut rest = segment.clone();
            rest.payload = segment.payload.split_off(at);
            rest.sequence = forward(segment.sequence, at);
            segment.flags = Flags::ACK;
            out.extend([segment, rest]);
        } else {
            out.push(segment);
        }
    }
    out
}

/// What was acknowledged is not sent again, so that what is sent again comes with the same acknowledgement. Where the start
/// of a connection is seen, more is sent again than hosts would.
fn overlapped(mut segments: Vec<Segment>, chance: u8, random: &mut Random) -> Vec<Segment> {
    let has_start = segments.iter().any(|it| it.flags.has(Flags::SYN));
    // The end of what each side has sent last, and what it has acknowledged by that.
    let mut before: [Option<(u32, u32, Vec<u8>)>; 2] = [None, None];
    for segment in &mut segments {
        if segment.payload.is_empty() {
            continue;
        }
        let own = segment.payload.clone();
        let sequence = segment.sequence;
        let ack = segment.acknowledgement;
        if let Some((start, acked, bytes)) = &before[segment.side as usize] {
            let follows = distance(*start, sequence) == bytes.len() && (has_start || *acked == ack);
            if follows && happens(chance, random) {
                let more = 1 + random.below(bytes.len());
                let mut payload = bytes[bytes.len() - more..].to_vec();
                payload.extend(&segment.payload);
                segment.payload = payload;
                segment.sequence = forward(*start, bytes.len() - more);
            }
        }
        before[segment.side as usize] = Some((sequence, ack, own));
    }
    segments
}

fn repeated(segments: Vec<Segment>, chance: u8, random: &mut Random) -> Vec<Segment> {
    let mut out = Vec::with_capacity(segments.len());
    for segment in segments {
        if !segment.payload.is_empty() && happens(chance, random) {
            out.push(segment.clone());
        }
        out.push(segment);
    }
    out
}

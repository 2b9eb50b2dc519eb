//! Heads that something has happened to.

use bits_packet::{Ack, Request};

use super::{Head, Kind, corpora};
use crate::random::Random;

/// Bytes that mean something somewhere in a head.
const MEANINGFUL: &[u8] = b"\r\n\t :;,={}-/0aZ\x00\x7f\x80\xff";

/// So many heads with one to three things done to each: bits turned, bytes put in or taken out, runs
/// doubled, letters in the other case, lines taken from other heads. About a third is still accepted.
#[must_use]
pub fn damaged(seed: u64, heads: usize) -> Damaged {
    Damaged {
        sound: sound(),
        random: Random::new(seed),
        left: heads,
    }
}

/// So many of [`damaged`] that are an error.
#[must_use]
pub fn refused(seed: u64, heads: usize) -> Vec<Head> {
    let is_refused = |head: &Head| match head.kind {
        Kind::Request(_) => Request::parse(&head.bytes).is_err(),
        Kind::Ack(answering) => Ack::parse(&head.bytes, Some(answering)).is_err(),
    };
    let damaged = damaged(seed, usize::MAX);
    damaged.filter(is_refused).take(heads).collect()
}

/// Heads of every corpus, and not the largest: each try reads the whole head.
pub(crate) fn sound() -> Vec<Head> {
    corpora()
        .into_iter()
        .flat_map(|corpus| corpus.heads.into_iter().take(64))
        .filter(|head| head.bytes.len() < 2048)
        .collect()
}

/// See [`damaged`].
#[derive(Clone, Debug)]
pub struct Damaged {
    sound: Vec<Head>,
    random: Random,
    left: usize,
}

impl Iterator for Damaged {
    type Item = Head;

    fn next(&mut self) -> Option<Head> {
        self.left = self.left.checked_sub(1)?;
        let mut below = |end| self.random.below(end);
        let mut head = self.sound[below(self.sound.len())].clone();
        for _ in 0..=below(3) {
            let donor = &self.sound[below(self.sound.len())].bytes;
            damage(&mut head.bytes, donor, &mut below);
        }
        Some(head)
    }
}

/// Does one thing to a head. `below` chooses a number below another, which is not 0.
pub(crate) fn damage(bytes: &mut Vec<u8>, donor: &[u8], below: &mut impl FnMut(usize) -> usize) {
    // Even the emptiest head can be damaged again.
    if bytes.is_empty() {
        bytes.push(b'\r');
    }
    let at = below(bytes.len());
    let end = (at + 1 + below(12)).min(bytes.len());
    match below(10) {
        0 => bytes[at] ^= 1 << below(8),
        1 => bytes[at] = MEANINGFUL[below(MEANINGFUL.len())],
        2 => bytes[at] = below(256).to_le_bytes()[0],
        3 => bytes.insert(at, MEANINGFUL[below(MEANINGFUL.len())]),
        4 => {
            bytes.remove(at);
        }
        5 => {
            bytes.drain(at..end);
        }
        6 => bytes.extend_from_within(at..end),
        7 => {
            let doubled = bytes[at..end].to_vec();
            bytes.splice(at..at, doubled);
        }
        8 => swap_case(bytes, at),
        _ => splice_line(bytes, donor, below),
    }
}

/// Turns the letters of the line's rest into the other case.
fn swap_case(bytes: &mut [u8], at: usize) {
    let is_letter = |byte: &&mut u8| byte.is_ascii_alphabetic();
    let line = bytes[at..].iter_mut().take_while(|byte| **byte != b'\r');
    line.filter(is_letter).for_each(|byte| *byte ^= 0x20);
}

/// Puts a line of another head in front of a line of this one, or in its place.
fn splice_line(bytes: &mut Vec<u8>, donor: &[u8], below: &mut impl FnMut(usize) -> usize) {
    let (from, until) = line(donor, below);
    let (at, end) = line(bytes, below);
    let end = if below(2) == 0 { at } else { end };
    bytes.splice(at..end, donor[from..until].iter().copied());
}

/// Where a line begins, and where the one behind it does.
fn line(bytes: &[u8], below: &mut impl FnMut(usize) -> usize) -> (usize, usize) {
    let is_end = |byte: &u8| *byte == b'\n';
    let somewhere = below(bytes.len());
    let start = bytes[..somewhere].iter().rposition(is_end);
    let end = bytes[somewhere..].iter().position(is_end);
    (
        start.map_or(0, |newline| newline + 1),
        end.map_or(bytes.len(), |newline| somewhere + newline + 1),
    )
}

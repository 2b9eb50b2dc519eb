//! Heads that arrive in pieces.

use bits_packet::{Options, Parsed};

use crate::laws;
use crate::readings::{Reading, Trial};

/// A head, and the lengths of the pieces in which it arrives: they stand behind it, and their number
/// in the lower half of the last byte of all.
#[must_use]
pub fn split(input: &[u8]) -> (&[u8], &[u8]) {
    let Some((count, input)) = input.split_last() else {
        return (&[], &[]);
    };
    let count = usize::from(count % 16).min(input.len());
    input.split_at(input.len() - count)
}

/// Puts a head and the lengths of its pieces together.
#[must_use]
pub fn join(head: &[u8], lengths: &[u8]) -> Vec<u8> {
    let count = u8::try_from(lengths.len()).expect("few pieces");
    assert!(count < 16, "few pieces");
    [head, lengths, &[count]].concat()
}

/// How the head is read: the upper half of the last byte picks one of its readings, and the options.
fn reading(head: &[u8], input: &[u8]) -> (Reading, Options) {
    let pick = usize::from(input.last().map_or(0, |byte| byte >> 4));
    let readings = Reading::of_packet(head);
    let options = laws::OPTIONS[pick / readings.len() % laws::OPTIONS.len()];
    (readings[pick % readings.len()], options)
}

/// A head gives the same result in one piece and in those that the bytes behind it ask for; where it is
/// accepted, each of its beginnings is "need more": those that end at a cut, and around the end of a line.
pub fn chunks(input: &[u8]) {
    let (head, lengths) = split(input);
    let (reading, options) = reading(head, input);
    let mut end = 0;
    let cuts: Vec<usize> = lengths
        .iter()
        .map(|&length| {
            end += usize::from(length);
            end.min(head.len())
        })
        .collect();
    laws::chunks(reading, head, &cuts, &options);
    let Some((value, _)) = Trial::new(reading, head, options).accepted() else {
        return;
    };
    let head = value.head();
    let line_ends = (0..head.len()).filter(|&at| head[at] == b'\n');
    for at in line_ends.chain(cuts) {
        for end in [at.saturating_sub(1), at, at + 1] {
            if end < head.len() {
                let cut = reading.parse(&head[..end], &options);
                assert_eq!(cut, Ok(Parsed::NeedMore), "the first {end} bytes");
            }
        }
    }
}

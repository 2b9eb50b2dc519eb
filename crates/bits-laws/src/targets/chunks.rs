//! Heads that arrive in pieces.

use bits_packet::{Options, Parsed};

use crate::laws;
use crate::readings::{Reading, Trial};

/// A head, and the lengths of the pieces in which it arrives: they stand behind it, and their number
/// modulo 16 in the last byte of all.
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

/// A head gives the same result in one piece and in those that the bytes behind it ask for; where it is
/// accepted, each of its beginnings is "need more".
pub fn chunks(input: &[u8]) {
    let (head, lengths) = split(input);
    let mut end = 0;
    let cuts: Vec<usize> = lengths
        .iter()
        .map(|&length| {
            end += usize::from(length);
            end.min(head.len())
        })
        .collect();
    let reading = Reading::of_packet(head)[0];
    laws::chunks(reading, head, &cuts, &Options::INTEROP);
    let trial = Trial::new(reading, head, Options::INTEROP);
    let Some((value, _)) = trial.accepted() else {
        return;
    };
    let head = value.head();
    for cut in cuts {
        for end in [cut.saturating_sub(1), cut] {
            if end < head.len() {
                let cut = reading.parse(&head[..end], &Options::INTEROP);
                assert_eq!(cut, Ok(Parsed::NeedMore), "the first {end} bytes");
            }
        }
    }
}

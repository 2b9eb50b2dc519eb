//! What is asked of sixteen bytes and more, in words: without the feature `simd`.

use core::num::NonZero;

use super::word::{Word, first_outside_of_word};
use super::{Set, parts};

pub(super) type Step = Word;

/// How many bytes are looked at at once.
pub(super) const STEP: usize = 8;

/// The place of the first byte that is not in the set, if there is one.
#[inline(always)]
pub(super) fn first_outside<S: Set>(bytes: &[u8; 32]) -> Option<usize> {
    let [a, b, c, d] = parts(bytes);
    // In turn, and not all at once: most runs end in the first words.
    for (before, part) in [(0usize, a), (8, b), (16, c), (24, d)] {
        if let Some(outside) = NonZero::new(S::outside(Word::new(part)).bits()) {
            let place = outside.trailing_zeros() as usize / 8;
            return Some(before.wrapping_add(place));
        }
    }
    None
}

/// The place of the first byte that is not in the set; 16 if all are.
#[inline(always)]
pub(super) fn first_outside_of_half<S: Set>(bytes: &[u8; 16]) -> usize {
    let [a, b] = parts(bytes);
    match first_outside_of_word::<S>(a) {
        8 => first_outside_of_word::<S>(b).wrapping_add(8),
        length => length,
    }
}

/// Which bytes are not in the set: a bit each, the lowest for the first.
#[inline(always)]
pub(in super::super) fn outsiders<S: Set>(bytes: &[u8; 32]) -> u32 {
    let words = parts(bytes).map(|part: [u8; 8]| {
        let outside = S::outside(Word::new(part)).bits() >> 7;
        // The product has bit 8n of the factor as bit 56 + n.
        let [.., bits] = outside.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        bits
    });
    u32::from_le_bytes(words)
}

/// Whether the bytes, masked, are the others.
#[inline(always)]
pub(super) fn are_same(bytes: &[u8; 16], mask: &[u8; 16], others: &[u8; 16]) -> bool {
    let [bytes, mask, others] = [bytes, mask, others].map(|bytes| u128::from_le_bytes(*bytes));
    bytes & mask == others
}

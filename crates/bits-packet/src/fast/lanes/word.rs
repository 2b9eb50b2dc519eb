//! Eight bytes at a time, in a plain word.

use super::{Lanes, Set};

/// Eight bytes, the first of them the lowest. An answer is the highest bit of its byte.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

const LOW: u64 = 0x0101_0101_0101_0101;
pub(in super::super) const HIGH: u64 = LOW << 7;

/// The byte in every place.
pub(in super::super) const fn every(byte: u8) -> u64 {
    LOW.wrapping_mul(byte as u64)
}

impl Word {
    #[inline(always)]
    pub(super) fn new(bytes: [u8; 8]) -> Self {
        Word(u64::from_le_bytes(bytes))
    }

    /// The answers.
    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        self.0 & HIGH
    }
}

impl Word {
    /// Which bytes are not `byte`: one question less than whether they lie outside a range of one.
    #[inline(always)]
    fn other_than(self, byte: u8) -> u64 {
        let differences = self.0 ^ every(byte);
        (differences & !HIGH).wrapping_add(!HIGH) | differences
    }
}

impl Lanes for Word {
    #[inline(always)]
    fn folded(self) -> Self {
        Word(self.0 | every(0x20))
    }

    #[inline(always)]
    fn outside(self, first: u8, last: u8) -> Self {
        // Sums of seven bits each, so that none reaches into the next byte.
        let low = self.0 & !HIGH;
        let from = low.wrapping_add(every(0x80u8.wrapping_sub(first)));
        let above = low.wrapping_add(every(0x7Fu8.wrapping_sub(last)));
        Word(!(from & !above) | self.0)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Word(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Word(self.0 | other.0)
    }

    #[inline(always)]
    fn except(self, bytes: Self, byte: u8) -> Self {
        Word(self.0 & bytes.other_than(byte))
    }

    #[inline(always)]
    fn also(self, bytes: Self, byte: u8) -> Self {
        Word(self.0 | !bytes.other_than(byte))
    }
}

/// The place of the first byte that is not in the set; 8 if all are.
#[inline(always)]
pub(super) fn first_outside_of_word<S: Set>(bytes: [u8; 8]) -> usize {
    let outside = S::outside(Word::new(bytes)).bits();
    outside.trailing_zeros() as usize / 8
}

//! What is asked of sixteen bytes and more, in vectors of the crate `wide`: SSE2, NEON or WebAssembly's, or words where there is
//! none.

use core::num::NonZero;

use wide::{i8x16, u8x16};

use super::{Lanes, Set, parts};

/// Sixteen bytes. An answer is all bits of its byte, or none.
#[derive(Clone, Copy)]
pub(super) struct Vector(u8x16);

pub(super) type Step = Vector;

/// How many bytes are looked at at once.
pub(super) const STEP: usize = 16;

impl Vector {
    #[inline(always)]
    pub(super) fn new(bytes: [u8; 16]) -> Self {
        Vector(u8x16::new(bytes))
    }

    /// The answers, a bit each, the lowest for the first.
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0.to_bitmask()
    }
}

// Lanes wrap.
#[allow(clippy::arithmetic_side_effects)]
impl Lanes for Vector {
    #[inline(always)]
    fn folded(self) -> Self {
        Vector(self.0 | u8x16::splat(0x20))
    }

    #[inline(always)]
    fn outside(self, first: u8, last: u8) -> Self {
        // Moved so that the range is the lowest of signed bytes, one comparison shows it.
        let moved = self.0 - u8x16::splat(first.wrapping_add(0x80));
        let [end] = last.wrapping_sub(first).wrapping_add(0x80).to_le_bytes();
        let end = i8x16::splat(i8::from_le_bytes([end]));
        Vector(moved.cast_signed().simd_gt(end).cast_unsigned())
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Vector(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Vector(self.0 | other.0)
    }

    #[inline(always)]
    fn except(self, bytes: Self, byte: u8) -> Self {
        Vector(self.0 & !bytes.0.simd_eq(u8x16::splat(byte)))
    }

    #[inline(always)]
    fn also(self, bytes: Self, byte: u8) -> Self {
        Vector(self.0 | bytes.0.simd_eq(u8x16::splat(byte)))
    }
}

/// The place of the first byte that is not in the set, if there is one.
#[inline(always)]
pub(super) fn first_outside<S: Set>(bytes: &[u8; 32]) -> Option<usize> {
    let outside = NonZero::new(outsiders::<S>(bytes))?;
    Some(outside.trailing_zeros() as usize)
}

/// The place of the first byte that is not in the set; 16 if all are.
#[inline(always)]
pub(super) fn first_outside_of_half<S: Set>(bytes: &[u8; 16]) -> usize {
    let outside = S::outside(Vector::new(*bytes)).bits();
    (outside | 1 << 16).trailing_zeros() as usize
}

/// Which bytes are not in the set: a bit each, the lowest for the first.
#[inline(always)]
pub(in super::super) fn outsiders<S: Set>(bytes: &[u8; 32]) -> u32 {
    let [low, high] = parts(bytes).map(|half| S::outside(Vector::new(half)).bits());
    low | high << 16
}

/// Whether the bytes, masked, are the others.
#[inline(always)]
pub(super) fn are_same(bytes: &[u8; 16], mask: &[u8; 16], others: &[u8; 16]) -> bool {
    let [bytes, mask, others] = [bytes, mask, others].map(|bytes| u8x16::new(*bytes));
    (bytes & mask).simd_eq(others).to_bitmask() == 0xFFFF
}

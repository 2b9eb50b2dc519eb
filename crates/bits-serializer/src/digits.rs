//! Numbers as digits, eight at once in the bytes of a word.

use crate::pen::Pen;

/// So many numbers have at most eight decimal digits.
const EIGHT_DIGITS: u64 = 100_000_000;

/// A number in decimal digits, without leading zeros.
#[inline(always)]
pub(crate) fn decimal<P: Pen>(pen: P, number: u64) -> Result<P, P::Error> {
    if number < 10 {
        return pen.digits(number.wrapping_add(b'0'.into()), 1);
    }
    if number < EIGHT_DIGITS {
        return significant(pen, decimal8(number));
    }
    long_decimal(pen, number)
}

#[inline(never)]
fn long_decimal<P: Pen>(pen: P, number: u64) -> Result<P, P::Error> {
    let (front, last) = (number / EIGHT_DIGITS, number % EIGHT_DIGITS);
    let (first, middle) = (front / EIGHT_DIGITS, front % EIGHT_DIGITS);
    let pen = if first == 0 {
        significant(pen, decimal8(middle))?
    } else {
        significant(pen, decimal8(first))?.digits(decimal8(middle), 8)?
    };
    pen.digits(decimal8(last), 8)
}

/// `0x` and a number in eight upper-case digits.
#[inline(always)]
pub(crate) fn hexadecimal8<P: Pen>(pen: P, number: u32) -> Result<P, P::Error> {
    pen.literal(b"0x")?.digits(hexadecimal(number), 8)
}

/// `0x` and a number in upper-case digits, without leading zeros.
#[inline(always)]
pub(crate) fn hexadecimal1<P: Pen>(pen: P, number: u32) -> Result<P, P::Error> {
    let pen = pen.literal(b"0x")?;
    if number < 10 {
        return pen.digits(number.wrapping_add(b'0'.into()).into(), 1);
    }
    significant(pen, hexadecimal(number))
}

/// The digits of a number that is not 0, without leading zeros.
#[inline(always)]
fn significant<P: Pen>(pen: P, digits: u64) -> Result<P, P::Error> {
    let zeros = (digits ^ each(b'0')).trailing_zeros() / 8;
    let count = 8usize.wrapping_sub(zeros as usize);
    pen.digits(digits.wrapping_shr(zeros.wrapping_mul(8)), count)
}

/// Eight times a byte.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The eight decimal digits of a number below 10^8, the first in the low byte.
///
/// Halves the groups in all lanes at once: 4 + 4 digits, 2 + 2, 1 + 1; 22 instructions for any number, and
/// no branch that a processor could guess wrong. The factors are 2^n / 10^k
/// rounded up, which is exact in these ranges.
#[inline(always)]
const fn decimal8(number: u64) -> u64 {
    let high = number.wrapping_mul(109_951_163) >> 40;
    let fours = halves(number, high, 10_000, 32);
    let high = (fours.wrapping_mul(10_486) >> 20) & 0x0000_007F_0000_007F;
    let twos = halves(fours, high, 100, 16);
    let high = (twos.wrapping_mul(103) >> 10) & 0x000F_000F_000F_000F;
    halves(twos, high, 10, 8).wrapping_add(each(b'0'))
}

/// In each lane the quotient by a power of ten, which `high` has, and so many bits above it the remainder.
///
/// `high + ((number - high * power) << bits)`, in fewer steps.
#[inline(always)]
const fn halves(number: u64, high: u64, power: u64, bits: u32) -> u64 {
    let factor = power.wrapping_shl(bits).wrapping_sub(1);
    number
        .wrapping_shl(bits)
        .wrapping_sub(high.wrapping_mul(factor))
}

/// The eight upper-case hexadecimal digits of a number, the first in the low byte.
///
/// Spreads the nibbles over the bytes, and lifts those above 9 to the letters.
#[inline(always)]
const fn hexadecimal(number: u32) -> u64 {
    let fours = number.swap_bytes() as u64;
    let twos = (fours | fours << 16) & 0x0000_FFFF_0000_FFFF;
    let ones = (twos | twos << 8) & 0x00FF_00FF_00FF_00FF;
    let nibbles = ((ones >> 4) | (ones << 8)) & each(0x0F);
    let above_9 = (nibbles.wrapping_add(each(6)) >> 4) & each(1);
    let letters = above_9.wrapping_mul((b'A' - b'0' - 10) as u64);
    nibbles.wrapping_add(each(b'0')).wrapping_add(letters)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::pen::{Filler, Full};

    extern crate std;

    /// What is written, into a buffer with four bytes behind it.
    fn written(write: impl Fn(Filler<'_>) -> Result<Filler<'_>, Full>) -> String {
        let mut buffer = [b'?'; 32];
        let length = buffer.len();
        let Filler(left) = write(Filler(&mut buffer))
            .ok()
            .expect("room for 20 digits and what follows");
        let written = length - left.len();
        let text: Vec<u8> = buffer[..written].into();
        String::from_utf8(text).expect("ASCII")
    }

    #[test]
    fn decimal_digits_are_those_of_the_standard_library() {
        let powers = (0..20).map(|exponent| 10u64.pow(exponent));
        let steps = powers.flat_map(|power| [power - 1, power, power + 1, power.wrapping_mul(9)]);
        let bits = (0..64).map(|bit| u64::MAX >> bit);
        for number in steps.chain(bits).chain([0, u64::MAX]) {
            assert_eq!(written(|pen| decimal(pen, number)), format!("{number}"));
        }
    }

    #[test]
    fn every_pair_and_every_four_of_eight_decimal_digits_are_right() {
        for number in (0..10_000).chain((0..EIGHT_DIGITS).step_by(9_973)) {
            let digits = decimal8(number).to_le_bytes();
            assert_eq!(digits, format!("{number:08}").as_bytes());
            let number = EIGHT_DIGITS - 1 - number;
            let digits = decimal8(number).to_le_bytes();
            assert_eq!(digits, format!("{number:08}").as_bytes());
        }
    }

    #[test]
    fn hexadecimal_digits_are_those_of_the_standard_library() {
        let bits = (0..32).map(|bit| u32::MAX >> bit);
        let nibbles = (0..16).flat_map(|nibble| (0..8).map(move |place| nibble << (4 * place)));
        for number in bits.chain(nibbles).chain([0x0123_4567, 0x89AB_CDEF]) {
            assert_eq!(
                written(|pen| hexadecimal8(pen, number)),
                format!("0x{number:08X}")
            );
            assert_eq!(
                written(|pen| hexadecimal1(pen, number)),
                format!("0x{number:X}")
            );
        }
    }
}

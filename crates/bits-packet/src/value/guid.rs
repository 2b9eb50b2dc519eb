//! `guid`: [MS-DTYP] 2.3.4.3.

use core::fmt;
use core::str::FromStr;

use nom::combinator::map;
use nom::sequence::{delimited, preceded};

use super::{Value, read_value};
use crate::class::Class;
use crate::grammar::{Fault, Rule, exactly, literal, whole};
use crate::tolerance::Tolerance;
use crate::{Error, Field};

/// A GUID in braces, as protocols and the sessions of Windows are named ([MS-DTYP] 2.3.4.3):
///
/// ```abnf
/// guid = "{" 8HEXDIG "-" 4HEXDIG "-" 4HEXDIG "-" 4HEXDIG "-" 12HEXDIG "}"
/// ```
///
/// Letter case does not count. `BITS-Protocol` is one ([MC-BUP] 2.2.3.2).
///
/// ```
/// use bits_packet::Guid;
/// let guid: Guid = "{7DF0354D-249B-430F-820D-3D2A9BEF4931}".parse()?;
/// assert_eq!(guid, Guid::BITS_1_5_UPLOAD);
/// assert_eq!(guid.to_string(), "{7df0354d-249b-430f-820d-3d2a9bef4931}");
/// assert_eq!(guid.to_upper(), *b"{7DF0354D-249B-430F-820D-3D2A9BEF4931}");
/// # Ok::<(), bits_packet::Error>(())
/// ```
///
/// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(u128);

impl Guid {
    /// `{7df0354d-249b-430f-820d-3d2a9bef4931}`, "BITS 1.5 Upload Protocol": the one protocol there
    /// is ([MC-BUP] 1.7.1).
    pub const BITS_1_5_UPLOAD: Guid = Guid(0x7df0_354d_249b_430f_820d_3d2a_9bef_4931);

    /// How many bytes the text has, braces included.
    pub const LENGTH: usize = 38;

    /// The GUID whose 32 digits, from left to right, are the number.
    #[must_use]
    pub const fn new(digits: u128) -> Self {
        Guid(digits)
    }

    /// Reads `guid`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`](crate::ErrorKind::InvalidValue) at the first byte that does not
    /// fit.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        read_value(Field::Protocol, text)
    }

    /// The 32 digits, from left to right, as a number.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The text in lower case, as Windows writes protocols.
    #[must_use]
    pub const fn to_lower(self) -> [u8; Guid::LENGTH] {
        self.text(b'a')
    }

    /// The text in upper case, as Windows writes session ids.
    #[must_use]
    pub const fn to_upper(self) -> [u8; Guid::LENGTH] {
        self.text(b'A')
    }

    /// The text with the letters from `a` on.
    const fn text(self, a: u8) -> [u8; Guid::LENGTH] {
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.digits(96, a);
        let [b0, b1, b2, b3, c0, c1, c2, c3] = self.digits(64, a);
        let [d0, d1, d2, d3, e0, e1, e2, e3] = self.digits(32, a);
        let [e4, e5, e6, e7, e8, e9, ea, eb] = self.digits(0, a);
        [
            b'{', a0, a1, a2, a3, a4, a5, a6, a7, b'-', b0, b1, b2, b3, b'-', c0, c1, c2, c3, b'-',
            d0, d1, d2, d3, b'-', e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, ea, eb, b'}',
        ]
    }

    /// The eight digits above the lowest `shift` bits, in one word: its nibbles are spread over bytes, and
    /// those above 9 lifted to the letters. 105 instructions a GUID; a
    /// loop over its digits takes 539.
    #[allow(clippy::cast_possible_truncation)] // 32 bits are what is wanted
    const fn digits(self, shift: u32, a: u8) -> [u8; 8] {
        let fours = (self.0.wrapping_shr(shift) as u32).swap_bytes() as u64;
        let twos = (fours | fours << 16) & 0x0000_FFFF_0000_FFFF;
        let ones = (twos | twos << 8) & 0x00FF_00FF_00FF_00FF;
        let nibbles = ((ones >> 4) | (ones << 8)) & each(0x0F);
        let above_9 = (nibbles.wrapping_add(each(6)) >> 4) & each(1);
        let letters = above_9.wrapping_mul(a.wrapping_sub(b'0' + 10) as u64);
        let digits = nibbles.wrapping_add(each(b'0')).wrapping_add(letters);
        digits.to_le_bytes()
    }
}

/// A word of eight times a byte.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

impl Value<'_> for Guid {
    fn read(value: &[u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        whole(value, guid())
    }
}

/// `guid`
fn guid<'a>() -> impl Rule<'a, Guid> {
    let group = |digits| preceded(literal(b"-"), exactly(digits, Class::HEX));
    let groups = (
        exactly(8, Class::HEX),
        group(4),
        group(4),
        group(4),
        group(12),
    );
    map(
        delimited(literal(b"{"), groups, literal(b"}")),
        |(a, b, c, d, e)| Guid([a, b, c, d, e].into_iter().flatten().fold(0, with_digit)),
    )
}

/// The number that `value` is with one `HEXDIG` more.
fn with_digit(value: u128, digit: &u8) -> u128 {
    let digit = char::from(*digit).to_digit(16).unwrap_or_default();
    value.wrapping_shl(4).wrapping_add(digit.into())
}

impl FromStr for Guid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Guid::parse(text.as_bytes())
    }
}

impl fmt::Display for Guid {
    /// In lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(core::str::from_utf8(&self.to_lower()).unwrap_or_default())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    extern crate std;

    #[test]
    fn every_digit_is_right_in_every_place_and_in_both_cases() {
        let nibbles =
            (0..32).flat_map(|place| (0..16u128).map(move |nibble| nibble << (4 * place)));
        let mixed = [0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210, u128::MAX];
        for digits in nibbles.chain(mixed) {
            let plain = format!("{digits:032x}");
            let groups = [
                &plain[..8],
                &plain[8..12],
                &plain[12..16],
                &plain[16..20],
                &plain[20..],
            ];
            let text = format!("{{{}}}", groups.join("-"));
            assert_eq!(Guid::new(digits).to_lower(), text.as_bytes());
            assert_eq!(Guid::new(digits).to_upper(), text.to_uppercase().as_bytes());
        }
    }
}

//! `Content-Range` of a Fragment: [MC-BUP] 2.2.6.1, [RFC 9110] 14.4.

use core::fmt;
use core::str::FromStr;

use nom::sequence::{delimited, preceded, terminated};

use super::{Value, read_value};
use crate::class::Class;
use crate::grammar::{Fault, literal, literal_no_case, number, run, run1, whole};
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// Which bytes of the file a Fragment holds ([MC-BUP] 2.2.6.1, [RFC 9110] 14.4):
///
/// ```abnf
/// Content-Range = "bytes" SP first-pos "-" last-pos "/" complete-length
/// ```
///
/// Positions count from 0, and the last one is included: `bytes 0-4891/4892` is a whole file of
/// 4,892 bytes. Always `first <= last < total`, so that no range is empty, and an empty file has
/// none.
///
/// ```
/// use bits_packet::{ContentRange, ErrorKind};
/// let range: ContentRange = "bytes 128-212/4892".parse()?;
/// assert_eq!((range.first(), range.last(), range.total()), (128, 212, 4892));
/// assert_eq!(range.length(), 85);
/// // what a client sends whose file ends exactly with a fragment
/// let error = "bytes 10-9/10".parse::<ContentRange>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidRange);
/// # Ok::<(), bits_packet::Error>(())
/// ```
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentRange {
    first: u64,
    last: u64,
    total: u64,
}

impl ContentRange {
    /// The first byte of a file of one byte.
    pub(crate) const FIRST_BYTE: ContentRange = ContentRange {
        first: 0,
        last: 0,
        total: 1,
    };

    /// The bytes `first..=last` of a file of `total` bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRange`] unless `first <= last < total`.
    pub const fn new(first: u64, last: u64, total: u64) -> Result<Self, Error> {
        if first <= last && last < total {
            Ok(ContentRange { first, last, total })
        } else {
            Err(Error::new(ErrorKind::InvalidRange, 0, Some(Field::ContentRange)).of_response())
        }
    }

    /// Reads the value of a `Content-Range` field.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit,
    /// [`ErrorKind::OutOfRange`] at a number above [`u64::MAX`], [`ErrorKind::InvalidRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::ContentRange, value)
    }

    /// The offset of the first byte.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The offset of the last byte, which is included.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// The length of the whole file.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many bytes the range has: the length of the Fragment's body. At least 1.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }

    /// The offset behind the range: what the server wants next when it has stored it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.last.saturating_add(1)
    }

    /// Whether the file ends with the range.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.end() == self.total
    }
}

impl Value<'_> for ContentRange {
    fn read(value: &[u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        let blanks = run1(Class::BLANK);
        let unit = preceded(literal_no_case(b"bytes"), blanks);
        let first = terminated(number(), literal(b"-"));
        let slash = delimited(run(Class::BLANK), literal(b"/"), run(Class::BLANK));
        let slash = nom::combinator::recognize(slash);
        let (unit, first, last, slash, total) =
            whole(value, (unit, first, number(), slash, number()))?;
        let range = ContentRange::new(first, last, total)
            .map_err(|error| Fault::of_value(error.kind(), value))?;
        if unit != b" " || slash != b"/" {
            // The first blank behind the unit is right if it is a space.
            let wrong = match unit {
                b" " => slash.strip_prefix(b"/").unwrap_or(slash),
                [b' ', wrong @ ..] => wrong,
                _ => unit,
            };
            let left = value
                .len()
                .saturating_sub(nom::Offset::offset(value, wrong));
            let fault = Fault::new(ErrorKind::InvalidValue, left);
            tolerance.tolerate(Deviation::RangeSpacing, fault)?;
        }
        Ok(range)
    }
}

impl FromStr for ContentRange {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        ContentRange::parse(value.as_bytes())
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/{}", self.first, self.last, self.total)
    }
}

impl fmt::Debug for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentRange({self})")
    }
}

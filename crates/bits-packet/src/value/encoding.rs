//! `Accept-Encoding` of an Ack and `Content-Encoding` of a Fragment.

use core::fmt;

use nom::Offset;
use nom::branch::alt;
use nom::bytes::take_while_m_n;
use nom::combinator::{cut, map, opt};
use nom::sequence::{delimited, pair, preceded};

use super::{Value, read_value};
use crate::class::{Class, trim_blanks};
use crate::escape::Escaped;
use crate::grammar::{Fault, Rule, literal, literal_no_case, run, run1, whole};
use crate::tolerance::Tolerance;
use crate::{Error, ErrorKind, Field};

/// The content codings that a server takes in Fragments ([MC-BUP] 2.2.3.1, [RFC 9110] 12.5.3):
///
/// ```abnf
/// Accept-Encoding = #( coding [ OWS ";" OWS "q=" qvalue ] )
/// coding          = token                                          ; "*" stands for all others
/// qvalue          = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3"0" ] )
/// ```
///
/// Empty items are passed over. Windows knows `identity` alone.
///
/// ```
/// use bits_packet::AcceptEncoding;
/// let accepted = AcceptEncoding::new(b"gzip;q=0.5, br, *;q=0")?;
/// assert!(accepted.accepts(b"gzip") && accepted.accepts(b"BR"));
/// assert!(!accepted.accepts(b"deflate") && !accepted.accepts(b"identity"));
/// # Ok::<(), bits_packet::Error>(())
/// ```
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AcceptEncoding<'a>(&'a [u8]);

impl<'a> AcceptEncoding<'a> {
    /// `identity`: no coding.
    pub const IDENTITY: AcceptEncoding<'static> = AcceptEncoding(b"identity");

    /// Reads a list of codings, with their weights.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit.
    pub fn new(list: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::AcceptEncoding, list)
    }

    /// The list as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The codings in order, each with its weight in thousandths: 1,000 where none is given, 0 for one
    /// that is not taken.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], u16)> + Clone + use<'a> {
        items(self.0).filter_map(|item| whole(item, weighted()).ok())
    }

    /// Whether a Fragment may be coded in `coding`, in any letter case. `identity` is taken unless the
    /// list excludes it.
    #[must_use]
    pub fn accepts(&self, coding: &[u8]) -> bool {
        let weight_of = |name: &[u8]| {
            let mut list = self.iter();
            list.find(|(listed, _)| listed.eq_ignore_ascii_case(name))
                .map(|(_, weight)| weight)
        };
        match weight_of(coding).or_else(|| weight_of(b"*")) {
            Some(weight) => weight > 0,
            None => coding.eq_ignore_ascii_case(b"identity"),
        }
    }
}

impl<'a> Value<'a> for AcceptEncoding<'a> {
    fn read(value: &'a [u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        check_items(value, weighted)?;
        Ok(AcceptEncoding(value))
    }
}

/// The codings of a Fragment's body, in the order in which they were applied ([MC-BUP] 2.2.6.1,
/// [RFC 9110] 8.4):
///
/// ```abnf
/// Content-Encoding = #coding    ; at least one
/// coding           = token
/// ```
///
/// Empty items are passed over.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentEncoding<'a>(&'a [u8]);

impl<'a> ContentEncoding<'a> {
    /// Reads a list of codings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit.
    pub fn new(list: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::ContentEncoding, list)
    }

    /// The list as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The codings in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        items(self.0)
    }

    /// Whether `coding` is in the list, in any letter case.
    #[must_use]
    pub fn contains(&self, coding: &[u8]) -> bool {
        self.iter()
            .any(|listed| listed.eq_ignore_ascii_case(coding))
    }
}

impl<'a> Value<'a> for ContentEncoding<'a> {
    fn read(value: &'a [u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        check_items(value, coding)?;
        let none = Fault::of_value(ErrorKind::InvalidValue, value);
        let codings = ContentEncoding(value);
        codings.iter().next().map(|_| codings).ok_or(none)
    }
}

/// The items of a list that are not empty ([RFC 9110] 5.6.1).
fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let items = list.split(|&byte| byte == b',').map(trim_blanks);
    items.filter(|item| !item.is_empty())
}

/// Checks that every item of a list follows `rule`.
fn check_items<'a, T, R: Rule<'a, T>>(list: &'a [u8], rule: fn() -> R) -> Result<(), Fault> {
    if trim_blanks(list) != list {
        return Err(Fault::of_value(ErrorKind::InvalidValue, list));
    }
    for item in items(list) {
        let end = list.offset(item).saturating_add(item.len());
        let behind = list.len().saturating_sub(end);
        whole(item, rule())
            .map_err(|fault| Fault::new(fault.kind, fault.left.saturating_add(behind)))?;
    }
    Ok(())
}

/// `coding = token`
fn coding<'a>() -> impl Rule<'a, &'a [u8]> {
    run1(Class::TOKEN)
}

/// `coding [ OWS ";" OWS "q=" qvalue ]`
fn weighted<'a>() -> impl Rule<'a, (&'a [u8], u16)> {
    let semicolon = delimited(run(Class::BLANK), literal(b";"), run(Class::BLANK));
    let weight = preceded(semicolon, cut(preceded(literal_no_case(b"q="), qvalue())));
    map(pair(coding(), opt(weight)), |(coding, weight)| {
        (coding, weight.unwrap_or(1000))
    })
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3"0" ] )`, in thousandths.
fn qvalue<'a>() -> impl Rule<'a, u16> {
    let point = |is_digit: fn(u8) -> bool| {
        map(
            opt(preceded(literal(b"."), take_while_m_n(0, 3, is_digit))),
            Option::unwrap_or_default,
        )
    };
    let below_one = preceded(literal(b"0"), point(|byte| byte.is_ascii_digit()));
    let one = preceded(literal(b"1"), point(|byte| byte == b'0'));
    alt((map(below_one, thousandths), map(one, |_| 1000)))
}

/// At most three digits behind a point, in thousandths.
fn thousandths(digits: &[u8]) -> u16 {
    let digits = digits.iter().chain(b"000").take(3);
    digits.fold(0, |value, digit| {
        let digit = u16::from(digit.wrapping_sub(b'0'));
        value.saturating_mul(10).saturating_add(digit)
    })
}

impl fmt::Display for AcceptEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for AcceptEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AcceptEncoding({self})")
    }
}

impl fmt::Display for ContentEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for ContentEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentEncoding({self})")
    }
}

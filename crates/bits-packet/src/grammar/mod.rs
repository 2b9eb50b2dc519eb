//! The grammar's building blocks: nom parsers over bytes that serve streaming and complete input
//! alike, and blame the byte that is wrong.

pub(crate) mod line;

use nom::bytes::take_while;
use nom::error::ParseError;
use nom::{Err, IsStreaming, Mode, Needed, OutputMode, PResult, Parser};

use crate::class::Class;
use crate::{Deviation, ErrorKind};

/// What a rule reports: what is wrong, and how many bytes of its input were left there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) left: usize,
    /// What would have tolerated it.
    pub(crate) deviation: Option<Deviation>,
}

impl Fault {
    pub(crate) const fn new(kind: ErrorKind, left: usize) -> Self {
        Fault {
            kind,
            left,
            deviation: None,
        }
    }

    /// A fault that lies with a value as a whole: it is blamed on its first byte.
    pub(crate) const fn of_value(kind: ErrorKind, value: &[u8]) -> Self {
        Fault::new(kind, value.len())
    }
}

impl ParseError<&[u8]> for Fault {
    fn from_error_kind(input: &[u8], _: nom::error::ErrorKind) -> Self {
        Fault::of_value(ErrorKind::InvalidValue, input)
    }

    fn append(_: &[u8], _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

/// A rule of the grammar.
pub(crate) trait Rule<'a, T>: Parser<&'a [u8], Output = T, Error = Fault> {}
impl<'a, T, P: Parser<&'a [u8], Output = T, Error = Fault>> Rule<'a, T> for P {}

/// A leaf: a plain function over bytes, as a parser.
struct Leaf<F>(F);

/// What a leaf finds at the start of its input.
enum Found<T> {
    /// A match of that length, whatever follows.
    Match(usize, T),
    /// A match up to the end of the input, which more bytes could lengthen.
    ToEnd(T),
    /// The byte at that place is wrong.
    Wrong(usize),
    /// The input ends before the match does.
    Open,
}

impl<'a, T, F: Fn(&'a [u8]) -> Found<T>> Parser<&'a [u8]> for Leaf<F> {
    type Output = T;
    type Error = Fault;

    #[inline]
    fn process<OM: OutputMode>(&mut self, input: &'a [u8]) -> PResult<OM, &'a [u8], T, Fault> {
        let rest_at = |at: usize| input.get(at..).unwrap_or_default();
        let wrong_at = |at: usize| {
            let fault = Fault::of_value(ErrorKind::InvalidValue, rest_at(at));
            Err(Err::Error(OM::Error::bind(|| fault)))
        };
        match (self.0)(input) {
            Found::Match(length, value) => Ok((rest_at(length), OM::Output::bind(|| value))),
            Found::Wrong(at) => wrong_at(at),
            Found::ToEnd(_) | Found::Open if OM::Incomplete::is_streaming() => {
                Err(Err::Incomplete(Needed::Unknown))
            }
            Found::ToEnd(value) => Ok((rest_at(input.len()), OM::Output::bind(|| value))),
            Found::Open => wrong_at(input.len()),
        }
    }
}

/// `rule`, whose faults are of `kind`.
pub(crate) fn blamed<'a, T>(kind: ErrorKind, rule: impl Rule<'a, T>) -> impl Rule<'a, T> {
    blamed_by(move |_, _| kind, rule)
}

/// `rule`, whose faults are of the kind that their own kind and the wrong byte make; SP stands for the
/// end of the input.
pub(crate) fn blamed_by<'a, T>(
    blame: impl Fn(ErrorKind, u8) -> ErrorKind,
    rule: impl Rule<'a, T>,
) -> impl Rule<'a, T> {
    Blamed { blame, rule }
}

struct Blamed<F, P> {
    blame: F,
    rule: P,
}

impl<'a, F, P> Parser<&'a [u8]> for Blamed<F, P>
where
    F: Fn(ErrorKind, u8) -> ErrorKind,
    P: Parser<&'a [u8], Error = Fault>,
{
    type Output = P::Output;
    type Error = Fault;

    #[inline]
    fn process<OM: OutputMode>(
        &mut self,
        input: &'a [u8],
    ) -> PResult<OM, &'a [u8], P::Output, Fault> {
        let blame = |fault: Fault| {
            let wrong = input.get(input.len().saturating_sub(fault.left));
            let kind = (self.blame)(fault.kind, wrong.copied().unwrap_or(b' '));
            Fault { kind, ..fault }
        };
        self.rule.process::<OM>(input).map_err(|error| match error {
            Err::Error(fault) => Err::Error(OM::Error::map(fault, blame)),
            Err::Failure(fault) => Err::Failure(blame(fault)),
            Err::Incomplete(needed) => Err::Incomplete(needed),
        })
    }
}

/// The bytes of `text`, letter case included.
pub(crate) fn literal<'a>(text: &'static [u8]) -> impl Rule<'a, ()> {
    compared(text, |byte, expected| byte == expected)
}

/// The bytes of `text` in any letter case.
pub(crate) fn literal_no_case<'a>(text: &'static [u8]) -> impl Rule<'a, ()> {
    compared(text, |byte, expected| byte.eq_ignore_ascii_case(&expected))
}

fn compared<'a>(text: &'static [u8], equal: fn(u8, u8) -> bool) -> impl Rule<'a, ()> {
    Leaf(move |input: &'a [u8]| {
        let same = input
            .iter()
            .zip(text)
            .take_while(|(byte, expected)| equal(**byte, **expected));
        match same.count() {
            length if length == text.len() => Found::Match(length, ()),
            length if length == input.len() => Found::Open,
            wrong => Found::Wrong(wrong),
        }
    })
}

/// One byte or more of `class`, up to the first byte of another.
pub(crate) fn run1<'a>(class: Class) -> impl Rule<'a, &'a [u8]> {
    Leaf(
        move |input: &'a [u8]| match (input, input.iter().position(|&byte| !class.has(byte))) {
            ([], _) => Found::Open,
            (_, Some(0)) => Found::Wrong(0),
            (_, Some(length)) => Found::Match(length, input.get(..length).unwrap_or_default()),
            (_, None) => Found::ToEnd(input),
        },
    )
}

/// So many bytes of `class`, whatever follows.
pub(crate) fn exactly<'a>(count: usize, class: Class) -> impl Rule<'a, &'a [u8]> {
    Leaf(move |input: &'a [u8]| {
        let bytes = input.get(..count).unwrap_or(input);
        match bytes.iter().position(|&byte| !class.has(byte)) {
            Some(at) => Found::Wrong(at),
            None if bytes.len() < count => Found::Open,
            None => Found::Match(count, bytes),
        }
    })
}

/// Any number of bytes of `class`, up to the first byte of another.
pub(crate) fn run<'a>(class: Class) -> impl Rule<'a, &'a [u8]> {
    take_while(move |byte| class.has(byte))
}

/// `quoted-string` ([RFC 9110] 5.6.4) in a value, all of whose bytes may be quoted.
pub(crate) fn quoted_string<'a>() -> impl Rule<'a, &'a [u8]> {
    Leaf(|input: &'a [u8]| {
        let Some((b'"', quoted)) = input.split_first() else {
            return Found::Wrong(0);
        };
        let mut is_escaped = false;
        let end = quoted.iter().position(|&byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        end.map_or(Found::Open, |end| {
            let length = end.saturating_add(2);
            Found::Match(length, input.get(..length).unwrap_or_default())
        })
    })
}

/// `1*DIGIT`, at most `u64::MAX`. Leading zeros are read.
pub(crate) fn number<'a>() -> impl Rule<'a, u64> {
    digits(Class::DIGIT, 10)
}

/// `1*HEXDIG`, at most `u64::MAX`. Leading zeros are read.
pub(crate) fn hex_number<'a>() -> impl Rule<'a, u64> {
    digits(Class::HEX, 16)
}

fn digits<'a>(class: Class, radix: u32) -> impl Rule<'a, u64> {
    let mut run = run1(class);
    move |input: &'a [u8]| {
        let (rest, digits) = run.parse_complete(input)?;
        match value_of(digits, radix) {
            Some(value) => Ok((rest, value)),
            None => Err(Err::Error(Fault::of_value(ErrorKind::OutOfRange, input))),
        }
    }
}

fn value_of(digits: &[u8], radix: u32) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &digit| {
        let digit = char::from(digit).to_digit(radix);
        let (value, digit) = value.checked_mul(u64::from(radix)).zip(digit)?;
        value.checked_add(u64::from(digit))
    })
}

/// Applies `rule` to a value, all of which it has to match.
pub(crate) fn whole<'a, T>(value: &'a [u8], mut rule: impl Rule<'a, T>) -> Result<T, Fault> {
    match rule.parse_complete(value) {
        Ok(([], value)) => Ok(value),
        Ok((rest, _)) => Err(Fault::of_value(ErrorKind::InvalidValue, rest)),
        Err(error) => Err(fault_of(&error).unwrap_or(Fault::new(ErrorKind::InvalidValue, 0))),
    }
}

/// What is wrong; `None` if more bytes are needed to tell.
pub(crate) const fn fault_of(error: &Err<Fault>) -> Option<Fault> {
    match error {
        Err::Error(fault) | Err::Failure(fault) => Some(*fault),
        Err::Incomplete(_) => None,
    }
}

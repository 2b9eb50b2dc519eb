//! The fast form of the grammar: what nearly every head looks like, read in one pass straight into the packet.
//!
//! It knows no errors. Whatever it does not expect is a [`Miss`], and the general form reads the whole head
//! again, with every tolerance and every error: what is said there is what holds, and a reader who does not
//! care for speed can leave this folder out. The law fast-is-general says that both agree. Of a piece of a head
//! it says itself that more is needed: a Fragment that is parsed again after every byte took twice the time of
//! httparse when both forms read each piece.
//!
//! What is expected: lines that end with CRLF, names in any letter case, blanks around values or none; each
//! field once; values as a careful sender spells them; of deviations only what real peers show all the time.
//!
//! What makes it fast, in order of weight: that each field goes into its place when its line is read ([`Usual`]),
//! without a list of lines in between; that a line is reached by a jump ([`names`]) and compared as a whole; that
//! bytes are looked at 32 at a time ([`lanes`]); that the way through carries no error. The general form takes
//! 9,905 instructions a head of the ten packets of `benches/`, the fast form 887. Each trick has its reason and its
//! figure beside it: instructions a head of those ten packets with feature `simd`, where nothing else is said.
//!
//! Lints against arithmetic and indexing are silenced where all places are constants, so that what is out of bounds
//! is found when it is compiled or at the first test, and where digits are few enough not to overflow.
//!
//! [`Usual`]: fields::Usual

mod fields;
mod lanes;
mod leaf;
#[cfg(feature = "http")]
mod listed;
mod message;
mod names;
mod packet;
mod start;
#[cfg(test)]
mod tests;

#[cfg(feature = "http")]
pub(crate) use listed::{listed_ack, listed_request, target};
pub(crate) use message::{ack, request, request_head, response_head};
pub(crate) use names::field_of;

use nom::{Err, IResult, Needed};

/// Not the form that is expected. It has no size, so that no error is carried along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miss;

/// What a rule of the fast form has read, and the rest of the input. [`Err::Incomplete`] means that all of the input
/// begins what is expected, so that more is needed to tell: of a piece of a head the general form is not asked.
type Read<'a, T> = IResult<&'a [u8], T, Miss>;

#[inline(always)]
fn miss<T>() -> Result<T, Err<Miss>> {
    Err(Err::Error(Miss))
}

#[inline(always)]
fn need_more<T>() -> Result<T, Err<Miss>> {
    Err(Err::Incomplete(Needed::Unknown))
}

#[inline(always)]
fn or_miss<T>(found: Option<T>) -> Result<T, Err<Miss>> {
    found.ok_or(Err::Error(Miss))
}

/// The bytes of `text`, as one comparison.
#[inline(always)]
fn literal<'a, const N: usize>(text: &'static [u8; N], input: &'a [u8]) -> Read<'a, ()> {
    match input.split_first_chunk::<N>() {
        Some((bytes, rest)) if bytes == text => Ok((rest, ())),
        _ => miss(),
    }
}

/// The same of an input that may end within it.
#[inline(always)]
fn begun<'a, const N: usize>(text: &'static [u8; N], input: &'a [u8]) -> Read<'a, ()> {
    match literal(text, input) {
        Err(_) if text.starts_with(input) => need_more(),
        read => read,
    }
}

#[inline(always)]
fn split(input: &[u8], at: usize) -> Read<'_, &[u8]> {
    match input.split_at_checked(at) {
        Some((read, rest)) => Ok((rest, read)),
        None => miss(),
    }
}

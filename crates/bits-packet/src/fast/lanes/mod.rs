//! Sets of bytes, asked for many bytes at once: for vectors of 16 with feature `simd` (`vectors`), else for
//! words of 8 (`words`). Both answer the same questions, and each set is written once.
//!
//! A value of the protocol is short: nearly always a look at 32 bytes finds its end. The loop for longer ones
//! is kept out of the way, so that the length of a value costs no mispredicted branch.

#[cfg(feature = "simd")]
mod vectors;
mod word;
#[cfg(not(feature = "simd"))]
mod words;

#[cfg(feature = "simd")]
use vectors as wide;
#[cfg(not(feature = "simd"))]
use words as wide;

pub(super) use wide::outsiders;
use wide::{STEP, Step};
use word::first_outside_of_word;
pub(super) use word::{HIGH, every};

/// Bytes side by side, and what is asked of each: the answer yes is the highest bit of its byte, or all bits.
/// Asked is what is not in a set, as it is the end of a run that is looked for.
pub(super) trait Lanes: Copy {
    /// Upper-case letters as lower-case ones. No other byte becomes a letter.
    fn folded(self) -> Self;
    /// Which bytes lie outside the range, which is one of ASCII.
    fn outside(self, first: u8, last: u8) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// Without the answers for the bytes that are `byte`.
    fn except(self, bytes: Self, byte: u8) -> Self;
    /// With the answers for the bytes that are `byte`.
    fn also(self, bytes: Self, byte: u8) -> Self;
}

/// A set of bytes, as few questions as it takes. A set may leave out what is seldom met.
pub(super) trait Set {
    /// Which bytes are not in the set.
    fn outside<L: Lanes>(bytes: L) -> L;

    /// Which bytes are not in the set, and a few that are, by fewer questions: for long runs. A target of 8 KiB takes
    /// a fifth less time so.
    #[inline(always)]
    fn roughly_outside<L: Lanes>(bytes: L) -> L {
        Self::outside(bytes)
    }
}

/// What a value is made of nearly always: SP and VCHAR.
pub(super) struct Printable;
/// VCHAR
pub(super) struct Visible;
/// What the names of fields are made of: letters, digits and `-`.
pub(super) struct NameLike;
/// What the names of hosts are made of: letters, digits, `-` and `.`.
pub(super) struct HostLike;
/// What paths are made of: letters, digits, `_` and `&'()*+,-./:;`, which the URI grammar allows in a path and
/// in a query alike.
pub(super) struct PathLike;
/// What queries are made of: the same with `?` and `=`.
pub(super) struct QueryLike;
/// `DIGIT`
pub(super) struct Digit;

impl Set for Printable {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        bytes.outside(b' ', b'~')
    }
}

impl Set for Visible {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        bytes.outside(b'!', b'~')
    }
}

impl Set for Digit {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        bytes.outside(b'0', b'9')
    }
}

impl Set for NameLike {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        no_letters(bytes)
            .and(bytes.outside(b'0', b'9'))
            .except(bytes, b'-')
    }
}

impl Set for HostLike {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        // From `-` to `9` there is one more: the slash.
        no_letters(bytes).and(bytes.outside(b'-', b'9').also(bytes, b'/'))
    }
}

impl Set for PathLike {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        Self::roughly_outside(bytes).except(bytes, b'_')
    }

    #[inline(always)]
    fn roughly_outside<L: Lanes>(bytes: L) -> L {
        no_letters(bytes).and(bytes.outside(b'&', b';'))
    }
}

impl Set for QueryLike {
    #[inline(always)]
    fn outside<L: Lanes>(bytes: L) -> L {
        PathLike::outside(bytes)
            .except(bytes, b'=')
            .except(bytes, b'?')
    }

    #[inline(always)]
    fn roughly_outside<L: Lanes>(bytes: L) -> L {
        PathLike::roughly_outside(bytes)
    }
}

#[inline(always)]
fn no_letters<L: Lanes>(bytes: L) -> L {
    bytes.folded().outside(b'a', b'z')
}

/// Whether all of so many bytes are in the set, which are 16 or more.
#[inline(always)]
// Constants, and positions below `COUNT`, which is that of an array.
#[allow(clippy::arithmetic_side_effects)]
pub(super) fn are_all<S: Set, const COUNT: usize>(bytes: &[u8; COUNT]) -> bool {
    const { assert!(COUNT >= STEP) };
    let step = |from: usize| {
        let bytes = bytes.get(from..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(S::outside(Step::new([0; STEP])), |bytes| {
            S::outside(Step::new(*bytes))
        })
    };
    // The last step overlaps the one before it.
    let mut outside = step(COUNT - STEP);
    let mut at = 0;
    while at + STEP < COUNT {
        outside = outside.or(step(at));
        at += STEP;
    }
    outside.bits() == 0
}

/// How long the run of members at the start is.
#[inline(always)]
pub(super) fn run<S: Set>(input: &[u8]) -> usize {
    match input.split_first_chunk() {
        Some((bytes, rest)) => match wide::first_outside::<S>(bytes) {
            Some(length) => length,
            None => long_run::<S>(rest).wrapping_add(32),
        },
        None => last_run::<S>(input),
    }
}

/// The same of a run that is nearly always shorter than 16 bytes.
#[inline(always)]
pub(super) fn short_run<S: Set>(input: &[u8]) -> usize {
    match input.first_chunk().map(wide::first_outside_of_half::<S>) {
        Some(length @ ..16) => length,
        _ => run_called::<S>(input),
    }
}

/// `run`, which is written out where it is used, as a call.
#[inline(never)]
fn run_called<S: Set>(input: &[u8]) -> usize {
    run::<S>(input)
}

/// What is left of a run behind its first 32 bytes: nearly always less than as many again.
#[inline(never)]
fn long_run<S: Set>(input: &[u8]) -> usize {
    let mut rest = input;
    let length = loop {
        let Some((bytes, next)) = rest.split_first_chunk() else {
            break last_run::<S>(rest);
        };
        if let Some(length) = wide::first_outside::<S>(bytes) {
            break length;
        }
        rest = next;
        loop {
            match rest.split_first_chunk() {
                Some((bytes, next)) if are_roughly_all::<S>(bytes) => rest = next,
                _ => break,
            }
        }
    };
    input.len().wrapping_sub(rest.len()).wrapping_add(length)
}

/// Whether no byte is even roughly outside: one answer for four steps.
#[inline(always)]
fn are_roughly_all<S: Set>(bytes: &[u8; 4 * STEP]) -> bool {
    let [a, b, c, d] = parts(bytes).map(|part| S::roughly_outside(Step::new(part)));
    a.or(b).or(c.or(d)).bits() == 0
}

/// A run in fewer than 32 bytes: in the first half, or in the last bytes as if they were 16.
#[inline(never)]
fn last_run<S: Set>(rest: &[u8]) -> usize {
    let before = |bytes: usize| rest.len().wrapping_sub(bytes);
    match (rest.first_chunk::<16>(), rest.last_chunk::<16>()) {
        (Some(first), Some(last)) => match wide::first_outside_of_half::<S>(first) {
            16 => before(16).wrapping_add(wide::first_outside_of_half::<S>(last)),
            length => length,
        },
        _ => match (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
            (Some(first), Some(last)) => match first_outside_of_word::<S>(*first) {
                8 => before(8).wrapping_add(first_outside_of_word::<S>(*last)),
                length => length,
            },
            // The zeros that fill the word up end the run.
            _ => first_outside_of_word::<S>(padded(rest)),
        },
    }
}

/// Sixteen bytes, and which of their bits count. Names compared so take 11 instructions less than in words.
pub(super) struct Sixteen {
    pub(super) bytes: [u8; 16],
    pub(super) mask: [u8; 16],
}

impl Sixteen {
    /// Any sixteen bytes.
    pub(super) const ANY: Sixteen = Sixteen {
        bytes: [0; 16],
        mask: [0; 16],
    };

    /// Whether the bits that count are these.
    #[inline(always)]
    pub(super) fn is(&self, bytes: &[u8; 16]) -> bool {
        wide::are_same(bytes, &self.mask, &self.bytes)
    }
}

/// The first eight bytes, or what there is and zeros.
#[inline(always)]
pub(super) fn padded(input: &[u8]) -> [u8; 8] {
    match input.first_chunk() {
        Some(bytes) => *bytes,
        None => few(input),
    }
}

/// Fewer than eight bytes, and zeros: two pieces that overlap.
#[inline(never)]
fn few(input: &[u8]) -> [u8; 8] {
    let behind = |length: usize| 8usize.wrapping_mul(input.len().wrapping_sub(length));
    let word = if let (Some(first), Some(last)) = (input.first_chunk(), input.last_chunk()) {
        let [first, last] = [first, last].map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
        first | last << behind(4)
    } else if let (Some(first), Some(last)) = (input.first_chunk(), input.last_chunk()) {
        let [first, last] = [first, last].map(|bytes| u64::from(u16::from_le_bytes(*bytes)));
        first | last << behind(2)
    } else {
        input.first().map_or(0, |byte| u64::from(*byte))
    };
    word.to_le_bytes()
}

/// The bytes in parts. With constants only: nothing is left of the check.
#[inline(always)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
fn parts<const SIZE: usize, const COUNT: usize, const ALL: usize>(
    bytes: &[u8; ALL],
) -> [[u8; SIZE]; COUNT] {
    const { assert!(SIZE * COUNT == ALL) };
    let mut parts = [[0; SIZE]; COUNT];
    let mut part = 0;
    while part < COUNT {
        parts[part].copy_from_slice(&bytes[part * SIZE..part * SIZE + SIZE]);
        part += 1;
    }
    parts
}

//! What the walk over a head writes with.

use core::convert::Infallible;

use crate::Sink;
use crate::sink::Counter;

/// Writes the pieces of a head, in order.
///
/// Each step takes the pen and gives it back: its state stays in registers, as no address of it is
/// taken, even where a step is a call.
pub(crate) trait Pen: Sized {
    type Error;

    /// Bytes of the caller.
    fn text(self, text: &[u8]) -> Result<Self, Self::Error>;

    /// Bytes that are known when the crate is compiled.
    fn literal<const N: usize>(self, literal: &[u8; N]) -> Result<Self, Self::Error>;

    /// The first `count` bytes of a word, low byte first. At least four bytes of the head follow: the
    /// end of the line and the empty line.
    fn digits(self, word: u64, count: usize) -> Result<Self, Self::Error>;
}

/// Any sink takes the pieces as they come.
pub(crate) struct Pieces<'s, S>(pub(crate) &'s mut S);

impl<S: Sink> Pen for Pieces<'_, S> {
    type Error = S::Error;

    #[inline(always)]
    fn text(self, text: &[u8]) -> Result<Self, S::Error> {
        self.0.put(text)?;
        Ok(self)
    }

    #[inline(always)]
    fn literal<const N: usize>(self, literal: &[u8; N]) -> Result<Self, S::Error> {
        self.text(literal)
    }

    #[inline(always)]
    fn digits(self, word: u64, count: usize) -> Result<Self, S::Error> {
        self.text(word.to_le_bytes().get(..count).unwrap_or_default())
    }
}

/// Counts.
impl Pen for Counter {
    type Error = Infallible;

    #[inline(always)]
    fn text(self, text: &[u8]) -> Result<Self, Infallible> {
        Ok(Counter(self.0.saturating_add(text.len())))
    }

    #[inline(always)]
    fn literal<const N: usize>(self, _: &[u8; N]) -> Result<Self, Infallible> {
        Ok(Counter(self.0.saturating_add(N)))
    }

    #[inline(always)]
    fn digits(self, _: u64, count: usize) -> Result<Self, Infallible> {
        Ok(Counter(self.0.saturating_add(count)))
    }
}

/// Fills a buffer from its start; this is what is left of it.
pub(crate) struct Filler<'b>(pub(crate) &'b mut [u8]);

/// The buffer has no room for the next piece.
pub(crate) struct Full;

impl Filler<'_> {
    /// Writes N bytes; the piece is the first `count` of them.
    #[inline(always)]
    fn chunk<const N: usize>(self, bytes: &[u8; N], count: usize) -> Result<Self, Full> {
        *self.0.first_chunk_mut::<N>().ok_or(Full)? = *bytes;
        self.0.get_mut(count..).map(Filler).ok_or(Full)
    }
}

impl Pen for Filler<'_> {
    type Error = Full;

    #[inline(always)]
    fn text(self, text: &[u8]) -> Result<Self, Full> {
        let (place, left) = self.0.split_at_mut_checked(text.len()).ok_or(Full)?;
        copy(text, place);
        Ok(Filler(left))
    }

    #[inline(always)]
    fn literal<const N: usize>(self, literal: &[u8; N]) -> Result<Self, Full> {
        self.chunk(literal, N)
    }

    #[inline(always)]
    fn digits(self, word: u64, count: usize) -> Result<Self, Full> {
        let digits = word.to_le_bytes();
        if count <= 4 {
            let [a, b, c, d, ..] = digits;
            self.chunk(&[a, b, c, d], count)
        } else {
            self.chunk(&digits, count)
        }
    }
}

/// `to.copy_from_slice(from)` for slices of one length. Up to 64 bytes as the first and the last so many,
/// which overlap, in place of a call that looks at the length in the same way: saves 10 instructions a
/// head, and 39 where there are extra fields.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    macro_rules! ends {
        ($length:literal) => {
            if let (Some(first), Some(last)) = (from.first_chunk(), from.last_chunk()) {
                if let Some(place) = to.first_chunk_mut::<$length>() {
                    *place = *first;
                }
                if let Some(place) = to.last_chunk_mut::<$length>() {
                    *place = *last;
                }
                return;
            }
        };
    }
    if from.len() >= 33 {
        if from.len() >= 65 {
            to.copy_from_slice(from);
            return;
        }
        ends!(32);
    }
    ends!(16);
    ends!(8);
    ends!(4);
    ends!(2);
    if let ([byte], [place]) = (from, to) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_are_copied_and_nothing_else() {
        let from: [u8; 140] =
            core::array::from_fn(|i| u8::try_from(i).expect("140 is less than 256"));
        for length in 0..=from.len() {
            let mut to = [0xFF; 150];
            let Filler(left) = Filler(&mut to)
                .text(&from[..length])
                .ok()
                .expect("room in 150 bytes");
            assert_eq!(left.len(), 150 - length);
            assert_eq!(to[..length], from[..length]);
            assert!(to[length..].iter().all(|&byte| byte == 0xFF), "{length}");
            if length > 0 {
                assert!(Filler(&mut to[..length - 1]).text(&from[..length]).is_err());
            }
        }
    }

    #[test]
    fn digits_never_reach_beyond_the_four_bytes_that_follow() {
        for count in 0..=8 {
            for room in 0..20 {
                let mut buffer = [0xFF; 20];
                let word = u64::from_le_bytes(*b"12345678");
                let written = Filler(&mut buffer[..room]).digits(word, count);
                let left = written.map(|Filler(left)| left.len()).ok();
                if room >= count + 4 {
                    assert_eq!(left, Some(room - count));
                    assert_eq!(buffer[..count], b"12345678"[..count]);
                } else {
                    // The head does not fit, whether the digits do or not.
                    assert!(left.is_none() || left == Some(room - count));
                }
                let reach = room.min(count + 4);
                assert!(buffer[reach..].iter().all(|&byte| byte == 0xFF));
            }
        }
    }
}

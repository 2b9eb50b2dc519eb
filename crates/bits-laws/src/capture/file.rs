//! The files that are uploaded.

use std::fmt;
use std::ops::Range;

use super::Shown;
use crate::random::Random;

/// The bytes of a file.
#[derive(Clone, PartialEq, Eq)]
pub enum File {
    /// Pseudo-random bytes, which are made when asked for.
    Drawn {
        /// What they are drawn from.
        seed: u64,
        /// How many there are.
        length: u64,
    },
    /// These.
    Bytes(Vec<u8>),
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            File::Drawn { seed, length } => write!(f, "{length} bytes drawn from {seed}"),
            File::Bytes(bytes) => write!(f, "{:?}", Shown(bytes)),
        }
    }
}

impl File {
    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            File::Drawn { length, .. } => *length,
            File::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Some of its bytes.
    ///
    /// # Panics
    ///
    /// When the range goes beyond its end.
    #[must_use]
    pub fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        assert!(range.end <= self.length(), "{range:?} of {}", self.length());
        match self {
            File::Drawn { seed, .. } => {
                let words = range.start / 8..range.end.div_ceil(8);
                let skip = size(range.start - words.start * 8);
                let mut bytes = Vec::with_capacity(size(words.end - words.start) * 8);
                let mut random = Random::at(*seed, words.start);
                for _ in words {
                    bytes.extend(random.next().to_le_bytes());
                }
                bytes.drain(..skip);
                bytes.truncate(size(range.end - range.start));
                bytes
            }
            File::Bytes(bytes) => bytes[size(range.start)..size(range.end)].to_vec(),
        }
    }

    /// All of its bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes(0..self.length())
    }
}

/// What is in memory has such a size.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a size of memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_file_is_the_same_bytes_as_in_the_whole() {
        let file = File::Drawn {
            seed: 7,
            length: 100,
        };
        let whole = file.to_vec();
        assert_eq!(whole.len(), 100);
        for start in 0..=100 {
            for end in start..=100 {
                let piece = file.bytes(start..end);
                assert_eq!(piece, whole[size(start)..size(end)], "{start}..{end}");
            }
        }
        assert_eq!(File::Bytes(whole.clone()).bytes(3..50), whole[3..50]);
    }
}

//! What a person or a program gets to see of a stream.

use std::io::{self, Write};

use crate::stream::{End, Failure, Head};

/// What was found in a source, or in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests and responses, BITS or not.
    pub messages: u64,
    /// Those of them that are BITS.
    pub packets: u64,
    /// Malformed messages: at most one in a source.
    pub errors: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Tally) -> Self {
        Tally {
            messages: self.messages + other.messages,
            packets: self.packets + other.packets,
            errors: self.errors + other.errors,
        }
    }

    /// Whether something was found, and nothing of it was malformed.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.messages > 0 && self.errors == 0
    }
}

/// Shows the messages of a stream, as they come.
pub trait View {
    /// A source begins.
    ///
    /// # Errors
    ///
    /// When `out` fails, here and in the others.
    fn open(&mut self, source: &str, out: &mut dyn Write) -> io::Result<()>;

    /// A message begins.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    fn head(&mut self, head: &Head<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// The message is over.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()>;

    /// The source is malformed.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    fn failure(&mut self, failure: &Failure<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// The source is over.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    fn close(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()>;

    /// All sources are over.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_tallies() {
        let tally = |messages, packets, errors| Tally {
            messages,
            packets,
            errors,
        };
        assert_eq!(tally(1, 2, 3).plus(tally(40, 50, 60)), tally(41, 52, 63));
    }

    #[test]
    fn is_good_when_something_was_found_and_nothing_malformed() {
        for (messages, errors, is_good) in
            [(0, 0, false), (1, 0, true), (0, 1, false), (1, 1, false)]
        {
            let tally = Tally {
                messages,
                packets: 0,
                errors,
            };
            assert_eq!(tally.is_good(), is_good);
        }
    }
}

//! Where the bytes go.

use core::fmt;

/// Takes the pieces of a head, in order.
///
/// A sink for `std::io` is a few lines:
///
/// ```
/// struct Io<W>(W);
///
/// impl<W: std::io::Write> bits_serializer::Sink for Io<W> {
///     type Error = std::io::Error;
///     fn put(&mut self, piece: &[u8]) -> Result<(), Self::Error> {
///         self.0.write_all(piece)
///     }
/// }
/// ```
pub trait Sink {
    /// Why it takes no more.
    type Error;

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// Ends the writing: the head is not whole then.
    fn put(&mut self, piece: &[u8]) -> Result<(), Self::Error>;
}

impl<S: Sink> Sink for &mut S {
    type Error = S::Error;

    fn put(&mut self, piece: &[u8]) -> Result<(), Self::Error> {
        (**self).put(piece)
    }
}

#[cfg(feature = "alloc")]
impl Sink for alloc::vec::Vec<u8> {
    type Error = core::convert::Infallible;

    fn put(&mut self, piece: &[u8]) -> Result<(), Self::Error> {
        self.extend_from_slice(piece);
        Ok(())
    }
}

/// Counts, and keeps nothing.
#[derive(Debug, Default)]
pub(crate) struct Counter(pub(crate) usize);

/// The buffer is too small for the head. What it holds then is not specified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferTooSmall {
    /// How many bytes the head has.
    pub needed: usize,
    /// How many bytes the buffer has.
    pub available: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the head has {} bytes and the buffer {}; make it larger",
            self.needed, self.available
        )
    }
}

impl core::error::Error for BufferTooSmall {}

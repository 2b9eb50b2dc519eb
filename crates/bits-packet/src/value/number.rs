//! Values that are one decimal number.

use core::fmt;
use core::str::FromStr;

use super::{Value, read_value};
use crate::grammar::{Fault, number, whole};
use crate::tolerance::Tolerance;
use crate::{Error, ErrorKind, Field};

/// The length of a body in bytes: `Content-Length = 1*DIGIT` ([RFC 9110] 8.6), up to [`u64::MAX`].
///
/// Every BITS request and every Ack should carry one ([MC-BUP] 2.2.1.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentLength(u64);

impl ContentLength {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        ContentLength(bytes)
    }

    /// Reads `1*DIGIT`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that is no digit, or
    /// [`ErrorKind::OutOfRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::ContentLength, value)
    }

    /// The length in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Value<'_> for ContentLength {
    fn read(value: &[u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        whole(value, number()).map(ContentLength)
    }
}

/// The offset of the next byte that the server wants, in bytes from the start of the file
/// ([MC-BUP] 2.2.7.2):
///
/// ```abnf
/// BITS-Received-Content-Range = 1*20DIGIT
/// ```
///
/// Despite its name no range: after bytes 128 to 212 it is 213.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceivedContentRange(u64);

impl ReceivedContentRange {
    /// The server has everything before `next_offset`.
    #[must_use]
    pub const fn new(next_offset: u64) -> Self {
        ReceivedContentRange(next_offset)
    }

    /// Reads `1*DIGIT`, up to [`u64::MAX`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that is no digit, or
    /// [`ErrorKind::OutOfRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::ReceivedContentRange, value)
    }

    /// The offset of the next byte that the server wants.
    #[must_use]
    pub const fn next_offset(self) -> u64 {
        self.0
    }
}

impl Value<'_> for ReceivedContentRange {
    fn read(value: &[u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        whole(value, number()).map(ReceivedContentRange)
    }
}

/// After how many seconds without the host of [`HostId`](super::HostId) a client goes back to the
/// server that it first asked ([MC-BUP] 2.2.3.2; D-17):
///
/// ```abnf
/// BITS-Host-Id-Fallback-Timeout = 1*10DIGIT
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FallbackTimeout(u32);

impl FallbackTimeout {
    /// 0xFFFFFFFF seconds: never. A missing timeout means the same.
    pub const NEVER: FallbackTimeout = FallbackTimeout(u32::MAX);

    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        FallbackTimeout(seconds)
    }

    /// Reads `1*DIGIT`, up to [`u32::MAX`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that is no digit, or
    /// [`ErrorKind::OutOfRange`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::HostIdFallbackTimeout, value)
    }

    /// The time in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Whether the client is to wait for ever.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == u32::MAX
    }
}

impl Value<'_> for FallbackTimeout {
    fn read(value: &[u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        u32::try_from(whole(value, number())?)
            .map(FallbackTimeout)
            .map_err(|_| Fault::of_value(ErrorKind::OutOfRange, value))
    }
}

impl FromStr for ContentLength {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        Self::parse(value.as_bytes())
    }
}

impl FromStr for ReceivedContentRange {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        Self::parse(value.as_bytes())
    }
}

impl FromStr for FallbackTimeout {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        Self::parse(value.as_bytes())
    }
}

impl fmt::Display for ContentLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ReceivedContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FallbackTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! Bytes from the wire as text.

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::ToString};
use core::fmt::{self, Write};

/// Displays bytes as UTF-8, and every byte that is not part of valid UTF-8 as `\xHH`
/// (upper-case digits).
///
/// Values of HTTP fields are bytes without a character set ([RFC 9110] 5.5). Control characters
/// of ASCII other than HTAB never get this far: the grammar refuses them. What UTF-8 can hold beside
/// them stays as it is, right-to-left marks and the controls U+0080 to U+009F among it: text for a
/// terminal wants more care.
///
/// ```
/// use bits_packet::Escaped;
/// assert_eq!(Escaped(b"caf\xE9.txt").to_string(), r"caf\xE9.txt");
/// assert_eq!(Escaped("café.txt".as_bytes()).to_string(), "café.txt");
/// ```
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Escaped<'a>(pub &'a [u8]);

#[cfg(feature = "alloc")]
impl<'a> Escaped<'a> {
    /// The text: borrowed where the bytes are UTF-8, as they nearly always are.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use bits_packet::Escaped;
    ///
    /// assert!(matches!(Escaped(b"report.zip").to_cow(), Cow::Borrowed("report.zip")));
    /// assert_eq!(Escaped(b"caf\xE9.txt").to_cow(), r"caf\xE9.txt");
    /// ```
    #[must_use]
    pub fn to_cow(self) -> Cow<'a, str> {
        match core::str::from_utf8(self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(self.to_string()),
        }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// As [`Escaped`], for `Debug` output: in quotes, and control characters escaped as well.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            write!(f, "{}", chunk.valid().escape_debug())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02X}")?;
            }
        }
        f.write_char('"')
    }
}

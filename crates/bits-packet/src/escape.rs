//! Bytes from the wire as text that is safe to print.

use core::fmt::{self, Write};

/// Displays bytes as UTF-8, and every byte that is not part of valid UTF-8 as `\xHH`
/// (upper-case digits).
///
/// Values of HTTP fields are bytes without a character set ([RFC 9110] 5.5). Control characters
/// other than HTAB never get this far: the grammar refuses them.
///
/// ```
/// use bits_packet::Escaped;
/// assert_eq!(Escaped(b"caf\xE9.txt").to_string(), r"caf\xE9.txt");
/// assert_eq!(Escaped("café.txt".as_bytes()).to_string(), "café.txt");
/// ```
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(pub &'a [u8]);

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

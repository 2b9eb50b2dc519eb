//! Where a head ends, when it arrives in pieces.

use memchr::memchr;

use super::Parsed;

/// What [`HeadScanner::scan`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Scan {
    /// The head is that many bytes long, its empty line included.
    End(usize),
    /// No end yet.
    NeedMore,
    /// The head is longer than the limit. Parse what is there: the parser reports that, or an
    /// earlier error.
    TooLarge,
}

/// Finds the end of a head that arrives in pieces, and looks at each byte once.
///
/// Parsing again on every read costs the square of the head's length. So: parse when bytes first
/// arrive, as nearly every head comes whole; after [`Parsed::NeedMore`] let the scanner look at what
/// arrives, and parse once more when it has found the end or the limit.
///
/// ```
/// use bits_packet::{HeadScanner, Options, Parsed, Request, Scan};
///
/// # let options = Options::default();
/// # let pieces = [&b"GET / HTTP/1.1\r\nHost"[..], b": a\r\n\r", b"\n"];
/// let mut received = Vec::new();
/// let mut scanner = HeadScanner::new(options.max_head());
/// for piece in pieces {
///     received.extend_from_slice(piece);
///     if scanner.scan(&received) != Scan::NeedMore {
///         let Parsed::Complete { .. } = Request::parse(&received)? else { panic!() };
///         return Ok(());
///     }
/// }
/// # unreachable!();
/// # #[allow(unreachable_code)]
/// # Ok::<(), bits_packet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeadScanner {
    limit: usize,
    scanned: usize,
    matched: Matched,
}

/// How much of CRLF CRLF the last bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Matched {
    Nothing,
    Cr,
    CrLf,
    CrLfCr,
}

impl HeadScanner {
    /// A scanner for a head of at most `limit` bytes: [`Options::max_head`](crate::Options::max_head).
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        HeadScanner {
            limit: limit as usize,
            scanned: 0,
            matched: Matched::Nothing,
        }
    }

    /// How many bytes have been looked at.
    #[must_use]
    pub const fn scanned(&self) -> usize {
        self.scanned
    }

    /// Looks at the bytes that are new in `received`, which holds everything that has arrived since
    /// the head began and only grows. After [`Scan::End`] the scanner is at the end of the head, and
    /// a new one is needed for the next.
    pub fn scan(&mut self, received: &[u8]) -> Scan {
        let window = received.get(..self.limit).unwrap_or(received);
        while let Some((&byte, rest)) = window.get(self.scanned..).and_then(<[u8]>::split_first) {
            let skipped = match (self.matched, byte) {
                (Matched::CrLfCr, b'\n') => {
                    self.scanned = self.scanned.saturating_add(1);
                    return Scan::End(self.scanned);
                }
                (Matched::CrLf, b'\r') => self.advance(Matched::CrLfCr),
                (_, b'\r') => self.advance(Matched::Cr),
                (Matched::Cr, b'\n') => self.advance(Matched::CrLf),
                _ => {
                    self.matched = Matched::Nothing;
                    memchr(b'\r', rest).unwrap_or(rest.len())
                }
            };
            self.scanned = self.scanned.saturating_add(1).saturating_add(skipped);
        }
        if self.scanned < self.limit {
            Scan::NeedMore
        } else {
            Scan::TooLarge
        }
    }

    /// Goes on by one byte, none skipped.
    const fn advance(&mut self, matched: Matched) -> usize {
        self.matched = matched;
        0
    }
}

impl Default for HeadScanner {
    /// With the limit of the default [`Options`](crate::Options).
    fn default() -> Self {
        HeadScanner::new(crate::Options::default().max_head())
    }
}

/// Passes over the empty lines that may stand before a start line, at most two of them
/// ([RFC 9112] 2.2), and gives their length in bytes.
///
/// Parsers refuse them, and count offsets from the start line on. Readers of a connection call this
/// where a message may begin.
///
/// ```
/// use bits_packet::{Parsed, skip_empty_lines};
/// let Parsed::Complete { value: 2, rest: b"GET" } = skip_empty_lines(b"\r\nGET") else { panic!() };
/// assert_eq!(skip_empty_lines(b"\r"), Parsed::NeedMore);
/// ```
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub fn skip_empty_lines(input: &[u8]) -> Parsed<'_, usize> {
    match input {
        [] | b"\r" | b"\r\n" | b"\r\n\r" => Parsed::NeedMore,
        [b'\r', b'\n', b'\r', b'\n', rest @ ..] => Parsed::Complete { value: 4, rest },
        [b'\r', b'\n', rest @ ..] => Parsed::Complete { value: 2, rest },
        rest => Parsed::Complete { value: 0, rest },
    }
}

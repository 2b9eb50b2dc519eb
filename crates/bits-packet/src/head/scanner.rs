//! Where a head ends, when it arrives in pieces.

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
}

impl HeadScanner {
    /// A scanner for a head of at most `limit` bytes: [`Options::max_head`](crate::Options::max_head).
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        HeadScanner {
            limit: limit as usize,
            scanned: 0,
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
    #[inline]
    pub fn scan(&mut self, received: &[u8]) -> Scan {
        // One byte more that ends no line, as in most calls when bytes come one by one: 0.9 ns a
        // call in place of 3.
        if let [seen @ .., last] = received {
            if seen.len() == self.scanned && *last != b'\n' && received.len() < self.limit {
                self.scanned = received.len();
                return Scan::NeedMore;
            }
        }
        self.scan_any(received)
    }

    #[inline(never)]
    fn scan_any(&mut self, received: &[u8]) -> Scan {
        let window = received.get(..self.limit).unwrap_or(received);
        // The last three bytes seen may begin the end.
        if let Some(end) = find_end(window, self.scanned.saturating_sub(3)) {
            self.scanned = end;
            return Scan::End(end);
        }
        self.scanned = window.len();
        if self.scanned < self.limit {
            Scan::NeedMore
        } else {
            Scan::TooLarge
        }
    }
}

const END: [u8; 4] = *b"\r\n\r\n";

/// Where the first CRLF CRLF ends that begins at `from` or behind it.
fn find_end(window: &[u8], from: usize) -> Option<usize> {
    // 32 and 8 bytes, and the three that blocks overlap by.
    let from = match skip_blocks::<35>(window, from) {
        Ok(from) => skip_blocks::<11>(window, from),
        found => found,
    };
    match from {
        Ok(from) => find_by_bytes(window.get(from..)?, from),
        Err(end) => Some(end),
    }
}

/// Passes over blocks of N bytes that overlap by three, as long as no end begins in one.
///
/// `Err` has the end that was found.
#[inline(always)]
fn skip_blocks<const N: usize>(window: &[u8], mut from: usize) -> Result<usize, usize> {
    while let Some(block) = window.get(from..).and_then(<[u8]>::first_chunk::<N>) {
        if has_lf_cr(block) {
            if let Some(end) = find_by_bytes(block, from) {
                return Err(end);
            }
        }
        from = from.saturating_add(N.saturating_sub(3));
    }
    Ok(from)
}

/// Whether a line feed stands before a carriage return, which in most heads happens once.
#[inline(always)]
fn has_lf_cr<const N: usize>(block: &[u8; N]) -> bool {
    // No early way out: so that the compiler compares 16 bytes at once, 28 to 40 GB/s.
    let pairs = block.iter().zip(block.iter().skip(1)).skip(1);
    pairs.fold(false, |any, (&one, &next)| {
        any | ((one == b'\n') & (next == b'\r'))
    })
}

/// Where the end of a head ends in bytes that begin at `from`.
fn find_by_bytes(bytes: &[u8], from: usize) -> Option<usize> {
    let at = bytes.windows(END.len()).position(|bytes| *bytes == END)?;
    Some(from.saturating_add(at).saturating_add(END.len()))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of a head and how many bytes were looked at, found byte by byte.
    fn reference(received: &[u8], limit: u32) -> (Scan, usize) {
        let limit = limit as usize;
        let window = &received[..received.len().min(limit)];
        match window.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            Some(at) => (Scan::End(at + 4), at + 4),
            None if window.len() == limit => (Scan::TooLarge, limit),
            None => (Scan::NeedMore, window.len()),
        }
    }

    /// Scans what arrives in pieces of that length.
    fn in_pieces(received: &[u8], piece: usize, limit: u32) -> (Scan, usize) {
        let mut scanner = HeadScanner::new(limit);
        let ends = (1..=received.len()).filter(|end| end % piece == 0 || *end == received.len());
        let mut found = ends.map(|end| scanner.scan(&received[..end]));
        let last = found.find(|found| *found != Scan::NeedMore);
        (last.unwrap_or(Scan::NeedMore), scanner.scanned())
    }

    /// Every text of N bytes that are CR, LF or x.
    fn short_texts<const N: usize>() -> impl Iterator<Item = [u8; N]> {
        let ends = (0..N).fold(1usize, |count, _| count * 3);
        (0..ends).map(|mut rest| {
            core::array::from_fn(|_| {
                let letter = b"\r\nx"[rest % 3];
                rest /= 3;
                letter
            })
        })
    }

    #[test]
    fn every_short_text_of_line_ends_is_scanned_like_byte_by_byte() {
        for text in short_texts::<9>() {
            for piece in [1, 2, 3, 4, 5, 9] {
                assert_eq!(in_pieces(&text, piece, 100), reference(&text, 100));
            }
            assert_eq!(in_pieces(&text, 1, 7), reference(&text, 7));
        }
    }

    #[test]
    fn only_a_block_with_a_line_feed_before_a_carriage_return_is_looked_at_closely() {
        for text in short_texts::<6>() {
            let has = text[1..].windows(2).any(|pair| pair == b"\n\r");
            assert_eq!(has_lf_cr(&text), has, "{text:?}");
        }
    }

    #[test]
    fn a_head_that_is_too_large_stays_so_when_more_arrives() {
        let mut scanner = HeadScanner::new(4);
        for (received, found) in [
            (&b"GET"[..], Scan::NeedMore),
            (b"GET ", Scan::TooLarge),
            (b"GET /", Scan::TooLarge),
            (b"GET / ", Scan::TooLarge),
        ] {
            assert_eq!(scanner.scan(received), found, "{received:?}");
        }
    }

    #[test]
    fn an_end_is_found_wherever_it_stands_in_blocks_and_pieces() {
        for filler in [&b"x"[..], b"\n\r", b"\r\n", b"\r\n\n", b"\n\rx", b"\r\r\n"] {
            for at in 0..150u8 {
                let limit = u32::from(at);
                let at = usize::from(at);
                let mut text = [b'x'; 200];
                for (place, byte) in text[..at].iter_mut().zip(filler.iter().cycle()) {
                    *place = *byte;
                }
                text[at..at + 4].copy_from_slice(b"\r\n\r\n");
                for piece in [1, 3, 7, 8, 31, 64, 200] {
                    let expected = reference(&text, 1000);
                    assert_eq!(
                        in_pieces(&text, piece, 1000),
                        expected,
                        "{filler:?} {at} {piece}"
                    );
                }
                for limit in [limit + 2, limit + 3, limit + 4] {
                    let expected = reference(&text, limit);
                    assert_eq!(in_pieces(&text, 200, limit), expected);
                }
            }
        }
    }

    #[test]
    fn blocks_are_passed_over_without_a_byte_being_missed() {
        for length in 0..120 {
            let text = [b'x'; 120];
            let text = &text[..length];
            let skipped = skip_blocks::<11>(text, 0);
            assert_eq!(skipped, Ok(length.saturating_sub(3) / 8 * 8), "{length}");
        }
        let mut text = [b'x'; 40];
        text[20..24].copy_from_slice(b"\r\n\r\n");
        assert_eq!(skip_blocks::<35>(&text, 0), Err(24));
    }
}

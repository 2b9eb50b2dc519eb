//! The end of a chunked body: [RFC 9112] 7.1.
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

/// What is found of a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunksEnd {
    /// It has that many bytes, trailers included.
    At(usize),
    NeedMore,
    /// It breaks the grammar: where the next message begins is not known.
    Wrong,
}

/// Walks over the chunks of a body whose data nobody wants.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    /// Where the next chunk or trailer begins.
    at: usize,
    in_trailers: bool,
}

impl Chunks {
    /// Looks at what has arrived since the body began.
    pub(crate) fn find_end(&mut self, body: &[u8]) -> ChunksEnd {
        loop {
            let rest = body.get(self.at..).unwrap_or_default();
            let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
                return ChunksEnd::NeedMore;
            };
            let Some(line) = rest[..length].strip_suffix(b"\r") else {
                return ChunksEnd::Wrong;
            };
            let next = self.at + length + 1;
            if self.in_trailers {
                self.at = next;
                if line.is_empty() {
                    return ChunksEnd::At(next);
                }
                continue;
            }
            let Some(size) = size(line) else {
                return ChunksEnd::Wrong;
            };
            if size == 0 {
                self.at = next;
                self.in_trailers = true;
                continue;
            }
            let Some(end) = next.checked_add(size) else {
                return ChunksEnd::Wrong;
            };
            match body.get(end..) {
                Some([b'\r', b'\n', ..]) => self.at = end + 2,
                None | Some([] | [b'\r']) => return ChunksEnd::NeedMore,
                Some(_) => return ChunksEnd::Wrong,
            }
        }
    }
}

/// `chunk-size [ chunk-ext ]`; extensions mean nothing.
fn size(line: &[u8]) -> Option<usize> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let (digits, rest) = line.split_at(digits.count());
    let is_end = matches!(rest.trim_ascii_start(), [] | [b';', ..]);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_end)?;
    usize::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_however_the_body_arrives() {
        let body = b"5\r\nhello\r\nA ;x=\"y\"\r\n0123456789\r\n000\r\nTrailer: 1\r\n\r\n";
        let input = [body, &b"HTTP/1.1"[..]].concat();
        assert_eq!(
            Chunks::default().find_end(&input),
            ChunksEnd::At(body.len())
        );
        let mut chunks = Chunks::default();
        for end in 0..body.len() {
            assert_eq!(chunks.find_end(&body[..end]), ChunksEnd::NeedMore, "{end}");
        }
        assert_eq!(chunks.find_end(body), ChunksEnd::At(body.len()));
    }

    #[test]
    fn what_breaks_the_grammar_has_no_end() {
        for body in [
            &b"\r\n"[..],
            b"x\r\n",
            b"5\n",
            b"-1\r\n",
            b"+5\r\n",
            b"1\r\nab\r\n",
            b"1 2\r\n",
            b"ffffffffffffffff\r\n",
            b"10000000000000000\r\n",
            b"0\r\nA: 1\n",
        ] {
            assert_eq!(
                Chunks::default().find_end(body),
                ChunksEnd::Wrong,
                "{body:?}"
            );
        }
    }
}

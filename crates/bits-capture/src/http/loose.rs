//! Lines of heads that a strict parser refuses.

use std::fmt;

use bits_packet::{Body, ContentRange};

/// The first line, and what follows it.
pub(super) fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

/// Lines that have a colon, as names and values. A value goes on in the lines that begin with a blank ([RFC 9112] 5.2), up
/// to one that may be a field of its own: the ends of those lines are in it.
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub(super) fn loose(mut lines: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        while !lines.is_empty() {
            let mut end = line_end(lines);
            while matches!(lines.get(end), Some(b' ' | b'\t')) {
                let next = end + line_end(&lines[end..]);
                if lines[end..next].contains(&b':') {
                    break;
                }
                end = next;
            }
            let field;
            (field, lines) = lines.split_at(end);
            if let Some(colon) = memchr::memchr(b':', field) {
                let (name, value) = field.split_at(colon);
                return Some((name.trim_ascii(), value[1..].trim_ascii()));
            }
        }
        None
    })
}

/// Where the first line ends, with what ends it.
fn line_end(lines: &[u8]) -> usize {
    memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1)
}

/// How a body is framed by fields that are not known to be right; `None` if there is any doubt. Of both fields, the coding
/// counts ([RFC 9112] 6.3), and a list of the same length is one.
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub(super) fn loose_body(lines: &[u8], default: Body) -> Option<Body> {
    let (mut length, mut is_chunked) = (None, false);
    for (name, value) in loose(lines) {
        if name.eq_ignore_ascii_case(b"content-length") {
            for element in value.split(|byte| *byte == b',') {
                let element = element.trim_ascii();
                let is_number = !element.is_empty() && element.iter().all(u8::is_ascii_digit);
                let element = str::from_utf8(element).ok().filter(|_| is_number)?;
                let element = element.parse().ok()?;
                if *length.get_or_insert(element) != element {
                    return None;
                }
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return None;
            }
            is_chunked = true;
        }
    }
    Some(match length {
        _ if is_chunked => Body::Chunked,
        Some(length) => Body::Length(length),
        None => default,
    })
}

/// Which bytes of a file a Fragment brings: `Content-Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The offset of the first one.
    pub first: u64,
    /// The offset behind the last one.
    pub end: u64,
    /// How long the file is, in bytes; `None` if that is not known yet: `*` ([RFC 9110] 14.4), which BITS does not have.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    pub total: Option<u64>,
}

impl From<ContentRange> for Part {
    fn from(range: ContentRange) -> Self {
        Part {
            first: range.first(),
            end: range.end(),
            total: Some(range.total()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.end.saturating_sub(1))?;
        match self.total {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("*"),
        }
    }
}

/// A range with blanks and ends of lines where there are to be none, or without a total.
pub(super) fn part(value: &[u8]) -> Option<Part> {
    if let Ok(range) = ContentRange::parse(value) {
        return Some(range.into());
    }
    let (unit, rest) = value.split_at_checked(5)?;
    let mut tight = unit.to_ascii_lowercase();
    tight.push(b' ');
    tight.extend(
        rest.iter()
            .filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=')),
    );
    let Some(range) = tight.strip_suffix(b"/*") else {
        return ContentRange::parse(&tight).ok().map(Part::from);
    };
    let range = ContentRange::parse(&[range, b"/18446744073709551615"].concat()).ok()?;
    Some(Part {
        total: None,
        ..range.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_framed_where_there_is_no_doubt() {
        for (lines, body) in [
            (&b"Content-Length: 5, 5\r\n"[..], Some(Body::Length(5))),
            (
                b"Content-Length: 5\nContent-Length: 5\n",
                Some(Body::Length(5)),
            ),
            (
                b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                Some(Body::Chunked),
            ),
            (b"Content-Length: 5, 6\r\n", None),
            (b"Content-Length: +5\r\n", None),
            (b"Transfer-Encoding: gzip, chunked\r\n", None),
            (b"Host: a\r\n", Some(Body::UntilClose)),
        ] {
            assert_eq!(loose_body(lines, Body::UntilClose), body, "{lines:?}");
        }
    }

    #[test]
    fn a_value_goes_on_in_lines_that_are_no_field_of_their_own() {
        let lines = b"A:\r\n 1\r\n\t2\r\nnone\r\n 3\r\nB: 4\r\n C: 5\r\nD: 6\n 7";
        let found: Vec<_> = loose(lines).collect();
        let expected: [(&[u8], &[u8]); 4] = [
            (b"A", b"1\r\n\t2"),
            (b"B", b"4"),
            (b"C", b"5"),
            (b"D", b"6\n 7"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_range_may_have_blanks_or_no_total() {
        for (value, shown) in [
            (&b"bytes 0-4/10"[..], "bytes 0-4/10"),
            (b"Bytes = 0 - 4 / 10", "bytes 0-4/10"),
            (b"bytes\r\n 0-4/10", "bytes 0-4/10"),
            (b"bytes 2-4/*", "bytes 2-4/*"),
        ] {
            assert_eq!(part(value).unwrap().to_string(), shown);
        }
        for wrong in [
            &b"bytes 4-0/10"[..],
            b"bytes 4-0/*",
            b"bytes 0-4/3",
            b"bytes */10",
            b"byte",
            b"",
        ] {
            assert_eq!(part(wrong), None);
        }
    }
}

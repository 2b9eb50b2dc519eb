//! What bytes at the start of a segment are likely to be.

/// What bytes begin like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A request of HTTP/1.
    Request,
    /// A response of HTTP/1.
    Response,
    /// A record of TLS.
    Tls,
    /// The handshake of SOCKS, behind which anything may come.
    Socks,
    /// Nothing but empty lines, which come in front of any message.
    Blank,
    /// None of these.
    Nothing,
}

/// The methods of the IANA registry that are met, and the one of BITS.
const METHODS: [&[u8]; 19] = [
    b"BITS_POST",
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"OPTIONS",
    b"DELETE",
    b"CONNECT",
    b"PATCH",
    b"TRACE",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
];

/// What `bytes` begin like. One that breaks off counts as what it may become.
pub(super) fn sign(bytes: &[u8]) -> Sign {
    let bytes = &bytes[blank(bytes)..];
    if matches!(bytes, [] | [b'\r']) {
        return Sign::Blank;
    }
    // Change cipher spec, alert, handshake, application data; versions 3.0 to 3.4.
    if let [0x14..=0x17, 3, 0..=4, ..] = bytes {
        return Sign::Tls;
    }
    if is_socks(bytes) {
        return Sign::Socks;
    }
    if begins(bytes, b"HTTP/1.") {
        return Sign::Response;
    }
    if is_request(bytes) {
        return Sign::Request;
    }
    Sign::Nothing
}

/// How many bytes of empty lines `bytes` begin with. Servers pass over them in front of a request ([RFC 9112] 2.2), and
/// some over lone LF.
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
pub(super) fn blank(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let [b'\r', b'\n', behind @ ..] | [b'\n', behind @ ..] = rest {
        rest = behind;
    }
    bytes.len() - rest.len()
}

/// How long the header is, in bytes, by which a proxy tells whom it speaks for, if a connection begins with one: PROXY
/// protocol, version 1 or 2.
pub(super) fn proxy_header(bytes: &[u8]) -> Option<usize> {
    /// What the first version may take at most.
    const LONGEST: usize = 107;
    if let Some(header) = bytes.strip_prefix(b"\r\n\r\n\0\r\nQUIT\n") {
        let [_, _, high, low, ..] = header else {
            return None;
        };
        return Some(16 + usize::from(u16::from_be_bytes([*high, *low])));
    }
    if !bytes.starts_with(b"PROXY ") {
        return None;
    }
    let line = &bytes[..bytes.len().min(LONGEST)];
    memchr::memmem::find(line, b"\r\n").map(|end| end + 2)
}

/// Whether `bytes` are what a client of SOCKS begins with: methods of authentication (version 5, [RFC 1928] 3), or
/// CONNECT (version 4).
///
/// [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928
fn is_socks(bytes: &[u8]) -> bool {
    match bytes {
        [5, count, methods @ ..] => *count > 0 && methods.len() == usize::from(*count),
        [4, 1, place_and_user @ .., 0] => place_and_user.len() >= 6,
        _ => false,
    }
}

/// Whether `bytes` begin with the line of a request, all of it: that is no accident.
pub(super) fn is_surely_request(bytes: &[u8]) -> bool {
    has_request_line(&bytes[blank(bytes)..])
}

/// Whether `bytes` begin like a request, or are a beginning of one.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    METHODS.iter().any(|method| is_method(bytes, method)) || has_request_line(bytes)
}

/// Whether there is a whole request line, of any method.
fn has_request_line(bytes: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n") else {
        return false;
    };
    let line = &bytes[..end];
    let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let is_token = method
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let version = line.len().checked_sub(9).map(|at| &line[at..]);
    !method.is_empty()
        && is_token
        && matches!(
            version,
            Some([b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', _])
        )
}

/// Whether `bytes` begin with `expected`, or are a beginning of it.
fn begins(bytes: &[u8], expected: &[u8]) -> bool {
    !bytes.is_empty() && (bytes.starts_with(expected) || expected.starts_with(bytes))
}

fn is_method(bytes: &[u8], method: &[u8]) -> bool {
    match bytes.strip_prefix(method) {
        Some(rest) => rest.first().is_none_or(|byte| *byte == b' '),
        None => begins(bytes, method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_say_nothing_of_what_is_behind_them() {
        for (bytes, expected) in [
            (&b"\r\n"[..], Sign::Blank),
            (b"\r\n\r\n\r", Sign::Blank),
            (b"\n", Sign::Blank),
            (b"\r\n\r\nBITS_POST /a", Sign::Request),
            (b"\nHTTP/1.1 200", Sign::Response),
            (b"\r\n?", Sign::Nothing),
        ] {
            assert_eq!(sign(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_header_of_a_proxy_is_as_long_as_it_says() {
        let second = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c192.0.2.1:80BITS_POST";
        assert_eq!(proxy_header(second), Some(28));
        let first = b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nBITS_POST";
        assert_eq!(proxy_header(first), Some(first.len() - 9));
        assert_eq!(proxy_header(b"PROXY TCP4"), None);
        assert_eq!(proxy_header(b"\r\n\r\nBITS_POST"), None);
    }

    #[test]
    fn handshakes_of_socks_are_known() {
        assert_eq!(sign(b"\x05\x02\0\x02"), Sign::Socks);
        assert_eq!(sign(b"\x04\x01\0\x50\xc0\0\x02\x01user\0"), Sign::Socks);
        assert_eq!(sign(b"\x05\x02\0"), Sign::Nothing);
    }
}

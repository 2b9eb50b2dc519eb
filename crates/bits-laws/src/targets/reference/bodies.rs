//! Bodies, taken line by line: [RFC 9112] 6.3 and 7.1.
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

use std::ops::Range;

use bits_packet::Body;

use super::{behind_value, is_blank, is_token, is_visible, token, trim_start};

/// What stands behind a head.
#[derive(Debug)]
pub(in crate::targets) struct BodyOf {
    /// The data of the body, as far as it came.
    pub(in crate::targets) data: Vec<u8>,
    pub(in crate::targets) end: BodyEnd,
}

/// How a body ends.
#[derive(Debug)]
pub(in crate::targets) enum BodyEnd {
    /// After that many bytes.
    Whole(usize),
    /// The input ends first.
    Cut,
    /// Something in these bytes is wrong.
    Wrong(Range<usize>),
    /// The input ends first, in a line that begins there, which may be wrong already.
    OpenLine(usize),
}

/// The body at the start of `input`.
pub(in crate::targets) fn body(input: &[u8], framing: Body) -> BodyOf {
    match framing {
        Body::Length(length) => {
            let length = usize::try_from(length).ok().filter(|&it| it <= input.len());
            BodyOf {
                data: input[..length.unwrap_or(input.len())].to_vec(),
                end: length.map_or(BodyEnd::Cut, BodyEnd::Whole),
            }
        }
        Body::Chunked => {
            let mut data = Vec::new();
            let end = chunks(input, &mut data);
            BodyOf { data, end }
        }
        _ => BodyOf {
            data: input.to_vec(),
            end: BodyEnd::Whole(input.len()),
        },
    }
}

fn chunks(input: &[u8], data: &mut Vec<u8>) -> BodyEnd {
    let mut at = 0;
    loop {
        let Some(line) = line(input, at) else {
            return BodyEnd::OpenLine(at);
        };
        let next = at + line.len();
        let Some(size) = line.strip_suffix(b"\r\n").and_then(size) else {
            return BodyEnd::Wrong(at..next);
        };
        at = next;
        if size == 0 {
            return trailers(input, at);
        }
        // More than any input has, if it does not fit.
        let size = usize::try_from(size).ok();
        let Some(chunk) = size.and_then(|size| input[at..].get(..size)) else {
            data.extend_from_slice(&input[at..]);
            return BodyEnd::Cut;
        };
        data.extend_from_slice(chunk);
        at += chunk.len();
        match &input[at..] {
            [b'\r', b'\n', ..] => at += 2,
            [] | [b'\r'] => return BodyEnd::Cut,
            [_, ..] => return BodyEnd::Wrong(at..at + 2),
        }
    }
}

/// The line that begins there, with its LF.
fn line(input: &[u8], at: usize) -> Option<&[u8]> {
    input[at..]
        .split_inclusive(|&byte| byte == b'\n')
        .next()
        .filter(|line| line.ends_with(b"\n"))
}

/// The size of a chunk; `None` if that is no such line, or if it has more than 64 bits.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let (digits, extensions) = line.split_at(digits);
    if digits.is_empty() || !are_extensions(extensions) {
        return None;
    }
    let digits = str::from_utf8(digits).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

/// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`
fn are_extensions(mut text: &[u8]) -> bool {
    while !text.is_empty() {
        match behind_extension(text) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    true
}

fn behind_extension(text: &[u8]) -> Option<&[u8]> {
    let named = trim_start(trim_start(text).strip_prefix(b";")?);
    let (_, behind_name) = token(named)?;
    match trim_start(behind_name).strip_prefix(b"=") {
        None => Some(behind_name),
        Some(value) => behind_value(trim_start(value)),
    }
}

/// `*( field-line CRLF ) CRLF`
fn trailers(input: &[u8], mut at: usize) -> BodyEnd {
    loop {
        let Some(line) = line(input, at) else {
            return BodyEnd::OpenLine(at);
        };
        let next = at + line.len();
        match line.strip_suffix(b"\r\n") {
            Some(b"") => return BodyEnd::Whole(next),
            Some(line) if is_field(line) => at = next,
            _ => return BodyEnd::Wrong(at..next),
        }
    }
}

fn is_field(line: &[u8]) -> bool {
    let mut parts = line.splitn(2, |&byte| byte == b':');
    let name = parts.next().unwrap_or_default();
    let is_text = |value: &[u8]| value.iter().all(|&byte| is_visible(byte) || is_blank(byte));
    is_token(name) && parts.next().is_some_and(is_text)
}

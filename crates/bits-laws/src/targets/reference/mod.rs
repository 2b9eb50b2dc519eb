//! Values read the slow and obvious way: what the digest of the grammar says, in the words of the standard
//! library. Every function gives what the value means, or `None` where it is refused.

mod bodies;
mod deviations;
pub(crate) mod heads;
mod packets;
mod replies;

pub(super) use bodies::{BodyEnd, body};
pub(super) use deviations::*;
pub(super) use replies::resolved;

use std::net::{Ipv4Addr, Ipv6Addr};

use bits_packet::TargetForm;

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_visible(byte: u8) -> bool {
    (0x21..=0x7E).contains(&byte) || byte >= 0x80
}

fn is_token(text: &[u8]) -> bool {
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_tchar)
}

pub(super) fn trim(text: &[u8]) -> &[u8] {
    let from = text.iter().position(|&byte| !is_blank(byte));
    let to = text.iter().rposition(|&byte| !is_blank(byte));
    from.zip(to).map_or(&[], |(from, to)| &text[from..=to])
}

/// The one of that name, in any letter case.
pub(super) fn named<T: Copy>(
    name: &[u8],
    all: impl IntoIterator<Item = T>,
    name_of: impl Fn(T) -> &'static str,
) -> Option<T> {
    let name = String::from_utf8(name.to_ascii_lowercase()).ok()?;
    all.into_iter()
        .find(|it| name_of(*it).to_lowercase() == name)
}

/// `1*DIGIT`, at most `u64::MAX`.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    let all_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text)
        .ok()
        .filter(|_| all_digits)?
        .parse()
        .ok()
}

/// `"{" 8HEXDIG "-" 4HEXDIG "-" 4HEXDIG "-" 4HEXDIG "-" 12HEXDIG "}"`
pub(super) fn guid(text: &[u8]) -> Option<u128> {
    let shape: Vec<u8> = text
        .iter()
        .map(|byte| {
            if byte.is_ascii_hexdigit() {
                b'0'
            } else {
                *byte
            }
        })
        .collect();
    if shape != b"{00000000-0000-0000-0000-000000000000}" {
        return None;
    }
    let digits: String = text
        .iter()
        .filter(|byte| byte.is_ascii_hexdigit())
        .map(|&byte| char::from(byte))
        .collect();
    u128::from_str_radix(&digits, 16).ok()
}

/// `"bytes" 1*BLANK first "-" last *BLANK "/" *BLANK total`
pub(super) fn content_range(text: &[u8]) -> Option<(u64, u64, u64)> {
    let (unit, rest) = text.split_at_checked(5)?;
    let ranges = trim(rest);
    // At least one blank behind the unit, and none behind the total.
    let is_apart = is_blank(*rest.first()?) && !is_blank(*rest.last()?);
    if !unit.eq_ignore_ascii_case(b"bytes") || !is_apart {
        return None;
    }
    let slash = ranges.iter().position(|&byte| byte == b'/')?;
    let (range, total) = (&ranges[..slash], &ranges[slash + 1..]);
    let dash = range.iter().position(|&byte| byte == b'-')?;
    let first = number(&range[..dash])?;
    // Blanks may stand around the slash, and nowhere else.
    let last = number(trim_end(&range[dash + 1..]))?;
    let total = number(trim(total))?;
    (first <= last && last < total).then_some((first, last, total))
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_blank(byte));
    start.map_or(&[], |start| &text[start..])
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_blank(byte));
    end.map_or(&[], |end| &text[..=end])
}

/// `[ "0x" / "x" ] 1*8HEXDIG [ "L" ]`
pub(super) fn hex32(text: &[u8]) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let digits = lower
        .strip_prefix(b"0x")
        .or_else(|| lower.strip_prefix(b"x"))
        .unwrap_or(&lower);
    let digits = digits.strip_suffix(b"l").unwrap_or(digits);
    let all_digits = (1..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = str::from_utf8(digits).ok().filter(|_| all_digits)?;
    u32::from_str_radix(digits, 16).ok()
}

/// At most 100 items of visible ASCII between blanks and commas.
pub(super) fn protocols(text: &[u8]) -> Option<Vec<&[u8]>> {
    let items = text.split(|&byte| byte == b',' || is_blank(byte));
    let items: Vec<&[u8]> = items.filter(|item| !item.is_empty()).take(100).collect();
    let is_item = |item: &&[u8]| item.iter().all(u8::is_ascii_graphic);
    (!items.is_empty() && items.iter().all(is_item)).then_some(items)
}

/// `1*field-vchar`
pub(super) fn opaque(text: &[u8]) -> Option<&[u8]> {
    let is_opaque = !text.is_empty() && text.iter().all(|&byte| is_visible(byte));
    is_opaque.then_some(text)
}

/// `1*( field-vchar / SP / HTAB )`, no blank at either end.
pub(super) fn text(text: &[u8]) -> Option<&[u8]> {
    let is_text = |&byte: &u8| is_visible(byte) || is_blank(byte);
    let is_trimmed = !text.is_empty() && trim(text) == text;
    (is_trimmed && text.iter().all(is_text)).then_some(text)
}

/// `*DIGIT`, at most 65,535: a port, which may be empty.
fn port(text: &[u8]) -> Option<Option<u16>> {
    if text.is_empty() {
        return Some(None);
    }
    u16::try_from(number(text)?).ok().map(Some)
}

/// A host and what stands behind its colon, if there is one.
fn host_and_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    // Colons within brackets are those of an address.
    let brackets = text.iter().rposition(|&byte| byte == b']').unwrap_or(0);
    match text[brackets..].iter().position(|&byte| byte == b':') {
        Some(at) => {
            let (host, behind) = text.split_at(brackets + at);
            Some((host, port(&behind[1..])?))
        }
        None => Some((text, None)),
    }
}

fn bracketed(text: &[u8]) -> Option<Ipv6Addr> {
    let inner = text.strip_prefix(b"[")?.strip_suffix(b"]")?;
    str::from_utf8(inner).ok()?.parse().ok()
}

/// Whether all bytes are unreserved, sub-delimiters, those of `more`, or percent-encoded.
fn is_encoded(text: &[u8], more: &[u8]) -> bool {
    first_unencoded(text, more).is_none()
}

/// Where the first byte stands that is to be percent-encoded, unless it is one of `more`.
fn first_unencoded(text: &[u8], more: &[u8]) -> Option<usize> {
    let is_plain = |byte: &u8| {
        byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte) || more.contains(byte)
    };
    (0..text.len()).find(|&at| match &text[at..] {
        [b'%', a, b, ..] => !(a.is_ascii_hexdigit() && b.is_ascii_hexdigit()),
        rest => !is_plain(&rest[0]),
    })
}

fn is_reg_name(text: &[u8]) -> bool {
    !text.is_empty() && is_encoded(text, b"")
}

/// `uri-host [ ":" port ]`
pub(super) fn authority(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let (host, port) = host_and_port(text)?;
    (bracketed(host).is_some() || is_reg_name(host)).then_some((host, port))
}

/// What a host id names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HostId<'a> {
    Name(&'a [u8]),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
}

/// A name, an address, or an address in brackets; with a port or without.
pub(super) fn host_id(text: &[u8]) -> Option<(HostId<'_>, Option<u16>)> {
    let utf8 = str::from_utf8(text).ok()?;
    if let Ok(address) = utf8.parse() {
        return Some((HostId::Ipv6(address), None));
    }
    let (host, port) = host_and_port(text)?;
    let host_text = str::from_utf8(host).ok()?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let host = if let Ok(address) = host_text.parse() {
        HostId::Ipv4(address)
    } else if let Some(address) = bracketed(host) {
        HostId::Ipv6(address)
    } else if !host.is_empty() && host.iter().all(is_name) {
        HostId::Name(host)
    } else {
        return None;
    };
    Some((host, port))
}

/// Items that are tokens, empty ones passed over.
pub(super) fn codings(text: &[u8]) -> Option<Vec<&[u8]>> {
    let items = list(text)?;
    (!items.is_empty() && items.iter().all(|item| is_token(item))).then_some(items)
}

fn list(text: &[u8]) -> Option<Vec<&[u8]>> {
    if trim(text) != text {
        return None;
    }
    let items = text.split(|&byte| byte == b',').map(trim);
    Some(items.filter(|item| !item.is_empty()).collect())
}

/// Tokens with a weight in thousandths each.
pub(super) fn weighted_codings(text: &[u8]) -> Option<Vec<(&[u8], u16)>> {
    list(text)?.into_iter().map(weighted).collect()
}

fn weighted(item: &[u8]) -> Option<(&[u8], u16)> {
    let Some(at) = item.iter().position(|&byte| byte == b';') else {
        return is_token(item).then_some((item, 1000));
    };
    let (coding, weight) = (trim_end(&item[..at]), trim(&item[at + 1..]));
    let (q, value) = weight.split_at_checked(2)?;
    if !is_token(coding) || !q.eq_ignore_ascii_case(b"q=") {
        return None;
    }
    let value = str::from_utf8(value).ok()?;
    let (whole, rest) = value.split_at_checked(1)?;
    let decimals = match rest {
        "" => "",
        rest => rest.strip_prefix('.')?,
    };
    let all_digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{decimals:0<3}")
        .parse()
        .ok()
        .filter(|_| all_digits)?;
    match (whole, thousandths) {
        ("0", weight) => Some((coding, weight)),
        ("1", 0) => Some((coding, 1000)),
        _ => None,
    }
}

/// An absolute URL: scheme, authority, path, query.
#[expect(clippy::type_complexity, reason = "four parts, compared at once")]
pub(super) fn absolute_url(text: &[u8]) -> Option<(&[u8], &[u8], &[u8], Option<&[u8]>)> {
    let at = text.windows(3).position(|window| window == b"://")?;
    let (scheme, rest) = (&text[..at], &text[at + 3..]);
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    if !scheme.first()?.is_ascii_alphabetic() || !scheme.iter().all(is_scheme) {
        return None;
    }
    let end = rest.iter().position(|byte| b"/?".contains(byte));
    let (host, rest) = rest.split_at(end.unwrap_or(rest.len()));
    authority(host)?;
    if !rest.iter().all(|&byte| is_visible(byte)) {
        return None;
    }
    let (path, query) = path_and_query(rest);
    Some((scheme, host, path, query))
}

/// What is behind a token or a quoted string.
fn behind_value(text: &[u8]) -> Option<&[u8]> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        return token(text).map(|(_, rest)| rest);
    };
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', byte, rest @ ..] if is_visible(*byte) || is_blank(*byte) => rest,
            [byte, rest @ ..] if *byte != b'\\' && (is_visible(*byte) || is_blank(*byte)) => rest,
            _ => return None,
        }
    }
}

fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text.iter().take_while(|&&byte| is_token(&[byte])).count();
    (length > 0).then(|| text.split_at(length))
}

fn path_and_query(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == b'?') {
        Some(mark) => (&text[..mark], Some(&text[mark + 1..])),
        None => (text, None),
    }
}

/// Whether a body is chunked: `transfer-coding *( OWS "," OWS transfer-coding )`, `chunked` at the end alone
/// and without parameters.
pub(super) fn transfer_encoding(mut text: &[u8]) -> Option<bool> {
    loop {
        let (coding, mut behind) = token(text)?;
        let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        while let Some(parameter) = trim_start(behind).strip_prefix(b";") {
            let (_, value) = token(trim_start(parameter))?;
            behind = behind_value(trim_start(trim_start(value).strip_prefix(b"=")?))?;
            if is_chunked {
                return None;
            }
        }
        if behind.is_empty() {
            return Some(is_chunked);
        }
        let next = trim_start(behind)
            .strip_prefix(b",")
            .filter(|_| !is_chunked)?;
        text = trim_start(next);
    }
}

/// Form, authority, path and query of a target.
#[expect(clippy::type_complexity, reason = "four parts, compared at once")]
pub(super) fn target(text: &[u8]) -> Option<(TargetForm, &[u8], &[u8], Option<&[u8]>)> {
    if text == b"*" {
        return Some((TargetForm::Asterisk, b"", b"", None));
    }
    if text.starts_with(b"/") {
        let is_path = text.iter().all(|&byte| is_visible(byte));
        let (path, query) = path_and_query(text);
        return is_path.then_some((TargetForm::Origin, b"", path, query));
    }
    if let Some((_, host, path, query)) = absolute_url(text) {
        return Some((TargetForm::Absolute, host, path, query));
    }
    authority(text).map(|_| (TargetForm::Authority, text, &b""[..], None))
}

//! httparse, and then what an expert writes over it: names by their length first, digits without a
//! detour through `str`.
//!
//! It does not ask which fields a packet must have, nor whether one is there twice.

use std::hint::black_box;

use bits_laws::traffic::Kind;
use bits_packet::{PacketType, RequestType};

use super::tokens;
use crate::typed::Typed;

/// Reads the head and its packet: see [`Read`](crate::Read).
#[inline(never)]
pub fn read(bytes: &[u8], kind: Kind) -> bool {
    let typed = typed(bytes, kind);
    black_box(&typed);
    typed.is_some()
}

/// What was read.
#[inline(always)]
pub fn typed(bytes: &[u8], kind: Kind) -> Option<Typed<'_>> {
    tokens::with(bytes, kind, |start, headers| {
        let mut typed = Typed {
            target: start.target.as_bytes(),
            status: start.status,
            ..Typed::default()
        };
        for header in headers {
            take(&mut typed, header.name.as_bytes(), header.value)?;
        }
        Some(typed)
    })?
}

#[inline(always)]
fn take<'a>(typed: &mut Typed<'a>, name: &[u8], value: &'a [u8]) -> Option<()> {
    let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
    match name.len() {
        4 if is(b"host") => typed.host = Some(value),
        12 if is(b"content-name") => typed.content_name = Some(value),
        12 if is(b"bits-host-id") => typed.host_id = Some(value),
        13 if is(b"content-range") => typed.range = Some(range(value)?),
        13 if is(b"bits-protocol") => {
            let guid = uuid::Uuid::try_parse_ascii(value).ok()?;
            typed.protocol = Some(guid.as_u128());
        }
        14 if is(b"content-length") => typed.content_length = Some(number(value)?),
        14 if is(b"bits-reply-url") => typed.reply_url = Some(value),
        15 if is(b"bits-session-id") => typed.session_id = Some(value),
        15 if is(b"bits-error-code") => typed.error_code = Some(hexadecimal(value)?),
        16 if is(b"bits-packet-type") => typed.packet = Some(packet(value)?),
        18 if is(b"bits-error-context") => typed.error_context = Some(hexadecimal(value)?),
        24 if is(b"bits-supported-protocols") => typed.protocols = Some(value),
        27 if is(b"bits-received-content-range") => typed.received = Some(number(value)?),
        29 if is(b"bits-host-id-fallback-timeout") => {
            typed.timeout = Some(u32::try_from(number(value)?).ok()?);
        }
        _ => {}
    }
    Some(())
}

/// Digits up to the first byte that is none, and what is behind them.
#[inline(always)]
fn digits(value: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    let mut rest = value;
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        let digit = u64::from(digit - b'0');
        number = number.checked_mul(10)?.checked_add(digit)?;
        rest = behind;
    }
    (rest.len() < value.len()).then_some((number, rest))
}

#[inline(always)]
fn number(value: &[u8]) -> Option<u64> {
    let (number, rest) = digits(value)?;
    rest.is_empty().then_some(number)
}

#[inline(always)]
fn range(value: &[u8]) -> Option<(u64, u64, u64)> {
    let (first, rest) = digits(value.strip_prefix(b"bytes ")?)?;
    let (last, rest) = digits(rest.strip_prefix(b"-")?)?;
    let total = number(rest.strip_prefix(b"/")?)?;
    Some((first, last, total))
}

#[inline(always)]
fn hexadecimal(value: &[u8]) -> Option<u32> {
    let digits = value.strip_prefix(b"0x")?;
    if !(1..=8).contains(&digits.len()) {
        return None;
    }
    let mut number = 0;
    for &digit in digits {
        number = number << 4 | char::from(digit).to_digit(16)?;
    }
    Some(number)
}

#[inline(always)]
fn packet(name: &[u8]) -> Option<PacketType> {
    let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
    Some(match name.len() {
        8 if is(b"fragment") => RequestType::Fragment.into(),
        3 if is(b"ack") => PacketType::Ack,
        4 if is(b"ping") => RequestType::Ping.into(),
        14 if is(b"create-session") => RequestType::CreateSession.into(),
        14 if is(b"cancel-session") => RequestType::CancelSession.into(),
        13 if is(b"close-session") => RequestType::CloseSession.into(),
        _ => return None,
    })
}

//! httparse, and then what a user writes over it: names by `eq_ignore_ascii_case`, values by
//! `str::parse` and the crate `uuid`.
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
            take(&mut typed, header.name, header.value)?;
        }
        Some(typed)
    })?
}

/// Takes a field; `None` if its value is wrong.
#[inline(always)]
fn take<'a>(typed: &mut Typed<'a>, name: &str, value: &'a [u8]) -> Option<()> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("BITS-Packet-Type") {
        typed.packet = Some(packet(text(value)?)?);
    } else if is("BITS-Session-Id") {
        typed.session_id = Some(value);
    } else if is("Content-Range") {
        typed.range = Some(range(value)?);
    } else if is("Content-Length") {
        typed.content_length = Some(text(value)?.parse().ok()?);
    } else if is("Content-Name") {
        typed.content_name = Some(value);
    } else if is("Host") {
        typed.host = Some(value);
    } else if is("BITS-Supported-Protocols") {
        typed.protocols = Some(value);
    } else if is("BITS-Protocol") {
        typed.protocol = Some(guid(value)?);
    } else if is("BITS-Host-Id") {
        typed.host_id = Some(value);
    } else if is("BITS-Host-Id-Fallback-Timeout") {
        typed.timeout = Some(text(value)?.parse().ok()?);
    } else if is("BITS-Received-Content-Range") {
        typed.received = Some(text(value)?.parse().ok()?);
    } else if is("BITS-Reply-URL") {
        typed.reply_url = Some(value);
    } else if is("BITS-Error-Code") {
        typed.error_code = Some(hexadecimal(text(value)?)?);
    } else if is("BITS-Error-Context") {
        typed.error_context = Some(hexadecimal(text(value)?)?);
    }
    Some(())
}

pub(super) fn range(value: &[u8]) -> Option<(u64, u64, u64)> {
    let (first, rest) = text(value)?.strip_prefix("bytes ")?.split_once('-')?;
    let (last, total) = rest.split_once('/')?;
    let number = |digits: &str| digits.parse().ok();
    Some((number(first)?, number(last)?, number(total)?))
}

pub(super) fn guid(value: &[u8]) -> Option<u128> {
    let guid = uuid::Uuid::try_parse(text(value)?).ok()?;
    Some(guid.as_u128())
}

pub(super) fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()
}

pub(super) fn hexadecimal(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

pub(super) fn packet(name: &str) -> Option<PacketType> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    // The most frequent first.
    Some(if is("Fragment") {
        RequestType::Fragment.into()
    } else if is("Ack") {
        PacketType::Ack
    } else if is("Ping") {
        RequestType::Ping.into()
    } else if is("Create-Session") {
        RequestType::CreateSession.into()
    } else if is("Close-Session") {
        RequestType::CloseSession.into()
    } else if is("Cancel-Session") {
        RequestType::CancelSession.into()
    } else {
        return None;
    })
}

//! Values, each with what ends it: a line, or the value as a whole.

use core::net::Ipv4Addr;

use super::lanes::{
    Digit, HIGH, HostLike, PathLike, Printable, QueryLike, Set, Visible, are_all, every, outsiders,
    padded, run,
};
use super::{Read, literal, miss, split};
use crate::class::{Class, trim_blanks};
use crate::packet::{PacketType, RequestType};
use crate::value::{ContentRange, Guid};

/// What ends a value.
pub(super) trait End {
    fn end(input: &[u8]) -> Read<'_, ()>;

    /// A text with HTAB or obs-text in it.
    fn any_text(input: &[u8]) -> Read<'_, &[u8]>;
}

/// CRLF. What is spelled otherwise is a miss: a line of its value alone is read then.
pub(super) enum Line {}
/// Nothing: the value stands alone, without blanks around it.
pub(super) enum Whole {}

impl End for Line {
    #[inline(always)]
    fn end(input: &[u8]) -> Read<'_, ()> {
        literal(b"\r\n", input)
    }

    #[inline(always)]
    fn any_text(_: &[u8]) -> Read<'_, &[u8]> {
        miss()
    }
}

impl End for Whole {
    #[inline(always)]
    fn end(input: &[u8]) -> Read<'_, ()> {
        match input {
            [] => Ok((input, ())),
            _ => miss(),
        }
    }

    #[inline(always)]
    fn any_text(input: &[u8]) -> Read<'_, &[u8]> {
        let (rest, text) = split(input, input.len())?;
        match Class::TEXT.has_all(text) && trim_blanks(text) == text && !text.is_empty() {
            true => Ok((rest, text)),
            false => miss(),
        }
    }
}

/// `1*( HTAB / SP / VCHAR / obs-text )` that begins and ends with no blank.
#[inline(always)]
pub(super) fn text<E: End>(input: &[u8]) -> Read<'_, &[u8]> {
    let (rest, text) = split(input, run::<Printable>(input))?;
    match (E::end(rest), text) {
        (Err(_), _) | (_, [] | [b' ', ..] | [.., b' ']) => E::any_text(input),
        (Ok((rest, ())), text) => Ok((rest, text)),
    }
}

/// How long the run of a class is, a byte at a time.
pub(super) fn bytewise_run(class: Class, input: &[u8]) -> usize {
    input.iter().take_while(|&&byte| class.has(byte)).count()
}

/// `1*VCHAR`
#[inline(always)]
pub(super) fn visible<E: End>(input: &[u8]) -> Read<'_, &[u8]> {
    ended::<E, _>(run1::<Visible>(input))
}

/// The same, nearly always as long as a GUID: all of it is looked at at once.
#[inline(always)]
pub(super) fn session_id<E: End>(input: &[u8]) -> Read<'_, &[u8]> {
    if let Some((id, rest)) = input.split_first_chunk::<{ Guid::LENGTH }>() {
        match E::end(rest) {
            Ok((rest, ())) if are_all::<Visible, _>(id) => return Ok((rest, id)),
            _ => {}
        }
    }
    visible::<E>(input)
}

#[inline(always)]
pub(super) fn run1<S: Set>(input: &[u8]) -> Read<'_, &[u8]> {
    match run::<S>(input) {
        0 => miss(),
        length => split(input, length),
    }
}

#[inline(always)]
fn ended<'a, E: End, T>(read: Read<'a, T>) -> Read<'a, T> {
    let (rest, value) = read?;
    let (rest, ()) = E::end(rest)?;
    Ok((rest, value))
}

/// `1*( ALPHA / DIGIT / "-" / "." ) [ ":" 1*5DIGIT ]`, a port of at most 65,535.
#[inline(always)]
pub(super) fn host<E: End>(input: &[u8]) -> Read<'_, &[u8]> {
    let (rest, name) = run1::<HostLike>(input)?;
    match rest {
        [b':', ..] => host_and_port::<E>(input, name.len()),
        _ => ended::<E, _>(Ok((rest, name))),
    }
}

#[inline(never)]
fn host_and_port<E: End>(input: &[u8], port: usize) -> Read<'_, &[u8]> {
    let name_and_colon = port.wrapping_add(1);
    let (rest, _) = split(input, name_and_colon)?;
    let (port, length @ 1..=7) = digits(padded(rest)) else {
        return miss();
    };
    if port > u64::from(u16::MAX) {
        return miss();
    }
    ended::<E, _>(split(input, name_and_colon.wrapping_add(length)))
}

/// `BITS-Packet-Type`, spelled as Windows does: told by its first bytes, of which each type has others.
#[inline(always)]
pub(super) fn packet_type<E: End>(input: &[u8]) -> Read<'_, PacketType> {
    const PING: u64 = u64::from_le_bytes(*b"Ping\0\0\0\0");
    const ACK: u64 = u64::from_le_bytes(*b"Ack\0\0\0\0\0");
    let first = u64::from_le_bytes(padded(input));
    let (name, packet) = if first == u64::from_le_bytes(*b"Fragment") {
        (8, PacketType::Request(RequestType::Fragment))
    } else if first & 0xFF_FFFF == ACK {
        (3, PacketType::Ack)
    } else if first & 0xFFFF_FFFF == PING {
        (4, PacketType::Request(RequestType::Ping))
    } else {
        return long_packet_type::<E>(input, first);
    };
    ended::<E, _>(split(input, name).map(|(rest, _)| (rest, packet)))
}

#[inline(always)]
fn long_packet_type<E: End>(input: &[u8], first: u64) -> Read<'_, PacketType> {
    let (rest, packet) = if first == u64::from_le_bytes(*b"Close-Se") {
        let (rest, ()) = literal(b"Close-Session", input)?;
        (rest, PacketType::Request(RequestType::CloseSession))
    } else if first == u64::from_le_bytes(*b"Create-S") {
        let (rest, ()) = literal(b"Create-Session", input)?;
        (rest, PacketType::Request(RequestType::CreateSession))
    } else {
        let (rest, ()) = literal(b"Cancel-Session", input)?;
        (rest, PacketType::Request(RequestType::CancelSession))
    };
    ended::<E, _>(Ok((rest, packet)))
}

/// `1*DIGIT`, at most `u64::MAX`.
#[inline(always)]
pub(super) fn number<E: End>(input: &[u8]) -> Read<'_, u64> {
    let (value, length) = digits(padded(input));
    match length {
        1..=7 => {
            let (rest, _) = split(input, length)?;
            ended::<E, _>(Ok((rest, value)))
        }
        8 => long_number::<E>(input, value),
        _ => miss(),
    }
}

/// A number of eight digits or more, of which the first eight make `high`.
#[inline(never)]
fn long_number<E: End>(input: &[u8], high: u64) -> Read<'_, u64> {
    let (rest, _) = split(input, 8)?;
    let (value, length) = match digits(padded(rest)) {
        (_, 0) => (high, 0),
        (low, length) => match POWERS_OF_TEN.get(length) {
            Some(factor) => (high.wrapping_mul(*factor).wrapping_add(low), length),
            None => return longest_number::<E>(input),
        },
    };
    let (rest, _) = split(rest, length)?;
    ended::<E, _>(Ok((rest, value)))
}

/// How much a number grows when up to seven digits follow it.
static POWERS_OF_TEN: [u64; 8] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// A number of sixteen digits or more.
#[cold]
#[inline(never)]
fn longest_number<E: End>(input: &[u8]) -> Read<'_, u64> {
    let (rest, digits) = split(input, bytewise_run(Class::DIGIT, input))?;
    match decimal(digits) {
        Some(value) => ended::<E, _>(Ok((rest, value))),
        None => miss(),
    }
}

/// The number that decimal digits make, twenty at most.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit & 0xF))
    })
}

/// A length is 0 nearly always.
#[inline(always)]
pub(super) fn length<E: End>(input: &[u8]) -> Read<'_, u64> {
    if let Ok((rest, ())) = literal(b"0", input) {
        if let Ok((rest, ())) = E::end(rest) {
            return Ok((rest, 0));
        }
    }
    number::<E>(input)
}

/// The number that the digits at the start make, and how many they are; of none any number. All at once: the digits are moved to
/// the end of the word, which fills up with leading zeros.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)]
fn digits(bytes: [u8; 8]) -> (u64, usize) {
    let digits = u64::from_le_bytes(bytes) ^ every(b'0');
    // A digit is a nibble that 6 more do not make a byte of.
    let others = (digits | digits.wrapping_add(every(6))) & every(0xF0);
    let length = others.trailing_zeros() / 8;
    (
        joined(digits.wrapping_shl(64 - 8 * length)),
        length as usize,
    )
}

/// The number of eight digits, a byte each, the first in the lowest byte: pairs, then fours, then all.
#[inline(always)]
fn joined(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

/// `"bytes" SP first "-" last "/" total`, in order. One look finds the ends of all three, so that they are read
/// side by side.
#[inline(always)]
pub(super) fn range<E: End>(input: &[u8]) -> Read<'_, ContentRange> {
    let (numbers, ()) = literal(b"bytes ", input)?;
    let Some(window) = numbers.first_chunk() else {
        return long_range::<E>(numbers);
    };
    let Some([first, last, total]) = first_three(outsiders::<Digit>(window)) else {
        return long_range::<E>(numbers);
    };
    // Counted with the unit before them, so that there are eight bytes up to every end.
    let (rest, text) = split(input, UNIT.wrapping_add(total))?;
    let end = |at: usize| UNIT.wrapping_add(at);
    let Some(first_number) = first_number(window, text, first) else {
        return long_range::<E>(numbers);
    };
    let Some(last_number) = number_between(text, end(first).wrapping_add(1), end(last)) else {
        return long_range::<E>(numbers);
    };
    let Some(total_number) = number_between(text, end(last).wrapping_add(1), end(total)) else {
        return long_range::<E>(numbers);
    };
    if window.get(first) != Some(&b'-') || window.get(last) != Some(&b'/') {
        return miss();
    }
    match ContentRange::new(first_number, last_number, total_number) {
        Ok(range) => ended::<E, _>(Ok((rest, range))),
        Err(_) => miss(),
    }
}

/// The places of the three lowest bits.
#[inline(always)]
pub(super) fn first_three(bits: u32) -> Option<[usize; 3]> {
    let without_lowest = |bits: u32| bits & bits.wrapping_sub(1);
    let (second, third) = (without_lowest(bits), without_lowest(without_lowest(bits)));
    let place = |bits: u32| bits.trailing_zeros() as usize;
    (third != 0).then(|| [bits, second, third].map(place))
}

/// The first number may end before eight bytes are there.
#[inline(always)]
pub(super) fn first_number(window: &[u8; 32], text: &[u8], length: usize) -> Option<u64> {
    match (length, window.first_chunk()) {
        (1..=7, Some(bytes)) => Some(digits(*bytes).0),
        _ => number_between(text, UNIT, UNIT.wrapping_add(length)),
    }
}

const UNIT: usize = b"bytes ".len();

/// The number of the one to sixteen digits from `start` to `end`.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)]
pub(super) fn number_between(text: &[u8], start: usize, end: usize) -> Option<u64> {
    let count = end.wrapping_sub(start);
    match count {
        1..=8 => last_number(text, end, count),
        9..=16 => {
            let behind = count - 8;
            let high = last_number(text, start.wrapping_add(8), 8)?;
            let factor = POWERS_OF_TEN.get(behind).copied().unwrap_or(100_000_000);
            Some(high * factor + last_number(text, end, behind)?)
        }
        _ => None,
    }
}

/// The number of the one to eight digits before `end`.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)]
fn last_number(text: &[u8], end: usize, count: usize) -> Option<u64> {
    let word = u64::from_le_bytes(*text.get(..end)?.last_chunk()?) ^ every(b'0');
    Some(joined(word & (u64::MAX << (64 - 8 * count))))
}

#[cold]
#[inline(never)]
fn long_range<E: End>(numbers: &[u8]) -> Read<'_, ContentRange> {
    let digits = |input| split(input, bytewise_run(Class::DIGIT, input));
    let (rest, first) = digits(numbers)?;
    let (rest, ()) = literal(b"-", rest)?;
    let (rest, last) = digits(rest)?;
    let (rest, ()) = literal(b"/", rest)?;
    let (rest, total) = digits(rest)?;
    let numbers = decimal(first).zip(decimal(last)).zip(decimal(total));
    match numbers.map(|((first, last), total)| ContentRange::new(first, last, total)) {
        Some(Ok(range)) => ended::<E, _>(Ok((rest, range))),
        _ => miss(),
    }
}

/// `"0x" 1*7HEXDIG` or eight of them.
#[inline(always)]
pub(super) fn hex<E: End>(input: &[u8]) -> Read<'_, u32> {
    let (digits, ()) = literal(b"0x", input)?;
    let bytes = u64::from_le_bytes(padded(digits));
    let length = (!hex_digits(bytes) & HIGH).trailing_zeros() / 8;
    if length == 0 {
        return miss();
    }
    let (rest, _) = split(digits, length as usize)?;
    // What follows eight digits ends the value or is a miss.
    let number =
        hex_joined(nibbles(bytes).wrapping_shl(64u32.wrapping_sub(length.wrapping_mul(8))));
    ended::<E, _>(Ok((rest, number)))
}

/// Which bytes are `HEXDIG`: the highest bit of each.
#[inline(always)]
fn hex_digits(word: u64) -> u64 {
    let low = word & !HIGH;
    let folded = low | every(0x20);
    let digit = low.wrapping_add(every(0x50)) & !low.wrapping_add(every(0x46));
    let letter = folded.wrapping_add(every(0x1F)) & !folded.wrapping_add(every(0x19));
    !(!digit & !letter) & !word & HIGH
}

/// The values of digits, a byte each.
#[inline(always)]
fn nibbles(digits: u64) -> u64 {
    let is_letter = (digits >> 6) & every(1);
    (digits & every(0x0F)).wrapping_add(is_letter.wrapping_mul(9))
}

/// The number of eight nibbles, a byte each, the first in the lowest byte.
#[inline(always)]
fn hex_joined(nibbles: u64) -> u32 {
    let bytes = ((nibbles << 4) | (nibbles >> 8)) & 0x00FF_00FF_00FF_00FF;
    let pairs = (bytes | (bytes >> 8)) & 0x0000_FFFF_0000_FFFF;
    let [a, b, c, d, ..] = (pairs | (pairs >> 16)).to_le_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The protocol that there is, spelled as Windows does.
const UPLOAD_PROTOCOL: &[u8; Guid::LENGTH] = b"{7df0354d-249b-430f-820d-3d2a9bef4931}";

/// A list of protocols, nearly always of the one that there is.
#[inline(always)]
pub(super) fn protocols<E: End>(input: &[u8]) -> Read<'_, &[u8]> {
    match input.split_first_chunk() {
        Some((list, rest)) if list == UPLOAD_PROTOCOL => {
            ended::<E, &[u8]>(Ok((rest, list))).or_else(|_| text::<E>(input))
        }
        _ => text::<E>(input),
    }
}

/// `guid` ([MS-DTYP] 2.3.4.3)
#[inline(always)]
pub(super) fn guid<E: End>(input: &[u8]) -> Read<'_, Guid> {
    match literal(UPLOAD_PROTOCOL, input) {
        Ok((rest, ())) => ended::<E, _>(Ok((rest, Guid::BITS_1_5_UPLOAD))),
        Err(_) => other_guid::<E>(input),
    }
}

/// Four words of eight digits, and what is between them.
#[inline(never)]
fn other_guid<E: End>(input: &[u8]) -> Read<'_, Guid> {
    let (rest, text) = split(input, Guid::LENGTH)?;
    let word = |at: usize| {
        text.get(at..)
            .map_or(0, |text| u64::from_le_bytes(padded(text)))
    };
    let half = |at: usize| word(at) & 0xFFFF_FFFF;
    let words = [
        word(1),
        half(10) | half(15) << 32,
        half(20) | half(25) << 32,
        word(29),
    ];
    let are_digits = words.into_iter().all(|word| hex_digits(word) == HIGH);
    let between = [0, 9, 14, 19, 24, 37].map(|at| text.get(at).copied());
    if !are_digits || between != [b'{', b'-', b'-', b'-', b'-', b'}'].map(Some) {
        return miss();
    }
    let digits = words.into_iter().fold(0u128, |value, word| {
        value << 32 | u128::from(hex_joined(nibbles(word)))
    });
    ended::<E, _>(Ok((rest, Guid::new(digits))))
}

/// A URL as text, and whether it is `( "http" / "https" ) "://" host [ absolute-path [ "?" query ] ]`, nothing in
/// it escaped.
#[inline(always)]
pub(super) fn url<E: End>(input: &[u8]) -> Read<'_, (&[u8], bool)> {
    match ended::<E, _>(plain_url(input)) {
        Ok((rest, url)) => Ok((rest, (url, true))),
        Err(_) => text::<E>(input).map(|(rest, url)| (rest, (url, false))),
    }
}

#[inline(always)]
fn plain_url(input: &[u8]) -> Read<'_, &[u8]> {
    let (mut rest, ()) = literal(b"http://", input).or_else(|_| literal(b"https://", input))?;
    (rest, _) = run1::<HostLike>(rest)?;
    if let [b'/', ..] = rest {
        (rest, _) = split(rest, run::<PathLike>(rest))?;
        if let [b'?', ..] = rest {
            (rest, _) = split(rest, run::<QueryLike>(rest))?;
        }
    }
    split(input, input.len().wrapping_sub(rest.len()))
}

/// `IPv4address` ([RFC 3986] 3.2.2): four numbers below 256 without leading zeros.
pub(super) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let with = |address: u32, octet: u32, digits: u32| match (digits, octet) {
        (1, _) | (2, 10..) | (3, 100..=255) => Some(address.wrapping_mul(256).wrapping_add(octet)),
        _ => None,
    };
    let (mut address, mut octet, mut digits, mut dots) = (0u32, 0u32, 0u32, 0u32);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                octet = octet.wrapping_mul(10).wrapping_add(u32::from(byte & 0xF));
                digits = digits.wrapping_add(1);
            }
            b'.' => {
                address = with(address, octet, digits)?;
                (octet, digits, dots) = (0, 0, dots.wrapping_add(1));
            }
            _ => return None,
        }
    }
    match dots {
        3 => with(address, octet, digits).map(Ipv4Addr::from_bits),
        _ => None,
    }
}

/// Whether it is a name of letters, digits, `-` and `.` that begins with a letter.
pub(super) fn is_host_name(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic) && run::<HostLike>(text) == text.len()
}

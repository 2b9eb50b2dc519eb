//! The field block, a line at a time, and where its values go.

use nom::Err;

use super::lanes::{NameLike, Printable, are_all, run, short_run};
use super::leaf::{
    End, Line, Whole, bytewise_run, guid, hex, host, length, number, packet_type, protocols, range,
    session_id, text, url, visible,
};
use super::names::{
    ACCEPT, CONNECTION, SERVER, Start, USER_AGENT, begin_alike, first_word, folded, known_place,
    place_of,
};
use super::{Miss, Read, begun, literal, miss, split};
use crate::Field;
use crate::class::{Class, trim_blanks};
use crate::packet::PacketType;
use crate::presence::FieldSet;
use crate::value::{ContentRange, Guid};

/// A place for the value of each field that the packets need. What `present` does not name means nothing.
pub(super) struct Usual<'a> {
    pub(super) present: FieldSet,
    pub(super) packet_type: PacketType,
    pub(super) timeout: u32,
    pub(super) error_code: u32,
    pub(super) error_context: u32,
    pub(super) content_length: u64,
    pub(super) received: u64,
    pub(super) range: ContentRange,
    pub(super) protocol: Guid,
    pub(super) session_id: &'a [u8],
    pub(super) content_name: &'a [u8],
    pub(super) protocols: &'a [u8],
    pub(super) host_id: &'a [u8],
    /// And whether it is spelled plainly.
    pub(super) reply_url: (&'a [u8], bool),
    pub(super) content_encoding: &'a [u8],
    pub(super) accept_encoding: &'a [u8],
}

impl<'a> Usual<'a> {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Usual {
            present: FieldSet::NONE,
            packet_type: PacketType::Ack,
            timeout: 0,
            error_code: 0,
            error_context: 0,
            content_length: 0,
            received: 0,
            range: ContentRange::FIRST_BYTE,
            protocol: Guid::new(0),
            session_id: b"",
            content_name: b"",
            protocols: b"",
            host_id: b"",
            reply_url: (b"", false),
            content_encoding: b"",
            accept_encoding: b"",
        }
    }

    /// The texts but `Host`, whose lengths nothing limits yet.
    pub(super) fn texts(&self) -> [&'a [u8]; 7] {
        [
            self.session_id,
            self.content_name,
            self.protocols,
            self.host_id,
            self.reply_url.0,
            self.content_encoding,
            self.accept_encoding,
        ]
    }

    /// Reads the value of `field`: the one place where the fast form says what it is. A field that comes
    /// again, and one that is not expected, is a miss.
    #[inline(always)]
    pub(super) fn value<E: End>(&mut self, field: Field, input: &'a [u8]) -> Read<'a, ()> {
        macro_rules! read {
            ($($field:ident into $place:ident by $leaf:ident;)*) => {
                match field {
                    $(Field::$field => {
                        let (rest, value) = $leaf::<E>(input)?;
                        self.$place = value;
                        rest
                    })*
                    // That it is one is all there is to know.
                    Field::Host => host::<E>(input)?.0,
                    _ => return miss(),
                }
            };
        }
        if self.present.contains(field) {
            return miss();
        }
        let rest = read! {
            PacketType into packet_type by packet_type;
            SessionId into session_id by session_id;
            ContentLength into content_length by length;
            ContentName into content_name by text;
            ContentRange into range by range;
            ContentEncoding into content_encoding by text;
            SupportedProtocols into protocols by protocols;
            Protocol into protocol by guid;
            HostId into host_id by visible;
            HostIdFallbackTimeout into timeout by short;
            AcceptEncoding into accept_encoding by text;
            ReceivedContentRange into received by number;
            ReplyUrl into reply_url by url;
            ErrorCode into error_code by hex;
            ErrorContext into error_context by hex;
        };
        self.present = self.present.with(field);
        Ok((rest, ()))
    }
}

/// A number of 32 bits.
#[inline(always)]
fn short<E: End>(input: &[u8]) -> Read<'_, u32> {
    let (rest, value) = number::<E>(input)?;
    match u32::try_from(value) {
        Ok(value) => Ok((rest, value)),
        Err(_) => miss(),
    }
}

/// `*( field-line ) CRLF`, with `field-line = field-name ":" OWS field-value OWS CRLF`.
///
/// A line is found by the first word of its name; its value is read as what it is, and the line after it follows.
/// What is spelled otherwise is no affair of the arms, which have no blanks to skip: 23 instructions less.
#[inline(never)]
pub(super) fn lines<'a>(input: &'a [u8], usual: &mut Usual<'a>) -> Read<'a, ()> {
    let mut line = input;
    macro_rules! place {
        ($name:ident = $field:expr) => {
            const $name: usize = place_of($field);
        };
    }
    place!(PACKET_TYPE = Field::PacketType.name());
    place!(SESSION_ID = Field::SessionId.name());
    place!(CONTENT = Field::ContentLength.name());
    place!(PROTOCOLS = Field::SupportedProtocols.name());
    place!(PROTOCOL = Field::Protocol.name());
    place!(HOST_ID = Field::HostId.name());
    place!(RECEIVED = Field::ReceivedContentRange.name());
    place!(REPLY_URL = Field::ReplyUrl.name());
    place!(ERROR = Field::ErrorCode.name());
    place!(AGENT = USER_AGENT);
    place!(CONNECTED = CONNECTION);
    place!(ACCEPTED = ACCEPT);
    place!(SERVED = SERVER);

    'lines: loop {
        macro_rules! next {
            ($read:expr) => {{
                (line, _) = $read;
                continue 'lines;
            }};
        }
        macro_rules! start {
            ($name:expr, $value:expr) => {
                const { &Start::<{ $name.len() + 2 + $value.len() }>::new($name, $value) }
            };
        }
        macro_rules! field {
            ($field:ident) => {
                if let Some(value) = start!(Field::$field.name(), b"").strip(line) {
                    if let Ok(read) = usual.value::<Line>(Field::$field, value) {
                        next!(read);
                    }
                }
            };
        }
        // What nearly every head has and the protocol has no use for, with the value that it nearly always has: the
        // whole line is one literal. As a name and a value it takes 6 instructions more.
        macro_rules! usual {
            ($name:ident: $value:literal) => {
                if let Some(rest) = start!($name, $value).strip(line) {
                    next!((rest, ()));
                }
            };
        }

        // Fewer bytes than these are left at the end of a head without a body, or of a piece of one.
        let word = match line.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => CRLF,
        };
        if word & 0xFFFF == CRLF {
            return literal(b"\r\n", line).or_else(|_| last_bytes(line));
        }
        'unknown: {
            match known_place(word) {
                Some(PACKET_TYPE) => field!(PacketType),
                Some(SESSION_ID) => field!(SessionId),
                Some(CONTENT) => {
                    field!(ContentLength);
                    field!(ContentRange);
                    field!(ContentName);
                    // Many more fields begin like that than the protocol knows.
                    if !matches!(
                        line.get(8).map(|byte| byte | 0x20),
                        Some(b'l' | b'r' | b'n' | b'e')
                    ) {
                        break 'unknown;
                    }
                }
                Some(PROTOCOLS) => field!(SupportedProtocols),
                Some(PROTOCOL) => field!(Protocol),
                Some(HOST_ID) => {
                    field!(HostId);
                    field!(HostIdFallbackTimeout);
                }
                Some(RECEIVED) => field!(ReceivedContentRange),
                Some(REPLY_URL) => field!(ReplyUrl),
                Some(ERROR) => {
                    field!(ErrorCode);
                    field!(ErrorContext);
                }
                Some(AGENT) => {
                    usual!(USER_AGENT: b"Microsoft BITS/7.8\r\n");
                    break 'unknown;
                }
                Some(CONNECTED) => {
                    usual!(CONNECTION: b"Keep-Alive\r\n");
                    break 'unknown;
                }
                Some(ACCEPTED) => {
                    usual!(ACCEPT: b"*/*\r\n");
                    break 'unknown;
                }
                Some(SERVED) => {
                    usual!(SERVER: b"Microsoft-IIS/10.0\r\n");
                    break 'unknown;
                }
                Some(_) => {}
                None => {
                    // These are too short for a word: with their colon, and the blank that nearly all have.
                    let word = folded(word);
                    if begin_alike(word, HOST, 5) {
                        if begin_alike(word, HOST, 6) {
                            let (value, _) = split(line, "Host: ".len())?;
                            if let Ok(read) = usual.value::<Line>(Field::Host, value) {
                                next!(read);
                            }
                        }
                        next!(other_line(line, usual)?);
                    }
                    if begin_alike(word, DATE, 6) {
                        if let Ok(read) = date(line) {
                            next!(read);
                        }
                    }
                    break 'unknown;
                }
            }
            next!(other_line(line, usual)?);
        }
        next!(unknown(line)?);
    }
}

/// Fewer bytes than a word, of which the first are no empty line: lines too short for a value of the protocol, or a
/// piece of one. `Host:` without a value fits, and passes for unknown: behind it no head can end within the word.
#[cold]
#[inline(never)]
fn last_bytes(input: &[u8]) -> Read<'_, ()> {
    let mut line = input;
    loop {
        match begun(b"\r\n", line) {
            Err(Err::Error(Miss)) => (line, ()) = any_unknown(line)?,
            read => return read,
        }
    }
}

/// A line whose name begins like that of a field: an unusual spelling, a rare field, or another name.
#[cold]
#[inline(never)]
fn other_line<'a>(line: &'a [u8], usual: &mut Usual<'a>) -> Read<'a, ()> {
    let (value, name) = split(line, run::<NameLike>(line))?;
    let (value, ()) = begun(b":", value)?;
    let Some(field) = Field::from_name(name) else {
        return unknown(line);
    };
    let (rest, mut text) = split(value, run::<Printable>(value))?;
    let (rest, ()) = match begun(b"\r\n", rest) {
        Err(Err::Error(Miss)) => {
            let rest;
            (rest, text) = split(value, bytewise_run(Class::TEXT, value))?;
            begun(b"\r\n", rest)?
        }
        read => read?,
    };
    usual
        .value::<Whole>(field, trim_blanks(text))
        .map(|(_, ())| (rest, ()))
}

const CRLF: u64 = 0x0A0D;
const HOST: u64 = first_word(Field::Host.name());
const DATE: u64 = first_word("Date");

/// As many bytes as every date has ([RFC 9110] 5.6.7), behind `"Date:" SP`: where the next line begins is not
/// waited for. Found as the end of a text it takes no more instructions, but 5 % more time.
#[inline(always)]
fn date(line: &[u8]) -> Read<'_, ()> {
    let (value, _) = split(line, b"Date: ".len())?;
    let Some((date, rest)) = value.split_first_chunk::<29>() else {
        return miss();
    };
    match are_all::<Printable, _>(date) {
        true => literal(b"\r\n", rest),
        false => miss(),
    }
}

/// The line of a field that the protocol has no use for. Its end is looked for from its start, beside the end
/// of its name and not behind it.
#[inline(always)]
fn unknown(input: &[u8]) -> Read<'_, ()> {
    let name = short_run::<NameLike>(input);
    let line = run::<Printable>(input);
    let (rest, _) = split(input, line)?;
    match (name, input.get(name), rest) {
        (1.., Some(b':'), [b'\r', b'\n', rest @ ..]) => Ok((rest, ())),
        _ => any_unknown(input),
    }
}

/// The same of any bytes that are allowed, and of what may become such a line.
#[cold]
#[inline(never)]
fn any_unknown(input: &[u8]) -> Read<'_, ()> {
    let (rest, name) = split(input, bytewise_run(Class::TOKEN, input))?;
    if name.is_empty() {
        return miss();
    }
    let (rest, ()) = begun(b":", rest)?;
    // Of a piece of a head, the last line is read again and again.
    let length = run::<Printable>(rest);
    let length = match rest.get(length..) {
        Some([] | [b'\r', ..]) => length,
        _ => bytewise_run(Class::TEXT, rest),
    };
    let (rest, _) = split(rest, length)?;
    begun(b"\r\n", rest)
}

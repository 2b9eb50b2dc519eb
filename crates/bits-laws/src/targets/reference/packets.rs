//! Packets, field by field: what each must, should, may and should not have ([MC-BUP] 2.2.1 to 2.2.13, D-n as
//! in the docs), which of two lines counts, and what is noted of it.

mod acks;
mod told;

pub(super) use told::told;

use bits_packet::Deviation;

use super::heads::{Head, Refusal, Start};
use super::{
    absolute_url, codings, content_range, named, number, opaque, protocol_not_guid,
    protocol_separator, protocols, range_spacing, text, uri_characters,
};
use crate::readings::Reading;

/// A packet: its name, and what its fields mean, those that it has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) name: &'static str,
    pub(super) values: Vec<(&'static str, Meaning<'a>)>,
}

/// What a value means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    Text(&'a [u8]),
    Items(Vec<&'a [u8]>),
    Number(u128),
    Range(u64, u64, u64),
    IsThere,
}

/// What is read of a value that can be read, and what it departs from.
type Read<'a> = Option<(Meaning<'a>, Vec<Deviation>)>;

/// A field of a packet, and what the packet does with it.
type Row<'a> = (&'static str, Use, Bad, fn(&'a [u8]) -> Read<'a>);

/// Fields that say one thing: two lines that differ contradict each other.
const SINGLE: [&str; 20] = [
    "BITS-Packet-Type",
    "BITS-Session-Id",
    "Content-Name",
    "Content-Range",
    "BITS-Supported-Protocols",
    "BITS-Protocol",
    "BITS-Host-Id",
    "BITS-Host-Id-Fallback-Timeout",
    "BITS-Received-Content-Range",
    "BITS-Reply-URL",
    "BITS-Error-Code",
    "BITS-Error",
    "BITS-Error-Context",
    "BITS-Original-Request-URL",
    "BITS-Request-DataFile-Name",
    "BITS-Request-DataEntity-Name",
    "BITS-Response-DataFile-Name",
    "BITS-Response-DataEntity-Name",
    "BITS-Static-Response-URL",
    "BITS-Copy-File-To-Destination",
];

/// The others that a packet may be read from, and that are held to its greatest length of a value.
const OTHERS: [&str; 5] = [
    "Content-Length",
    "Host",
    "Transfer-Encoding",
    "Content-Encoding",
    "Accept-Encoding",
];

/// Whether lines of a field contradict each other. Letter case counts: a session id is opaque.
pub(super) fn is_ambiguous(head: &Head<'_>) -> bool {
    SINGLE.iter().any(|name| {
        let lines = head.all(name);
        lines.iter().any(|line| *line != lines[0])
    })
}

/// The packet of a head read in that way; `None` if it has none, or is not asked for it.
pub(super) fn packet<'a>(
    head: &Head<'a>,
    reading: Reading,
    with_override: bool,
    met: &mut Vec<Deviation>,
) -> Result<Option<Packet<'a>>, Refusal> {
    let fields = Fields { head, met };
    match (reading, &head.start) {
        (Reading::Request, _) if head.is_bits(with_override) => fields.request().map(Some),
        (Reading::Notification, Start::Request { method, .. }) => {
            let is_one = *method == b"POST" && head.first("BITS-Original-Request-URL").is_some();
            is_one.then(|| fields.notification()).transpose()
        }
        (Reading::Ack(answering), Start::Status(status)) => fields.ack(*status, answering),
        (Reading::NotificationResponse, Start::Status(status)) => {
            fields.notification_response(*status)
        }
        _ => Ok(None),
    }
}

/// What a packet does with a field.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// Refused without it.
    Needed,
    /// Noted if it is missing.
    Wanted(Deviation),
    Allowed,
    /// Noted if it is there, and then it may say anything.
    Odd(Deviation),
    /// Kept and ignored.
    Useless,
}

/// What becomes of a value that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    /// The packet is refused.
    Refused,
    /// It counts as absent if it is empty, unless it is needed: in an Ack.
    AbsentIfEmpty,
    /// It counts as absent.
    Absent,
}

/// The fields of a head that has a packet.
struct Fields<'h, 'a> {
    head: &'h Head<'a>,
    met: &'h mut Vec<Deviation>,
}

impl<'a> Fields<'_, 'a> {
    fn note(&mut self, deviation: Deviation, is_met: bool) {
        self.met.extend(is_met.then_some(deviation));
    }

    /// What holds for every packet: no value above 4,096 bytes, no contradiction; a repetition is noted.
    fn common(&mut self) -> Result<(), Refusal> {
        for name in SINGLE.iter().chain(&OTHERS) {
            let lines = self.head.all(name);
            if lines.iter().any(|value| value.len() > 4096) {
                return Err("a value that is too long");
            }
            let is_repeated = lines.len() > 1 && SINGLE.contains(name);
            self.note(Deviation::RepeatedField, is_repeated);
        }
        if is_ambiguous(self.head) {
            return Err("a repeated field with other bytes");
        }
        Ok(())
    }

    fn length(&self) -> Option<u64> {
        self.head.first("Content-Length").and_then(number)
    }

    fn value(
        &mut self,
        name: &str,
        what: Use,
        bad: Bad,
        read: fn(&'a [u8]) -> Read<'a>,
    ) -> Result<Option<Meaning<'a>>, Refusal> {
        let lines = self.head.all(name);
        let Some(&first) = lines.first().filter(|_| !matches!(what, Use::Useless)) else {
            return self.missing(what);
        };
        if let Use::Odd(deviation) = what {
            self.note(deviation, true);
        }
        // A list on two lines is not one value, and which half counts nobody says.
        let is_whole = lines.len() == 1 || SINGLE.contains(&name);
        if let Some((meaning, met)) = read(first).filter(|_| is_whole) {
            self.met.extend(met);
            return Ok(Some(meaning));
        }
        let is_absent = match (bad, what) {
            (Bad::Absent, _) => true,
            (Bad::AbsentIfEmpty, Use::Odd(_)) => true,
            (Bad::AbsentIfEmpty, Use::Needed) | (Bad::Refused, _) => false,
            (Bad::AbsentIfEmpty, _) => first.is_empty() && is_whole,
        };
        if !is_absent {
            return Err("a value that does not follow its grammar");
        }
        self.note(Deviation::UnreadableValue, true);
        self.missing(what)
    }

    fn missing(&mut self, what: Use) -> Result<Option<Meaning<'a>>, Refusal> {
        match what {
            Use::Needed => return Err("a field is missing"),
            Use::Wanted(deviation) => self.note(deviation, true),
            Use::Allowed | Use::Odd(_) | Use::Useless => {}
        }
        Ok(None)
    }

    /// A request: [MC-BUP] 2.2.2, 2.2.4, 2.2.6, 2.2.8, 2.2.10. Only a Fragment has a body.
    fn request(mut self) -> Result<Packet<'a>, Refusal> {
        const REQUESTS: [&str; 5] = [
            "Ping",
            "Create-Session",
            "Fragment",
            "Close-Session",
            "Cancel-Session",
        ];
        self.common()?;
        let packet_type = self.head.first("BITS-Packet-Type");
        let packet_type = packet_type.ok_or("no packet type")?;
        let name = named(packet_type, REQUESTS, |it| it).ok_or("no type of a request")?;
        let is_fragment = name == "Fragment";
        if !is_fragment {
            self.note(Deviation::MissingContentLength, self.length().is_none());
            if self.length().unwrap_or(0) != 0 {
                return Err("a body that should not be");
            }
        }
        let mut packet = Packet::new(name);
        for (field, what, bad, read) in fields_of(name) {
            packet.put(field, self.value(field, what, bad, read)?);
        }
        for (_, value) in &packet.values {
            if let Meaning::Range(first, last, _) = value {
                // The last byte is below the total, so that the length is a number of 64 bits too.
                if self.length() != Some(last - first + 1) {
                    return Err("a Fragment whose length is not that of its range");
                }
            }
        }
        Ok(packet)
    }

    /// [MC-BUP] 2.2.12, D-28: a file by reference, or as the body.
    fn notification(mut self) -> Result<Packet<'a>, Refusal> {
        const URL: &str = "BITS-Original-Request-URL";
        self.common()?;
        self.note(Deviation::Http10, self.head.is_http10);
        if self.head.first("Transfer-Encoding").is_some() {
            return Err("a notification with a transfer coding");
        }
        let mut packet = Packet::new("Notification");
        packet.put(URL, self.value(URL, Use::Needed, Bad::Refused, read_url)?);
        let request =
            self.data_file("BITS-Request-DataFile-Name", "BITS-Request-DataEntity-Name")?;
        let response = self.data_file(
            "BITS-Response-DataFile-Name",
            "BITS-Response-DataEntity-Name",
        )?;
        match (request, response, self.length()) {
            (Some(request), response, length) => {
                if length.unwrap_or(0) != 0 {
                    return Err("a body beside a reference");
                }
                self.note(Deviation::MissingContentLength, length.is_none());
                self.note(Deviation::MissingDataFile, response.is_none());
                packet.put("request", Some(request));
                packet.put("response", response);
            }
            (None, None, Some(length)) => packet.number("body", Some(length)),
            (None, Some(_), _) => return Err("a place for the reply to no file"),
            (None, None, None) => return Err("no file"),
        }
        Ok(packet)
    }

    /// The name of a file by its name in the dumps, or else by that in [MC-BUP] 2.2.12.2.
    fn data_file(&mut self, name: &str, other: &str) -> Result<Option<Meaning<'a>>, Refusal> {
        let has_other = self.head.first(other).is_some();
        self.note(Deviation::DataEntityName, has_other);
        let has_name = self.head.first(name).is_some();
        let counts = if has_name { name } else { other };
        self.value(counts, Use::Allowed, Bad::Refused, read_text)
    }

    /// [MC-BUP] 2.2.13.
    fn notification_response(mut self, status: u16) -> Result<Option<Packet<'a>>, Refusal> {
        const URL: &str = "BITS-Static-Response-URL";
        const COPY: &str = "BITS-Copy-File-To-Destination";
        if (100..=199).contains(&status) {
            return Ok(None);
        }
        self.common()?;
        self.note(Deviation::Http10, self.head.is_http10);
        let is_framed = self.head.first("Transfer-Encoding").is_some();
        let is_missing = self.length().is_none() && !is_framed && ![204, 304].contains(&status);
        self.note(Deviation::MissingContentLength, is_missing);
        let mut packet = Packet::new("Notification response");
        packet.number("status", Some(status));
        packet.put(URL, self.value(URL, Use::Allowed, Bad::Absent, read_url)?);
        // Whatever it says, and if it says nothing.
        packet.put(COPY, self.head.first(COPY).map(|_| Meaning::IsThere));
        packet.number("Content-Length", self.length());
        Ok(Some(packet))
    }
}

/// What a request does with its fields but the type, the length and what the HTTP layer reads. All others are
/// kept and ignored (D-7, D-9).
fn fields_of<'a>(request: &str) -> Vec<Row<'a>> {
    const SESSION_ID: &str = "BITS-Session-Id";
    const PROTOCOLS: &str = "BITS-Supported-Protocols";
    let session_id: Row<'a> = (SESSION_ID, Use::Needed, Bad::Refused, read_session_id);
    let name: Row<'a> = ("Content-Name", Use::Allowed, Bad::Absent, read_name);
    match request {
        "Create-Session" => vec![(PROTOCOLS, Use::Needed, Bad::Refused, read_protocols), name],
        "Fragment" => vec![
            session_id,
            ("Content-Range", Use::Needed, Bad::Refused, read_range),
            name,
            (
                "Content-Encoding",
                Use::Allowed,
                Bad::Refused,
                read_encoding,
            ),
        ],
        "Close-Session" | "Cancel-Session" => vec![session_id, name],
        _ => Vec::new(),
    }
}

impl<'a> Packet<'a> {
    fn new(name: &'static str) -> Self {
        Packet {
            name,
            values: Vec::new(),
        }
    }

    fn put(&mut self, name: &'static str, value: Option<Meaning<'a>>) {
        self.values.extend(value.map(|value| (name, value)));
    }

    fn text(&mut self, name: &'static str, text: Option<&'a [u8]>) {
        self.put(name, text.map(Meaning::Text));
    }

    fn number(&mut self, name: &'static str, number: Option<impl Into<u128>>) {
        self.put(name, number.map(|it| Meaning::Number(it.into())));
    }
}

fn met(deviations: &[(Deviation, bool)]) -> Vec<Deviation> {
    let met = deviations.iter().filter(|(_, is_met)| *is_met);
    met.map(|(deviation, _)| *deviation).collect()
}

fn read_protocols(value: &[u8]) -> Read<'_> {
    let deviations = [
        (Deviation::ProtocolSeparator, protocol_separator(value)),
        (Deviation::ProtocolNotGuid, protocol_not_guid(value)),
    ];
    Some((Meaning::Items(protocols(value)?), met(&deviations)))
}

fn read_session_id(value: &[u8]) -> Read<'_> {
    let deviations = [(Deviation::SessionIdLength, value.len() > 100)];
    Some((Meaning::Text(opaque(value)?), met(&deviations)))
}

fn read_range(value: &[u8]) -> Read<'_> {
    let (first, last, total) = content_range(value)?;
    let deviations = [(Deviation::RangeSpacing, range_spacing(value))];
    Some((Meaning::Range(first, last, total), met(&deviations)))
}

fn read_name(value: &[u8]) -> Read<'_> {
    let deviations = [(Deviation::ContentNameLength, value.len() > 260)];
    Some((Meaning::Text(text(value)?), met(&deviations)))
}

fn read_text(value: &[u8]) -> Read<'_> {
    Some((Meaning::Text(text(value)?), Vec::new()))
}

fn read_encoding(value: &[u8]) -> Read<'_> {
    let mut items = codings(value)?.into_iter();
    let has_identity = items.any(|coding| coding.eq_ignore_ascii_case(b"identity"));
    let deviations = [(Deviation::IdentityEncoding, has_identity)];
    Some((Meaning::Text(value), met(&deviations)))
}

fn read_url(value: &[u8]) -> Read<'_> {
    let (_, _, path, query) = absolute_url(value)?;
    let deviations = [(Deviation::UriCharacters, uri_characters(path, query))];
    Some((Meaning::Text(value), met(&deviations)))
}

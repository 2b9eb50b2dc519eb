//! Heads read line by line: how the body behind one is framed ([RFC 9112] 6.3), what a head departs from,
//! and the law that a parser tells just that.
//!
//! Written from the specification and from the docs of [`Deviation`], and not from the parser: neither its
//! table of presence nor its code is asked.
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

use bits_packet::{Body, Deviation, TargetForm};

use super::packets::{self, Packet};
use super::{authority, number, target, transfer_encoding, trim, uri_characters};
use crate::readings::{Reading, Value};

/// Why a head must be refused.
pub(super) type Refusal = &'static str;

/// A head, cut at its line ends, blanks and colons.
#[derive(Debug)]
pub(in crate::targets) struct Head<'a> {
    pub(super) start: Start<'a>,
    pub(super) is_http10: bool,
    pub(super) fields: Vec<(&'a [u8], &'a [u8])>,
}

/// A start line without its version.
#[derive(Debug)]
pub(super) enum Start<'a> {
    Request { method: &'a [u8], target: &'a [u8] },
    Status(u16),
}

/// What is to be told of a message.
#[derive(Debug, PartialEq, Eq)]
struct Meaning<'a> {
    body: Body,
    content_length: Option<u64>,
    /// In the order of their declaration.
    deviations: Vec<Deviation>,
    packet: Option<Packet<'a>>,
}

/// A message that the parser accepts has the framing, the deviations and the packet that the reference sees,
/// and one whose head alone it accepts is one that the reference refuses too.
///
/// The options are those of INTEROP, `with_override` with the dialect of OneDrive too.
///
/// # Panics
///
/// When it is not so.
pub(crate) fn check(reading: Reading, with_override: bool, head: &[u8], told: Option<&Value<'_>>) {
    let parts = Head::of(head);
    let shown = head.escape_ascii();
    match (told, parts.meaning(reading, with_override)) {
        (Some(told), Ok(expected)) => {
            let told = meaning_of(told);
            assert_eq!(
                told, expected,
                "{reading:?}: told, and the reference: {shown}"
            );
        }
        (Some(told), Err(refusal)) => {
            panic!("{reading:?}: {refusal}, and accepted as {told:?}: {shown}")
        }
        (None, Ok(expected)) => panic!("{reading:?}: refused, and not {expected:?}: {shown}"),
        (None, Err(_)) => {}
    }
}

fn meaning_of<'a>(value: &Value<'a>) -> Meaning<'a> {
    let (body, content_length) = value.framing();
    Meaning {
        body,
        content_length,
        deviations: value.deviations().iter().collect(),
        packet: packets::told(value),
    }
}

impl<'a> Head<'a> {
    /// Of the bytes of a head that was accepted.
    pub(in crate::targets) fn of(head: &'a [u8]) -> Self {
        let mut lines = lines(head).into_iter();
        let start = lines.next().unwrap_or_default();
        let fields = lines.map(|line| {
            let colon = line.iter().position(|&byte| byte == b':');
            let (name, value) = line.split_at(colon.unwrap_or(line.len()));
            (name, trim(value.get(1..).unwrap_or_default()))
        });
        let is_status = start.starts_with(b"HTTP/");
        let start_line = if is_status {
            let status = start.get(9..12).and_then(number).unwrap_or_default();
            Start::Status(u16::try_from(status).unwrap_or_default())
        } else {
            // The first and the last blank: a target holds none.
            let is_space = |byte: &u8| *byte == b' ';
            let method = start.iter().position(is_space).unwrap_or(0);
            let version = start.iter().rposition(is_space).unwrap_or(0);
            Start::Request {
                method: &start[..method],
                target: start.get(method + 1..version).unwrap_or_default(),
            }
        };
        Head {
            start: start_line,
            is_http10: if is_status {
                start.starts_with(b"HTTP/1.0")
            } else {
                start.ends_with(b"HTTP/1.0")
            },
            fields: fields.collect(),
        }
    }

    /// The values of all lines of that name.
    pub(super) fn all(&self, name: &str) -> Vec<&'a [u8]> {
        let lines = self.fields.iter();
        lines
            .filter(|line| line.0.eq_ignore_ascii_case(name.as_bytes()))
            .map(|line| line.1)
            .collect()
    }

    /// The value of the first line of that name.
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        let mut lines = self.fields.iter();
        lines
            .find(|line| line.0.eq_ignore_ascii_case(name.as_bytes()))
            .map(|line| line.1)
    }

    fn meaning(&self, reading: Reading, with_override: bool) -> Result<Meaning<'a>, Refusal> {
        let mut deviations = Vec::new();
        let (body, content_length) = self.framing(with_override)?;
        match self.start {
            Start::Request { method, target } => {
                self.request(method, target, with_override, &mut deviations)?;
            }
            Start::Status(status) => self.response(status, &mut deviations)?,
        }
        let packet = packets::packet(self, reading, with_override, &mut deviations)?;
        deviations.sort_unstable();
        deviations.dedup();
        Ok(Meaning {
            body,
            content_length,
            deviations,
            packet,
        })
    }

    /// Whether it is a request of the protocol: by its method, whose letter case counts, or by the override
    /// of OneDrive's dialect.
    pub(super) fn is_bits(&self, with_override: bool) -> bool {
        match self.start {
            Start::Request { method, .. } => {
                method == b"BITS_POST" || with_override && self.is_overridden()
            }
            Start::Status(_) => false,
        }
    }

    fn is_overridden(&self) -> bool {
        matches!(
            self.start,
            Start::Request {
                method: b"POST",
                ..
            }
        ) && self
            .all("X-HTTP-Method-Override")
            .contains(&&b"BITS_POST"[..])
    }

    /// How the body is framed, and what `Content-Length` says ([RFC 9112] 6.3). Whatever two readers may
    /// frame in two ways is refused.
    pub(in crate::targets) fn framing(
        &self,
        with_override: bool,
    ) -> Result<(Body, Option<u64>), Refusal> {
        let (lengths, codings) = (self.all("Content-Length"), self.all("Transfer-Encoding"));
        if lengths.len() + codings.len() > 1 {
            return Err("more than one line frames the body");
        }
        let length = match lengths.first() {
            Some(text) => Some(number(text).ok_or("a length that is no number of 64 bits")?),
            None => None,
        };
        let is_chunked = match codings.first() {
            Some(_) if self.is_http10 => return Err("a transfer coding in HTTP/1.0"),
            Some(text) => {
                Some(transfer_encoding(text).ok_or("no transfer coding, or chunked first")?)
            }
            None => None,
        };
        let body = match (&self.start, is_chunked) {
            (Start::Status(100..=199 | 204 | 304), _) => Body::Length(0),
            (Start::Request { .. }, Some(_)) if self.is_bits(with_override) => {
                return Err("a transfer coding in a request of the protocol");
            }
            (Start::Request { .. }, Some(false)) => return Err("a request that has no end"),
            (_, Some(true)) => Body::Chunked,
            (Start::Status(_), Some(false)) => Body::UntilClose,
            (Start::Request { .. }, None) => Body::Length(length.unwrap_or(0)),
            (Start::Status(_), None) => length.map_or(Body::UntilClose, Body::Length),
        };
        Ok((body, length))
    }

    /// What a request line and `Host` say to the HTTP layer ([RFC 9112] 3.2).
    fn request(
        &self,
        method: &[u8],
        text: &[u8],
        with_override: bool,
        met: &mut Vec<Deviation>,
    ) -> Result<(), Refusal> {
        let (form, host, path, query) = target(text).ok_or("no target")?;
        let is_fit = match form {
            TargetForm::Asterisk => method == b"OPTIONS",
            TargetForm::Authority => {
                method == b"CONNECT" && authority(host).is_some_and(|(_, port)| port.is_some())
            }
            _ => method != b"CONNECT",
        };
        if !is_fit {
            return Err("a target that is not for that method");
        }
        let mut note = |deviation, is_met: bool| met.extend(is_met.then_some(deviation));
        note(Deviation::UriCharacters, uri_characters(path, query));
        let is_bits = self.is_bits(with_override);
        note(Deviation::Http10, is_bits && self.is_http10);
        if with_override && self.is_overridden() {
            let overrides = self.all("X-HTTP-Method-Override");
            if overrides.iter().any(|it| *it != b"BITS_POST") {
                return Err("overrides that contradict each other");
            }
            note(Deviation::MethodOverride, true);
        }
        let hosts = self.all("Host");
        let is_valid = hosts.len() == 1 && authority(hosts[0]).is_some();
        if is_bits && !is_valid {
            return Err("not exactly one valid host");
        }
        let may_lack = self.is_http10 && hosts.is_empty();
        note(Deviation::OrdinaryHost, !is_valid && !may_lack);
        if is_bits && packets::is_ambiguous(self) {
            return Err("a repeated field with other bytes");
        }
        Ok(())
    }

    fn response(&self, status: u16, met: &mut Vec<Deviation>) -> Result<(), Refusal> {
        if !(100..=599).contains(&status) {
            met.push(Deviation::StatusClass);
        }
        // RFC 9110 8.6, RFC 9112 6.1: such a response must not say how its body is framed.
        let says_length = ["Content-Length", "Transfer-Encoding"]
            .iter()
            .any(|name| self.first(name).is_some());
        if ((100..=199).contains(&status) || status == 204) && says_length {
            met.push(Deviation::FramedWithoutBody);
        }
        let is_ack = self.first("BITS-Packet-Type").is_some();
        if is_ack && packets::is_ambiguous(self) {
            return Err("a repeated field with other bytes");
        }
        Ok(())
    }
}

/// The lines before the empty one, without their ends.
fn lines(head: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = head;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        if end == 0 {
            break;
        }
        lines.push(&rest[..end]);
        rest = &rest[end + 2..];
    }
    lines
}

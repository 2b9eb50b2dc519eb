//! Acks: [MC-BUP] 2.2.1.2, 2.2.3, 2.2.5, 2.2.7, 2.2.9, 2.2.11.

use bits_packet::{Deviation, RequestType};

use super::super::heads::Refusal;
use super::super::{
    error_spelling, guid, hex32, host_id, host_id_form, number, reply_url_form, text,
    weighted_codings,
};
use super::{Bad, Fields, Meaning, Packet, Read, Row, Use, met, read_session_id};

/// How it went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Went {
    Well,
    OutOfStep,
    Wrong,
}

impl<'a> Fields<'_, 'a> {
    /// The Ack that answers `request`, if that is known. An answer that the HTTP layer has made need not be
    /// one, nor one to nobody knows what; an interim answer never is.
    pub(super) fn ack(
        mut self,
        status: u16,
        request: Option<RequestType>,
    ) -> Result<Option<Packet<'a>>, Refusal> {
        if (100..=199).contains(&status) {
            return Ok(None);
        }
        let is_http_layer = matches!(status, 401 | 407 | 413) || !(100..=499).contains(&status);
        match self.head.first("BITS-Packet-Type") {
            None if request.is_none() || is_http_layer => return Ok(None),
            Some(name) if name.eq_ignore_ascii_case(b"Ack") => self.common()?,
            _ => return Err("no Ack"),
        }
        let went = match status {
            200 | 201 => Went::Well,
            416 => Went::OutOfStep,
            _ => Went::Wrong,
        };
        self.note(Deviation::Http10, self.head.is_http10);
        self.note(Deviation::Created, status == 201);
        // What is said of a body: none should be announced, and that none follows should be said, but where
        // none can follow.
        let is_coded = self.head.first("Transfer-Encoding").is_some();
        let length = self.length();
        self.note(Deviation::AckBody, is_coded || length.unwrap_or(0) != 0);
        let is_without = length.is_none() && !is_coded && ![204, 304].contains(&status);
        self.note(Deviation::MissingContentLength, is_without);

        let mut packet = Packet::new("Ack");
        packet.number("status", Some(status));
        for (name, what, bad, read) in fields(request, went) {
            packet.put(name, self.value(name, what, bad, read)?);
        }
        let has = |packet: &Packet<'_>, name| packet.values.iter().any(|it| it.0 == name);
        let is_lone =
            has(&packet, "BITS-Host-Id-Fallback-Timeout") && !has(&packet, "BITS-Host-Id");
        self.note(Deviation::TimeoutWithoutHostId, is_lone);
        self.errors(went, &mut packet)?;
        Ok(Some(packet))
    }

    /// Error headers (D-5, D-23, D-38, D-53): those of a success are noted and still told.
    fn errors(&mut self, went: Went, packet: &mut Packet<'a>) -> Result<(), Refusal> {
        const CODES: [&str; 2] = ["BITS-Error-Code", "BITS-Error"];
        const CONTEXT: &str = "BITS-Error-Context";
        let what = match went {
            Went::Well => Use::Odd(Deviation::ErrorOnSuccess),
            Went::OutOfStep => Use::Allowed,
            Went::Wrong => Use::Wanted(Deviation::MissingError),
        };
        let has_alias = self.head.first("BITS-Error").is_some();
        self.note(Deviation::ErrorAlias, has_alias);
        // The name of the docs wins if it can be read.
        let mut code = None;
        for name in CODES {
            let is_there = self.head.first(name).is_some();
            if code.is_none() && is_there {
                let is_odd = went == Went::Well;
                self.note(Deviation::ErrorOnSuccess, is_odd);
                code = self.value(name, Use::Allowed, Bad::Absent, read_code)?;
            }
        }
        if code.is_none() {
            self.missing(what)?;
        }
        let context = self.value(CONTEXT, what, Bad::Absent, read_context)?;
        let is_lone = context.is_some() && code.is_none();
        self.note(Deviation::ContextWithoutCode, is_lone);
        packet.put("error code", code);
        packet.put(CONTEXT, context);
        Ok(())
    }
}

/// What an Ack does with its fields but the error headers.
fn fields<'a>(request: Option<RequestType>, went: Went) -> [Row<'a>; 7] {
    use RequestType::{CancelSession, CloseSession, CreateSession, Fragment, Ping};
    use Use::{Allowed, Needed, Odd, Useless, Wanted};
    use Went::{OutOfStep, Well, Wrong};

    let session_id = match (request, went) {
        (Some(Ping), _) => Useless,
        (Some(CreateSession), Well) => Needed,
        (Some(Fragment | CloseSession | CancelSession), Well) => {
            Wanted(Deviation::MissingSessionId)
        }
        _ => Allowed,
    };
    // Of a session that was made.
    let protocol = match (request, went) {
        (Some(CreateSession), Well) => Needed,
        (Some(CreateSession), _) => Odd(Deviation::SessionOnFailure),
        (None, _) => Allowed,
        _ => Useless,
    };
    let host = match protocol {
        Needed => Allowed,
        other => other,
    };
    let encoding = match (request, went) {
        (Some(CreateSession) | None, Well) => Allowed,
        _ => Useless,
    };
    let received = match (request, went) {
        (Some(Fragment), Well) => Needed,
        (Some(Fragment), OutOfStep) => Wanted(Deviation::MissingReceivedRange),
        (Some(Fragment), Wrong) | (None, _) => Allowed,
        _ => Useless,
    };
    let reply_url = match (request, went) {
        (Some(Fragment), Well) | (None, _) => Allowed,
        _ => Useless,
    };
    let empty = Bad::AbsentIfEmpty;
    [
        ("BITS-Protocol", protocol, empty, read_protocol),
        ("BITS-Session-Id", session_id, empty, read_session_id),
        ("BITS-Host-Id", host, empty, read_host_id),
        (
            "BITS-Host-Id-Fallback-Timeout",
            host,
            Bad::Absent,
            read_timeout,
        ),
        ("Accept-Encoding", encoding, Bad::Absent, read_accepted),
        ("BITS-Received-Content-Range", received, empty, read_offset),
        ("BITS-Reply-URL", reply_url, empty, read_reply_url),
    ]
}

fn read_protocol(value: &[u8]) -> Read<'_> {
    Some((Meaning::Number(guid(value)?), Vec::new()))
}

fn read_host_id(value: &[u8]) -> Read<'_> {
    host_id(value).filter(|_| value.len() <= 300)?;
    let deviations = [(Deviation::HostIdForm, host_id_form(value))];
    Some((Meaning::Text(value), met(&deviations)))
}

fn read_timeout(value: &[u8]) -> Read<'_> {
    let seconds = u32::try_from(number(value)?).ok()?;
    Some((Meaning::Number(seconds.into()), Vec::new()))
}

fn read_accepted(value: &[u8]) -> Read<'_> {
    weighted_codings(value)?;
    Some((Meaning::Text(value), Vec::new()))
}

fn read_offset(value: &[u8]) -> Read<'_> {
    Some((Meaning::Number(number(value)?.into()), Vec::new()))
}

fn read_reply_url(value: &[u8]) -> Read<'_> {
    let url = text(value).filter(|_| value.len() <= 2200)?;
    let deviations = [(Deviation::ReplyUrlForm, reply_url_form(value))];
    Some((Meaning::Text(url), met(&deviations)))
}

fn read_code(value: &[u8]) -> Read<'_> {
    let code = hex32(value)?;
    let deviations = [(Deviation::ErrorSpelling, error_spelling(value))];
    Some((Meaning::Number(code.into()), met(&deviations)))
}

fn read_context(value: &[u8]) -> Read<'_> {
    let context = hex32(value)?;
    let deviations = [
        (Deviation::ErrorSpelling, error_spelling(value)),
        (Deviation::ErrorContextValue, context != 5 && context != 7),
    ];
    Some((Meaning::Number(context.into()), met(&deviations)))
}

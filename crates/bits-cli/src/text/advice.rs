//! What to do about a malformed message.

use bits_packet::{Deviation, ErrorKind, Parsed};

use crate::stream::{Failure, Message, Settings};

/// The advice for a failure: a line each.
pub(super) fn advice(failure: &Failure<'_>, settings: &Settings) -> Vec<String> {
    let mut advice = Vec::new();
    let kind = failure.fault.error().map(|error| error.kind());
    let is_truncated = kind == Some(ErrorKind::Truncated);
    if let Some(status) = failure.fault.status_hint().filter(|_| !is_truncated) {
        advice.push(format!("a server would answer {status}"));
    }
    if let Some(what) = foreign(failure.head).filter(|_| failure.offset == 0) {
        advice.push(what.to_owned());
    }
    if let Some(what) = by_other_settings(failure, settings) {
        advice.push(what);
    }
    let last = if is_truncated {
        "give the rest of the head, if there is more of it"
    } else {
        "nothing after it can be framed: this source is not decoded any further"
    };
    advice.push(last.to_owned());
    advice
}

/// What the input is, if it is no HTTP/1 at all.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const CAPTURE: &str = "this is a packet capture: cut one direction of a connection out of it \
        first, for example with `tshark -r FILE -q -z follow,tcp,raw,0`";
    const KNOWN: [(&[u8], &str); 8] = [
        (b"\xD4\xC3\xB2\xA1", CAPTURE),
        (b"\xA1\xB2\xC3\xD4", CAPTURE),
        (b"\x4D\x3C\xB2\xA1", CAPTURE),
        (b"\xA1\xB2\x3C\x4D", CAPTURE),
        (b"\n\r\r\n", CAPTURE),
        (b"\x1F\x8B", "this is gzip: decompress it first"),
        (
            b"\x16\x03",
            "this is TLS: what is inside cannot be seen without its keys",
        ),
        (
            b"PRI * HTTP/2.0",
            "this is HTTP/2: the protocol wants HTTP/1.1",
        ),
    ];
    KNOWN
        .into_iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, what)| what)
}

/// Whether the same head is good without `--strict` or without `--answering`.
fn by_other_settings(failure: &Failure<'_>, settings: &Settings) -> Option<String> {
    let read = |settings: &Settings| match Message::parse(failure.head, settings) {
        Ok(Parsed::Complete { value, .. }) => Some(value),
        _ => None,
    };
    let tolerant = Settings::INTEROP.answering(settings.answering);
    if let Some(message) = read(&tolerant) {
        let deviations: Vec<&str> = message.deviations().iter().map(Deviation::name).collect();
        let deviations = deviations.join(", ");
        return Some(format!("without --strict it is read, with: {deviations}"));
    }
    let request = settings.answering?;
    read(&settings.answering(None))?;
    Some(format!(
        "it is no answer to {request}, but good as another: without --answering it is read"
    ))
}

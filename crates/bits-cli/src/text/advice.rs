//! What to do about a malformed message.

use bits_packet::{Deviation, Error, ErrorKind, Parsed, RequestHead, ResponseHead};

use crate::stream::{Failure, Message, Settings};

/// The advice for a failure: a line each.
pub(super) fn advice(failure: &Failure<'_>, settings: &Settings) -> Vec<String> {
    let error = failure.fault.error();
    let kind = error.map(|error| error.kind());
    let is_truncated = kind == Some(ErrorKind::Truncated);
    let foreign = foreign(failure.head).filter(|_| failure.offset == 0);
    let mut advice = Vec::new();
    if let Some(what) = foreign {
        advice.push(what.to_owned());
    } else if let Some(status) = failure.fault.status_hint().filter(|_| !is_truncated) {
        advice.push(format!("a server would answer {status}"));
    }
    if foreign.is_none() && error.is_some_and(|error| blames_first_lf(error, failure.head)) {
        advice.push(
            "its lines end with LF alone: convert them to CRLF, if an editor has changed them"
                .to_owned(),
        );
    }
    advice.extend(by_other_settings(failure, settings));
    let last = if is_truncated {
        "give the rest of the head, if there is more of it"
    } else if is_well_formed(failure.head) {
        "decoding stops at the first malformed message"
    } else {
        "nothing after it can be framed: this source is not decoded any further"
    };
    advice.push(last.to_owned());
    advice
}

/// What the input is, if it is no HTTP/1 at all.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const CAPTURE: &str = "this is a packet capture: use `bits inspect FILE`";
    const KNOWN: [(&[u8], &str); 9] = [
        (b"\xD4\xC3\xB2\xA1", CAPTURE),
        (b"\xA1\xB2\xC3\xD4", CAPTURE),
        (b"\x4D\x3C\xB2\xA1", CAPTURE),
        (b"\xA1\xB2\x3C\x4D", CAPTURE),
        (b"\n\r\r\n", CAPTURE),
        (
            b"\x1F\x8B",
            "this is gzip: decompress it first, or if it is a packet capture, use `bits inspect FILE`",
        ),
        (
            b"\x28\xB5\x2F\xFD",
            "this is zstd: decompress it first, or if it is a packet capture, use `bits inspect FILE`",
        ),
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

/// Whether what is wrong is that the first line ends with LF alone. One that is empty says nothing of the
/// others.
fn blames_first_lf(error: Error, head: &[u8]) -> bool {
    let first = head.iter().position(|&byte| byte == b'\n');
    let at = error.offset();
    error.kind() == ErrorKind::LineEnd && at > 0 && first == Some(at)
}

/// Whether a head follows the rules of HTTP, so that only those of its packet are broken.
fn is_well_formed(head: &[u8]) -> bool {
    // What `--strict` refuses in a head does not put its end in doubt.
    let options = &Settings::INTEROP.options;
    let request = RequestHead::parse_with(head, options);
    let response = ResponseHead::parse_with(head, options);
    matches!(request, Ok(Parsed::Complete { .. }))
        || matches!(response, Ok(Parsed::Complete { .. }))
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

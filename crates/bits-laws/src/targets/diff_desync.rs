//! Against the crate `http_desync_guardian`.
//!
//! It does not call compliant what it takes for a second field that frames the message: one whose name
//! resembles `Content-Length` or `Transfer-Encoding`, such as `Content_Length`, as gateways that make
//! variables of fields may take the one for the other. [RFC 9110] 5.1 knows no such likeness: the
//! field is unknown, kept and ignored. This is the only reason that is let through.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110

use bits_packet::{Options, Request, RequestHead};
use http_desync_guardian::RequestSafetyTier;
use http_desync_guardian::request_analyzer::{HttpRequestData, RequestAnalysisResult};

/// What we accept as a packet, the guardian calls compliant: with its look-alikes, or without them.
pub fn diff_desync(input: &[u8]) {
    let Ok(read) = Request::parse_with(input, &Options::INTEROP) else {
        return;
    };
    let Some((message, _)) = read.complete() else {
        return;
    };
    if message.packet().is_none() {
        return;
    }
    let head = message.head();
    let verdict = verdict(head.as_bytes());
    if verdict.tier != RequestSafetyTier::Compliant {
        let without = without_lookalikes(head);
        assert!(
            without.len() < head.as_bytes().len(),
            "{}",
            describe(&verdict)
        );
        let verdict = self::verdict(&without);
        let is_compliant = verdict.tier == RequestSafetyTier::Compliant;
        assert!(is_compliant, "{}", describe(&verdict));
    }
}

fn verdict(head: &[u8]) -> RequestAnalysisResult {
    HttpRequestData::analyze_raw_request(head)
}

fn describe(verdict: &RequestAnalysisResult) -> String {
    format!(
        "{:?}, {:?}: {:?}",
        verdict.tier, verdict.reason, verdict.message
    )
}

/// The head without the lines that resemble one that frames messages.
fn without_lookalikes(head: &RequestHead<'_>) -> Vec<u8> {
    let bytes = head.as_bytes();
    let mut starts: Vec<usize> = head.fields().map(|line| line.offset()).collect();
    let mut kept = bytes[..starts.first().copied().unwrap_or(bytes.len())].to_vec();
    // Behind the last line stands the empty one.
    starts.push(bytes.len() - 2);
    for (line, bounds) in head.fields().zip(starts.windows(2)) {
        if !is_lookalike(line.name()) {
            kept.extend_from_slice(&bytes[bounds[0]..bounds[1]]);
        }
    }
    kept.extend_from_slice(b"\r\n");
    kept
}

/// Whether a name is one that frames messages, or begins one, but for its hyphen, in the place of which any
/// character may stand, and for characters that are neither letter nor digit.
fn is_lookalike(name: &[u8]) -> bool {
    let letters: Vec<u8> = name
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    if letters.is_empty() {
        return false;
    }
    let resembled: [[&[u8]; 2]; 2] = [[b"content", b"length"], [b"transfer", b"encoding"]];
    resembled.iter().any(|[first, last]| {
        let whole = [first, &b"-"[..], last].concat();
        let is_other = name.len() >= whole.len() && !name.eq_ignore_ascii_case(&whole);
        let is_token = name
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(byte));
        let (before, behind) = letters.split_at(letters.len().min(first.len()));
        let begins_last =
            last.starts_with(behind) || last.starts_with(behind.get(1..).unwrap_or(b""));
        is_other && is_token && first.starts_with(before) && begins_last
    })
}

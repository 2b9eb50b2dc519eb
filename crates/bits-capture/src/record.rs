//! What is printed of a session as JSON: keys as those know them who read Zeek's conn.log and files.log.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use bits_packet::Escaped;
use jiff::Timestamp;
use percent_encoding::percent_decode;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::hash::Hashes;
use crate::http::Peers;
use crate::session::{Content, Failure, Session};

/// How many ranges or holes of a file are printed; of more, the first ones.
pub const MAX_PRINTED: usize = 1_000;

/// What became of a file that was written, or hashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its name in the folder; `null` if it was not written.
    pub extracted: Option<String>,
    /// Its hashes, if all of it was seen.
    #[serde(flatten)]
    pub hashes: Hashes,
    /// Why not all that was seen of it is on disk under its name, if so: it could not be written, or read again.
    pub file_error: Option<String>,
}

/// A session. All keys are always there, `null` where nothing is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionRecord {
    /// When its first packet was seen: UTC, as in RFC 3339.
    pub ts: String,
    /// When its last one was.
    pub ts_last: String,
    /// Seconds between the two.
    pub duration: f64,
    /// The connection on which it began: an identifier that hangs on its ends and its time alone.
    pub uid: Uid,
    /// The client.
    #[serde(rename = "id.orig_h")]
    pub orig_h: IpAddr,
    /// Its port.
    #[serde(rename = "id.orig_p")]
    pub orig_p: u16,
    /// The server.
    #[serde(rename = "id.resp_h")]
    pub resp_h: IpAddr,
    /// Its port.
    #[serde(rename = "id.resp_p")]
    pub resp_p: u16,
    /// The Community ID of the connection on which it began, version 1, seed 0.
    pub community_id: CommunityId,
    /// `BITS-Session-Id`
    pub session_id: Option<String>,
    /// How far it got: `requested`, `refused`, `open`, `closing`, `closed`, `cancelled`, `not-found`.
    pub state: &'static str,
    /// `BITS_POST`, or `POST` where a field overrides it.
    pub method: &'static str,
    /// The value of `Host`.
    pub host: String,
    /// The target of the requests.
    pub uri: String,
    /// `User-Agent`
    pub user_agent: Option<String>,
    /// The name that the client was let in with, or tried first if it was not, where it was sent in the clear.
    pub username: Option<String>,
    /// The scheme of authentication that the name was sent with.
    pub auth_scheme: Option<&'static str>,
    /// The name of the file: `Content-Name`, or what the target ends with.
    pub filename: String,
    /// `Content-Encoding`: what the bytes of the file are coded in.
    pub content_encoding: Option<String>,
    /// The length of the file.
    pub total_bytes: Option<u64>,
    /// How much of it was seen.
    pub seen_bytes: u64,
    /// How much of it was not, if it is known how long it is.
    pub missing_bytes: Option<u64>,
    /// The offset that the server wanted last: what it had of the file.
    pub acknowledged_bytes: Option<u64>,
    /// Whether all of the file was seen, and could be written where it was to be.
    pub complete: bool,
    /// What was seen: first byte, last byte.
    pub ranges: Vec<[u64; 2]>,
    /// What was not, as far as it is known how long the file is.
    pub holes: Vec<[u64; 2]>,
    /// Whether there are more ranges or holes than are told.
    pub ranges_cut: bool,
    /// Requests of BITS.
    pub requests: u64,
    /// Fragments.
    pub fragments: u64,
    /// Requests that were made again.
    pub retries: u64,
    /// The status of the last answer.
    pub status_code: Option<u16>,
    /// `BITS-Error-Code` of the last failure.
    pub error_code: Option<String>,
    /// What it means.
    pub error_meaning: Option<String>,
    /// Answers that are errors, the first ones.
    pub failures: Vec<FailureRecord>,
    /// How many there were.
    pub failure_count: u64,
    /// `BITS-Host-Id`
    pub host_id: Option<String>,
    /// The last server, if that is another than the first.
    pub moved_to: Option<SocketAddr>,
    /// The reply, if one was announced.
    pub reply: Option<ReplyRecord>,
    /// Identifiers of its connections, the first ones.
    pub uids: Vec<Uid>,
    /// How many connections there were.
    pub connections: u64,
    /// Names of what was tolerated.
    pub deviations: Vec<&'static str>,
    /// Requests that are malformed, and were read as far as that goes.
    pub malformed: u64,
    /// Bytes that were sent again after they were acknowledged, and were others; known only where the file is written.
    pub conflicting_bytes: u64,
    /// Bytes of its TCP connections that came again and were others. The first ones count.
    pub overlap_conflicts: u64,
    /// Bytes of the file that were sent again.
    pub repeated_bytes: u64,
    /// Bytes of Fragments that were dropped: too many holes, another length than before, or a range that cannot be read.
    pub dropped_bytes: u64,
    /// Whether it was told before its end, as too many sessions were open.
    pub evicted: bool,
    /// The file.
    #[serde(flatten)]
    pub file: FileFacts,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureRecord {
    /// When it was answered.
    pub ts: String,
    /// What was asked; `null` if the request is malformed, or was not seen.
    pub packet: Option<&'static str>,
    /// The status.
    pub status_code: u16,
    /// `BITS-Error-Code`
    pub error_code: Option<String>,
    /// `BITS-Error-Context`
    pub error_context: Option<String>,
    /// What it means.
    pub meaning: Option<String>,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplyRecord {
    /// `BITS-Reply-URL`
    pub url: String,
    /// The status of the last answer to a request for it.
    pub status_code: Option<u16>,
    /// Its length.
    pub total_bytes: Option<u64>,
    /// How much of it was seen.
    pub seen_bytes: u64,
    /// How much of it was not.
    pub missing_bytes: Option<u64>,
    /// Whether all of it was seen, and could be written where it was to be.
    pub complete: bool,
    /// What was not seen.
    pub holes: Vec<[u64; 2]>,
    /// The file.
    #[serde(flatten)]
    pub file: FileFacts,
}

impl SessionRecord {
    /// What is told of a session, its file and its reply.
    #[must_use]
    pub fn new<F>(session: &Session<F>, file: FileFacts, reply: FileFacts) -> Self {
        let Peers { client, server, .. } = session.peers;
        let content = &session.content;
        let (ranges, holes) = (content.seen.as_slice(), content.holes());
        let last = session.failures.last();
        SessionRecord {
            ts: timestamp(session.times.0),
            ts_last: timestamp(session.times.1),
            duration: seconds(session.times.1.saturating_sub(session.times.0)),
            uid: Uid(session.peers),
            orig_h: client.ip(),
            orig_p: client.port(),
            resp_h: server.ip(),
            resp_p: server.port(),
            community_id: CommunityId(session.peers),
            session_id: session.id.as_deref().map(text),
            state: session.state.name(),
            method: if session.is_overridden {
                "POST"
            } else {
                "BITS_POST"
            },
            host: text(&session.host),
            uri: text(&session.target),
            user_agent: session.user_agent.as_deref().map(text),
            username: session.user.as_ref().map(|user| user.name.clone()),
            auth_scheme: session.user.as_ref().map(|user| user.scheme),
            filename: text(&filename(session)),
            content_encoding: session.content_encoding.as_deref().map(text),
            total_bytes: content.total,
            seen_bytes: content.seen.length(),
            missing_bytes: missing(content),
            acknowledged_bytes: session.acknowledged,
            complete: content.is_whole() && file.file_error.is_none(),
            ranges: printed(ranges),
            holes: printed(&holes),
            ranges_cut: ranges.len().max(holes.len()) > MAX_PRINTED,
            requests: session.requests,
            fragments: session.fragments,
            retries: session.retries,
            status_code: session.status,
            error_code: last
                .and_then(|failure| failure.code)
                .map(|code| code.to_string()),
            error_meaning: last.and_then(meaning),
            failures: session.failures.iter().map(FailureRecord::new).collect(),
            failure_count: session.failure_count,
            host_id: session.host_id.as_deref().map(text),
            moved_to: (session.server != server).then_some(session.server),
            reply: session.reply.as_ref().map(|it| ReplyRecord {
                url: text(&it.url),
                status_code: it.status,
                total_bytes: it.content.total,
                seen_bytes: it.content.seen.length(),
                missing_bytes: missing(&it.content),
                complete: it.content.is_whole() && reply.file_error.is_none(),
                holes: printed(&it.content.holes()),
                file: reply,
            }),
            uids: session.connections.iter().copied().map(Uid).collect(),
            connections: session.connection_count,
            deviations: session
                .deviations
                .iter()
                .map(bits_packet::Deviation::name)
                .collect(),
            malformed: session.malformed,
            conflicting_bytes: content.conflicting,
            overlap_conflicts: session.overlap_conflicts,
            repeated_bytes: content.repeated,
            dropped_bytes: content.dropped,
            evicted: session.is_evicted,
            file,
        }
    }
}

impl FailureRecord {
    fn new(failure: &Failure) -> Self {
        FailureRecord {
            ts: timestamp(failure.time),
            packet: failure.packet.map(bits_packet::RequestType::name),
            status_code: failure.status,
            error_code: failure.code.map(|code| code.to_string()),
            error_context: failure.context.map(|context| context.to_string()),
            meaning: meaning(failure),
        }
    }
}

/// The name of a file: what the client calls it, or what the target ends with.
#[must_use]
pub fn filename<F>(session: &Session<F>) -> Vec<u8> {
    if let Some(name) = &session.content_name {
        return name.clone();
    }
    last_segment(&session.target)
}

/// What a target ends with, decoded.
pub(crate) fn last_segment(target: &[u8]) -> Vec<u8> {
    let end = target
        .iter()
        .position(|byte| matches!(byte, b'?' | b'#'))
        .unwrap_or(target.len());
    let path = &target[..end];
    let segment = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    percent_decode(segment).collect()
}

/// A time in nanoseconds since 1970-01-01 UTC, as in RFC 3339, with microseconds.
#[must_use]
pub fn timestamp(time: u64) -> String {
    let microseconds = i64::try_from(time / 1_000).unwrap_or(i64::MAX);
    match Timestamp::from_microsecond(microseconds) {
        Ok(time) => format!("{time:.6}"),
        Err(_) => "9999-12-31T23:59:59.999999Z".to_owned(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a duration in seconds, to the microsecond"
)]
fn seconds(nanoseconds: u64) -> f64 {
    (nanoseconds / 1_000) as f64 / 1e6
}

/// What an error means, in words.
#[must_use]
pub fn meaning(failure: &Failure) -> Option<String> {
    let code = failure.code?;
    Some(match (code.name(), code_meaning(code.code())) {
        (Some(name), Some(words)) => format!("{name}: {words}"),
        (Some(name), None) => name.to_owned(),
        (None, _) if code.is_customer() => "an error of the vendor of the server".to_owned(),
        (None, _) => return None,
    })
}

/// [MC-BUP] 2.2.1.2
const fn code_meaning(code: u32) -> Option<&'static str> {
    Some(match code {
        0x8007_0057 => "the request is invalid",
        0x8007_0005 => "the user may not upload there, or the file exists",
        0x8020_001F => "the server does not know the session",
        0x8020_0020 => "the file is larger than the server takes",
        0x8020_0022 => "client and server have no version of the protocol in common",
        0x8020_0023 => "the folder of the server may execute scripts",
        0x8007_0070 => "the disk of the server is full",
        // The specification has it for both.
        0x8007_0112 => "the disk of the server is full, or its application is too slow",
        _ => return None,
    })
}

fn missing(content: &Content) -> Option<u64> {
    Some(content.total?.saturating_sub(content.seen.length()))
}

fn printed(ranges: &[Range<u64>]) -> Vec<[u64; 2]> {
    let inclusive = ranges
        .iter()
        .map(|range| [range.start, range.end.saturating_sub(1)]);
    inclusive.take(MAX_PRINTED).collect()
}

fn text(bytes: &[u8]) -> String {
    Escaped(bytes).to_string()
}

/// The Community ID of a connection, version 1, seed 0. It is made when it is asked for, as is [`Uid`]: a table has
/// neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommunityId(pub Peers);

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TCP: u8 = 6;
        let Peers { client, server, .. } = self.0;
        let id = community_id::calculate_community_id(
            0,
            client.ip(),
            server.ip(),
            Some(client.port()),
            Some(server.port()),
            TCP,
            Default::default(),
        );
        f.write_str(&id.unwrap_or_default())
    }
}

impl Serialize for CommunityId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An identifier of a connection: `C` and 17 digits and letters, as Zeek's look. The same capture gives the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uid(pub Peers);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let Peers {
            client,
            server,
            since,
        } = self.0;
        let digest = Sha256::digest(format!("{client} {server} {since}"));
        let mut number = digest
            .iter()
            .take(16)
            .fold(0u128, |number, byte| number << 8 | u128::from(*byte));
        f.write_str("C")?;
        for _ in 0..17 {
            let digit = usize::try_from(number % 62).unwrap_or(0);
            f.write_char(char::from(DIGITS[digit]))?;
            number /= 62;
        }
        Ok(())
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::code_meaning;

    #[test]
    fn an_application_that_is_too_slow_is_no_full_disk() {
        let full = "the disk of the server is full";
        assert_eq!(code_meaning(0x8007_0070), Some(full));
        let either = code_meaning(0x8007_0112).unwrap();
        assert!(either.starts_with(full) && either.ends_with("too slow"));
    }
}

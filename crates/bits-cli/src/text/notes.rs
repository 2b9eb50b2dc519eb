//! What the values of known fields mean, in words.

use bits_packet::presence::{Outcome, Presence, presence};
use bits_packet::{
    AbsoluteUrl, Ack, ContentRange, ErrorContext, FallbackTimeout, Field, FieldLine, Fields, Guid,
    HResult, Host, HostId, Protocol, ReplyUrl, Request,
};

use crate::stream::Message;

/// Of a value that has been tolerated as [`bits_packet::Deviation::UnreadableValue`].
const UNREADABLE: &str = "cannot be read, counts as absent";

/// The notes beside a field: none for most.
pub(super) fn notes(line: &FieldLine<'_>, message: &Message<'_>) -> Vec<String> {
    let Some(field) = line.field() else {
        return Vec::new();
    };
    let note = match message {
        Message::Request(message) => match message.packet() {
            Some(Request::CreateSession(create)) if field == Field::SupportedProtocols => {
                return create.protocols.iter().map(protocol).collect();
            }
            Some(request) => of_request(field, request),
            None => notification(field).map(str::to_owned),
        },
        Message::Response(message) => match message.packet() {
            Some(ack) => match field {
                Field::ErrorCode | Field::Error => error_code(line, ack, message.head().fields()),
                _ => of_ack(field, ack),
            },
            None => notification(field).map(str::to_owned),
        },
    };
    note.into_iter().collect()
}

fn of_request(field: Field, request: &Request<'_>) -> Option<String> {
    let content_name = match request {
        Request::Ping(_) => return None,
        Request::CreateSession(create) => create.content_name,
        Request::Fragment(fragment) if field == Field::ContentRange => {
            return Some(content_range(&fragment.range));
        }
        Request::Fragment(fragment) => fragment.content_name,
        Request::CloseSession(close) => close.content_name,
        Request::CancelSession(cancel) => cancel.content_name,
    };
    let is_unreadable = field == Field::ContentName && content_name.is_none();
    is_unreadable.then(|| UNREADABLE.to_owned())
}

fn of_ack(field: Field, ack: &Ack<'_>) -> Option<String> {
    if presence(field, ack.form()) == Presence::Unused {
        return None;
    }
    // `Some(None)`: read, and there is nothing to say.
    let note = match field {
        Field::SessionId => ack.session_id().map(|_| None),
        Field::Protocol => ack.protocol().map(|it| Some(guid(it).to_owned())),
        Field::HostId => ack.host_id().map(|it| host_id(it, ack)),
        Field::HostIdFallbackTimeout => ack
            .host_id_fallback_timeout()
            .map(|it| fallback_timeout(it, ack)),
        Field::AcceptEncoding => ack.accept_encoding().map(|_| None),
        Field::ReceivedContentRange => ack
            .received_content_range()
            .map(|it| Some(format!("next offset {}", it.next_offset()))),
        Field::ReplyUrl => ack.reply_url().map(|it| reply_url(it).map(str::to_owned)),
        Field::ErrorContext => ack.error_context().map(|it| Some(error_context(it))),
        _ => Some(None),
    };
    note.unwrap_or_else(|| Some(UNREADABLE.to_owned()))
}

/// The note beside an error code, in either spelling. `BITS-Error` is read only if no `BITS-Error-Code` can
/// be.
fn error_code(line: &FieldLine<'_>, ack: &Ack<'_>, fields: Fields<'_>) -> Option<String> {
    let read = |line: &FieldLine<'_>| {
        let code = HResult::parse(line.value()).ok();
        ack.error_code().filter(|_| code == ack.error_code())
    };
    let is_alias = line.field() == Some(Field::Error);
    let mut codes = fields.filter(|it| it.field() == Some(Field::ErrorCode));
    if is_alias && codes.any(|line| read(&line).is_some()) {
        return None;
    }
    let note = read(line).map(hresult);
    Some(note.unwrap_or_else(|| UNREADABLE.to_owned()))
}

/// Between server and server application ([MC-BUP] 2.2.12, 2.2.13).
fn notification(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::OriginalRequestUrl => "notification: where the client has sent the file",
        Field::RequestDataFileName | Field::RequestDataEntityName => {
            "notification: where the server has put the file"
        }
        Field::ResponseDataFileName | Field::ResponseDataEntityName => {
            "notification: where the application is to put its reply"
        }
        Field::StaticResponseUrl => "notification: where the client finds the reply",
        Field::CopyFileToDestination => "notification: the file also goes where it was sent to",
        _ => return None,
    })
}

fn protocol(item: Protocol<'_>) -> String {
    match item.guid() {
        Some(it) => guid(it).to_owned(),
        None => "no GUID, ignored".to_owned(),
    }
}

fn guid(guid: Guid) -> &'static str {
    if guid == Guid::BITS_1_5_UPLOAD {
        "BITS 1.5 Upload Protocol"
    } else {
        "unknown protocol"
    }
}

fn content_range(range: &ContentRange) -> String {
    let last = if range.is_last() { ", the last" } else { "" };
    format!(
        "bytes {} to {} of {} ({}{last})",
        range.first(),
        range.last(),
        range.total(),
        count(range.length(), "byte"),
    )
}

/// Where a host id sends the client; nowhere if the request has failed.
fn host_id(host_id: HostId<'_>, ack: &Ack<'_>) -> Option<String> {
    if ack.outcome() != Outcome::Success {
        return None;
    }
    let is_bare = !host_id.as_bytes().starts_with(b"[");
    let host = match host_id.host() {
        Host::Ipv6(_) if is_bare => format!("[{host_id}]"),
        _ => host_id.to_string(),
    };
    Some(format!("later requests of the session go to {host}"))
}

/// When a client comes back from the server of the host id, if it has gone there.
fn fallback_timeout(timeout: FallbackTimeout, ack: &Ack<'_>) -> Option<String> {
    host_id(ack.host_id()?, ack)?;
    Some(if timeout.is_never() {
        "never goes back to the server of the upload URL".to_owned()
    } else {
        let time = duration(timeout.seconds());
        format!("after {time} without it, back to the server of the upload URL")
    })
}

/// Seconds in days, hours, minutes and seconds, without those that are zero.
pub(crate) fn duration(seconds: u32) -> String {
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts: Vec<String> = units
        .into_iter()
        .filter(|&(number, _)| number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Where a client finds the reply, unless the value says it by itself.
fn reply_url(url: ReplyUrl<'_>) -> Option<&'static str> {
    // An absolute reply URL has a scheme of its own, http or https; any other takes that of the upload.
    let upload = AbsoluteUrl::new(b"upload://server/").ok()?;
    match url.resolve(&upload) {
        Ok(resolved) if resolved.scheme() == upload.scheme() => {
            Some("relative to the URL of the upload")
        }
        Ok(_) => None,
        Err(_) => Some("no URL that a client can fetch"),
    }
}

fn hresult(code: HResult) -> String {
    let meaning = match code {
        HResult::S_OK => "no error",
        HResult::INVALID_ARGUMENT => "the request is invalid",
        HResult::ACCESS_DENIED => "no permission, or the file exists, or uploads are not enabled",
        HResult::SESSION_NOT_FOUND => "the server knows no such session",
        HResult::TOO_LARGE => "above the greatest size that the server takes",
        HResult::PROTOCOL_MISMATCH => "no protocol in common",
        HResult::SERVER_EXECUTE_ENABLE => "the directory may run scripts",
        HResult::DISK_FULL => "the disk of the server is full",
        HResult::PRINTED_DISK_FULL => "the disk is full, or the server application is too slow",
        _ => return of_facility(code),
    };
    match code.name() {
        Some(name) => format!("{name}: {meaning}"),
        None => meaning.to_owned(),
    }
}

/// What is known of a code by its upper half alone.
fn of_facility(code: HResult) -> String {
    let [.., high, low] = code.code().to_be_bytes();
    let number = u16::from_be_bytes([high, low]);
    match code.code() >> 16 {
        0x8007 => format!("Win32 error {number}"),
        0x8019 => format!("HTTP status {number}"),
        _ if code.is_customer() => "a code of the vendor of the server".to_owned(),
        _ => "unknown code".to_owned(),
    }
}

fn error_context(context: ErrorContext) -> String {
    let meaning = match context {
        ErrorContext::REMOTE_FILE => "the BITS server has met the error",
        ErrorContext::REMOTE_APPLICATION => "the server application has met the error",
        _ => "unknown context",
    };
    match context.name() {
        Some(name) => format!("{name}: {meaning}"),
        None => meaning.to_owned(),
    }
}

/// The note beside a body that begins like a head.
pub(super) const fn like_head(is_response: bool) -> &'static str {
    if is_response {
        "it begins like another message, as when this one answers a HEAD request: such answers have no body"
    } else {
        "it begins like another message, as when the body that this one announces was not sent"
    }
}

/// A number and what it counts.
pub(crate) fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_times_as_people_do() {
        let named = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (110, "1 min 50 s"),
            (3_600, "1 h"),
            (86_400, "1 d"),
            (1_209_600, "14 d"),
            (90_061, "1 d 1 h 1 min 1 s"),
            (u32::MAX - 1, "49710 d 6 h 28 min 14 s"),
        ];
        for (seconds, name) in named {
            assert_eq!(duration(seconds), name);
        }
    }

    #[test]
    fn names_ranges() {
        let named = [
            (
                "bytes 0-4891/4892",
                "bytes 0 to 4891 of 4892 (4892 bytes, the last)",
            ),
            ("bytes 0-9/20", "bytes 0 to 9 of 20 (10 bytes)"),
            ("bytes 19-19/20", "bytes 19 to 19 of 20 (1 byte, the last)"),
        ];
        for (range, name) in named {
            assert_eq!(content_range(&range.parse().unwrap()), name);
        }
    }

    #[test]
    fn names_codes() {
        let named = [
            (0, "S_OK: no error"),
            (0x8007_0057, "E_INVALIDARG: the request is invalid"),
            (
                0x8007_0005,
                "E_ACCESSDENIED: no permission, or the file exists, or uploads are not enabled",
            ),
            (
                0x8020_001F,
                "BG_E_SESSION_NOT_FOUND: the server knows no such session",
            ),
            (
                0x8020_0020,
                "BG_E_TOO_LARGE: above the greatest size that the server takes",
            ),
            (
                0x8020_0022,
                "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH: no protocol in common",
            ),
            (
                0x8020_0023,
                "BG_E_SERVER_EXECUTE_ENABLE: the directory may run scripts",
            ),
            (
                0x8007_0070,
                "ERROR_DISK_FULL: the disk of the server is full",
            ),
            (
                0x8007_0112,
                "ERROR_DISK_FULL (as [MC-BUP] prints it) or time-out: \
                 the disk is full, or the server application is too slow",
            ),
            (0x8007_0002, "Win32 error 2"),
            (0x8019_01F7, "HTTP status 503"),
            (0xA007_0001, "a code of the vendor of the server"),
            (0x8020_FFFF, "unknown code"),
        ];
        for (code, name) in named {
            assert_eq!(hresult(HResult::new(code)), name);
        }
    }

    #[test]
    fn names_contexts() {
        let named = [
            (
                5,
                "BG_ERROR_CONTEXT_REMOTE_FILE: the BITS server has met the error",
            ),
            (
                7,
                "BG_ERROR_CONTEXT_REMOTE_APPLICATION: the server application has met the error",
            ),
            (6, "unknown context"),
        ];
        for (context, name) in named {
            assert_eq!(error_context(ErrorContext::new(context)), name);
        }
    }

    #[test]
    fn tells_where_a_reply_is_unless_its_url_is_absolute() {
        let relative = Some("relative to the URL of the upload");
        let nowhere = Some("no URL that a client can fetch");
        for (url, note) in [
            (&br"BITS-Sessions\Replies\x.bin"[..], relative),
            (b"/replies/http:x", relative),
            (b"//a/b", relative),
            (b"?x", relative),
            (b"http:x", relative),
            (b"server/x", relative),
            (b"HTTP://a/b", None),
            (b"https://a/{b}", None),
            (b"http://server/", None),
            (b"ftp://a/b", nowhere),
            (b"upload://server/", nowhere),
            (b"http://user@a/b", nowhere),
            (br"http:\\a\b", nowhere),
        ] {
            assert_eq!(reply_url(ReplyUrl::new(url).unwrap()), note);
        }
    }
}

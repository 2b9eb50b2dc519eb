//! What the values of known fields mean, in words.

use bits_packet::{
    Ack, ContentRange, ErrorContext, FallbackTimeout, Field, FieldLine, Guid, HResult, Protocol,
    ReplyUrl, Request,
};

use crate::stream::Message;

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
            Some(Request::Fragment(fragment)) if field == Field::ContentRange => {
                Some(content_range(&fragment.range))
            }
            Some(_) => None,
            None => notification(field).map(str::to_owned),
        },
        Message::Response(message) => match message.packet() {
            Some(ack) if field == Field::Error => {
                let has_code = message
                    .head()
                    .fields()
                    .any(|it| it.field() == Some(Field::ErrorCode));
                ack.error_code().filter(|_| !has_code).map(hresult)
            }
            Some(ack) => of_ack(field, ack),
            None => notification(field).map(str::to_owned),
        },
    };
    note.into_iter().collect()
}

fn of_ack(field: Field, ack: &Ack<'_>) -> Option<String> {
    match field {
        Field::Protocol => ack.protocol().map(|it| guid(it).to_owned()),
        Field::HostId => ack
            .host_id()
            .map(|it| format!("later requests of the session go to {}", it.host())),
        Field::HostIdFallbackTimeout => ack.host_id_fallback_timeout().map(timeout),
        Field::ReceivedContentRange => ack
            .received_content_range()
            .map(|it| format!("next offset {}", it.next_offset())),
        Field::ReplyUrl => ack.reply_url().and_then(reply_url),
        Field::ErrorCode => ack.error_code().map(hresult),
        Field::ErrorContext => ack.error_context().map(error_context),
        _ => None,
    }
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

fn timeout(timeout: FallbackTimeout) -> String {
    if timeout.is_never() {
        "never".to_owned()
    } else {
        format!("after {}", duration(timeout.seconds()))
    }
}

/// Seconds in days, hours, minutes and seconds, without those that are zero.
fn duration(seconds: u32) -> String {
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

fn reply_url(url: ReplyUrl<'_>) -> Option<String> {
    let scheme = url.as_bytes().split(|&byte| byte == b':').next()?;
    let is_http = [&b"http"[..], b"https"].map(|it| it.eq_ignore_ascii_case(scheme));
    (is_http == [false, false]).then(|| "relative to the URL of the upload".to_owned())
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

/// A number and what it counts.
pub(super) fn count(number: u64, what: &str) -> String {
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
            (0, "after 0 s"),
            (59, "after 59 s"),
            (60, "after 1 min"),
            (110, "after 1 min 50 s"),
            (3_600, "after 1 h"),
            (86_400, "after 1 d"),
            (1_209_600, "after 14 d"),
            (90_061, "after 1 d 1 h 1 min 1 s"),
            (u32::MAX - 1, "after 49710 d 6 h 28 min 14 s"),
            (u32::MAX, "never"),
        ];
        for (seconds, name) in named {
            assert_eq!(timeout(FallbackTimeout::new(seconds)), name);
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
    fn tells_relative_reply_urls() {
        let relative = Some("relative to the URL of the upload".to_owned());
        for (url, note) in [
            (&br"BITS-Sessions\Replies\x.bin"[..], relative.clone()),
            (b"/replies/http:x", relative.clone()),
            (b"ftp://a/b", relative),
            (b"HTTP://a/b", None),
            (b"https://a/b", None),
        ] {
            assert_eq!(reply_url(ReplyUrl::new(url).unwrap()), note);
        }
    }
}

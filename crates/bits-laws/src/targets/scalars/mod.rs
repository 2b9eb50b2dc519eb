//! Values by themselves and in a head, against a reference that was written for the purpose: `reference`.

mod within;

use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Authority, Body, ContentEncoding, ContentLength, ContentName,
    ContentRange, DataFileName, Deviation, Error, ErrorContext, FallbackTimeout, Field, FieldLine,
    Guid, HResult, Host, HostId, PacketType, ReceivedContentRange, ReplyUrl, RequestType,
    SessionId, SupportedProtocols, Target, TargetForm,
};

use crate::corpus::Outcome;

use super::reference::{self, HostId as ReferenceHost};

/// The law of a kind of value, which tells how the value was read.
type Scalar = fn(&[u8]) -> Result<(), Error>;

/// Every kind of value.
pub const SCALARS: [(&str, Scalar); 21] = [
    ("guid", guid),
    ("content-range", content_range),
    ("content-length", content_length),
    ("received-content-range", received_content_range),
    ("fallback-timeout", fallback_timeout),
    ("hresult", hresult),
    ("error-context", error_context),
    ("protocols", protocols),
    ("session-id", session_id),
    ("content-name", content_name),
    ("data-file-name", data_file_name),
    ("host-id", host_id),
    ("authority", authority),
    ("absolute-url", absolute_url),
    ("reply-url", reply_url),
    ("accept-encoding", accept_encoding),
    ("content-encoding", content_encoding),
    ("packet-type", packet_type),
    ("field-name", field_name),
    ("target", target),
    ("transfer-encoding", transfer_encoding),
];

/// The kind that an input is of, and its value.
#[must_use]
pub fn split(input: &[u8]) -> Option<(&'static str, Scalar, &[u8])> {
    let (&kind, value) = input.split_first()?;
    let (name, scalar) = SCALARS[usize::from(kind) % SCALARS.len()];
    Some((name, scalar, value))
}

/// What a value is read as is what the reference says, and where that refuses it, it is refused. In a head
/// just the deviations are told that the reference sees.
pub fn scalars(input: &[u8]) {
    if let Some((_, scalar, value)) = split(input) {
        let _ = scalar(value);
    }
}

/// What comes of a value.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let Some((name, scalar, value)) = split(input) else {
        return Outcome::nothing("scalars");
    };
    let (outcome, kind, error) = match scalar(value) {
        Ok(()) => ("accept", "", String::new()),
        Err(error) => ("refuse", error.kind().name(), error.to_string()),
    };
    let shown: String = value.escape_ascii().take(120).map(char::from).collect();
    Outcome {
        reading: name.to_owned(),
        outcome,
        kind: kind.to_owned(),
        strict: String::new(),
        detail: format!("{} {shown} {error}", value.len())
            .trim_end()
            .to_owned(),
    }
}

/// No value is longer than 4,096 bytes, whatever it is.
fn limited<'a, T>(value: &'a [u8], reference: impl FnOnce(&'a [u8]) -> Option<T>) -> Option<T> {
    (value.len() <= 4096).then(|| reference(value)).flatten()
}

/// Both accept and mean the same, or both refuse, and the error lies within the value.
fn same<T: PartialEq + std::fmt::Debug>(
    value: &[u8],
    ours: Result<T, Error>,
    theirs: Option<T>,
) -> Result<(), Error> {
    let read = ours.as_ref().map(|_| ()).map_err(|error| *error);
    match (ours, theirs) {
        (Ok(ours), Some(theirs)) => assert_eq!(ours, theirs, "{}", value.escape_ascii()),
        (Err(error), None) => assert!(error.offset() <= value.len(), "{error}"),
        (ours, theirs) => panic!("{}: {ours:?}, not {theirs:?}", value.escape_ascii()),
    }
    read
}

fn guid(value: &[u8]) -> Result<(), Error> {
    let ours = Guid::parse(value);
    same(
        value,
        ours.map(Guid::as_u128),
        limited(value, reference::guid),
    )?;
    if let Ok(guid) = ours {
        assert!(guid.to_upper().eq_ignore_ascii_case(value));
        assert_eq!(
            guid.to_lower(),
            guid.to_upper().map(|byte| byte.to_ascii_lowercase())
        );
        assert_eq!(guid.to_string().as_bytes(), guid.to_lower());
    }
    Ok(())
}

fn content_range(value: &[u8]) -> Result<(), Error> {
    let ours = ContentRange::parse(value);
    let parts = ours.map(|range| (range.first(), range.last(), range.total()));
    same(value, parts, limited(value, reference::content_range))?;
    if let Ok(range) = ours {
        let length = u128::from(range.last()) - u128::from(range.first()) + 1;
        assert_eq!(u128::from(range.length()), length);
        assert_eq!(u128::from(range.end()), u128::from(range.last()) + 1);
        assert_eq!(range.is_last(), range.end() == range.total());
        assert_eq!(range.to_string().parse(), Ok(range));
        let lines = format!("\r\nContent-Length: {length}\r\n");
        let spacing = reference::range_spacing(value);
        within::CONTENT_RANGE.tells_with(value, &lines, &[(Deviation::RangeSpacing, spacing)]);
    }
    Ok(())
}

fn content_length(value: &[u8]) -> Result<(), Error> {
    let ours = ContentLength::parse(value);
    same(
        value,
        ours.map(ContentLength::bytes),
        limited(value, reference::number),
    )
}

fn received_content_range(value: &[u8]) -> Result<(), Error> {
    let ours = ReceivedContentRange::parse(value).map(ReceivedContentRange::next_offset);
    same(value, ours, limited(value, reference::number))
}

fn fallback_timeout(value: &[u8]) -> Result<(), Error> {
    let ours = FallbackTimeout::parse(value);
    let theirs = limited(value, reference::number).and_then(|it| u32::try_from(it).ok());
    same(value, ours.map(FallbackTimeout::seconds), theirs)?;
    if let Ok(timeout) = ours {
        assert_eq!(timeout.is_never(), timeout.seconds() == u32::MAX);
        assert_eq!(timeout.to_string().parse(), Ok(timeout));
    }
    Ok(())
}

fn hresult(value: &[u8]) -> Result<(), Error> {
    let ours = HResult::parse(value);
    same(
        value,
        ours.map(HResult::code),
        limited(value, reference::hex32),
    )?;
    if let Ok(code) = ours {
        assert_eq!(code.to_string(), format!("0x{:08X}", code.code()));
        assert_eq!(code.to_string().parse(), Ok(code));
        within::ERROR_CODE.tells(
            value,
            &[(Deviation::ErrorSpelling, reference::error_spelling(value))],
        );
    }
    Ok(())
}

fn error_context(value: &[u8]) -> Result<(), Error> {
    let ours = ErrorContext::parse(value);
    same(
        value,
        ours.map(ErrorContext::value),
        limited(value, reference::hex32),
    )?;
    if let Ok(context) = ours {
        let expected = [
            (Deviation::ErrorSpelling, reference::error_spelling(value)),
            (
                Deviation::ErrorContextValue,
                ![5, 7].contains(&context.value()),
            ),
        ];
        within::ERROR_CONTEXT.tells(value, &expected);
        assert_eq!(context.to_string(), format!("0x{:X}", context.value()));
        assert_eq!(context.to_string().parse(), Ok(context));
    }
    Ok(())
}

fn protocols(value: &[u8]) -> Result<(), Error> {
    let ours = SupportedProtocols::new(value);
    let items = ours.map(|list| list.iter().map(|item| item.as_bytes()).collect::<Vec<_>>());
    same(value, items, limited(value, reference::protocols))?;
    if let Ok(list) = ours {
        let guids = list.iter().map(|item| item.guid().map(Guid::as_u128));
        let theirs = list.iter().map(|item| reference::guid(item.as_bytes()));
        assert!(guids.eq(theirs));
        for guid in [0, Guid::BITS_1_5_UPLOAD.as_u128()] {
            let expected = list
                .iter()
                .any(|item| reference::guid(item.as_bytes()) == Some(guid));
            assert_eq!(list.offers(Guid::new(guid)), expected);
        }
        let text = list.to_string();
        assert_eq!(SupportedProtocols::new(text.as_bytes()), Ok(list));
        let expected = [
            (
                Deviation::ProtocolSeparator,
                reference::protocol_separator(value),
            ),
            (
                Deviation::ProtocolNotGuid,
                reference::protocol_not_guid(value),
            ),
        ];
        // Behind a hundred items stands what was not looked at.
        if FieldLine::from_parts(b"BITS-Supported-Protocols", reference::trim(value)).is_ok() {
            within::PROTOCOLS.tells(value, &expected);
        }
    }
    Ok(())
}

fn session_id(value: &[u8]) -> Result<(), Error> {
    let ours = SessionId::new(value);
    same(
        value,
        ours.map(|id| id.as_bytes()),
        limited(value, reference::opaque),
    )?;
    if let Ok(id) = ours {
        assert_eq!(id.guid().map(Guid::as_u128), reference::guid(value));
        let upper = value.to_ascii_uppercase();
        let other = SessionId::new(&upper).expect("a session id in capitals");
        let is_same = upper == value || id.guid().is_some();
        assert_eq!(id.names_same_session(&other), is_same);
        within::SESSION_ID.tells(value, &[(Deviation::SessionIdLength, value.len() > 100)]);
    }
    Ok(())
}

fn content_name(value: &[u8]) -> Result<(), Error> {
    let ours = ContentName::new(value);
    same(
        value,
        ours.map(|name| name.as_bytes()),
        limited(value, reference::text),
    )?;
    let is_of_windows = value.iter().all(|byte| !b"\\/:*?\"<>|".contains(byte));
    assert_eq!(ours?.is_windows_name(), is_of_windows);
    within::CONTENT_NAME.tells(value, &[(Deviation::ContentNameLength, value.len() > 260)]);
    Ok(())
}

fn data_file_name(value: &[u8]) -> Result<(), Error> {
    let ours = DataFileName::new(value);
    same(
        value,
        ours.map(|name| name.as_bytes()),
        limited(value, reference::text),
    )
}

fn host_id(value: &[u8]) -> Result<(), Error> {
    let ours = HostId::new(value);
    let parts = ours.map(|id| {
        let host = match id.host() {
            Host::Ipv4(address) => ReferenceHost::Ipv4(address),
            Host::Ipv6(address) => ReferenceHost::Ipv6(address),
            Host::Name(name) => ReferenceHost::Name(name.as_bytes()),
            other => panic!("{other:?} is new"),
        };
        (host, id.port())
    });
    let theirs = reference::host_id(value).filter(|_| value.len() <= HostId::MAX_LENGTH);
    same(value, parts, theirs)?;
    within::HOST_ID.tells(
        value,
        &[(Deviation::HostIdForm, reference::host_id_form(value))],
    );
    Ok(())
}

fn authority(value: &[u8]) -> Result<(), Error> {
    let ours = Authority::new(value).map(|it| (it.host(), it.port()));
    same(value, ours, limited(value, reference::authority))
}

fn absolute_url(value: &[u8]) -> Result<(), Error> {
    let ours = AbsoluteUrl::new(value);
    let parts = ours.map(|url| {
        (
            url.scheme(),
            url.authority().as_bytes(),
            url.path(),
            url.query(),
        )
    });
    same(value, parts, limited(value, reference::absolute_url))?;
    let (_, _, path, query) = parts?;
    let expected = [(
        Deviation::UriCharacters,
        reference::uri_characters(path, query),
    )];
    within::ORIGINAL_URL.tells(value, &expected);
    Ok(())
}

/// A value of any text that is not too long; what has no scheme resolves, and to a URL of the same server.
fn reply_url(value: &[u8]) -> Result<(), Error> {
    let ours = ReplyUrl::new(value);
    let theirs = reference::text(value).filter(|_| value.len() <= ReplyUrl::MAX_LENGTH);
    same(value, ours.map(|url| url.as_bytes()), theirs)?;
    within::REPLY_URL.tells(
        value,
        &[(Deviation::ReplyUrlForm, reference::reply_url_form(value))],
    );
    let reply = ours?;
    let upload = AbsoluteUrl::new(b"http://upload.example.net/a/b/c").expect("a URL");
    let is_http =
        |scheme: &[u8]| [&b"http"[..], b"https"].contains(&&scheme.to_ascii_lowercase()[..]);
    let absolute = reference::absolute_url(value).filter(|url| is_http(url.0));
    match (reply.resolve(&upload), absolute) {
        (Ok(resolved), absolute) => {
            let text = resolved.to_string();
            let (scheme, host, path, _) = reference::absolute_url(text.as_bytes()).expect("a URL");
            let expected = absolute.map_or((&b"http"[..], &b"upload.example.net"[..]), |it| {
                (it.0, it.1)
            });
            assert_eq!((scheme, host), expected, "{text}");
            assert!(path.starts_with(b"/") && text.is_ascii(), "{text}");
            assert!(!text.contains(['\\', '{', ' ', '"', '#']), "{text}");
            if absolute.is_none() {
                let expected = reference::resolved(value);
                assert_eq!(
                    resolved.target().to_string(),
                    expected,
                    "{}",
                    value.escape_ascii()
                );
            }
        }
        (Err(error), None) => assert!(error.offset() <= value.len(), "{error}"),
        (Err(error), Some(_)) => panic!("{}: {error}", value.escape_ascii()),
    }
    Ok(())
}

fn accept_encoding(value: &[u8]) -> Result<(), Error> {
    let ours = AcceptEncoding::new(value);
    let items = ours.map(|list| list.iter().collect::<Vec<_>>());
    let theirs = limited(value, reference::weighted_codings);
    same(value, items, theirs.clone())?;
    let (list, theirs) = (ours?, theirs.unwrap_or_default());
    // RFC 9110 12.5.3: a coding that is named has its own weight, another that of the asterisk.
    let weight = |name: &[u8]| {
        let same = |it: &&(&[u8], u16)| it.0.eq_ignore_ascii_case(name);
        theirs.iter().find(same).map(|it| it.1)
    };
    let named = theirs.iter().map(|it| it.0);
    for coding in named.chain([&b"identity"[..], b"GZIP", b"x"]) {
        let is_identity = coding.eq_ignore_ascii_case(b"identity");
        let expected = match weight(coding).or(weight(b"*")) {
            Some(weight) => weight != 0,
            None => is_identity,
        };
        assert_eq!(list.accepts(coding), expected, "{}", coding.escape_ascii());
    }
    Ok(())
}

fn content_encoding(value: &[u8]) -> Result<(), Error> {
    let list = ContentEncoding::new(value);
    let ours = list.map(|list| list.iter().collect::<Vec<_>>());
    let theirs = limited(value, reference::codings);
    if let (Ok(list), Some(theirs)) = (list, &theirs) {
        for coding in theirs.iter().copied().chain([&b"gzip"[..], b""]) {
            let lower = coding.to_ascii_lowercase();
            let expected = theirs.iter().any(|it| it.to_ascii_lowercase() == lower);
            assert_eq!(list.contains(&coding.to_ascii_uppercase()), expected);
        }
    }
    let is_identity = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"identity");
    let has_identity = theirs.iter().flatten().any(is_identity);
    same(value, ours, theirs)?;
    within::CONTENT_ENCODING.tells(value, &[(Deviation::IdentityEncoding, has_identity)]);
    Ok(())
}

fn packet_type(value: &[u8]) -> Result<(), Error> {
    let theirs = reference::named(value, PacketType::ALL, PacketType::name);
    if let Ok(text) = str::from_utf8(value) {
        let request = text.parse::<RequestType>().ok();
        assert_eq!(request, theirs.and_then(PacketType::request));
    }
    same(value, PacketType::parse(value), theirs)
}

fn field_name(value: &[u8]) -> Result<(), Error> {
    let theirs = reference::named(value, Field::ALL, Field::name);
    assert_eq!(Field::from_name(value), theirs);
    Ok(())
}

fn target(value: &[u8]) -> Result<(), Error> {
    let ours = Target::new(value);
    let parts = ours.map(|target| {
        let authority = target.authority().map_or(&b""[..], |it| it.as_bytes());
        (target.form(), authority, target.path(), target.query())
    });
    same(value, parts, reference::target(value))?;
    let (form, _, path, query) = parts?;
    if matches!(form, TargetForm::Origin | TargetForm::Absolute) {
        let expected = [(
            Deviation::UriCharacters,
            reference::uri_characters(path, query),
        )];
        within::TARGET.tells(value, &expected);
        let query = query.map_or(0, |query| query.len() + 1);
        let start = value.len() - query - path.len();
        let wrong = reference::first_non_uri(&value[start..]).map(|at| start + at);
        assert_eq!(
            within::TARGET.blamed(value),
            wrong,
            "{}",
            value.escape_ascii()
        );
    }
    Ok(())
}

/// A request must know where its body ends; a response may have one that lasts until the connection closes.
fn transfer_encoding(value: &[u8]) -> Result<(), Error> {
    FieldLine::from_parts(b"Transfer-Encoding", value)?;
    let is_chunked = limited(value, reference::transfer_encoding);
    let of_response = is_chunked.map(|it| if it { Body::Chunked } else { Body::UntilClose });
    let of_request = is_chunked.filter(|&it| it).map(|_| Body::Chunked);
    assert_eq!(
        within::framed(true, value),
        of_response,
        "{}",
        value.escape_ascii()
    );
    assert_eq!(
        within::framed(false, value),
        of_request,
        "{}",
        value.escape_ascii()
    );
    Ok(())
}

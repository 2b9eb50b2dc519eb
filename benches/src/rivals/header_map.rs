//! hyper's way: httparse, then a [`HeaderMap`] whose values share the bytes that were received; and
//! what a user writes over such a map.
//!
//! hyper trusts httparse for the bytes of values; without unsafe code they are looked at once more
//! here. On the other hand hyper also parses the target into a `Uri` and counts what it keeps, which
//! is left out.

use std::hint::black_box;

use bits_laws::traffic::{Head, Kind};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::{tokens, user};
use crate::typed::Typed;

/// The names that a user asks for, made once.
static PACKET_TYPE: HeaderName = HeaderName::from_static("bits-packet-type");
static SESSION_ID: HeaderName = HeaderName::from_static("bits-session-id");
static CONTENT_NAME: HeaderName = HeaderName::from_static("content-name");
static PROTOCOLS: HeaderName = HeaderName::from_static("bits-supported-protocols");
static PROTOCOL: HeaderName = HeaderName::from_static("bits-protocol");
static HOST_ID: HeaderName = HeaderName::from_static("bits-host-id");
static TIMEOUT: HeaderName = HeaderName::from_static("bits-host-id-fallback-timeout");
static RECEIVED: HeaderName = HeaderName::from_static("bits-received-content-range");
static REPLY_URL: HeaderName = HeaderName::from_static("bits-reply-url");
static ERROR_CODE: HeaderName = HeaderName::from_static("bits-error-code");
static ERROR_CONTEXT: HeaderName = HeaderName::from_static("bits-error-context");

/// Reads the head into a map.
#[inline(never)]
pub fn read(bytes: &Bytes, kind: Kind) -> bool {
    let map = map(bytes, kind);
    black_box(&map);
    map.is_some()
}

/// Reads the head into a map, and the packet from the map.
#[inline(never)]
pub fn read_typed(bytes: &Bytes, kind: Kind) -> bool {
    let Some((start, map)) = map(bytes, kind) else {
        return false;
    };
    let typed = typed(start.target.as_bytes(), start.status, &map);
    black_box(&typed);
    typed.is_some()
}

#[inline(always)]
fn map(bytes: &Bytes, kind: Kind) -> Option<(tokens::Start<'_>, HeaderMap)> {
    tokens::with(bytes, kind, |start, headers| {
        let mut map = HeaderMap::with_capacity(headers.len());
        for header in headers {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            let value = HeaderValue::from_maybe_shared(bytes.slice_ref(header.value)).ok()?;
            map.append(name, value);
        }
        Some((start, map))
    })?
}

/// What a user writes over the parts of a request or a response.
#[inline(never)]
pub fn read_parts(target: Option<&Uri>, status: Option<StatusCode>, map: &HeaderMap) -> bool {
    let target = target.map_or("", |uri| {
        uri.path_and_query().map_or("", |target| target.as_str())
    });
    let status = status.map_or(0, |status| status.as_u16());
    let typed = typed(target.as_bytes(), status, map);
    black_box(&typed);
    typed.is_some()
}

/// What was read from the map.
#[inline(always)]
pub fn typed<'a>(target: &'a [u8], status: u16, map: &'a HeaderMap) -> Option<Typed<'a>> {
    let mut typed = Typed {
        target,
        status,
        ..Typed::default()
    };
    let get = |name: &HeaderName| map.get(name).map(HeaderValue::as_bytes);
    let number = |value| user::text(value)?.parse().ok();
    if let Some(value) = get(&PACKET_TYPE) {
        typed.packet = Some(user::packet(user::text(value)?)?);
    }
    if let Some(value) = get(&CONTENT_RANGE) {
        typed.range = Some(user::range(value)?);
    }
    if let Some(value) = get(&CONTENT_LENGTH) {
        typed.content_length = Some(number(value)?);
    }
    if let Some(value) = get(&PROTOCOL) {
        typed.protocol = Some(user::guid(value)?);
    }
    if let Some(value) = get(&TIMEOUT) {
        typed.timeout = Some(user::text(value)?.parse().ok()?);
    }
    if let Some(value) = get(&RECEIVED) {
        typed.received = Some(number(value)?);
    }
    if let Some(value) = get(&ERROR_CODE) {
        typed.error_code = Some(user::hexadecimal(user::text(value)?)?);
    }
    if let Some(value) = get(&ERROR_CONTEXT) {
        typed.error_context = Some(user::hexadecimal(user::text(value)?)?);
    }
    typed.session_id = get(&SESSION_ID);
    typed.content_name = get(&CONTENT_NAME);
    typed.host = get(&HOST);
    typed.protocols = get(&PROTOCOLS);
    typed.host_id = get(&HOST_ID);
    typed.reply_url = get(&REPLY_URL);
    Some(typed)
}

/// The parts that hyper would hand over.
#[derive(Debug)]
pub enum Parts {
    /// Of a request.
    Request(http::request::Parts),
    /// Of the answer to a request of that type.
    Response(http::response::Parts, bits_packet::RequestType),
}

impl Parts {
    /// Of a head.
    ///
    /// # Panics
    ///
    /// When it is none that hyper would take.
    pub fn of(head: &Head) -> Self {
        let bytes = Bytes::copy_from_slice(&head.bytes);
        let (start, map) = map(&bytes, head.kind).expect("a head");
        match head.kind {
            Kind::Request(_) => {
                let request = http::Request::builder()
                    .method("BITS_POST")
                    .uri(start.target);
                let (mut parts, ()) = request.body(()).expect("a request").into_parts();
                parts.headers = map;
                Parts::Request(parts)
            }
            Kind::Ack(answering) => {
                let response = http::Response::builder().status(start.status);
                let (mut parts, ()) = response.body(()).expect("a response").into_parts();
                parts.headers = map;
                Parts::Response(parts, answering)
            }
        }
    }

    /// Reads the packet by bits-packet.
    #[inline(always)]
    pub fn read_ours(&self) -> bool {
        match self {
            Parts::Request(parts) => crate::ours::from_request_parts(parts),
            Parts::Response(parts, answering) => {
                crate::ours::from_response_parts(parts, *answering)
            }
        }
    }

    /// Reads the packet as a user would.
    #[inline(always)]
    pub fn read_user(&self) -> bool {
        match self {
            Parts::Request(parts) => read_parts(Some(&parts.uri), None, &parts.headers),
            Parts::Response(parts, _) => read_parts(None, Some(parts.status), &parts.headers),
        }
    }

    /// What a user reads from them. Not measured.
    pub fn typed(&self) -> Option<Typed<'_>> {
        match self {
            Parts::Request(parts) => {
                let target = parts.uri.path_and_query()?.as_str();
                typed(target.as_bytes(), 0, &parts.headers)
            }
            Parts::Response(parts, _) => typed(b"", parts.status.as_u16(), &parts.headers),
        }
    }
}

//! hyper's way: a `HeaderMap`, written out. Names are in lower case then.

use bits_packet::PacketType;
use http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, HOST, SERVER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Outgoing, name};

const PACKET_TYPE: HeaderName = HeaderName::from_static("bits-packet-type");
const PROTOCOLS: HeaderName = HeaderName::from_static("bits-supported-protocols");
const PROTOCOL: HeaderName = HeaderName::from_static("bits-protocol");
const SESSION_ID: HeaderName = HeaderName::from_static("bits-session-id");
const CONTENT_NAME: HeaderName = HeaderName::from_static("content-name");
const HOST_ID: HeaderName = HeaderName::from_static("bits-host-id");
const TIMEOUT: HeaderName = HeaderName::from_static("bits-host-id-fallback-timeout");
const ERROR_CODE: HeaderName = HeaderName::from_static("bits-error-code");
const ERROR_CONTEXT: HeaderName = HeaderName::from_static("bits-error-context");
const RECEIVED: HeaderName = HeaderName::from_static("bits-received-content-range");
const REPLY_URL: HeaderName = HeaderName::from_static("bits-reply-url");

/// Makes the map; `ALONE` leaves out what is not of the packet.
#[inline(never)]
pub fn map<const ALONE: bool>(packet: &Outgoing<'_>) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(12);
    match packet.packet {
        PacketType::Request(_) => fill_request::<ALONE>(packet, &mut map),
        PacketType::Ack => fill_ack::<ALONE>(packet, &mut map),
    }
    map
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("no control characters")
}

fn fill_request<const ALONE: bool>(it: &Outgoing<'_>, map: &mut HeaderMap) {
    if !ALONE {
        map.insert(ACCEPT, HeaderValue::from_static("*/*"));
    }
    map.insert(PACKET_TYPE, HeaderValue::from_static(name(it.packet)));
    if let Some(protocols) = it.protocols {
        map.insert(PROTOCOLS, text(protocols));
    }
    if let Some(id) = it.session_id {
        map.insert(SESSION_ID, text(id));
    }
    if let Some(name) = it.content_name {
        map.insert(CONTENT_NAME, text(name));
    }
    if let Some((first, last, total)) = it.range {
        let range = format!("bytes {first}-{last}/{total}");
        map.insert(CONTENT_RANGE, text(&range));
    }
    if !ALONE {
        map.insert(USER_AGENT, HeaderValue::from_static("Microsoft BITS/7.8"));
    }
    map.insert(HOST, text(it.host));
    map.insert(CONTENT_LENGTH, it.content_length.into());
    if !ALONE {
        map.insert(CONNECTION, HeaderValue::from_static("Keep-Alive"));
    }
}

fn fill_ack<const ALONE: bool>(it: &Outgoing<'_>, map: &mut HeaderMap) {
    if !ALONE {
        map.insert(SERVER, HeaderValue::from_static("Microsoft-IIS/10.0"));
    }
    map.insert(PACKET_TYPE, HeaderValue::from_static("Ack"));
    if let Some(protocol) = it.protocol {
        let guid = uuid::Uuid::from_u128(protocol).braced().to_string();
        map.insert(PROTOCOL, text(&guid));
    }
    if let Some(id) = it.session_id {
        map.insert(SESSION_ID, text(id));
    }
    if let Some(host) = it.host_id {
        map.insert(HOST_ID, text(host));
    }
    if let Some(timeout) = it.timeout {
        map.insert(TIMEOUT, timeout.into());
    }
    if let Some(code) = it.error_code {
        map.insert(ERROR_CODE, text(&format!("0x{code:08X}")));
    }
    if let Some(context) = it.error_context {
        map.insert(ERROR_CONTEXT, text(&format!("0x{context:X}")));
    }
    map.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    if let Some(received) = it.received {
        map.insert(RECEIVED, received.into());
    }
    if let Some(url) = it.reply_url {
        map.insert(REPLY_URL, text(url));
    }
}

/// Appends a start line and a map that is ready.
#[inline(never)]
pub fn write(packet: &Outgoing<'_>, map: &HeaderMap, out: &mut Vec<u8>) {
    match packet.packet {
        PacketType::Request(_) => {
            out.extend_from_slice(b"BITS_POST ");
            out.extend_from_slice(packet.target.as_bytes());
            out.extend_from_slice(b" HTTP/1.1\r\n");
        }
        PacketType::Ack => {
            out.extend_from_slice(b"HTTP/1.1 ");
            let mut digits = itoa::Buffer::new();
            out.extend_from_slice(digits.format(packet.status).as_bytes());
            out.extend_from_slice(b" ");
            out.extend_from_slice(packet.reason.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
    for (name, value) in map {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Makes the map and appends the head.
#[inline(never)]
pub fn build_and_write<const ALONE: bool>(packet: &Outgoing<'_>, out: &mut Vec<u8>) {
    write(packet, &map::<ALONE>(packet), out);
}

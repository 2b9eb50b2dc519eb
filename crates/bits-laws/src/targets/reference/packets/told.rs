//! What the parser has made of a packet, in the words of the reference.

use bits_packet::{
    Ack, ErrorContext, FallbackTimeout, Guid, HResult, NotificationBody, ReceivedContentRange,
    Request,
};

use super::{Meaning, Packet};
use crate::readings::Value;

/// The packet that the parser has made, in the words of the reference.
pub(in super::super) fn told<'a>(value: &Value<'a>) -> Option<Packet<'a>> {
    let packet = match value {
        Value::RequestHead(_) | Value::ResponseHead(_) => return None,
        Value::Request(message) => told_request(message.packet()?),
        Value::Ack(message) => told_ack(message.packet()?),
        Value::Notification(message) => {
            let told = message.packet()?;
            let mut packet = Packet::new("Notification");
            let url = told.original_request_url.as_bytes();
            packet.text("BITS-Original-Request-URL", Some(url));
            match told.body {
                NotificationBody::ByReference { request, response } => {
                    packet.text("request", Some(request.as_bytes()));
                    packet.text("response", response.map(|it| it.as_bytes()));
                }
                NotificationBody::ByValue(length) => packet.number("body", Some(length)),
            }
            packet
        }
        Value::NotificationResponse(message) => {
            let told = message.packet()?;
            let mut packet = Packet::new("Notification response");
            packet.number("status", Some(told.status().as_u16()));
            let url = told.static_response_url.map(|it| it.as_bytes());
            packet.text("BITS-Static-Response-URL", url);
            let copy = told.copy_file_to_destination.then_some(Meaning::IsThere);
            packet.put("BITS-Copy-File-To-Destination", copy);
            packet.number("Content-Length", told.content_length);
            packet
        }
    };
    Some(packet)
}

fn told_request<'a>(request: &Request<'a>) -> Packet<'a> {
    let mut packet = Packet::new(request.request_type().name());
    let mut name = None;
    let mut encoding = None;
    match request {
        Request::Ping(_) => {}
        Request::CreateSession(create) => {
            let items = create
                .protocols
                .iter()
                .map(|item| item.as_bytes())
                .collect();
            packet.put("BITS-Supported-Protocols", Some(Meaning::Items(items)));
            name = create.content_name;
        }
        Request::Fragment(fragment) => {
            packet.text("BITS-Session-Id", Some(fragment.session_id.as_bytes()));
            let range = fragment.range;
            let range = Meaning::Range(range.first(), range.last(), range.total());
            packet.put("Content-Range", Some(range));
            name = fragment.content_name;
            encoding = fragment.content_encoding;
        }
        Request::CloseSession(close) => {
            packet.text("BITS-Session-Id", Some(close.session_id.as_bytes()));
            name = close.content_name;
        }
        Request::CancelSession(cancel) => {
            packet.text("BITS-Session-Id", Some(cancel.session_id.as_bytes()));
            name = cancel.content_name;
        }
    }
    packet.text("Content-Name", name.map(|it| it.as_bytes()));
    packet.text("Content-Encoding", encoding.map(|it| it.as_bytes()));
    packet
}

fn told_ack<'a>(ack: &Ack<'a>) -> Packet<'a> {
    let mut packet = Packet::new("Ack");
    packet.number("status", Some(ack.status().as_u16()));
    packet.number("BITS-Protocol", ack.protocol().map(Guid::as_u128));
    packet.text("BITS-Session-Id", ack.session_id().map(|it| it.as_bytes()));
    packet.text("BITS-Host-Id", ack.host_id().map(|it| it.as_bytes()));
    let timeout = ack.host_id_fallback_timeout();
    let timeout = timeout.map(FallbackTimeout::seconds);
    packet.number("BITS-Host-Id-Fallback-Timeout", timeout);
    let encoding = ack.accept_encoding();
    packet.text("Accept-Encoding", encoding.map(|it| it.as_bytes()));
    let received = ack.received_content_range();
    let received = received.map(ReceivedContentRange::next_offset);
    packet.number("BITS-Received-Content-Range", received);
    packet.text("BITS-Reply-URL", ack.reply_url().map(|it| it.as_bytes()));
    packet.number("error code", ack.error_code().map(HResult::code));
    packet.number(
        "BITS-Error-Context",
        ack.error_context().map(ErrorContext::value),
    );
    packet
}

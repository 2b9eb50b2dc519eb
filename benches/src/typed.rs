//! What every typed competitor yields.

use bits_packet::{Ack, Message, PacketType, Request, RequestHead, ResponseHead};

/// The fields of the protocol in a head, flat, as an application would keep them. A session id stays
/// text, because the protocol says that it is opaque.
///
/// Left out is what none of the measured heads has: `Content-Encoding` and `Accept-Encoding`, which
/// bits-packet looks for and the competitors do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typed<'a> {
    /// Of a request; else empty.
    pub target: &'a [u8],
    /// Of a response; else 0.
    pub status: u16,
    /// `BITS-Packet-Type`
    pub packet: Option<PacketType>,
    /// `BITS-Session-Id`
    pub session_id: Option<&'a [u8]>,
    /// `BITS-Protocol`
    pub protocol: Option<u128>,
    /// `BITS-Supported-Protocols`
    pub protocols: Option<&'a [u8]>,
    /// `Content-Range`: first, last, total.
    pub range: Option<(u64, u64, u64)>,
    /// `Content-Length`
    pub content_length: Option<u64>,
    /// `Content-Name`
    pub content_name: Option<&'a [u8]>,
    /// `Host`
    pub host: Option<&'a [u8]>,
    /// `BITS-Host-Id`
    pub host_id: Option<&'a [u8]>,
    /// `BITS-Host-Id-Fallback-Timeout`
    pub timeout: Option<u32>,
    /// `BITS-Received-Content-Range`
    pub received: Option<u64>,
    /// `BITS-Reply-URL`
    pub reply_url: Option<&'a [u8]>,
    /// `BITS-Error-Code`
    pub error_code: Option<u32>,
    /// `BITS-Error-Context`
    pub error_context: Option<u32>,
}

impl<'a> Typed<'a> {
    /// What bits-packet has read of a request, spread out flat: for checks, and for serializers to
    /// begin with.
    pub fn of_request(message: &Message<RequestHead<'a>, Request<'a>>) -> Self {
        let head = message.head();
        let packet = message.packet();
        let mut typed = Typed {
            target: head.line().target().path(),
            packet: packet.map(|packet| packet.request_type().into()),
            session_id: packet.and_then(Request::session_id).map(|id| id.as_bytes()),
            content_length: message.content_length(),
            host: head.fields().get(b"host"),
            ..Typed::default()
        };
        match packet {
            Some(Request::CreateSession(create)) => {
                typed.protocols = head.fields().get(b"bits-supported-protocols");
                typed.content_name = create.content_name.map(|name| name.as_bytes());
            }
            Some(Request::Fragment(fragment)) => {
                let range = fragment.range;
                typed.range = Some((range.first(), range.last(), range.total()));
                typed.content_name = fragment.content_name.map(|name| name.as_bytes());
            }
            _ => {}
        }
        // A target with a query has it in two pieces; what follows the path is the end of the line.
        if let Some(query) = head.line().target().query() {
            let length = typed.target.len() + 1 + query.len();
            let start = head.line().method().len() + 1;
            typed.target = &head.as_bytes()[start..start + length];
        }
        typed
    }

    /// The same of an Ack.
    pub fn of_ack(message: &Message<ResponseHead<'a>, Ack<'a>>) -> Self {
        let head = Typed {
            status: message.head().line().status().as_u16(),
            content_length: message.content_length(),
            ..Typed::default()
        };
        let Some(ack) = message.packet() else {
            return head;
        };
        Typed {
            packet: Some(PacketType::Ack),
            session_id: ack.session_id().map(|id| id.as_bytes()),
            protocol: ack.protocol().map(bits_packet::Guid::as_u128),
            host_id: ack.host_id().map(|host| host.as_bytes()),
            timeout: ack
                .host_id_fallback_timeout()
                .map(bits_packet::FallbackTimeout::seconds),
            received: ack
                .received_content_range()
                .map(bits_packet::ReceivedContentRange::next_offset),
            reply_url: ack.reply_url().map(|url| url.as_bytes()),
            error_code: ack.error_code().map(bits_packet::HResult::code),
            error_context: ack.error_context().map(bits_packet::ErrorContext::value),
            ..head
        }
    }
}

//! Heads written: the ten packets with the fields that Windows and IIS send beside them.
//!
//! All begin with typed values and write the same bytes, but for the letter case of names where a
//! `HeaderMap` lies between.

pub mod by_hand;
pub mod by_map;
pub mod by_write;
pub mod ours;

use bits_laws::traffic::{Head, Kind, ten};
use bits_packet::{PacketType, RequestType};

use crate::typed::Typed;

/// A packet as an application keeps it that knows nothing of bits-packet.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Which packet.
    pub packet: PacketType,
    /// Of a request.
    pub target: &'a str,
    /// Of a request.
    pub host: &'a str,
    /// Of a request.
    pub content_length: u64,
    /// Of an Ack.
    pub status: u16,
    /// Of an Ack.
    pub reason: &'a str,
    /// `BITS-Session-Id`
    pub session_id: Option<&'a str>,
    /// `BITS-Protocol`
    pub protocol: Option<u128>,
    /// `BITS-Supported-Protocols`
    pub protocols: Option<&'a str>,
    /// `Content-Range`: first, last, total.
    pub range: Option<(u64, u64, u64)>,
    /// `Content-Name`
    pub content_name: Option<&'a str>,
    /// `BITS-Host-Id`
    pub host_id: Option<&'a str>,
    /// `BITS-Host-Id-Fallback-Timeout`
    pub timeout: Option<u32>,
    /// `BITS-Received-Content-Range`
    pub received: Option<u64>,
    /// `BITS-Reply-URL`
    pub reply_url: Option<&'a str>,
    /// `BITS-Error-Code`
    pub error_code: Option<u32>,
    /// `BITS-Error-Context`
    pub error_context: Option<u32>,
}

impl Outgoing<'static> {
    /// What a head says.
    ///
    /// # Panics
    ///
    /// When it is none of the ten.
    pub fn of(head: &'static Head) -> Self {
        let typed: Typed<'static> =
            crate::ours::typed(&head.bytes, head.kind).expect("one of the ten");
        let text = |bytes| std::str::from_utf8(bytes).expect("ASCII");
        let status = bits_packet::StatusCode::new(typed.status);
        Outgoing {
            packet: typed.packet.expect("a packet"),
            target: text(typed.target),
            host: text(typed.host.unwrap_or_default()),
            content_length: typed.content_length.unwrap_or_default(),
            status: typed.status,
            reason: status.map_or("", bits_packet::StatusCode::reason),
            session_id: typed.session_id.map(text),
            protocol: typed.protocol,
            protocols: typed.protocols.map(text),
            range: typed.range,
            content_name: typed.content_name.map(text),
            host_id: typed.host_id.map(text),
            timeout: typed.timeout,
            received: typed.received,
            reply_url: typed.reply_url.map(text),
            error_code: typed.error_code,
            error_context: typed.error_context,
        }
    }
}

/// The ten, for as long as the program runs; with `only_acks` their Acks.
pub fn heads(only_acks: bool) -> &'static [Head] {
    let mut heads = ten();
    heads.retain(|head| !only_acks || matches!(head.kind, Kind::Ack(_)));
    Box::leak(heads.into_boxed_slice())
}

/// What a request is called on the wire.
const fn name(packet: PacketType) -> &'static str {
    match packet {
        PacketType::Request(RequestType::Ping) => "Ping",
        PacketType::Request(RequestType::CreateSession) => "Create-Session",
        PacketType::Request(RequestType::Fragment) => "Fragment",
        PacketType::Request(RequestType::CloseSession) => "Close-Session",
        PacketType::Request(RequestType::CancelSession) => "Cancel-Session",
        PacketType::Ack => "Ack",
    }
}

//! What `bits decode --format json` prints of a message or of an error: one object, one type.

use bits_packet::{
    Ack, Deviation, Escaped, FallbackTimeout, FieldLine, Fields, ReceivedContentRange, Request,
};
use serde::Serialize;

use crate::stream::{Failure, Head, Message};

/// A key that is legal for some messages only. `None`: not legal here, so left out. `Some(None)`:
/// legal but absent, so null.
type Legal<T> = Option<Option<T>>;

/// All bytes of a text in hexadecimal if they are not UTF-8, so that the text has escapes; else left out.
type Hex = Option<String>;

/// A request or a response. The fields are the keys, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageRecord {
    source: String,
    offset: u64,
    length: u64,
    /// Not known before the message is over.
    pub body_bytes: u64,
    /// Whether that was all of the body. Not known before the message is over.
    pub body_whole: bool,
    r#type: &'static str,
    packet: Option<&'static str>,
    #[serde(flatten)]
    line: Line,
    fields: Vec<Field>,
    content_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id_hex: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_name: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_name_hex: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_id: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_url: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_url_hex: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocols: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_range: Option<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_content_range: Legal<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_id_fallback_timeout: Legal<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Legal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_context: Legal<String>,
    deviations: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Line {
    Request {
        /// A token, which is never escaped.
        method: String,
        target: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        target_hex: Hex,
        version: String,
    },
    Status {
        version: String,
        status: u16,
        reason: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason_hex: Hex,
    },
}

/// A field as an array: its name, its value, and if that is not UTF-8 its bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Field {
    Text(String, String),
    Bytes(String, String, String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Range {
    first: u64,
    last: u64,
    total: u64,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorRecord {
    source: String,
    offset: u64,
    length: u64,
    r#type: &'static str,
    error: ErrorBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ErrorBody {
    kind: &'static str,
    field: Option<&'static str>,
    offset: u64,
    section: Option<&'static str>,
    status_hint: Option<u16>,
    message: String,
}

impl MessageRecord {
    /// What is known of a message once its head is read.
    #[must_use]
    pub fn new(source: &str, head: &Head<'_>) -> Self {
        let message = &head.message;
        let fields = message.fields();
        let blank = MessageRecord {
            source: source.to_owned(),
            offset: head.offset,
            length: message.as_bytes().len() as u64,
            body_bytes: 0,
            body_whole: false,
            r#type: match message {
                Message::Request(_) => "request",
                Message::Response(_) => "response",
            },
            packet: message.packet_name(),
            line: Line::of(message),
            fields: fields.map(|line| Field::of(&line)).collect(),
            content_length: message.content_length(),
            session_id: None,
            session_id_hex: None,
            content_name: None,
            content_name_hex: None,
            content_encoding: None,
            host_id: None,
            reply_url: None,
            reply_url_hex: None,
            protocol: None,
            protocols: None,
            content_range: None,
            received_content_range: None,
            host_id_fallback_timeout: None,
            error_code: None,
            error_context: None,
            deviations: message.deviations().iter().map(Deviation::name).collect(),
        };
        match message {
            Message::Request(request) => match request.packet() {
                Some(packet) => blank.with_request(packet),
                None => blank,
            },
            Message::Response(response) => match response.packet() {
                Some(ack) => blank.with_ack(ack, fields),
                None => blank,
            },
        }
    }

    fn with_request(self, request: &Request<'_>) -> Self {
        match request {
            Request::Ping(_) => self,
            Request::CreateSession(create) => MessageRecord {
                content_name: Some(create.content_name.map(|it| it.to_string())),
                content_name_hex: create.content_name.and_then(|it| hex(it.as_bytes())),
                protocols: Some(create.protocols.iter().map(|it| it.to_string()).collect()),
                ..self
            },
            Request::Fragment(fragment) => MessageRecord {
                session_id: Some(Some(fragment.session_id.to_string())),
                session_id_hex: hex(fragment.session_id.as_bytes()),
                content_name: Some(fragment.content_name.map(|it| it.to_string())),
                content_name_hex: fragment.content_name.and_then(|it| hex(it.as_bytes())),
                content_encoding: Some(fragment.content_encoding.map(|it| it.to_string())),
                content_range: Some(Range {
                    first: fragment.range.first(),
                    last: fragment.range.last(),
                    total: fragment.range.total(),
                }),
                ..self
            },
            Request::CloseSession(close) => MessageRecord {
                session_id: Some(Some(close.session_id.to_string())),
                session_id_hex: hex(close.session_id.as_bytes()),
                content_name: Some(close.content_name.map(|it| it.to_string())),
                content_name_hex: close.content_name.and_then(|it| hex(it.as_bytes())),
                ..self
            },
            Request::CancelSession(cancel) => MessageRecord {
                session_id: Some(Some(cancel.session_id.to_string())),
                session_id_hex: hex(cancel.session_id.as_bytes()),
                content_name: Some(cancel.content_name.map(|it| it.to_string())),
                content_name_hex: cancel.content_name.and_then(|it| hex(it.as_bytes())),
                ..self
            },
        }
    }

    /// `fields` has the protocol as spelled; the Ack only which GUID it is.
    fn with_ack(self, ack: &Ack<'_>, fields: Fields<'_>) -> Self {
        let protocol = ack.protocol().and_then(|_| fields.get(b"BITS-Protocol"));
        let received = ack.received_content_range();
        let timeout = ack.host_id_fallback_timeout();
        MessageRecord {
            session_id: Some(ack.session_id().map(|it| it.to_string())),
            session_id_hex: ack.session_id().and_then(|it| hex(it.as_bytes())),
            host_id: Some(ack.host_id().map(|it| it.to_string())),
            reply_url: Some(ack.reply_url().map(|it| it.to_string())),
            reply_url_hex: ack.reply_url().and_then(|it| hex(it.as_bytes())),
            protocol: Some(protocol.map(|value| Escaped(value).to_string())),
            received_content_range: Some(received.map(ReceivedContentRange::next_offset)),
            host_id_fallback_timeout: Some(timeout.map(FallbackTimeout::seconds)),
            error_code: Some(ack.error_code().map(|it| it.to_string())),
            error_context: Some(ack.error_context().map(|it| it.to_string())),
            ..self
        }
    }
}

impl Line {
    fn of(message: &Message<'_>) -> Self {
        match message {
            Message::Request(request) => {
                let line = request.head().line();
                Line::Request {
                    method: Escaped(line.method()).to_string(),
                    target: line.target().to_string(),
                    target_hex: hex(&line.target().pieces().concat()),
                    version: line.version().to_string(),
                }
            }
            Message::Response(response) => {
                let line = response.head().line();
                Line::Status {
                    version: line.version().to_string(),
                    status: line.status().as_u16(),
                    reason: Escaped(line.reason()).to_string(),
                    reason_hex: hex(line.reason()),
                }
            }
        }
    }
}

impl Field {
    fn of(line: &FieldLine<'_>) -> Self {
        let name = Escaped(line.name()).to_string();
        let value = Escaped(line.value()).to_string();
        match hex(line.value()) {
            None => Field::Text(name, value),
            Some(bytes) => Field::Bytes(name, value, bytes),
        }
    }
}

/// The bytes in hexadecimal, if they are not UTF-8.
fn hex(bytes: &[u8]) -> Hex {
    let is_text = str::from_utf8(bytes).is_ok();
    (!is_text).then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl ErrorRecord {
    /// What is known of a malformed message.
    #[must_use]
    pub fn new(source: &str, failure: &Failure<'_>) -> Self {
        let fault = failure.fault;
        ErrorRecord {
            source: source.to_owned(),
            offset: failure.offset,
            length: failure.length,
            r#type: "error",
            error: ErrorBody {
                kind: fault.kind(),
                field: fault.field().map(bits_packet::Field::name),
                offset: fault.offset(),
                section: fault.section(),
                status_hint: fault.status_hint(),
                message: fault.to_string(),
            },
        }
    }
}

//! Packets, values and errors as [`Serialize`] sees them: text is a string, escaped as by
//! [`Escaped`](crate::Escaped); a number is a number; what is absent is null, under a key that is
//! always there. The keys are those of `bits decode --format json`.
//!
//! Bytes that are not UTF-8 are escaped, and then stand once more, all of them and exactly, in hexadecimal:
//! in a packet or a start line under the key with `_hex` behind its name, next to the text; in a field as a
//! third item. Those keys are there only when they are needed. A value by itself is its text alone.

use core::fmt;

use ::serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{
    AbsoluteUrl, AcceptEncoding, Ack, Authority, CancelSession, CancelSessionAck, CloseSession,
    CloseSessionAck, ContentEncoding, ContentLength, ContentName, ContentRange, CreateSession,
    CreateSessionAck, DataFileName, Deviation, Deviations, Error, ErrorAck, ErrorContext,
    ErrorKind, Escaped, FallbackTimeout, Field, FieldLine, Fields, Fragment, FragmentAck, Guid,
    HResult, Head, Host, HostId, Message, Notification, NotificationBody, NotificationResponse,
    PacketType, Ping, PingAck, Protocol, Reading, ReceivedContentRange, ReplyUrl, Request,
    RequestLine, RequestType, Resolved, SessionId, StatusCode, StatusLine, SupportedProtocols,
    Target, Version,
};

// A macro, as no function can write an impl, and a blanket one would be of a foreign trait.
macro_rules! serialize_as_text {
    ($($type:ty),* $(,)?) => {$(
        /// As the string that `Display` writes.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

serialize_as_text!(
    AbsoluteUrl<'_>,
    AcceptEncoding<'_>,
    Authority<'_>,
    ContentEncoding<'_>,
    ContentName<'_>,
    DataFileName<'_>,
    Deviation,
    ErrorContext,
    ErrorKind,
    Escaped<'_>,
    Field,
    Guid,
    HResult,
    Host<'_>,
    HostId<'_>,
    PacketType,
    Protocol<'_>,
    ReplyUrl<'_>,
    RequestType,
    Resolved<'_>,
    SessionId<'_>,
    Target<'_>,
    Version,
);

/// As a number of bytes.
impl Serialize for ContentLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes().serialize(serializer)
    }
}

/// As a number: the offset of the next byte.
impl Serialize for ReceivedContentRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.next_offset().serialize(serializer)
    }
}

/// As a number of seconds.
impl Serialize for FallbackTimeout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.seconds().serialize(serializer)
    }
}

/// As a number.
impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_u16().serialize(serializer)
    }
}

/// As `{"first": n, "last": n, "total": n}`.
impl Serialize for ContentRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut range = serializer.serialize_struct("ContentRange", 3)?;
        range.serialize_field("first", &self.first())?;
        range.serialize_field("last", &self.last())?;
        range.serialize_field("total", &self.total())?;
        range.end()
    }
}

/// As an array of the items as spelled.
impl Serialize for SupportedProtocols<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// As an array of names.
impl Serialize for Deviations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// As `{"kind": "…", "field": "…", "offset": n, "section": "…", "status_hint": n, "message": "…"}`.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("Error", 6)?;
        error.serialize_field("kind", &self.kind())?;
        error.serialize_field("field", &self.field())?;
        error.serialize_field("offset", &self.offset())?;
        error.serialize_field("section", &self.section())?;
        error.serialize_field("status_hint", &self.status_hint())?;
        error.serialize_field("message", &Text(self))?;
        error.end()
    }
}

/// A string, as `Display` writes it.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

// Packets

/// Adds a text, and if it has been escaped, its bytes in hexadecimal under the second key. `pieces` are its
/// bytes, cut where it is ASCII, or none if it is absent.
fn add_text<M: SerializeMap>(
    map: &mut M,
    keys: (&'static str, &'static str),
    text: &impl Serialize,
    pieces: &[&[u8]],
) -> Result<(), M::Error> {
    map.serialize_entry(keys.0, text)?;
    if pieces.iter().all(|piece| is_text(piece)) {
        return Ok(());
    }
    map.serialize_entry(keys.1, &Text(Hex(pieces)))
}

fn is_text(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok()
}

fn add_session<M: SerializeMap>(map: &mut M, id: Option<SessionId<'_>>) -> Result<(), M::Error> {
    let bytes = id.as_ref().map(SessionId::as_bytes);
    add_text(map, ("session_id", "session_id_hex"), &id, bytes.as_slice())
}

fn add_name<M: SerializeMap>(map: &mut M, name: Option<ContentName<'_>>) -> Result<(), M::Error> {
    let bytes = name.as_ref().map(ContentName::as_bytes);
    add_text(
        map,
        ("content_name", "content_name_hex"),
        &name,
        bytes.as_slice(),
    )
}

/// A packet, as entries of a map.
pub trait Entries {
    /// The value of `packet`.
    fn name(&self) -> &'static str;

    /// Adds what is the packet's own: neither its status nor the length of its body, which a message
    /// has from its head.
    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

fn packet_by_itself<S: Serializer>(
    packet: &impl Entries,
    serializer: S,
    head: impl FnOnce(&mut S::SerializeMap) -> Result<(), S::Error>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("packet", packet.name())?;
    head(&mut map)?;
    packet.add(&mut map)?;
    map.end()
}

impl Entries for Ping {
    fn name(&self) -> &'static str {
        RequestType::Ping.name()
    }

    fn add<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl Entries for CreateSession<'_> {
    fn name(&self) -> &'static str {
        RequestType::CreateSession.name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("protocols", &self.protocols)?;
        add_name(map, self.content_name)
    }
}

impl Entries for Fragment<'_> {
    fn name(&self) -> &'static str {
        RequestType::Fragment.name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        add_session(map, Some(self.session_id))?;
        map.serialize_entry("content_range", &self.range)?;
        add_name(map, self.content_name)?;
        map.serialize_entry("content_encoding", &self.content_encoding)
    }
}

impl Entries for CloseSession<'_> {
    fn name(&self) -> &'static str {
        RequestType::CloseSession.name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        add_session(map, Some(self.session_id))?;
        add_name(map, self.content_name)
    }
}

impl Entries for CancelSession<'_> {
    fn name(&self) -> &'static str {
        RequestType::CancelSession.name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        add_session(map, Some(self.session_id))?;
        add_name(map, self.content_name)
    }
}

impl Entries for Request<'_> {
    fn name(&self) -> &'static str {
        self.request_type().name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Request::Ping(packet) => packet.add(map),
            Request::CreateSession(packet) => packet.add(map),
            Request::Fragment(packet) => packet.add(map),
            Request::CloseSession(packet) => packet.add(map),
            Request::CancelSession(packet) => packet.add(map),
        }
    }
}

impl Entries for Ack<'_> {
    fn name(&self) -> &'static str {
        PacketType::Ack.name()
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("answering", &self.answering())?;
        add_session(map, self.session_id())?;
        map.serialize_entry("protocol", &self.protocol())?;
        map.serialize_entry("host_id", &self.host_id())?;
        map.serialize_entry("host_id_fallback_timeout", &self.host_id_fallback_timeout())?;
        map.serialize_entry("accept_encoding", &self.accept_encoding())?;
        map.serialize_entry("received_content_range", &self.received_content_range())?;
        let reply = self.reply_url();
        let bytes = reply.as_ref().map(ReplyUrl::as_bytes);
        let keys = ("reply_url", "reply_url_hex");
        add_text(map, keys, &reply, bytes.as_slice())?;
        map.serialize_entry("error_code", &self.error_code())?;
        map.serialize_entry("error_context", &self.error_context())
    }
}

impl Entries for Notification<'_> {
    fn name(&self) -> &'static str {
        "Notification"
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let (request, response) = match self.body {
            NotificationBody::ByReference { request, response } => (Some(request), response),
            NotificationBody::ByValue(_) => (None, None),
        };
        let keys = ("original_request_url", "original_request_url_hex");
        let url = &self.original_request_url;
        add_text(map, keys, url, &[url.as_bytes()])?;
        let keys = ("request_data_file_name", "request_data_file_name_hex");
        let bytes = request.as_ref().map(DataFileName::as_bytes);
        add_text(map, keys, &request, bytes.as_slice())?;
        let keys = ("response_data_file_name", "response_data_file_name_hex");
        let bytes = response.as_ref().map(DataFileName::as_bytes);
        add_text(map, keys, &response, bytes.as_slice())
    }
}

impl Entries for NotificationResponse<'_> {
    fn name(&self) -> &'static str {
        "Notification-Response"
    }

    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let url = &self.static_response_url;
        let bytes = url.as_ref().map(AbsoluteUrl::as_bytes);
        let keys = ("static_response_url", "static_response_url_hex");
        add_text(map, keys, url, bytes.as_slice())?;
        map.serialize_entry("copy_file_to_destination", &self.copy_file_to_destination)
    }
}

macro_rules! serialize_by_itself {
    ($($type:ty),* $(,)?) => {$(
        /// As a map: `packet`, its type, and what is its own.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                packet_by_itself(self, serializer, |_| Ok(()))
            }
        }
    )*};
}

serialize_by_itself!(
    Ping,
    CreateSession<'_>,
    Fragment<'_>,
    CloseSession<'_>,
    CancelSession<'_>,
    Request<'_>,
);

/// As a map: `packet`, `status`, and what is its own.
impl Serialize for Ack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        packet_by_itself(self, serializer, |map| {
            map.serialize_entry("status", &self.status())
        })
    }
}

/// As a map: `packet`, `content_length`, and what is its own.
impl Serialize for Notification<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        packet_by_itself(self, serializer, |map| {
            map.serialize_entry("content_length", &self.content_length())
        })
    }
}

/// As a map: `packet`, `status`, `content_length`, and what is its own.
impl Serialize for NotificationResponse<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        packet_by_itself(self, serializer, |map| {
            map.serialize_entry("status", &self.status())?;
            map.serialize_entry("content_length", &self.content_length)
        })
    }
}

macro_rules! serialize_as_ack {
    ($($type:ty),* $(,)?) => {$(
        /// As the [`Ack`] that it makes.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Ack::from(*self).serialize(serializer)
            }
        }
    )*};
}

serialize_as_ack!(
    PingAck,
    CreateSessionAck<'_>,
    FragmentAck<'_>,
    CloseSessionAck<'_>,
    CancelSessionAck<'_>,
);

/// As an [`Ack`] that does not say what it answers.
impl Serialize for ErrorAck<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ack = Ack {
            session_id: self.session_id(),
            received: self.received_content_range(),
            error_code: self.error_code(),
            error_context: self.error_context(),
            ..Ack::new(self.status(), None)
        };
        ack.serialize(serializer)
    }
}

/// As the [`Ack`] that it is a reading of.
impl Serialize for Reading<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Reading::Ping(ack) => ack.serialize(serializer),
            Reading::CreateSession(ack) => ack.serialize(serializer),
            Reading::Fragment(ack) => ack.serialize(serializer),
            Reading::CloseSession(ack) => ack.serialize(serializer),
            Reading::CancelSession(ack) => ack.serialize(serializer),
            Reading::Error(ack) => ack.serialize(serializer),
        }
    }
}

// Heads and messages

/// A start line, or the head that has one, as entries of a map.
pub trait Start {
    /// Adds `type`, and what the start line says.
    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl Start for RequestLine<'_> {
    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("type", "request")?;
        map.serialize_entry("method", &Escaped(self.method()))?;
        let target = self.target();
        add_text(map, ("target", "target_hex"), &target, &target.pieces())?;
        map.serialize_entry("version", &self.version())
    }
}

impl Start for StatusLine<'_> {
    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("type", "response")?;
        map.serialize_entry("version", &self.version())?;
        map.serialize_entry("status", &self.status())?;
        let reason = self.reason();
        add_text(map, ("reason", "reason_hex"), &Escaped(reason), &[reason])
    }
}

impl<L: Start + Copy> Start for Head<'_, L> {
    fn add<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.line().add(map)
    }
}

/// As a map: `type` and the parts of the line.
impl Serialize for RequestLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.add(&mut map)?;
        map.end()
    }
}

/// As a map: `type` and the parts of the line.
impl Serialize for StatusLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.add(&mut map)?;
        map.end()
    }
}

/// As `[name, value]`; a value that is not UTF-8 has a third item, all its bytes in hexadecimal.
impl Serialize for FieldLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_text = is_text(self.value());
        let mut line = serializer.serialize_seq(Some(if is_text { 2 } else { 3 }))?;
        line.serialize_element(&Escaped(self.name()))?;
        line.serialize_element(&Escaped(self.value()))?;
        if !is_text {
            line.serialize_element(&Text(Hex(&[self.value()])))?;
        }
        line.end()
    }
}

/// Two lower-case digits a byte.
struct Hex<'a>(&'a [&'a [u8]]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0.iter().copied().flatten();
        bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// As an array of lines.
impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(*self)
    }
}

/// As a map: the start line, `fields`, `content_length` and `deviations`.
///
/// All fields are there, credentials among them.
impl<L: Start + Copy> Serialize for Head<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.add(&mut map)?;
        map.serialize_entry("fields", &self.fields())?;
        map.serialize_entry("content_length", &self.content_length())?;
        map.serialize_entry("deviations", &self.deviations())?;
        map.end()
    }
}

/// As a map: the start line, `packet` and what is the packet's own, `content_length` and
/// `deviations`. The other fields of the head, which may hold credentials, are left out.
impl<H: Start, P: Entries> Serialize for Message<H, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.head().add(&mut map)?;
        map.serialize_entry("packet", &self.packet().map(Entries::name))?;
        if let Some(packet) = self.packet() {
            packet.add(&mut map)?;
        }
        map.serialize_entry("content_length", &self.content_length())?;
        map.serialize_entry("deviations", &self.deviations())?;
        map.end()
    }
}

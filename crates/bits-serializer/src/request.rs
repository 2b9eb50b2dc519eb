//! Which value a request has for a field: [MC-BUP] 2.2.2, 2.2.4, 2.2.6, 2.2.8, 2.2.10.
//!
//! Each packet by itself: so it is known when the crate is compiled which fields it never has.

use bits_packet::{
    Authority, CancelSession, CloseSession, ContentName, CreateSession, Field, Fragment, Ping,
    RequestType, SessionId,
};

use crate::value::{To, Value, Values};

impl<'a> Values<'a> for To<'_, 'a, Ping> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::ContentLength => NO_BODY,
            _ => common(RequestType::Ping, self.host, field),
        }
    }
}

impl<'a> Values<'a> for To<'_, 'a, CreateSession<'a>> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::SupportedProtocols => Some(Value::Protocols(self.packet.protocols)),
            Field::ContentLength => NO_BODY,
            Field::ContentName => content_name(self.packet.content_name),
            _ => common(RequestType::CreateSession, self.host, field),
        }
    }
}

impl<'a> Values<'a> for To<'_, 'a, Fragment<'a>> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::SessionId => session_id(self.packet.session_id),
            Field::ContentLength => Some(Value::Number(self.packet.range.length())),
            Field::ContentRange => Some(Value::Range(self.packet.range)),
            Field::ContentName => content_name(self.packet.content_name),
            Field::ContentEncoding => self
                .packet
                .content_encoding
                .map(|codings| Value::Text(codings.as_bytes())),
            _ => common(RequestType::Fragment, self.host, field),
        }
    }
}

impl<'a> Values<'a> for To<'_, 'a, CloseSession<'a>> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::SessionId => session_id(self.packet.session_id),
            Field::ContentLength => NO_BODY,
            Field::ContentName => content_name(self.packet.content_name),
            _ => common(RequestType::CloseSession, self.host, field),
        }
    }
}

impl<'a> Values<'a> for To<'_, 'a, CancelSession<'a>> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::SessionId => session_id(self.packet.session_id),
            Field::ContentLength => NO_BODY,
            Field::ContentName => content_name(self.packet.content_name),
            _ => common(RequestType::CancelSession, self.host, field),
        }
    }
}

const NO_BODY: Option<Value<'_>> = Some(Value::Text(b"0"));

#[inline(always)]
fn session_id(id: SessionId<'_>) -> Option<Value<'_>> {
    Some(Value::Text(id.as_bytes()))
}

#[inline(always)]
fn content_name(name: Option<ContentName<'_>>) -> Option<Value<'_>> {
    name.map(|name| Value::Text(name.as_bytes()))
}

/// What every request has.
#[inline(always)]
fn common(request: RequestType, host: Authority<'_>, field: Field) -> Option<Value<'_>> {
    match field {
        Field::Host => Some(Value::Text(host.as_bytes())),
        Field::PacketType => Some(Value::Text(request.name().as_bytes())),
        _ => None,
    }
}

//! Which value a request has for a field: [MC-BUP] 2.2.2, 2.2.4, 2.2.6, 2.2.8, 2.2.10.

use bits_packet::{
    Authority, ContentEncoding, ContentName, ContentRange, Field, Request, RequestType, SessionId,
    SupportedProtocols,
};

use crate::value::{Value, Values};

/// What any request may have.
pub(crate) struct RequestValues<'a> {
    host: Authority<'a>,
    request_type: RequestType,
    session_id: Option<SessionId<'a>>,
    protocols: Option<SupportedProtocols<'a>>,
    content_name: Option<ContentName<'a>>,
    fragment: Option<(ContentRange, Option<ContentEncoding<'a>>)>,
}

impl<'a> RequestValues<'a> {
    #[inline(always)]
    pub(crate) fn new(request: &Request<'a>, host: Authority<'a>) -> Self {
        let (session_id, content_name) = match request {
            Request::Ping(_) => (None, None),
            Request::CreateSession(create) => (None, create.content_name),
            Request::Fragment(fragment) => (Some(fragment.session_id), fragment.content_name),
            Request::CloseSession(close) => (Some(close.session_id), close.content_name),
            Request::CancelSession(cancel) => (Some(cancel.session_id), cancel.content_name),
        };
        RequestValues {
            host,
            request_type: request.request_type(),
            session_id,
            protocols: match request {
                Request::CreateSession(create) => Some(create.protocols),
                _ => None,
            },
            content_name,
            fragment: match request {
                Request::Fragment(fragment) => Some((fragment.range, fragment.content_encoding)),
                _ => None,
            },
        }
    }
}

impl<'a> Values<'a> for RequestValues<'a> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::Host => Some(Value::Text(self.host.as_bytes())),
            Field::PacketType => Some(Value::Text(self.request_type.name().as_bytes())),
            Field::ContentLength => Some(match self.fragment {
                Some((range, _)) => Value::Number(range.length()),
                None => Value::Text(b"0"),
            }),
            Field::SessionId => self.session_id.map(|id| Value::Text(id.as_bytes())),
            Field::SupportedProtocols => self.protocols.map(Value::Protocols),
            Field::ContentName => self.content_name.map(|name| Value::Text(name.as_bytes())),
            Field::ContentRange => self.fragment.map(|(range, _)| Value::Range(range)),
            Field::ContentEncoding => {
                let (_, codings) = self.fragment?;
                codings.map(|codings| Value::Text(codings.as_bytes()))
            }
            _ => None,
        }
    }
}

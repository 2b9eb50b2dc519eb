//! Which value a request has for a field: [MC-BUP] 2.2.2, 2.2.4, 2.2.6, 2.2.8, 2.2.10.

use bits_packet::{Field, Request};

use crate::value::Value;

pub(crate) fn value<'a>(request: &Request<'a>, field: Field) -> Option<Value<'a>> {
    match field {
        Field::PacketType => Some(Value::Text(request.request_type().name().as_bytes())),
        Field::ContentLength => Some(Value::Number(request.content_length())),
        _ => own_value(request, field),
    }
}

fn own_value<'a>(request: &Request<'a>, field: Field) -> Option<Value<'a>> {
    let name = match request {
        Request::Ping(_) => return None,
        Request::CreateSession(create) => {
            if field == Field::SupportedProtocols {
                return Some(Value::Protocols(create.protocols));
            }
            create.content_name
        }
        Request::Fragment(fragment) => match field {
            Field::ContentRange => return Some(Value::Range(fragment.range)),
            Field::ContentEncoding => {
                return fragment
                    .content_encoding
                    .map(|codings| Value::Text(codings.as_bytes()));
            }
            _ => fragment.content_name,
        },
        Request::CloseSession(close) => close.content_name,
        Request::CancelSession(cancel) => cancel.content_name,
    };
    match field {
        Field::SessionId => request.session_id().map(|id| Value::Text(id.as_bytes())),
        Field::ContentName => name.map(|name| Value::Text(name.as_bytes())),
        _ => None,
    }
}

//! Which value a notification and its answer have for a field: [MC-BUP] 2.2.12 and 2.2.13.

use bits_packet::{Field, Notification, NotificationBody, NotificationResponse};

use crate::value::Value;

pub(crate) fn value<'a>(notification: &Notification<'a>, field: Field) -> Option<Value<'a>> {
    let (request, response) = match notification.body {
        NotificationBody::ByReference { request, response } => (Some(request), response),
        NotificationBody::ByValue(_) => (None, None),
    };
    match field {
        Field::OriginalRequestUrl => {
            Some(Value::Text(notification.original_request_url.as_bytes()))
        }
        Field::RequestDataFileName => request.map(|path| Value::Text(path.as_bytes())),
        Field::ResponseDataFileName => response.map(|path| Value::Text(path.as_bytes())),
        Field::ContentLength => Some(Value::Number(notification.content_length())),
        _ => None,
    }
}

pub(crate) fn response_value<'a>(
    response: &NotificationResponse<'a>,
    field: Field,
) -> Option<Value<'a>> {
    match field {
        Field::StaticResponseUrl => response
            .static_response_url
            .map(|url| Value::Text(url.as_bytes())),
        Field::CopyFileToDestination => response
            .copy_file_to_destination
            .then_some(Value::Text(b"1")),
        Field::ContentLength => response.content_length.map(Value::Number),
        _ => None,
    }
}

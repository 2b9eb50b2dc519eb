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

#[cfg(test)]
mod tests {
    use bits_packet::{AbsoluteUrl, StatusCode};

    use super::*;

    #[test]
    fn a_notification_has_no_value_for_a_field_of_packets() {
        let notification = Notification {
            original_request_url: AbsoluteUrl::new(b"http://h/").expect("a URL"),
            body: NotificationBody::ByValue(1),
        };
        assert!(value(&notification, Field::PacketType).is_none());
        assert!(value(&notification, Field::ContentLength).is_some());
        let response = NotificationResponse::new(StatusCode::OK).expect("a final status");
        assert!(response_value(&response, Field::PacketType).is_none());
        assert!(response_value(&response, Field::ContentLength).is_some());
    }
}

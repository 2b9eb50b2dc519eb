//! Which value a notification and its answer have for a field: [MC-BUP] 2.2.12 and 2.2.13.

use bits_packet::{Field, Notification, NotificationBody, NotificationResponse};

use crate::value::{To, Value, Values};

impl<'a> Values<'a> for To<'_, 'a, Notification<'a>> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        let To { packet, host } = self;
        let (request, response) = match packet.body {
            NotificationBody::ByReference { request, response } => (Some(request), response),
            NotificationBody::ByValue(_) => (None, None),
        };
        match field {
            Field::Host => Some(Value::Text(host.as_bytes())),
            Field::OriginalRequestUrl => Some(Value::Text(packet.original_request_url.as_bytes())),
            Field::RequestDataFileName => request.map(|path| Value::Text(path.as_bytes())),
            Field::ResponseDataFileName => response.map(|path| Value::Text(path.as_bytes())),
            Field::ContentLength => Some(Value::Number(packet.content_length())),
            _ => None,
        }
    }
}

impl<'a> Values<'a> for &NotificationResponse<'a> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::StaticResponseUrl => self
                .static_response_url
                .map(|url| Value::Text(url.as_bytes())),
            Field::CopyFileToDestination => {
                self.copy_file_to_destination.then_some(Value::Text(b"1"))
            }
            Field::ContentLength => self.content_length.map(Value::Number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use bits_packet::{AbsoluteUrl, Authority, StatusCode};

    use super::*;

    #[test]
    fn a_notification_has_no_value_for_a_field_of_packets() {
        let notification = Notification {
            original_request_url: AbsoluteUrl::new(b"http://h/").expect("a URL"),
            body: NotificationBody::ByValue(1),
        };
        let host = Authority::new(b"h").expect("a host");
        let values = To::new(&notification, &host);
        assert!(values.value(Field::PacketType).is_none());
        assert!(values.value(Field::ContentLength).is_some());
        let response = NotificationResponse::new(StatusCode::OK).expect("a final status");
        assert!((&response).value(Field::PacketType).is_none());
        assert!((&response).value(Field::ContentLength).is_some());
    }
}

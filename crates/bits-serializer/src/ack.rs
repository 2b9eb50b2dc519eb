//! Which value an Ack has for a field: [MC-BUP] 2.2.1.2, and 2.2.3 to 2.2.11.

use bits_packet::{Ack, Field, PacketType};

use crate::value::Value;

pub(crate) fn value<'a>(ack: &Ack<'a>, field: Field) -> Option<Value<'a>> {
    match field {
        Field::PacketType => Some(Value::Text(PacketType::Ack.name().as_bytes())),
        // An Ack has no body ([MC-BUP] 2.2.1.2), and some status no length either ([RFC 9110] 8.6).
        Field::ContentLength => (!ack.status().has_no_body()).then_some(Value::Number(0)),
        Field::Protocol => ack.protocol().map(Value::Guid),
        Field::SessionId => ack.session_id().map(|id| Value::Text(id.as_bytes())),
        Field::HostId => ack.host_id().map(|host| Value::Text(host.as_bytes())),
        Field::HostIdFallbackTimeout => ack
            .host_id_fallback_timeout()
            .map(|timeout| Value::Number(timeout.seconds().into())),
        Field::AcceptEncoding => ack
            .accept_encoding()
            .map(|codings| Value::Text(codings.as_bytes())),
        Field::ReceivedContentRange => ack
            .received_content_range()
            .map(|received| Value::Number(received.next_offset())),
        Field::ReplyUrl => ack.reply_url().map(|url| Value::Text(url.as_bytes())),
        Field::ErrorCode => ack.error_code().map(Value::HResult),
        Field::ErrorContext => ack.error_context().map(Value::Context),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bits_packet::PingAck;

    use super::*;

    #[test]
    fn an_ack_has_no_value_for_a_field_of_requests() {
        assert!(value(&PingAck.into(), Field::Host).is_none());
        assert!(value(&PingAck.into(), Field::ContentLength).is_some());
    }
}

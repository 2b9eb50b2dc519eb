//! Which value an Ack has for a field: [MC-BUP] 2.2.1.2, and 2.2.3 to 2.2.11.

use bits_packet::{Ack, Field, PacketType};

use crate::value::{Value, Values};

impl<'a> Values<'a> for &Ack<'a> {
    #[inline(always)]
    fn value(&self, field: Field) -> Option<Value<'a>> {
        match field {
            Field::PacketType => Some(Value::Text(PacketType::Ack.name().as_bytes())),
            // An Ack has no body ([MC-BUP] 2.2.1.2), and some status no length either ([RFC 9110] 8.6).
            Field::ContentLength => (!self.status().has_no_body()).then_some(Value::Number(0)),
            Field::Protocol => self.protocol().map(Value::Guid),
            Field::SessionId => self.session_id().map(|id| Value::Text(id.as_bytes())),
            Field::HostId => self.host_id().map(|host| Value::Text(host.as_bytes())),
            Field::HostIdFallbackTimeout => self
                .host_id_fallback_timeout()
                .map(|timeout| Value::Number(timeout.seconds().into())),
            Field::AcceptEncoding => self
                .accept_encoding()
                .map(|codings| Value::Text(codings.as_bytes())),
            Field::ReceivedContentRange => self
                .received_content_range()
                .map(|received| Value::Number(received.next_offset())),
            Field::ReplyUrl => self.reply_url().map(|url| Value::Text(url.as_bytes())),
            Field::ErrorCode => self.error_code().map(Value::HResult),
            Field::ErrorContext => self.error_context().map(Value::Context),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use bits_packet::PingAck;

    use super::*;

    #[test]
    fn an_ack_has_no_value_for_a_field_of_requests() {
        let ack = Ack::from(PingAck);
        assert!((&ack).value(Field::Host).is_none());
        assert!((&ack).value(Field::ContentLength).is_some());
    }
}

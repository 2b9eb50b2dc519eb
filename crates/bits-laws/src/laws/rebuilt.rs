//! A law about types: what was read can be taken apart and put together again.

use bits_packet::{
    Ack, CancelSession, CancelSessionAck, CloseSession, CloseSessionAck, CreateSession,
    CreateSessionAck, ErrorAck, Fragment, FragmentAck, Notification, NotificationResponse,
    PacketType, Ping, PingAck, Reading as AckReading, Request, RequestHead, ResponseHead,
    StatusCode,
};

use crate::readings::{Reading, Trial, Value};

/// A packet that was read equals the one built from its parts through the public constructors, its
/// names read back, and reading with the default options is reading with [`bits_packet::Options::INTEROP`].
pub fn rebuilt(interop: &Trial<'_>) {
    by_default(interop);
    match interop.accepted() {
        Some((Value::Request(message), _)) => {
            if let Some(request) = message.packet() {
                let length = message.content_length().unwrap_or_default();
                assert_eq!(request.content_length(), length);
                rebuild_request(request);
            }
        }
        Some((Value::Ack(message), _)) => {
            if let Some(ack) = message.packet() {
                rebuild_ack(ack);
            }
        }
        Some((Value::Notification(message), _)) => {
            if let Some(notification) = message.packet() {
                let length = message.content_length().unwrap_or_default();
                assert_eq!(notification.content_length(), length);
            }
        }
        Some((Value::NotificationResponse(message), _)) => {
            let status = message.head().line().status();
            assert_eq!(message.packet().is_none(), status.is_informational());
            if let Some(response) = message.packet() {
                let mut again = NotificationResponse::new(status).expect("a final status");
                again.static_response_url = response.static_response_url;
                again.copy_file_to_destination = response.copy_file_to_destination;
                again.content_length = response.content_length;
                assert_eq!((again, again.status()), (*response, status));
            }
        }
        _ => {}
    }
}

fn by_default(interop: &Trial<'_>) {
    let input = interop.input;
    let default = match interop.reading {
        Reading::RequestHead => RequestHead::parse(input).map(|head| head.map(Value::RequestHead)),
        Reading::ResponseHead => {
            ResponseHead::parse(input).map(|head| head.map(Value::ResponseHead))
        }
        Reading::Request => Request::parse(input).map(|read| read.map(Value::Request)),
        Reading::Notification => {
            Notification::parse(input).map(|read| read.map(Value::Notification))
        }
        Reading::Ack(answering) => Ack::parse(input, answering).map(|read| read.map(Value::Ack)),
        Reading::NotificationResponse => {
            NotificationResponse::parse(input).map(|read| read.map(Value::NotificationResponse))
        }
    };
    assert_eq!(default, interop.read);
}

fn rebuild_request(request: &Request<'_>) {
    let again = match *request {
        Request::Ping(Ping) => Request::Ping(Ping),
        Request::CreateSession(create) => Request::CreateSession(CreateSession {
            content_name: create.content_name,
            ..CreateSession::new(create.protocols)
        }),
        Request::Fragment(fragment) => Request::Fragment(Fragment {
            content_name: fragment.content_name,
            content_encoding: fragment.content_encoding,
            ..Fragment::new(fragment.session_id, fragment.range)
        }),
        Request::CloseSession(close) => Request::CloseSession(CloseSession {
            content_name: close.content_name,
            ..CloseSession::new(close.session_id)
        }),
        Request::CancelSession(cancel) => Request::CancelSession(CancelSession {
            content_name: cancel.content_name,
            ..CancelSession::new(cancel.session_id)
        }),
    };
    assert_eq!(again, *request);
    let packet_type = PacketType::from(request.request_type());
    assert_eq!(
        PacketType::parse(packet_type.to_string().as_bytes()),
        Ok(packet_type)
    );
    assert_eq!(packet_type.request(), Some(request.request_type()));
    let name = request.request_type().to_string();
    assert_eq!(name.parse(), Ok(packet_type));
    assert_eq!(name.parse(), Ok(request.request_type()));
    let is_fragment = matches!(request, Request::Fragment(_));
    assert_eq!(
        request.content_length() > 0,
        is_fragment,
        "a Fragment alone has a body"
    );
}

fn rebuild_ack(ack: &Ack<'_>) {
    match ack.reading() {
        None => assert_eq!(ack.answering(), None, "a success whose request is known"),
        Some(AckReading::Error(error)) => rebuild_error(ack, &error),
        Some(reading) => {
            let Some(again) = success(&reading) else {
                return;
            };
            assert_eq!(ErrorAck::new(ack.status()), None, "a success is no error");
            assert_eq!(again.answering(), ack.answering());
            assert_eq!(again.session_id(), ack.session_id());
            assert_eq!(again.protocol(), ack.protocol());
            assert_eq!(again.host_id(), ack.host_id());
            let timeout = ack.host_id().and(ack.host_id_fallback_timeout());
            assert_eq!(again.host_id_fallback_timeout(), timeout);
            assert_eq!(again.accept_encoding(), ack.accept_encoding());
            assert_eq!(again.received_content_range(), ack.received_content_range());
            assert_eq!(again.reply_url(), ack.reply_url());
            let is_plain = ack.status() == StatusCode::OK && ack.error_code().is_none();
            if is_plain
                && ack.error_context().is_none()
                && timeout == ack.host_id_fallback_timeout()
            {
                assert_eq!(again, *ack);
            }
        }
    }
}

/// The Ack of a success, from its parts.
fn success<'a>(reading: &AckReading<'a>) -> Option<Ack<'a>> {
    Some(match *reading {
        AckReading::Ping(PingAck) => PingAck.into(),
        AckReading::CreateSession(ack) => CreateSessionAck {
            host_id: ack.host_id,
            host_id_fallback_timeout: ack.host_id_fallback_timeout,
            accept_encoding: ack.accept_encoding,
            ..CreateSessionAck::new(ack.protocol, ack.session_id)
        }
        .into(),
        AckReading::Fragment(ack) => match ack.session_id {
            Some(id) => FragmentAck {
                reply_url: ack.reply_url,
                ..FragmentAck::new(id, ack.received)
            }
            .into(),
            None => ack.into(),
        },
        AckReading::CloseSession(ack) => ack.session_id.map_or(ack, CloseSessionAck::new).into(),
        AckReading::CancelSession(ack) => ack.session_id.map_or(ack, CancelSessionAck::new).into(),
        AckReading::Error(_) => return None,
    })
}

fn rebuild_error(ack: &Ack<'_>, error: &ErrorAck<'_>) {
    let blank = ErrorAck::new(error.status()).expect("a status of failure");
    let mut again = blank;
    if let (Some(code), Some(context)) = (error.error_code(), error.error_context()) {
        again = again.with_error(code, context);
    }
    if let Some(id) = error.session_id() {
        again = again.with_session_id(id);
    }
    if let Some(received) = error.received_content_range() {
        again = again.with_received(received);
    }
    if error.error_code().is_some() == error.error_context().is_some() {
        assert_eq!(again, *error);
    }
    if let (Some(id), Some(received)) = (error.session_id(), error.received_content_range()) {
        let out_of_sequence = ErrorAck::out_of_sequence(id, received);
        assert_eq!(out_of_sequence.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(out_of_sequence.error_code(), None);
        assert_eq!(out_of_sequence.session_id(), Some(id));
        assert_eq!(out_of_sequence.received_content_range(), Some(received));
    }
    // What a failed Create-Session may not carry is not rebuilt.
    let is_bare = ack.protocol().is_none() && ack.host_id().is_none();
    let is_bare = is_bare && ack.host_id_fallback_timeout().is_none();
    if let Some(request) = ack.answering().filter(|_| is_bare) {
        assert_eq!(error.answering(request), *ack);
    }
}

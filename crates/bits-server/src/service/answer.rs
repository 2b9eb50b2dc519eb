//! Answers as an HTTP library takes them.

use bits_packet::{
    Ack, ErrorAck, ErrorContext, HResult, Parsed, RequestType, ResponseHead, StatusCode,
};
use bits_serializer::Draft;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, header};
use http_body_util::Empty;

/// An answer: it never has a body.
pub type Answer = Response<Empty<Bytes>>;

/// What is accepted.
pub(crate) const ALLOW: HeaderValue = HeaderValue::from_static("BITS_POST, HEAD, OPTIONS");

/// An Ack.
pub(super) fn of_ack(ack: &Ack<'_>) -> Answer {
    let head = Draft::ack(ack).to_vec();
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = http_status(ack.status().as_u16());
    if let Ok(Parsed::Complete { value: head, .. }) = ResponseHead::parse(&head) {
        for line in head.fields() {
            let name = HeaderName::from_bytes(line.name());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(line.value())) {
                answer.headers_mut().insert(name, value);
            }
        }
    }
    if ack.status().as_u16() == 503 {
        retry_later(&mut answer);
    }
    answer
}

/// Says in how many seconds it may go better.
fn retry_later(answer: &mut Answer) {
    let soon = HeaderValue::from_static("5");
    answer.headers_mut().insert(header::RETRY_AFTER, soon);
}

/// An Ack that says no, of a status and a code, whatever the request is.
pub(crate) fn refusal(status: u16, code: Option<HResult>) -> Answer {
    let status = StatusCode::new(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Some(mut ack) = ErrorAck::new(status) else {
        unreachable!("no refusal has the status of a success");
    };
    if let Some(code) = code {
        ack = ack.with_error(code, ErrorContext::REMOTE_FILE);
    }
    // The packet of a request that is refused is not known; a Ping has no use for anything beside.
    of_ack(&ack.answering(RequestType::Ping))
}

/// An answer of HTTP alone.
pub(crate) fn plain(status: u16) -> Answer {
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = http_status(status);
    if status != 204 {
        let none = HeaderValue::from_static("0");
        answer.headers_mut().insert(header::CONTENT_LENGTH, none);
    }
    if status == 503 {
        retry_later(&mut answer);
    }
    answer
}

/// The answer to a method that is not for this, or that nobody knows ([RFC 9110] 9.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
pub(super) fn not_allowed(method: &Method) -> Answer {
    const KNOWN: [Method; 8] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::TRACE,
        Method::PATCH,
    ];
    if !KNOWN.contains(method) {
        return plain(501);
    }
    let mut answer = plain(405);
    answer.headers_mut().insert(header::ALLOW, ALLOW);
    answer
}

/// The connection ends behind it.
pub(crate) fn close(answer: &mut Answer) {
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(header::CONNECTION, close);
}

fn http_status(code: u16) -> http::StatusCode {
    http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
}

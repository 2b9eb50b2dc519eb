//! bits-packet, by the API that everybody has and with the default options.
//!
//! Beyond what any competitor does, it checks what each field may hold, which fields the packet must
//! and must not have, repeated fields and all limits, records deviations, and keeps the other fields.

use std::hint::black_box;

use bits_laws::traffic::Kind;
use bits_packet::{Ack, Options, Parsed, Request};
use http::{request, response};

use crate::typed::Typed;

/// Reads the packet: see [`Read`](crate::Read).
#[inline(never)]
pub fn read(bytes: &[u8], kind: Kind) -> bool {
    match kind {
        Kind::Request(_) => {
            let parsed = Request::parse(bytes);
            black_box(&parsed);
            matches!(parsed, Ok(Parsed::Complete { .. }))
        }
        Kind::Ack(answering) => {
            let parsed = Ack::parse(bytes, Some(answering));
            black_box(&parsed);
            matches!(parsed, Ok(Parsed::Complete { .. }))
        }
    }
}

/// Reads the packet of a request that hyper has taken apart.
#[inline(never)]
pub fn from_request_parts(parts: &request::Parts) -> bool {
    let message = Request::from_parts(parts, &Options::INTEROP);
    black_box(&message);
    message.is_ok()
}

/// Reads the Ack of a response that hyper has taken apart.
#[inline(never)]
pub fn from_response_parts(parts: &response::Parts, answering: bits_packet::RequestType) -> bool {
    let message = Ack::from_parts(parts, Some(answering), &Options::INTEROP);
    black_box(&message);
    message.is_ok()
}

/// What was read, spread out flat. Not measured.
pub fn typed(bytes: &[u8], kind: Kind) -> Option<Typed<'_>> {
    match kind {
        Kind::Request(_) => {
            let (message, _) = Request::parse(bytes).ok()?.complete()?;
            Some(Typed::of_request(&message))
        }
        Kind::Ack(answering) => {
            let (message, _) = Ack::parse(bytes, Some(answering)).ok()?.complete()?;
            Some(Typed::of_ack(&message))
        }
    }
}

//! httparse, which splits a head and leaves its meaning to others.
//!
//! As fast as its API allows: slots that are not initialised, as hyper has them. It finds AVX2 or
//! SSE4.2 when it runs.

use std::hint::black_box;
use std::mem::MaybeUninit;

use bits_laws::traffic::Kind;
use httparse::{Header, ParserConfig, Request, Response, Status};

/// Enough for the corpus of 100 unknown fields. Slots that are not used cost nothing.
const SLOTS: usize = 128;

/// What stands in a start line.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Of a request; else empty.
    pub target: &'a str,
    /// Of a response; else 0.
    pub status: u16,
    /// Of a response; else empty.
    pub reason: &'a str,
}

/// Splits the head, and calls `take` if it is whole.
#[inline(always)]
pub fn with<'a, T>(
    bytes: &'a [u8],
    kind: Kind,
    take: impl FnOnce(Start<'a>, &[Header<'a>]) -> T,
) -> Option<T> {
    let mut slots = [const { MaybeUninit::uninit() }; SLOTS];
    if super::is_request(kind) {
        let mut request = Request::new(&mut []);
        let Ok(Status::Complete(_)) = request.parse_with_uninit_headers(bytes, &mut slots) else {
            return None;
        };
        let start = Start {
            target: request.path?,
            status: 0,
            reason: "",
        };
        Some(take(start, request.headers))
    } else {
        let mut response = Response::new(&mut []);
        let config = ParserConfig::default();
        let Ok(Status::Complete(_)) =
            config.parse_response_with_uninit_headers(&mut response, bytes, &mut slots)
        else {
            return None;
        };
        let start = Start {
            target: "",
            status: response.code?,
            reason: response.reason?,
        };
        Some(take(start, response.headers))
    }
}

/// Splits the head: see [`Read`](crate::Read).
#[inline(never)]
pub fn read(bytes: &[u8], kind: Kind) -> bool {
    with(bytes, kind, |start, headers| {
        black_box(&(start, headers));
    })
    .is_some()
}

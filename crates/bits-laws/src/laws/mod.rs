//! The laws: each a function that panics when it is broken.

mod bytes;
mod meaning;
mod pieces;
mod rebuilt;

pub use bytes::{frame, lossless, total};
pub use meaning::{canonical, redraft, semantic, source, strict_in_interop};
pub use pieces::{chunks, prefix};
pub use rebuilt::rebuilt;

use bits_packet::{Deviation, Options};

use crate::readings::Reading;

/// [`Options::INTEROP`] and the dialect of OneDrive too: everything that can be tolerated.
pub const LENIENT: Options = Options::INTEROP.allow(Deviation::MethodOverride);

/// The options under which a law is tried.
pub const OPTIONS: [Options; 3] = [Options::INTEROP, Options::STRICT, LENIENT];

/// Every law about bytes, for a request read as a head.
pub fn request_head(input: &[u8]) {
    of_head(Reading::RequestHead, input);
}

/// Every law about bytes, for a response read as a head.
pub fn response_head(input: &[u8]) {
    of_head(Reading::ResponseHead, input);
}

/// Every law about bytes and about meaning, for whatever packet the bytes may be.
pub fn packet(input: &[u8]) {
    for &reading in Reading::of_packet(input) {
        of_head(reading, input);
        for options in &OPTIONS {
            source(reading, input, options);
            canonical(reading, input, options);
        }
    }
}

fn of_head(reading: Reading, input: &[u8]) {
    for options in &OPTIONS {
        total(reading, input, options);
        lossless(reading, input, options);
        frame(reading, input, options);
    }
    strict_in_interop(reading, input);
    rebuilt(reading, input);
}

//! The laws: each a function that panics when it is broken.

mod bytes;
mod forms;
mod meaning;
mod pieces;
mod rebuilt;
mod told;
mod written;

pub use bytes::{frame, lossless, total};
pub use forms::{both_forms, fast_is_general, odd_limits};
pub use meaning::{source, strict_in_interop};
pub use pieces::{chunks, prefix};
pub use rebuilt::rebuilt;
pub use told::told;
pub use written::{Written, canonical, canonical_head, redraft, semantic};

use bits_packet::{Deviation, Options};

use crate::readings::{Reading, Trial};

/// [`Options::INTEROP`] and the dialect of OneDrive too: everything that can be tolerated.
pub const LENIENT: Options = Options::INTEROP.allow(Deviation::MethodOverride);

/// The options under which a law is tried.
pub const OPTIONS: [Options; 3] = [Options::INTEROP, Options::STRICT, LENIENT];

/// Every law about bytes, for a request read as a head.
pub fn request_head(input: &[u8]) {
    for_each_result(Reading::RequestHead, input, |_, _| {});
}

/// Every law about bytes, for a response read as a head.
pub fn response_head(input: &[u8]) {
    for_each_result(Reading::ResponseHead, input, |_, _| {});
}

/// Every law about bytes and about meaning, for whatever packet the bytes may be.
///
/// What is no head is refused as each packet just as it is refused as a head.
pub fn packet(input: &[u8]) {
    let readings = Reading::of_packet(input);
    let head = readings[0].head();
    for_each_result(head, input, |_, _| {});
    let Some(refused) = Trial::new(head, input, Options::INTEROP).refused() else {
        for &reading in readings {
            for_each_result(reading, input, |trial, options| {
                source(trial);
                canonical(trial, options);
            });
        }
        return;
    };
    for &reading in readings {
        let trial = Trial::new(reading, input, Options::INTEROP);
        assert_eq!(trial.refused(), Some(refused), "{reading:?}");
    }
}

/// Tries the laws about bytes under each of the options, and `laws` besides: those of a result are given
/// all options that make it.
fn for_each_result(reading: Reading, input: &[u8], laws: impl Fn(&Trial<'_>, &[Options])) {
    let trials = OPTIONS.map(|options| Trial::new(reading, input, options));
    for (at, trial) in trials.iter().enumerate() {
        let is_same = |other: &&Trial<'_>| other.read == trial.read;
        if trials[..at].iter().any(|other| is_same(&other)) {
            continue;
        }
        total(trial);
        lossless(trial);
        canonical_head(trial);
        frame(trial);
        let same = trials.iter().filter(is_same).map(|other| other.options);
        laws(trial, &same.collect::<Vec<_>>());
    }
    let [interop, strict, lenient] = &trials;
    strict_in_interop(interop, strict);
    told(interop);
    // The dialect of OneDrive is one of POST.
    if input.starts_with(b"POST ") {
        told(lenient);
    }
    rebuilt(interop);
}

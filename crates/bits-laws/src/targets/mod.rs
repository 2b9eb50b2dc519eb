//! The fuzz targets: each a law by name, and the outcome of an input for its golden row.
//!
//! The package under `fuzz/` calls the laws by these names; the replay of the corpus calls the same.

pub mod capture_file;
pub mod capture_segments;
pub mod chunks;
pub mod decode_stream;
pub mod diff_desync;
pub mod diff_httparse;
pub mod diff_llhttp;
pub mod fast_is_general;
pub mod limits;
pub mod mutate_fields;
pub mod packet_values;
pub(crate) mod reference;
pub mod scalars;
pub mod session_ops;

pub use crate::laws::{packet, request_head, response_head};
pub use capture_file::capture_file;
pub use capture_segments::capture_segments;
pub use chunks::chunks;
pub use decode_stream::decode_stream;
pub use diff_desync::diff_desync;
pub use diff_httparse::diff_httparse;
pub use diff_llhttp::diff_llhttp;
pub use fast_is_general::fast_is_general;
pub use limits::limits;
pub use mutate_fields::mutate_fields;
pub use packet_values::packet_values;
pub use scalars::scalars;
pub use session_ops::session_ops;

use crate::corpus::Outcome;
use crate::readings::Reading;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the target, and of its folder in the corpus.
    pub name: &'static str,
    /// Panics when the law is broken.
    pub law: fn(&[u8]),
    /// What comes of an input: a golden row each.
    pub outcomes: fn(&[u8]) -> Vec<Outcome>,
}

/// Every target.
pub const TARGETS: [Target; 16] = [
    Target {
        name: "request_head",
        law: request_head,
        outcomes: |input| vec![Outcome::of(Reading::RequestHead, input)],
    },
    Target {
        name: "response_head",
        law: response_head,
        outcomes: |input| vec![Outcome::of(Reading::ResponseHead, input)],
    },
    Target {
        name: "packet",
        law: packet,
        outcomes: |input| {
            let readings = Reading::of_packet(input).iter();
            readings
                .map(|reading| Outcome::of(*reading, input))
                .collect()
        },
    },
    Target {
        name: "packet_values",
        law: packet_values,
        outcomes: |input| vec![packet_values::outcome(input)],
    },
    Target {
        name: "chunks",
        law: chunks,
        outcomes: |input| vec![first_reading(chunks::split(input).0)],
    },
    Target {
        name: "scalars",
        law: scalars,
        outcomes: |input| vec![scalars::outcome(input)],
    },
    Target {
        name: "diff_httparse",
        law: diff_httparse,
        outcomes: |input| vec![head(input)],
    },
    Target {
        name: "diff_llhttp",
        // llhttp is not there to be asked; what we make of the input is.
        law: |input| {
            let _ = head(input);
        },
        outcomes: |input| vec![head(input)],
    },
    Target {
        name: "diff_desync",
        law: diff_desync,
        outcomes: |input| vec![Outcome::of(Reading::Request, input)],
    },
    Target {
        name: "limits",
        law: limits,
        outcomes: |input| vec![limits::outcome(input)],
    },
    Target {
        name: "mutate_fields",
        law: mutate_fields,
        outcomes: |input| vec![first_reading(input)],
    },
    Target {
        name: "decode_stream",
        law: decode_stream,
        outcomes: |input| vec![decode_stream::outcome(input)],
    },
    Target {
        name: "fast_is_general",
        law: fast_is_general,
        outcomes: |input| vec![fast_is_general::outcome(input)],
    },
    Target {
        name: "session_ops",
        law: session_ops,
        outcomes: |input| vec![session_ops::outcome(input)],
    },
    Target {
        name: "capture_file",
        law: capture_file,
        outcomes: |input| vec![capture_file::outcome(input)],
    },
    Target {
        name: "capture_segments",
        law: capture_segments,
        outcomes: |input| vec![capture_segments::outcome(input)],
    },
];

/// The target of that name, for a fuzzer that is not cargo fuzz.
///
/// # Panics
///
/// When there is none, or when it is `diff_llhttp`: without llhttp its law says nothing, and whatever was
/// fuzzed would seem to keep it.
#[must_use]
pub fn by_name(name: &str) -> Target {
    assert!(
        name != "diff_llhttp",
        "diff_llhttp compares with llhttp, which is not built here: fuzz/fetch-llhttp, and then \
         cargo fuzz run diff_llhttp -O -s none --features llhttp"
    );
    let target = TARGETS.into_iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("{name} is no fuzz target: {:?}", TARGETS.map(|it| it.name)))
}

/// The first packet that the bytes may be.
fn first_reading(input: &[u8]) -> Outcome {
    Outcome::of(Reading::of_packet(input)[0], input)
}

/// The head that the bytes may be.
fn head(input: &[u8]) -> Outcome {
    Outcome::of(Reading::of_packet(input)[0].head(), input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_target_by_its_name_but_the_one_without_its_oracle() {
        for target in TARGETS.iter().filter(|it| it.name != "diff_llhttp") {
            assert_eq!(by_name(target.name).name, target.name);
        }
    }

    #[test]
    #[should_panic(expected = "fuzz/fetch-llhttp")]
    fn refuses_the_target_without_its_oracle() {
        let _ = by_name("diff_llhttp");
    }
}

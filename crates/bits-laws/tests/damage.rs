//! Every seed with one byte changed, one byte missing, or its end missing keeps the total law.
//!
//! Meant for a release build, where it takes seconds; in a debug build every 16th byte is tried.

use bits_laws::corpus::{Case, load, readings};
use bits_laws::readings::Reading;
use bits_packet::{Options, Parsed};

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

fn step() -> usize {
    if cfg!(debug_assertions) { 16 } else { 1 }
}

/// The total law without what costs an allocation: tried millions of times.
fn check(reading: Reading, input: &[u8]) {
    match reading.parse(input, &Options::INTEROP) {
        Ok(Parsed::Complete { value, rest }) => {
            let head = value.head();
            assert_eq!(
                head.len() + rest.len(),
                input.len(),
                "head and rest are not the input"
            );
            assert_eq!(head, &input[..head.len()]);
            for line in value.fields() {
                assert!(
                    head[line.offset()..].starts_with(line.name()),
                    "a line's offset"
                );
            }
        }
        Ok(Parsed::NeedMore) => {}
        Err(error) => assert!(error.offset() <= input.len(), "an error behind the input"),
    }
}

fn for_each_seed(law: impl Fn(Reading, &Case)) {
    for target in TARGETS {
        for case in load(target) {
            if case.is_large() {
                eprintln!(
                    "left out for its {} bytes: {target}/{}",
                    case.bytes.len(),
                    case.file
                );
                continue;
            }
            let readings = readings(target, &case.bytes);
            // All readings of a response share their grammar; two tell the rules apart.
            let picked = readings.iter().step_by(readings.len().div_ceil(2));
            for &reading in picked {
                law(reading, &case);
            }
        }
    }
}

#[test]
fn any_byte_substituted_keeps_the_total_law() {
    for_each_seed(|reading, case| {
        let mut bytes = case.bytes.clone();
        for at in (0..bytes.len()).step_by(step()) {
            let original = bytes[at];
            for byte in 0..=u8::MAX {
                bytes[at] = byte;
                check(reading, &bytes);
            }
            bytes[at] = original;
        }
    });
}

#[test]
fn any_byte_deleted_keeps_the_total_law() {
    for_each_seed(|reading, case| {
        for at in (0..case.bytes.len()).step_by(step()) {
            let shorter = [&case.bytes[..at], &case.bytes[at + 1..]].concat();
            check(reading, &shorter);
        }
    });
}

#[test]
fn any_truncation_keeps_the_total_law() {
    for_each_seed(|reading, case| {
        for length in (0..case.bytes.len()).step_by(step()) {
            check(reading, &case.bytes[..length]);
        }
    });
}

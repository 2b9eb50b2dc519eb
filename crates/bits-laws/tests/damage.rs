//! Every seed with one byte changed, one byte missing, or its end missing keeps the total law.
//!
//! Meant for a release build, where it takes seconds; in a debug build every 64th byte is tried. Of the
//! few seeds above 1 KiB, which are long runs of the same, every n-th byte is, n being their length in
//! KiB: each try reads the whole head.

use bits_laws::corpus::{Case, load, readings};
use bits_laws::readings::Reading;
use bits_packet::{Options, Parsed};

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

fn places(case: &Case) -> impl Iterator<Item = usize> + use<> {
    let step = if cfg!(debug_assertions) { 64 } else { 1 };
    (0..case.bytes.len()).step_by(step * (case.bytes.len() / 1024 + 1))
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
            if case.folder() != "seeds" {
                continue;
            }
            if case.is_large() {
                eprintln!(
                    "left out for its {} bytes: {target}/{}",
                    case.bytes.len(),
                    case.file
                );
                continue;
            }
            // All readings of a target share their grammar; the first is the one that asks for most.
            let readings = readings(target, &case.bytes);
            law(readings[0], &case);
        }
    }
}

#[test]
fn any_byte_substituted_keeps_the_total_law() {
    for_each_seed(|reading, case| {
        let mut bytes = case.bytes.clone();
        for at in places(case) {
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
        for at in places(case) {
            let shorter = [&case.bytes[..at], &case.bytes[at + 1..]].concat();
            check(reading, &shorter);
        }
    });
}

#[test]
fn any_truncation_keeps_the_total_law() {
    for_each_seed(|reading, case| {
        for length in places(case) {
            check(reading, &case.bytes[..length]);
        }
    });
}

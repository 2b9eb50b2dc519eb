//! The replay of the corpus: every committed input has the outcome that is committed, and keeps the
//! laws.

use bits_laws::corpus::{self, load, readings};
use bits_laws::laws;
use bits_packet::{Options, Parsed};

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

#[test]
fn every_input_has_the_outcome_that_is_committed() {
    for target in TARGETS {
        corpus::replay(target);
    }
}

#[test]
fn seeds_are_accepted_and_negatives_refused() {
    for target in TARGETS {
        for case in load(target) {
            let outcomes: Vec<bool> = readings(target, &case.bytes)
                .into_iter()
                .map(
                    |reading| match reading.parse(&case.bytes, &Options::INTEROP) {
                        Ok(Parsed::Complete { .. }) => true,
                        Ok(Parsed::NeedMore) => panic!("{target}/{} is no whole head", case.file),
                        Err(_) => false,
                    },
                )
                .collect();
            match case.folder() {
                "seeds" => assert!(
                    outcomes.contains(&true),
                    "{target}/{} is refused",
                    case.file
                ),
                "negative" => assert!(
                    outcomes.contains(&false),
                    "{target}/{} is accepted",
                    case.file
                ),
                _ => {}
            }
        }
    }
}

#[test]
fn every_input_reads_the_same_in_pieces() {
    for target in TARGETS {
        for case in load(target) {
            let length = case.bytes.len();
            let cuts = [0, 5, 20, 41, length / 2, length.saturating_sub(1)];
            for reading in readings(target, &case.bytes) {
                laws::chunks(reading, &case.bytes, &cuts, &Options::INTEROP);
                for cut in cuts {
                    laws::chunks(reading, &case.bytes, &[cut], &Options::STRICT);
                }
            }
        }
    }
}

#[test]
fn every_input_keeps_the_laws() {
    for case in load("request_head") {
        laws::request_head(&case.bytes);
    }
    for case in load("response_head") {
        laws::response_head(&case.bytes);
    }
    for case in load("packet") {
        laws::packet(&case.bytes);
    }
}

//! The replay of the corpus: every committed input has the outcome that is committed, and keeps the
//! laws.

use bits_laws::corpus::{self, Case, load, readings};
use bits_laws::laws;
use bits_laws::readings::Reading;
use bits_packet::{Options, Parsed};

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

#[test]
fn every_input_has_the_outcome_that_is_committed() {
    for target in TARGETS {
        corpus::replay(target);
    }
}

/// Whether a file is accepted in the way that its name says, and else in the first: a request or an Ack
/// by itself.
fn is_accepted(target: &str, case: &Case) -> bool {
    let name = case.file.split('/').next_back().unwrap_or_default();
    let readings = readings(target, &case.bytes);
    let named = readings.iter().find(|reading| match reading {
        Reading::Ack(Some(request)) => {
            name.starts_with(&format!("answering-{}-", request.name().to_lowercase()))
        }
        _ => false,
    });
    let is_notification = |reading: &&Reading| **reading == Reading::Notification;
    let notification = readings.iter().find(is_notification);
    let reading = match named {
        Some(named) => named,
        None if name.starts_with("notification-") => notification.unwrap_or(&readings[0]),
        None => &readings[0],
    };
    match reading.parse(&case.bytes, &Options::INTEROP) {
        Ok(Parsed::Complete { .. }) => true,
        Ok(Parsed::NeedMore) => panic!("{target}/{} is no whole head", case.file),
        Err(_) => false,
    }
}

#[test]
fn seeds_are_accepted_and_negatives_refused() {
    for target in TARGETS {
        for case in load(target) {
            match case.folder() {
                "seeds" => assert!(is_accepted(target, &case), "{target}/{}", case.file),
                "negative" => assert!(!is_accepted(target, &case), "{target}/{}", case.file),
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

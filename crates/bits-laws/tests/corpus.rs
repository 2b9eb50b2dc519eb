//! The replay of the corpus: every committed input has the outcome that is committed, and keeps the
//! laws.

use std::panic::catch_unwind;

use bits_laws::corpus::{self, Case, load, readings};
use bits_laws::laws;
use bits_laws::readings::Reading;
use bits_laws::targets::TARGETS;
use bits_packet::{Options, Parsed};

/// The targets whose inputs are whole heads.
const HEADS: [&str; 3] = ["request_head", "response_head", "packet"];

#[test]
fn every_input_has_the_outcome_that_is_committed() {
    for target in &TARGETS {
        corpus::replay(target);
    }
}

#[test]
fn every_input_keeps_the_law_of_its_target() {
    for target in &TARGETS {
        for case in load(target.name) {
            let kept = catch_unwind(|| (target.law)(&case.bytes));
            assert!(kept.is_ok(), "{}/{} breaks the law", target.name, case.file);
        }
    }
}

#[test]
fn a_target_has_no_more_than_512_files_and_256_kib_beside_what_is_named() {
    for target in &TARGETS {
        let cases = load(target.name);
        let min: Vec<&Case> = cases.iter().filter(|case| case.folder() == "min").collect();
        let bytes: usize = min.iter().map(|case| case.bytes.len()).sum();
        assert!(min.len() <= 512, "{}: {} files", target.name, min.len());
        assert!(bytes <= 256 * 1024, "{}: {bytes} bytes", target.name);
    }
}

#[test]
fn the_corpus_has_no_more_than_4_megabytes() {
    let bytes: u64 = TARGETS
        .iter()
        .map(|target| {
            let cases = load(target.name);
            let inputs: u64 = cases.iter().map(|case| case.bytes.len() as u64).sum();
            let golden = corpus::folder(target.name).join("golden.tsv");
            inputs + golden.metadata().expect("golden rows").len()
        })
        .sum();
    assert!(bytes <= 4_000_000, "{bytes} bytes");
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
    for target in HEADS {
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
    for target in HEADS {
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

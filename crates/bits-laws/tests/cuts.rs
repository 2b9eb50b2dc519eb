//! Heads that arrive in pieces, cut everywhere.

use bits_laws::corpus::{load, readings};
use bits_laws::laws::{OPTIONS, chunks, prefix};
use bits_packet::Options;

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

#[test]
fn every_prefix_of_an_accepted_head_needs_more() {
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
            for reading in readings(target, &case.bytes) {
                for options in &OPTIONS {
                    prefix(reading, &case.bytes, options);
                }
            }
        }
    }
}

#[test]
fn a_head_cut_once_at_any_byte_reads_as_the_whole() {
    for target in TARGETS {
        for case in load(target).into_iter().filter(|case| !case.is_large()) {
            for reading in readings(target, &case.bytes) {
                for cut in 0..=case.bytes.len() {
                    chunks(reading, &case.bytes, &[cut], &Options::INTEROP);
                }
            }
        }
    }
}

#[test]
fn a_head_that_arrives_byte_by_byte_reads_as_the_whole() {
    for target in TARGETS {
        for case in load(target) {
            let every: Vec<usize> = (0..case.bytes.len()).collect();
            for reading in readings(target, &case.bytes) {
                for options in &OPTIONS {
                    chunks(reading, &case.bytes, &every, options);
                }
            }
        }
    }
}

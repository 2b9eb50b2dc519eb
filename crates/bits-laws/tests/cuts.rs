//! Heads that arrive in pieces, cut everywhere. A debug build, which is meant to be quick, tries the default
//! options and the first reading of each input only.

use bits_laws::corpus::{self, load};
use bits_laws::laws::{OPTIONS, chunks, prefix};
use bits_laws::readings::Reading;
use bits_packet::Options;

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

fn readings(target: &str, input: &[u8]) -> Vec<Reading> {
    let mut readings = corpus::readings(target, input);
    if cfg!(debug_assertions) {
        readings.truncate(1);
    }
    readings
}

fn options() -> &'static [Options] {
    if cfg!(debug_assertions) {
        &OPTIONS[..1]
    } else {
        &OPTIONS
    }
}

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
                for options in options() {
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
                for options in options() {
                    chunks(reading, &case.bytes, &every, options);
                }
            }
        }
    }
}

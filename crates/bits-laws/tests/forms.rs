//! The fast form of the grammar says what the general form says: of the corpus, of measured traffic, of a million
//! damaged heads, of whatever the strategies draw, and of every field with values at the edges of what it may hold.

use bits_laws::corpus::{self, load};
use bits_laws::laws::{both_forms, fast_is_general};
use bits_laws::readings::Reading;
use bits_laws::strategy::{draft_spec, respelling};
use bits_laws::traffic::{self, Head, Kind};
use bits_packet::{Ack, Options, Parsed, Request};
use proptest::collection::vec;
use proptest::prelude::*;

const TARGETS: [&str; 3] = ["request_head", "response_head", "packet"];

fn reading(kind: Kind) -> Reading {
    match kind {
        Kind::Request(_) => Reading::Request,
        Kind::Ack(answering) => Reading::Ack(Some(answering)),
    }
}

#[test]
fn every_input_of_the_corpus_is_the_same_in_both_forms() {
    for target in TARGETS {
        for case in load(target) {
            if cfg!(debug_assertions) && case.is_large() {
                for reading in corpus::readings(target, &case.bytes) {
                    fast_is_general(reading, &case.bytes, &Options::INTEROP);
                }
                continue;
            }
            both_forms(&case.bytes);
        }
    }
}

#[test]
fn every_head_of_the_measured_traffic_is_the_same_in_both_forms() {
    for corpus in traffic::corpora() {
        for head in corpus.heads.iter().take(64) {
            both_forms(&head.bytes);
        }
    }
}

/// What came of so many heads.
#[derive(Debug, Default)]
struct Told {
    packets: u32,
    http: u32,
    deviating: u32,
    open: u32,
    refused: u32,
}

impl Told {
    fn count(&mut self, head: &Head) {
        let (packet, deviations) = match head.kind {
            Kind::Request(_) => match Request::parse(&head.bytes) {
                Ok(Parsed::Complete { value, .. }) => {
                    (value.packet().is_some(), value.deviations())
                }
                Ok(Parsed::NeedMore) => return self.open += 1,
                Err(_) => return self.refused += 1,
            },
            Kind::Ack(answering) => match Ack::parse(&head.bytes, Some(answering)) {
                Ok(Parsed::Complete { value, .. }) => {
                    (value.packet().is_some(), value.deviations())
                }
                Ok(Parsed::NeedMore) => return self.open += 1,
                Err(_) => return self.refused += 1,
            },
        };
        self.packets += u32::from(packet);
        self.http += u32::from(!packet);
        self.deviating += u32::from(!deviations.is_empty());
    }
}

#[test]
fn a_million_damaged_heads_are_the_same_in_both_forms() {
    const HEADS: u32 = 1_000_000;
    let mut told = Told::default();
    for head in traffic::damaged(20, HEADS as usize) {
        for options in [Options::INTEROP, Options::STRICT] {
            fast_is_general(reading(head.kind), &head.bytes, &options);
        }
        fast_is_general(reading(head.kind).head(), &head.bytes, &Options::INTEROP);
        told.count(&head);
    }
    // Neither of them by chance: the heads are neither all sound nor all spoilt.
    let accepted = told.packets + told.http;
    assert!(accepted > HEADS / 10, "{told:?}");
    assert!(told.refused > HEADS / 10, "{told:?}");
    assert!(told.packets > HEADS / 10, "{told:?}");
    for some in [told.http, told.deviating, told.open] {
        assert!(some > HEADS / 400, "{told:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_the_same_in_both_forms(spec in draft_spec(), spelling in respelling()) {
        let extra = spec.extra();
        let bytes = spec.draft(&extra).to_vec();
        both_forms(&bytes);
        both_forms(&spelling.respell(&bytes));
    }

    #[test]
    fn whatever_is_written_and_damaged_is_the_same_in_both_forms(
        spec in draft_spec(),
        damage in vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = spec.draft(&[]).to_vec();
        for (at, byte) in damage {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        both_forms(&bytes);
    }

    #[test]
    fn any_bytes_are_the_same_in_both_forms(bytes in vec(any::<u8>(), 0..300)) {
        both_forms(&bytes);
    }
}

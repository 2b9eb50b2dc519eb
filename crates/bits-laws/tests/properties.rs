//! Every packet, both ways: property tests of the laws. `PROPTEST_CASES` sets how many cases.

use bits_laws::laws;
use bits_laws::readings::Reading;
use bits_laws::strategy::{draft_spec, respelling};
use bits_packet::{Options, Parsed};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_packet_reads_back_as_it_was_written(spec in draft_spec()) {
        let extra = spec.extra();
        let draft = spec.draft(&extra);
        let bytes = draft.to_vec();
        let parsed = spec.reading().parse(&bytes, &Options::INTEROP);
        let (value, _) = parsed.expect("accepted").complete().expect("whole");
        spec.check_packet(&value);
        laws::semantic(spec.reading(), &draft, &value, &Options::INTEROP);
    }

    #[test]
    fn every_packet_keeps_the_laws(spec in draft_spec()) {
        let extra = spec.extra();
        let bytes = spec.draft(&extra).to_vec();
        laws::packet(&bytes);
    }

    #[test]
    fn spelling_does_not_change_the_meaning(spec in draft_spec(), spelling in respelling()) {
        let bytes = spec.draft(&[]).to_vec();
        let respelled = spelling.respell(&bytes);
        let parsed = spec.reading().parse(&respelled, &Options::INTEROP);
        let (value, _) = parsed.expect("accepted").complete().expect("whole");
        spec.check_packet(&value);
        laws::packet(&respelled);
    }

    #[test]
    fn cuts_do_not_change_the_result(
        spec in draft_spec(),
        cuts in vec(any::<usize>(), 0..8),
        damage in proptest::option::of((any::<usize>(), any::<u8>())),
    ) {
        let mut bytes = spec.draft(&[]).to_vec();
        if let Some((at, byte)) = damage {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        laws::chunks(spec.reading(), &bytes, &cuts, &Options::INTEROP);
        laws::prefix(spec.reading(), &bytes, &Options::STRICT);
    }

    #[test]
    fn damaged_heads_keep_the_laws(
        spec in draft_spec(),
        damage in vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = spec.draft(&[]).to_vec();
        for (at, byte) in damage {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        laws::packet(&bytes);
        laws::request_head(&bytes);
        laws::response_head(&bytes);
    }

    #[test]
    fn any_bytes_keep_the_laws(bytes in vec(any::<u8>(), 0..300)) {
        laws::packet(&bytes);
        laws::request_head(&bytes);
        laws::response_head(&bytes);
    }
}

#[test]
fn a_law_that_is_broken_panics() {
    let input = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n";
    let Ok(Parsed::Complete { value, .. }) = Reading::Ack(None).parse(input, &Options::INTEROP)
    else {
        panic!("an Ack");
    };
    let ack = bits_packet::ErrorAck::new(bits_packet::StatusCode::BAD_REQUEST).expect("a failure");
    let ack = ack.answering(bits_packet::RequestType::Ping);
    let draft = bits_serializer::Draft::ack(&ack);
    let broken = std::panic::catch_unwind(|| {
        laws::semantic(Reading::Ack(None), &draft, &value, &Options::INTEROP);
    });
    assert!(
        broken.is_err(),
        "a success and a failure are taken for the same packet"
    );
}

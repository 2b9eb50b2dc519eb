//! Every packet, both ways: property tests of the laws. `PROPTEST_CASES` sets how many cases.

use bits_laws::laws::{self, Written};
use bits_laws::readings::Reading;
use bits_laws::strategy::{draft_spec, respelling};
use bits_packet::{
    Ack, Authority, CancelSession, Options, Ping, PingAck, Request, SessionId, Target,
};
use bits_serializer::{Draft, Layout};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_packet_reads_back_as_it_was_written(spec in draft_spec()) {
        let extra = spec.extra();
        let written = spec.written(&extra);
        let bytes = written.draft.to_vec();
        let parsed = spec.reading().parse(&bytes, &Options::INTEROP);
        let (value, _) = parsed.expect("accepted").complete().expect("whole");
        spec.check_packet(&value);
        laws::semantic(spec.reading(), &written, &value, &Options::INTEROP);
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
fn the_semantic_law_is_broken_by_whatever_differs() {
    let ping = Request::Ping(Ping);
    let cancel = Request::CancelSession(CancelSession::new(SessionId::new(b"1").expect("an id")));
    let target = |text| Target::new(text).expect("a target");
    let host = |text| Authority::new(text).expect("a host");
    let written = |packet, layout| Written {
        draft: Draft::request(packet, target(b"/a?b"), host(b"h"))
            .expect("a path")
            .with_layout(layout),
        layout,
        target: target(b"/a?b"),
        host: host(b"h"),
        reason: None,
    };
    let good = written(&ping, Layout::Canonical);
    let holds = |written: &Written<'_>, packet: &[u8]| {
        let read = Reading::Request.parse(packet, &Options::INTEROP);
        let (value, _) = read.expect("accepted").complete().expect("whole");
        let law = || laws::semantic(Reading::Request, written, &value, &Options::INTEROP);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(law)).is_ok()
    };
    let packet = good.draft.to_vec();
    assert!(holds(&good, &packet));
    assert!(
        holds(&written(&ping, Layout::Windows), &packet),
        "the same packet"
    );
    let (query, name) = (target(b"/a?c"), host(b"H"));
    assert!(
        !holds(
            &Written {
                target: query,
                ..good
            },
            &packet
        ),
        "another query"
    );
    assert!(
        !holds(&Written { host: name, ..good }, &packet),
        "another spelling of the host"
    );
    let layout = Layout::Windows;
    assert!(
        !holds(&Written { layout, ..good }, &packet),
        "another order"
    );
    let other = written(&cancel, Layout::Canonical).draft.to_vec();
    assert!(!holds(&good, &other), "another packet");
}

#[test]
fn the_semantic_law_is_broken_by_another_phrase() {
    let ack = Ack::from(PingAck);
    let written = |draft, reason| Written {
        draft,
        layout: Layout::Canonical,
        target: Target::new(b"/").expect("a target"),
        host: Authority::new(b"h").expect("a host"),
        reason,
    };
    let usual = Draft::ack(&ack);
    let fine = usual.with_reason(b"Fine").expect("text");
    let holds = |written: &Written<'_>| {
        let bytes = written.draft.to_vec();
        let read = Reading::Ack(None).parse(&bytes, &Options::INTEROP);
        let (value, _) = read.expect("accepted").complete().expect("whole");
        let law = || laws::semantic(Reading::Ack(None), written, &value, &Options::INTEROP);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(law)).is_ok()
    };
    assert!(holds(&written(usual, None)));
    assert!(holds(&written(fine, Some(b"Fine"))));
    assert!(!holds(&written(fine, None)));
    assert!(!holds(&written(usual, Some(b"Fine"))));
}

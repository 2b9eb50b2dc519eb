//! A store in which things go wrong.

use super::*;

/// Each fault, and what a client is told of it.
const FAULTS: [(Fault, u16, u32); 8] = [
    (Fault::Exists, 403, ACCESS_DENIED),
    (Fault::IsDirectory, 400, INVALID),
    (Fault::NoParent, 404, 0x8007_0003),
    (Fault::BadName, 400, INVALID),
    (Fault::Forbidden, 403, ACCESS_DENIED),
    (Fault::Full, 500, 0x8007_0070),
    (Fault::TooLarge, 500, 0x8020_0020),
    (Fault::Failed, 500, 0x8000_4005),
];

#[test]
fn a_fault_before_there_is_a_session_says_what_it_is_and_leaves_none() {
    for (fault, status, code) in FAULTS {
        for errand in [Errand::Survey, Errand::Create] {
            let mut bench = Bench::new(Policy::default());
            let said = bench.ask_in_trouble(&create(), errand, fault);
            assert_eq!(said, Said::error(status, code), "{errand:?} {fault:?}");
            assert_eq!(bench.session(), None);
            assert!(bench.ask(&create()).is_opened, "it is over");
        }
    }
}

#[test]
fn a_session_that_cannot_be_looked_for_is_left_alone() {
    for (fault, status, code) in FAULTS {
        for packet in [fragment(4, 9, 10), close(), cancel()] {
            let mut bench = Bench::at(Policy::default(), 4);
            let before = bench.session().cloned();
            let said = bench.ask_in_trouble(&packet, Errand::Find, fault);
            assert_eq!(
                said,
                Said::error(status, code),
                "nothing is known of a session"
            );
            assert_eq!(bench.session(), before.as_ref());
        }
    }
}

#[test]
fn of_a_fragment_that_does_not_fit_all_that_fits_is_kept_and_told() {
    for (fault, status, code) in FAULTS {
        for room in [0, 3] {
            let mut bench = Bench::at(Policy::default(), 4);
            bench.store.room = room;
            let said = bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Receive, fault);
            let offset = 4 + room as u64;
            assert_eq!(said, Said::error(status, code).of(&id(1)).at(offset));
            assert_eq!(bench.received(), Some(offset));
            assert_eq!(
                bench.ask(&fragment(offset, 9, 10)),
                told(200, 10),
                "it goes on"
            );
        }
    }
}

#[test]
fn a_fault_behind_the_last_byte_publishes_nothing_and_the_next_one_does() {
    let mut bench = Bench::at(Policy::default(), 4);
    bench.store.room = 6;
    let said = bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Receive, Fault::Failed);
    assert_eq!(said, Said::error(500, 0x8000_4005).of(&id(1)).at(10));
    assert_eq!((bench.state(), bench.file()), (State::Receive, None));
    assert_eq!(bench.ask(&fragment(4, 9, 10)), told(200, 10));
    assert_eq!(bench.event(), Some(Event::Whole));
    assert!(bench.file().is_some());
}

#[test]
fn an_offset_is_told_only_after_it_was_settled() {
    for (fault, status, code) in FAULTS {
        // Stored, repeated, out of step, refused.
        let cases = [
            (fragment(4, 6, 10), Said::error(status, code)),
            (fragment(0, 3, 10), Said::error(status, code)),
            (fragment(6, 9, 10), Said::error(status, code)),
            (fragment(4, 9, 11), Said::error(400, INVALID)),
        ];
        for (packet, expected) in cases {
            let mut bench = Bench::at(Policy::default(), 4);
            let before = bench.session().cloned();
            let said = bench.ask_in_trouble(&packet, Errand::Settle, fault);
            assert_eq!(said, expected.of(&id(1)), "{packet:?} {fault:?}");
            assert_eq!(bench.session(), before.as_ref());
        }
    }
}

#[test]
fn a_file_that_cannot_be_published_is_published_by_what_comes_next() {
    for (fault, status, code) in FAULTS {
        for again in [fragment(4, 9, 10), fragment(0, 9, 10), close()] {
            let mut bench = Bench::at(Policy::default(), 4);
            let said = bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Publish, fault);
            assert_eq!(said, Said::error(status, code).of(&id(1)).at(10));
            assert_eq!((bench.state(), bench.file()), (State::Receive, None));

            let said = bench.ask_in_trouble(&again, Errand::Publish, fault);
            assert_eq!(said.status, status, "not yet");
            assert_eq!(bench.ask(&again).status, 200);
            assert_eq!(bench.file().map(<[u8]>::len), Some(10));
        }
    }
}

#[test]
fn a_file_that_cannot_be_published_may_be_cancelled() {
    let mut bench = Bench::at(Policy::default(), 4);
    bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Publish, Fault::Exists);
    assert_eq!(bench.ask(&cancel()), Said::status(200).of(&id(1)));
    assert_eq!((bench.state(), bench.file()), (State::Absent, None));
}

#[test]
fn a_session_that_cannot_be_forgotten_is_told_unless_its_file_is_published() {
    for (fault, status, code) in FAULTS {
        for packet in [close(), cancel()] {
            let mut bench = Bench::at(Policy::default(), 4);
            let said = bench.ask_in_trouble(&packet, Errand::Remove, fault);
            assert_eq!(said, Said::error(status, code).of(&id(1)));
            assert_eq!(bench.received(), Some(4), "it may be gone on with");

            let mut bench = Bench::at(Policy::default(), 10);
            let said = bench.ask_in_trouble(&packet, Errand::Remove, fault);
            assert_eq!(said, Said::status(200).of(&id(1)));
            assert_eq!(bench.ask(&packet), Said::status(200).of(&id(1)));
        }
    }
}

#[test]
fn an_expired_session_that_cannot_be_forgotten_is_still_over() {
    let mut bench = Bench::at(Policy::default(), 4);
    bench.second += 2_000_000;
    for _ in 0..2 {
        let said = bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Remove, Fault::Failed);
        assert_eq!(said, not_found());
    }
}

#[test]
fn a_session_that_is_gone_meanwhile_is_answered_as_one_that_never_was() {
    let never = {
        let mut bench = Bench::new(Policy::default());
        bench.ask(&fragment(4, 9, 10));
        bench.bytes
    };
    for errand in [
        Errand::Find,
        Errand::Receive,
        Errand::Settle,
        Errand::Publish,
    ] {
        let mut bench = Bench::at(Policy::default(), 4);
        let packet = match errand {
            Errand::Settle => fragment(4, 6, 10),
            _ => fragment(4, 9, 10),
        };
        assert_eq!(
            bench.ask_in_trouble(&packet, errand, Fault::Gone),
            not_found(),
            "{errand:?}"
        );
        assert_eq!(bench.bytes, never, "{errand:?}");
    }
}

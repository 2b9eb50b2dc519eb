//! What an administrator decides, and what is asked of a destination.

use super::*;

#[test]
fn a_session_is_opened_for_whoever_offers_the_protocol() {
    let lists = [
        ("{7DF0354D-249B-430F-820D-3D2A9BEF4931}", true),
        (
            "{00000000-0000-0000-0000-000000000001} {7df0354d-249b-430f-820d-3d2a9bef4931}",
            true,
        ),
        ("{00000000-0000-0000-0000-000000000001}", false),
    ];
    for (protocols, is_opened) in lists {
        let mut bench = Bench::new(Policy::default());
        let said = bench.ask(&Packet::Create { protocols });
        let expected = match is_opened {
            true => Said {
                is_opened,
                ..Said::status(200).of(&id(1))
            },
            false => Said::error(400, INVALID),
        };
        assert_eq!(said, expected, "{protocols}");
        assert_eq!(bench.session().is_some(), is_opened);
    }
}

#[test]
fn a_destination_that_takes_no_file_is_refused_before_there_is_a_session() {
    let cases = [
        ("/folder/", Said::error(400, INVALID)),
        ("/missing/a", Said::error(404, 0x8007_0003)),
        ("/exists", Said::error(403, ACCESS_DENIED)),
    ];
    for (target, expected) in cases {
        let mut bench = Bench::new(Policy::default());
        bench.store.files.insert("/exists".to_owned(), Vec::new());
        bench.caller = caller(Some("ann"), target);
        assert_eq!(bench.ask(&create()), expected, "{target}");
        assert_eq!(bench.session(), None);
    }
}

#[test]
fn overwriting_replaces_the_file_and_nothing_before_it_is_whole() {
    let mut bench = Bench::new(policy(|policy| policy.overwrite = true));
    bench.store.files.insert("/a".to_owned(), b"old".to_vec());
    assert!(bench.ask(&create()).is_opened);
    bench.ask(&fragment(0, 8, 10));
    assert_eq!(bench.file(), Some(&b"old"[..]));
    assert_eq!(bench.ask(&fragment(9, 9, 10)), told(200, 10));
    assert_eq!(bench.file().map(<[u8]>::len), Some(10));
}

#[test]
fn a_user_has_so_many_sessions_and_others_have_theirs() {
    let mut bench = Bench::new(policy(|policy| policy.max_sessions = 2));
    let full = Said::error(503, 0x8007_0045);
    assert!(bench.ask(&create()).is_opened);
    assert!(bench.ask(&create()).is_opened);
    assert_eq!(bench.ask(&create()), full);
    for user in [Some("bob"), None] {
        let other = caller(user, "/b");
        assert!(bench.ask_as(&other, &create()).is_opened);
        assert!(bench.ask_as(&other, &create()).is_opened);
        assert_eq!(bench.ask_as(&other, &create()), full);
    }
    bench.ask(&close());
    assert!(bench.ask(&create()).is_opened, "one is over");
    assert_eq!(bench.ask(&create()), full);
}

#[test]
fn no_sessions_at_all_may_be_the_limit() {
    let mut bench = Bench::new(policy(|policy| policy.max_sessions = 0));
    assert_eq!(bench.ask(&create()), Said::error(503, 0x8007_0045));
}

#[test]
fn a_file_has_so_many_bytes_and_not_one_more() {
    for (total, is_refused) in [(9, false), (10, false), (11, true), (u64::MAX, true)] {
        let mut bench = Bench::opened(policy(|policy| policy.max_file = 10));
        let said = bench.ask(&fragment(0, 3, total));
        let expected = match is_refused {
            true => Said::error(500, 0x8020_0020).of(&id(1)).at(0),
            false => told(200, 4),
        };
        assert_eq!(said, expected, "{total}");
    }
}

#[test]
fn a_fragment_has_so_many_bytes_and_not_one_more_even_if_they_are_old() {
    for (first, last, status, offset) in [
        (4, 7, 200, 8),
        (4, 8, 413, 4),
        (0, 4, 413, 4),
        (1, 4, 200, 5),
    ] {
        let mut bench = Bench::at(policy(|policy| policy.max_fragment = 4), 4);
        assert_eq!(bench.ask(&fragment(first, last, 10)), told(status, offset));
        assert_eq!(bench.received(), Some(offset));
    }
}

#[test]
fn another_total_weighs_more_than_a_limit() {
    let mut bench = Bench::at(policy(|policy| policy.max_file = 10), 4);
    assert_eq!(
        bench.ask(&fragment(4, 9, 11)),
        Said::error(400, INVALID).of(&id(1)).at(4)
    );
}

#[test]
fn windows_has_these_limits() {
    let policy = Policy::default();
    assert_eq!(policy.idle_timeout, Duration::from_secs(14 * 24 * 3600));
    assert_eq!((policy.max_sessions, policy.max_file), (50, u64::MAX));
    assert!(!policy.overwrite && !policy.empty_files);
    assert_eq!(policy.overlap, Overlap::AcceptNew);
}

//! Close-Session, Cancel-Session, empty files, and time ([MC-BUP] 3.2.5.2.7, 3.2.5.2.8; D-24, D-25, D-27, D-49).

use super::*;

fn ended() -> Said {
    Said::status(200).of(&id(1))
}

#[test]
fn close_before_the_end_deletes_and_publishes_nothing() {
    for policy in [
        Policy::default(),
        refusing(),
        policy(|it| it.empty_files = true),
    ] {
        for received in [1, 9] {
            let mut bench = Bench::at(policy.clone(), received);
            assert_eq!(bench.ask(&close()), ended());
            assert_eq!(bench.event(), Some(Event::CloseEarly));
            assert_eq!((bench.state(), bench.file()), (State::Absent, None));
            assert_eq!(bench.ask(&close()), not_found());
        }
    }
}

#[test]
fn the_file_appears_with_the_last_fragment_and_not_with_close() {
    let mut bench = Bench::at(Policy::default(), 9);
    assert_eq!(bench.file(), None);
    bench.ask(&fragment(9, 9, 10));
    let file = bench.file().map(<[u8]>::to_vec);
    assert_eq!(file.as_deref(), Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
    assert_eq!(bench.ask(&close()), ended());
    assert_eq!(
        (bench.state(), bench.file()),
        (State::Absent, file.as_deref())
    );
    assert_eq!(bench.ask(&close()), not_found());
}

#[test]
fn cancel_drops_what_is_not_whole_and_leaves_what_is_published() {
    let mut bench = Bench::at(Policy::default(), 9);
    assert_eq!(bench.ask(&cancel()), ended());
    assert_eq!((bench.state(), bench.file()), (State::Absent, None));
    assert_eq!(bench.ask(&cancel()), not_found());

    let mut bench = Bench::at(Policy::default(), 10);
    assert_eq!(bench.ask(&cancel()), ended());
    assert_eq!(bench.state(), State::Absent);
    assert_eq!(bench.file().map(<[u8]>::len), Some(10));
}

#[test]
fn close_without_a_fragment_makes_an_empty_file_only_if_that_is_allowed() {
    let mut bench = Bench::opened(Policy::default());
    assert_eq!(bench.ask(&close()), ended());
    assert_eq!(
        (bench.event(), bench.file()),
        (Some(Event::CloseEarly), None)
    );

    let mut bench = Bench::opened(policy(|policy| policy.empty_files = true));
    assert_eq!(bench.ask(&close()), ended());
    assert_eq!(
        (bench.event(), bench.file()),
        (Some(Event::CloseEmpty), Some(&b""[..]))
    );
    assert_eq!(bench.state(), State::Absent);
}

#[test]
fn close_makes_no_empty_file_once_a_fragment_came_whatever_became_of_it() {
    let mut short = fragment(0, 3, 10);
    let mut coded = fragment(0, 3, 10);
    if let (Packet::Fragment { body, .. }, Packet::Fragment { coding, .. }) =
        (&mut short, &mut coded)
    {
        body.clear();
        *coding = Some("gzip");
    }
    for first in [short, coded, fragment(4, 9, 10)] {
        let mut bench = Bench::opened(policy(|policy| policy.empty_files = true));
        assert_ne!(bench.ask(&first).status, 200);
        assert_eq!(bench.received(), Some(0));
        assert_eq!(bench.ask(&close()), ended());
        assert_eq!(
            (bench.event(), bench.file()),
            (Some(Event::CloseEarly), None)
        );
    }
}

#[test]
fn a_fragment_that_breaks_a_rule_is_one_that_came() {
    let mut bench = Bench::opened(policy(|policy| policy.empty_files = true));
    let ann = bench.caller.clone();
    assert_eq!(
        bench.ask_badly_as(&ann, 411),
        Said::error(411, INVALID).of(&id(1)).at(0)
    );
    assert_eq!(bench.event(), Some(Event::Invalid));
    assert_eq!(bench.ask(&close()), ended());
    assert_eq!(
        (bench.event(), bench.file()),
        (Some(Event::CloseEarly), None)
    );
}

#[test]
fn a_close_or_cancel_that_breaks_a_rule_ends_nothing_and_is_told_the_session() {
    for kind in [RequestType::CloseSession, RequestType::CancelSession] {
        let mut bench = Bench::opened(policy(|policy| policy.empty_files = true));
        let ann = bench.caller.clone();
        let said = bench.ask_badly_of(kind, &ann, 400);
        assert_eq!(said, Said::error(400, INVALID).of(&id(1)));
        assert_eq!(bench.state(), State::Receive);
        // It says nothing about bytes.
        assert_eq!(bench.ask(&close()), ended());
        assert_eq!(bench.event(), Some(Event::CloseEmpty));
    }
}

#[test]
fn an_empty_file_is_never_put_over_another_even_if_overwriting_is_allowed() {
    let policy = policy(|policy| {
        policy.empty_files = true;
        policy.overwrite = true;
    });
    let mut bench = Bench::opened(policy);
    bench.store.files.insert("/a".to_owned(), b"old".to_vec());
    let said = bench.ask(&close());
    assert_eq!(said, Said::error(403, ACCESS_DENIED).of(&id(1)));
    assert_eq!(
        (bench.state(), bench.file()),
        (State::Receive, Some(&b"old"[..]))
    );
    // The session lives, and may still become a file with bytes.
    assert_eq!(bench.ask(&fragment(0, 2, 3)), told(200, 3));
    assert_eq!(bench.file(), Some(&[0, 1, 2][..]));
}

#[test]
fn an_empty_file_whose_session_could_not_be_forgotten_is_closed_again() {
    let mut bench = Bench::opened(policy(|policy| policy.empty_files = true));
    let said = bench.ask_in_trouble(&close(), Errand::Remove, Fault::Failed);
    assert_eq!(said, ended());
    assert_eq!(bench.state(), State::WaitForClose);
    // It is published: bytes come too late for it.
    let said = bench.ask(&fragment(0, 2, 3));
    assert_eq!(said, Said::error(400, INVALID).of(&id(1)).at(0));
    assert_eq!(bench.ask(&close()), ended());
    assert_eq!(
        (bench.state(), bench.file()),
        (State::Absent, Some(&b""[..]))
    );
}

#[test]
fn a_session_ends_in_the_second_in_which_its_time_is_up() {
    for (idle, is_alive) in [(99, true), (100, false), (101, false)] {
        let mut bench = Bench::at(policy(|it| it.idle_timeout = Duration::from_secs(100)), 4);
        bench.second += idle;
        let said = bench.ask(&fragment(4, 5, 10));
        let expected = if is_alive { told(200, 6) } else { not_found() };
        assert_eq!(said, expected, "{idle}");
        assert_eq!(bench.session().is_some(), is_alive, "{idle}");
    }
}

#[test]
fn what_succeeds_keeps_a_session_alive_and_what_is_refused_does_not() {
    // Received, what is asked, and whether it is a success.
    let mut none = fragment(4, 9, 10);
    if let Packet::Fragment { body, .. } = &mut none {
        body.clear();
    }
    let mut some = fragment(4, 9, 10);
    if let Packet::Fragment { body, .. } = &mut some {
        body.truncate(1);
    }
    let cases = [
        (4, fragment(4, 5, 10), true),
        (4, fragment(0, 3, 10), true),
        (4, fragment(4, 9, 10), true),
        (10, fragment(9, 9, 10), true),
        (4, some, true),
        (4, none, false),
        (4, fragment(6, 9, 10), false),
        (4, fragment(4, 9, 11), false),
    ];
    for (received, packet, is_success) in cases {
        let mut bench = Bench::at(
            policy(|it| it.idle_timeout = Duration::from_secs(100)),
            received,
        );
        bench.second += 60;
        bench.ask(&packet);
        bench.second += 60;
        let is_found = bench.ask(&cancel()) == ended();
        assert_eq!(is_found, is_success, "{packet:?}");
    }
}

#[test]
fn to_publish_at_last_keeps_a_session_alive() {
    let mut bench = Bench::at(policy(|it| it.idle_timeout = Duration::from_secs(100)), 9);
    let said = bench.ask_in_trouble(&fragment(9, 9, 10), Errand::Publish, Fault::Full);
    assert_eq!(said.offset, Some(10));
    bench.second += 60;
    assert_eq!(bench.ask(&fragment(9, 9, 10)), told(200, 10));
    bench.second += 60;
    assert_eq!(
        bench.ask(&fragment(9, 9, 10)),
        told(200, 10),
        "the stored Ack"
    );
}

#[test]
fn what_has_expired_is_deleted_but_not_what_is_published() {
    for (received, event) in [(4, State::Receive), (10, State::WaitForClose)] {
        let mut bench = Bench::at(Policy::default(), received);
        bench.second += 2_000_000;
        assert_eq!(bench.ask(&close()), not_found());
        let row = bench.row.unwrap();
        assert_eq!((row.state, row.event), (event, Event::Expire));
        assert_eq!(bench.state(), State::Absent);
        assert_eq!(bench.file().is_some(), received == 10);
    }
}

#[test]
fn a_clock_that_was_set_back_ends_no_session() {
    let mut bench = Bench::new(policy(|it| it.idle_timeout = Duration::from_secs(1)));
    bench.second = 500_000;
    bench.ask(&create());
    bench.second = 0;
    assert_eq!(bench.ask(&fragment(0, 8, 10)), told(200, 9));
    assert_eq!(bench.session().unwrap().touched, bench.now());
    bench.second = 1;
    assert_eq!(bench.ask(&fragment(9, 9, 10)), not_found());
}

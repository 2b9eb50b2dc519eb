//! Offsets of Acks, and Fragments that are too large.

use super::*;

#[test]
fn the_offset_of_an_ack_is_obeyed_within_what_was_sent() {
    let mut driver = Driver::in_session(100, options());
    assert_eq!(driver.next(), "bytes 0-9/100");
    driver.received(4);
    assert_eq!(driver.next(), "bytes 4-13/100");
    driver.received(14);
    assert_eq!(driver.next(), "bytes 14-23/100");
    driver.received(2);
    assert_eq!(driver.next(), "bytes 2-11/100");
    driver.received(24);
    assert_eq!(driver.next(), "bytes 24-33/100");
}

/// Whether an Ack of that offset is believed.
fn is_believed(driver: &mut Driver, offset: u64) -> bool {
    let ack = FragmentAck::new(id(), ReceivedContentRange::new(offset)).into();
    driver.answer(&Answer::of_ack(ack)) == Connection::Keep
}

#[test]
fn nobody_has_more_than_was_sent() {
    for ack in [
        FragmentAck::new(id(), ReceivedContentRange::new(11)).into(),
        FragmentAck::new(id(), ReceivedContentRange::new(100)).into(),
        out_of_sequence(11),
        out_of_sequence(100),
    ] {
        let mut driver = Driver::in_session(100, options());
        driver.next();
        assert_eq!(driver.answer(&Answer::of_ack(ack)), Connection::Close);
        assert_eq!(driver.next(), "bytes 0-9/100");
    }
}

#[test]
fn of_a_fragment_that_was_cut_short_only_a_part_was_sent() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    driver.upload.sent_only(4);
    driver.fails(Failure::Broken);
    driver.next();
    driver.upload.sent_only(3);
    assert!(!is_believed(&mut driver, 5));
    driver.next();
    driver.upload.sent_only(3);
    assert!(is_believed(&mut driver, 4), "as the first try has sent it");
    driver.next();
    driver.upload.sent_only(99);
    assert!(!is_believed(&mut driver, 15), "no more than its length");
}

#[test]
fn what_was_sent_is_known_to_the_next_process() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    let saved = driver.upload.saved().clone();
    assert_eq!((saved.offset, saved.sent), (0, Some(10)));
    let again = |saved| {
        let mut driver = Driver::of(Upload::resumed(saved, pinging()).unwrap());
        driver.next();
        driver.ack(PingAck);
        driver.next();
        driver
    };
    assert!(!is_believed(&mut again(saved.clone()), 11));
    assert!(is_believed(&mut again(saved.clone()), 10));
    let unknown = Saved {
        sent: None,
        ..saved.clone()
    };
    assert!(is_believed(&mut again(unknown.clone()), 100));
    assert!(!is_believed(&mut again(unknown), 101));
    let wrong = Saved {
        sent: Some(101),
        ..saved
    };
    assert!(Upload::resumed(wrong, options()).is_err());
}

#[test]
fn a_new_session_has_nothing_of_the_last_one() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    driver.received(10);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Create-Session");
    driver.created();
    driver.next();
    assert!(!is_believed(&mut driver, 11));
}

fn out_of_sequence(offset: u64) -> Ack<'static> {
    ErrorAck::out_of_sequence(id(), ReceivedContentRange::new(offset))
        .answering(RequestType::Fragment)
}

#[test]
fn status_416_resynchronises_in_both_directions_at_once() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    driver.received(10);
    driver.next();
    driver.ack(out_of_sequence(5));
    assert_eq!(driver.next(), "bytes 5-14/100");
    driver.ack(out_of_sequence(20));
    assert_eq!(driver.next(), "bytes 20-29/100");
    assert_eq!(driver.now, driver.start);
}

#[test]
fn status_416_at_the_end_closes() {
    let mut driver = Driver::in_session(10, options());
    driver.next();
    driver.ack(out_of_sequence(10));
    assert_eq!(driver.next(), "Close-Session");
}

#[test]
fn an_offset_behind_the_file_makes_the_ack_invalid() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    let ack = FragmentAck::new(id(), ReceivedContentRange::new(101)).into();
    assert_eq!(driver.answer(&Answer::of_ack(ack)), Connection::Close);
    assert_eq!(driver.next(), "bytes 0-9/100");
    assert_eq!(driver.now - driver.start, Duration::from_secs(1));
}

#[test]
fn status_416_without_an_offset_is_an_invalid_ack() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    let error = ErrorAck::new(StatusCode::RANGE_NOT_SATISFIABLE).unwrap();
    let answer = Answer::of_ack(error.answering(RequestType::Fragment));
    assert_eq!(driver.answer(&answer), Connection::Close);
    assert_eq!(driver.next(), "bytes 0-9/100");
    assert_eq!(driver.status(416), Connection::Close);
    assert_eq!(driver.next(), "bytes 0-9/100");
}

#[test]
fn an_offset_that_does_not_advance_is_no_progress() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    driver.received(10);
    for _ in 0..8 {
        assert_eq!(driver.next(), "bytes 10-19/100");
        driver.received(10);
    }
    assert_eq!(driver.next(), "bytes 10-19/100");
    driver.received(10);
    assert_eq!(driver.reason(), Reason::NoProgress);
}

#[test]
fn an_offset_that_goes_up_and_down_for_ever_is_no_progress() {
    let mut driver = Driver::in_session(100, options());
    // Up, and then 8 times down and up; the 9th time down is one too often.
    for _ in 0..9 {
        assert_eq!(driver.next(), "bytes 0-9/100");
        driver.received(10);
        assert_eq!(driver.next(), "bytes 10-19/100");
        driver.received(0);
    }
    assert_eq!(driver.reason(), Reason::NoProgress);
}

#[test]
fn setbacks_are_forgotten_when_more_is_acknowledged_than_ever() {
    let mut driver = Driver::in_session(1000, options());
    for step in 0..20 {
        assert_eq!(
            driver.next(),
            format!("bytes {}-{}/1000", step * 10, step * 10 + 9)
        );
        driver.received(step * 10);
        driver.next();
        driver.received(step * 10 + 10);
    }
}

fn of_fragments(fragment_size: u64) -> Options {
    Options {
        fragment_size,
        ..options()
    }
}

#[test]
fn status_413_halves_the_fragment_down_to_5_kib() {
    let mut driver = Driver::in_session(100_000, of_fragments(30_000));
    for last in [29_999, 14_999, 7_499, 5_119] {
        assert_eq!(driver.next(), format!("bytes 0-{last}/100000"));
        assert_eq!(driver.status(413), Connection::Keep);
    }
    assert_eq!(driver.reason(), Reason::Refused);
    assert_eq!(driver.now, driver.start, "smaller ones are sent at once");
}

#[test]
fn the_smaller_fragment_stays_and_is_saved() {
    let mut driver = Driver::in_session(100_000, of_fragments(30_000));
    driver.next();
    let _ = driver.status(413);
    driver.next();
    driver.received(15_000);
    assert_eq!(driver.next(), "bytes 15000-29999/100000");
    let saved = driver.upload.saved().clone();
    let mut driver = Driver::of(Upload::resumed(saved, of_fragments(30_000)).unwrap());
    assert_eq!(driver.next(), "bytes 15000-29999/100000");
}

#[test]
fn fragments_are_short_after_failures_until_one_is_acknowledged() {
    let mut driver = Driver::in_session(10 << 20, of_fragments(1 << 20));
    for length in [1 << 20, 1 << 17, 1 << 14, 5 << 10, 5 << 10] {
        assert_eq!(driver.next(), format!("bytes 0-{}/10485760", length - 1));
        driver.fails(Failure::Broken);
    }
    driver.next();
    // What had arrived of the long ones.
    driver.received(700_000);
    assert_eq!(driver.next(), "bytes 700000-1748575/10485760");
}

#[test]
fn a_fragment_size_below_5_kib_stays_after_failures() {
    let mut driver = Driver::in_session(1000, of_fragments(100));
    for _ in 0..3 {
        assert_eq!(driver.next(), "bytes 0-99/1000");
        driver.fails(Failure::Broken);
    }
}

#[test]
fn half_of_a_short_last_fragment_counts() {
    let mut driver = Driver::in_session(12_000, of_fragments(1 << 20));
    assert_eq!(driver.next(), "bytes 0-11999/12000");
    let _ = driver.status(413);
    assert_eq!(driver.next(), "bytes 0-5999/12000");
}

#[test]
fn status_413_to_a_small_fragment_or_to_none_is_final() {
    let mut driver = Driver::in_session(100_000, of_fragments(5 * 1024));
    driver.next();
    let _ = driver.status(413);
    assert_eq!(driver.reason(), Reason::Refused);

    let mut driver = Driver::new(100_000, options());
    driver.next();
    let _ = driver.status(413);
    assert_eq!(driver.reason(), Reason::Refused);
}

//! What is sent again, and when.

use super::*;

#[test]
fn delays_double_up_to_the_greatest_and_then_it_gives_up() {
    let mut driver = Driver::in_session(10, options());
    let mut delays = Vec::new();
    loop {
        driver.next();
        driver.fails(Failure::Broken);
        if matches!(driver.upload.poll(driver.now), Step::Done(_)) {
            break;
        }
        delays.push(driver.pause().as_secs());
    }
    assert_eq!(delays[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(delays.len(), 20);
    assert_eq!(driver.reason(), Reason::GaveUp);
}

#[test]
fn every_kind_of_missing_answer_is_retried() {
    for failure in [
        Failure::Connect,
        Failure::Broken,
        Failure::TimedOut,
        Failure::InvalidAnswer,
    ] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        driver.fails(failure);
        assert_eq!(driver.pause(), Duration::from_secs(1));
        assert_eq!(driver.upload.problem().unwrap().failure, Some(failure));
        driver.send_all();
        assert_eq!(driver.upload.problem(), None);
    }
}

#[test]
fn gateways_and_other_passing_failures_are_retried_with_and_without_an_ack() {
    for status in [408, 425, 429, 500, 502, 503, 504, 599, 700] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        assert_eq!(driver.status(status), Connection::Keep);
        assert_eq!(driver.pause(), Duration::from_secs(1), "{status}");
        driver.next();
        driver.error(status, HResult::new(0x8000_4005));
        assert_eq!(driver.pause(), Duration::from_secs(2), "{status}");
        driver.send_all();
    }
}

#[test]
fn progress_makes_delays_short_again() {
    let mut driver = Driver::in_session(100, options());
    for _ in 0..5 {
        driver.next();
        driver.fails(Failure::TimedOut);
    }
    assert_eq!(driver.pause(), Duration::from_secs(16));
    driver.next();
    driver.received(10);
    driver.next();
    driver.fails(Failure::TimedOut);
    assert_eq!(driver.pause(), Duration::from_secs(1));
}

fn busy(retry_after: u64) -> Answer<'static> {
    Answer {
        retry_after: Some(Duration::from_secs(retry_after)),
        ..Answer::of_status(StatusCode::new(503).unwrap())
    }
}

#[test]
fn retry_after_makes_the_delay_longer_up_to_a_limit_and_never_shorter() {
    for (asked, delay) in [(0, 1), (30, 30), (600, 600), (601, 600), (u64::MAX, 600)] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        assert_eq!(driver.answer(&busy(asked)), Connection::Keep);
        assert_eq!(driver.pause(), Duration::from_secs(delay));
    }
}

#[test]
fn too_long_without_progress_is_given_up() {
    let mut driver = Driver::in_session(10, options());
    for _ in 0..6 {
        driver.next();
        let _ = driver.answer(&busy(600));
        assert_eq!(driver.pause(), Duration::from_secs(600));
    }
    driver.next();
    let _ = driver.answer(&busy(600));
    assert_eq!(driver.reason(), Reason::Stalled);
}

#[test]
fn retry_after_is_cut_to_the_time_that_is_left() {
    let options = Options {
        no_progress_timeout: Duration::from_secs(90),
        ..options()
    };
    let mut driver = Driver::in_session(10, options);
    for delay in [60, 30] {
        driver.next();
        let _ = driver.answer(&busy(60));
        assert_eq!(driver.pause(), Duration::from_secs(delay));
    }
    driver.next();
    let _ = driver.answer(&busy(60));
    assert_eq!(driver.reason(), Reason::Stalled);
}

#[test]
fn no_wait_at_the_edge_of_time_panics() {
    let options = Options {
        first_delay: Duration::MAX,
        max_delay: Duration::MAX,
        no_progress_timeout: Duration::MAX,
        ..options()
    };
    let mut driver = Driver::in_session(10, options);
    driver.next();
    driver.fails(Failure::Connect);
    assert_eq!(driver.reason(), Reason::GaveUp);
}

#[test]
fn success_without_an_ack_is_not_believed() {
    for status in [200, 201, 202, 204] {
        let mut driver = Driver::new(10, options());
        driver.next();
        assert_eq!(driver.status(status), Connection::Close);
        assert_eq!(driver.pause(), Duration::from_secs(1));
        assert_eq!(driver.next(), "Create-Session");
    }
}

#[test]
fn a_server_that_never_sends_an_ack_is_none_of_this_protocol() {
    let mut driver = Driver::new(10, options());
    for _ in 0..5 {
        driver.next();
        let _ = driver.status(200);
    }
    assert_eq!(driver.reason(), Reason::NotBits);
}

#[test]
fn a_server_that_has_sent_an_ack_is_one() {
    let mut driver = Driver::in_session(10, options());
    for _ in 0..5 {
        driver.next();
        driver.fails(Failure::InvalidAnswer);
    }
    assert_eq!(driver.reason(), Reason::GaveUp);
}

#[test]
fn a_session_of_another_makes_an_ack_invalid() {
    let other = SessionId::new(OTHER_ID).unwrap();
    let ack = FragmentAck::new(other, ReceivedContentRange::new(10));
    let mut driver = Driver::in_session(10, options());
    driver.next();
    assert_eq!(
        driver.answer(&Answer::of_ack(ack.into())),
        Connection::Close
    );
    assert_eq!(driver.upload.saved().offset, 0);

    driver.next();
    let lost = ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR).unwrap();
    let lost = lost.with_error(HResult::SESSION_NOT_FOUND, ErrorContext::REMOTE_FILE);
    let lost = lost.with_session_id(other).answering(RequestType::Fragment);
    assert_eq!(driver.answer(&Answer::of_ack(lost)), Connection::Close);
    assert_eq!(driver.upload.saved().session_id.as_deref(), Some(ID));
}

#[test]
fn a_session_id_may_be_missing_and_a_guid_may_be_in_lower_case() {
    let lower = ID.to_ascii_lowercase();
    let without = FragmentAck {
        session_id: None,
        ..FragmentAck::new(id(), ReceivedContentRange::new(5))
    };
    let mut driver = Driver::in_session(10, options());
    driver.next();
    driver.ack(without);
    driver.next();
    let ack = FragmentAck::new(
        SessionId::new(&lower).unwrap(),
        ReceivedContentRange::new(10),
    );
    assert_eq!(driver.answer(&Answer::of_ack(ack.into())), Connection::Keep);
    assert_eq!(driver.next(), "Close-Session");
}

#[test]
fn another_protocol_than_the_one_offered_makes_an_ack_invalid() {
    let other = Guid::parse(b"{7df0354d-249b-430f-820d-3d2a9bef4932}").unwrap();
    let mut driver = Driver::new(10, options());
    driver.next();
    let ack = CreateSessionAck::new(other, id()).into();
    assert_eq!(driver.answer(&Answer::of_ack(ack)), Connection::Close);
    assert_eq!(driver.next(), "Create-Session");
}

#[test]
fn an_ack_to_another_request_is_invalid() {
    let mut driver = Driver::new(10, options());
    driver.next();
    assert_eq!(
        driver.answer(&Answer::of_ack(PingAck.into())),
        Connection::Close
    );
}

#[test]
fn a_full_disk_is_waited_for_slowly_and_then_reported() {
    for (status, code) in [
        (500, HResult::DISK_FULL),
        (500, HResult::PRINTED_DISK_FULL),
        (507, HResult::new(0x8000_4005)),
    ] {
        let mut driver = Driver::in_session(10, options());
        for _ in 0..10 {
            driver.next();
            driver.error(status, code);
            assert_eq!(driver.pause(), Duration::from_secs(60));
        }
        driver.next();
        driver.error(status, code);
        let failed = driver.failed();
        assert_eq!(failed.reason, Reason::GaveUp);
        assert_eq!(failed.problem.error_code, Some(code));
    }
}

#[test]
fn a_request_that_was_interrupted_is_sent_again_and_not_counted() {
    let mut driver = Driver::in_session(10, options());
    for _ in 0..100 {
        assert_eq!(driver.next(), "bytes 0-9/10");
        driver.fails(Failure::Interrupted);
    }
    assert_eq!(driver.now, driver.start);
}

#[test]
fn what_is_said_of_another_session_is_no_refusal_of_ours() {
    for (status, code) in [
        (403, HResult::ACCESS_DENIED),
        (404, HResult::ACCESS_DENIED),
        (500, HResult::TOO_LARGE),
        (413, HResult::INVALID_ARGUMENT),
    ] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        let error = ErrorAck::new(StatusCode::new(status).unwrap()).unwrap();
        let error = error.with_error(code, ErrorContext::REMOTE_FILE);
        let error = error.with_session_id(SessionId::new(OTHER_ID).unwrap());
        let answer = Answer::of_ack(error.answering(RequestType::Fragment));
        assert_eq!(driver.answer(&answer), Connection::Close, "{status}");
        assert_eq!(driver.next(), "bytes 0-9/10", "{status}");
        assert!(!driver.upload.is_refused_at_end());
        for _ in 0..4 {
            let _ = driver.answer(&answer);
            if driver.upload.outcome.is_none() {
                driver.next();
            }
        }
        assert_eq!(driver.reason(), Reason::GaveUp, "{status}");
    }
}

#[test]
fn time_in_which_bytes_are_taken_is_not_without_progress() {
    let hour = Duration::from_secs(3600);
    let cut = |flowed: Duration| {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        driver.now += 2 * hour;
        driver.upload.flowed(flowed);
        driver.fails(Failure::Broken);
        driver
    };
    assert_eq!(cut(2 * hour).next(), "bytes 0-9/10");
    let mut driver = cut(hour / 2);
    assert_eq!(
        driver.reason(),
        Reason::Stalled,
        "an hour and a half is idle"
    );
    // What has stood still before still counts.
    let mut driver = Driver::in_session(10, options());
    driver.next();
    driver.now += hour / 2;
    driver.fails(Failure::Broken);
    driver.next();
    driver.now += 2 * hour;
    driver.upload.flowed(2 * hour);
    driver.fails(Failure::Broken);
    driver.next();
    driver.now += hour / 2;
    driver.fails(Failure::Broken);
    assert_eq!(driver.reason(), Reason::Stalled);
}

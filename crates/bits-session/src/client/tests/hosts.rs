//! Host ids, and sessions that get lost.

use super::*;

fn server(outgoing: Outgoing<'_>) -> String {
    match outgoing.server {
        Server::Origin => "origin".to_owned(),
        Server::HostId(host) => host.to_string(),
    }
}

/// In a session that has moved, and about to send the first Fragment there.
fn at_other_host(timeout: Option<u32>) -> Driver {
    let mut driver = Driver::new(10, options());
    assert_eq!(driver.next_outgoing(server), "origin");
    driver.ack(moved(b"other", timeout));
    assert_eq!(driver.next_outgoing(server), "other");
    driver.ack(PingAck);
    driver
}

#[test]
fn a_host_id_takes_all_later_packets_and_a_ping_first() {
    let mut driver = Driver::new(10, options());
    driver.next();
    driver.ack(moved(b"other", None));
    assert_eq!(driver.next(), "Ping");
    driver.ack(PingAck);
    assert_eq!(driver.next_outgoing(server), "other");
    driver.received(10);
    assert_eq!(driver.next_outgoing(server), "other");
    assert_eq!(
        driver.upload.saved().host_id.as_deref(),
        Some(&b"other"[..])
    );
}

#[test]
fn the_host_id_is_left_when_its_time_has_run_out_since_the_first_failure() {
    let mut driver = at_other_host(Some(10));
    for _ in 0..3 {
        assert_eq!(driver.next_outgoing(server), "other");
        driver.fails(Failure::Connect);
    }
    // After 1 and 2 seconds; the next one would be at 7, and the one after it at 15.
    assert_eq!(driver.next_outgoing(server), "other");
    driver.fails(Failure::Connect);
    assert_eq!(
        driver.pause(),
        Duration::from_secs(3),
        "no longer than to second 10"
    );
    assert_eq!(driver.next_outgoing(server), "origin");
    assert_eq!(driver.now - driver.start, Duration::from_secs(10));
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Create-Session");
    assert_eq!(driver.upload.saved().host_id, None);
}

#[test]
fn only_an_acknowledged_fragment_resets_the_time_of_a_host() {
    let reset = |status| {
        let mut driver = at_other_host(Some(5));
        driver.next();
        driver.fails(Failure::Connect);
        driver.next();
        let range = ReceivedContentRange::new(5);
        match status {
            200 => driver.ack(FragmentAck::new(id(), range)),
            416 => {
                driver.ack(ErrorAck::out_of_sequence(id(), range).answering(RequestType::Fragment));
            }
            _ => driver.error(status, HResult::new(0x8000_4005)),
        }
        driver.now += Duration::from_secs(100);
        driver.next_outgoing(server)
    };
    assert_eq!(reset(200), "other");
    assert_eq!(reset(416), "other");
    assert_eq!(reset(503), "origin");
}

#[test]
fn a_host_with_trouble_for_ever_is_left_when_its_time_is_over() {
    let mut driver = at_other_host(Some(2));
    let trouble = |driver: &mut Driver| driver.error(500, HResult::new(0x8000_4005));
    assert_eq!(
        until_left(&mut driver, trouble),
        Some(2),
        "at 0 and 1 second"
    );
}

#[test]
fn what_is_no_server_of_the_protocol_at_a_host_id_is_left_when_its_time_is_over() {
    for status in [302, 403, 404, 405, 501] {
        let mut driver = at_other_host(Some(2));
        let refuse = |driver: &mut Driver| {
            let _ = driver.status(status);
        };
        assert_eq!(until_left(&mut driver, refuse), Some(2), "{status}");
        assert_eq!(driver.now - driver.start, Duration::from_secs(2));
    }
    // The word of a server of the protocol stands.
    let mut driver = at_other_host(Some(2));
    driver.next();
    driver.error(403, HResult::ACCESS_DENIED);
    assert_eq!(driver.reason(), Reason::Refused);
    assert!(driver.upload.saved().host_id.is_some());
}

#[test]
fn without_a_time_whoever_goes_on_after_a_refusal_at_a_host_id_asks_the_origin() {
    for status in [302, 401, 404] {
        let mut driver = at_other_host(None);
        driver.next();
        let _ = driver.status(status);
        let failed = driver.failed();
        assert!(failed.advice().contains("host id"), "{}", failed.advice());
        assert!(failed.to_string().contains("Fragment at the host id: "));
        let saved = driver.upload.saved().clone();
        assert!(saved.session_id.is_some());
        let again = || Driver::of(Upload::resumed(saved.clone(), options()).unwrap());
        assert_eq!(again().next_outgoing(server), "origin");
        let mut driver = again();
        driver.upload.cancel();
        assert_eq!(driver.next_outgoing(server), "origin");
    }
}

#[test]
fn a_cancellation_that_a_host_id_without_a_time_does_not_take_goes_to_the_origin_next_time() {
    let mut driver = at_other_host(None);
    driver.upload.cancel();
    let cut = |driver: &mut Driver| driver.fails(Failure::Connect);
    assert_eq!(until_left(&mut driver, cut), None);
    assert_eq!(driver.upload.saved().host_id, None);
}

#[test]
fn the_time_of_a_host_runs_out_across_processes() {
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (passed, expected) in [(59, "other"), (60, "origin")] {
        let mut driver = at_other_host(Some(60));
        driver.upload = driver.upload.with_time(driver.now, began);
        driver.now += Duration::from_secs(100);
        driver.next();
        let _ = driver.status(401);
        assert_eq!(driver.reason(), Reason::Credentials);
        let saved = driver.upload.saved().clone();
        let since = began + Duration::from_secs(100);
        assert_eq!(saved.host_id_failing_since, Some(since));

        let upload = Upload::resumed(saved, options()).unwrap();
        let now = driver.now;
        let mut driver = Driver::of(upload.with_time(now, since + Duration::from_secs(passed)));
        driver.now = now;
        assert_eq!(driver.next_outgoing(server), expected);
        if expected == "origin" {
            assert_eq!(driver.upload.saved().host_id_failing_since, None);
        }
    }
}

#[test]
fn without_a_time_the_host_id_is_never_left() {
    for timeout in [None, Some(u32::MAX)] {
        let mut driver = at_other_host(timeout);
        driver.next();
        driver.fails(Failure::Connect);
        driver.now += Duration::from_secs(u64::from(u32::MAX) + 1);
        assert_eq!(driver.next_outgoing(server), "other");
    }
}

/// Fails until a request goes to the origin, and gives how many went to the host id's server; `None` if it fails for
/// good.
fn until_left(driver: &mut Driver, mut fail: impl FnMut(&mut Driver)) -> Option<usize> {
    for tries in 0.. {
        if driver.upload.outcome.is_some() {
            return None;
        }
        if driver.next_outgoing(server) == "origin" {
            return Some(tries);
        }
        fail(driver);
    }
    unreachable!()
}

const DAY: Option<u32> = Some(86_400);

#[test]
fn a_silent_host_is_left_once_before_a_limit_ends_the_upload() {
    let mut driver = at_other_host(DAY);
    let cut = |driver: &mut Driver| driver.fails(Failure::Connect);
    assert_eq!(until_left(&mut driver, cut), Some(21));
    assert_eq!(driver.upload.saved().host_id, None);
    assert_eq!(driver.upload.saved().host_id_fallback_timeout, None);
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next_outgoing(server), "origin");
    driver.ack(moved(b"other", DAY));
    assert_eq!(until_left(&mut driver, cut), None);
    assert_eq!(driver.reason(), Reason::GaveUp);
}

#[test]
fn what_is_acknowledged_at_the_origin_makes_a_host_id_worth_another_try() {
    let mut driver = at_other_host(DAY);
    let cut = |driver: &mut Driver| driver.fails(Failure::TimedOut);
    until_left(&mut driver, cut).unwrap();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    driver.next();
    driver.created();
    driver.next();
    driver.received(5);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    driver.next();
    driver.ack(moved(b"other", DAY));
    assert_eq!(until_left(&mut driver, cut), Some(21));
}

#[test]
fn every_limit_of_silence_leads_back_to_the_origin() {
    let status = |status| {
        move |driver: &mut Driver| {
            let _ = driver.status(status);
        }
    };
    assert_eq!(until_left(&mut at_other_host(DAY), status(502)), Some(21));
    assert_eq!(until_left(&mut at_other_host(DAY), status(507)), Some(11));
    let garbage = |driver: &mut Driver| driver.fails(Failure::InvalidAnswer);
    assert_eq!(until_left(&mut at_other_host(DAY), garbage), Some(5));

    let cut = |driver: &mut Driver| driver.fails(Failure::Broken);
    let with = |options: Options| {
        let mut driver = Driver::new(10, options);
        driver.next();
        driver.ack(moved(b"other", DAY));
        until_left(&mut driver, cut)
    };
    let no_retries = Options {
        max_failures: 0,
        ..options()
    };
    assert_eq!(with(no_retries), Some(1));
    let impatient = Options {
        no_progress_timeout: Duration::from_secs(10),
        ..options()
    };
    assert_eq!(with(impatient), Some(4), "at 0, 1, 3 and 7 seconds");
}

#[test]
fn a_host_that_has_spoken_a_moment_ago_is_not_left_early() {
    let mut driver = at_other_host(DAY);
    let mut tries = 0;
    let left = until_left(&mut driver, |driver| {
        tries += 1;
        match tries {
            // Three times nothing at the end.
            ..=18 => driver.error(503, HResult::new(0x8000_4005)),
            _ => driver.fails(Failure::Connect),
        }
    });
    assert_eq!((left, tries), (None, 21));
    assert_eq!(driver.reason(), Reason::GaveUp);
    assert!(
        driver.upload.saved().host_id.is_some(),
        "another run may find it"
    );

    let mut driver = at_other_host(DAY);
    let mut tries = 0;
    let left = until_left(&mut driver, |driver| {
        tries += 1;
        match tries {
            ..=17 => driver.error(503, HResult::new(0x8000_4005)),
            _ => driver.fails(Failure::Connect),
        }
    });
    assert_eq!(left, Some(21), "it has been silent for four");
}

#[test]
fn a_host_id_without_a_time_is_not_left_early_either() {
    let mut driver = at_other_host(None);
    let cut = |driver: &mut Driver| driver.fails(Failure::Connect);
    assert_eq!(until_left(&mut driver, cut), None);
    assert_eq!(driver.reason(), Reason::GaveUp);
    assert!(driver.upload.saved().host_id.is_some());
}

#[test]
fn a_host_id_is_left_while_there_is_no_session_too() {
    for timeout in [Some(5), DAY] {
        let saved = Saved {
            host_id: Some(b"other".to_vec()),
            host_id_fallback_timeout: timeout,
            ..Saved::new(10)
        };
        let mut driver = Driver::of(Upload::resumed(saved, Options::default()).unwrap());
        let cut = |driver: &mut Driver| driver.fails(Failure::Connect);
        assert!(until_left(&mut driver, cut).is_some());
        driver.ack(PingAck);
        assert_eq!(driver.next(), "Create-Session");
    }
}

#[test]
fn an_empty_file_at_a_host_id_is_pinged_and_closed() {
    let mut driver = Driver::new(0, options());
    driver.next();
    driver.ack(moved(b"other", None));
    assert_eq!(driver.next(), "Ping");
    driver.ack(PingAck);
    assert_eq!(driver.next(), "Close-Session");
}

#[test]
fn a_session_that_is_lost_begins_again_at_zero() {
    let mut driver = Driver::in_session(100, options());
    driver.next();
    driver.received(10);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Create-Session");
    assert_eq!(driver.upload.saved(), &Saved::new(100));
    driver.created();
    assert_eq!(driver.next(), "bytes 0-9/100");
    assert_eq!(driver.now, driver.start);
}

#[test]
fn a_server_that_loses_every_session_makes_no_progress() {
    let mut driver = Driver::new(100, options());
    for _ in 0..8 {
        assert_eq!(driver.next(), "Create-Session");
        driver.created();
        driver.next();
        driver.received(10);
        driver.next();
        driver.error(500, HResult::SESSION_NOT_FOUND);
    }
    assert_eq!(driver.next(), "Create-Session");
    driver.created();
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.reason(), Reason::NoProgress);
}

#[test]
fn a_lost_session_at_a_host_id_is_created_again_there() {
    let mut driver = at_other_host(None);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next_outgoing(server), "other");
    let saved = driver.upload.saved().clone();
    assert_eq!(saved.session_id, None);
    assert!(Upload::resumed(saved, options()).is_ok());
}

#[test]
fn a_host_that_is_none_ends_the_upload_at_once() {
    let mut driver = Driver::new(10, options());
    assert_eq!(driver.next(), "Create-Session");
    driver.fails(Failure::InvalidHostId);
    let failed = driver.failed();
    assert_eq!(failed.reason, Reason::Refused);
    assert!(failed.advice().contains("BITS-Host-Id"));
}

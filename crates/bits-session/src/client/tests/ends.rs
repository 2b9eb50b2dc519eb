//! Close-Session and Cancel-Session.

use super::*;

/// Close-Session is under way.
fn closing() -> Driver {
    let mut driver = Driver::in_session(10, options());
    driver.send_all();
    assert_eq!(driver.next(), "Close-Session");
    driver
}

/// Cancel-Session is under way.
fn cancelling() -> Driver {
    let mut driver = Driver::in_session(10, options());
    driver.upload.cancel();
    assert_eq!(driver.next(), "Cancel-Session");
    driver
}

#[test]
fn a_session_that_is_gone_after_the_whole_file_is_done() {
    let mut driver = closing();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.outcome(), Outcome::Complete);
}

#[test]
fn a_session_that_is_gone_is_cancelled() {
    let mut driver = cancelling();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.outcome(), Outcome::Cancelled);
}

#[test]
fn an_end_is_asked_for_again_on_5xx_and_when_there_is_no_answer() {
    for end in [closing, cancelling] {
        let mut driver = end();
        if driver.upload.poll(driver.now) != Step::Awaiting {
            driver
                .upload
                .handle_failure(Failure::Interrupted, driver.now);
        }
        driver.fails(Failure::Interrupted);
        let name = driver.next();
        for status in [500, 501, 503, 505] {
            driver.error(status, HResult::new(0x8000_4005));
            assert_eq!(driver.next(), name, "{status}");
        }
        driver.fails(Failure::Broken);
        assert_eq!(driver.next(), name);
    }
}

#[test]
fn an_end_is_never_asked_for_again_on_4xx() {
    for status in [400, 403, 404, 408, 409, 413, 429] {
        let mut driver = closing();
        driver.error(status, HResult::INVALID_ARGUMENT);
        assert_eq!(driver.reason(), Reason::Refused, "{status}");
        assert!(
            driver
                .failed()
                .advice()
                .contains("look whether the file is there")
        );

        let mut driver = cancelling();
        driver.error(status, HResult::INVALID_ARGUMENT);
        assert_eq!(driver.reason(), Reason::Refused, "{status}");
    }
}

#[test]
fn a_session_that_is_gone_after_its_close_was_refused_has_lost_the_file() {
    for status in [403, 404] {
        let refused = || {
            let mut driver = closing();
            driver.error(status, HResult::ACCESS_DENIED);
            assert_eq!(driver.reason(), Reason::Refused);
            let saved = driver.upload.saved().clone();
            let mut driver = Driver::of(Upload::resumed(saved, pinging()).unwrap());
            assert_eq!(driver.next(), "Ping");
            driver
        };
        let mut driver = refused();
        driver.ack(PingAck);
        assert_eq!(driver.next(), "Close-Session", "it may be there after all");
        driver.error(500, HResult::SESSION_NOT_FOUND);
        assert_eq!(driver.next(), "Create-Session");
        driver.created();
        driver.send_all();
        assert_eq!(driver.next(), "Close-Session");
        driver.error(500, HResult::SESSION_NOT_FOUND);
        assert_eq!(driver.outcome(), Outcome::Complete, "another session");

        let mut driver = refused();
        driver.error(500, HResult::SESSION_NOT_FOUND);
        assert_eq!(driver.next(), "Create-Session");
        assert_eq!(driver.upload.saved(), &Saved::new(10));

        let mut driver = refused();
        driver.ack(PingAck);
        driver.next();
        driver.ack(CloseSessionAck::new(id()));
        assert_eq!(driver.outcome(), Outcome::Complete);
    }
    // What is no Ack says nothing of the file.
    let mut driver = closing();
    let _ = driver.status(404);
    driver.failed();
    assert!(!driver.upload.saved().is_close_refused);
}

#[test]
fn what_is_under_way_is_finished_before_it_is_cancelled() {
    let mut driver = Driver::new(10, options());
    driver.next();
    driver.upload.cancel();
    assert_eq!(driver.upload.poll(driver.now), Step::Awaiting);
    driver.created();
    assert_eq!(driver.next(), "Cancel-Session");
    driver.ack(bits_packet::CancelSessionAck::new(id()));
    assert_eq!(driver.outcome(), Outcome::Cancelled);
}

#[test]
fn without_a_session_nothing_is_sent_to_cancel() {
    for options in [options(), Options::default()] {
        let mut driver = Driver::new(10, options);
        driver.upload.cancel();
        assert_eq!(driver.outcome(), Outcome::Cancelled);
    }
}

#[test]
fn a_cancellation_does_not_wait_for_a_retry_nor_for_a_suspension_to_end() {
    let mut driver = Driver::in_session(10, options());
    driver.next();
    driver.fails(Failure::Connect);
    driver.upload.suspend();
    driver.upload.cancel();
    assert_eq!(driver.next(), "Cancel-Session");
    assert_eq!(driver.now, driver.start);
}

#[test]
fn what_is_complete_stays_so() {
    let mut driver = closing();
    driver.upload.cancel();
    driver.ack(CloseSessionAck::new(id()));
    assert_eq!(driver.outcome(), Outcome::Complete);
    driver.upload.cancel();
    assert_eq!(driver.outcome(), Outcome::Complete);
}

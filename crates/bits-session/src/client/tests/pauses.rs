//! Suspending, and going on in another process.

use super::*;
use crate::client::SavedError;

#[test]
fn what_is_under_way_is_finished_before_it_is_suspended() {
    let mut driver = Driver::in_session(20, options());
    driver.next();
    driver.upload.suspend();
    assert_eq!(driver.upload.poll(driver.now), Step::Awaiting);
    driver.received(10);
    assert_eq!(driver.upload.poll(driver.now), Step::Suspended);
    driver.now += Duration::from_secs(1_000_000);
    driver.upload.resume(driver.now);
    assert_eq!(driver.next(), "Ping");
    driver.fails(Failure::Broken);
    assert_eq!(
        driver.next(),
        "Ping",
        "the time of a suspension is none without progress"
    );
    driver.ack(PingAck);
    assert_eq!(driver.next(), "bytes 10-19/20");
}

#[test]
fn a_suspension_that_is_taken_back_at_once_changes_nothing() {
    let mut driver = Driver::in_session(20, options());
    driver.next();
    driver.upload.suspend();
    driver.upload.resume(driver.now);
    driver.received(10);
    assert_eq!(driver.next(), "bytes 10-19/20");
}

#[test]
fn without_a_session_it_goes_on_with_create_session() {
    let mut driver = Driver::new(20, options());
    driver.upload.suspend();
    assert_eq!(driver.upload.poll(driver.now), Step::Suspended);
    driver.upload.resume(driver.now);
    assert_eq!(driver.next(), "Create-Session");
}

#[test]
fn a_resumption_does_not_wait_for_a_retry() {
    let mut driver = Driver::in_session(20, options());
    driver.next();
    driver.fails(Failure::Connect);
    driver.upload.suspend();
    driver.upload.resume(driver.now);
    assert_eq!(driver.next(), "Ping");
    assert_eq!(driver.now, driver.start);
}

fn resumed(saved: Saved) -> Driver {
    Driver::of(Upload::resumed(saved, pinging()).unwrap())
}

#[test]
fn another_process_goes_on_without_a_ping_if_there_is_to_be_none() {
    for (size, received, expected) in [(20, 10, "bytes 10-19/20"), (10, 10, "Close-Session")] {
        let mut driver = Driver::in_session(size, options());
        driver.next();
        driver.received(received);
        let saved = driver.upload.saved().clone();
        let mut driver = Driver::of(Upload::resumed(saved, options()).unwrap());
        assert_eq!(driver.next(), expected);
    }
}

#[test]
fn another_process_goes_on_with_a_ping_and_the_offset() {
    let mut driver = Driver::in_session(20, options());
    driver.next();
    driver.received(10);
    let mut driver = resumed(driver.upload.saved().clone());
    assert_eq!(driver.next(), "Ping");
    driver.ack(PingAck);
    assert_eq!(driver.next(), "bytes 10-19/20");
}

#[test]
fn another_process_closes_what_is_whole() {
    let mut driver = Driver::in_session(10, options());
    driver.send_all();
    let saved = driver.upload.saved().clone();
    let mut driver = resumed(saved.clone());
    assert_eq!(driver.next(), "Ping");
    driver.ack(PingAck);
    assert_eq!(driver.next(), "Close-Session");

    let mut driver = resumed(saved);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Close-Session", "its work is done");
}

#[test]
fn a_session_that_was_lost_meanwhile_begins_again() {
    let saved = Saved {
        offset: 5,
        session_id: Some(ID.to_vec()),
        ..Saved::new(10)
    };
    let mut driver = resumed(saved);
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Create-Session");
}

#[test]
fn what_no_upload_has_saved_is_refused() {
    let session = Saved {
        session_id: Some(ID.to_vec()),
        ..Saved::new(10)
    };
    let refused = |saved| Upload::resumed(saved, options()).unwrap_err();
    let too_far = Saved {
        offset: 11,
        ..session.clone()
    };
    assert_eq!(refused(too_far), SavedError::Offset);
    let without_session = Saved {
        offset: 1,
        ..Saved::new(10)
    };
    assert_eq!(refused(without_session), SavedError::Offset);
    let no_id = Saved {
        session_id: Some(b"a\r\nb".to_vec()),
        ..session.clone()
    };
    assert!(matches!(refused(no_id), SavedError::SessionId(_)));
    let no_host = Saved {
        host_id: Some(b"a/b".to_vec()),
        ..session.clone()
    };
    assert!(matches!(refused(no_host), SavedError::HostId(_)));
    let limited = |limit| Saved {
        fragment_limit: Some(limit),
        ..session.clone()
    };
    assert_eq!(refused(limited(5119)), SavedError::FragmentLimit);
    assert!(Upload::resumed(limited(5120), options()).is_ok());
}

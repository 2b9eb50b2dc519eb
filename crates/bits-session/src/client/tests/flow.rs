//! What is sent when nothing goes wrong.

use super::*;

#[test]
fn a_file_goes_in_fragments_between_create_and_close() {
    let mut driver = Driver::new(25, options());
    assert_eq!(driver.next(), "Create-Session");
    driver.created();
    for (range, offset) in [
        ("bytes 0-9/25", 10),
        ("bytes 10-19/25", 20),
        ("bytes 20-24/25", 25),
    ] {
        assert_eq!(driver.next(), range);
        driver.received(offset);
    }
    assert_eq!(driver.next(), "Close-Session");
    driver.ack(CloseSessionAck::new(id()));
    assert_eq!(driver.outcome(), Outcome::Complete);
    assert_eq!(driver.now, driver.start, "nothing is waited for");
}

#[test]
fn a_file_that_ends_with_a_fragment_has_no_empty_one_behind_it() {
    let mut driver = Driver::in_session(10, options());
    driver.send_all();
    assert_eq!(driver.next(), "Close-Session");
}

#[test]
fn a_ping_comes_first_unless_told_otherwise() {
    let mut driver = Driver::new(1, Options::default());
    assert_eq!(driver.next(), "Ping");
    driver.ack(PingAck);
    assert_eq!(driver.next(), "Create-Session");
}

#[test]
fn only_one_request_is_under_way() {
    let mut driver = Driver::new(25, options());
    driver.next();
    assert_eq!(driver.upload.poll(driver.now), Step::Awaiting);
    assert_eq!(driver.upload.poll(driver.now), Step::Awaiting);
    driver.created();
    assert_eq!(driver.next(), "bytes 0-9/25");
}

#[test]
fn an_answer_to_nothing_changes_nothing() {
    let mut driver = Driver::in_session(25, options());
    let ack = FragmentAck::new(id(), ReceivedContentRange::new(10)).into();
    assert_eq!(driver.answer(&Answer::of_ack(ack)), Connection::Close);
    driver.fails(Failure::Broken);
    assert_eq!(driver.next(), "bytes 0-9/25");
}

#[test]
fn a_fragment_has_at_least_a_byte() {
    let options = Options {
        fragment_size: 0,
        ..options()
    };
    let mut driver = Driver::in_session(2, options);
    assert_eq!(driver.next(), "bytes 0-0/2");
    driver.received(1);
    assert_eq!(driver.next(), "bytes 1-1/2");
}

#[test]
fn the_greatest_file_has_ranges() {
    let options = Options {
        fragment_size: u64::MAX,
        ..options()
    };
    let mut driver = Driver::in_session(u64::MAX, options);
    assert_eq!(
        driver.next(),
        format!("bytes 0-{}/{}", u64::MAX - 1, u64::MAX)
    );
    driver.received(u64::MAX - 1);
    assert_eq!(
        driver.next(),
        format!("bytes {0}-{0}/{1}", u64::MAX - 1, u64::MAX)
    );
}

#[test]
fn an_empty_file_is_closed_as_soon_as_it_has_a_session() {
    let mut driver = Driver::in_session(0, options());
    assert_eq!(driver.next(), "Close-Session");
    driver.ack(CloseSessionAck::new(id()));
    assert_eq!(driver.outcome(), Outcome::Complete);
}

#[test]
fn an_empty_file_that_the_server_refuses_is_a_failure() {
    let mut driver = Driver::in_session(0, options());
    driver.next();
    driver.error(400, HResult::INVALID_ARGUMENT);
    let failed = driver.failed();
    assert_eq!(failed.reason, Reason::Refused);
    assert_eq!(failed.problem.request, RequestType::CloseSession);
}

#[test]
fn a_session_is_created_by_200_and_by_201() {
    let session = CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id());
    let bytes = b"HTTP/1.1 201 Created\r\nBITS-Packet-Type: Ack\r\n\
        BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n\
        BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\nContent-Length: 0\r\n\r\n";
    let bits_packet::Parsed::Complete { value, .. } =
        Ack::parse(bytes, Some(RequestType::CreateSession)).unwrap()
    else {
        panic!()
    };
    for ack in [Ack::from(session), *value.packet().unwrap()] {
        let mut driver = Driver::new(10, options());
        driver.next();
        assert_eq!(driver.answer(&Answer::of_ack(ack)), Connection::Keep);
        assert_eq!(driver.next(), "bytes 0-9/10");
    }
}

#[test]
fn what_is_saved_follows_the_acks() {
    let mut driver = Driver::new(25, options());
    assert_eq!(driver.upload.saved(), &Saved::new(25));
    driver.next();
    driver.created();
    driver.next();
    assert_eq!(driver.upload.saved().session_id.as_deref(), Some(ID));
    driver.received(10);
    assert_eq!(driver.upload.saved().offset, 10);
    assert!(!driver.upload.saved().is_whole());
}

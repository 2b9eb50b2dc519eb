//! What is final, and what credentials are for.

use super::*;

/// What a Create-Session that is answered like this leads to.
fn refusal(status: u16, code: Option<HResult>) -> Failed {
    let mut driver = Driver::new(10, options());
    driver.next();
    match code {
        Some(code) => driver.error(status, code),
        None => drop(driver.status(status)),
    }
    driver.failed()
}

#[test]
fn what_sending_again_does_not_mend_is_final() {
    for (status, code) in [
        (301, HResult::new(1)),
        (400, HResult::INVALID_ARGUMENT),
        (403, HResult::ACCESS_DENIED),
        (404, HResult::ACCESS_DENIED),
        (409, HResult::ACCESS_DENIED),
        (411, HResult::INVALID_ARGUMENT),
        (416, HResult::S_OK),
        (500, HResult::TOO_LARGE),
        (501, HResult::ACCESS_DENIED),
        (505, HResult::INVALID_ARGUMENT),
    ] {
        let failed = refusal(status, Some(code));
        assert_eq!(failed.reason, Reason::Refused, "{status}");
        assert_eq!(failed.problem.status.unwrap().as_u16(), status);
        assert_eq!(failed.problem.error_code, Some(code));
        assert_eq!(
            failed.problem.error_context,
            Some(ErrorContext::REMOTE_FILE)
        );
        assert!(failed.problem.is_ack && !failed.advice().is_empty());
    }
}

#[test]
fn what_a_server_answers_that_does_not_know_the_method_is_not_taken_for_a_refusal() {
    for status in [400, 404, 405, 501, 505] {
        assert_eq!(refusal(status, None).reason, Reason::NotBits, "{status}");
    }
    for status in [302, 403, 409, 410, 413] {
        assert_eq!(refusal(status, None).reason, Reason::Refused, "{status}");
    }
}

#[test]
fn the_http_layer_of_a_bits_server_may_refuse() {
    let mut driver = Driver::in_session(10, options());
    driver.next();
    assert_eq!(driver.status(404), Connection::Keep);
    assert_eq!(driver.reason(), Reason::Refused);
}

#[test]
fn a_failure_says_what_has_happened() {
    let failed = refusal(403, Some(HResult::ACCESS_DENIED));
    assert_eq!(
        failed.to_string(),
        "refused for good: Create-Session: status 403, code 0x80070005 (E_ACCESSDENIED)"
    );
    assert!(failed.advice().starts_with("the destination exists"));
    let problem = super::super::Problem {
        failure: Some(Failure::Connect),
        status: None,
        error_code: None,
        error_context: Some(ErrorContext::REMOTE_APPLICATION),
        ..failed.problem
    };
    assert_eq!(
        problem.to_string(),
        "Create-Session: no connection, met by the server application"
    );
}

#[test]
fn what_a_server_has_against_a_ping_it_may_say_to_the_next_packet() {
    for status in [400, 404, 501] {
        let mut driver = Driver::new(10, Options::default());
        assert_eq!(driver.next(), "Ping");
        driver.error(status, HResult::INVALID_ARGUMENT);
        assert_eq!(driver.next(), "Create-Session");
    }
    let mut driver = Driver::new(10, Options::default());
    driver.next();
    driver.error(500, HResult::SESSION_NOT_FOUND);
    assert_eq!(driver.next(), "Create-Session");
}

#[test]
fn a_ping_that_no_bits_server_has_refused_is_final() {
    let mut driver = Driver::new(10, Options::default());
    driver.next();
    let _ = driver.status(405);
    assert_eq!(driver.reason(), Reason::NotBits);
}

fn challenge(status: u16, has_credentials: bool) -> Answer<'static> {
    Answer {
        has_credentials,
        ..Answer::of_status(StatusCode::new(status).unwrap())
    }
}

#[test]
fn a_challenge_is_met_at_once_if_there_are_credentials() {
    for status in [401, 407] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        assert_eq!(driver.answer(&challenge(status, true)), Connection::Keep);
        driver.send_all();
        assert_eq!(driver.now, driver.start);
    }
}

#[test]
fn a_challenge_without_credentials_is_final() {
    for (status, advice) in [(401, "give credentials"), (407, "a proxy wants")] {
        let mut driver = Driver::in_session(10, options());
        driver.next();
        let _ = driver.answer(&challenge(status, false));
        let failed = driver.failed();
        assert_eq!(failed.reason, Reason::Credentials);
        assert!(failed.advice().starts_with(advice));
    }
}

#[test]
fn credentials_are_not_sent_for_ever() {
    let mut driver = Driver::in_session(10, options());
    for _ in 0..3 {
        driver.next();
        let _ = driver.answer(&challenge(401, true));
    }
    driver.next();
    let _ = driver.answer(&challenge(401, true));
    assert_eq!(driver.reason(), Reason::Credentials);
}

#[test]
fn a_session_is_of_no_use_once_its_last_fragment_is_refused() {
    let small = Options {
        fragment_size: 6,
        ..options()
    };
    let refused = |received: bool, status: u16, is_ack: bool| {
        let mut driver = Driver::in_session(10, small.clone());
        driver.next();
        if received {
            driver.received(6);
            driver.next();
        }
        if is_ack {
            driver.error(status, HResult::ACCESS_DENIED);
        } else {
            let _ = driver.status(status);
        }
        driver.upload.is_refused_at_end()
    };
    assert!(refused(true, 403, true));
    assert!(!refused(false, 403, true), "whoever gets the right goes on");
    assert!(
        !refused(true, 403, false),
        "something on the way may say so"
    );
    assert!(!refused(true, 503, true));
    let mut driver = Driver::in_session(10, options());
    driver.send_all();
    assert_eq!(driver.next(), "Close-Session");
    driver.error(403, HResult::ACCESS_DENIED);
    driver.failed();
    assert!(!driver.upload.is_refused_at_end(), "the file is there");
}

#[test]
fn an_advice_is_about_what_has_happened() {
    let advice = |request, status: Option<u16>, is_ack, failure, reason| {
        let problem = super::super::Problem {
            request,
            failure,
            status: status.map(|status| StatusCode::new(status).unwrap()),
            is_ack,
            is_at_host_id: false,
            error_code: None,
            error_context: None,
        };
        Failed { reason, problem }.advice()
    };
    let refused = |request, status| advice(request, Some(status), true, None, Reason::Refused);
    assert!(refused(RequestType::Fragment, 413).contains("fragment"));
    assert!(!refused(RequestType::CreateSession, 413).contains("fragment"));
    let gave_up = |status, is_ack, failure| {
        advice(
            RequestType::Fragment,
            status,
            is_ack,
            failure,
            Reason::GaveUp,
        )
    };
    assert!(gave_up(None, false, Some(Failure::Connect)).contains("can be reached"));
    for (status, is_ack, failure) in [
        (Some(502), false, None),
        (Some(503), true, None),
        (Some(200), false, Some(Failure::InvalidAnswer)),
        (None, false, Some(Failure::InvalidAnswer)),
    ] {
        let advice = gave_up(status, is_ack, failure);
        assert!(!advice.contains("can be reached"), "{advice}");
        assert!(advice.contains("has acknowledged stays there"), "{advice}");
    }
    for reason in [Reason::NotBits, Reason::Refused] {
        let ping = |is_ack| advice(RequestType::Ping, Some(405), is_ack, None, reason);
        assert!(ping(false).contains("--no-ping"));
        assert!(!ping(true).contains("--no-ping"));
    }
}

//! Who is let in, and who is not.

use bits_capture::session::State;
use bits_laws::capture::{Credentials, Turn, Upload, answered};
use bits_packet::RequestType;

use super::scenes::{LENGTH, connection, seen, upload};
use super::{HERE, SERVER, found_in};

#[test]
fn a_user_is_who_was_let_in_and_who_sends_the_request() {
    // Of guess and of alice.
    let [refused, right] = [&b"Basic Z3Vlc3M6eA=="[..], b"Basic YWxpY2U6eA=="].map(|value| {
        let mut upload = upload();
        upload.authorization = Some(value.to_vec());
        upload
    });
    let challenge =
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let turns = [
        answered(refused.create_request(), *challenge),
        right.turns(LENGTH),
    ];
    let found = found_in(&[connection(HERE, SERVER, turns.concat())]);
    assert_eq!(found.sessions[0].user.as_ref().unwrap().name, "alice");

    let mail =
        b"GET /mail HTTP/1.1\r\nHost: files.example\r\nAuthorization: Basic YWxpY2U6eA==\r\n\r\n";
    let turns = [
        answered(*mail, *b"HTTP/1.1 204 No Content\r\n\r\n"),
        upload().turns(LENGTH),
    ];
    let found = found_in(&[connection(HERE, SERVER, turns.concat())]);
    assert_eq!(found.sessions[0].user, None);
}

#[test]
fn who_was_turned_away_is_not_the_user_of_who_was_let_in() {
    let challenge = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let name = |turns: Vec<Turn>| {
        let found = found_in(&[connection(HERE, SERVER, turns)]);
        let user = found.sessions[0].user.as_ref();
        user.map(|user| user.name.clone())
    };
    for user in [
        Credentials::Basic {
            user: "guess".to_owned(),
            password: "x".to_owned(),
        },
        Credentials::Ntlm {
            domain: String::new(),
            user: "guess".to_owned(),
        },
    ] {
        let guess = user.turns(&upload(), Upload::create_request, challenge);
        assert_eq!(name(guess.clone()).as_deref(), Some("guess"), "who tried");
        let anonymous = [guess, upload().turns(LENGTH)].concat();
        assert_eq!(name(anonymous), None);
    }
}

#[test]
fn a_request_of_a_handshake_is_neither_a_retry_nor_malformed() {
    // Without its body where it says so far only that it wants to shake hands.
    let request = |upload: &Upload| {
        let request = upload.fragment_request(0..LENGTH);
        let opens = upload.authorization.as_ref();
        if !opens.is_some_and(|it| it.starts_with(b"NTLM TlRMTVNTUAAB")) {
            return request;
        }
        let body = upload.file.bytes(0..LENGTH);
        let head = request.strip_suffix(&body[..]).unwrap();
        let head = String::from_utf8_lossy(head);
        head.replace("Content-Length: 9000", "Content-Length: 0")
            .into_bytes()
    };
    for (user, challenges) in [
        (
            Credentials::Basic {
                user: "alice".to_owned(),
                password: "x".to_owned(),
            },
            1,
        ),
        (
            Credentials::Ntlm {
                domain: String::new(),
                user: "alice".to_owned(),
            },
            2,
        ),
    ] {
        let upload = upload();
        let fragment = user.turns(&upload, request, &upload.fragment_ack(LENGTH));
        let turns = [upload.create(), fragment, upload.close()].concat();
        let found = found_in(&[connection(HERE, SERVER, turns)]);
        let session = &found.sessions[0];
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
        assert_eq!((session.challenges, session.retries), (challenges, 0));
        assert_eq!((session.malformed, session.failure_count), (0, 0));
    }
}

#[test]
fn who_is_never_let_in_is_refused() {
    for status in [401, 407] {
        let challenge =
            format!("HTTP/1.1 {status} No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
        let turned_away = answered(upload().create_request(), &challenge[..]);
        let never = [turned_away.clone(), turned_away.clone()].concat();
        let found = found_in(&[connection(HERE, SERVER, never)]);
        let session = &found.sessions[0];
        assert_eq!(session.state, State::Refused);
        let failure = session.failures.last().unwrap();
        assert_eq!(failure.packet, Some(RequestType::CreateSession));
        assert_eq!((failure.status, session.failure_count), (status, 1));

        let at_last = [turned_away, upload().turns(LENGTH)].concat();
        let found = found_in(&[connection(HERE, SERVER, at_last)]);
        let session = &found.sessions[0];
        assert_eq!(session.state, State::Closed);
        assert_eq!((session.challenges, session.failure_count), (1, 0));

        let in_the_middle = answered(upload().fragment_request(0..LENGTH), &challenge[..]);
        let in_the_middle = [upload().create(), in_the_middle].concat();
        let found = found_in(&[connection(HERE, SERVER, in_the_middle)]);
        let session = &found.sessions[0];
        assert_eq!((session.state, session.failure_count), (State::Open, 1));
    }
}

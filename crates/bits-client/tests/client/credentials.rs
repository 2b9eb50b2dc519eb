//! Who is told user and password.

use bits_client::session::{Outcome, Reason};
use bits_client::{Basic, Client};

use crate::common::*;

const CHALLENGE: &str =
    "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"drop, x\"\r\n";

/// A server that lets in whoever sends that `Authorization`.
fn guarded(accepted: &'static str) -> (Server, Store) {
    Server::storing(
        move |request, answer| match request.field("Authorization") {
            Some(value) if value == accepted => answer,
            _ => plain(401, CHALLENGE),
        },
    )
}

fn client(server: &Server, password: &str) -> Client {
    let mut options = options();
    options.session.ping_first = true;
    let client = Client::new(server.url("/a"), options).unwrap();
    client.with_credentials(Basic::new("me", password).unwrap())
}

#[test]
fn a_password_is_sent_after_a_challenge_and_with_every_request_from_then_on() {
    let (server, store) = guarded("Basic bWU6c2VjcmV0");
    let (ended, notes) = upload(&mut client(&server, "secret"), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.field("Authorization").is_some())
        .collect();
    assert_eq!(sent, [false, true, true, true, true]);
    assert_eq!(
        server.packets()[..2],
        ["Ping", "Ping"],
        "no data moves before"
    );
    assert_eq!(server.connections(), 1);
    assert!(notes.retries.is_empty());
    assert!(
        !notes.heads.contains("bWU6") && notes.heads.contains("Authorization: Basic (not shown)")
    );
}

#[test]
fn a_server_that_does_not_ask_is_told_nothing() {
    let (server, _) = Server::storing(|_, answer| answer);
    let (ended, _) = upload(&mut client(&server, "secret"), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.field("Authorization").is_none())
    );
}

#[test]
fn a_wrong_password_is_sent_once() {
    let (server, _) = guarded("Basic bWU6c2VjcmV0");
    let (ended, _) = upload(&mut client(&server, "wrong"), b"hello!");
    let ended = ended.unwrap();
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    assert_eq!(
        ended.detail.unwrap(),
        "the server has refused user and password"
    );
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn without_credentials_it_is_said_what_is_offered() {
    let (server, _) = guarded("none");
    let (ended, _) = send(server.url("/a"), options(), b"x");
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    let detail = ended.detail.unwrap();
    assert_eq!(
        detail,
        "there are no credentials; the server offers Negotiate, Basic"
    );
}

#[test]
fn a_scheme_that_is_not_offered_is_not_used() {
    let (server, _) =
        Server::storing(|_, _| plain(401, "WWW-Authenticate: Digest realm=\"x\"\r\n"));
    let (ended, _) = upload(&mut client(&server, "secret"), b"x");
    let ended = ended.unwrap();
    let detail = ended.detail.unwrap();
    assert!(detail.ends_with("but Digest"), "{detail}");
    assert_eq!(server.seen().len(), 1);
    assert!(server.seen()[0].field("Authorization").is_none());
}

#[test]
fn a_proxy_that_asks_is_told_nothing() {
    let (server, _) =
        Server::storing(|_, _| plain(407, "Proxy-Authenticate: Basic realm=\"x\"\r\n"));
    let (ended, _) = upload(&mut client(&server, "secret"), b"x");
    let ended = ended.unwrap();
    assert!(
        failed(&ended)
            .advice()
            .starts_with("a proxy wants credentials")
    );
    assert_eq!(ended.detail.as_deref(), Some("a proxy wants credentials"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_ping_tells_what_is_offered_and_whether_one_is_let_in() {
    let (server, _) = guarded("Basic bWU6c2VjcmV0");
    let pong = block_on(client(&server, "secret").ping(&mut ())).unwrap();
    assert_eq!((pong.status.as_u16(), pong.is_ack), (200, true));
    assert_eq!(pong.offered, ["Negotiate", "Basic"]);
    let pong = block_on(client(&server, "wrong").ping(&mut ())).unwrap();
    assert_eq!((pong.status.as_u16(), pong.is_ack), (401, false));
    assert!(pong.detail.is_some());
}

#[test]
fn a_field_that_the_caller_gives_takes_the_place_of_a_password() {
    let (server, store) = guarded("Bearer sesame");
    let mut options = options();
    options.headers = vec![("Authorization".to_owned(), "Bearer sesame".to_owned())];
    let client = Client::new(server.url("/a"), options).unwrap();
    let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
    let (ended, _) = upload(&mut client, b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
}

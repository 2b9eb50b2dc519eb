//! Answers that come while a Fragment is still being sent.

use bits_client::session::Failure;
use bits_client::{Basic, Client};

use std::sync::Mutex;
use std::sync::mpsc;

use crate::common::*;

/// More than any buffer on the way takes.
const LARGE: usize = 32 << 20;

/// A server that answers the first Fragment by `early` as soon as it has its head, and tells how much of
/// the body came after all.
fn hasty(early: String) -> (Server, Store, mpsc::Receiver<usize>) {
    let store = Store::default();
    let shared = store.clone();
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = Server::new(move |peer| {
        if peer.number() == 0 {
            let create = peer.next().unwrap();
            peer.send(shared.answer(&create));
            let head = peer.head().unwrap();
            assert_eq!(head.packet(), "Fragment");
            peer.send(&early);
            tell.lock().unwrap().send(peer.rest()).unwrap();
        } else {
            peer.serve(|request| shared.answer(request));
        }
    });
    (server, store, told)
}

fn large() -> bits_client::Options {
    let mut options = options();
    options.session.fragment_size = LARGE as u64;
    options
}

#[test]
fn status_413_stops_a_fragment_and_halves_it() {
    let content = content(LARGE);
    let (server, store, told) = hasty(plain(413, ""));
    complete(server.url("/a"), large(), &content);
    assert!(store.file() == content);
    assert!(told.recv().unwrap() < LARGE, "all of the body was sent");
    let lengths: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.field("Content-Length").unwrap().to_owned())
        .collect();
    let half = (LARGE / 2).to_string();
    assert_eq!(lengths, ["0", &LARGE.to_string(), &half, &half, "0"]);
}

#[test]
fn status_416_stops_a_fragment_and_is_obeyed() {
    let content = content(LARGE);
    let (server, store, told) = hasty(received(416, 0));
    let notes = complete(server.url("/a"), large(), &content);
    assert!(store.file() == content);
    assert!(told.recv().unwrap() < LARGE);
    assert_eq!(
        server.packets(),
        ["Create-Session", "Fragment", "Fragment", "Close-Session"]
    );
    assert!(notes.retries.is_empty());
}

#[test]
fn an_ack_of_more_than_was_sent_is_none() {
    let content = content(LARGE);
    for status in [200, 416] {
        let (server, store, told) = hasty(received(status, LARGE));
        let notes = complete(server.url("/a"), large(), &content);
        assert!(told.recv().unwrap() < LARGE);
        assert!(store.file() == content, "the file is there");
        let failures: Vec<_> = notes.retries.iter().map(|(it, ..)| it.failure).collect();
        assert_eq!(failures, [Some(Failure::InvalidAnswer)]);
    }
}

#[test]
fn status_401_stops_a_fragment_and_is_met() {
    let content = content(LARGE);
    let (server, store, told) = hasty(plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
    let client = Client::new(server.url("/a"), large()).unwrap();
    let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
    let (ended, notes) = upload(&mut client, &content);
    assert_eq!(
        ended.unwrap().outcome,
        bits_client::session::Outcome::Complete
    );
    assert!(store.file() == content);
    assert!(told.recv().unwrap() < LARGE);
    assert!(notes.retries.is_empty());
}

#[test]
fn an_answer_is_heard_though_the_connection_was_closed_under_the_fragment() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        if peer.number() == 0 {
            let create = peer.next().unwrap();
            peer.send(shared.answer(&create));
            peer.head().unwrap();
            // Closed with most of the body unread: the other end meets a reset.
            peer.send(plain(413, "Connection: close\r\n"));
        } else {
            peer.serve(|request| shared.answer(request));
        }
    });
    let content = content(LARGE);
    let notes = complete(server.url("/a"), large(), &content);
    assert!(store.file() == content);
    // Either the answer was read before the reset, or the connection counts as broken.
    let broken = notes.retries.iter().map(|(problem, ..)| problem.failure);
    assert!(
        broken
            .clone()
            .all(|failure| failure == Some(Failure::Broken))
            && broken.count() <= 1
    );
}

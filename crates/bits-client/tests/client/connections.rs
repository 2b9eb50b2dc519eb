//! Connections, and how long they may take.

use std::time::Duration;

use bits_client::session::{Failure, Reason};

use crate::common::*;

#[test]
fn one_connection_takes_all_requests() {
    let (server, _) = Server::storing(|_, answer| answer);
    let mut options = options();
    options.session.fragment_size = 1;
    complete(server.url("/a"), options, b"hello!");
    assert_eq!((server.seen().len(), server.connections()), (8, 1));
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_no_failure() {
    let store = Store::default();
    let shared = store.clone();
    // Closed behind every answer, without a word.
    let server = Server::new(move |peer| {
        let request = peer.next().unwrap();
        peer.send(shared.answer(&request));
    });
    let notes = complete(server.url("/a"), options(), b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert!(notes.retries.is_empty());
}

#[test]
fn a_connection_that_is_closed_under_its_second_request_is_no_failure() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        let request = peer.next().unwrap();
        peer.send(shared.answer(&request));
        peer.next();
    });
    let notes = complete(server.url("/a"), options(), b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert!(notes.retries.is_empty());
    assert_eq!(server.connections(), 3);
}

#[test]
fn what_a_server_says_unasked_is_no_answer() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        while let Some(request) = peer.next() {
            if request.connection > 0 {
                peer.send(shared.answer(&request));
                continue;
            }
            peer.send(plain(503, ""));
            // What some say to a connection that is idle, just before they close it.
            std::thread::sleep(Duration::from_millis(20));
            peer.send(plain(400, "Connection: close\r\n"));
            return;
        }
    });
    let mut options = options();
    options.session.first_delay = Duration::from_millis(500);
    options.session.max_delay = options.session.first_delay;
    let notes = complete(server.url("/a"), options, b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert_eq!((server.connections(), notes.retries.len()), (2, 1));
}

#[test]
fn http_1_0_keeps_a_connection_only_if_it_says_so() {
    for (fields, connections) in [("", 3), ("Connection: Keep-Alive\r\n", 1)] {
        let (server, _) = Server::storing(move |_, answer| {
            let answer = answer.replace("HTTP/1.1", "HTTP/1.0");
            answer.replace("\r\n\r\n", &format!("\r\n{fields}\r\n"))
        });
        let notes = complete(server.url("/a"), options(), b"hello!");
        assert!(notes.retries.is_empty());
        assert_eq!(server.connections(), connections, "{fields}");
    }
}

#[test]
fn a_new_connection_that_is_closed_under_its_request_is_one() {
    let server = Server::new(|peer| {
        peer.next();
    });
    let mut options = options();
    options.session.max_failures = 3;
    let (ended, notes) = send(server.url("/a"), options, b"x");
    assert_eq!(failed(&ended).reason, Reason::GaveUp);
    assert_eq!(failed(&ended).problem.failure, Some(Failure::Broken));
    assert_eq!((server.seen().len(), notes.retries.len()), (4, 3));
}

#[test]
fn a_server_that_is_not_there_is_tried_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/a").parse().unwrap();
    let mut options = options();
    options.session.max_failures = 2;
    let (ended, notes) = send(url, options, b"x");
    assert_eq!(failed(&ended).problem.failure, Some(Failure::Connect));
    assert_eq!(notes.retries.len(), 2);
    assert!(ended.detail.unwrap().contains("refused"));
}

#[test]
fn an_answer_that_does_not_come_is_waited_for_so_long() {
    let (server, store) = {
        let store = Store::default();
        let shared = store.clone();
        let server = Server::new(move |peer| {
            while let Some(request) = peer.next() {
                if request.connection == 0 && request.packet() == "Fragment" {
                    peer.rest();
                    return;
                }
                peer.send(shared.answer(&request));
            }
        });
        (server, store)
    };
    let mut options = options();
    options.response_timeout = Duration::from_millis(100);
    let notes = complete(server.url("/a"), options, b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert_eq!(notes.retries[0].0.failure, Some(Failure::TimedOut));
}

#[test]
fn a_body_that_does_not_come_costs_the_connection() {
    let (server, _) =
        Server::storing(|_, answer| answer.replace("Content-Length: 0", "Content-Length: 9"));
    let mut options = options();
    options.response_timeout = Duration::from_millis(100);
    let notes = complete(server.url("/a"), options, b"hello!");
    assert!(notes.retries.is_empty());
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_server_that_does_not_read_is_waited_for_so_long() {
    let content = content(32 << 20);
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        loop {
            let Some(head) = peer.head() else { return };
            if head.packet() == "Fragment" {
                // Until the client has closed: nothing of the body is read before.
                std::thread::sleep(Duration::from_millis(500));
                return;
            }
            peer.send(shared.answer(&head));
        }
    });
    let mut options = options();
    options.session.fragment_size = 32 << 20;
    options.session.max_failures = 0;
    options.send_timeout = Duration::from_millis(100);
    let (ended, _) = send(server.url("/a"), options, &content);
    assert_eq!(failed(&ended).problem.failure, Some(Failure::TimedOut));
    assert!(store.file().is_empty());
}

#[test]
fn a_handshake_that_does_not_end_is_waited_for_so_long() {
    let server = Server::new(|peer| {
        peer.rest();
    });
    let ca = crate::tls::authority();
    let mut options = options();
    options.ca_file = Some(ca.path().to_owned());
    options.connect_timeout = Duration::from_millis(100);
    options.session.max_failures = 1;
    let url = format!("https://{}/a", server.address).parse().unwrap();
    let (ended, _) = send(url, options, b"x");
    assert_eq!(failed(&ended).problem.failure, Some(Failure::Connect));
}

#[test]
fn a_slow_fragment_that_is_cut_is_not_without_progress() {
    let store = Store::default();
    let server = Server::new(move |peer| match peer.number() {
        0 => {
            peer.next().unwrap();
            peer.send(created("Connection: close\r\n"));
        }
        1 => {
            peer.head().unwrap();
            peer.body(1500);
        }
        _ => peer.serve(|request| store.answer(request)),
    });
    let mut options = options();
    options.rate = std::num::NonZeroU64::new(1000);
    options.session.no_progress_timeout = Duration::from_secs(1);
    complete(server.url("/a"), options, &content(2000));
    assert_eq!(server.connections(), 3);
}

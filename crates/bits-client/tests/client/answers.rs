//! Answers as servers and proxies really send them.

use std::thread;
use std::time::Duration;

use bits_client::session::{Failure, Reason};

use crate::common::*;

/// Uploads to a server whose answers are changed by `change`: what comes of it is a whole file.
fn survives(
    change: impl Fn(&Request, String) -> String + Send + Sync + 'static,
) -> (Server, Notes) {
    let (server, store) = Server::storing(change);
    let mut options = options();
    options.session.fragment_size = 4;
    let notes = complete(server.url("/a"), options, b"hello!");
    assert_eq!(store.file(), b"hello!");
    (server, notes)
}

#[test]
fn http_1_0_with_a_connection_for_each_request() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        let request = peer.next().unwrap();
        let answer = shared.answer(&request);
        peer.send(
            answer
                .replace("HTTP/1.1", "HTTP/1.0")
                .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
        );
    });
    let notes = complete(server.url("/a"), options(), b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert_eq!(server.connections(), 3);
    assert!(notes.retries.is_empty());
}

#[test]
fn names_in_lower_case() {
    let (_, notes) = survives(|_, answer| {
        let line_end = answer.find("\r\n").unwrap();
        let (line, fields) = answer.split_at(line_end);
        // Ids are opaque, but GUIDs are compared without their case.
        format!("{line}{}", fields.to_ascii_lowercase())
    });
    assert!(notes.retries.is_empty());
}

#[test]
fn acks_with_bodies_and_bodies_that_are_chunked() {
    for body in [
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ] {
        let (server, notes) = survives(move |_, answer| {
            let head = answer.replace("Content-Length: 0\r\n", "");
            head.replace("\r\n\r\n", &format!("\r\n{body}"))
        });
        assert_eq!(server.connections(), 1, "{body}");
        assert!(notes.retries.is_empty());
    }
}

#[test]
fn a_long_body_costs_the_connection_and_nothing_else() {
    let (server, notes) = survives(|_, answer| {
        let length = 64 * 1024 + 1;
        let head = answer.replace("Content-Length: 0", &format!("Content-Length: {length}"));
        head + &"x".repeat(length)
    });
    assert_eq!(server.connections(), 4);
    assert!(notes.retries.is_empty());
}

#[test]
fn a_body_that_never_comes_costs_the_connection_and_nothing_else() {
    let (server, notes) = survives(|request, answer| match request.packet() {
        "Close-Session" => answer.replace("Content-Length: 0", "Content-Length: 10"),
        _ => answer,
    });
    assert_eq!(server.connections(), 1);
    assert!(notes.retries.is_empty());
}

#[test]
fn a_body_of_64_kib_is_read() {
    let (server, _) = survives(|_, answer| {
        let length = 64 * 1024;
        let head = answer.replace("Content-Length: 0", &format!("Content-Length: {length}"));
        head + &"x".repeat(length)
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn bytes_behind_an_answer_cost_the_connection() {
    let (server, notes) = survives(|_, answer| answer + "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(server.connections(), 4);
    assert!(notes.retries.is_empty());
}

#[test]
fn interim_answers_are_passed_over() {
    let (server, notes) = survives(|_, answer| {
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: a\r\n\r\n{answer}")
    });
    assert_eq!(server.connections(), 1);
    assert!(
        notes.heads.contains("HTTP/1.1 103 X\nLink: a\n"),
        "{}",
        notes.heads
    );
}

#[test]
fn empty_lines_before_an_answer_are_passed_over() {
    let (server, _) = survives(|_, answer| format!("\r\n{answer}"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn interim_answers_for_ever_are_no_answer() {
    let server = Server::new(|peer| {
        peer.serve(|_| "HTTP/1.1 102 X\r\n\r\n".repeat(100));
    });
    let (ended, notes) = send(server.url("/a"), options(), b"x");
    assert_eq!(failed(&ended).reason, Reason::NotBits);
    let detail = notes.retries[0].1.as_deref();
    assert_eq!(detail, Some("too many interim answers"));
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        while let Some(request) = peer.next() {
            for byte in shared.answer(&request).bytes() {
                peer.send([byte]);
                thread::sleep(Duration::from_micros(200));
            }
        }
    });
    complete(server.url("/a"), options(), b"hello!");
    assert_eq!(store.file(), b"hello!");
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_answer_that_is_cut_is_asked_for_again() {
    let length = created("").len();
    for cut in [0, 1, 9, 30, length - 2, length - 1] {
        let store = Store::default();
        let shared = store.clone();
        let server = Server::new(move |peer| {
            while let Some(request) = peer.next() {
                let answer = shared.answer(&request);
                if request.connection == 0 {
                    return peer.send(&answer.as_bytes()[..cut]);
                }
                peer.send(answer);
            }
        });
        let notes = complete(server.url("/a"), options(), b"hello!");
        assert_eq!(store.file(), b"hello!");
        assert_eq!(notes.retries.len(), 1, "{cut}");
        assert_eq!(notes.retries[0].0.failure, Some(Failure::Broken));
    }
}

#[test]
fn garbage_is_no_answer() {
    for garbage in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    ] {
        let (_, notes) = survives(move |request, answer| match request.connection {
            0 => garbage.to_owned(),
            _ => answer,
        });
        assert_eq!(
            notes.retries[0].0.failure,
            Some(Failure::InvalidAnswer),
            "{garbage}"
        );
        assert!(notes.retries[0].1.is_some());
    }
}

#[test]
fn an_ack_that_breaks_the_rules_costs_its_connection_and_is_asked_for_again() {
    let (_, notes) = survives(|request, answer| match request.connection {
        0 => answer.replace(PROTOCOL, "none"),
        1 if request.packet() == "Fragment" => {
            answer.replace("Content-Length", "BITS-Session-Id: other\r\nContent-Length")
        }
        _ => answer,
    });
    let retries = notes.retries.iter();
    let failures: Vec<_> = retries.map(|(problem, ..)| problem.failure).collect();
    assert_eq!(failures, [Some(Failure::InvalidAnswer); 2]);
}

/// An answer to a Fragment whose status counts although something beside it breaks the rules.
const BROKEN: [&str; 4] = [
    "BITS-Packet-Type: Nack\r\n",
    "BITS-Packet-Type: Ack\r\nBITS-Received-Content-Range: x\r\n",
    "BITS-Packet-Type: Ack\r\nBITS-Session-Id: other\r\n",
    "BITS-Packet-Type: Ack\r\nBITS-Error-Code: x\r\n",
];

#[test]
fn a_status_413_counts_beside_fields_that_break_the_rules() {
    for broken in BROKEN {
        let (server, store) = Server::storing(move |request, answer| match request.body.len() {
            10_000 => plain(413, broken),
            _ => answer,
        });
        let content = content(10_000);
        let notes = complete(server.url("/a"), options(), &content);
        assert!(store.file() == content);
        assert!(notes.retries.is_empty(), "{broken}: {:?}", notes.retries);
    }
}

#[test]
fn a_status_401_counts_beside_fields_that_break_the_rules() {
    for broken in BROKEN {
        let (server, _) = Server::storing(move |request, answer| match request.packet() {
            "Fragment" => plain(401, broken),
            _ => answer,
        });
        let (ended, notes) = send(server.url("/a"), options(), b"x");
        assert_eq!(failed(&ended).reason, Reason::Credentials, "{broken}");
        assert!(notes.retries.is_empty());
    }
}

#[test]
fn a_session_that_is_gone_is_gone_beside_an_offset_that_breaks_the_rules() {
    let broken = "BITS-Error-Code: 0x8020001F\r\nBITS-Received-Content-Range: x\r\n";
    let (server, store) =
        Server::storing(
            move |request, answer| match (request.packet(), request.connection) {
                ("Fragment", 0) => ack(500, &format!("Connection: close\r\n{broken}")),
                _ => answer,
            },
        );
    complete(server.url("/a"), options(), b"hello!");
    assert_eq!(store.file(), b"hello!");
    let creates = server.packets();
    let creates = creates.iter().filter(|packet| *packet == "Create-Session");
    assert_eq!(creates.count(), 2);
}

#[test]
fn a_success_or_an_offset_that_breaks_the_rules_is_none() {
    for status in [200, 416] {
        let (server, _) = Server::storing(move |request, answer| match request.packet() {
            "Fragment" => ack(status, "BITS-Received-Content-Range: x\r\n"),
            _ => answer,
        });
        let (ended, notes) = send(server.url("/a"), options(), b"x");
        assert_eq!(failed(&ended).reason, Reason::GaveUp);
        let failures = notes.retries.iter().map(|(problem, ..)| problem.failure);
        assert!(failures.eq([Some(Failure::InvalidAnswer); 4]));
    }
}

#[test]
fn a_file_server_is_no_bits_server() {
    let server = Server::new(|peer| {
        peer.serve(|_| "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile".to_owned());
    });
    let (ended, _) = send(server.url("/a"), options(), b"x");
    let failed = failed(&ended);
    assert_eq!(failed.reason, Reason::NotBits);
    assert_eq!(failed.problem.status.unwrap().as_u16(), 200);
    assert_eq!(server.connections(), 5, "each costs its connection");
}

#[test]
fn a_web_server_that_knows_neither_method_nor_path_is_none_either() {
    for status in [400, 404, 405, 501] {
        let server = Server::new(move |peer| {
            peer.serve(|_| format!("HTTP/1.1 {status} X\r\nContent-Length: 6\r\n\r\n<html>"));
        });
        let (ended, _) = send(server.url("/a"), options(), b"x");
        assert_eq!(failed(&ended).reason, Reason::NotBits, "{status}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_redirect_is_reported_and_not_followed() {
    let server = Server::new(|peer| {
        peer.serve(|_| plain(307, "Location: http://127.0.0.1:1/elsewhere\r\n"));
    });
    let (ended, _) = send(server.url("/a"), options(), b"x");
    assert_eq!(failed(&ended).reason, Reason::Refused);
    assert!(
        failed(&ended)
            .advice()
            .starts_with("redirects are not followed")
    );
    let detail = ended.detail.unwrap();
    assert_eq!(detail, "it names http://127.0.0.1:1/elsewhere");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn retry_after_is_read_as_seconds_and_as_a_date() {
    for value in [
        "3600",
        "99999999999999999999999",
        "Tue, 01 Jan 2199 00:00:00 GMT",
    ] {
        let (server, _) = Server::storing(move |request, answer| match request.packet() {
            "Create-Session" if request.connection == 0 => plain(
                503,
                &format!("Retry-After: {value}\r\nConnection: close\r\n"),
            ),
            _ => answer,
        });
        let mut options = options();
        options.session.max_retry_after = Duration::from_millis(30);
        let notes = complete(server.url("/a"), options, b"x");
        let delay = notes.retries[0].2;
        assert!(delay > Duration::from_millis(5), "{value}: {delay:?}");
    }
}

#[test]
fn a_status_416_puts_the_upload_where_the_server_is() {
    let store = Store::default();
    let shared = store.clone();
    let server = Server::new(move |peer| {
        peer.serve(|request| match (request.packet(), shared.file().len()) {
            // Of the first Fragment it keeps nothing, and says so.
            ("Fragment", 0) if request.range() == (0, 10) && request.body.len() == 6 => {
                received(416, 0)
            }
            _ => shared.answer(request),
        });
    });
    let mut small = options();
    small.session.fragment_size = 6;
    small.session.max_setbacks = 3;
    let (ended, _) = send(server.url("/a"), small, b"0123456789");
    assert_eq!(failed(&ended).reason, Reason::NoProgress);
    small = options();
    small.session.fragment_size = 5;
    complete(server.url("/a"), small, b"0123456789");
    assert_eq!(store.file(), b"0123456789");
}

#[test]
fn what_is_no_answer_is_shown() {
    let long = format!("HTTP/1.1 200 X\r\nA: {}", "x".repeat(10_000));
    for (answer, shown) in [
        (
            "220 mail.example.net ESMTP\x1B[2J\r\n\r\n",
            "220 mail.example.net ESMTP\\u{1b}[2J\n",
        ),
        (
            "HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n",
            "Content-Length: x\n",
        ),
        ("HTTP/1.1 200 X\r\nSer", "HTTP/1.1 200 X\nSer\n"),
        (&long, "\n(5923 bytes more)\n"),
    ] {
        let answer = answer.to_owned();
        let server = Server::new(move |peer| {
            peer.next();
            peer.send(&answer);
        });
        let mut options = options();
        options.session.max_failures = 0;
        let (ended, notes) = send(server.url("/a"), options, b"x");
        failed(&ended);
        assert!(notes.heads.contains(shown), "{shown}");
    }
}

//! Heads that are not to be believed.

use bits_packet::{Deviation, Options};
use proptest::prelude::*;

use super::*;

/// Requests that are refused at their head: the status, and whether the answer is an Ack.
const REFUSED: &[(&str, u16, bool)] = &[
    // Two lengths
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n",
        400,
        true,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
        false,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
        400,
        false,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
        400,
        false,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
        413,
        false,
    ),
    // A length and a coding, in both orders
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        400,
        true,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        400,
        false,
    ),
    // A coding
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        411,
        true,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        411,
        false,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        400,
        false,
    ),
    (
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0Bchunked\r\n\r\n",
        400,
        false,
    ),
    (
        "POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
        false,
    ),
    // Lines
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\nContent-Length: 0\r\n\r\n",
        400,
        true,
    ),
    ("BITS_POST /a HTTP/1.1\nHost: a\n\n", 400, true),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        400,
        true,
    ),
    ("BITS_POST /a HTTP/1.1\r\nHost : a\r\n\r\n", 400, true),
    ("BITS_POST /a HTTP/1.1\r\n Host: a\r\n\r\n", 400, true),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nno field\r\n\r\n",
        400,
        true,
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400, false),
    ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, false),
    // Start lines
    ("BITS_POST /a\r\n\r\n", 400, true),
    ("BITS_POST /a HTTP/2.0\r\nHost: a\r\n\r\n", 505, true),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, false),
    ("GET / HTTP/0.9\r\n\r\n", 505, false),
    ("GET / http/1.1\r\nHost: a\r\n\r\n", 400, false),
    ("BITS_POST  /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("BITS_POST a HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("BITS_POST * HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("BITS_POST /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("BITS_POST /a<b HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, false),
    ("\x16\x03\x01\x02\x00\x01\x00", 400, false),
    // Hosts
    (
        "BITS_POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        400,
        true,
    ),
    (
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        400,
        true,
    ),
    // The end of the input
    ("BITS_POST /a HTTP/1.1\r\nHost: a\r\n", 400, true),
    ("GET / HT", 400, false),
];

#[tokio::test]
async fn what_two_readers_might_read_in_two_ways_is_refused_and_ends_the_connection() {
    let running = Running::usual();
    for (head, status, is_ack) in REFUSED {
        for piece in [1, 7, head.len()] {
            // What follows might be a request to somebody else.
            let whole = head.ends_with("\r\n\r\n") || head.ends_with("\n\n");
            let behind = if whole { PING } else { "" };
            let before = if head.starts_with("\r\n") { "" } else { PING };
            let bytes = [before, *head, behind].concat();
            let answers = running.ask_in_pieces(bytes.as_bytes(), piece).await;
            let expected = if before.is_empty() {
                vec![*status]
            } else {
                vec![200, *status]
            };
            assert_eq!(statuses(&answers), expected, "{head:?}: {answers}");
            let last = answers.rfind("HTTP/1.1").unwrap();
            let last = &answers[last..];
            assert_eq!(
                field(last, "Connection"),
                Some("close"),
                "{head:?}: {answers}"
            );
            assert_eq!(
                field(last, "BITS-Packet-Type").is_some(),
                *is_ack,
                "{head:?}: {answers}"
            );
            if *is_ack {
                assert_eq!(
                    field(last, "BITS-Error-Code"),
                    Some("0x80070057"),
                    "{answers}"
                );
            }
        }
    }
    let counted = running.service.metrics().to_text();
    // It is the screen that has refused them.
    for kind in [
        "obs-fold",
        "chunked",
        "conflicting-fields",
        "repeated-field",
        "target",
    ] {
        assert!(
            counted.contains(&format!("bits_errors_total{{kind=\"{kind}\"}}")),
            "{kind}: {counted}"
        );
    }
}

#[tokio::test]
async fn two_empty_lines_before_a_head_are_passed_over() {
    let running = Running::usual();
    let bytes = ["\r\n", PING, "\r\n\r\n", PING, "\r\n"].concat();
    for piece in [1, 3, bytes.len()] {
        let answers = running.ask_in_pieces(bytes.as_bytes(), piece).await;
        assert_eq!(statuses(&answers), [200, 200], "{answers}");
    }
}

#[tokio::test]
async fn a_body_is_not_read_as_a_head() {
    let running = Running::usual();
    let inner = "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n";
    let outer = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        inner.len()
    );
    let bytes = [&outer, inner, PING].concat();
    for piece in [1, 10, bytes.len()] {
        let answers = running.ask_in_pieces(bytes.as_bytes(), piece).await;
        assert_eq!(statuses(&answers), [405, 200], "{answers}");
    }
}

#[tokio::test]
async fn heads_are_bounded_in_length_and_in_fields() {
    let running = Running::usual();
    let ping = |fields: usize, length: usize| {
        let fields = format!("X: {}\r\n", "y".repeat(length)).repeat(fields);
        PING.replace("\r\n\r\n", &format!("\r\n{fields}\r\n"))
    };
    for (fields, length, status) in [
        (97, 1, 200),
        (98, 1, 431),
        (10_000, 1, 431),
        (1, 60_000, 200),
        (1, 70_000, 431),
        (1, 10_000_000, 431),
    ] {
        let answers = running.ask(ping(fields, length).as_bytes()).await;
        assert_eq!(statuses(&answers), [status], "{fields} {length}");
    }
    let answers = running.ask(&vec![b'x'; 1_000_000]).await;
    assert_eq!(statuses(&answers), [431]);
}

#[tokio::test]
async fn a_smaller_limit_holds() {
    let service = ServiceOptions {
        reading: Options::INTEROP.with_max_head(1024),
        ..ServiceOptions::default()
    };
    let running = Running::start(ServerOptions::default(), service);
    let long = PING.replace("/a", &format!("/{}", "a".repeat(2000)));
    assert_eq!(statuses(&running.ask(long.as_bytes()).await), [414]);
    let long = PING.replace("Host: a", &format!("Host: {}", "a".repeat(2000)));
    assert_eq!(statuses(&running.ask(long.as_bytes()).await), [431]);
    assert_eq!(statuses(&running.ask(PING.as_bytes()).await), [200]);
}

#[tokio::test]
async fn what_breaks_a_rule_of_its_packet_only_does_not_end_the_connection() {
    let running = Running::usual();
    let id = "{00000000-0000-0000-0000-000000000000}";
    let bad = fragment(id, "10-9/10", 0);
    let long = fragment(id, "0-4/10", 6) + "hello!";
    let answers = running.ask([&bad, &*long, PING].concat().as_bytes()).await;
    assert_eq!(statuses(&answers), [400, 400, 200], "{answers}");
}

#[tokio::test]
async fn the_override_is_known_in_heads_that_are_refused_too() {
    let service = ServiceOptions {
        reading: Options::INTEROP.allow(Deviation::MethodOverride),
        ..ServiceOptions::default()
    };
    let running = Running::start(ServerOptions::default(), service);
    let head = "POST /a HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: BITS_POST\r\n\
        Transfer-Encoding: chunked\r\n\r\n";
    let answers = running.ask(head.as_bytes()).await;
    assert_eq!(statuses(&answers), [411]);
    assert_eq!(field(&answers, "BITS-Packet-Type"), Some("Ack"));
}

#[tokio::test]
async fn strict_refuses_http_1_0() {
    let service = ServiceOptions {
        reading: Options::STRICT,
        ..ServiceOptions::default()
    };
    let running = Running::start(ServerOptions::default(), service);
    let answers = running.ask(PING.replace("/1.1", "/1.0").as_bytes()).await;
    assert_eq!(statuses(&answers), [400], "{answers}");
    assert_eq!(field(&answers, "BITS-Packet-Type"), Some("Ack"));
}

/// Pieces of requests, and bytes that are none.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => proptest::sample::select(vec![
            PING, CREATE, "BITS_POST", " ", "/a", "HTTP/1.1", "\r\n", "\r", "\n", "\r\n\r\n", ":", "Host: a\r\n",
            "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "BITS-Packet-Type: Ping\r\n", "GET", "POST",
            "Expect: 100-continue\r\n", "Connection: close\r\n", "0\r\n\r\n", "\0", "\t", "Upgrade: h2c\r\n",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[test]
fn whatever_comes_in_whatever_pieces_is_answered_the_same_way_and_ends() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let running = runtime.block_on(async { Running::usual() });
    proptest!(ProptestConfig::with_cases(150), |(bytes in soup(), piece in 1usize..50)| {
        let (whole, pieces) = runtime.block_on(async {
            (running.ask(&bytes).await, running.ask_in_pieces(&bytes, piece).await)
        });
        prop_assert_eq!(statuses(&whole), statuses(&pieces), "{}\n---\n{}", whole, pieces);
    });
}

#[tokio::test]
async fn names_are_spelled_as_the_documents_spell_them() {
    let server = Running::usual();
    let answers = server.ask(format!("{CREATE}{PING}").as_bytes()).await;
    let names: Vec<&str> = answers
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| name.to_lowercase().starts_with("bits-"))
        .collect();
    let of_create = ["BITS-Packet-Type", "BITS-Protocol", "BITS-Session-Id"];
    assert_eq!(names[..3], of_create, "{answers}");
    assert_eq!(names[3..], ["BITS-Packet-Type"], "{answers}");
}

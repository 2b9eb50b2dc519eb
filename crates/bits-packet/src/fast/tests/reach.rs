//! What is read without the general form. Were the fast form to give up where it need not, only the time would show.

use core::fmt::Debug;
use std::prelude::rust_2024::*;
use std::{format, vec};

use crate::fast::{ack, request, request_head, response_head};
use crate::{Ack, Error, Options, Parsed, Request, RequestHead, RequestType, ResponseHead};

/// Whether the fast form has read it, and as the general form does.
fn is_read<'a, T: PartialEq + Debug>(
    fast: impl FnOnce(&dyn Fn() -> Result<Parsed<'a, T>, Error>) -> Result<Parsed<'a, T>, Error>,
    general: &dyn Fn() -> Result<Parsed<'a, T>, Error>,
) -> bool {
    let is_asked = core::cell::Cell::new(false);
    let read = fast(&|| {
        is_asked.set(true);
        general()
    });
    assert_eq!(read, general());
    !is_asked.get()
}

fn reads_request(input: &[u8], options: &Options) -> bool {
    let packet = is_read(|general| request(input, options, general), &|| {
        Request::parse_general(input, options)
    });
    let head = is_read(|general| request_head(input, options, general), &|| {
        RequestHead::parse_general(input, options)
    });
    assert!(head || !packet, "the packet and not the head");
    packet
}

fn reads_ack(input: &[u8], answering: Option<RequestType>, options: &Options) -> bool {
    let packet = is_read(|general| ack(input, answering, options, general), &|| {
        Ack::parse_general(input, answering, options)
    });
    let head = is_read(|general| response_head(input, options, general), &|| {
        ResponseHead::parse_general(input, options)
    });
    assert!(head || !packet, "the packet and not the head");
    packet
}

/// Whether it is read, be it a request or a response to one of that type.
fn reads(input: &[u8], answering: Option<RequestType>, options: &Options) -> bool {
    match input.starts_with(b"HTTP/") {
        true => reads_ack(input, answering, options),
        false => reads_request(input, options),
    }
}

fn is_fast(head: &str, answering: Option<RequestType>) -> bool {
    reads(head.as_bytes(), answering, &Options::INTEROP)
}

pub(super) const GUID: &str = "{11111111-2222-3333-4444-55555555aBcD}";

/// A message of these lines, and where it comes from.
fn head(start: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{start}\r\n{lines}\r\n").replace("GUID", GUID)
}

pub(super) type Case = (&'static str, Option<RequestType>, Vec<&'static str>);

pub(super) const POST: &str = "BITS_POST /a/b.bin HTTP/1.1";
pub(super) const OK: &str = "HTTP/1.1 200 OK";

/// The ten packets and the error, with every field that they may have.
pub(super) fn cases() -> Vec<Case> {
    let acks = |request, more: &[&'static str]| {
        let lines = ["BITS-Packet-Type: Ack", "Content-Length: 0"];
        let lines = lines.iter().chain(more).copied().collect();
        (OK, Some(request), lines)
    };
    let requests = |packet, more: &[&'static str]| {
        let lines = [packet, "Host: example.net", "Content-Length: 0"];
        let lines = lines.iter().chain(more).copied().collect();
        (POST, None, lines)
    };
    vec![
        requests("BITS-Packet-Type: Ping", &[]),
        requests(
            "BITS-Packet-Type: Create-Session",
            &["BITS-Supported-Protocols: GUID", "Content-Name: a.bin"],
        ),
        (
            POST,
            None,
            vec![
                "BITS-Packet-Type: Fragment",
                "BITS-Session-Id: GUID",
                "Content-Length: 5",
                "Content-Range: bytes 5-9/20",
                "Content-Name: a.bin",
                "Content-Encoding: gzip",
                "Host: example.net",
            ],
        ),
        requests(
            "BITS-Packet-Type: Close-Session",
            &["BITS-Session-Id: GUID", "Content-Name: a.bin"],
        ),
        requests(
            "BITS-Packet-Type: Cancel-Session",
            &["BITS-Session-Id: GUID", "Content-Name: a.bin"],
        ),
        acks(RequestType::Ping, &[]),
        acks(
            RequestType::CreateSession,
            &[
                "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}",
                "BITS-Session-Id: GUID",
                "BITS-Host-Id: 192.0.2.1",
                "BITS-Host-Id-Fallback-Timeout: 4294967295",
                "Accept-Encoding: gzip, identity",
            ],
        ),
        acks(
            RequestType::Fragment,
            &[
                "BITS-Session-Id: GUID",
                "BITS-Received-Content-Range: 12345678901",
                "BITS-Reply-URL: http://example.net/r?x=1",
            ],
        ),
        acks(RequestType::CloseSession, &["BITS-Session-Id: GUID"]),
        acks(RequestType::CancelSession, &["BITS-Session-Id: GUID"]),
        (
            "HTTP/1.1 500 Internal Server Error",
            Some(RequestType::Fragment),
            vec![
                "BITS-Packet-Type: Ack",
                "BITS-Session-Id: GUID",
                "BITS-Error-Code: 0x80070005",
                "BITS-Error-Context: 0x5",
                "Content-Length: 0",
            ],
        ),
    ]
}

/// How a line is spelled, by its name and its value.
type Spelling = dyn Fn(&str, &str) -> String;

#[test]
fn every_packet_is_read_however_it_is_spelled() {
    for (start, answering, lines) in cases() {
        let spelled = |spell: &Spelling| {
            let lines: Vec<String> = lines
                .iter()
                .map(|line| line.split_once(": ").expect("no field"))
                .map(|(name, value)| spell(name, value))
                .collect();
            head(start, &lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let spellings: [&Spelling; 5] = [
            &|name, value| format!("{name}: {value}"),
            &|name, value| format!("{}: {value}", name.to_lowercase()),
            &|name, value| format!("{}: {value}", name.to_uppercase()),
            &|name, value| format!("{name}:{value}"),
            &|name, value| format!("{name}:\t {value} \t"),
        ];
        for spell in spellings {
            let head = spelled(spell);
            assert!(is_fast(&head, answering), "{head}");
            assert!(is_fast(&format!("{head}body"), answering), "{head}");
        }
    }
}

#[test]
fn lines_are_read_in_any_order_and_among_any_others() {
    let others = [
        "X: y",
        "X:",
        "Via: 1.1 a-proxy.example.net",
        "X-Forwarded_For: 192.0.2.1",
        "X-Tabs: a\tb",
        "X-Text: \u{e4}",
        "X-A-Name-That-Is-Longer-Than-All-The-Others-Are: and a value that takes more than one look, too",
        "Content-Type: text/plain",
        "Content-Language: de",
        "Content-Lengthy: 5",
        "Hosts: a",
        "Date: Thu, 26 Nov 2026 10:29:35 GMT",
        "Date: yesterday",
        "Dates: none",
        "User-Agent: Microsoft BITS/7.8",
        "User-Agent: Microsoft BITS/7.7",
        "Connection: Keep-Alive",
        "connection: close",
        "Accept: */*",
        "Accept: text/plain",
        "Accept-Language: de",
        "Server: Microsoft-IIS/10.0",
        "Server: nginx",
        "Server-Timing: a",
        "BITS-Protocols: none",
        "BITS-Session-Ids: none",
        "BITS-Packet-Types: none",
        "BITS-Host-Ids: none",
        "BITS-Error-Codes: none",
    ];
    for (start, answering, lines) in cases() {
        let mut turned = lines.clone();
        for _ in 0..lines.len() {
            turned.rotate_left(1);
            let head = head(start, &turned);
            assert!(is_fast(&head, answering), "{head}");
        }
        for other in others {
            for at in [0, 1, lines.len()] {
                let mut lines = lines.clone();
                lines.insert(at, other);
                let head = head(start, &lines);
                assert!(is_fast(&head, answering), "{head}");
            }
        }
    }
}

/// Whether it is accepted at all.
fn is_accepted(head: &str, answering: Option<RequestType>, options: &Options) -> bool {
    match head.starts_with("HTTP/") {
        true => Ack::parse_general(head.as_bytes(), answering, options).is_ok(),
        false => Request::parse_general(head.as_bytes(), options).is_ok(),
    }
}

#[test]
fn packets_are_read_without_what_they_can_do_without() {
    for (start, answering, lines) in cases() {
        for at in 0..lines.len() {
            let mut fewer = lines.clone();
            let left_out = fewer.remove(at);
            // The second of these without the first is left to the general form.
            for pair in ["BITS-Host-Id", "BITS-Error-Co"] {
                if left_out.starts_with(pair) {
                    fewer.retain(|line| !line.starts_with(pair));
                }
            }
            let head = head(start, &fewer);
            for options in [Options::INTEROP, Options::STRICT] {
                assert_eq!(
                    reads(head.as_bytes(), answering, &options),
                    is_accepted(&head, answering, &options),
                    "{head}"
                );
            }
        }
    }
}

#[test]
fn packets_are_read_with_what_real_peers_do_wrong() {
    for (start, answering, lines) in cases() {
        let odd = |start: &str, from: &str, to: &'static str| {
            let mut lines = lines.clone();
            for line in &mut lines {
                if line.starts_with(from) {
                    *line = to;
                }
            }
            let head = head(start, &lines);
            for options in [Options::INTEROP, Options::STRICT] {
                let reads = reads(head.as_bytes(), answering, &options);
                assert_eq!(reads, is_accepted(&head, answering, &options), "{head}");
            }
        };
        odd(&start.replace("200 OK", "201 Created"), "-", "");
        odd(&start.replace("HTTP/1.1", "HTTP/1.0"), "-", "");
        if answering.is_some() {
            odd(start, "Content-Length", "Content-Length: 5");
        }
        odd(start, "BITS-Error-Context", "BITS-Error-Context: 0x99");
    }
}

#[test]
fn start_lines_are_read_with_any_method_target_version_and_phrase() {
    let lines = [
        "Host: example.net",
        "BITS-Packet-Type: Ping",
        "Content-Length: 0",
    ];
    for start in [
        "BITS_POST / HTTP/1.1",
        "BITS_POST /? HTTP/1.1",
        "BITS_POST /a?b=c&d=/?e HTTP/1.1",
        "BITS_POST /a%20b HTTP/1.1",
        "BITS_POST /a?b=%20 HTTP/1.1",
        "BITS_POST /~a?{b} HTTP/1.0",
        "BITS_POST /a?b~c HTTP/1.0",
        "BITS_POST http://example.net/a HTTP/1.1",
        "BITS_POST http://example.net/a?b HTTP/1.0",
        "POST /a HTTP/1.1",
        "GET /a?b=c HTTP/1.0",
        "BITS_POSTS / HTTP/1.1",
    ] {
        // The braces are no characters of a target.
        let expected = !start.contains('{');
        assert_eq!(is_fast(&head(start, &lines), None), expected, "{start}");
    }
    assert!(is_fast(&head("GET / HTTP/1.1", &["Host: a"]), None));
    for start in [
        "CONNECT a:80 HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        " / HTTP/1.1",
    ] {
        assert!(!is_fast(&head(start, &lines), None), "{start}");
    }

    let answering = Some(RequestType::Ping);
    let ack = ["BITS-Packet-Type: Ack", "Content-Length: 0"];
    for start in [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 ",
        "HTTP/1.1 200 Everything is as it should be, and more than that",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 416 Range Not Satisfiable",
        "HTTP/1.1 503 Service Unavailable",
    ] {
        assert!(is_fast(&head(start, &ack), answering), "{start}");
    }
    for start in [
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 600 ",
    ] {
        assert!(!is_fast(&head(start, &ack), answering), "{start}");
    }
    for start in [
        "HTTP/1.1 401 Unauthorized",
        "HTTP/1.1 413 ",
        "HTTP/1.1 502 ",
    ] {
        for request in [answering, None] {
            assert!(
                is_fast(&head(start, &["Content-Length: 5"]), request),
                "{start}"
            );
            assert!(is_fast(&head(start, &["Server: a"]), request), "{start}");
        }
    }
    assert!(is_fast(
        &head("HTTP/1.1 200 OK", &["Content-Length: 5"]),
        None
    ));
}

#[test]
fn what_is_as_long_as_the_limits_allow_is_read() {
    let limited = Options::INTEROP.with_max_value(80);
    for (name, longest) in [("Content-Name", 80), ("BITS-Session-Id", 80), ("Host", 80)] {
        for (length, expected) in [(longest, true), (longest + 1, false)] {
            let value = format!("{name}: {}", "a".repeat(length));
            let mut lines = vec!["BITS-Packet-Type: Close-Session", "Content-Length: 0"];
            lines.extend(
                ["Host: a", "BITS-Session-Id: 1"]
                    .iter()
                    .filter(|line| !line.starts_with(name)),
            );
            lines.push(&value);
            let head = head(POST, &lines);
            assert_eq!(reads(head.as_bytes(), None, &limited), expected, "{head}");
            let other = limited.with_max_value(81);
            assert!(reads(head.as_bytes(), None, &other), "{head}");
        }
    }
    // Under smaller limits nothing is.
    let head = head(
        POST,
        &["Host: a", "BITS-Packet-Type: Ping", "Content-Length: 0"],
    );
    assert!(reads(head.as_bytes(), None, &limited));
    assert!(!reads(
        head.as_bytes(),
        None,
        &Options::INTEROP.with_max_value(79)
    ));
    assert!(!reads(
        head.as_bytes(),
        None,
        &Options::INTEROP.with_max_protocols(0)
    ));
    assert!(reads(
        head.as_bytes(),
        None,
        &Options::INTEROP.with_max_protocols(1)
    ));
    // The head may be as long as it is.
    let limit = u32::try_from(head.len()).expect("long");
    assert!(reads(
        head.as_bytes(),
        None,
        &Options::INTEROP.with_max_head(limit)
    ));
    assert!(!reads(
        head.as_bytes(),
        None,
        &Options::INTEROP.with_max_head(limit - 1)
    ));
}

/// Every beginning needs more, and the general form is not asked to say so.
#[test]
fn pieces_of_heads_are_told_without_the_general_form() {
    let more = ["X-Other: a value that is read as a text", "X: y"];
    for (start, answering, mut lines) in cases() {
        lines.extend(more);
        for lines in [lines.clone(), lines.into_iter().rev().collect()] {
            let head = head(start, &lines);
            let first = match answering {
                Some(_) => start.len() + 2,
                None => "BITS_POST /".len(),
            };
            for length in first..head.len() {
                let piece = &head.as_bytes()[..length];
                assert!(
                    reads(piece, answering, &Options::INTEROP),
                    "{}",
                    piece.escape_ascii()
                );
                // One that is as long as a head may be is too long for one.
                let limit = u32::try_from(length).expect("long");
                let limited = Options::INTEROP.with_max_head(limit);
                assert!(!reads(piece, answering, &limited));
                assert!(reads(piece, answering, &limited.with_max_head(limit + 1)));
            }
        }
    }
}

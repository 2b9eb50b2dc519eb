//! What is said of the values of fields.

use std::path::Path;

use super::{explained, tree};
use crate::common::bits_in;

#[test]
fn explains_an_error_ack_and_its_deviations() {
    let ack = b"HTTP/1.0 500 Internal Server Error\r\nBITS-Packet-Type: ack\r\n\
        BITS-Protocol: {00000000-249B-430F-820D-3D2A9BEF4931}\r\nBITS-Session-Id: {1}\r\n\
        BITS-Host-Id: [::1]:80\r\nBITS-Host-Id-Fallback-Timeout: 86460\r\n\
        BITS-Received-Content-Range: 4892\r\nBITS-Reply-URL: http://a/b\r\n\
        BITS-Error: x8020001f\r\nBITS-Error-Context: 0x7\r\nContent-Length: 2\r\n\r\na";
    let expected = "         0  Ack  HTTP/1.0 500 Internal Server Error
        36  ├─ BITS-Packet-Type: ack
        59  ├─ BITS-Protocol: {00000000-249B-430F-820D-3D2A9BEF4931}
            │    = unknown protocol
       114  ├─ BITS-Session-Id: {1}
       136  ├─ BITS-Host-Id: [::1]:80
       160  ├─ BITS-Host-Id-Fallback-Timeout: 86460
       198  ├─ BITS-Received-Content-Range: 4892
            │    = next offset 4892
       233  ├─ BITS-Reply-URL: http://a/b
       261  ├─ BITS-Error: x8020001f
            │    = BG_E_SESSION_NOT_FOUND: the server knows no such session
       284  ├─ BITS-Error-Context: 0x7
            │    = BG_ERROR_CONTEXT_REMOTE_APPLICATION: the server application has met the error
       309  ├─ Content-Length: 2
       330  ├─ body: 1 of 2 bytes, not whole
            ├─ deviation http-1-0
            ├─ deviation ack-body
            ├─ deviation error-alias
            ├─ deviation error-spelling
            └─ deviation host-id-form";
    assert_eq!(tree(&[], ack), explained(expected));
}

/// The notes of a tree, each behind the line that it stands below.
fn noted(tree: &str) -> Vec<String> {
    let mut noted = Vec::new();
    let mut above = "";
    for line in tree.lines() {
        match line.split_once("    = ") {
            Some((_, note)) => noted.push(format!("{above} = {note}")),
            None => above = line.split_once("─ ").map_or(line, |(_, text)| text),
        }
    }
    noted
}

/// The notes beside the fields of an Ack with that status.
fn ack(status: u16, fields: &str) -> Vec<String> {
    let start = format!("HTTP/1.1 {status} \r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n");
    noted(&tree(&[], format!("{start}{fields}\r\n").as_bytes()))
}

#[test]
fn says_where_later_requests_go() {
    for (value, host) in [
        ("FRANKCAO8", "FRANKCAO8"),
        ("front_1:8080", "front_1:8080"),
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1:8080", "10.0.0.1:8080"),
        ("FE80::1", "[FE80::1]"),
        ("[FE80::1]", "[FE80::1]"),
        ("[::1]:80", "[::1]:80"),
    ] {
        let field = format!("BITS-Host-Id: {value}");
        let expected = format!("{field} = later requests of the session go to {host}");
        assert_eq!(ack(200, &format!("{field}\r\n")), [expected]);
    }
}

#[test]
fn says_when_a_client_comes_back_from_a_host() {
    for (seconds, note) in [
        (
            "86400",
            "after 1 d without it, back to the server of the upload URL",
        ),
        (
            "4294967295",
            "never goes back to the server of the upload URL",
        ),
    ] {
        let timeout = format!("BITS-Host-Id-Fallback-Timeout: {seconds}");
        let with_host = format!("BITS-Host-Id: a\r\n{timeout}\r\n");
        let host = "BITS-Host-Id: a = later requests of the session go to a";
        let expected = [host.to_owned(), format!("{timeout} = {note}")];
        assert_eq!(ack(200, &with_host), expected);
        let nothing: [&str; 0] = [];
        assert_eq!(ack(200, &format!("{timeout}\r\n")), nothing);
        assert_eq!(ack(500, &with_host), nothing);
        assert_eq!(ack(416, &with_host), nothing);
    }
}

const UNREADABLE: &str = "cannot be read, counts as absent";

#[test]
fn notes_values_of_acks_that_cannot_be_read() {
    for field in [
        "BITS-Session-Id:",
        "BITS-Protocol:",
        "BITS-Host-Id:",
        "BITS-Host-Id-Fallback-Timeout: -1",
        "BITS-Host-Id-Fallback-Timeout: 4294967296",
        "Accept-Encoding: ;",
        "BITS-Received-Content-Range:",
        "BITS-Reply-URL:",
        "BITS-Error-Code: zz",
        "BITS-Error: zz",
        "BITS-Error-Context: zz",
    ] {
        let (name, value) = field.split_once(':').unwrap();
        let shown = format!("{name}: {}", value.trim());
        let expected = format!("{shown} = {UNREADABLE}");
        assert_eq!(ack(200, &format!("{field}\r\n")), [expected]);
    }
    let of_create = ["--answering", "create-session", "-"];
    let failed = b"HTTP/1.1 500 \r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
        BITS-Protocol: zz\r\nBITS-Reply-URL:\r\n\r\n";
    let expected = format!("BITS-Protocol: zz = {UNREADABLE}");
    assert_eq!(noted(&tree(&of_create, failed)), [expected]);
}

#[test]
fn notes_the_spelling_of_an_error_code_that_is_read() {
    let invalid = "E_INVALIDARG: the request is invalid";
    for (fields, expected) in [
        (["Code: zz", ": 0x80070057"], [UNREADABLE, invalid]),
        ([": 0x80070057", "Code: zz"], [invalid, UNREADABLE]),
        (["Code: zz", ": yy"], [UNREADABLE, UNREADABLE]),
    ] {
        let fields = fields.map(|it| format!("BITS-Error{it}").replace("ErrorCode", "Error-Code"));
        let expected: Vec<String> = fields
            .iter()
            .zip(expected)
            .map(|(field, note)| format!("{field} = {note}"))
            .collect();
        assert_eq!(ack(400, &(fields.join("\r\n") + "\r\n")), expected);
    }
    let code = "BITS-Error-Code: 0x80070057";
    assert_eq!(
        ack(400, &format!("BITS-Error: zz\r\n{code}\r\n")),
        [format!("{code} = {invalid}")]
    );
}

#[test]
fn notes_content_names_that_cannot_be_read() {
    let session = "BITS-Session-Id: {1}\r\n";
    let create = "BITS-Supported-Protocols: {7DF0354D-249B-430F-820D-3D2A9BEF4931}\r\n";
    for (packet, fields, is_read) in [
        ("Ping", "", false),
        ("Create-Session", create, true),
        ("Fragment", session, true),
        ("Close-Session", session, true),
        ("Cancel-Session", session, true),
    ] {
        let length = u8::from(packet == "Fragment");
        let request = |name: &str| {
            let request = format!(
                "BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: {packet}\r\n{fields}\
                 Content-Range: bytes 0-0/1\r\nContent-Length: {length}\r\nContent-Name: {name}\r\n\r\n"
            );
            noted(&tree(&[], request.as_bytes()))
        };
        let expected = format!("Content-Name:  = {UNREADABLE}");
        assert_eq!(request("").contains(&expected), is_read, "{packet}");
        assert!(!request("x").join("").contains(UNREADABLE), "{packet}");
    }
}

#[test]
fn notes_a_value_that_cannot_be_read_wherever_there_is_such_a_deviation() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let seeds = ["decode", "packet/seeds", "decode_stream/seeds"];
    let run = bits_in(&corpus, &seeds, b"");
    // Lines of a message, its first one left out, do not begin with a letter behind the offset.
    let is_first = |line: &&str| line.as_bytes().get(12).is_some_and(u8::is_ascii_alphabetic);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let mut found = 0;
    for message in lines.split(is_first) {
        let deviates = message
            .iter()
            .any(|line| line.contains("─ deviation unreadable-value:"));
        let is_noted = message
            .iter()
            .any(|line| line.ends_with(&format!("│    = {UNREADABLE}")));
        assert_eq!(deviates, is_noted, "{message:?}");
        found += usize::from(deviates);
    }
    assert!(found > 10, "{found}");
}

#[test]
fn notes_the_error_code_once_where_it_is_read() {
    let ack = b"HTTP/1.1 400 Bad Request\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
        BITS-Error: 0x1\r\nBITS-Error-Code: 0x80070057\r\nBITS-Error-Context: 0x5\r\n\r\n";
    let expected = "         0  Ack  HTTP/1.1 400 Bad Request
        26  ├─ BITS-Packet-Type: Ack
        49  ├─ Content-Length: 0
        68  ├─ BITS-Error: 0x1
        85  ├─ BITS-Error-Code: 0x80070057
            │    = E_INVALIDARG: the request is invalid
       114  ├─ BITS-Error-Context: 0x5
            │    = BG_ERROR_CONTEXT_REMOTE_FILE: the BITS server has met the error
       141  ├─ no body
            └─ deviation error-alias";
    assert_eq!(tree(&[], ack), explained(expected));
}

#[test]
fn explains_each_protocol_that_is_offered() {
    let create = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Create-Session\r\n\
        BITS-Supported-Protocols: {7DF0354D-249B-430F-820D-3D2A9BEF4931} \
        {00000000-249B-430F-820D-3D2A9BEF4931} x\r\nContent-Length: 0\r\n\r\n";
    let expected = "         0  Create-Session  BITS_POST /x HTTP/1.1
        23  ├─ Host: a
        32  ├─ BITS-Packet-Type: Create-Session
        66  ├─ BITS-Supported-Protocols: {7DF0354D-249B-430F-820D-3D2A9BEF4931} {00000000-249B-430F-820D-3D2A9BEF4931} x
            │    = BITS 1.5 Upload Protocol
            │    = unknown protocol
            │    = no GUID, ignored
       173  ├─ Content-Length: 0
       194  ├─ no body
            └─ deviation protocol-not-guid";
    assert_eq!(tree(&[], create), explained(expected));
}

#[test]
fn explains_what_passes_between_server_and_application() {
    let response = b"HTTP/1.1 200 OK\r\nBITS-Static-Response-URL: http://a/b\r\n\
        BITS-Copy-File-To-Destination:\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nabc\r\n0\r\n\r\n";
    let expected = "         0  HTTP response  HTTP/1.1 200 OK
        17  ├─ BITS-Static-Response-URL: http://a/b
            │    = notification: where the client finds the reply
        55  ├─ BITS-Copy-File-To-Destination: 
            │    = notification: the file also goes where it was sent to
        87  ├─ Transfer-Encoding: chunked
       117  └─ body: 3 bytes in chunks";
    assert_eq!(tree(&[], response), expected);
}

#[test]
fn notes_a_body_that_begins_like_a_head() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    let expected = "         0  HTTP response  HTTP/1.1 200 OK
        17  ├─ Content-Length: 30
        39  └─ body: 19 of 30 bytes, not whole
                 = it begins like another message, as when this one answers a HEAD request: such answers have no body";
    assert_eq!(tree(&[], answer), expected);

    let fragment = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\n\
        BITS-Session-Id: {1}\r\nContent-Range: bytes 0-9 / 10\r\nContent-Length: 10\r\n\r\nBITS_POST ";
    let expected = "         0  Fragment  BITS_POST /x HTTP/1.1
        23  ├─ Host: a
        32  ├─ BITS-Packet-Type: Fragment
        60  ├─ BITS-Session-Id: {1}
        82  ├─ Content-Range: bytes 0-9 / 10
            │    = bytes 0 to 9 of 10 (10 bytes, the last)
       113  ├─ Content-Length: 10
       135  ├─ body: 10 bytes
            │    = it begins like another message, as when the body that this one announces was not sent
            └─ deviation range-spacing";
    assert_eq!(tree(&[], fragment), explained(expected));
}

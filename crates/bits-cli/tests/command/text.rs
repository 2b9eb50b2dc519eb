//! `bits decode`: the tree that people read.

use std::io::Write;
use std::process::{Command, Stdio};

use bits_packet::Deviation;

use crate::common::{Run, assert_golden, bits, stream};

/// The tree of a standard input, without its first line and its sum.
fn tree(arguments: &[&str], input: &[u8]) -> String {
    let run = bits(&[&["decode"], arguments].concat(), input);
    let lines: Vec<&str> = run.stdout.lines().collect();
    match &lines[..] {
        ["standard input", tree @ .., _] => tree.join("\n"),
        _ => panic!("{run:?}"),
    }
}

/// An expected tree, in which deviations stand by their names alone, with what they are.
fn explained(tree: &str) -> String {
    let explain = |line: &str| match line.split_once("─ deviation ") {
        Some((branch, name)) => {
            let it = Deviation::ALL
                .into_iter()
                .find(|it| it.name() == name)
                .unwrap();
            let (explanation, section) = (it.explanation(), it.section());
            format!("{branch}─ deviation {name}: {explanation} ({section})")
        }
        None => line.to_owned(),
    };
    let lines: Vec<String> = tree.lines().map(explain).collect();
    lines.join("\n")
}

#[test]
fn shows_the_conversations_of_section_4() {
    let conversations = [
        ("4.1", "requests", &[1, 3, 5, 7][..]),
        ("4.1", "answers", &[2, 4, 6, 8]),
        ("4.2", "requests", &[1, 3, 5, 9, 11]),
        ("4.2", "answers", &[2, 4, 8, 10, 12]),
        ("4.2", "notification", &[6]),
    ];
    for (section, name, numbers) in conversations {
        let run = bits(&["decode"], &stream(section, numbers));
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert_golden(&format!("conversation-{section}-{name}.txt"), &run.stdout);
    }
}

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
            │    = later requests of the session go to [::1]
       160  ├─ BITS-Host-Id-Fallback-Timeout: 86460
            │    = after 1 d 1 min
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
fn marks_the_wrong_byte_of_a_head() {
    let input = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nBITS_POST /x\\y HTTP/1.1\r\n\
        Host: a\r\nX: \"\t\xE9\r\nHost : a\r\nBITS-Packet-Type: Ping\r\n\r\n";
    let run = bits(&["decode", "-"], input);
    let expected = "standard input
         0  HTTP response  HTTP/1.1 200 OK
        17  ├─ Content-Length: 0
        38  └─ no body
        38  error  no blank may stand between a field name and its colon (at 46, [RFC 9112] 5.1)
        63  ├─ Host: a\\r\\n
        72  ├─ X: \"\\t\\xE9\\r\\n
        80  ├─ Host : a\\r\\n
            │      ^ space-before-colon at byte 84 of the input
            ├─ a server would answer 400
            └─ nothing after it can be framed: this source is not decoded any further
1 message, 0 packets, 1 error
";
    assert_eq!(run.stdout, expected);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
}

#[test]
fn marks_the_end_of_an_input_that_ends_inside_a_head() {
    let expected = "         0  error  the input ends inside the head (at 20, [RFC 9112] 2.1)
         0  ├─ GET / HTTP/1.1\\r\\n
        16  ├─ Host
            │      ^ truncated at byte 20 of the input
            └─ give the rest of the head, if there is more of it";
    assert_eq!(tree(&[], b"GET / HTTP/1.1\r\nHost"), expected);
}

#[test]
fn shows_the_part_of_a_long_line_around_the_wrong_byte() {
    let head = format!(
        "GET / HTTP/1.1\r\n{}: \u{7F}{}\r\n\r\n",
        "a".repeat(100),
        "b".repeat(100)
    );
    let expected = format!(
        "         0  error  a field value must not hold NUL or other control characters \
         (at 118, [RFC 9110] 5.5)
         0  ├─ GET / HTTP/1.1\\r\\n
        16  ├─ ...{}: \\x7F{}...
            │  {}^ field-value at byte 118 of the input
            ├─ a server would answer 400
            └─ nothing after it can be framed: this source is not decoded any further",
        "a".repeat(54),
        "b".repeat(55),
        " ".repeat(59),
    );
    assert_eq!(tree(&[], head.as_bytes()), expected);
}

#[test]
fn says_where_a_chunked_body_goes_wrong() {
    let input = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloG";
    let expected = "         0  HTTP request  POST / HTTP/1.1
        17  ├─ Host: a
        26  ├─ Transfer-Encoding: chunked
        56  └─ body: 5 bytes in chunks, not whole
         0  error  CR and LF must follow the data of a chunk, and every line around it (at 64, [RFC 9112] 7.1)
        64  ├─ chunked-body at byte 64 of the input
            ├─ a server would answer 400
            └─ nothing after it can be framed: this source is not decoded any further";
    assert_eq!(tree(&[], input), expected);
}

/// The advice on a malformed input: its last lines without the very last.
fn advice(arguments: &[&str], input: &[u8]) -> Vec<String> {
    let tree = tree(arguments, input);
    let lines = tree.lines().skip_while(|line| !line.contains('^')).skip(1);
    let mut lines: Vec<String> = lines.map(|line| line.trim_start().to_owned()).collect();
    let last = lines.pop();
    assert!(last.is_some_and(|it| it.starts_with("└─ ")));
    lines
}

#[test]
fn says_what_strict_and_answering_have_refused() {
    let ping = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\r\n";
    assert_eq!(
        advice(&["--strict"], ping),
        [
            "├─ a server would answer 411",
            "├─ without --strict it is read, with: missing-content-length",
        ]
    );
    let ack = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        advice(&["--answering", "fragment"], ack),
        ["├─ it is no answer to Fragment, but good as another: without --answering it is read"]
    );
    let bad = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ping\r\n\r\n";
    assert_eq!(
        advice(&["--strict", "--answering", "ping"], bad),
        [] as [&str; 0]
    );
}

#[test]
fn recognises_what_is_no_http_at_all() {
    let capture = "├─ this is a packet capture: cut one direction of a connection out of it first, \
        for example with `tshark -r FILE -q -z follow,tcp,raw,0`";
    let answer = "├─ a server would answer 400";
    let inputs: [(&[u8], &[&str]); 9] = [
        (b"\xD4\xC3\xB2\xA1\x02\x00", &[answer, capture]),
        (b"\xA1\xB2\xC3\xD4\x00\x02", &[answer, capture]),
        (b"\x4D\x3C\xB2\xA1\x02\x00", &[answer, capture]),
        (b"\xA1\xB2\x3C\x4D\x00\x02", &[answer, capture]),
        (b"\n\r\r\n\x1C\x00", &[answer, capture]),
        (
            b"\x1F\x8B\x08",
            &[answer, "├─ this is gzip: decompress it first"],
        ),
        (
            b"\x16\x03\x01",
            &[
                answer,
                "├─ this is TLS: what is inside cannot be seen without its keys",
            ],
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            &[
                "├─ a server would answer 505",
                "├─ this is HTTP/2: the protocol wants HTTP/1.1",
            ],
        ),
        (b"GET / HTTP/1.1\r\n\r\n\x1F\x8B\x08", &[answer]),
    ];
    for (input, expected) in inputs {
        assert_eq!(advice(&[], input), expected, "{}", input.escape_ascii());
    }
}

#[test]
fn shows_text_of_the_wire_without_what_a_terminal_acts_upon() {
    let head = "GET /\u{9B}2J HTTP/1.1\r\nHost: a\r\nX: \u{202E}größe\t\u{200B}\r\n\r\n";
    let expected = "         0  HTTP request  GET /\\u{9b}2J HTTP/1.1
        20  ├─ Host: a
        29  ├─ X: \\u{202e}größe\\x09\\u{200b}
        50  ├─ no body
            └─ deviation uri-characters";
    assert_eq!(tree(&[], head.as_bytes()), explained(expected));
}

#[test]
fn shows_the_beginning_of_a_long_value() {
    let value = |length: usize| {
        let head = format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "ä".repeat(length));
        let tree = tree(&[], head.as_bytes());
        tree.lines().nth(1).unwrap().to_owned()
    };
    let shown = |text: &str| format!("        16  ├─ X: {text}");
    assert_eq!(value(100), shown(&"ä".repeat(100)));
    assert_eq!(
        value(101),
        shown(&format!("{} [202 bytes]", "ä".repeat(100)))
    );
    let odd = format!("GET / HTTP/1.0\r\nX: x{}\r\n\r\n", "ä".repeat(100));
    let odd = tree(&[], odd.as_bytes());
    let expected = shown(&format!("x{} [201 bytes]", "ä".repeat(99)));
    assert_eq!(odd.lines().nth(1), Some(expected.as_str()));

    let bytes = [
        b"GET / HTTP/1.0\r\nX: ",
        &[b'x'; 150][..],
        &[0x80; 150],
        b"\r\n\r\n",
    ]
    .concat();
    let bytes = tree(&[], &bytes);
    let expected = shown(&format!(
        "{}{} [300 bytes]",
        "x".repeat(150),
        r"\x80".repeat(50)
    ));
    assert_eq!(bytes.lines().nth(1), Some(expected.as_str()));
}

#[test]
fn counts_what_was_found() {
    let sum = |input: &[u8]| {
        let run = bits(&["decode"], input);
        run.stdout.lines().last().unwrap().to_owned()
    };
    assert_eq!(sum(b""), "0 messages, 0 packets, 0 errors");
    assert_eq!(
        sum(b"GET / HTTP/1.0\r\n\r\n"),
        "1 message, 0 packets, 0 errors"
    );
    assert_eq!(
        sum(&stream("4.1", &[2, 4])),
        "2 messages, 2 packets, 0 errors"
    );
    assert_eq!(
        sum(&[&stream("4.1", &[1])[..], b"?"].concat()),
        "1 message, 1 packet, 1 error"
    );
}

#[test]
fn has_colours_only_where_they_are_wanted() {
    let plain = "standard input\n0 messages, 0 packets, 0 errors\n";
    assert_eq!(bits_with("NO_COLOR", b""), plain);
    assert_eq!(
        bits_with("CLICOLOR_FORCE", b""),
        "\x1B[1m\x1B[4mstandard input\x1B[0m\n\
         \x1B[2m0 messages, 0 packets\x1B[0m, \x1B[2m0 errors\x1B[0m\n"
    );
    let sum = "\x1B[2m0 messages, 0 packets\x1B[0m, \x1B[1m\x1B[31m1 error\x1B[0m\n";
    let malformed = bits_with("CLICOLOR_FORCE", b"?");
    assert!(malformed.ends_with(sum), "{malformed}");
    let expected = Run {
        status: Some(1),
        stdout: plain.to_owned(),
        stderr: String::new(),
    };
    assert_eq!(bits(&["decode", "-"], b""), expected);
}

/// What `bits decode -` prints with that variable set.
fn bits_with(variable: &str, input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["decode", "-"])
        .env_remove("NO_COLOR")
        .env(variable, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

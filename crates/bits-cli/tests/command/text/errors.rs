//! What is said of malformed messages.

use std::path::Path;

use super::tree;
use crate::common::{bits, bits_in};

#[test]
fn marks_the_wrong_byte_of_a_head() {
    let input = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nBITS_POST /x\\y HTTP/1.1\r\n\
        Host: a\r\nX: \"\t\xE9\r\nHost : a\r\nBITS-Packet-Type: Ping\r\n\r\n";
    let run = bits(&["decode", "-"], input);
    let expected = "standard input
         0  HTTP response  HTTP/1.1 200 OK
        17  ├─ Content-Length: 0
        38  └─ no body
        38  error  no blank may stand between a field name and its colon ([RFC 9112] 5.1)
        38  ├─ BITS_POST /x\\\\y HTTP/1.1\\r\\n
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
    let expected = "         0  error  the input ends inside the head ([RFC 9112] 2.1)
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
         ([RFC 9110] 5.5)
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
         0  error  CR and LF must follow the data of a chunk, and every line around it ([RFC 9112] 7.1)
        56  ├─ 5\\r\\n
        59  ├─ helloG
            │       ^ chunked-body at byte 64 of the input
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
    let capture = "├─ this is a packet capture: use `bits inspect FILE`";
    let inputs: [(&[u8], &str); 10] = [
        (b"\xD4\xC3\xB2\xA1\x02\x00", capture),
        (b"\xA1\xB2\xC3\xD4\x00\x02", capture),
        (b"\x4D\x3C\xB2\xA1\x02\x00", capture),
        (b"\xA1\xB2\x3C\x4D\x00\x02", capture),
        (b"\n\r\r\n\x1C\x00", capture),
        (
            b"\x1F\x8B\x08",
            "├─ this is gzip: decompress it first, or if it is a packet capture, use `bits inspect FILE`",
        ),
        (
            b"\x28\xB5\x2F\xFD\x04",
            "├─ this is zstd: decompress it first, or if it is a packet capture, use `bits inspect FILE`",
        ),
        (
            b"\x16\x03\x01",
            "├─ this is TLS: what is inside cannot be seen without its keys",
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "├─ this is HTTP/2: the protocol wants HTTP/1.1",
        ),
        (
            b"GET / HTTP/1.1\r\n\r\n\x1F\x8B\x08",
            "├─ a server would answer 400",
        ),
    ];
    for (input, expected) in inputs {
        assert_eq!(advice(&[], input), [expected], "{}", input.escape_ascii());
    }
}

#[test]
fn shows_the_start_line_and_the_last_lines_up_to_the_wrong_byte() {
    let start = "         0  ├─ GET / HTTP/1.1\\r\\n";
    let [a, b, c] = [
        "        16  ├─ A: 1\\r\\n",
        "        22  ├─ B: 2\\r\\n",
        "        28  ├─ C: 3\\r\\n",
    ];
    let gap = "            │  ...";
    for (fields, expected) in [
        ("", &[start, "        16  ├─ X : y\\r\\n"][..]),
        ("A: 1\r\n", &[start, a, "        22  ├─ X : y\\r\\n"]),
        (
            "A: 1\r\nB: 2\r\n",
            &[start, a, b, "        28  ├─ X : y\\r\\n"],
        ),
        (
            "A: 1\r\nB: 2\r\nC: 3\r\n",
            &[start, gap, b, c, "        34  ├─ X : y\\r\\n"],
        ),
    ] {
        let head = format!("GET / HTTP/1.1\r\n{fields}X : y\r\n\r\n");
        let tree = tree(&[], head.as_bytes());
        let lines = tree.lines().skip(1);
        let shown: Vec<&str> = lines.take_while(|line| !line.contains('^')).collect();
        assert_eq!(shown, expected);
    }
}

#[test]
fn shows_the_beginning_of_a_long_line_before_that_with_the_wrong_byte() {
    for (path, cut) in [(112 - 6, false), (113 - 6, true)] {
        let target = format!("/{}", "x".repeat(path - 10));
        let tree = tree(
            &[],
            format!("GET {target} HTTP/1.1\r\nHost : a\r\n\r\n").as_bytes(),
        );
        let expected = if cut {
            format!("         0  ├─ GET {target} HTTP/1.1\\r...")
        } else {
            format!("         0  ├─ GET {target} HTTP/1.1\\r\\n")
        };
        assert_eq!(tree.lines().nth(1), Some(expected.as_str()));
    }
}

#[test]
fn shows_the_last_bytes_of_a_long_chunk_that_goes_wrong() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let spot = |body: &str| {
        let tree = tree(&[], format!("{head}{body}").as_bytes());
        let lines = tree.lines().skip(5);
        let end = |line: &&str| !line.contains("server");
        let lines: Vec<&str> = lines.take_while(end).collect();
        lines.join("\n")
    };
    // 56 bytes are shown before the wrong one.
    for (data, shown) in [(56, "x"), (57, "...x"), (99, "...x")] {
        let (size, data) = (format!("{data:02x}\r\n"), "x".repeat(data));
        let wrong = head.len() + size.len() + data.len();
        let xs = data.len().min(56) - 1;
        let shown = format!("{shown}{}", "x".repeat(xs));
        let expected = format!(
            "{:>10}  ├─ {shown}\\xC3\n            │  {:indent$}^ chunked-body at byte {wrong} of the input",
            wrong - 56,
            "",
            indent = shown.len(),
        );
        assert_eq!(spot(&format!("{size}{data}\u{E9}")), expected);
    }
    let expected = r"        59  ├─ a\n
        61  ├─ b\r\n
        64  ├─ c\r\n
            │     ^ chunked-body at byte 66 of the input";
    assert_eq!(spot("7\r\na\nb\r\nc\r\n"), expected);
}

/// The last line of the advice on a malformed input.
fn outlook(arguments: &[&str], input: &[u8]) -> String {
    let tree = tree(arguments, input);
    let (_, last) = tree.rsplit_once("└─ ").unwrap();
    last.to_owned()
}

#[test]
fn says_whether_what_follows_could_be_framed() {
    let stops = "decoding stops at the first malformed message";
    let lost = "nothing after it can be framed: this source is not decoded any further";
    let inputs: [(&[&str], &[u8], &str); 8] = [
        (&[], b"BITS_POST /x HTTP/1.1\r\nHost: a\r\n\r\n", stops),
        (
            &[],
            b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ping\r\n\r\n",
            stops,
        ),
        (
            &["--answering", "ping"],
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            stops,
        ),
        // What is not strict can still be framed.
        (
            &["--strict"],
            b"GET /{x} HTTP/1.1\r\nHost: a\r\n\r\n",
            stops,
        ),
        (&[], b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", lost),
        (&[], b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", lost),
        (
            &[],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
            lost,
        ),
        (&[], b"\x16\x03\x01", lost),
    ];
    for (arguments, input, expected) in inputs {
        let name = input.escape_ascii();
        assert_eq!(outlook(arguments, input), expected, "{name}");
    }
}

#[test]
fn says_what_to_do_about_lines_that_end_with_lf_alone() {
    let answer = "├─ a server would answer 400";
    let lf = "├─ its lines end with LF alone: convert them to CRLF, if an editor has changed them";
    let inputs: [(&[u8], &[&str]); 6] = [
        (b"GET / HTTP/1.1\nHost: a\n\n", &[answer, lf]),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", &[lf]),
        (b"GET / HTTP/1.1\r\nHost: a\n\r\n", &[answer]),
        (b"GET / HTTP/1.1\rHost: a\n\n", &[answer]),
        (b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", &[answer]),
        (b"GET / HTTP/1.x\nHost: a\n\n", &[answer]),
    ];
    for (input, expected) in inputs {
        assert_eq!(advice(&[], input), expected, "{}", input.escape_ascii());
    }
}

#[test]
fn names_the_offset_of_an_error_once() {
    let negative =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/decode_stream/negative");
    let run = bits_in(&negative, &["decode", "."], b"");
    let errors = run.stdout.lines().filter(|line| line.contains("  error  "));
    let mut count = 0;
    for error in errors {
        assert!(!error.contains("(at "), "{error}");
        assert!(error.ends_with(')') && error.contains(" (["), "{error}");
        count += 1;
    }
    let spots = run
        .stdout
        .lines()
        .filter(|line| line.contains("^ ") && line.ends_with(" of the input"));
    assert_eq!(spots.count(), count);
    assert!(count > 30, "{count}");
}

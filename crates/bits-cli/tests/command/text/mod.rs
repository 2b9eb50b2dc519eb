//! `bits decode`: the tree that people read.

mod errors;
mod notes;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use bits_packet::Deviation;

use crate::common::{Run, assert_golden, bits, bits_in, scratch, stream};

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
fn sets_sources_apart_by_an_empty_line() {
    let folder = scratch("apart");
    fs::write(folder.join("a"), "GET / HTTP/1.0\r\n\r\n").unwrap();
    fs::write(folder.join("b"), "?").unwrap();
    let run = bits_in(&folder, &["decode", "a", "b"], b"");
    let expected = "a
         0  HTTP request  GET / HTTP/1.0
        18  └─ no body
1 message, 0 packets, 0 errors

b
         0  error  a method must be a token, followed by one space ([RFC 9112] 3)
         0  ├─ ?
            │  ^ method at byte 0 of the input
            ├─ a server would answer 400
            └─ nothing after it can be framed: this source is not decoded any further
0 messages, 0 packets, 1 error

2 sources: 1 message, 0 packets, 1 error, in b
";
    assert_eq!(run.stdout, expected);
}

#[test]
fn ends_with_the_totals_of_several_sources() {
    let folder = scratch("totals");
    let good = stream("4.1", &[2, 4]);
    for name in ["1", "2"] {
        fs::write(folder.join(name), &good).unwrap();
    }
    for name in [
        "bad-a", "bad-b", "bad-c", "bad-d", "bad-e", "bad-f", "bad-g\n",
    ] {
        fs::write(folder.join(name), [&good, &b"?"[..]].concat()).unwrap();
    }
    let total = |arguments: &[&str]| {
        let run = bits_in(&folder, &[&["decode"], arguments].concat(), b"?");
        let (_, total) = run.stdout.rsplit_once("\n\n").unwrap_or_default();
        total.to_owned()
    };
    let runs: [(&[&str], &str); 8] = [
        (&["1"], ""),
        (&["bad-a"], ""),
        (&["1", "nowhere"], ""),
        (&["1", "2"], "2 sources: 4 messages, 4 packets, 0 errors\n"),
        (
            &["1", "bad-a"],
            "2 sources: 4 messages, 4 packets, 1 error, in bad-a\n",
        ),
        (
            &["-", "bad-g\n"],
            "2 sources: 2 messages, 2 packets, 2 errors, in standard input, bad-g\\x0A\n",
        ),
        (
            &["bad-e", "bad-d", "1", "bad-c", "bad-b", "bad-a"],
            "6 sources: 12 messages, 12 packets, 5 errors, in bad-e, bad-d, bad-c, bad-b, bad-a\n",
        ),
        (
            &["."],
            "9 sources: 18 messages, 18 packets, 7 errors, \
             in ./bad-a, ./bad-b, ./bad-c, ./bad-d, ./bad-e and 2 more\n",
        ),
    ];
    for (arguments, expected) in runs {
        assert_eq!(total(arguments), expected, "{arguments:?}");
    }
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
        stderr: "standard input: no message found\n".to_owned(),
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
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

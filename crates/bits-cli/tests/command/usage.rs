//! The command line: sources, exit status, helpers.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Run, assert_golden, bits, bits_in, scratch};

const PING: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
    Content-Length: 0\r\n\r\n";

/// The sources of a run with `--format json`, in order.
fn sources(run: &Run) -> Vec<&str> {
    run.stdout
        .lines()
        .map(|line| line.strip_prefix("{\"source\":\"").unwrap())
        .map(|line| line.split_once("\",").unwrap().0)
        .collect()
}

fn decode_in(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let arguments = [&["decode", "--format", "json"], arguments].concat();
    bits_in(folder, &arguments, input)
}

#[test]
fn walks_folders_in_sorted_order() {
    let folder = scratch("walk");
    for path in [
        "in/b/z",
        "in/b/a",
        "in/a.http",
        "in/a/x",
        "in/B",
        "in/.hidden",
        "in/b.http",
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, PING).unwrap();
    }
    fs::create_dir(folder.join("in/empty")).unwrap();
    let run = decode_in(&folder, &["in"], b"");
    let expected = [
        "in/.hidden",
        "in/B",
        "in/a/x",
        "in/a.http",
        "in/b/a",
        "in/b/z",
        "in/b.http",
    ];
    assert_eq!(sources(&run), expected);
    assert_eq!(run.status, Some(0));
    let run = decode_in(&folder, &["./in/b/"], b"");
    assert_eq!(sources(&run), ["./in/b/a", "./in/b/z"]);
}

#[test]
fn reads_sources_in_the_order_given() {
    let folder = scratch("order");
    fs::write(folder.join("b"), PING).unwrap();
    fs::write(folder.join("a"), PING).unwrap();
    let run = decode_in(&folder, &["b", "-", "a", "b"], PING);
    assert_eq!(sources(&run), ["b", "-", "a", "b"]);
    assert_eq!(run.status, Some(0));
}

#[test]
fn reads_standard_input_when_nothing_is_named() {
    let run = decode_in(Path::new("."), &[], PING);
    assert_eq!((sources(&run), run.status), (vec!["-"], Some(0)));
}

#[cfg(unix)]
#[test]
fn follows_links_to_files_and_passes_over_the_rest() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let folder = scratch("links");
    fs::create_dir_all(folder.join("in/loop")).unwrap();
    fs::write(folder.join("file"), PING).unwrap();
    symlink("../file", folder.join("in/link")).unwrap();
    symlink("..", folder.join("in/loop/up")).unwrap();
    let _socket = UnixListener::bind(folder.join("in/socket")).unwrap();
    let run = decode_in(&folder, &["in"], b"");
    assert_eq!(sources(&run), ["in/link"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn names_paths_that_are_not_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = scratch("bytes");
    fs::create_dir(folder.join("in")).unwrap();
    let name = OsStr::from_bytes(b"caf\xE9\x1B.http");
    fs::write(folder.join("in").join(name), PING).unwrap();
    let run = decode_in(&folder, &["in"], b"");
    assert_eq!(sources(&run), [r"in/caf\\xE9\u001b.http"]);
    let run = bits_in(&folder, &["decode", "in"], b"");
    assert_eq!(run.stdout.lines().next(), Some(r"in/caf\xE9\x1B.http"));
}

#[test]
fn decodes_the_other_sources_when_one_is_missing() {
    let folder = scratch("missing");
    fs::write(folder.join("there"), PING).unwrap();
    let run = decode_in(&folder, &["nowhere", "there"], b"");
    assert_eq!(sources(&run), ["there"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(
        run.stderr,
        "error: nowhere: No such file or directory (os error 2); \
         name a file, a folder, or `-` for standard input\n"
    );
}

#[cfg(unix)]
#[test]
fn decodes_the_rest_of_a_folder_when_an_entry_cannot_be_read() {
    let folder = scratch("dangling");
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/there"), PING).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("in/link")).unwrap();
    let run = decode_in(&folder, &["in"], b"");
    assert_eq!(sources(&run), ["in/there"]);
    assert_eq!(run.status, Some(2));
    assert!(
        run.stderr
            .starts_with("error: in/link: the link leads nowhere"),
        "{}",
        run.stderr
    );
}

#[test]
fn tells_by_its_status_how_it_went() {
    let folder = scratch("status");
    fs::create_dir(folder.join("folder")).unwrap();
    for (name, bytes) in [("good", PING), ("bad", &PING[1..20]), ("empty", b"")] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let cases: [(&[&str], i32); 9] = [
        (&["good"], 0),
        (&["good", "empty"], 0),
        (&["empty"], 1),
        (&["folder"], 1),
        (&["bad"], 1),
        (&["bad", "good"], 1),
        (&["good", "bad"], 1),
        (&["good", "nowhere"], 2),
        (&["nowhere", "bad"], 2),
    ];
    for (arguments, status) in cases {
        let run = decode_in(&folder, arguments, b"");
        assert_eq!(run.status, Some(status), "{arguments:?}");
        let run = bits_in(&folder, &[&["decode"], arguments].concat(), b"");
        assert_eq!(run.status, Some(status), "{arguments:?}");
    }
}

#[test]
fn says_where_it_has_found_nothing() {
    let folder = scratch("nothing");
    fs::create_dir_all(folder.join("folder/in")).unwrap();
    fs::create_dir(folder.join("mixed")).unwrap();
    for (path, bytes) in [
        ("good", PING),
        ("bad", b"?"),
        ("empty", b""),
        ("lines\n", b"\r\n"),
        ("mixed/empty", b""),
    ] {
        fs::write(folder.join(path), bytes).unwrap();
    }
    let runs: [(&[&str], &str); 8] = [
        (&["good", "bad"], ""),
        (&["empty"], "empty: no message found\n"),
        (&["lines\n"], "lines\\x0A: no message found\n"),
        (&["-"], "standard input: no message found\n"),
        (&[], "standard input: no message found\n"),
        (&["folder"], "folder: the folder holds no file\n"),
        (&["mixed"], "mixed/empty: no message found\n"),
        (
            &["folder/in", "good", "empty"],
            "folder/in: the folder holds no file\nempty: no message found\n",
        ),
    ];
    for (arguments, expected) in runs {
        let run = decode_in(&folder, arguments, b"");
        assert_eq!(run.stderr, expected, "{arguments:?}");
        let run = bits_in(&folder, &[&["decode"], arguments].concat(), b"");
        assert_eq!(run.stderr, expected, "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn says_what_to_do_with_a_folder_as_standard_input() {
    for arguments in [&["decode"][..], &["decode", "--format", "json", "-"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_bits"))
            .args(arguments)
            .stdin(fs::File::open(".").unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "error: standard input: Is a directory (os error 21); \
             name the folder as an argument: `bits decode FOLDER`\n"
        );
    }
}

#[test]
fn shows_the_usage_of_the_verb_that_is_misused() {
    let run = bits(&["man", "nosuch"], b"");
    assert_eq!(run.status, Some(2));
    assert_eq!(
        run.stderr,
        "error: there is no such verb: see `bits help`\n\n\
         Usage: bits man [VERB]\n\n\
         For more information, try '--help'.\n"
    );
}

#[test]
fn refuses_what_it_does_not_know_with_status_2() {
    let cases: [&[&str]; 8] = [
        &[],
        &["encode"],
        &["decode", "--format", "xml", "-"],
        &["decode", "--answering", "Ack", "-"],
        &["decode", "--answering"],
        &["decode", "--loose", "-"],
        &["completions", "cmd"],
        &["man", "encode"],
    ];
    for arguments in cases {
        let run = bits(arguments, PING);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn ends_quietly_when_nobody_reads_on() {
    let folder = scratch("pipe");
    fs::write(folder.join("long"), PING.repeat(20_000)).unwrap();
    for format in ["text", "json"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
            .args(["decode", "--format", format, "long"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stderr, b"");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn says_when_its_output_cannot_be_written() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments: [&[&str]; 3] = [&["decode", "-"], &["man"], &["completions", "bash"]];
    for arguments in arguments {
        let output = Command::new(env!("CARGO_BIN_EXE_bits"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = "error: standard output: No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), error);
    }
}

#[test]
fn shows_a_message_as_soon_as_it_is_over() {
    let first = |offset: usize| format!("{{\"source\":\"-\",\"offset\":{offset},");
    assert_live("json", [first(0), first(PING.len())]);
}

#[test]
fn shows_a_head_as_soon_as_it_is_there() {
    let first = |offset: usize| format!("{offset:>10}  Ping  BITS_POST /x HTTP/1.1\n");
    assert_live(
        "text",
        [format!("standard input\n{}", first(0)), first(PING.len())],
    );
}

/// Checks that `expected` is printed after each of two messages, while the input stays open.
fn assert_live(format: &str, expected: [String; 2]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["decode", "--format", format])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    for expected in expected {
        stdin.write_all(PING).unwrap();
        let mut start = vec![0; expected.len()];
        stdout.read_exact(&mut start).unwrap();
        assert_eq!(String::from_utf8(start).unwrap(), expected);
        // The rest of what a message prints ends with these bytes.
        let last: &[u8] = if format == "json" {
            b"}\n"
        } else {
            b"no body\n"
        };
        let mut rest = Vec::new();
        while !rest.ends_with(last) {
            rest.push(byte(&mut stdout));
        }
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

fn byte(input: &mut impl Read) -> u8 {
    let mut byte = [0];
    input.read_exact(&mut byte).unwrap();
    byte[0]
}

#[test]
fn explains_itself() {
    let always = [
        ("help-decode.txt", &["decode", "--help"][..]),
        ("help-inspect.txt", &["inspect", "--help"]),
        ("help-extract.txt", &["extract", "--help"]),
    ];
    let with_all_verbs = [
        ("help.txt", &["--help"][..]),
        ("help-serve.txt", &["serve", "--help"]),
        ("help-send.txt", &["send", "--help"]),
        ("help-ping.txt", &["ping", "--help"]),
        ("help-sessions.txt", &["sessions", "--help"]),
        ("help-sessions-list.txt", &["sessions", "list", "--help"]),
        (
            "help-sessions-cancel.txt",
            &["sessions", "cancel", "--help"],
        ),
        ("help-passwd.txt", &["passwd", "--help"]),
    ];
    let has_all_verbs = cfg!(all(feature = "client", feature = "server"));
    let with_all_verbs = with_all_verbs.iter().filter(|_| has_all_verbs);
    for &(name, arguments) in always.iter().chain(with_all_verbs) {
        let run = bits(arguments, b"");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert_golden(name, &run.stdout);
    }
    let run = bits(&["--version"], b"");
    assert_eq!(
        run.stdout,
        concat!("bits ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn does_what_its_readme_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```console\n$ bits ").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let (arguments, expected) = example.split_once('\n').unwrap();
    let arguments: Vec<&str> = arguments.split(' ').collect();
    assert_eq!(bits_in(&folder, &arguments, b"").stdout, expected);
}

#[test]
fn prints_completions_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = bits(&["completions", shell], b"");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        for word in ["bits", "decode", "answering", "completions"] {
            assert!(run.stdout.contains(word), "{shell} lacks {word}");
        }
    }
}

#[test]
fn prints_manual_pages() {
    let pages: [(&[&str], &[&str]); 2] = [
        (
            &["man"],
            &[".TH bits 1", "decode", "completions", "Exit status"],
        ),
        (
            &["man", "decode"],
            &[".TH bits-decode 1", "answering", "Examples", "Exit status"],
        ),
    ];
    for (arguments, words) in pages {
        let run = bits(arguments, b"");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        for word in words {
            assert!(
                run.stdout.contains(word),
                "{arguments:?} lacks {word}:\n{}",
                run.stdout
            );
        }
    }
}

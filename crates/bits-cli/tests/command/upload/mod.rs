//! `bits send` and `bits ping`, against a server that is written here, on loopback.

mod ping;
#[cfg(target_os = "linux")]
mod prompt;
mod secrets;
mod server;
mod states;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::scratch;
use server::{Change, ID, Server, ack, plain};

/// A folder with the file `report.zip`, and where states are kept.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = scratch(name);
        fs::write(folder.join("report.zip"), b"0123456789").unwrap();
        Place(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bits"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env("XDG_STATE_HOME", self.0.join("state"))
            .env_remove("BITS_PASSWORD")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        told(self.command(arguments).output().unwrap())
    }

    /// The objects that a run with `--json` prints.
    fn objects(&self, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
        let (status, stdout, stderr) = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(stderr, "");
        (status, objects(&stdout))
    }

    fn states(&self) -> usize {
        fs::read_dir(self.0.join("state/bits")).map_or(0, Iterator::count)
    }
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn sends_a_file_and_says_so() {
    let place = Place::new("send");
    let server = Server::new(|_, _| None);
    let (status, stdout, stderr) = place.run(&["send", "report.zip", &server.url()]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let expected = format!("{}report.zip: 10 B sent in ", server.url());
    assert!(stdout.starts_with(&expected), "{stdout}");
    assert_eq!(*server.file.lock().unwrap(), b"0123456789");
    assert_eq!(
        server.packets(),
        ["Ping", "Create-Session", "Fragment", "Close-Session"]
    );
    assert_eq!(place.states(), 0);

    let (status, stdout, stderr) = place.run(&["send", "--quiet", "report.zip", &server.url()]);
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (Some(0), "", "")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_keeps_no_file_from_being_sent() {
    let place = Place::new("send-full");
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for flags in [&[][..], &["-v"], &["--json"]] {
        let server = Server::new(|_, _| None);
        let url = server.url();
        let mut command = place.command(&[&["send", "report.zip", &url], flags].concat());
        let ended = command.stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(ended.code(), Some(0), "{flags:?}");
        assert_eq!(*server.file.lock().unwrap(), b"0123456789");
    }
    let server = Server::new(|_, _| None);
    let url = server.url();
    for flags in [&[][..], &["--json"]] {
        let mut command = place.command(&[&["send", "report.zip", &url], flags].concat());
        let (status, _, stderr) = told(command.stdout(full()).output().unwrap());
        assert_eq!(status, Some(0), "{stderr}");
        assert!(
            stderr.starts_with("standard output: No space left"),
            "{stderr}"
        );
        assert!(stderr.contains("the result is \"done\""), "{stderr}");
        // The answer is all that a Ping is for.
        let mut command = place.command(&[&["ping", &url], flags].concat());
        let (status, _, stderr) = told(command.stdout(full()).output().unwrap());
        assert_eq!(status, Some(2), "{stderr}");
        assert!(
            stderr.starts_with("error: standard output: No space left"),
            "{stderr}"
        );
    }
    let mut command = place.command(&["ping", "http://127.0.0.1:1/", "--json"]);
    let ended = command.stdout(full()).status().unwrap();
    assert_eq!(ended.code(), Some(5), "what went wrong first");
    let mut command = place.command(&["send", "missing", "http://127.0.0.1:1/"]);
    let ended = command.stderr(full()).status().unwrap();
    assert_eq!(ended.code(), Some(2));
}

#[test]
fn tells_what_happens_as_json() {
    let place = Place::new("send-json");
    let server = Server::new(|_, _| None);
    let (status, objects) = place.objects(&["send", "--no-ping", "report.zip", &server.url()]);
    assert_eq!(status, Some(0));
    let events: Vec<_> = objects
        .iter()
        .map(|object| object["event"].as_str())
        .collect();
    assert_eq!(
        events[..3],
        [Some("started"), Some("created"), Some("progress")]
    );
    assert_eq!(objects[0]["size"], 10);
    assert_eq!(objects[0]["url"], format!("{}report.zip", server.url()));
    assert_eq!(objects[1]["session_id"], ID);
    let last = objects.last().unwrap();
    assert_eq!(
        (&last["result"], &last["exit_code"]),
        (&"done".into(), &0.into())
    );
    assert_eq!(last.get("kind"), None);
}

#[test]
fn json_holds_nothing_that_a_terminal_acts_upon() {
    let place = Place::new("send-json-escapes");
    let server = Server::new(|_, _| {
        Some(plain(
            401,
            "WWW-Authenticate: A\u{9b}2J\u{2028}\u{202e}\u{2066}\r\n",
        ))
    });
    for arguments in [
        &["ping", &server.url()][..],
        &["send", "report.zip", &server.url()],
    ] {
        let (_, stdout, _) = place.run(&[arguments, &["--json"]].concat());
        assert!(stdout.contains(r"A\u009b2J\u2028\u202e\u2066"), "{stdout}");
        assert!(stdout.is_ascii(), "{stdout}");
        let last = objects(&stdout).pop().unwrap();
        let message = last["message"].as_str().unwrap();
        assert!(
            message.contains("A\u{9b}2J\u{2028}\u{202e}\u{2066}"),
            "{message}"
        );
    }
}

#[test]
fn tells_by_json_that_nobody_may_have_made_an_empty_file() {
    let place = Place::new("send-empty");
    fs::write(place.0.join("empty"), b"").unwrap();
    let server = Server::new(|_, _| None);
    for (file, expected) in [("empty", Some(&Value::Bool(true))), ("report.zip", None)] {
        let (status, objects) = place.objects(&["send", file, &server.url()]);
        let last = objects.last().unwrap();
        assert_eq!((status, last.get("empty")), (Some(0), expected));
    }
}

#[test]
fn the_exit_status_says_what_to_do_next() {
    let place = Place::new("send-status");
    let cases: [(Change, i32, &str); 4] = [
        (
            |_, _| Some(ack(403, "BITS-Error-Code: 0x80070005\r\n")),
            3,
            "refused",
        ),
        (
            |_, _| Some(plain(401, "WWW-Authenticate: Negotiate\r\n")),
            4,
            "credentials",
        ),
        (|_, _| Some(plain(503, "")), 5, "gave-up"),
        (|_, _| Some(plain(404, "")), 7, "not-bits"),
    ];
    for (change, expected, kind) in cases {
        let server = Server::new(change);
        let arguments = ["send", "--retries", "0", "report.zip", &server.url()];
        let (status, objects) = place.objects(&arguments);
        let last = objects.last().unwrap();
        assert_eq!(status, Some(expected), "{kind}");
        assert_eq!(
            (last["kind"].as_str(), last["result"].as_str()),
            (Some(kind), Some("error"))
        );
        assert_eq!(last["exit_code"], expected);
        assert!(!last["advice"].as_str().unwrap().is_empty());
    }
}

#[test]
fn says_on_standard_error_what_is_wrong_and_what_to_do() {
    let place = Place::new("send-errors");
    let server = Server::new(|_, _| Some(ack(409, "BITS-Error-Code: 0x80070005\r\n")));
    let (status, stdout, stderr) = place.run(&["send", "report.zip", &server.url()]);
    assert_eq!((status, stdout.as_str()), (Some(3), ""));
    assert_eq!(
        stderr,
        "error: refused for good: Create-Session: status 409, code 0x80070005 (E_ACCESSDENIED); the \
         destination exists and may not be overwritten, perhaps as an earlier run has sent it, or this \
         user may not write there: choose another name, or get the right\n"
    );
    for (arguments, expected) in [
        (
            ["send", "missing", "http://127.0.0.1/"],
            "error: missing: No such file or directory",
        ),
        (
            ["send", ".", "http://127.0.0.1/"],
            "error: .: only a regular file",
        ),
        (
            ["send", "report.zip", "ftp://h/"],
            "error: a URL must begin with http:// or https://",
        ),
        (
            ["send", "report.zip", "http://me:x@h/"],
            "error: a URL must not name a user",
        ),
        (
            ["send", "report.zip", "http://h/#a"],
            "error: a URL must have no fragment",
        ),
    ] {
        let (status, _, stderr) = place.run(&arguments);
        assert_eq!(status, Some(2), "{stderr}");
        assert!(stderr.starts_with(expected), "{stderr}");
    }
    let (status, _, stderr) =
        place.run(&["send", "-H", "Host: a", "report.zip", "http://127.0.0.1/"]);
    assert_eq!(status, Some(2));
    assert!(
        stderr.starts_with("error: the field Host cannot be sent: "),
        "{stderr}"
    );
}

#[cfg(not(feature = "negotiate"))]
#[test]
fn a_ticket_needs_a_build_with_kerberos() {
    let place = Place::new("send-negotiate");
    for arguments in [
        &["send", "--negotiate", "report.zip", "http://127.0.0.1:1/"][..],
        &["ping", "--negotiate", "http://127.0.0.1:1/"],
    ] {
        let (status, _, stderr) = place.run(arguments);
        assert_eq!(status, Some(2));
        assert_eq!(
            stderr,
            "error: --negotiate: this `bits` is built without Kerberos; build it with `--features negotiate`\n"
        );
    }
}

#[test]
fn a_file_that_changes_meanwhile_has_a_status_of_its_own() {
    const FILE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/send-changed/report.zip");
    let place = Place::new("send-changed");
    let server = Server::new(|packet, _| {
        if packet == "Fragment" {
            fs::write(FILE, b"other").unwrap();
        }
        None
    });
    let (status, _, stderr) =
        place.run(&["send", "--fragment-size", "4", "report.zip", &server.url()]);
    assert_eq!(status, Some(6));
    assert!(
        stderr.starts_with("error: report.zip has changed while it was sent; "),
        "{stderr}"
    );
}

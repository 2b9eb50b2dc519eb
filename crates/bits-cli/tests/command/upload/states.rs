//! Uploads that are interrupted and go on, and what is kept of them.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::server::Server;
use super::{Place, objects, told};

#[test]
fn what_is_wrong_with_a_state_has_an_advice_of_its_own() {
    let place = Place::new("send-state");
    fs::write(place.0.join("damaged"), "x").unwrap();
    fs::create_dir(place.0.join("folder")).unwrap();
    let url = "http://127.0.0.1:1/";
    for (state, advice) in [
        (
            "damaged",
            "remove it to begin again, or name another one by --state",
        ),
        ("folder", "name another file by --state"),
        ("report.zip/state", "name another file by --state"),
    ] {
        let (status, objects) = place.objects(&["send", "--state", state, "report.zip", url]);
        assert_eq!(status, Some(2));
        assert_eq!(objects[0]["advice"], advice);
    }
    let mut command = place.command(&["send", "report.zip", url]);
    command.env_remove("XDG_STATE_HOME").env_remove("HOME");
    command.env_remove("LOCALAPPDATA");
    let (status, _, stderr) = told(command.output().unwrap());
    assert_eq!(status, Some(2));
    assert_eq!(
        stderr,
        "error: there is no home folder to keep the state of the upload in; set HOME, or name a file by --state\n"
    );
}

#[test]
fn an_upload_whose_state_cannot_be_stored_goes_on_and_says_so() {
    const STATE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/send-not-stored/kept");
    let place = Place::new("send-not-stored");
    for flags in [&["--json"][..], &[]] {
        let server = Server::new(|packet, _| {
            if packet == "Create-Session" {
                fs::remove_file(STATE).unwrap();
                fs::create_dir(STATE).unwrap();
            }
            None
        });
        let url = server.url();
        let arguments = ["send", "--state", STATE, "report.zip", &url];
        let (status, stdout, stderr) = place.run(&[&arguments[..], flags].concat());
        assert_eq!(status, Some(0), "{stderr}");
        assert_eq!(*server.file.lock().unwrap(), b"0123456789");
        let (told, sign) = match flags.is_empty() {
            true => (stderr, "another run may have to begin again\n"),
            false => (stdout, "\"event\":\"not-stored\""),
        };
        assert_eq!(told.matches(sign).count(), 1, "{told}");
        fs::remove_dir(STATE).unwrap();
    }
}

/// Ends a run in the middle: what is printed until then, and the exit status.
#[cfg(unix)]
fn interrupt(place: &Place, url: &str) -> (Option<i32>, Vec<Value>) {
    interrupt_after(place, &["report.zip", url], || ())
}

/// The same, once something was done.
#[cfg(unix)]
fn interrupt_after(
    place: &Place,
    arguments: &[&str],
    act: impl FnOnce(),
) -> (Option<i32>, Vec<Value>) {
    let flags = ["send", "--json", "--fragment-size", "4"];
    let mut child = place
        .command(&[&flags, arguments].concat())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("\"offset\":0") || !text.contains("\"event\":\"progress\"") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    act();
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    stdout.read_to_string(&mut text).unwrap();
    (child.wait().unwrap().code(), objects(&text))
}

#[cfg(unix)]
#[test]
fn an_interruption_is_told_as_one_though_the_state_cannot_be_stored() {
    const STATE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/send-interrupted-full/kept");
    let place = Place::new("send-interrupted-full");
    let server = Server::new(|packet, head| {
        if packet == "Fragment" && head.contains("bytes 4-7/") {
            thread::sleep(Duration::from_secs(30));
        }
        None
    });
    let arguments = ["--state", STATE, "report.zip", &server.url()];
    // Until the second Fragment is under way, the state is written.
    let (status, objects) = interrupt_after(&place, &arguments, || {
        while server
            .packets()
            .iter()
            .filter(|packet| *packet == "Fragment")
            .count()
            < 2
        {
            thread::sleep(Duration::from_millis(10));
        }
        fs::remove_file(STATE).unwrap();
        fs::create_dir(STATE).unwrap();
    });
    let last = objects.last().unwrap();
    assert_eq!((status, &last["kind"]), (Some(8), &"interrupted".into()));
    let message = last["message"].as_str().unwrap();
    assert!(message.contains("it is no regular file"), "{message}");
    assert!(
        last["advice"]
            .as_str()
            .unwrap()
            .contains("may have to begin again")
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_upload_goes_on_or_is_cancelled() {
    /// Never answers the second Fragment of a run that begins with a session.
    fn stuck(packet: &str, head: &str) -> Option<String> {
        if packet == "Fragment" && head.contains("bytes 4-7/") && !Path::new(RELEASED).exists() {
            thread::sleep(Duration::from_secs(30));
        }
        None
    }
    const RELEASED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/send-interrupted/released");
    let place = Place::new("send-interrupted");
    let server = Server::new(stuck);
    let (status, objects) = interrupt(&place, &server.url());
    assert_eq!(status, Some(8));
    let last = objects.last().unwrap();
    assert_eq!(last["kind"], "interrupted");
    assert!(
        last["advice"]
            .as_str()
            .unwrap()
            .contains("run the same command again")
    );
    assert_eq!(place.states(), 1);

    fs::write(RELEASED, "").unwrap();
    let (status, _, stderr) = place.run(&["send", "report.zip", &server.url()]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stderr.starts_with("going on at "), "{stderr}");
    assert_eq!(*server.file.lock().unwrap(), b"0123456789");
    assert_eq!(place.states(), 0);

    fs::remove_file(RELEASED).unwrap();
    assert_eq!(interrupt(&place, &server.url()).0, Some(8));
    let (status, objects) = place.objects(&["send", "--cancel", "report.zip", &server.url()]);
    assert_eq!(
        (status, &objects.last().unwrap()["result"]),
        (Some(0), &"cancelled".into())
    );
    assert_eq!(server.packets().last().unwrap(), "Cancel-Session");
    assert_eq!(place.states(), 0);
    let (status, _, stderr) = place.run(&["send", "--cancel", "report.zip", &server.url()]);
    assert_eq!(status, Some(2));
    assert!(
        stderr.starts_with("error: no upload is to be cancelled"),
        "{stderr}"
    );
}

#[cfg(unix)]
#[test]
fn a_second_run_says_which_process_is_at_it() {
    fn stuck(packet: &str, _: &str) -> Option<String> {
        if packet == "Fragment" {
            thread::sleep(Duration::from_secs(30));
        }
        None
    }
    let place = Place::new("send-twice");
    let server = Server::new(stuck);
    let url = server.url();
    let mut first = place
        .command(&["send", "--json", "report.zip", &url])
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(first.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("\"event\":\"started\""), "{line}");
    std::os::unix::fs::symlink("report.zip", place.0.join("link")).unwrap();
    std::os::unix::fs::symlink(".", place.0.join("folder")).unwrap();
    let whole = format!("{url}report.zip");
    for second in [
        &["send", "report.zip", &url][..],
        &["send", "--cancel", "report.zip", &url],
        // The same file.
        &["send", "./folder/./report.zip", &url],
        &["send", "folder/report.zip", &url],
        &["send", "link", &whole],
    ] {
        let (status, _, stderr) = place.run(second);
        assert_eq!(status, Some(2), "{stderr}");
        let said = format!(
            "error: this upload is under way already, in process {} (",
            first.id()
        );
        assert!(stderr.starts_with(&said), "{stderr}");
    }
    // Another URL is another upload.
    let other = Server::new(|_, _| None);
    assert_eq!(place.run(&["send", "report.zip", &other.url()]).0, Some(0));
    // What is left of a run that was killed is in nobody's way.
    first.kill().unwrap();
    first.wait().unwrap();
    let (status, _, stderr) = place.run(&["send", "--cancel", "report.zip", &url]);
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(place.states(), 0);
}

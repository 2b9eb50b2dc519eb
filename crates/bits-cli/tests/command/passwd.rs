//! `bits passwd`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::{Run, bits_in, scratch};

fn passwd(folder: &Path, arguments: &[&str], input: &str) -> Run {
    bits_in(folder, &[&["passwd"], arguments].concat(), input.as_bytes())
}

fn done(said: &str) -> Run {
    Run {
        status: Some(0),
        stdout: String::new(),
        stderr: format!("{said}\n"),
    }
}

#[test]
fn makes_a_file_for_its_owner_alone() {
    let folder = scratch("passwd-new");
    let run = passwd(&folder, &["users", "alice", "--stdin"], "correct horse\n");
    assert_eq!(run, done("alice has a new password in \"users\""));
    let text = fs::read_to_string(folder.join("users")).unwrap();
    assert!(
        text.starts_with("alice:$argon2id$v=19$m=19456,t=2,p=1$"),
        "{text}"
    );
    assert!(text.ends_with('\n') && text.lines().count() == 1, "{text}");
    let mode = fs::metadata(folder.join("users"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn changes_one_user_and_keeps_the_rest() {
    let folder = scratch("passwd-change");
    for user in ["alice", "bob"] {
        passwd(&folder, &["users", user, "--stdin"], "correct horse\n");
    }
    let old = fs::read_to_string(folder.join("users")).unwrap();
    let old = format!("# ours\n\n{old}");
    fs::write(folder.join("users"), &old).unwrap();
    let run = passwd(&folder, &["users", "alice", "--stdin"], "battery staple\n");
    assert_eq!(run.status, Some(0));
    let new = fs::read_to_string(folder.join("users")).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(&old), lines(&new));
    assert_eq!((&old[..2], &old[3]), (&new[..2], &new[3]));
    assert!(new[2].starts_with("alice:") && old[2] != new[2]);
    let run = passwd(&folder, &["--delete", "users", "alice"], "");
    assert_eq!(run, done("alice is taken out of \"users\""));
    let left = fs::read_to_string(folder.join("users")).unwrap();
    assert_eq!(lines(&left), [&old[..2], &old[3..]].concat());
}

#[test]
fn says_by_its_status_that_there_was_nobody_to_take_out() {
    let folder = scratch("passwd-nobody");
    fs::write(folder.join("users"), "# ours\n").unwrap();
    let run = passwd(&folder, &["--delete", "users", "alice"], "");
    assert_eq!(run.status, Some(1));
    assert_eq!(run.stderr, "error: \"users\" has no user alice\n");
    assert_eq!(
        fs::read_to_string(folder.join("users")).unwrap(),
        "# ours\n"
    );
}

#[test]
fn advises_against_short_passwords() {
    let folder = scratch("passwd-short");
    let run = passwd(&folder, &["users", "alice", "--stdin"], "abc\n");
    let note = "note: a short password is soon guessed: 12 characters or more are better";
    assert_eq!(
        run,
        done(&format!("alice has a new password in \"users\"\n{note}"))
    );
}

#[test]
fn changes_nothing_when_something_is_wrong() {
    let folder = scratch("passwd-wrong");
    fs::write(folder.join("wrong"), "alice\n").unwrap();
    for (arguments, input, said) in [
        (
            &["users", "alice", "--stdin"][..],
            "\n",
            "error: standard input: the password is empty",
        ),
        (
            &["users", "a:b", "--stdin"],
            "correct horse\n",
            "a user name holds no colon",
        ),
        (
            &["no/users", "alice", "--stdin"],
            "correct horse\n",
            "error: there is no folder \"no\"; make it",
        ),
        (
            &["wrong", "bob", "--stdin"],
            "correct horse\n",
            "error: password file \"wrong\", line 1: there is no colon",
        ),
        (
            &["wrong", "alice", "--delete"],
            "",
            "error: password file \"wrong\", line 1: there is no colon",
        ),
        (
            &["users", "alice", "--stdin", "--delete"],
            "",
            "cannot be used with",
        ),
    ] {
        let run = passwd(&folder, arguments, input);
        assert_eq!((run.status, &*run.stdout), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    assert!(!folder.join("users").exists());
    assert_eq!(fs::read_to_string(folder.join("wrong")).unwrap(), "alice\n");
}

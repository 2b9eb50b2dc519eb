//! `bits sessions` of what is not as it should be.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Run, bits_in, scratch};
use crate::serve::{Server, session_of};

const STAGING: &str = "drop/.bits-sessions";

fn sessions(folder: &Path, arguments: &[&str]) -> Run {
    bits_in(folder, &[&["sessions"], arguments].concat(), b"")
}

/// A folder with two sessions of nobody in particular, without a server; and their ids.
fn folder(name: &str) -> (PathBuf, [String; 2]) {
    let folder = scratch(name);
    fs::create_dir(folder.join("drop")).unwrap();
    let server = Server::start(&folder, &["drop", "--listen", "127.0.0.1:0"]);
    let ids = ["/a", "/b"].map(|path| session_of(&server.create(path)));
    assert_eq!(server.end().0, Some(0));
    (folder, ids)
}

#[test]
fn a_damaged_session_is_removed_by_its_id_whoever_has_it() {
    let (folder, [damaged, whole]) = folder("sessions-damaged");
    let bare = damaged.trim_matches(['{', '}']).to_lowercase();
    let file = format!("{}.state", bare.replace('-', ""));
    let staging = folder.join(STAGING);
    let state = staging.join("user-bob").join(&file);
    fs::create_dir(staging.join("user-bob")).unwrap();
    fs::rename(staging.join("anybody").join(&file), &state).unwrap();
    fs::write(&state, b"torn").unwrap();
    for arguments in [&["list", "drop"][..], &["cancel", "drop", "--user", "bob"]] {
        let run = sessions(&folder, arguments);
        assert_eq!(run.status, Some(2), "{run:?}");
        let said = format!(
            "error: cannot read a session: {}: its state is damaged; `bits sessions cancel drop ID` removes it\n",
            damaged.to_lowercase()
        );
        assert!(run.stderr.starts_with(&said), "{}", run.stderr);
    }
    let run = sessions(&folder, &["cancel", "drop", &bare]);
    let stdout = format!("{damaged}\n");
    let removed = Run {
        status: Some(0),
        stdout,
        stderr: String::new(),
    };
    assert_eq!(run, removed);
    assert!(!state.exists());
    let run = sessions(&folder, &["cancel", "drop", &bare]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("no such session"), "{}", run.stderr);
    let run = sessions(&folder, &["list", "drop"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with(&whole), "{}", run.stdout);
}

#[test]
fn who_has_no_session_is_named() {
    let (folder, _) = folder("sessions-nobody");
    let run = sessions(&folder, &["cancel", "drop", "--user", "nobody\u{202e}"]);
    let stderr = "nobody\\u{202e}: there is no session of that user\n".to_owned();
    let none = Run {
        status: Some(1),
        stdout: String::new(),
        stderr,
    };
    assert_eq!(run, none);
}

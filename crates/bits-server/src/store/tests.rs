//! The directory store on a real file system.

mod errors;
mod rights;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, State};
use tempfile::TempDir;

use super::{DirOptions, DirStore, DirUpload, Durability, Store, StoreError, SystemFolder, Upload};
use crate::STAGING;

fn caller(user: Option<&str>, target: &str) -> Caller {
    Caller {
        user: user.map(str::to_owned),
        target: target.to_owned(),
    }
}

fn store(folder: &TempDir) -> DirStore {
    DirStore::open(folder.path(), DirOptions::default()).unwrap()
}

fn session(id: u128, target: &str) -> Session {
    Session::new(Guid::new(id), caller(None, target), SystemTime::now())
}

/// Uploads `bytes` in one Fragment, as far as they can be published.
fn upload(
    store: &DirStore,
    id: u128,
    target: &str,
    bytes: &[u8],
) -> Result<DirUpload<SystemFolder>, Fault> {
    let mut session = session(id, target);
    let fault = |error: StoreError| error.fault();
    store.create(&session).map_err(fault)?;
    let found = store.find(session.id, &session.owner).map_err(fault)?;
    let (_, mut upload) = found.unwrap();
    upload.append(0, bytes.len() as u64, bytes).map_err(fault)?;
    session.received = bytes.len() as u64;
    session.total = Some(session.received);
    upload.settle(&session).map_err(fault)?;
    upload.publish(&session, false).map_err(fault)?;
    Ok(upload)
}

/// Where a file of a session of nobody in particular is kept.
fn part(folder: &TempDir, id: u128, part: &str) -> PathBuf {
    let name = format!("{id:032x}.{part}");
    folder.path().join(STAGING).join("anybody").join(name)
}

/// The open session.
fn open(store: &DirStore, session: &Session) -> DirUpload<SystemFolder> {
    store.find(session.id, &session.owner).unwrap().unwrap().1
}

fn files_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_appears_whole_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut open = upload(&store, 1, "/a.txt", b"hello").unwrap();
    assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"hello");
    let (found, _) = store
        .find(Guid::new(1), &caller(None, "/a.txt"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.state, found.received, found.total),
        (State::WaitForClose, 5, Some(5))
    );
    open.remove(&found).unwrap();
    assert_eq!(files_of(folder.path()), [STAGING, "a.txt"]);
    assert_eq!(
        files_of(&folder.path().join(STAGING).join("anybody")),
        [""; 0]
    );
}

#[test]
fn no_link_is_followed_and_nothing_is_made_behind_it() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = folder.path();
    fs::create_dir(root.join("real")).unwrap();
    fs::write(outside.path().join("file"), b"precious").unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("real", root.join("inside")).unwrap();
    symlink(outside.path().join("file"), root.join("real/leaf")).unwrap();
    symlink(outside.path().join("absent"), root.join("real/dangling")).unwrap();
    let store = store(&folder);
    for (target, fault) in [
        ("/out/a", Fault::Forbidden),
        ("/out/file", Fault::Forbidden),
        ("/inside/a", Fault::Forbidden),
        ("/real/leaf", Fault::Forbidden),
        ("/real/dangling", Fault::Forbidden),
        ("/real/leaf/a", Fault::Forbidden),
        ("/absent/a", Fault::NoParent),
        ("/real", Fault::IsDirectory),
        ("/real/", Fault::IsDirectory),
        ("/", Fault::IsDirectory),
        ("/../a", Fault::BadName),
        ("/.bits-sessions/a", Fault::BadName),
    ] {
        let survey = store.survey(&caller(None, target), 50);
        assert_eq!(survey.destination, Err(fault), "{target}");
        // Nor does it help to skip the question.
        let id = target
            .bytes()
            .fold(0, |id: u128, byte| id << 5 ^ u128::from(byte));
        assert!(upload(&store, id, target, b"evil").is_err(), "{target}");
    }
    assert_eq!(files_of(outside.path()), ["file"]);
    assert_eq!(fs::read(outside.path().join("file")).unwrap(), b"precious");
    assert_eq!(files_of(&root.join("real")), ["dangling", "leaf"]);
}

#[test]
fn a_file_that_is_there_stays_unless_overwriting_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    fs::write(folder.path().join("a"), b"old").unwrap();
    assert_eq!(
        store.survey(&caller(None, "/a"), 50).destination,
        Err(Fault::Exists)
    );
    assert_eq!(upload(&store, 1, "/a", b"new").err(), Some(Fault::Exists));
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
    let (session, mut open) = store
        .find(Guid::new(1), &caller(None, "/a"))
        .unwrap()
        .unwrap();
    assert_eq!((session.state, session.received), (State::Receive, 3));
    open.publish(&session, true).unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"new");
}

#[test]
fn a_session_is_found_by_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let session = Session::new(Guid::new(7), caller(Some("alice"), "/a"), SystemTime::now());
    store.create(&session).unwrap();
    for (user, is_found) in [
        (Some("alice"), true),
        (Some("Alice"), false),
        (Some("bob"), false),
        (None, false),
    ] {
        let found = store.find(session.id, &caller(user, "/a")).unwrap();
        assert_eq!(found.is_some(), is_found, "{user:?}");
    }
    assert_eq!(store.survey(&caller(Some("alice"), "/b"), 50).sessions, 1);
    assert_eq!(store.survey(&caller(Some("bob"), "/b"), 50).sessions, 0);
}

#[test]
fn sessions_outlive_the_server_and_are_visited() {
    let folder = tempfile::tempdir().unwrap();
    let made = {
        let store = store(&folder);
        let mut session = session(1, "/a");
        store.create(&session).unwrap();
        let mut open = open(&store, &session);
        open.append(0, 10, b"hello").unwrap();
        session.received = 5;
        session.total = Some(10);
        // Not settled: only the server goes, and the system keeps what was written.
        session
    };
    let look = DirStore::look(folder.path()).unwrap();
    let mut seen = Vec::new();
    look.visit(&mut |session| {
        let session = session.unwrap();
        seen.push((session.id, session.owner, session.received, session.total));
        true
    })
    .unwrap();
    assert_eq!(seen, [(made.id, made.owner.clone(), 5, Some(10))]);
    let store = store(&folder);
    let (found, _) = store.find(made.id, &made.owner).unwrap().unwrap();
    assert_eq!((found.received, found.total), (5, Some(10)));
}

#[test]
fn room_is_left_free() {
    let folder = tempfile::tempdir().unwrap();
    let options = DirOptions {
        keep_free: u64::MAX,
        ..DirOptions::default()
    };
    let store = DirStore::open(folder.path(), options).unwrap();
    assert_eq!(
        store.survey(&caller(None, "/a"), 50).destination,
        Err(Fault::Full)
    );
    assert_eq!(upload(&store, 1, "/a", b"hello").err(), Some(Fault::Full));
    assert!(!folder.path().join("a").exists());
}

#[test]
fn a_session_that_was_removed_by_another_hand_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut session = session(1, "/a");
    store.create(&session).unwrap();
    let mut open = open(&store, &session);
    open.append(0, 5, b"hello").unwrap();
    session.received = 5;
    let look = DirStore::look(folder.path()).unwrap();
    let (found, mut theirs) = look.find(session.id, &session.owner).unwrap().unwrap();
    theirs.remove(&found).unwrap();
    assert_eq!(
        open.publish(&session, false).unwrap_err().fault(),
        Fault::Gone
    );
    assert!(store.find(session.id, &session.owner).unwrap().is_none());
    assert!(!folder.path().join("a").exists());
}

#[test]
fn the_staging_folder_is_for_the_server_alone() {
    let folder = tempfile::tempdir().unwrap();
    let _store = store(&folder);
    let mode = fs::metadata(folder.path().join(STAGING))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_session_of_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let session = session(1, "/a");
    store.create(&session).unwrap();
    let path = part(&folder, 1, "state");
    let bytes = fs::read(&path).unwrap();
    let json = r#"{"version":2,"more":true}"#;
    let line = format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
    fs::write(&path, [&bytes[..1536], line.as_bytes()].concat()).unwrap();
    let error = store.find(session.id, &session.owner).unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
    let mut unread = 0;
    let visited = store.visit(&mut |session| {
        unread += usize::from(session.is_err());
        true
    });
    assert_eq!((visited.is_ok(), unread), (true, 1));
    assert!(path.exists());
}

#[test]
fn under_commit_a_crash_of_the_server_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = DirOptions {
        durability: Durability::Commit,
        ..DirOptions::default()
    };
    let store = DirStore::open(folder.path(), options).unwrap();
    let mut session = session(1, "/a");
    session.touched = SystemTime::now() - Duration::from_secs(1000);
    store.create(&session).unwrap();
    for at in [0, 3, 6] {
        let (found, mut open) = store.find(session.id, &session.owner).unwrap().unwrap();
        assert_eq!(found.received, at);
        open.append(at, 9, b"abc").unwrap();
        session.received = at + 3;
        session.total = Some(9);
        open.settle(&session).unwrap();
    }
}

#[test]
fn says_what_is_there_and_follows_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    fs::create_dir(folder.path().join("drop")).unwrap();
    fs::write(folder.path().join("drop/a"), "").unwrap();
    symlink("drop", folder.path().join("link")).unwrap();
    for (path, expected) in [
        ("/", true),
        ("/drop", true),
        ("/drop/", true),
        ("/drop/a", true),
        ("/drop/a/", false),
        ("/drop/a/b", false),
        ("/drop/b", false),
        ("/nowhere/", false),
        ("/link", false),
        ("/link/a", false),
    ] {
        let target = crate::Target::parse(path.as_bytes()).unwrap();
        assert_eq!(store.exists(&target).unwrap(), expected, "{path}");
    }
}

#[test]
fn what_could_not_be_published_never_seems_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    fs::write(folder.path().join("a"), b"other").unwrap();
    assert_eq!(upload(&store, 1, "/a", b"hello").err(), Some(Fault::Exists));
    // A backup that shares files with what it is one of.
    let data = part(&folder, 1, "data");
    fs::hard_link(&data, folder.path().join("backup")).unwrap();
    fs::remove_file(folder.path().join("a")).unwrap();
    let owner = caller(None, "/a");
    let (session, mut open) = store.find(Guid::new(1), &owner).unwrap().unwrap();
    assert_eq!((session.state, session.received), (State::Receive, 5));
    open.publish(&session, false).unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"hello");
}

#[test]
fn data_that_another_hand_has_removed_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut session = session(1, "/a");
    store.create(&session).unwrap();
    let mut open = open(&store, &session);
    open.append(0, 5, b"hello").unwrap();
    session.received = 5;
    session.total = Some(5);
    fs::remove_file(part(&folder, 1, "data")).unwrap();
    assert!(open.publish(&session, false).is_err());
    let (found, _) = store.find(session.id, &session.owner).unwrap().unwrap();
    assert_eq!((found.state, found.received), (State::Receive, 0));
}

#[test]
fn data_that_another_hand_has_cut_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut session = session(1, "/a");
    store.create(&session).unwrap();
    let mut open = open(&store, &session);
    open.append(0, 8, b"hell").unwrap();
    let data = part(&folder, 1, "data");
    fs::OpenOptions::new()
        .write(true)
        .open(data)
        .unwrap()
        .set_len(2)
        .unwrap();
    assert!(open.append(4, 8, b"oooo").is_err());
    session.received = 8;
    session.total = Some(8);
    assert!(open.publish(&session, false).is_err());
    assert!(!folder.path().join("a").exists());
}

#[test]
fn only_sessions_count_that_may_still_receive() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    upload(&store, 1, "/a", b"hello").unwrap();
    store.create(&session(2, "/b")).unwrap();
    let mut old = session(3, "/c");
    old.touched = SystemTime::now() - Duration::from_secs(7200);
    store.create(&old).unwrap();
    assert_eq!(store.survey(&caller(None, "/d"), 50).sessions, 1);
}

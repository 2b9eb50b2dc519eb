//! The directory store on a real file system.

mod rights;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, State};
use rustix::io::Errno;
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
fn a_folder_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(&folder);
    let second = DirStore::open(folder.path(), DirOptions::default()).unwrap_err();
    assert!(
        second.to_string().contains("another server has it open"),
        "{second}"
    );
    drop(first);
    store(&folder);
    let absent = DirStore::open(&folder.path().join("absent"), DirOptions::default());
    assert!(absent.unwrap_err().to_string().contains("absent"));
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

#[test]
fn a_session_that_is_damaged_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    for id in 1..=3 {
        store.create(&session(id, "/a")).unwrap();
    }
    let state = part(&folder, 2, "state");
    let bytes = fs::read(&state).unwrap();
    fs::write(&state, &bytes[..bytes.len() - 5]).unwrap();
    let (mut whole, mut damaged) = (0, Vec::new());
    let visited = store.visit(&mut |session| {
        match session {
            Ok(_) => whole += 1,
            Err(error) => damaged.push(error.to_string()),
        }
        true
    });
    assert!(visited.is_ok());
    assert_eq!((whole, damaged.len()), (2, 1));
    assert!(damaged[0].contains("0002"), "{damaged:?}");
    assert!(state.exists(), "looking removes nothing");
}

#[test]
fn a_store_whose_folder_was_removed_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirStore::open(folder.path(), DirOptions::default()).unwrap();
    store.check().unwrap();
    for gone in [folder.path().join(STAGING), folder.path().to_owned()] {
        fs::remove_dir_all(gone).unwrap();
        let error = store.check().unwrap_err().to_string();
        assert!(error.contains("removed"), "{error}");
        let root = crate::Target::parse(b"/").unwrap();
        assert_eq!(store.exists(&root).unwrap(), folder.path().exists());
    }
    assert!(DirStore::open(folder.path(), DirOptions::default()).is_err());
}

#[test]
fn what_is_wrong_with_the_folder_of_sessions_is_said_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let look = || DirStore::look(folder.path()).unwrap_err().to_string();
    let open = || {
        let opened = DirStore::open(folder.path(), DirOptions::default());
        opened.unwrap_err().to_string()
    };
    assert!(look().contains("no `.bits-sessions` in it"), "{}", look());
    fs::write(folder.path().join(STAGING), b"").unwrap();
    for error in [look(), open()] {
        assert!(
            error.contains("`.bits-sessions` in it is no folder"),
            "{error}"
        );
    }
    let missing = folder.path().join("missing");
    let error = DirStore::open(&missing, DirOptions::default()).unwrap_err();
    assert!(error.to_string().contains("make it first"), "{error}");
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    // No folder can be made where no process has that number.
    for (path, said) in [
        (file.as_path(), "; name a folder"),
        (Path::new("/proc"), "cannot make `.bits-sessions` in it"),
    ] {
        let error = DirStore::open(path, DirOptions::default()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn an_error_of_the_system_is_told_as_what_it_is() {
    for (errno, fault) in [
        (Errno::NOSPC, Fault::Full),
        (Errno::DQUOT, Fault::Full),
        (Errno::FBIG, Fault::TooLarge),
        (Errno::ACCESS, Fault::Forbidden),
        (Errno::ROFS, Fault::Forbidden),
        (Errno::NAMETOOLONG, Fault::BadName),
        (Errno::IO, Fault::Failed),
    ] {
        let error = StoreError::of_io("write the data", errno.into());
        assert_eq!(error.fault(), fault, "{error}");
    }
}

#[test]
fn an_error_of_the_store_is_said_in_words() {
    let found = |fault| StoreError::new(fault, "publish the file").to_string();
    assert_eq!(
        found(Fault::Exists),
        "cannot publish the file: a file is there already"
    );
    assert_eq!(found(Fault::Failed), "cannot publish the file");
    let error = StoreError::of_io("publish the file", Errno::IO.into());
    assert_eq!(
        error.to_string(),
        "cannot publish the file: Input/output error (os error 5)"
    );
}

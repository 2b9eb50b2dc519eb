//! What is said when something is wrong.

use rustix::io::Errno;

use super::*;

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

//! What a server may do that does not run as root.

use std::thread;

use rustix::fs::{Gid, Uid};

use super::*;

/// Does it as somebody whom the modes of files bind, unlike root. Only a thread of its own changes its user.
fn as_nobody(work: impl FnOnce() + Send + 'static) {
    let nobody = || -> rustix::io::Result<()> {
        let (user, group) = (Uid::from_raw(65534), Gid::from_raw(65534));
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(group, group, group)?;
        rustix::thread::set_thread_res_uid(user, user, user)
    };
    let done = thread::spawn(move || {
        if rustix::process::geteuid().is_root()
            && let Err(error) = nobody()
        {
            return eprintln!("SKIPPED: this needs another user than root: {error}");
        }
        work();
    });
    done.join().unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_is_put_into_a_folder_that_cannot_be_read() {
    as_nobody(|| {
        let folder = tempfile::tempdir().unwrap();
        let (store, dropbox) = (store(&folder), folder.path().join("drop"));
        fs::create_dir(&dropbox).unwrap();
        set_mode(&dropbox, 0o333);
        assert!(fs::read_dir(&dropbox).is_err(), "the mode binds");
        let published = upload(&store, 1, "/drop/a", b"hello").map(drop);
        let found = store.find(Guid::new(1), &caller(None, "/drop/a"));
        set_mode(&dropbox, 0o700);
        assert_eq!(published, Ok(()));
        let (session, _) = found.unwrap().unwrap();
        assert_eq!(session.state, State::WaitForClose);
        assert_eq!(fs::read(dropbox.join("a")).unwrap(), b"hello");
    });
}

#[test]
fn a_folder_that_cannot_be_written_to_is_refused_before_anything_is_sent() {
    as_nobody(|| {
        let folder = tempfile::tempdir().unwrap();
        let (store, closed) = (store(&folder), folder.path().join("closed"));
        fs::create_dir(&closed).unwrap();
        fs::write(closed.join("old"), b"old").unwrap();
        let survey = |target| store.survey(&caller(None, target), 50).destination;
        let mut seen = Vec::new();
        for mode in [0o700, 0o300, 0o500, 0o600, 0o200] {
            set_mode(&closed, mode);
            seen.push((mode, survey("/closed/new"), survey("/closed/old")));
        }
        set_mode(&closed, 0o700);
        let forbidden = Err(Fault::Forbidden);
        let expected = [
            (0o700, Ok(()), Err(Fault::Exists)),
            (0o300, Ok(()), Err(Fault::Exists)),
            (0o500, forbidden, forbidden),
            (0o600, forbidden, forbidden),
            (0o200, forbidden, forbidden),
        ];
        assert_eq!(seen, expected);
    });
}

#[test]
fn who_needs_which_right_is_said() {
    as_nobody(|| {
        let folder = tempfile::tempdir().unwrap();
        let said = |path: &Path| {
            let opened = DirStore::open(path, DirOptions::default());
            opened.unwrap_err().to_string()
        };
        set_mode(folder.path(), 0o500);
        let error = said(folder.path());
        assert!(
            error.contains("cannot make `.bits-sessions` in it"),
            "{error}"
        );
        assert!(
            error.contains("the right to write to the folder"),
            "{error}"
        );
        set_mode(folder.path(), 0o700);
        drop(store(&folder));
        let staging = folder.path().join(STAGING);
        set_mode(&staging, 0o000);
        let looked = DirStore::look(folder.path()).unwrap_err().to_string();
        for error in [said(folder.path()), looked] {
            assert!(error.contains("`.bits-sessions` in it: "), "{error}");
            assert!(error.contains("the user that runs the server"), "{error}");
        }
        set_mode(&staging, 0o700);
        fs::create_dir(folder.path().join("inner")).unwrap();
        set_mode(folder.path(), 0o600);
        let error = said(&folder.path().join("inner"));
        set_mode(folder.path(), 0o700);
        assert!(error.contains("search each folder on the way"), "{error}");
    });
}

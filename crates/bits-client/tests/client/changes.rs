//! Files that change while they are sent.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, SystemTime};

use bits_client::session::Outcome;
use bits_client::{Client, Ended, Error, Job, Source};

use crate::common::*;
use crate::jobs::{Setup, setup};

/// What comes of an upload whose file is changed once the first Fragment is there.
fn changed(
    change: impl Fn(&PathBuf) + Send + Sync + 'static,
) -> (Result<Ended, Error>, Server, Setup) {
    let setup = setup(b"0123456789");
    let path = setup.file.path.clone();
    let store = Store::default();
    let server = Server::new(move |peer| {
        peer.serve(|request| {
            let answer = store.answer(request);
            if store.file().len() == 4 {
                change(&path);
            }
            answer
        });
    });
    let (ended, _) = setup.run(&server);
    (ended, server, setup)
}

#[test]
fn a_file_that_changes_while_it_is_sent_ends_the_upload() {
    type Change = fn(&PathBuf);
    let changes: [Change; 4] = [
        |path| fs::write(path, b"0123456789a").unwrap(),
        |path| fs::write(path, b"0").unwrap(),
        |path| {
            // The same length, at another time.
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(100))
                .unwrap();
        },
        |path| {
            // Another file in its place.
            let other = path.with_extension("other");
            fs::write(&other, b"0123456789abc").unwrap();
            fs::rename(other, path).unwrap();
        },
    ];
    for change in changes {
        let (ended, server, setup) = changed(change);
        assert!(matches!(ended, Err(Error::FileChanged(_))), "{ended:?}");
        let packets = ["Create-Session", "Fragment", "Cancel-Session"];
        assert_eq!(server.packets(), packets);
        assert!(!setup.state.exists(), "nothing is left to go on with");
    }
}

#[test]
fn a_file_that_changes_during_its_last_fragment_is_not_sent_to_its_end() {
    const LARGE: usize = 32 << 20;
    let setup = setup(&content(LARGE));
    let path = setup.file.path.clone();
    let (tell, told) = mpsc::channel();
    let (tell, store) = (Mutex::new(tell), Store::default());
    let server = Server::new(move |peer| {
        if peer.number() > 0 {
            return peer.serve(|request| store.answer(request));
        }
        let create = peer.next().unwrap();
        peer.send(store.answer(&create));
        peer.head().unwrap();
        // Most of the body is still to be read from the file: no buffer on the way takes it.
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(100))
            .unwrap();
        tell.lock().unwrap().send(peer.rest()).unwrap();
    });
    let mut large = options();
    large.session.fragment_size = LARGE as u64;
    let url = server.url("/a");
    let state = Some(setup.state.clone());
    let mut job = Job::open(&setup.file.path, &url, state, &large).unwrap();
    let mut client = Client::new(url, large).unwrap();
    let ended = block_on(job.run(&mut client, &mut ()));
    assert!(matches!(ended, Err(Error::FileChanged(_))), "{ended:?}");
    let length = told.recv().unwrap();
    assert!(length < LARGE, "the last piece is not sent");
    let packets = ["Create-Session", "Fragment", "Cancel-Session"];
    assert_eq!(server.packets(), packets);
    assert!(!setup.state.exists());
}

#[test]
fn a_file_that_is_only_removed_is_sent() {
    let (ended, ..) = changed(|path| drop(fs::remove_file(path)));
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
}

#[test]
fn only_files_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Source::open(folder.path()), Err(Error::File(..))));
    let missing = folder.path().join("missing");
    assert!(matches!(Source::open(&missing), Err(Error::File(..))));
    #[cfg(unix)]
    {
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        // Nobody ever writes to it.
        assert!(matches!(Source::open(&pipe), Err(Error::File(..))));
    }
}

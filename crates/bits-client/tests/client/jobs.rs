//! Uploads that go on.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bits_client::session::{Outcome, Reason};
use bits_client::{Basic, Client, Ended, Error, Job, Options, Start};
use bits_packet::RequestType;
use tokio::sync::oneshot;

use crate::common::*;

fn small() -> Options {
    let mut options = options();
    options.session.fragment_size = 4;
    options
}

pub(crate) struct Setup {
    pub(crate) file: File,
    pub(crate) state: PathBuf,
}

pub(crate) fn setup(content: &[u8]) -> Setup {
    let file = file(content);
    let state = file.folder.path().join("state.json");
    Setup { file, state }
}

impl Setup {
    fn open(&self, server: &Server) -> Result<Job, Error> {
        Job::open(
            &self.file.path,
            &server.url("/a"),
            Some(self.state.clone()),
            &small(),
        )
    }

    /// Makes the state one of an upload to another server.
    fn redirect(&self, old: &bits_client::Url, new: &Server) {
        let state = fs::read_to_string(&self.state).unwrap();
        let moved = state.replace(&old.to_string(), &new.url("/a").to_string());
        assert_ne!(moved, state);
        fs::write(&self.state, moved).unwrap();
    }

    pub(crate) fn run(&self, server: &Server) -> (Result<Ended, Error>, Start) {
        let mut job = self.open(server).unwrap();
        let start = job.start();
        let mut client = Client::new(server.url("/a"), small()).unwrap();
        (block_on(job.run(&mut client, &mut ())), start)
    }

    /// Begins an upload of 10 bytes, which ends after 8.
    fn begin(&self, server: &Server, stopped: oneshot::Receiver<()>) {
        let mut job = self.open(server).unwrap();
        assert_eq!(job.start(), Start::New);
        let client = Client::new(server.url("/a"), small()).unwrap();
        let mut client = client.with_credentials(Basic::new("me", "secret").unwrap());
        let mut nobody = ();
        block_on(async {
            tokio::select! {
                ended = job.run(&mut client, &mut nobody) => panic!("{ended:?}"),
                _ = stopped => {}
            }
        });
        job.keep().unwrap();
    }
}

/// A server that says when it has 8 bytes, and answers that Fragment never.
fn stopping() -> (Server, Store, oneshot::Receiver<()>) {
    let store = Store::default();
    let shared = store.clone();
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let server = Server::new(move |peer| {
        while let Some(request) = peer.next() {
            let answer = shared.answer(&request);
            if shared.file().len() == 8
                && let Some(tell) = tell.lock().unwrap().take()
            {
                tell.send(()).unwrap();
                peer.rest();
                return;
            }
            peer.send(answer);
        }
    });
    (server, store, told)
}

#[test]
fn an_upload_that_was_stopped_goes_on_where_the_server_is() {
    let setup = setup(b"0123456789");
    let (server, store, stopped) = stopping();
    setup.begin(&server, stopped);
    let kept = fs::read_to_string(&setup.state).unwrap();
    assert!(
        kept.contains(ID) && kept.contains("\"offset\": 4"),
        "{kept}"
    );
    assert!(!kept.contains("secret") && !kept.contains("bWU6"), "{kept}");

    let before = server.seen().len();
    let (ended, start) = setup.run(&server);
    assert_eq!(start, Start::Resumed { offset: 4 });
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"0123456789");
    // The Fragment whose answer was not heard is answered by 416 and the right offset.
    assert_eq!(
        server.packets()[before..],
        ["Fragment", "Fragment", "Close-Session"]
    );
    assert!(!setup.state.exists());
}

#[test]
fn a_file_that_has_changed_is_sent_from_its_beginning() {
    let setup = setup(b"0123456789");
    let (server, store, stopped) = stopping();
    setup.begin(&server, stopped);
    fs::write(&setup.file.path, b"other bytes").unwrap();
    let before = server.seen().len();
    let (ended, start) = setup.run(&server);
    assert_eq!(start, Start::FileChanged);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"other bytes");
    assert!(!setup.state.exists());
    let packets = server.packets().split_off(before);
    assert_eq!(packets[..2], ["Cancel-Session", "Create-Session"]);
}

#[test]
fn a_session_that_cannot_be_cancelled_is_in_nobodys_way() {
    let refusals = [
        plain(503, ""),
        plain(200, ""),
        ack(403, ""),
        plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"),
        ack(500, "BITS-Error-Code: 0x8020001F\r\n"),
    ];
    for refusal in refusals {
        let setup = setup(b"0123456789");
        let (server, _, stopped) = stopping();
        setup.begin(&server, stopped);
        let old = server.url("/a");
        fs::write(&setup.file.path, b"other bytes").unwrap();
        drop(server);
        let (server, store) = Server::storing(move |request, answer| match request.packet() {
            "Cancel-Session" => refusal.clone(),
            _ => answer,
        });
        setup.redirect(&old, &server);
        let (ended, start) = setup.run(&server);
        assert_eq!(start, Start::FileChanged);
        assert_eq!(ended.unwrap().outcome, Outcome::Complete);
        assert_eq!(store.file(), b"other bytes");
        let cancels = server.packets();
        let cancels = cancels.iter().filter(|packet| *packet == "Cancel-Session");
        assert_eq!(cancels.count(), 1);
    }
}

#[test]
fn a_session_that_could_not_be_cancelled_is_kept_until_there_is_another() {
    let setup = setup(b"0123456789");
    let (server, _, stopped) = stopping();
    setup.begin(&server, stopped);
    let old = server.url("/a");
    drop(server);
    fs::write(&setup.file.path, b"other bytes").unwrap();
    let (server, _) = Server::storing(|_, _| plain(404, ""));
    setup.redirect(&old, &server);
    let (ended, start) = setup.run(&server);
    assert_eq!(start, Start::FileChanged);
    failed(&ended.unwrap());
    assert!(fs::read_to_string(&setup.state).unwrap().contains(ID));
}

#[test]
fn an_upload_has_one_run_at_a_time() {
    let setup = setup(b"0123456789");
    let (server, _) = Server::storing(|_, answer| answer);
    let job = setup.open(&server).unwrap();
    let path = &setup.file.path;
    let cancel = || Job::to_cancel(path, &server.url("/a"), Some(setup.state.clone()), &small());
    for second in [setup.open(&server), cancel()] {
        match second {
            Err(Error::InUse { process, .. }) => assert_eq!(process, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
    }
    drop(job);
    let (ended, _) = setup.run(&server);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    let left: Vec<_> = fs::read_dir(setup.file.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the file itself: {left:?}");
}

#[test]
fn an_upload_is_cancelled_once() {
    let setup = setup(b"0123456789");
    let (server, _, stopped) = stopping();
    setup.begin(&server, stopped);
    let before = server.seen().len();
    fs::remove_file(&setup.file.path).unwrap();
    let cancel = || {
        let path = &setup.file.path;
        Job::to_cancel(path, &server.url("/a"), Some(setup.state.clone()), &small())
    };
    let mut client = Client::new(server.url("/a"), small()).unwrap();
    let ended = block_on(cancel().unwrap().run(&mut client, &mut ())).unwrap();
    assert_eq!(ended.outcome, Outcome::Cancelled);
    assert_eq!(server.packets()[before..], ["Cancel-Session"]);
    assert!(!setup.state.exists());
    assert!(matches!(cancel(), Err(Error::NoState(_))));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_no_state() {
    use std::os::unix::fs::FileTypeExt;
    let setup = setup(b"");
    let (server, _) = Server::storing(|_, answer| answer);
    let pipe = setup.file.folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let folder = setup.file.folder.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let link = setup.file.folder.path().join("link");
    std::os::unix::fs::symlink(&setup.file.path, &link).unwrap();
    let states = [
        "/dev/null".into(),
        pipe.clone(),
        folder,
        link,
        setup.file.path.clone(),
    ];
    for state in states {
        for open in [Job::open, Job::to_cancel] {
            let path = &setup.file.path;
            let job = open(path, &server.url("/a"), Some(state.clone()), &small());
            let error = job.unwrap_err();
            assert!(matches!(error, Error::State(..)), "{error}");
            assert_eq!(error.advice(), "name another file by --state");
        }
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    assert!(setup.file.path.exists());
    // Nor is the lock of a state the file itself.
    let locked = setup.file.folder.path().join("state.lock");
    fs::write(&locked, "").unwrap();
    let state = Some(setup.state.with_extension(""));
    let job = Job::open(&locked, &server.url("/a"), state, &small());
    assert!(matches!(job, Err(Error::State(..))), "{job:?}");
    assert!(locked.exists());
    assert!(server.packets().is_empty());
}

#[test]
fn a_state_of_another_upload_is_not_taken() {
    let setup = setup(b"0123456789");
    let (server, _, stopped) = stopping();
    setup.begin(&server, stopped);
    let url = server.url("/b");
    let other = Job::open(&setup.file.path, &url, Some(setup.state.clone()), &small());
    assert!(matches!(other, Err(Error::State(..))), "{other:?}");
}

#[test]
fn an_upload_that_fails_is_kept_if_there_is_a_session() {
    let setup = setup(b"0123456789");
    let (server, _) = Server::storing(|request, answer| match request.packet() {
        "Fragment" => ack(403, ""),
        _ => answer,
    });
    let (ended, _) = setup.run(&server);
    assert_eq!(failed(&ended.unwrap()).reason, Reason::Refused);
    assert!(setup.state.exists());

    let setup = self::setup(b"0123456789");
    let (server, _) = Server::storing(|_, _| ack(403, ""));
    let (ended, _) = setup.run(&server);
    assert_eq!(failed(&ended.unwrap()).reason, Reason::Refused);
    assert!(!setup.state.exists());
}

#[test]
fn a_file_whose_session_was_not_closed_and_is_gone_is_sent_again() {
    let setup = setup(b"0123456789");
    let (closes, sessions) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (server, store) = Server::storing(move |request, answer| match request.packet() {
        "Create-Session" => {
            sessions.fetch_add(1, SeqCst);
            answer
        }
        "Close-Session" => match closes.fetch_add(1, SeqCst) {
            0 => ack(404, ""),
            _ if sessions.load(SeqCst) == 1 => ack(500, "BITS-Error-Code: 0x8020001F\r\n"),
            _ => answer,
        },
        _ => answer,
    });
    let (ended, _) = setup.run(&server);
    let failed = failed(&ended.unwrap());
    assert!(failed.advice().contains("--cancel"), "{failed}");
    let before = server.seen().len();
    let (ended, _) = setup.run(&server);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"0123456789");
    let packets = server.packets().split_off(before);
    assert_eq!(packets[..2], ["Close-Session", "Create-Session"]);
    assert!(!setup.state.exists());
}

#[test]
fn no_session_is_opened_whose_state_cannot_be_stored() {
    let setup = setup(b"0123456789");
    let (server, _) = Server::storing(|_, answer| answer);
    let mut job = setup.open(&server).unwrap();
    // Nothing takes the place of a folder.
    fs::create_dir(&setup.state).unwrap();
    let mut client = Client::new(server.url("/a"), small()).unwrap();
    let ended = block_on(job.run(&mut client, &mut ()));
    assert!(matches!(ended, Err(Error::State(..))), "{ended:?}");
    assert!(server.packets().is_empty());
}

#[test]
fn an_upload_goes_on_when_its_state_cannot_be_stored_any_more() {
    let setup = setup(b"0123456789");
    let state = setup.state.clone();
    let (server, store) = Server::storing(move |request, answer| {
        if request.packet() == "Create-Session" {
            fs::remove_file(&state).unwrap();
            fs::create_dir(&state).unwrap();
        }
        answer
    });
    let mut job = setup.open(&server).unwrap();
    let mut client = Client::new(server.url("/a"), small()).unwrap();
    let mut notes = Notes::default();
    let ended = block_on(job.run(&mut client, &mut notes));
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"0123456789");
    assert_eq!(notes.not_stored.len(), 1, "{:?}", notes.not_stored);
}

/// Where nobody may do everything, the folder cannot be written to from the first Fragment on.
#[cfg(unix)]
#[test]
fn a_state_never_says_less_than_is_sent() {
    use std::os::unix::fs::PermissionsExt;
    const PIECE: u64 = 8 << 20;
    let setup = setup(&content(20 << 20));
    let (state, folder) = (setup.state.clone(), setup.file.folder.path().to_owned());
    let right = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    let closed = folder.clone();
    let (server, store) = Server::storing(move |request, answer| {
        if request.packet() == "Fragment" {
            let rights = fs::Permissions::from_mode(0o500);
            fs::set_permissions(&closed, rights).unwrap();
            let kept = fs::read(&state).unwrap();
            let kept: Option<serde_json::Value> = serde_json::from_slice(&kept).ok();
            let end = request.range().0 + request.body.len();
            if let Some(kept) = kept {
                assert!(kept["sent"].as_u64().unwrap() >= end as u64, "{kept}");
            }
        }
        answer
    });
    let mut large = options();
    large.session.fragment_size = PIECE;
    let url = server.url("/a");
    let path = Some(setup.state.clone());
    let mut job = Job::open(&setup.file.path, &url, path, &large).unwrap();
    let ended = block_on(job.run(&mut Client::new(url, large).unwrap(), &mut ()));
    right(0o700);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file().len(), 20 << 20);
}

#[test]
fn a_session_whose_last_fragment_is_refused_is_cancelled() {
    for (cancelled, is_kept) in [(ack(200, ""), false), (ack(403, ""), true)] {
        let setup = setup(b"0123456789");
        let (server, _) = Server::storing(move |request, answer| match request.packet() {
            "Fragment" if request.range().0 == 8 => ack(403, ""),
            "Cancel-Session" => cancelled.clone(),
            _ => answer,
        });
        let (ended, _) = setup.run(&server);
        let failed = failed(&ended.unwrap());
        assert_eq!(failed.reason, Reason::Refused);
        assert_eq!(failed.problem.request, RequestType::Fragment);
        let packets = server.packets();
        assert_eq!(packets[3..], ["Fragment", "Cancel-Session"]);
        assert_eq!(setup.state.exists(), is_kept);
    }
}

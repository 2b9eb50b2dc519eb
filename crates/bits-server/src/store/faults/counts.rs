//! How sessions are counted, and how little is read for it.

use std::time::{Duration, SystemTime};

use bits_packet::Guid;
use bits_session::server::{Caller, Session};

use super::disk::{FakeFolder, Limits};
use crate::STAGING;
use crate::store::{DirOptions, DirStore, Folder, Store, Upload};

const LIMIT: u32 = 50;

pub(super) fn disk() -> FakeFolder {
    let root = FakeFolder::new(Limits::default());
    root.make_folder(STAGING).unwrap();
    root
}

pub(super) fn store(root: &FakeFolder) -> DirStore<FakeFolder> {
    let staging = root.folder(STAGING).unwrap();
    let options = DirOptions::default();
    let store = DirStore::new(root.clone(), staging, options, "1".to_owned(), None);
    store.tidy().unwrap();
    store
}

fn caller(id: u128) -> Caller {
    Caller {
        user: Some("alice".to_owned()),
        target: format!("/{id}"),
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn create(store: &DirStore<FakeFolder>, id: u128) -> Session {
    let session = Session::new(Guid::new(id), caller(id), now());
    store.create(&session).unwrap();
    session
}

fn count(store: &DirStore<FakeFolder>, after: Duration) -> u32 {
    store.0.count(&caller(0), LIMIT, now() + after)
}

/// Receives one byte of two.
fn begin(store: &DirStore<FakeFolder>, session: &mut Session) {
    let (_, mut upload) = store.find(session.id, &session.owner).unwrap().unwrap();
    upload.append(0, 2, b"a").unwrap();
    (session.received, session.total) = (1, Some(2));
    upload.settle(session).unwrap();
}

/// Receives the other byte, and publishes both.
fn end(store: &DirStore<FakeFolder>, session: &mut Session) {
    let (_, mut upload) = store.find(session.id, &session.owner).unwrap().unwrap();
    upload.append(1, 2, b"b").unwrap();
    session.received = 2;
    upload.publish(session, false).unwrap();
}

fn remove(store: &DirStore<FakeFolder>, session: &Session) {
    let (session, mut upload) = store.find(session.id, &session.owner).unwrap().unwrap();
    upload.remove(&session).unwrap();
}

#[test]
fn a_session_counts_from_its_opening_to_its_publishing_whoever_counts() {
    let root = disk();
    let store = store(&root);
    // As it was kept in mind, and as another start of the server reads it.
    let check = |expected: u32, in_an_hour: u32| {
        for store in [&store, &self::store(&root)] {
            assert_eq!(count(store, Duration::ZERO), expected);
            assert_eq!(count(store, minutes(60)), in_an_hour);
        }
        store.visit(&mut |session| session.is_ok()).unwrap();
        assert_eq!(count(&store, Duration::ZERO), expected);
    };
    check(0, 0);
    let mut first = create(&store, 1);
    check(1, 0);
    begin(&store, &mut first);
    check(1, 1);
    let second = create(&store, 2);
    check(2, 1);
    end(&store, &mut first);
    check(1, 0);
    remove(&store, &first);
    check(1, 0);
    remove(&store, &second);
    check(0, 0);
}

#[test]
fn no_session_is_read_to_count_those_of_a_user() {
    let root = disk();
    let store = store(&root);
    for id in 1..=3000 {
        let mut session = create(&store, id);
        begin(&store, &mut session);
        end(&store, &mut session);
    }
    let operations = |store: &DirStore<FakeFolder>, expected: u32, after: Duration| {
        let before = root.operations();
        assert_eq!(count(store, after), expected);
        root.operations() - before
    };
    for store in [&store, &self::store(&root)] {
        assert_eq!(operations(store, 0, Duration::ZERO), 0);
    }
    for id in 1..=u128::from(LIMIT) {
        let mut session = create(&store, 5000 + id);
        begin(&store, &mut session);
    }
    // With as many as there may be, once in a minute.
    for minute in [1, 2, 3] {
        assert!(operations(&store, LIMIT, minutes(minute)) > 3000);
        assert_eq!(operations(&store, LIMIT, minutes(minute)), 0);
    }
}

#[test]
fn what_another_hand_has_removed_counts_for_a_minute_at_most() {
    let root = disk();
    let store = store(&root);
    let sessions: Vec<_> = (1..=u128::from(LIMIT))
        .map(|id| create(&store, id))
        .collect();
    assert_eq!(count(&store, Duration::ZERO), LIMIT);
    for session in &sessions[..20] {
        remove(&self::store(&root), session);
    }
    assert_eq!(count(&store, Duration::from_secs(59)), LIMIT);
    assert_eq!(count(&store, Duration::from_secs(60)), LIMIT - 20);
    assert_eq!(count(&store, Duration::from_secs(60)), LIMIT - 20);
}

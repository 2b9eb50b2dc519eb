//! What must hold after any crash.

use bits_packet::Guid;
use bits_session::server::Policy;

use super::client::{Client, FILE, caller, cancel, create, fragment};
use super::disk::{Crash, FakeFolder, Limits, mix};
use crate::STAGING;
use crate::store::{Data, DirOptions, DirStore, Durability, Folder, Store, Upload};

const OLD: &[u8] = b"older";
const CRASHES: [Crash; 18] = [
    Crash::Server,
    Crash::Synced,
    Crash::Some(1),
    Crash::Some(2),
    Crash::Some(3),
    Crash::Some(4),
    Crash::Some(5),
    Crash::Some(6),
    Crash::Some(7),
    Crash::Some(8),
    Crash::Some(9),
    Crash::Some(10),
    Crash::Some(11),
    Crash::Some(12),
    Crash::Some(13),
    Crash::Some(14),
    Crash::Some(15),
    Crash::Some(16),
];

/// How a campaign is run.
#[derive(Clone, Copy, Debug)]
struct Setting {
    durability: Durability,
    /// Whether there is an older file that may be overwritten.
    overwrite: bool,
    limits: Limits,
}

impl Setting {
    fn policy(self) -> Policy {
        let mut policy = Policy::default();
        policy.overwrite = self.overwrite;
        policy
    }

    /// A disk on which nothing has happened yet.
    fn disk(self) -> FakeFolder {
        let root = FakeFolder::new(Limits::default());
        root.make_folder(STAGING).unwrap();
        root.make_folder("drop").unwrap();
        if self.overwrite {
            let folder = root.folder("drop").unwrap();
            folder.create("file").unwrap().write_at(OLD, 0).unwrap();
        }
        root.sync_all();
        root
    }

    fn store(self, root: &FakeFolder, epoch: &str) -> Option<DirStore<FakeFolder>> {
        let options = DirOptions {
            durability: self.durability,
            keep_free: 0,
        };
        let staging = root.folder(STAGING).ok()?;
        let store = DirStore::new(root.clone(), staging, options, epoch.to_owned(), None);
        store.tidy().ok()?;
        Some(store)
    }
}

impl Client {
    /// What it can count on after a crash.
    fn after(&self, setting: Setting, crash: Crash) -> Self {
        let is_disk_sound = setting.limits.fails_sync.is_none();
        let keeps = match setting.durability {
            Durability::Fragment => true,
            Durability::Commit => crash == Crash::Server && is_disk_sound,
        };
        let mut client = self.clone();
        if !keeps && self.told < FILE.len() as u64 {
            client.told = 0;
            client.may_be_unknown = true;
        }
        client
    }
}

/// The file at its destination is whole, or the older one, or not there.
fn check_destination(setting: Setting, client: &Client, root: &FakeFolder) {
    let found = root.bytes(&["drop", "file"]);
    let is_told = client.told == FILE.len() as u64;
    match found.as_deref() {
        Some(FILE) => {}
        Some(OLD) => assert!(
            setting.overwrite && !is_told,
            "the old file is back: {client:?}"
        ),
        None => assert!(
            !setting.overwrite && !is_told,
            "the file is gone: {client:?}"
        ),
        Some(other) => panic!("a part of a file: {}", other.escape_ascii()),
    }
}

/// What holds when a disk has started again, and that the client gets through.
fn check_after(setting: Setting, client: &Client, root: &FakeFolder, epoch: &str) {
    check_destination(setting, client, root);
    let store = setting.store(root, epoch).unwrap();
    let found = store.find(Guid::new(client.id), &caller()).unwrap();
    let found = found.map(|(session, _)| session);
    let counts = client.is_open && !client.is_closed && !client.may_be_unknown;
    if counts && client.told < FILE.len() as u64 {
        let session = found.as_ref().expect("a session that was acknowledged");
        assert!(session.received >= client.told, "{session:?} {client:?}");
    }
    check_destination(setting, client, root);
    if client.told == FILE.len() as u64 && found.is_some() {
        let again = fragment(&store, &setting.policy(), client.id, 14);
        assert_eq!(again, (200, Some(client.told), None), "the Ack is repeated");
    }
    let mut client = client.clone();
    assert_eq!(
        client.go_on(&store, &setting.policy()),
        Ok(()),
        "{client:?}"
    );
    assert_eq!(root.bytes(&["drop", "file"]).as_deref(), Some(FILE));
    store.tidy().unwrap();
    expire_others(&store, client.id);
    let staging = root.folder(STAGING).unwrap();
    let left = staging
        .folder("user-alice")
        .map_or(0, |user| user.names().unwrap().count());
    assert_eq!(left, 0, "nothing is left of the session");
}

/// Ends the sessions that no client knows any more.
fn expire_others(store: &DirStore<FakeFolder>, id: u128) {
    let mut others = Vec::new();
    let visited = store.visit(&mut |session| {
        let session = session.unwrap();
        assert_ne!(session.id, Guid::new(id), "the session is closed");
        others.push(session);
        true
    });
    visited.unwrap();
    for session in others {
        let (session, mut upload) = store.find(session.id, &session.owner).unwrap().unwrap();
        upload.remove(&session).unwrap();
    }
}

/// Every crash of an upload, and crashes of what follows each of them.
fn campaign(setting: Setting) {
    let policy = setting.policy();
    let upload = |root: &FakeFolder, epoch: &str, client: &mut Client| {
        // The disk stops on the way: what was heard until then counts.
        setting
            .store(root, epoch)
            .map(|store| client.go_on(&store, &policy))
    };
    let whole = setting.disk();
    let start = whole.operations();
    let mut client = Client::default();
    assert_eq!(upload(&whole, "1", &mut client), Some(Ok(())));
    for stop in 0..=whole.operations() - start {
        let limits = Limits {
            stops_at: Some(stop),
            ..setting.limits
        };
        let first = setting.disk().after(Crash::Server, limits);
        let mut client = Client::default();
        upload(&first, "1", &mut client);
        for crash in CRASHES {
            let client = client.after(setting, crash);
            let epoch = if crash == Crash::Server { "1" } else { "2" };
            check_after(setting, &client, &first.after(crash, setting.limits), epoch);
            for again in 0..16 {
                let stop = mix(stop << 8 | again) % 40;
                let limits = Limits {
                    stops_at: Some(stop),
                    ..setting.limits
                };
                let second = first.after(crash, limits);
                let mut client = client.clone();
                upload(&second, epoch, &mut client);
                let crash = CRASHES[(stop + again) as usize % CRASHES.len()];
                let client = client.after(setting, crash);
                let epoch = if crash == Crash::Server { epoch } else { "3" };
                check_after(
                    setting,
                    &client,
                    &second.after(crash, setting.limits),
                    epoch,
                );
            }
        }
    }
}

/// Each sync of an upload fails once, and the client tries again; every crash of that.
fn failing_syncs(setting: Setting) {
    for fails_cut in [false, true] {
        failing_syncs_and_cuts(setting, fails_cut);
    }
}

fn failing_syncs_and_cuts(setting: Setting, fails_cut: bool) {
    let policy = setting.policy();
    for nth in 1.. {
        let of = |stops_at| Setting {
            limits: Limits {
                stops_at,
                fails_sync: Some(nth),
                fails_cut,
                ..setting.limits
            },
            ..setting
        };
        let upload = |failing: Setting| {
            let root = setting.disk().after(Crash::Server, failing.limits);
            let mut client = Client::default();
            if let Some(store) = setting.store(&root, "1") {
                let _ = (0..3).find(|_| client.go_on(&store, &policy).is_ok());
            }
            (root, client)
        };
        let (whole, client) = upload(of(None));
        assert!(client.is_closed, "{nth}: {client:?}");
        if whole.syncs() < nth {
            assert!(nth > 4, "an upload syncs more than {nth} times");
            break;
        }
        for stop in 0..=whole.operations() {
            let failing = of(Some(stop));
            let (root, client) = upload(failing);
            for crash in CRASHES {
                let client = client.after(failing, crash);
                let epoch = if crash == Crash::Server { "1" } else { "2" };
                check_after(setting, &client, &root.after(crash, setting.limits), epoch);
            }
        }
    }
}

/// A rival puts another file at the destination while this one is uploaded; the client cancels, and the server and the
/// disk stop at any moment of it.
fn rivalry(setting: Setting) {
    let policy = setting.policy();
    let give_up = |root: &FakeFolder, epoch: &str| {
        let Some(store) = setting.store(root, epoch) else {
            return;
        };
        if root.bytes(&["drop", "file"]).is_none() {
            create(&store, &policy, 1);
            for first in [0, 7] {
                fragment(&store, &policy, 1, first);
            }
            if let Ok(file) = root.folder("drop").and_then(|folder| folder.create("file")) {
                let _ = file.write_at(OLD, 0);
            }
        }
        let (status, ..) = fragment(&store, &policy, 1, 14);
        assert_ne!(status, 200, "nothing of this file was published");
        cancel(&store, &policy, 1);
        let (status, ..) = fragment(&store, &policy, 1, 14);
        assert_ne!(status, 200, "nothing of this file was published");
    };
    let whole = setting.disk();
    let start = whole.operations();
    give_up(&whole, "1");
    for stop in 0..=whole.operations() - start {
        let limits = Limits {
            stops_at: Some(stop),
            ..setting.limits
        };
        let first = setting.disk().after(Crash::Server, limits);
        give_up(&first, "1");
        if first.bytes(&["drop", "file"]).as_deref() != Some(OLD) {
            continue;
        }
        first.sync_file(&["drop", "file"]);
        for crash in CRASHES {
            let epoch = if crash == Crash::Server { "1" } else { "2" };
            let second = first.after(crash, setting.limits);
            give_up(&second, epoch);
            assert_eq!(second.bytes(&["drop", "file"]).as_deref(), Some(OLD));
        }
    }
}

const SETTING: Setting = Setting {
    durability: Durability::Fragment,
    overwrite: false,
    limits: Limits {
        stops_at: None,
        has_no_links: false,
        room: None,
        fails_sync: None,
        fails_cut: false,
    },
};

const COMMIT: Setting = Setting {
    durability: Durability::Commit,
    ..SETTING
};

#[test]
fn no_acknowledged_byte_is_lost_and_no_part_is_published() {
    campaign(SETTING);
}

#[test]
fn under_commit_a_lower_offset_may_be_told_and_never_a_wrong_one() {
    campaign(COMMIT);
}

#[test]
fn what_a_sync_that_fails_has_not_written_counts_no_more() {
    failing_syncs(SETTING);
    let limits = Limits {
        has_no_links: true,
        ..SETTING.limits
    };
    failing_syncs(Setting { limits, ..SETTING });
    failing_syncs(Setting {
        overwrite: true,
        ..SETTING
    });
}

#[test]
fn under_commit_a_sync_that_fails_makes_no_offset_wrong() {
    failing_syncs(COMMIT);
    failing_syncs(Setting {
        overwrite: true,
        ..COMMIT
    });
}

#[test]
fn a_file_that_could_not_be_published_never_seems_to_be() {
    rivalry(SETTING);
    rivalry(COMMIT);
}

#[test]
fn an_older_file_stays_until_the_new_one_takes_its_place() {
    campaign(Setting {
        overwrite: true,
        ..SETTING
    });
    campaign(Setting {
        overwrite: true,
        ..COMMIT
    });
}

#[test]
fn a_disk_without_links_publishes_by_renaming() {
    let limits = Limits {
        has_no_links: true,
        ..SETTING.limits
    };
    campaign(Setting { limits, ..SETTING });
    campaign(Setting { limits, ..COMMIT });
}

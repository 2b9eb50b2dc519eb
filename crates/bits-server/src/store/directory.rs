//! Sessions and files in a folder.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, Survey};

use super::counts::{Class, Count, Counts};
use super::folder::{Data, Folder, Kind, SystemFolder};
use super::listing::{each_file, state_of, unreadable};
use super::names::{NEW, STATE, folder_of, name_of};
use super::state::{Owner, Phase, Slot, State, seconds};
use super::upload::DirUpload;
use super::{Store, StoreError, Visitor};
use crate::Target;

/// What a crash may take of what was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: every byte that a client was told of is there after any crash, a power cut included.
    #[default]
    Fragment,
    /// If the power fails or the system crashes, what was not published yet: then a lower offset is told, never a wrong
    /// one, and the client sends those bytes again. A crash of the server alone takes nothing.
    Commit,
}

/// How a [`DirStore`] keeps what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirOptions {
    /// What a crash may take.
    pub durability: Durability,
    /// How many bytes of the file system are left free.
    pub keep_free: u64,
}

impl Default for DirOptions {
    /// [`Durability::Fragment`], and 64 MiB: logs and the rest of the system go on.
    fn default() -> Self {
        DirOptions {
            durability: Durability::default(),
            keep_free: 64 << 20,
        }
    }
}

/// A [`Store`] in a folder of a file system.
///
/// A session is kept in the folder [`STAGING`](crate::STAGING) beneath it, which no target reaches. A file is given its
/// name when all of its bytes are on the disk, and whole: by a second name for the file that was received, which no
/// other file can have, or, where overwriting is allowed, by a name that is moved over the other. A crash leaves the
/// file there or not, and the session knows which.
pub struct DirStore<F: Folder = SystemFolder>(pub(super) Arc<Shared<F>>);

pub(super) struct Shared<F> {
    pub(super) root: F,
    pub(super) staging: F,
    pub(super) options: DirOptions,
    /// As long as it is the same, nothing that was written is lost, durable or not.
    pub(super) epoch: String,
    pub(super) counts: Counts,
    /// The folders of users whose names are durable.
    durable: Mutex<HashSet<String>>,
    /// What was synced last of the states of some sessions: so that it need not be done again to be sure.
    synced: Mutex<HashMap<Guid, u64>>,
    /// Held as long as a server has the store open.
    _lock: Option<File>,
}

/// Some 200 KiB, whatever the number of sessions is.
const MAX_SYNCED: usize = 4096;

impl<F: Folder> DirStore<F> {
    pub(super) fn new(
        root: F,
        staging: F,
        options: DirOptions,
        epoch: String,
        lock: Option<File>,
    ) -> Self {
        DirStore(Arc::new(Shared {
            root,
            staging,
            options,
            epoch,
            counts: Counts::default(),
            durable: Mutex::default(),
            synced: Mutex::default(),
            _lock: lock,
        }))
    }
}

impl<F: Folder> Store for DirStore<F> {
    type Upload = DirUpload<F>;

    fn find(
        &self,
        id: Guid,
        caller: &Caller,
    ) -> Result<Option<(Session, DirUpload<F>)>, StoreError> {
        let fail = |error| StoreError::of_io("look up a session", error);
        let found = || {
            let Some(user) = some(self.0.staging.folder(&folder_of(caller.user.as_deref())))?
            else {
                return Ok(None);
            };
            DirUpload::open(&self.0, user, id, caller)
        };
        found().map_err(fail)
    }

    fn survey(&self, caller: &Caller, limit: u32) -> Survey {
        Survey {
            sessions: self.0.count(caller, limit, SystemTime::now()),
            destination: self.0.destination(caller),
        }
    }

    fn exists(&self, target: &Target) -> Result<bool, StoreError> {
        let fail = |error| StoreError::of_io("look for a file", error);
        let mut names = target.names().peekable();
        let mut folder = self.0.root.clone();
        if folder.is_removed().map_err(fail)? {
            return Ok(false);
        }
        while let Some(name) = names.next() {
            match folder.kind(name).map_err(fail)? {
                Some(Kind::Folder) => {
                    folder = folder.folder(name).map_err(fail)?;
                    if self.0.is_staging(&folder).map_err(fail)? {
                        return Ok(false);
                    }
                }
                Some(Kind::File) => return Ok(names.peek().is_none() && !target.is_folder()),
                Some(Kind::Other) | None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn check(&self) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("keep anything", error);
        for folder in [&self.0.root, &self.0.staging] {
            if folder.is_removed().map_err(fail)? {
                let gone = io::Error::new(ErrorKind::NotFound, "the folder was removed");
                return Err(fail(gone));
            }
        }
        Ok(())
    }

    fn create(&self, session: &Session) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("keep a new session", error);
        let name = folder_of(session.owner.user.as_deref());
        let user = made(&self.0.staging, &name).map_err(fail)?;
        let new = name_of(session.id, NEW);
        let file = user.create(&new).map_err(fail)?;
        let kept = self.0.keep_new(session, &user, &file);
        if kept.is_err() {
            let _ = user.remove(&new);
            let _ = user.remove(&name_of(session.id, STATE));
        }
        kept.map_err(fail)?;
        let counts = &self.0.counts;
        counts.change(&name, Class::Over, Class::of_session(session));
        Ok(())
    }

    fn visit(&self, visit: &mut Visitor<'_>) -> Result<(), StoreError> {
        let counts = &self.0.counts;
        self.each_user(&mut |user, folder| {
            let (changes, mut count) = (counts.changes(folder), Count::default());
            let goes_on = each_file(user, &mut |id, part| {
                if part != STATE {
                    return Ok(true);
                }
                Ok(match DirUpload::look(&self.0, user, id) {
                    Ok(Some(session)) => {
                        count.add(Class::of_session(&session));
                        visit(Ok(session))
                    }
                    // It has ended meanwhile.
                    Ok(None) => true,
                    Err(error) => visit(Err(unreadable(id, &error))),
                })
            })?;
            if goes_on {
                counts.set(folder, changes, count);
            }
            Ok(goes_on)
        })
    }
}

impl<F: Folder> Shared<F> {
    pub(super) fn has_synced(&self, id: Guid, kept: u64) -> bool {
        let synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.get(&id) == Some(&kept)
    }

    pub(super) fn note_synced(&self, id: Guid, kept: u64) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.len() >= MAX_SYNCED {
            synced.clear();
        }
        synced.insert(id, kept);
    }

    /// Makes the name of a user's folder durable.
    pub(super) fn keep_folder(&self, name: &str) -> io::Result<()> {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if !durable.contains(name) {
            self.staging.sync()?;
            durable.insert(name.to_owned());
        }
        Ok(())
    }

    /// Writes the state of a new session, and gives it its name when it is whole.
    fn keep_new(&self, session: &Session, user: &F, file: &F::File) -> io::Result<()> {
        let slot = Slot {
            sequence: 0,
            phase: Phase::Receiving,
            durable: 0,
            total: None,
            had_bad_fragment: false,
            touched: seconds(session.touched),
            epoch: self.epoch.clone(),
        };
        let owner = Owner::new(session.id, &session.owner, session.touched);
        State::new(slot, owner).write_new(file)?;
        let (new, state) = (name_of(session.id, NEW), name_of(session.id, STATE));
        match self.options.durability {
            Durability::Fragment => {
                file.sync()?;
                user.rename_over(&new, user, &state)?;
                user.sync()?;
                self.keep_folder(&folder_of(session.owner.user.as_deref()))
            }
            Durability::Commit => user.rename_over(&new, user, &state),
        }
    }

    /// How many sessions of a user count.
    pub(super) fn count(&self, caller: &Caller, limit: u32, now: SystemTime) -> u32 {
        let name = folder_of(caller.user.as_deref());
        self.counts
            .at(&name, limit, now, || self.count_again(&name))
    }

    fn count_again(&self, name: &str) -> Result<Count, StoreError> {
        let fail = |error| StoreError::of_io("count the sessions of a user", error);
        let mut count = Count::default();
        let Some(user) = some(self.staging.folder(name)).map_err(fail)? else {
            return Ok(count);
        };
        each_file(&user, &mut |id, part| {
            if part == STATE
                && let Ok(Some(state)) = state_of(&user, id)
            {
                count.add(Class::of_slot(&state.slot));
            }
            Ok(true)
        })?;
        Ok(count)
    }

    fn destination(&self, caller: &Caller) -> Result<(), Fault> {
        let target = Target::of_decoded(caller.target.clone()).map_err(|_| Fault::BadName)?;
        let (folder, name) = self.place(&target)?;
        let fault = |error| StoreError::of_io("look at the destination", error).fault();
        let kind = folder.kind(name).map_err(fault)?;
        match kind {
            Some(Kind::Folder) => return Err(Fault::IsDirectory),
            Some(Kind::Other) => return Err(Fault::Forbidden),
            Some(Kind::File) | None => {}
        }
        if !folder.may_write().map_err(fault)? {
            return Err(Fault::Forbidden);
        }
        if !folder.is_on_disk_of(&self.staging).map_err(fault)? {
            tracing::warn!(
                path = %caller.target.escape_debug(),
                "another file system is mounted there: a file cannot appear at once"
            );
            return Err(Fault::Forbidden);
        }
        // Last of all, as it may be overwritten.
        if kind == Some(Kind::File) {
            return Err(Fault::Exists);
        }
        match folder.room().map_err(fault)? > self.options.keep_free {
            true => Ok(()),
            false => Err(Fault::Full),
        }
    }

    /// The folder that a file is to be put into, and its name there.
    pub(super) fn place<'t>(&self, target: &'t Target) -> Result<(F, &'t str), Fault> {
        let (folders, name) = target.file().ok_or(Fault::IsDirectory)?;
        let mut folder = self.root.clone();
        for name in folders {
            folder = match folder.folder(name) {
                Ok(folder) => folder,
                // A link is there and leads elsewhere: it is not followed.
                Err(_) if folder.kind(name).ok().flatten() == Some(Kind::Other) => {
                    return Err(Fault::Forbidden);
                }
                Err(error) => {
                    return Err(match error.kind() {
                        ErrorKind::NotFound | ErrorKind::NotADirectory => Fault::NoParent,
                        _ => StoreError::of_io("open a folder", error).fault(),
                    });
                }
            };
            let fail = |error| StoreError::of_io("look at a folder", error).fault();
            if self.is_staging(&folder).map_err(fail)? {
                return Err(Fault::BadName);
            }
        }
        Ok((folder, name))
    }

    /// Whether it is the folder of sessions under another name: one that a file system takes for the same, or at which
    /// it is mounted once more.
    fn is_staging(&self, folder: &F) -> io::Result<bool> {
        folder.is_same(&self.staging)
    }
}

/// Opens a folder, which is made if it is not there.
pub(super) fn made<F: Folder>(parent: &F, name: &str) -> io::Result<F> {
    match parent.folder(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            match parent.make_folder(name) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            parent.folder(name)
        }
        found => found,
    }
}

/// `None` for what is not there.
pub(super) fn some<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is not there is gone already.
pub(super) fn absent_is_fine(removed: io::Result<()>) -> io::Result<()> {
    some(removed).map(|_| ())
}

impl<F: Folder> Clone for DirStore<F> {
    fn clone(&self) -> Self {
        DirStore(Arc::clone(&self.0))
    }
}

impl<F: Folder> fmt::Debug for DirStore<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DirStore").field(&self.0.options).finish()
    }
}

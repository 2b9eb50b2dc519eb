//! Opening a store in a folder, and what is found there.

use std::fmt;
use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::counts::{Class, Count};
use super::directory::{absent_is_fine, made};
use super::folder::{Folder, SystemFolder};
use super::listing::{each_file, state_of};
use super::names::{NEW, STATE, name_of};
use super::{DirOptions, DirStore, StoreError};
use crate::STAGING;

/// The file that a server holds a lock on.
const LOCK: &str = "lock";

impl DirStore {
    /// Opens a store for a server. No other server may have it open.
    ///
    /// # Errors
    ///
    /// If the folder is not there, cannot be written to, or has another server.
    pub fn open(folder: &Path, options: DirOptions) -> Result<Self, OpenError> {
        let open = || {
            let root = open_root(folder)?;
            let staging = match root.folder(STAGING) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    made(&root, STAGING).map_err(|error| of_making(&error))
                }
                found => found.map_err(|error| of_staging(&error)),
            }?;
            root.sync()?;
            let lock = match staging.open(LOCK) {
                Err(error) if error.kind() == ErrorKind::NotFound => staging.create(LOCK),
                found => found,
            };
            let lock = lock.map_err(|error| of_staging(&error))?;
            match lock.try_lock() {
                Ok(()) => {
                    let store = Self::new(root, staging, options, epoch(), Some(lock));
                    store.tidy().map_err(io::Error::other)?;
                    Ok(store)
                }
                Err(TryLockError::WouldBlock) => Err(io::Error::new(
                    ErrorKind::ResourceBusy,
                    "another server has it open: stop that one, or choose another folder",
                )),
                Err(TryLockError::Error(error)) => Err(error),
            }
        };
        open().map_err(|source| OpenError::new(folder, source))
    }

    /// Opens a store to look at its sessions or to remove some, while a server may have it open.
    ///
    /// # Errors
    ///
    /// If there is no store in that folder.
    pub fn look(folder: &Path) -> Result<Self, OpenError> {
        let open = || {
            let root = open_root(folder)?;
            let staging = root.folder(STAGING);
            // Who may not list its names may not look at sessions.
            let staging = staging.and_then(|staging| staging.names().map(drop).map(|()| staging));
            let staging = staging.map_err(|error| of_staging(&error))?;
            Ok(Self::new(
                root,
                staging,
                DirOptions::default(),
                epoch(),
                None,
            ))
        };
        open().map_err(|source| OpenError::new(folder, source))
    }
}

impl<F: Folder> DirStore<F> {
    /// Removes what crashes have left of sessions that were never kept or are no more, and counts the others: as long
    /// as a server has the store open, a state is whole as soon as it has its name.
    ///
    /// # Errors
    ///
    /// If it cannot be listed or removed.
    pub(super) fn tidy(&self) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("remove what is left of sessions", error);
        let counts = &self.0.counts;
        self.each_user(&mut |user, folder| {
            let mut count = Count::default();
            each_file(user, &mut |id, part| {
                let is_left = match part {
                    NEW => true,
                    STATE => match state_of(user, id) {
                        // A crash has torn it, before anybody could count on it.
                        Ok(None) => true,
                        Ok(Some(state)) => {
                            count.add(Class::of_slot(&state.slot));
                            false
                        }
                        // What cannot be read is left alone.
                        Err(_) => false,
                    },
                    _ => user.kind(&name_of(id, STATE)).map_err(fail)?.is_none(),
                };
                if is_left {
                    absent_is_fine(user.remove(&name_of(id, part))).map_err(fail)?;
                }
                Ok(true)
            })?;
            counts.set(folder, counts.changes(folder), count);
            Ok(true)
        })
    }
}

/// Says what is wrong with the folder of sessions rather than with the one that it is in.
fn of_staging(error: &io::Error) -> io::Error {
    let text = match error.kind() {
        ErrorKind::NotFound => format!("no `{STAGING}` in it: no server has kept sessions there"),
        ErrorKind::NotADirectory => {
            format!("`{STAGING}` in it is no folder, so that no sessions can be kept: move it away")
        }
        ErrorKind::PermissionDenied => format!(
            "`{STAGING}` in it: {error}: it belongs to the user that runs the server, who alone can do this"
        ),
        _ => format!("`{STAGING}` in it: {error}"),
    };
    io::Error::other(text)
}

/// Why there is no folder of sessions yet.
fn of_making(error: &io::Error) -> io::Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => {
            "the user that runs the server needs the right to write to the folder and to search it"
        }
        _ => "name a folder that others can be made in",
    };
    io::Error::other(format!("cannot make `{STAGING}` in it: {error}: {advice}"))
}

fn open_root(folder: &Path) -> io::Result<SystemFolder> {
    Dir::open_ambient_dir(folder, ambient_authority()).map(SystemFolder::new)
}

/// What changes when the system starts anew. Where that cannot be told, each start of the server counts.
fn epoch() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.map_or_else(
        |_| format!("{:?}", SystemTime::now()),
        |boot| boot.trim().chars().take(64).collect(),
    )
}

/// Why a store cannot be opened.
#[derive(Debug)]
pub struct OpenError {
    folder: PathBuf,
    source: io::Error,
}

impl OpenError {
    fn new(folder: &Path, source: io::Error) -> Self {
        OpenError {
            folder: folder.to_owned(),
            source,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.folder.display(), self.source)?;
        match self.source.kind() {
            ErrorKind::NotFound => f.write_str("; make it first, or name another"),
            ErrorKind::NotADirectory => f.write_str("; name a folder"),
            ErrorKind::PermissionDenied => f.write_str(
                "; whoever runs this needs the right to search each folder on the way to it",
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

//! Where sessions and files are kept.

mod counts;
mod directory;
#[cfg(test)]
mod faults;
mod folder;
mod listing;
#[cfg(test)]
pub(crate) mod memory;
mod names;
mod open;
mod state;
#[cfg(test)]
mod tests;
mod upload;

use std::fmt;
use std::io;

use bits_packet::Guid;
use bits_session::server::{Caller, Fault, Session, Survey};

use crate::Target;
pub use directory::{DirOptions, DirStore, Durability};
pub use folder::{Data, Folder, Kind, SystemFolder};
pub use open::OpenError;
pub use upload::DirUpload;

/// Keeps sessions, and what they have received, and publishes files.
///
/// Its methods may block: the server calls them where that does no harm. Two calls for one session, or two
/// [`Store::create`] of one user, never run at the same time.
pub trait Store: Send + Sync + 'static {
    /// An open session.
    type Upload: Upload;

    /// The session of that name and owner, as it is after whatever crash: every byte that is told of is there, in
    /// the way that the store promises. One of another owner may be found or not: nobody is told.
    ///
    /// # Errors
    ///
    /// If it cannot be said whether there is one.
    fn find(
        &self,
        id: Guid,
        caller: &Caller,
    ) -> Result<Option<(Session, Self::Upload)>, StoreError>;

    /// How many sessions of the user count, and whether a file could be put at the destination. Which sessions count
    /// is up to the store; whether there are fewer than `limit` is what matters.
    fn survey(&self, caller: &Caller, limit: u32) -> Survey;

    /// Whether there is a file or a folder of that name.
    ///
    /// # Errors
    ///
    /// If that cannot be said.
    fn exists(&self, target: &Target) -> Result<bool, StoreError>;

    /// Whether it can be used at all, for whoever watches the server.
    ///
    /// # Errors
    ///
    /// Why not.
    fn check(&self) -> Result<(), StoreError>;

    /// Keeps a new session.
    ///
    /// # Errors
    ///
    /// If it cannot be kept. Nothing is left of it then.
    fn create(&self, session: &Session) -> Result<(), StoreError>;

    /// Calls `visit` with every session there is, or with why one cannot be read, until it says `false`.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    fn visit(&self, visit: &mut Visitor<'_>) -> Result<(), StoreError>;
}

/// What looks at all sessions: `false` ends it.
pub type Visitor<'v> = dyn FnMut(Result<Session, StoreError>) -> bool + 'v;

/// An open session of a [`Store`].
pub trait Upload: Send + 'static {
    /// Puts bytes at the end of what was received, `at` bytes from the beginning of a file that will have `total`.
    ///
    /// # Errors
    ///
    /// If not all of them are there. How many are is not known until the session is found again.
    fn append(&mut self, at: u64, total: u64, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes what is said of the session as durable as is promised, before a client is told of it.
    ///
    /// # Errors
    ///
    /// If that cannot be promised.
    fn settle(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Puts the file at its destination, whole and at once. After a crash, the file is there and the session knows,
    /// or neither.
    ///
    /// # Errors
    ///
    /// If it cannot be put there; [`Fault::Exists`] if there is one that may not be overwritten.
    fn publish(&mut self, session: &Session, overwrite: bool) -> Result<(), StoreError>;

    /// Forgets the session, and what it has received but not published.
    ///
    /// # Errors
    ///
    /// If something of it is left.
    fn remove(&mut self, session: &Session) -> Result<(), StoreError>;
}

/// Why a store cannot do what it is asked for: what a client may know, and what an administrator should.
#[derive(Debug)]
pub struct StoreError {
    fault: Fault,
    attempt: &'static str,
    source: Option<io::Error>,
}

impl StoreError {
    /// `attempt` says what was tried, as in "write the data".
    #[must_use]
    pub const fn new(fault: Fault, attempt: &'static str) -> Self {
        StoreError {
            fault,
            attempt,
            source: None,
        }
    }

    /// Of an error of the operating system: a full disk or quota is [`Fault::Full`], a file above a limit
    /// [`Fault::TooLarge`], a missing right [`Fault::Forbidden`], a name that is too long [`Fault::BadName`], and
    /// anything else [`Fault::Failed`].
    #[must_use]
    pub fn of_io(attempt: &'static str, source: io::Error) -> Self {
        let fault = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
            io::ErrorKind::FileTooLarge => Fault::TooLarge,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Fault::Forbidden,
            io::ErrorKind::InvalidFilename => Fault::BadName,
            _ => Fault::Failed,
        };
        StoreError {
            fault,
            attempt,
            source: Some(source),
        }
    }

    /// The same, told to clients in another way.
    #[must_use]
    pub fn as_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Whether it is about a state that is damaged, which [`DirStore::discard`] removes.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        let source = self.source.as_ref();
        source.is_some_and(|source| source.kind() == io::ErrorKind::InvalidData)
    }

    /// What a client is told.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.attempt)?;
        let reason = match (&self.source, self.fault) {
            (Some(source), _) => return write!(f, ": {source}"),
            (None, Fault::Exists) => "a file is there already",
            (None, Fault::IsDirectory) => "a folder has its name",
            (None, Fault::NoParent) => "the folder is not there",
            (None, Fault::BadName) => "no file can have its name here",
            (None, Fault::Forbidden) => "it is not allowed there",
            (None, Fault::Full) => "there is too little room",
            (None, Fault::TooLarge) => "no file can be so large there",
            (None, Fault::Gone) => "another hand has ended the session",
            (None, _) => return Ok(()),
        };
        write!(f, ": {reason}")
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

//! What is kept of a session.

use std::time::{Duration, SystemTime};

use bits_packet::Guid;

use super::{Policy, State};

/// Who sends a packet, and for which file. A session belongs to both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The name that was authenticated; `None` where nobody is asked for one.
    pub user: Option<String>,
    /// The file, by whatever name the store knows it: two spellings of one target must have the same name here.
    pub target: String,
}

/// What a store keeps of a session, and tells when it is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: Guid,
    /// Whose it is.
    pub owner: Caller,
    /// [`State::Receive`] or [`State::WaitForClose`].
    pub state: State,
    /// How many bytes of the file are there: the offset that is wanted next.
    pub received: u64,
    /// Of how many. Known since the first Fragment came that could be read, whatever became of it.
    pub total: Option<u64>,
    /// Whether a Fragment came that could not be read.
    pub had_bad_fragment: bool,
    /// When a packet of it succeeded last.
    pub touched: SystemTime,
}

impl Session {
    /// A session in which nothing was received yet.
    #[must_use]
    pub const fn new(id: Guid, owner: Caller, now: SystemTime) -> Self {
        Session {
            id,
            owner,
            state: State::Receive,
            received: 0,
            total: None,
            had_bad_fragment: false,
            touched: now,
        }
    }

    /// Whether it has been idle for too long.
    ///
    /// A clock that was set back makes no session older.
    #[must_use]
    pub fn is_expired(&self, policy: &Policy, now: SystemTime) -> bool {
        let idle = now.duration_since(self.touched).unwrap_or(Duration::ZERO);
        idle >= policy.idle_timeout
    }

    /// Whether a Fragment came, whatever became of it: then its client has bytes to send.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.had_bad_fragment || self.total.is_some()
    }

    /// Whether all bytes of the file are there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.state == State::WaitForClose || self.total == Some(self.received)
    }
}

/// What a store says about a destination before a session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How many sessions the user has.
    pub sessions: u32,
    /// Why no file can be put there; [`Fault::Exists`] if it could if overwriting is allowed.
    pub destination: Result<(), Fault>,
}

/// Why a store cannot do what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// There is a file already, which may not be overwritten.
    Exists,
    /// The destination is a folder.
    IsDirectory,
    /// The folder of the destination does not exist.
    NoParent,
    /// The destination is no name that a file can have here.
    BadName,
    /// The user may not write there.
    Forbidden,
    /// There is no room.
    Full,
    /// No file can be so large there, whatever room there is.
    TooLarge,
    /// The session is gone: it was ended by another hand.
    Gone,
    /// Anything else.
    Failed,
}

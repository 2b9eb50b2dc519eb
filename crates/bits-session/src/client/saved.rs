//! What is kept of an upload, so that it can go on later.

use std::fmt;
use std::time::SystemTime;

use bits_packet::{Error, HostId, SessionId};

use super::classify::LEAST_FRAGMENT;

/// All that has to be kept of an upload so that another process can go on with it.
///
/// Taken from [`Upload::saved`](super::Upload::saved); to be written whenever it has changed, by
/// whoever owns the storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Saved {
    /// The length of the file, in bytes.
    pub size: u64,
    /// How many bytes of it the server has acknowledged.
    pub offset: u64,
    /// The furthest end of what was sent in this session, in bytes: the server cannot have more. `None` if it is not
    /// known.
    pub sent: Option<u64>,
    /// `BITS-Session-Id`: the session, if there is one. Opaque bytes.
    pub session_id: Option<Vec<u8>>,
    /// `BITS-Host-Id`: the server that the session has moved to, if it has.
    pub host_id: Option<Vec<u8>>,
    /// `BITS-Host-Id-Fallback-Timeout`, in seconds; never if absent (D-17).
    pub host_id_fallback_timeout: Option<u32>,
    /// When that time has begun to run: with the first failure at that server since it has acknowledged a Fragment (D-36).
    /// `None` if it does not run, or nobody has said [what time it is](super::Upload::with_time).
    pub host_id_failing_since: Option<SystemTime>,
    /// The greatest length of a Fragment, in bytes, if the server has refused a longer one; not below 5 KiB ([MC-BUP]
    /// App. A <16>).
    pub fragment_limit: Option<u64>,
    /// Whether an Ack has refused its Close-Session for good: a session that is gone then has not done its work, as the
    /// server may have lost the file (D-26, D-37).
    pub is_close_refused: bool,
}

/// Why a [`Saved`] cannot be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SavedError {
    /// The offset, or what was sent, ends behind the file, or there is an offset without a session.
    Offset,
    /// The session id is none.
    SessionId(Error),
    /// The host id is none.
    HostId(Error),
    /// The greatest length of a Fragment is below the least.
    FragmentLimit,
}

impl Saved {
    /// A file of `size` bytes of which nothing has been sent.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Saved {
            size,
            offset: 0,
            sent: Some(0),
            session_id: None,
            host_id: None,
            host_id_fallback_timeout: None,
            host_id_failing_since: None,
            fragment_limit: None,
            is_close_refused: false,
        }
    }

    /// Whether the server has said that it has every byte.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.offset == self.size
    }

    /// The server cannot have more of the file.
    pub(super) fn most_sent(&self) -> u64 {
        self.sent.map_or(self.size, |sent| sent.max(self.offset))
    }

    pub(super) fn check(&self) -> Result<(), SavedError> {
        let has_session = self.session_id.is_some();
        let end = self.offset.max(self.most_sent());
        if end > self.size || (self.offset > 0 && !has_session) {
            return Err(SavedError::Offset);
        }
        if let Some(id) = &self.session_id {
            SessionId::new(id).map_err(SavedError::SessionId)?;
        }
        if let Some(id) = &self.host_id {
            HostId::new(id).map_err(SavedError::HostId)?;
        }
        if self
            .fragment_limit
            .is_some_and(|limit| limit < LEAST_FRAGMENT)
        {
            return Err(SavedError::FragmentLimit);
        }
        Ok(())
    }
}

impl fmt::Display for SavedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SavedError::Offset => {
                f.write_str("the saved offset does not fit the file and its session")
            }
            SavedError::SessionId(error) => write!(f, "the saved session id is none: {error}"),
            SavedError::HostId(error) => write!(f, "the saved host id is none: {error}"),
            SavedError::FragmentLimit => {
                write!(
                    f,
                    "the saved length of a Fragment is below {LEAST_FRAGMENT} bytes"
                )
            }
        }
    }
}

impl std::error::Error for SavedError {}

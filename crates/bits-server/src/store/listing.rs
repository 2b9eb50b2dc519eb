//! What files there are of sessions.

use std::io;

use bits_packet::Guid;

use super::directory::{absent_is_fine, some};
use super::folder::Folder;
use super::names::{DATA, OUT, STATE, name_of, parse};
use super::state::State;
use super::upload::DirUpload;
use super::{DirStore, StoreError};

impl<F: Folder> DirStore<F> {
    /// Calls `visit` with every folder of a user and its name, until it says `false`.
    pub(super) fn each_user(
        &self,
        visit: &mut dyn FnMut(&F, &str) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let fail = |error| StoreError::of_io("list the sessions", error);
        for folder in self.0.staging.names().map_err(fail)? {
            let folder = folder.map_err(fail)?;
            let Ok(user) = self.0.staging.folder(&folder) else {
                continue;
            };
            if !visit(&user, &folder)? {
                break;
            }
        }
        Ok(())
    }

    /// Removes a session whose state is damaged, so that nobody can say whose it was; whether there was one.
    ///
    /// # Errors
    ///
    /// If it cannot be read for another reason, or something of it is left.
    pub fn discard(&self, id: Guid) -> Result<bool, StoreError> {
        let mut is_found = false;
        self.each_user(&mut |user, _| {
            if let Err(error) = DirUpload::look(&self.0, user, id) {
                let error = unreadable(id, &error);
                if !error.is_damage() {
                    return Err(error);
                }
                let fail = |error| StoreError::of_io("remove a session", error);
                is_found |= remove_session(user, id).map_err(fail)?;
            }
            Ok(true)
        })?;
        Ok(is_found)
    }
}

/// Why the session cannot be read.
pub(super) fn unreadable(id: Guid, error: &io::Error) -> StoreError {
    let error = io::Error::new(error.kind(), format!("{id}: {error}"));
    StoreError::of_io("read a session", error)
}

/// Calls `visit` with every file of a session in the folder of a user, until it says `false`; whether it never did.
pub(super) fn each_file<F: Folder>(
    user: &F,
    visit: &mut dyn FnMut(Guid, &str) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    let fail = |error| StoreError::of_io("list the sessions", error);
    for name in user.names().map_err(fail)? {
        let name = name.map_err(fail)?;
        if let Some((id, part)) = parse(&name)
            && !visit(id, part)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The state of a session as it is kept; `None` if it is not whole.
pub(super) fn state_of<F: Folder>(user: &F, id: Guid) -> io::Result<Option<State>> {
    State::read(&user.open(&name_of(id, STATE))?)
}

/// Removes what there is of a session, and says whether it was one.
///
/// The state goes first: what has none is swept.
pub(super) fn remove_session<F: Folder>(user: &F, id: Guid) -> io::Result<bool> {
    let removed = some(user.remove(&name_of(id, STATE)))?;
    for part in [DATA, OUT] {
        absent_is_fine(user.remove(&name_of(id, part)))?;
    }
    Ok(removed.is_some())
}

//! How many sessions each user has.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bits_session::server::{Session, State};

use super::folder::Folder;
use super::names::{STATE, parse};

/// Others may remove sessions: so they are counted again now and then.
const HOLDS: Duration = Duration::from_secs(60);

/// How long a session counts that nothing was ever sent to.
const EMPTY_COUNTS: Duration = Duration::from_secs(3600);

/// The number of sessions in the folders of users, by their names.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<String, Count>>);

#[derive(Debug)]
struct Count {
    sessions: u32,
    since: Instant,
}

impl Counts {
    /// How many there are in the folder of that name: as they were counted last, or `folder` is opened and read.
    pub(super) fn of<F: Folder>(&self, name: &str, folder: impl FnOnce() -> io::Result<F>) -> u32 {
        let mut counts = self.lock();
        counts.retain(|_, count| count.since.elapsed() < HOLDS);
        if let Some(count) = counts.get(name) {
            return count.sessions;
        }
        let is_state = |name: &io::Result<String>| {
            let name = name.as_deref().ok().and_then(parse);
            name.is_some_and(|(_, part)| part == STATE)
        };
        let found = folder().and_then(|user| Ok(user.names()?.filter(is_state).count()));
        let sessions = found.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX));
        let since = Instant::now();
        counts.insert(name.to_owned(), Count { sessions, since });
        sessions
    }

    /// One has come or gone.
    pub(super) fn change(&self, name: &str, is_new: bool) {
        if let Some(count) = self.lock().get_mut(name) {
            count.sessions = match is_new {
                true => count.sessions.saturating_add(1),
                false => count.sessions.saturating_sub(1),
            };
        }
    }

    /// No code panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a session may still receive something. Of those that nothing was ever sent to, most are of clients that did
/// not hear of them: after a while they do not count.
pub(super) fn is_busy(session: &Session, now: SystemTime) -> bool {
    let idle = now.duration_since(session.touched).unwrap_or_default();
    session.state == State::Receive && (session.has_begun() || idle < EMPTY_COUNTS)
}

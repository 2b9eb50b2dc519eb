//! How many sessions each user has that may still receive something.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bits_session::server::{Session, State};

use super::state::{Phase, Slot, seconds, time};

/// Another hand may remove sessions: at most so often, those of a user who may have no more are counted again.
const HOLDS: Duration = Duration::from_secs(60);

/// How long a session counts that nothing was ever sent to, in minutes: most of them are of clients that did not hear
/// of them.
const EMPTY_COUNTS: u64 = 60;

/// How a session counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing was ever sent to it; and the minute in which it was opened, since 1970.
    Empty(u64),
    /// A Fragment came, and others may.
    Begun,
    /// It is none, or its file is published.
    Over,
}

impl Class {
    fn new(is_over: bool, has_begun: bool, touched: u64) -> Self {
        match (is_over, has_begun) {
            (true, _) => Class::Over,
            (false, true) => Class::Begun,
            (false, false) => Class::Empty(touched / 60),
        }
    }

    pub(super) fn of_slot(slot: &Slot) -> Self {
        let has_begun = slot.had_bad_fragment || slot.total.is_some();
        Class::new(slot.phase == Phase::Published, has_begun, slot.touched)
    }

    pub(super) fn of_session(session: &Session) -> Self {
        let is_over = session.state != State::Receive;
        Class::new(is_over, session.has_begun(), seconds(session.touched))
    }
}

/// The sessions of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    begun: u32,
    /// Of each minute.
    empty: BTreeMap<u64, u32>,
}

impl Count {
    pub(super) fn add(&mut self, class: Class) {
        let count = match class {
            Class::Empty(minute) => self.empty.entry(minute).or_default(),
            Class::Begun => &mut self.begun,
            Class::Over => return,
        };
        *count = count.saturating_add(1);
    }

    fn take(&mut self, class: Class) {
        match class {
            Class::Empty(minute) => {
                if let Some(count) = self.empty.get_mut(&minute) {
                    *count = count.saturating_sub(1);
                }
            }
            Class::Begun => self.begun = self.begun.saturating_sub(1),
            Class::Over => {}
        }
    }

    /// How many count.
    fn at(&mut self, now: SystemTime) -> u32 {
        let oldest = (seconds(now) / 60).saturating_sub(EMPTY_COUNTS);
        // Those that count no more never will.
        self.empty
            .retain(|minute, count| *minute > oldest && *count > 0);
        let empty = self.empty.values().copied();
        empty.fold(self.begun, u32::saturating_add)
    }
}

/// The sessions of all users, by the names of their folders.
///
/// As they were found when the store was opened, and as they have come and gone since.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<String, Entry>>);

#[derive(Debug, Default)]
struct Entry {
    count: Count,
    /// How often it was changed.
    changes: u64,
    /// When they were last counted because there were too many; seconds since 1970.
    counted: u64,
}

impl Counts {
    /// A session becomes another, comes or goes.
    pub(super) fn change(&self, name: &str, from: Class, to: Class) {
        if from == to {
            return;
        }
        let mut entries = self.lock();
        if !entries.contains_key(name) {
            entries.insert(name.to_owned(), Entry::default());
        }
        if let Some(entry) = entries.get_mut(name) {
            entry.changes += 1;
            entry.count.take(from);
            entry.count.add(to);
        }
    }

    /// How many count; with `limit` of them, and now and then, after they were counted once more by `again`.
    pub(super) fn at<E>(
        &self,
        name: &str,
        limit: u32,
        now: SystemTime,
        again: impl FnOnce() -> Result<Count, E>,
    ) -> u32 {
        let changes = {
            let mut entries = self.lock();
            let Some(entry) = entries.get_mut(name) else {
                return 0;
            };
            let count = entry.count.at(now);
            let since = now.duration_since(time(entry.counted));
            if count < limit || since.is_ok_and(|since| since < HOLDS) {
                return count;
            }
            entry.counted = seconds(now);
            entry.changes
        };
        if let Ok(count) = again() {
            self.set(name, changes, count);
        }
        let mut entries = self.lock();
        entries.get_mut(name).map_or(0, |entry| entry.count.at(now))
    }

    /// How often that of a user was changed.
    pub(super) fn changes(&self, name: &str) -> u64 {
        self.lock().get(name).map_or(0, |entry| entry.changes)
    }

    /// Takes what was counted, unless it was changed meanwhile.
    pub(super) fn set(&self, name: &str, changes: u64, count: Count) {
        let mut entries = self.lock();
        let entry = entries.entry(name.to_owned()).or_default();
        if entry.changes == changes {
            entry.count = count;
        }
    }

    /// No code panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! One at a time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bits_packet::Guid;
use bits_session::server::Caller;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::timeout;

/// What can be done by one at a time only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// What a session goes through, for its owner: whoever else names it waits for nobody, so that he does not hear of
    /// it.
    Session(Guid, Caller),
    /// Opening sessions: so that they can be counted.
    User(Option<String>),
}

/// Locks by key, which are there as long as somebody uses them.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    map: Arc<Mutex<HashMap<Key, Lane>>>,
    tickets: AtomicU64,
}

#[derive(Debug)]
struct Lane {
    /// How many hold or wait.
    users: usize,
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: Arc<watch::Sender<Vec<Waiter>>>,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    kind: Kind,
}

/// Who waits for a turn, or has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request.
    Request,
    /// Whoever looks for sessions that are idle.
    Sweeper,
}

/// The right to go on, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    // Dropped before the place is given up.
    _guard: OwnedMutexGuard<()>,
    place: Place,
}

#[derive(Debug)]
struct Place {
    map: Arc<Mutex<HashMap<Key, Lane>>>,
    key: Key,
    ticket: u64,
    waiting: Arc<watch::Sender<Vec<Waiter>>>,
}

impl Lanes {
    /// Waits for its turn; `None` if that takes longer than `patience`.
    pub(super) async fn enter(&self, key: Key, kind: Kind, patience: Duration) -> Option<Turn> {
        let (place, turn) = self.arrive(key, kind);
        let guard = timeout(patience, turn.lock_owned()).await.ok()?;
        place.leave_queue();
        Some(Turn {
            _guard: guard,
            place,
        })
    }

    fn arrive(&self, key: Key, kind: Kind) -> (Place, Arc<tokio::sync::Mutex<()>>) {
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let mut map = lock(&self.map);
        let lane = map.entry(key.clone()).or_insert_with(|| Lane {
            users: 0,
            turn: Arc::default(),
            waiting: Arc::new(watch::Sender::new(Vec::new())),
        });
        lane.users += 1;
        let waiter = Waiter { ticket, kind };
        lane.waiting.send_modify(|waiting| waiting.push(waiter));
        let place = Place {
            map: Arc::clone(&self.map),
            key,
            ticket,
            waiting: Arc::clone(&lane.waiting),
        };
        (place, Arc::clone(&lane.turn))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        lock(&self.map).len()
    }
}

impl Turn {
    /// Comes back when a later request waits for this lane, which is of the same caller: a client has one request at a
    /// time, so that this one has been given up.
    pub(super) async fn overtaken(&self) {
        let ticket = self.place.ticket;
        let mut waiting = self.place.waiting.subscribe();
        let is_later = |waiter: &Waiter| waiter.ticket > ticket && waiter.kind == Kind::Request;
        // The sender lives as long as this place.
        let _ = waiting
            .wait_for(|waiting| waiting.iter().any(is_later))
            .await;
    }
}

impl Place {
    fn leave_queue(&self) {
        self.waiting.send_modify(|waiting| {
            waiting.retain(|waiter| waiter.ticket != self.ticket);
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave_queue();
        let mut map = lock(&self.map);
        if let Some(lane) = map.get_mut(&self.key) {
            lane.users -= 1;
            if lane.users == 0 {
                map.remove(&self.key);
            }
        }
    }
}

/// No code panics while it holds the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn key(id: u128) -> Key {
        let owner = Caller {
            user: None,
            target: String::from("/a"),
        };
        Key::Session(Guid::new(id), owner)
    }

    #[tokio::test(start_paused = true)]
    async fn one_waits_for_another_of_the_same_key_only() {
        let lanes = Lanes::default();
        let turn = lanes.enter(key(1), Kind::Request, LONG).await;
        assert!(turn.is_some());
        assert!(lanes.enter(key(1), Kind::Request, LONG).await.is_none());
        let other = key(2);
        assert!(lanes.enter(other, Kind::Request, LONG).await.is_some());
        drop(turn);
        assert!(lanes.enter(key(1), Kind::Request, LONG).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_left_of_a_lane_that_nobody_uses() {
        let lanes = Lanes::default();
        let turn = lanes.enter(key(1), Kind::Request, LONG).await;
        assert!(lanes.enter(key(1), Kind::Sweeper, LONG).await.is_none());
        assert_eq!(lanes.len(), 1);
        drop(turn);
        assert_eq!(lanes.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_request_overtakes_and_the_sweeper_does_not() {
        let lanes = Lanes::default();
        let turn = lanes.enter(key(1), Kind::Request, LONG).await.unwrap();
        let is_overtaken = async || timeout(LONG, turn.overtaken()).await.is_ok();
        assert!(!is_overtaken().await);
        let (sweeper, _) = lanes.arrive(key(1), Kind::Sweeper);
        assert!(!is_overtaken().await);
        drop(sweeper);
        let (later, _) = lanes.arrive(key(1), Kind::Request);
        assert!(is_overtaken().await);
        drop(later);
        assert!(!is_overtaken().await);
    }
}

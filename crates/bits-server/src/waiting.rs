//! Connections that do nothing for anybody, which make room for those that do.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

/// How long a connection may stay where it has just begun to wait for what its client does, however many others wait.
const CHANCE: Duration = Duration::from_secs(1);

/// Those that wait, in the order in which they are to leave.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    waiters: BTreeMap<(Why, u64), Waiter>,
}

/// What a connection waits for. The first leave first, and of those for the same, the one that waits longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// For the end of what the client sends, though nobody wants it: it has its answer.
    Unwanted,
    /// For the next request: it has its answer, and may come again.
    Next,
    /// For the end of what comes before the first request, or of a head.
    Head,
}

#[derive(Debug)]
struct Waiter {
    /// Until when it may stay in any case.
    until: Instant,
    is_to_leave: bool,
    waker: Waker,
}

/// A connection among them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    waiting: Arc<Waiting>,
    key: (Why, u64),
}

impl Waiting {
    /// A connection begins to wait.
    pub(crate) fn enter(self: &Arc<Self>, why: Why) -> Place {
        let mut inner = self.lock();
        let key = (why, inner.next);
        inner.next += 1;
        let now = Instant::now();
        let waiter = Waiter {
            until: if why == Why::Next { now } else { now + CHANCE },
            is_to_leave: false,
            waker: Waker::noop().clone(),
        };
        inner.waiters.insert(key, waiter);
        Place {
            waiting: Arc::clone(self),
            key,
        }
    }

    /// Tells another one to leave.
    pub(crate) fn make_room(&self) {
        let now = Instant::now();
        let mut inner = self.lock();
        let is_next = |waiter: &&mut Waiter| !waiter.is_to_leave && waiter.until <= now;
        if let Some(waiter) = inner.waiters.values_mut().find(is_next) {
            waiter.is_to_leave = true;
            waiter.waker.wake_by_ref();
        }
    }

    /// No code panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Comes back when the connection is to leave.
    pub(crate) async fn left(&self) {
        poll_fn(|cx| self.poll_left(cx)).await;
    }

    /// As [`Place::left`].
    pub(crate) fn poll_left(&self, cx: &Context<'_>) -> Poll<()> {
        match self.waiting.lock().waiters.get_mut(&self.key) {
            Some(waiter) if !waiter.is_to_leave => {
                waiter.waker.clone_from(cx.waker());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.lock().waiters.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    fn is_to_leave(place: &Place) -> bool {
        place
            .poll_left(&Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_an_answer_leaves_first_and_who_has_just_come_stays() {
        let waiting = Arc::new(Waiting::default());
        let head = waiting.enter(Why::Head);
        let (next, later) = (waiting.enter(Why::Next), waiting.enter(Why::Next));
        let unwanted = waiting.enter(Why::Unwanted);
        waiting.make_room();
        assert!(is_to_leave(&next), "the others have just begun");
        tokio::time::advance(CHANCE).await;
        for place in [&unwanted, &later, &head] {
            assert!(!is_to_leave(place));
            waiting.make_room();
            assert!(is_to_leave(place));
        }
        waiting.make_room();
    }

    #[tokio::test]
    async fn who_is_told_to_leave_is_woken() {
        let waiting = Arc::new(Waiting::default());
        let place = waiting.enter(Why::Next);
        let mut left = pin!(place.left());
        tokio::select! {
            biased;
            () = &mut left => panic!("nobody has told it"),
            () = tokio::task::yield_now() => waiting.make_room(),
        }
        left.await;
        drop(waiting.enter(Why::Next));
        assert_eq!(waiting.lock().waiters.len(), 1);
    }
}

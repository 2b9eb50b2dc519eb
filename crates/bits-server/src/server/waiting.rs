//! Connections on which nothing is asked, which make room for those that have something to ask.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

/// How long who opens a connection has to ask something, however many others wait.
const CHANCE: Duration = Duration::from_secs(1);

/// Those that wait for a request, the one that waits longest first.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    waiters: BTreeMap<u64, Waiter>,
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
pub(super) struct Place {
    waiting: Arc<Waiting>,
    number: u64,
}

impl Waiting {
    /// A connection begins to wait; a new one for its first request.
    pub(super) fn enter(self: &Arc<Self>, is_new: bool) -> Place {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        let now = Instant::now();
        let waiter = Waiter {
            until: if is_new { now + CHANCE } else { now },
            is_to_leave: false,
            waker: Waker::noop().clone(),
        };
        inner.waiters.insert(number, waiter);
        Place {
            waiting: Arc::clone(self),
            number,
        }
    }

    /// Tells the one that waits longest to leave, unless one is about to.
    pub(super) fn make_room(&self) {
        let now = Instant::now();
        let mut inner = self.lock();
        let first = inner.waiters.values_mut().find(|it| it.until <= now);
        if let Some(waiter) = first {
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
    pub(super) fn poll_leave(&self, cx: &Context<'_>) -> Poll<()> {
        match self.waiting.lock().waiters.get_mut(&self.number) {
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
        self.waiting.lock().waiters.remove(&self.number);
    }
}

//! Letting connections in.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::{ACCEPT_PAUSE, Tls};
use crate::waiting::Waiting;

/// How long all places are taken before one is cleared, and then the next.
const CROWDED: Duration = Duration::from_millis(5);
/// How often it is said that no connection can be accepted.
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// The sockets of a server, and how many may come in.
pub(super) struct Doors {
    listeners: Vec<(TcpListener, Option<Arc<Tls>>)>,
    /// Whom to ask first.
    first: usize,
    permits: Arc<Semaphore>,
    waiting: Arc<Waiting>,
    /// When it was said last that none can be accepted.
    said: Option<Instant>,
    peers: Peers,
    max_per_peer: usize,
}

/// A connection that was let in.
pub(super) struct Visitor {
    pub(super) stream: TcpStream,
    pub(super) address: SocketAddr,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) permit: Permit,
}

/// Another may come in when it is dropped.
pub(super) struct Permit {
    peers: Peers,
    peer: IpAddr,
    _permit: OwnedSemaphorePermit,
}

type Accepted = (TcpStream, SocketAddr, Option<Arc<Tls>>);

/// How many connections each address has.
type Peers = Arc<Mutex<HashMap<IpAddr, usize>>>;

impl Doors {
    pub(super) fn new(max: usize, max_per_peer: Option<usize>) -> Self {
        Doors {
            listeners: Vec::new(),
            first: 0,
            permits: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            waiting: Arc::default(),
            said: None,
            peers: Peers::default(),
            max_per_peer: max_per_peer.unwrap_or(usize::MAX),
        }
    }

    pub(super) fn add(&mut self, listener: TcpListener, tls: Option<Arc<Tls>>) {
        self.listeners.push((listener, tls));
    }

    /// The next connection, when there is room for one. May be dropped and called again.
    pub(super) async fn open(&mut self) -> Visitor {
        loop {
            let permit = self.room().await;
            let (stream, address, tls) = match poll_fn(|cx| self.poll_accept(cx)).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    if self.said.is_none_or(|said| said.elapsed() >= SAY_AGAIN) {
                        warn!(%error, "cannot accept connections");
                        self.said = Some(Instant::now());
                    }
                    // As when too many files are open.
                    self.waiting.make_room();
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if !self.count(address.ip()) {
                info!(peer = %address, "too many connections of one peer");
                continue;
            }
            let permit = Permit {
                peers: Arc::clone(&self.peers),
                peer: address.ip(),
                _permit: permit,
            };
            // An answer is one write: it is not to wait for another.
            let _ = stream.set_nodelay(true);
            return Visitor {
                stream,
                address,
                tls,
                permit,
            };
        }
    }

    /// Those of its connections that do nothing for anybody.
    pub(super) fn waiting(&self) -> Arc<Waiting> {
        Arc::clone(&self.waiting)
    }

    /// Waits until another connection may be open.
    async fn room(&self) -> OwnedSemaphorePermit {
        loop {
            let permit = Arc::clone(&self.permits).acquire_owned();
            match timeout(CROWDED, permit).await {
                Ok(Ok(permit)) => return permit,
                Ok(Err(_)) => unreachable!("the semaphore is never closed"),
                Err(_) => self.waiting.make_room(),
            }
        }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let count = self.listeners.len();
        for turn in 0..count {
            let at = (self.first + turn) % count;
            let (listener, tls) = &self.listeners[at];
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                self.first = at + 1;
                let tls = tls.clone();
                return Poll::Ready(accepted.map(|(stream, address)| (stream, address, tls)));
            }
        }
        Poll::Pending
    }

    /// Counts one more of that address, if it may have one.
    fn count(&self, peer: IpAddr) -> bool {
        let mut peers = lock(&self.peers);
        let count = peers.entry(peer).or_default();
        let is_free = *count < self.max_per_peer;
        if is_free {
            *count += 1;
        } else if *count == 0 {
            peers.remove(&peer);
        }
        is_free
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut peers = lock(&self.peers);
        if let Some(count) = peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

/// No code panics while it holds the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Interruptions: Ctrl-C, and the request to end.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process;
use std::task::Poll;
use std::thread;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::runtime;

/// The exit status of a run that was interrupted.
pub(super) const INTERRUPTED: u8 = 8;

/// Watches for interruptions, in a thread of its own: the first one is told, the second one ends the
/// process at once.
pub(super) fn first_interruption() -> io::Result<impl Future<Output = ()>> {
    let runtime = runtime()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            let _ = tell.send(());
            signals.next().await;
            process::exit(INTERRUPTED.into());
        });
    });
    Ok(async move {
        if told.await.is_err() {
            // Nobody watches: nothing interrupts.
            std::future::pending::<()>().await;
        }
    })
}

/// What comes of `work`; `None` if it is interrupted before, and dropped.
pub(super) async fn unless<T>(
    interruption: impl Future<Output = ()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let (mut work, mut interruption) = (pin!(work), pin!(interruption));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => interruption.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        poll_fn(|context| {
            let interrupt = self.interrupt.poll_recv(context);
            let terminate = self.terminate.poll_recv(context);
            if interrupt.is_ready() || terminate.is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

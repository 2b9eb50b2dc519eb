//! `bits send` and `bits ping`.

mod connect;
mod ping;
mod prompt;
mod send;
mod signals;
mod verdict;
mod watch;

pub(crate) use ping::ping;
pub(crate) use send::send;

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

/// One thread is enough for one connection.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Runs a future, and waits for nothing that it leaves behind: a name that is being looked up, say.
fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = runtime()?;
    let done = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(done)
}

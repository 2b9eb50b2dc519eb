//! `bits send` and `bits ping`.

mod connect;
mod ping;
mod send;
mod signals;
mod verdict;
mod watch;

pub(crate) use ping::ping;
pub(crate) use send::send;

use std::io;

use tokio::runtime::{Builder, Runtime};

/// One thread is enough for one connection.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

//! What the system allows a process.

use std::io;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// Of a connection: its socket, the state and the data of its session, and the folder of its destination.
const FILES_PER_CONNECTION: u64 = 4;
/// Of the process: sockets that it listens to, the store, passwords, certificates.
const FILES_BESIDE: u64 = 64;

/// Raises the number of files that may be open to what connections may need, as far as the process is allowed to.
pub(super) fn provide_files(max_connections: usize) {
    let wanted = u64::try_from(max_connections)
        .unwrap_or(u64::MAX)
        .saturating_mul(FILES_PER_CONNECTION)
        .saturating_add(FILES_BESIDE);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // What is `None` has no limit.
    let has_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if has_enough(current) {
        return;
    }
    let current = if has_enough(maximum) {
        Some(wanted)
    } else {
        maximum
    };
    match setrlimit(Resource::Nofile, Rlimit { current, maximum }) {
        Ok(()) if has_enough(current) => info!(files = wanted, "raised the limit of open files"),
        set => warn!(
            wanted,
            allowed = if set.is_ok() {
                maximum
            } else {
                getrlimit(Resource::Nofile).current
            },
            "too few files may be open for all connections: raise the limit (ulimit -Hn, LimitNOFILE), or lower \
             --max-connections"
        ),
    }
}

/// A file that grows beyond what the process may write (`ulimit -f`) is an error of that file, and not the end of the
/// process.
pub(super) fn outlive_file_limit() -> io::Result<()> {
    // What is installed once stays, whether anybody listens or not.
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(drop)
}

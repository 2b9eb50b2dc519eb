//! What a client may choose.

use std::time::Duration;

/// How a client uploads: how much at once, and how long it goes on trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The greatest length of a Fragment's body, in bytes; 0 counts as 1. Default: 8 MiB.
    ///
    /// Windows sends between 5 KiB and 13 MB ([MC-BUP] App. A <10>, <16>).
    pub fragment_size: u64,
    /// Whether to begin, and in another process to go on, with a Ping, so that the connection has authenticated before data moves
    /// ([MC-BUP] 2.2.4; D-3). Default: yes.
    pub ping_first: bool,
    /// The delay after the first failure; it doubles with every further one. Default: 1 s.
    pub first_delay: Duration,
    /// The greatest delay, and the one while the server's disk is full. Default: 60 s.
    pub max_delay: Duration,
    /// The greatest delay that a server may ask for by `Retry-After`, within what `no_progress_timeout` leaves. Default:
    /// 10 min.
    pub max_retry_after: Duration,
    /// How many failures in a row, without a byte of progress between them, are retried. Default: 20.
    pub max_failures: u32,
    /// How many answers in a row that are no Acks are retried. Default: 4.
    pub max_invalid: u32,
    /// How often in a row a full disk of the server is waited for. Default: 10.
    pub max_disk_full: u32,
    /// How often an answer may leave the offset where it is, or put it back, or lose the session, before
    /// more of the file is acknowledged than ever before. Default: 8.
    pub max_setbacks: u32,
    /// How long to go on without progress; time in which bytes of a Fragment [are taken](super::Upload::flowed) does not
    /// count. Default: 1 hour.
    ///
    /// Where this, or a number of failures, is reached before the fallback time of a host id ([MC-BUP] 3.1.2.3),
    /// and its server does not speak any more, the upload goes back to the server of the URL early instead of
    /// failing; then all limits begin again. It does so once, until more of the file is acknowledged than ever
    /// before. A host id without such a time is never left (D-17).
    ///
    /// Windows goes on for 14 days ([MC-BUP] 3.1.7.1 leaves it to the layer above).
    pub no_progress_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            fragment_size: 8 << 20,
            ping_first: true,
            first_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            max_retry_after: Duration::from_secs(600),
            max_failures: 20,
            max_invalid: 4,
            max_disk_full: 10,
            max_setbacks: 8,
            no_progress_timeout: Duration::from_secs(3600),
        }
    }
}

//! What a client may choose.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use bits_session::client;

/// How to upload.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much at once, and how long to go on trying.
    pub session: client::Options,
    /// The greatest rate at which bytes of the file are sent, in bytes a second. Default: none.
    pub rate: Option<NonZeroU64>,
    /// How long a connection may take to be there, TLS included. Default: 30 s.
    pub connect_timeout: Duration,
    /// How long a request may take without a byte of progress. Default: 2 min ([MC-BUP] 3.1.2.1).
    pub send_timeout: Duration,
    /// How long an answer may take once its request is sent. Default: 5 min ([MC-BUP] 3.1.2.2).
    pub response_timeout: Duration,
    /// The value of `User-Agent`. Default: `bits-client/` and the version.
    pub user_agent: String,
    /// Names and values of fields that every request to the server of the URL carries beside its own.
    pub headers: Vec<(String, String)>,
    /// PEM file with the certificates that a server's may be signed by. Default: those of the system.
    pub ca_file: Option<PathBuf>,
    /// Whether the server of a host id may have the credentials and the extra fields. It has path and query of the
    /// URL, and the file, in any case. Default: no.
    pub trust_host_id: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            session: client::Options::default(),
            rate: None,
            connect_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(120),
            response_timeout: Duration::from_secs(300),
            user_agent: concat!("bits-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            ca_file: None,
            trust_host_id: false,
        }
    }
}

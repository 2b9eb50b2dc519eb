#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod chunks;
mod client;
mod connection;
mod credentials;
mod error;
mod exchange;
mod head;
mod job;
mod keeper;
mod lock;
#[cfg(feature = "negotiate")]
mod negotiate;
mod observer;
mod options;
mod pace;
mod redacted;
mod secrets;
mod source;
mod state;
mod tls;
mod url;
mod wallet;

pub use client::{Client, Ended, PingError, Pong};
pub use credentials::{Basic, BoxFuture, Challenge, Credentials, Peer, Unmet, Unproved};
pub use error::Error;
pub use job::{Job, Start};
#[cfg(feature = "negotiate")]
pub use negotiate::Negotiate;
pub use observer::Observer;
pub use options::Options;
pub use redacted::Redacted;
pub use secrets::Secrets;
pub use source::{Source, Stamp};
pub use state::{State, StateFile};
pub use url::{Url, UrlError};

/// The engine that decides what is sent when.
pub use bits_session::client as session;

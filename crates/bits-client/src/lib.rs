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
mod observer;
mod options;
mod pace;
mod ping;
mod redacted;
mod source;
mod state;
mod tls;
mod url;

pub use client::{Client, Ended};
pub use credentials::{Basic, Challenge, Credentials, Peer, Unmet};
pub use error::Error;
pub use job::{Job, Start};
pub use observer::Observer;
pub use options::Options;
pub use ping::{PingError, Pong};
pub use redacted::Redacted;
pub use source::{Source, Stamp};
pub use state::{State, StateFile};
pub use url::{Url, UrlError};

/// The engine that decides what is sent when.
pub use bits_session::client as session;

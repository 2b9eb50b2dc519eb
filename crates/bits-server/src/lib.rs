//! A server.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
pub mod auth;
mod metrics;
mod server;
mod service;
pub mod store;
mod target;

pub use metrics::Metrics;
pub use server::{Server, ServerOptions, Tls, TlsError};
pub use service::{Answer, BodyLimits, Peer, ServiceOptions, UploadService};
pub use target::{BadTarget, STAGING, Target};

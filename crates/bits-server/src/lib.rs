//! A server for the BITS upload protocol ([MC-BUP], `BITS_POST`): uploads that resume, survive crashes, and appear
//! whole or not at all.
//!
//! The command `bits serve` runs it; this is what it is made of.
//!
//! * [`Server`] is a server that is ready to run: sockets, TLS, limits, an orderly end. It looks at the bytes of every
//!   head before hyper does, so that no two readers see two messages in one.
//! * [`UploadService`] is the same without sockets, a [`tower_service::Service`] that mounts in axum or hyper beside
//!   other routes: see the example `axum`, and what such a service cannot see.
//! * [`store`] keeps sessions and files: [`store::DirStore`] in a folder. Another place to keep them is a
//!   [`store::Store`].
//! * [`auth`] says who may ask: [`auth::AuthGate`] by names and rights. Another rule is a [`auth::Gate`].
//!
//! What a session goes through is in `bits-session`, how a head is read in `bits-packet`.
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use bits_server::auth::OpenGate;
//! use bits_server::store::{DirOptions, DirStore};
//! use bits_server::{Server, ServerOptions, ServiceOptions, UploadService};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = DirStore::open("drop".as_ref(), DirOptions::default())?;
//! let service = UploadService::new(store, OpenGate, ServiceOptions::default());
//! let mut server = Server::new(service, ServerOptions::default());
//! server.listen(TcpListener::bind("127.0.0.1:8080")?, None)?;
//! server.run(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! # How a request is answered
//!
//! | What | Where | Otherwise |
//! |---|---|---|
//! | The head is one that all readers read in one way | [`Server`] | 400, 408, 411, 413, 414, 431 or 505, and the connection closes |
//! | The packet follows the rules of [MC-BUP] 2.2 | `bits-packet` | 400 or 411, `0x80070057` |
//! | Whoever asks may | [`auth::Gate`] | 401, 403 with `0x80070005`, 503 |
//! | The path names a file that there could be | [`Target`] | 400, `0x80070057` |
//! | No other request of the session is under way | [`UploadService`] | the earlier one is stopped if it waits for its body; else 503 after a while |
//! | The session agrees | `bits-session` | as its table says |
//! | The store can | [`store::Store`] | as [`bits_session::server::Fault`] says |
//!
//! All of that happens before a byte of the body is read; a client that has sent `Expect: 100-continue` is not asked
//! for it. The body streams into the store: no Fragment is ever held in memory. If it breaks off, its beginning is
//! kept.
//!
//! Beside packets, HEAD says whether a file or folder is there, OPTIONS what can be done; anything else is 405, or 501 if
//! nobody knows it.
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod auth;
mod metrics;
mod server;
mod service;
pub mod store;
mod target;
mod waiting;

pub use metrics::Metrics;
pub use server::{Server, ServerOptions, Tls, TlsError};
pub use service::{Answer, BodyLimits, Peer, ServiceOptions, UploadService};
pub use target::{BadTarget, STAGING, Target};

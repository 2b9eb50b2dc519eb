//! A server.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
pub mod auth;
pub mod store;
mod target;

pub use target::{BadTarget, STAGING, Target};

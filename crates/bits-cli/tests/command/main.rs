//! The command `bits`, run as users run it.

mod captures;
mod common;
#[cfg(all(feature = "client", feature = "server"))]
mod encrypted;
mod json;
#[cfg(feature = "server")]
mod passwd;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
mod sessions;
mod text;
#[cfg(feature = "client")]
mod upload;
mod usage;

//! The command `bits`, run as users run it.

mod common;
mod json;
mod text;
#[cfg(feature = "client")]
mod upload;
mod usage;

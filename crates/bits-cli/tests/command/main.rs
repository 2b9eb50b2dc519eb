//! The command `bits`, run as users run it.

mod common;
mod json;
#[cfg(unix)]
mod passwd;
mod text;
mod upload;
mod usage;

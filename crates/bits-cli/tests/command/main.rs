//! The command `bits`, run as users run it.

mod common;
mod json;
mod text;
mod upload;
mod usage;

//! Uploads on a disk that stops after every number of operations, and forgets what was not synced.

#![allow(clippy::cast_possible_truncation, reason = "the files are short")]

mod campaign;
mod client;
mod counts;
mod disk;
mod names;

//! The client against servers that are written here, on loopback.

mod answers;
mod bytes;
mod changes;
mod common;
mod connections;
mod credentials;
mod early;
mod hosts;
mod jobs;
mod tls;

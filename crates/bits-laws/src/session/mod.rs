//! What proves the engines of `bits-session`: the server beside a naive [`model`], the client before a
//! [hostile] server, and both over a [`link`] that does everything wrong.

pub mod hostile;
pub mod link;
pub mod model;
pub mod operation;
pub mod packet;
pub mod reply;
pub mod server;
pub mod store;

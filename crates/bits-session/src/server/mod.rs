//! The side of the server ([MC-BUP] 3.2): sessions, and what each packet does to them.
//!
//! [`Exchange`] answers one request. What it needs of the world (a store, the body of the request, the time, a new id)
//! it is handed; what a session can go through is the table [`TRANSITIONS`].
//!
//! [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup

mod classify;
mod exchange;
mod policy;
mod record;
mod refusal;
mod table;

pub use exchange::{Exchange, Receive, Step};
pub use policy::{Overlap, Policy};
pub use record::{Caller, Fault, Session, Survey};
pub use table::{Action, Event, State, TRANSITIONS, Transition};

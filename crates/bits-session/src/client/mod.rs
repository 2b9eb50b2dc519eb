//! The client: uploads one file of known length ([MC-BUP] 3.1).

mod options;
mod saved;
mod step;

pub use options::Options;
pub use saved::Saved;
pub use step::{Answer, Connection, Failed, Failure, Outcome, Outgoing, Reason, Server, Step};

//! What property tests of captures draw from.
//!
//! [`conversation`] says what was uploaded; [`disorder`] takes nothing of it away, [`damage`] may; [`container`]
//! and [`split`] are how it is written down.

mod containers;
mod conversations;
mod disorder;
mod uploads;

pub use containers::{compression, container, containers, split};
pub use conversations::conversation;
pub use disorder::{damage, disorder};
pub use uploads::{Finish, UploadSpec, file, other, upload_spec};

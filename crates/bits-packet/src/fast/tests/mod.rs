//! Each trick against the plain way to say the same.

mod lanes;
mod leaf;
#[cfg(feature = "http")]
mod listed;
mod names;
mod reach;

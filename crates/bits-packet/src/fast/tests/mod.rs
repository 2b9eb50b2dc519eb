//! Each trick against the plain way to say the same.

mod lanes;
mod leaf;
mod names;
mod reach;

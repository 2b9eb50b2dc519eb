#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod ack;
mod digits;
mod draft;
mod extra;
mod layout;
mod lines;
mod literal;
mod notification;
mod pen;
mod request;
mod sink;
mod spots;
mod start;
mod value;

pub use draft::{Draft, DraftError};
pub use extra::{ExtraError, ExtraField, Place};
pub use layout::Layout;
pub use sink::{BufferTooSmall, Sink};

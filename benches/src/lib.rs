//! How fast `bits-packet` and `bits-serializer` are, beside what else there is for the same work.
//!
//! Every competitor is a file in [`rivals`] or [`serialize`]. [`groups`] says what is measured on which
//! bytes, [`rounds`] how, [`report`] prints the tables, and [`goals`] judges. `README.md` is for those
//! who run this, or add to it.

#![forbid(unsafe_code)]
// Nothing here is published, and what is run is run for its time.
#![allow(clippy::must_use_candidate, missing_debug_implementations)]

pub mod arrival;
pub mod checks;
pub mod floors;
pub mod goals;
pub mod groups;
pub mod options;
pub mod ours;
pub mod report;
pub mod results;
pub mod rivals;
pub mod rounds;
pub mod serialize;
pub mod typed;

use bits_laws::traffic::Kind;

/// Reads the head at the start of these bytes, hands all that it has found to `black_box`, and says
/// whether the head was there and whole.
pub type Read = fn(&[u8], Kind) -> bool;

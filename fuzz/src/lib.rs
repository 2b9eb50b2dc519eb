//! What fuzz targets need beside the laws: oracles that are not written in Rust.

#[cfg(feature = "llhttp")]
pub mod llhttp;

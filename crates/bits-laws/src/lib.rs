//! The laws that `bits-packet`, `bits-serializer` and `bits-session` keep, as functions that property tests, the
//! replay of the corpus and fuzz targets call alike.
//!
//! A law panics when it is broken. [`laws`] holds them, [`readings`] the parsers that they are about,
//! [`strategy`] what property tests draw from, [`corpus`] the committed inputs and what is expected of
//! them, [`traffic`] the heads that benchmarks read, [`session`] what proves the engines of `bits-session`,
//! [`capture`] what makes capture files.

#![forbid(unsafe_code)]

/// The examples of the workspace's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

pub mod capture;
pub mod corpus;
pub mod laws;
mod random;
pub mod readings;
pub mod session;
pub mod strategy;
pub mod stream;
pub mod targets;
pub mod traffic;

//! Heads to measure with: seeded, the same on every machine and in every run.
//!
//! Every head is one that the parser takes with the default options, and of the packet that its
//! [`Kind`] says. A corpus is made to show one thing:
//!
//! | Corpus | What it is | Why |
//! |---|---|---|
//! | [`ten`] | a head of each packet | a branch predictor learns them all: the work itself |
//! | [`sessions`] | 64 uploads at once, as Windows and IIS write them | what a server sees |
//! | [`random`] | any packet, number, name and length | nothing to learn but the order of fields |
//! | [`shuffled`] | the same in any order of fields | nothing to learn |
//! | [`foreign`] | the ten with none of the values that Windows and IIS send | no credit for knowing those |
//! | [`lower`] | the ten with names in lower case | what hyper and gateways from HTTP/2 send |
//! | [`odd`] | the ten with every line spelled in a way that is legal and that nobody uses | the slowest way |
//! | [`unknown`] | a Fragment with fields that are not of the protocol | cost of a field |
//! | [`long_target`], [`long_value`] | a Fragment with one long run | cost of a byte |
//!
//! [`damaged`] makes heads of which about a third is still right. What a careful peer does not send, and what the
//! parser takes the slow way for, is in [`seldom`].

mod damaged;
mod drawn;
mod lines;
mod long;
mod respelled;
mod sessions;
mod ten;

pub use damaged::{Damaged, damaged, refused};
pub(crate) use damaged::{damage, sound};
pub use drawn::{random, shuffled};
pub use long::{long_target, long_value, unknown};
pub use respelled::{foreign, lower, odd, repeated};
pub use sessions::sessions;
pub use ten::{TEN, ten};

use bits_packet::RequestType;

/// What a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A request of that type.
    Request(RequestType),
    /// The Ack of a request of that type.
    Ack(RequestType),
}

/// The bytes of a head, and nothing behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is; of a [`damaged`] head what it was.
    pub kind: Kind,
    /// The whole head, its empty line included.
    pub bytes: Vec<u8>,
}

/// Heads that are measured together.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// How it is called in tables; each word a filter.
    pub name: &'static str,
    /// Its heads, in the order in which they are read.
    pub heads: Vec<Head>,
}

impl Corpus {
    /// The mean length of its heads, in bytes.
    #[must_use]
    pub fn mean_length(&self) -> usize {
        let total: usize = self.heads.iter().map(|head| head.bytes.len()).sum();
        total / self.heads.len().max(1)
    }
}

/// Every corpus, in the order of the tables.
#[must_use]
pub fn corpora() -> Vec<Corpus> {
    const KIB: usize = 1024;
    let corpus = |name, heads| Corpus { name, heads };
    vec![
        corpus("ten packets", ten()),
        corpus("sessions", sessions(64, 3)),
        corpus("random", random(1024, 1)),
        corpus("shuffled", shuffled(1024, 2)),
        corpus("foreign values", foreign()),
        corpus("lower-case names", lower()),
        corpus("odd spelling", odd()),
        corpus("8 unknown", vec![unknown(8)]),
        corpus("32 unknown", vec![unknown(32)]),
        corpus("100 unknown", vec![unknown(100)]),
        corpus("target 8 KiB", vec![long_target(8 * KIB)]),
        corpus("target 64 KiB", vec![long_target(64 * KIB)]),
        corpus("value 8 KiB", vec![long_value(8 * KIB)]),
        corpus("value 64 KiB", vec![long_value(64 * KIB)]),
    ]
}

/// Heads that are not as they should be.
#[must_use]
pub fn seldom() -> Vec<Corpus> {
    vec![
        Corpus {
            name: "repeated field",
            heads: repeated(),
        },
        Corpus {
            name: "refused",
            heads: refused(4, 1024),
        },
    ]
}

/// Each of [`ten`] alone.
#[must_use]
pub fn each_of_ten() -> Vec<Corpus> {
    TEN.into_iter()
        .zip(ten())
        .map(|(name, head)| Corpus {
            name,
            heads: vec![head],
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! Heads that are large in one way.

use bits_packet::RequestType;

use super::lines::Lines;
use super::{Head, Kind, ten};
use crate::random::Random;

const SEED: u64 = 42;

fn fragment() -> Lines {
    let is_fragment = |lines: &Lines| lines.kind == Kind::Request(RequestType::Fragment);
    let found = ten::lines().into_iter().find(is_fragment);
    found.expect("a Fragment is one of the ten")
}

/// A Fragment with so many fields that are not of the protocol, each with another name.
#[must_use]
pub fn unknown(fields: usize) -> Head {
    let mut random = Random::new(SEED);
    let mut lines = fragment();
    for index in 0..fields {
        lines.push_before_last(format!("X-Field-{index}"), random.word(4, 43));
    }
    lines.head()
}

/// A Fragment of just so many bytes, nearly all of them in its target.
///
/// # Panics
///
/// Below 1,024 bytes.
#[must_use]
pub fn long_target(bytes: usize) -> Head {
    let mut lines = fragment();
    let run = filling(&lines, bytes);
    lines.start = lines.start.replacen("/upload", &format!("/upload{run}"), 1);
    lines.head()
}

/// A Fragment of just so many bytes, nearly all of them in a cookie.
///
/// # Panics
///
/// Below 1,024 bytes.
#[must_use]
pub fn long_value(bytes: usize) -> Head {
    let mut lines = fragment();
    lines.push_before_last("Cookie".into(), String::new());
    let run = filling(&lines, bytes);
    let at = lines.fields.len() - 2;
    lines.fields[at].1 = run;
    lines.head()
}

fn filling(lines: &Lines, bytes: usize) -> String {
    assert!(bytes >= 1024, "{bytes} bytes are no long head");
    let missing = bytes - lines.head().bytes.len();
    Random::new(SEED).word(missing, missing)
}

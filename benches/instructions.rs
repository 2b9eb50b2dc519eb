//! Does one kind of work on one corpus so many times: what `.ci/instructions` counts the instructions of.
//!
//!     instructions                          prints work, corpus and heads of each
//!     instructions WORK CORPUS TIMES

#![forbid(unsafe_code)]

use std::io::{Write, stdout};
use std::{env, process};

use bits_benches::groups;
use bits_benches::rounds::Entry;

/// Work, corpus, and the group and entry that does it.
const ROWS: [(&str, &str, &str, &str); 15] = [
    ("parse", "ten packets", "parse/ten packets", "bits"),
    ("parse", "sessions", "parse/sessions", "bits"),
    ("parse", "shuffled", "parse/shuffled", "bits"),
    ("parse", "foreign values", "parse/foreign values", "bits"),
    (
        "parse",
        "lower-case names",
        "parse/lower-case names",
        "bits",
    ),
    ("parse", "odd spelling", "parse/odd spelling", "bits"),
    ("parse", "32 unknown", "parse/32 unknown", "bits"),
    ("parse", "repeated field", "seldom/repeated field", "bits"),
    ("parse", "refused", "seldom/refused", "bits"),
    ("parse", "target 8 KiB", "parse/target 8 KiB", "bits"),
    (
        "again",
        "Fragment by 1",
        "arrival/Fragment by 1",
        "bits again",
    ),
    ("again", "8 KiB by 64", "arrival/8 KiB by 64", "bits again"),
    ("map", "ten packets", "map/ten packets", "bits"),
    ("serialize", "Acks", "serialize/Acks", "bits slice"),
    (
        "serialize",
        "ten packets",
        "serialize/ten packets",
        "bits slice",
    ),
];

/// The entry, and how many heads one run of it reads; of one that arrives, how many times.
fn entry(group: &str, name: &str) -> (Entry, usize) {
    let mut groups = groups::all(|it| it == group);
    let group = groups.remove(0);
    let piece = piece_of(&group.name);
    let heads = piece.map_or(group.heads, |piece| group.bytes.div_ceil(piece));
    let mut entries = group.entries.into_iter();
    let entry = entries.find(|entry| entry.name == name);
    (entry.expect("an entry of that name"), heads)
}

/// The length of the pieces that a head arrives in.
fn piece_of(group: &str) -> Option<usize> {
    let arrival = group.strip_prefix("arrival/")?;
    arrival.rsplit(' ').next()?.parse().ok()
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let [work, corpus, times] = &words[..] else {
        for (work, corpus, group, name) in ROWS {
            let (_, heads) = entry(group, name);
            if writeln!(stdout(), "{work}\t{corpus}\t{heads}").is_err() {
                return;
            }
        }
        return;
    };
    let row = ROWS.iter().find(|row| (row.0, row.1) == (work, corpus));
    let (Some((_, _, group, name)), Ok(times)) = (row, times.parse::<u32>()) else {
        eprintln!("usage: instructions [WORK CORPUS TIMES]");
        process::exit(2);
    };
    let (mut entry, _) = entry(group, name);
    for _ in 0..times {
        (entry.run)();
    }
}

//! The tables of the docs that are written by hand, against the code.

use bits_packet::Deviation;

/// The cells of the table rows in `text`, without their headings.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_heading = |at: usize| {
        lines
            .get(at + 1)
            .is_some_and(|next| next.starts_with("|---"))
    };
    lines
        .iter()
        .enumerate()
        .filter(|(at, line)| line.starts_with("| ") && !is_heading(*at))
        .map(|(_, line)| {
            let cells = line.trim_matches('|').split('|');
            cells.map(str::trim).collect()
        })
        .collect()
}

#[test]
fn explains_every_deviation_in_order() {
    let rows = rows(include_str!("../src/deviations.md"));
    assert_eq!(rows.len(), Deviation::ALL.len());
    for (row, deviation) in rows.iter().zip(Deviation::ALL) {
        let [name, explanation, sender, section] = row[..] else {
            panic!("{row:?}");
        };
        assert_eq!(name, format!("[`{deviation}`](Deviation::{deviation:?})"));
        assert_eq!(explanation, deviation.explanation());
        assert!(!sender.is_empty(), "{deviation}");
        let escaped = deviation.section().replace('[', r"\[").replace(']', r"\]");
        assert_eq!(section, escaped, "{deviation}");
    }
}

#[test]
fn lists_every_disagreement_once() {
    let rows = rows(include_str!("../src/disagreements.md"));
    let mut numbers: Vec<u32> = rows
        .iter()
        .map(|row| row[0].strip_prefix("D-").expect("a number"))
        .map(|number| number.parse().expect("a number"))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=58).collect::<Vec<_>>());
}

#[test]
fn names_deviations_that_are_known() {
    let mut named = 0;
    for row in rows(include_str!("../src/disagreements.md")) {
        // Six cells: what is read stands in the fifth.
        let [_, _, _, _, read, _] = row[..] else {
            continue;
        };
        let code = read.split('`').skip(1).step_by(2);
        let is_kebab = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        for name in code.filter(is_kebab) {
            assert!(Deviation::from_name(name).is_some(), "{name}: {row:?}");
            named += 1;
        }
    }
    assert!(named > 15, "{named}");
}

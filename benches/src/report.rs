//! The tables.

use std::io::{Result, Write};

use crate::results::Results;

/// Groups of one kind as rows, entries as columns.
struct Table {
    kind: &'static str,
    title: &'static str,
    /// Nanoseconds of these entries.
    times: &'static [&'static str],
    /// Whose bytes per second are told.
    ours: &'static str,
    /// How much of the time of these entries ours takes.
    ratios: &'static [&'static str],
    notes: &'static str,
}

const PARSERS: &[&str] = &[
    "httparse",
    "+typed user",
    "+typed tuned",
    "naive nom",
    "naive winnow",
    "HeaderMap",
    "map +typed",
    "bits",
];

const TABLES: [Table; 7] = [
    Table {
        kind: "parse",
        title: "Parsing, nanoseconds a head",
        times: PARSERS,
        ours: "bits",
        ratios: &["httparse", "+typed user", "+typed tuned"],
        notes: "\
httparse, naive nom, naive winnow and HeaderMap only split a head. The typed ones look for the fields of
the protocol besides, but neither for missing, misplaced or repeated fields, nor at limits, nor at the
bytes of host ids, URLs and protocol lists. bits does all that. Session ids stay text for all.",
    },
    Table {
        kind: "packet",
        title: "Each packet alone",
        times: PARSERS,
        ours: "bits",
        ratios: &["httparse", "+typed user", "+typed tuned"],
        notes: "",
    },
    Table {
        kind: "seldom",
        title: "Heads that are not as they should be",
        times: &["httparse", "bits"],
        ours: "bits",
        ratios: &["httparse"],
        notes: "\
Of what the fast form of the grammar does not expect, the general form reads all again. httparse takes repeated
fields, and three in ten of the heads that ours refuses.",
    },
    Table {
        kind: "floor",
        title: "Floors on the same bytes",
        times: &["memcpy", "validate", "memmem", "memchr", "bits"],
        ours: "bits",
        ratios: &["memcpy", "validate", "memmem", "memchr"],
        notes: "\
memcpy copies the head, validate looks at every byte once, memmem finds its end, memchr the end of every line.",
    },
    Table {
        kind: "arrival",
        title: "Arrival in pieces, nanoseconds until the head is read",
        times: &["httparse again", "bits again", "bits scanned", "scanner"],
        ours: "bits scanned",
        ratios: &["httparse again", "bits again"],
        notes: "\
\"again\" parses all that is there after every piece; \"scanned\" parses the first piece, lets HeadScanner look
at the others, and parses at the end; \"scanner\" is HeadScanner alone.",
    },
    Table {
        kind: "serialize",
        title: "Serializing, nanoseconds a head",
        times: &[
            "write!",
            "Vec+itoa+uuid",
            "map ready",
            "map built",
            "bits slice",
            "bits drafted",
            "bits Vec",
            "memcpy",
        ],
        ours: "bits slice",
        ratios: &["write!", "Vec+itoa+uuid", "map ready", "map built", "memcpy"],
        notes: "\
All but memcpy begin with typed values; \"map ready\" begins with a HeaderMap, \"bits slice\" and \"bits Vec\" with
a Draft. Fields beside the packet are data for ours and literals of the program for the others; \"packets alone\"
have none. \"bits drafted\" makes the Draft first, and so checks target, host and the other fields each time.",
    },
    Table {
        kind: "map",
        title: "A packet from what hyper hands over, nanoseconds a head",
        times: &["user", "bits"],
        ours: "bits",
        ratios: &["user"],
        notes: "user asks the HeaderMap for 14 names, and types what it finds.",
    },
];

/// Prints every table of which something was measured.
///
/// # Errors
///
/// Those of `out`.
pub fn print(results: &Results, out: &mut impl Write) -> Result<()> {
    for table in &TABLES {
        if results.of_kind(table.kind).next().is_some() {
            print_table(table, results, out)?;
        }
    }
    Ok(())
}

fn print_table(table: &Table, results: &Results, out: &mut impl Write) -> Result<()> {
    writeln!(out, "\n{}\n", table.title)?;
    let columns = table.times.iter().map(|name| (*name).to_owned());
    let ratios = table.ratios.iter().map(|name| format!("/{name}"));
    let header: Vec<String> = ["".into(), "bytes".into()]
        .into_iter()
        .chain(columns)
        .chain(["GB/s".into()])
        .chain(ratios)
        .collect();
    let mut rows = vec![header];
    for (group, bytes) in results.of_kind(table.kind) {
        let name = group.split_once('/').map_or(group, |(_, name)| name);
        let mut row = vec![name.to_owned(), bytes.to_string()];
        let time = |entry| results.time(group, entry);
        row.extend(table.times.iter().map(|entry| cell(time(entry), 1)));
        let rate = time(table.ours).map(|time| bytes as f64 / time);
        row.push(cell(rate, 1));
        let ratio = |entry: &&str| cell(results.ratio(group, entry), 3);
        row.extend(table.ratios.iter().map(ratio));
        rows.push(row);
    }
    print_rows(&rows, out)?;
    if !table.notes.is_empty() {
        writeln!(out, "\n{}", table.notes)?;
    }
    Ok(())
}

fn cell(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| "-".into(), |figure| format!("{figure:.decimals$}"))
}

fn print_rows(rows: &[Vec<String>], out: &mut impl Write) -> Result<()> {
    let widest = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(widest).collect();
    for row in rows {
        let mut line = format!("{:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            line += &format!("  {cell:>width$}");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups;

    #[test]
    fn every_column_of_a_table_is_measured() {
        for group in groups::all(|name| !name.contains("8 KiB")) {
            let kind = group.name.split('/').next();
            let table = TABLES.iter().find(|table| Some(table.kind) == kind);
            let table = table.expect("a table for each kind");
            let columns = table.times.iter().chain(table.ratios);
            for column in columns.chain([&table.ours]) {
                let is_there = group.entries.iter().any(|entry| entry.name == *column);
                assert!(is_there, "{}: {column}", group.name);
            }
        }
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let mut results = Results::default();
        let told = "map/ten packets\t264\tuser\t100.04\t0.25\nmap/ten packets\t264\tbits\t25\t1\n";
        assert_eq!(results.hear(told), Some(()));
        let mut out = Vec::new();
        print(&results, &mut out).expect("a Vec takes everything");
        let text = String::from_utf8(out).expect("text");
        assert!(
            text.contains("             bytes   user  bits  GB/s  /user\nten packets    264  100.0  25.0  10.6  0.250\n"),
            "{text}"
        );
    }
}

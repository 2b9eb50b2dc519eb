//! A malformed message around the wrong byte.

use crate::stream::KEPT;

/// How many bytes of a line are shown on either side of the wrong one.
const REACH: usize = 56;

// Of a body there is one byte more than is shown: it tells whether a line is cut.
const _: () = assert!(KEPT > REACH);

/// Stands for what is not shown.
pub(super) const CUT: &str = "...";

/// How many lines are shown, the one with the wrong byte included; of a head the start line comes on top.
const LINES: usize = 3;

/// A line that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// In visible ASCII, and where it begins in the bytes that were given.
    Text { offset: usize, text: String },
    /// Stands for lines that are left out.
    Gap,
}

/// The lines up to the wrong byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) lines: Vec<Line>,
    /// The column of the wrong byte in the last line.
    pub(super) column: usize,
}

impl Spot {
    /// The spot of `head` at `offset`, which may be its end: the start line, and the last lines up to
    /// there.
    pub(super) fn of_head(head: &[u8], offset: usize) -> Self {
        // The wrong byte stands in the last line that begins before it.
        let is_before = |&(start, _): &(usize, &[u8])| start <= offset;
        let lines: Vec<_> = lines(head).take_while(is_before).collect();
        let Some((&(start, wrong), before)) = lines.split_last() else {
            return Spot::default();
        };
        let skipped = before.len().saturating_sub(LINES - 1);
        let mut shown = Vec::new();
        if skipped > 0 {
            shown.extend(before.first().map(Line::beginning));
        }
        if skipped > 1 {
            shown.push(Line::Gap);
        }
        shown.extend(before[skipped..].iter().map(Line::beginning));
        let (text, column) = window(wrong, (offset - start).min(wrong.len()));
        let offset = start;
        shown.push(Line::Text { offset, text });
        Spot {
            lines: shown,
            column,
        }
    }

    /// The spot at the last byte of what is known of a body.
    pub(super) fn of_body(body: &[u8]) -> Self {
        let wrong = body.len().saturating_sub(1);
        let from = wrong.saturating_sub(REACH);
        let mut shown = Vec::new();
        let mut column = 0;
        for (start, line) in lines(&body[from..]) {
            let offset = from + start;
            let is_cut = start == 0 && from > 0 && body[from - 1] != b'\n';
            let mut text = String::from(if is_cut { CUT } else { "" });
            text.push_str(&escape(&line[..line.len() - 1]));
            column = text.len();
            text.push_str(&escape(&line[line.len() - 1..]));
            shown.push(Line::Text { offset, text });
        }
        shown.drain(..shown.len().saturating_sub(LINES));
        Spot {
            lines: shown,
            column,
        }
    }
}

impl Line {
    /// As much of the beginning of a line as is shown of the one with the wrong byte.
    fn beginning(&(offset, line): &(usize, &[u8])) -> Self {
        let end = line.len().min(2 * REACH);
        let mut text = escape(&line[..end]);
        text.push_str(if end == line.len() { "" } else { CUT });
        Line::Text { offset, text }
    }
}

/// The lines of `bytes`, never empty, and where each begins.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = 0;
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .map(move |line| {
            let start = next;
            next += line.len();
            (start, line)
        })
}

/// The part of a line around the byte `at`, and the column of that byte.
fn window(line: &[u8], at: usize) -> (String, usize) {
    let from = at.saturating_sub(REACH);
    let to = line.len().min(at + REACH);
    let mut text = String::from(if from == 0 { "" } else { CUT });
    text.push_str(&escape(&line[from..at]));
    let column = text.len();
    text.push_str(&escape(&line[at..to]));
    text.push_str(if to == line.len() { "" } else { CUT });
    (text, column)
}

/// Every byte in visible ASCII, so that columns can be counted.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02X}")),
        }
    }
    text
}

//! The head of a malformed message around the wrong byte.

/// How many bytes of a line are shown on either side of the wrong one, and of the lines before it.
const REACH: usize = 56;

/// Stands for what is not shown of a line.
const CUT: &str = "...";

/// How many lines are shown, the one with the wrong byte included.
const LINES: usize = 3;

/// A line of a head, in visible ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, in bytes from the start of the head.
    pub(super) offset: usize,
    pub(super) text: String,
}

/// The lines up to the wrong byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) lines: Vec<Line>,
    /// The column of the wrong byte in the last line.
    pub(super) column: usize,
}

impl Spot {
    /// The spot of `head` at `offset`, which may be its end.
    pub(super) fn new(head: &[u8], offset: usize) -> Self {
        let mut lines = Vec::new();
        let mut column = 0;
        let mut start = 0;
        for line in head.split_inclusive(|&byte| byte == b'\n') {
            // The wrong byte stands in the last line that begins before it.
            if start > offset {
                break;
            }
            let (text, at) = window(line, (offset - start).min(line.len()));
            column = at;
            lines.push(Line {
                offset: start,
                text,
            });
            start += line.len();
        }
        lines.drain(..lines.len().saturating_sub(LINES));
        Spot { lines, column }
    }
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

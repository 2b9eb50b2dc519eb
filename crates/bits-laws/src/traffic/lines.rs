//! A head before it is written.

use super::{Head, Kind};

/// A start line, and the names and values of fields.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    pub(super) kind: Kind,
    pub(super) start: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Lines {
    pub(super) fn new(kind: Kind, start: impl Into<String>) -> Self {
        Lines {
            kind,
            start: start.into(),
            fields: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    /// Puts a field in front of the last one, where it is not the end of the head.
    pub(super) fn push_before_last(&mut self, name: String, value: String) {
        let last = self.fields.len().saturating_sub(1);
        self.fields.insert(last, (name, value));
    }

    /// Spelled as nearly everybody does: `Name: value`.
    pub(super) fn head(&self) -> Head {
        self.spelled(": ", "")
    }

    /// With that between name and value, and that behind the value.
    pub(super) fn spelled(&self, between: &str, behind: &str) -> Head {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.fields {
            text.extend([name, between, value, behind, "\r\n"]);
        }
        text.push_str("\r\n");
        Head {
            kind: self.kind,
            bytes: text.into_bytes(),
        }
    }
}

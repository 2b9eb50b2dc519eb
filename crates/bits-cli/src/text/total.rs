//! What was found in all sources together.

use crate::sources::title;
use crate::view::Tally;
use bits_capture::printable::Printable;

/// How many of the sources with errors are named.
const NAMED: usize = 5;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Total {
    sources: u64,
    tally: Tally,
    /// The source that is being read.
    source: String,
    /// The first sources with errors, at most [`NAMED`].
    malformed: Vec<String>,
    /// How many there are besides.
    more: u64,
}

impl Total {
    pub(super) const fn new() -> Self {
        Total {
            sources: 0,
            tally: Tally {
                messages: 0,
                packets: 0,
                errors: 0,
            },
            source: String::new(),
            malformed: Vec::new(),
            more: 0,
        }
    }

    pub(super) fn open(&mut self, source: &str) {
        self.sources += 1;
        source.clone_into(&mut self.source);
    }

    pub(super) fn close(&mut self, tally: &Tally) {
        self.tally = self.tally.plus(*tally);
        if tally.errors == 0 {
            return;
        }
        if self.malformed.len() < NAMED {
            self.malformed.push(std::mem::take(&mut self.source));
        } else {
            self.more += 1;
        }
    }

    pub(super) const fn sources(&self) -> u64 {
        self.sources
    }

    pub(super) const fn tally(&self) -> Tally {
        self.tally
    }

    /// The sources with errors, as the end of a line: empty if there are none.
    pub(super) fn malformed(&self) -> String {
        let name = |source: &String| Printable(title(source).as_bytes()).to_string();
        let names: Vec<String> = self.malformed.iter().map(name).collect();
        let names = names.join(", ");
        match (names.as_str(), self.more) {
            ("", _) => String::new(),
            (names, 0) => format!(", in {names}"),
            (names, more) => format!(", in {names} and {more} more"),
        }
    }
}

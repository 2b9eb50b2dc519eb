//! What has been tolerated so far.

use crate::grammar::Fault;
use crate::{Deviation, Deviations, Error, Options};

/// The options of a parse, and the deviations that it has met.
#[derive(Debug)]
pub(crate) struct Tolerance<'o> {
    options: &'o Options,
    seen: Deviations,
}

impl<'o> Tolerance<'o> {
    pub(crate) const fn new(options: &'o Options) -> Self {
        Tolerance {
            options,
            seen: Deviations::NONE,
        }
    }

    /// Notes `deviation` if the options tolerate it; else it is the error.
    pub(crate) fn tolerate<E: Refusal>(&mut self, deviation: Deviation, error: E) -> Result<(), E> {
        if self.options.tolerates(deviation) {
            self.note(deviation);
            Ok(())
        } else {
            Err(error.for_want_of(deviation))
        }
    }

    pub(crate) fn note(&mut self, deviation: Deviation) {
        self.seen = self.seen.with(deviation);
    }

    /// Forgets what was noted since `seen` was asked for.
    pub(crate) fn reset(&mut self, seen: Deviations) {
        self.seen = seen;
    }

    pub(crate) const fn seen(&self) -> Deviations {
        self.seen
    }

    pub(crate) const fn options(&self) -> &'o Options {
        self.options
    }
}

/// What is wrong, if it is not tolerated.
pub(crate) trait Refusal {
    /// The same, which `deviation` would have tolerated.
    fn for_want_of(self, deviation: Deviation) -> Self;
}

impl Refusal for Fault {
    fn for_want_of(mut self, deviation: Deviation) -> Self {
        self.deviation.get_or_insert(deviation);
        self
    }
}

impl Refusal for Error {
    fn for_want_of(self, deviation: Deviation) -> Self {
        self.tolerated_by(self.deviation().unwrap_or(deviation))
    }
}

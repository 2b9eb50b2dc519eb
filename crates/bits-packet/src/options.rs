//! What is tolerated, and how much of it.

use crate::{Deviation, Deviations};

/// What a parser tolerates, and its limits. A run-time value: no Cargo feature changes parsing.
///
/// [`Options::INTEROP`], the default, takes what real peers send and records every departure;
/// [`Options::STRICT`] takes what both documents allow and, where they disagree, what a careful
/// sender writes. What decides where a message ends is the same in both, whatever is allowed.
///
/// ```
/// use bits_packet::{Deviation, Options};
///
/// // OneDrive's dialect, but no HTTP/1.0
/// const OPTIONS: Options = Options::INTEROP
///     .allow(Deviation::MethodOverride)
///     .refuse(Deviation::Http10);
/// assert!(!OPTIONS.tolerates(Deviation::Http10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    tolerated: Deviations,
    max_head: u32,
    max_value: u32,
    max_protocols: u32,
}

impl Options {
    /// Tolerates nothing.
    pub const STRICT: Options = Options {
        tolerated: Deviations::NONE,
        max_head: 64 * 1024,
        max_value: 4096,
        max_protocols: 100,
    };

    /// Tolerates what real peers send: every [`Deviation`] but [`Deviation::MethodOverride`].
    pub const INTEROP: Options = {
        let mut options = Options::STRICT;
        let mut all: &[Deviation] = &Deviation::ALL;
        while let [deviation, rest @ ..] = all {
            options = options.allow(*deviation);
            all = rest;
        }
        options.refuse(Deviation::MethodOverride)
    };

    /// Tolerates `deviation`, and records it when it is met.
    #[must_use]
    pub const fn allow(mut self, deviation: Deviation) -> Self {
        self.tolerated = self.tolerated.with(deviation);
        self
    }

    /// Refuses what shows `deviation`.
    #[must_use]
    pub const fn refuse(mut self, deviation: Deviation) -> Self {
        self.tolerated = self.tolerated.without(deviation);
        self
    }

    /// Sets the greatest length of a head in bytes, its last empty line included. Default 65,536:
    /// Windows appends up to 16,384 characters of an application's own headers.
    #[must_use]
    pub const fn with_max_head(mut self, bytes: u32) -> Self {
        self.max_head = bytes;
        self
    }

    /// Sets the greatest length in bytes of the value of a field that the protocol defines, white
    /// space around it not counted. Default 4,096 ([MC-BUP] 2.2.1). Other fields know only the
    /// limit of the head. A longer value can be read then, but not made: constructors keep to the
    /// default.
    #[must_use]
    pub const fn with_max_value(mut self, bytes: u32) -> Self {
        self.max_value = bytes;
        self
    }

    /// Sets how many items of a protocol list are looked at; those after are ignored. Default 100
    /// ([MC-BUP] Appendix A <6>).
    #[must_use]
    pub const fn with_max_protocols(mut self, items: u32) -> Self {
        self.max_protocols = items;
        self
    }

    /// Whether `deviation` is tolerated.
    #[must_use]
    pub const fn tolerates(&self, deviation: Deviation) -> bool {
        self.tolerated.contains(deviation)
    }

    /// Every deviation that is tolerated.
    #[must_use]
    pub const fn tolerated(&self) -> Deviations {
        self.tolerated
    }

    /// The greatest length of a head, in bytes.
    #[must_use]
    pub const fn max_head(&self) -> u32 {
        self.max_head
    }

    /// The greatest length of a value that the protocol defines, in bytes.
    #[must_use]
    pub const fn max_value(&self) -> u32 {
        self.max_value
    }

    /// How many items of a protocol list are looked at.
    #[must_use]
    pub const fn max_protocols(&self) -> u32 {
        self.max_protocols
    }
}

impl Default for Options {
    /// [`Options::INTEROP`].
    fn default() -> Self {
        Options::INTEROP
    }
}

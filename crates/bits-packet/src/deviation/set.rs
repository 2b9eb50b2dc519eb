//! Sets of deviations.

use core::fmt;

use super::Deviation;

/// A set of [`Deviation`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Deviations(u64);

impl Deviations {
    /// No deviation: what both documents allow.
    pub const NONE: Deviations = Deviations(0);

    /// The set with `deviation` in it.
    #[must_use]
    pub const fn with(self, deviation: Deviation) -> Self {
        Deviations(self.0 | deviation.bit())
    }

    /// The set without `deviation`.
    #[must_use]
    pub const fn without(self, deviation: Deviation) -> Self {
        Deviations(self.0 & !deviation.bit())
    }

    /// Everything that is in either set.
    #[must_use]
    pub const fn union(self, other: Deviations) -> Self {
        Deviations(self.0 | other.0)
    }

    /// Whether `deviation` is in the set.
    #[must_use]
    pub const fn contains(self, deviation: Deviation) -> bool {
        self.0 & deviation.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The members, in the order of [`Deviation::ALL`].
    #[must_use]
    pub const fn iter(self) -> DeviationsIter {
        DeviationsIter { left: self }
    }
}

impl IntoIterator for Deviations {
    type Item = Deviation;
    type IntoIter = DeviationsIter;

    fn into_iter(self) -> DeviationsIter {
        self.iter()
    }
}

/// The members of [`Deviations`], in the order of [`Deviation::ALL`].
#[derive(Clone, Debug)]
pub struct DeviationsIter {
    left: Deviations,
}

impl Iterator for DeviationsIter {
    type Item = Deviation;

    fn next(&mut self) -> Option<Deviation> {
        let lowest = self.left.0.trailing_zeros() as usize;
        let deviation = Deviation::ALL.get(lowest).copied()?;
        self.left = self.left.without(deviation);
        Some(deviation)
    }
}

impl From<Deviation> for Deviations {
    fn from(deviation: Deviation) -> Self {
        Deviations::NONE.with(deviation)
    }
}

impl FromIterator<Deviation> for Deviations {
    fn from_iter<T: IntoIterator<Item = Deviation>>(iter: T) -> Self {
        iter.into_iter().fold(Deviations::NONE, Deviations::with)
    }
}

impl Extend<Deviation> for Deviations {
    fn extend<T: IntoIterator<Item = Deviation>>(&mut self, iter: T) {
        *self = self.union(iter.into_iter().collect());
    }
}

impl fmt::Display for Deviations {
    /// The names with commas between them; nothing for no deviation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for deviation in *self {
            write!(f, "{separator}{deviation}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Debug for Deviations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

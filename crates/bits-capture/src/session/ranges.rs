//! Sets of offsets.

use std::ops::Range;

/// A set of offsets in bytes, as ranges: sorted, none of them empty, none touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// The ranges, from the lowest on.
    #[must_use]
    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many offsets there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// Behind the last offset.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.0.last().map_or(0, |range| range.end)
    }

    /// Whether it is all of `0..total`.
    #[must_use]
    pub fn is_all(&self, total: u64) -> bool {
        match &self.0[..] {
            [] => total == 0,
            [range] => *range == (0..total),
            _ => false,
        }
    }

    /// Whether adding `range` would make one more range.
    #[must_use]
    pub fn is_apart(&self, range: &Range<u64>) -> bool {
        let at = self.first_at(range.start);
        self.0.get(at).is_none_or(|next| next.start > range.end)
    }

    /// Where the first range stands that ends at `offset` or behind it.
    fn first_at(&self, offset: u64) -> usize {
        // Nearly always something is added at the end.
        match self.0.last() {
            Some(last) if last.end < offset => self.0.len(),
            Some(last) if last.start <= offset => self.0.len() - 1,
            _ => self.0.partition_point(|range| range.end < offset),
        }
    }

    /// Adds a range.
    pub fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let at = self.first_at(range.start);
        let touching = self.0[at..]
            .iter()
            .take_while(|next| next.start <= range.end);
        let count = touching.count();
        let Some(last) = count.checked_sub(1).map(|last| self.0[at + last].end) else {
            self.0.insert(at, range);
            return;
        };
        let first = &mut self.0[at];
        first.start = first.start.min(range.start);
        first.end = last.max(range.end);
        self.0.drain(at + 1..at + count);
    }

    /// Leaves what is in front of `end`.
    pub fn truncate(&mut self, end: u64) {
        while let Some(last) = self.0.last_mut()
            && last.end > end
        {
            last.end = end;
            if last.is_empty() {
                self.0.pop();
            }
        }
    }

    /// The parts of `range` that are in the set.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let at = self.first_at(range.start);
        self.0[at..]
            .iter()
            .take_while({
                let end = range.end;
                move |next| next.start < end
            })
            .map(move |next| next.start.max(range.start)..next.end.min(range.end))
            .filter(|part| !part.is_empty())
    }

    /// The parts of `range` that are not in the set.
    #[must_use]
    pub fn without(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut parts = Vec::new();
        let mut at = range.start;
        for inside in self.within(range.clone()) {
            if at < inside.start {
                parts.push(at..inside.start);
            }
            at = inside.end;
        }
        if at < range.end {
            parts.push(at..range.end);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[Range<u64>]) -> Ranges {
        let mut set = Ranges::default();
        for range in ranges {
            set.insert(range.clone());
        }
        set
    }

    #[test]
    fn ranges_that_touch_become_one() {
        for (ranges, expected) in [
            (&[(0, 5), (5, 9)][..], &[(0, 9)][..]),
            (&[(10, 20), (0, 5), (4, 11)], &[(0, 20)]),
            (&[(3, 3)], &[]),
            (&[(5, 6), (1, 2), (3, 4)], &[(1, 2), (3, 4), (5, 6)]),
        ] {
            let ranges: Vec<_> = ranges.iter().map(|(start, end)| *start..*end).collect();
            let found = set(&ranges);
            let found: Vec<_> = found
                .as_slice()
                .iter()
                .map(|range| (range.start, range.end))
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn holes_are_what_is_not_in_it() {
        let set = set(&[2..4, 6..8]);
        assert_eq!(set.without(0..10), [0..2, 4..6, 8..10]);
        assert_eq!(set.without(2..4), []);
        assert_eq!(set.within(3..7).collect::<Vec<_>>(), [3..4, 6..7]);
        assert!(!set.is_all(8));
    }

    #[test]
    fn agrees_with_a_set_of_single_offsets() {
        use std::collections::BTreeSet;
        let mut seed = 7u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..500 {
            let mut ranges = Ranges::default();
            let mut single = BTreeSet::new();
            for _ in 0..12 {
                let start = draw(40);
                let end = (start + draw(9)).min(40);
                let is_apart = ranges.is_apart(&(start..end));
                let before = ranges.as_slice().len();
                ranges.insert(start..end);
                if start < end {
                    assert_eq!(
                        is_apart,
                        ranges.as_slice().len() > before,
                        "{start}..{end} {ranges:?}"
                    );
                }
                single.extend(start..end);
                let inside: BTreeSet<u64> = ranges.as_slice().iter().cloned().flatten().collect();
                assert_eq!(inside, single);
                let mut less = ranges.clone();
                let end = draw(41);
                less.truncate(end);
                let less: BTreeSet<u64> = less.as_slice().iter().cloned().flatten().collect();
                assert_eq!(
                    less,
                    single.iter().copied().filter(|at| *at < end).collect()
                );
                let (from, to) = (draw(40), draw(41));
                let to = to.max(from);
                let outside: Vec<u64> = ranges.without(from..to).into_iter().flatten().collect();
                let expected: Vec<u64> = (from..to).filter(|at| !single.contains(at)).collect();
                assert_eq!(outside, expected);
            }
        }
    }
}

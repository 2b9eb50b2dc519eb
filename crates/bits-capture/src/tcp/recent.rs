//! The last bytes of a stream, so that what comes again can be compared.

use super::half::differing;

/// A ring of the last bytes that were handed on. It holds nothing until it is [enlarged](Recent::enlarge), and grows as
/// they come: most streams are short.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// What was kept. A byte that stands `n` bytes behind `start` in the stream has the place `n % size`.
    ring: Vec<u8>,
    size: usize,
    start: u64,
    /// Where what was kept ends in the stream.
    end: u64,
}

impl Recent {
    /// Makes room for so many bytes, if there is none.
    pub(super) fn enlarge(&mut self, size: usize) {
        if self.size == 0 {
            self.size = size;
        }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Keeps bytes that stand behind those that were kept before.
    pub(super) fn keep(&mut self, offset: u64, bytes: &[u8]) {
        if self.size == 0 {
            return;
        }
        if self.ring.is_empty() {
            self.start = offset;
        }
        self.end = offset + bytes.len() as u64;
        let (new, mut rest) = bytes.split_at(bytes.len().min(self.size - self.ring.len()));
        self.grow(new.len());
        self.ring.extend_from_slice(new);
        if rest.is_empty() {
            return;
        }
        // It is full.
        rest = &rest[rest.len().saturating_sub(self.size)..];
        let place = self.place(self.end - rest.len() as u64);
        let (first, second) = rest.split_at(rest.len().min(self.size - place));
        self.ring[place..place + first.len()].copy_from_slice(first);
        self.ring[..second.len()].copy_from_slice(second);
    }

    /// Doubles what is set aside, but for no more than is kept.
    fn grow(&mut self, by: usize) {
        let wanted = self.ring.len() + by;
        if wanted > self.ring.capacity() {
            let room = wanted.max(2 * self.ring.capacity()).min(self.size);
            self.ring.reserve_exact(room - self.ring.len());
        }
    }

    /// Nothing that was kept stands in front of what comes next.
    pub(super) fn forget(&mut self) {
        self.ring.clear();
        self.end = 0;
    }

    /// How many of `bytes` differ from what was kept of that place. What was not kept does not.
    pub(super) fn conflicts(&self, offset: u64, bytes: &[u8]) -> u64 {
        let start = self.end - self.ring.len() as u64;
        let from = offset.max(start);
        let to = (offset + bytes.len() as u64).min(self.end);
        if from >= to {
            return 0;
        }
        let bytes = &bytes[usize::try_from(from - offset).unwrap_or(usize::MAX)..];
        let bytes = &bytes[..usize::try_from(to - from).unwrap_or(usize::MAX)];
        let place = self.place(from);
        let (first, second) = bytes.split_at(bytes.len().min(self.size - place));
        differing(&self.ring[place..place + first.len()], first)
            + differing(&self.ring[..second.len()], second)
    }

    fn place(&self, offset: u64) -> usize {
        usize::try_from((offset - self.start) % self.size as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_last_bytes_are_compared(
            size in 1..40usize,
            first in 0..1000u64,
            pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..60), 0..12u8), 1..20),
            back in 0..150usize,
            again in prop::collection::vec(any::<u8>(), 1..150),
        ) {
            let mut recent = Recent::default();
            recent.keep(first, b"is not kept");
            prop_assert_eq!(recent.conflicts(first, b"is not kept!"), 0);
            recent.enlarge(size);
            let mut stream = Vec::new();
            let mut from = 0;
            for (piece, forgets) in pieces {
                if forgets == 0 {
                    recent.forget();
                    from = stream.len();
                }
                recent.keep(first + stream.len() as u64, &piece);
                stream.extend(piece);
                prop_assert!(recent.ring.capacity() <= size);
            }
            let from = from.max(stream.len().saturating_sub(size));
            let at = stream.len().saturating_sub(back);
            let differ = |(place, byte): &(usize, &u8)| {
                *place >= from && stream.get(*place).is_some_and(|kept| kept != *byte)
            };
            let conflicts = (at..).zip(&again).filter(differ).count();
            prop_assert_eq!(recent.conflicts(first + at as u64, &again), conflicts as u64);
        }
    }
}

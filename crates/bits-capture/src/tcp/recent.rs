//! The last bytes of a stream, so that what comes again can be compared.

use super::half::differing;

/// A ring of the last bytes that were handed on. It costs nothing until it is [enlarged](Recent::enlarge).
#[derive(Debug, Default)]
pub(super) struct Recent {
    ring: Vec<u8>,
    /// Where what is in the ring ends in the stream, and how much of it is valid.
    end: u64,
    valid: usize,
}

impl Recent {
    /// Makes room for so many bytes, if there is less.
    pub(super) fn enlarge(&mut self, size: usize) {
        if self.ring.is_empty() {
            self.ring = vec![0; size];
        }
    }

    pub(super) fn size(&self) -> usize {
        self.ring.len()
    }

    /// Keeps bytes that stand behind those that were kept before.
    pub(super) fn keep(&mut self, offset: u64, bytes: &[u8]) {
        let size = self.ring.len();
        if size == 0 {
            return;
        }
        let kept = &bytes[bytes.len().saturating_sub(size)..];
        self.end = offset + bytes.len() as u64;
        self.valid = (self.valid + kept.len()).min(size);
        let start = self.place(self.end - kept.len() as u64);
        let (first, second) = kept.split_at(kept.len().min(size - start));
        self.ring[start..start + first.len()].copy_from_slice(first);
        self.ring[..second.len()].copy_from_slice(second);
    }

    /// Nothing that was kept stands in front of what comes next.
    pub(super) fn forget(&mut self) {
        self.valid = 0;
    }

    /// How many of `bytes` differ from what was kept of that place. What was not kept does not.
    pub(super) fn conflicts(&self, offset: u64, bytes: &[u8]) -> u64 {
        let start = self.end - self.valid as u64;
        let from = offset.max(start);
        let to = (offset + bytes.len() as u64).min(self.end);
        if from >= to {
            return 0;
        }
        let bytes = &bytes[usize::try_from(from - offset).unwrap_or(usize::MAX)..];
        let bytes = &bytes[..usize::try_from(to - from).unwrap_or(usize::MAX)];
        let place = self.place(from);
        let (first, second) = bytes.split_at(bytes.len().min(self.ring.len() - place));
        differing(&self.ring[place..place + first.len()], first)
            + differing(&self.ring[..second.len()], second)
    }

    fn place(&self, offset: u64) -> usize {
        usize::try_from(offset % self.ring.len() as u64).unwrap_or(0)
    }
}

//! The bytes of a file that pass by, in pieces.
//!
//! A client may send a part of its file again, and other bytes than before. What the server has acknowledged is not
//! overwritten by what comes later, unless the server says that it has lost it; what it has not is.

use std::ops::Range;

use super::Ranges;

/// How many ranges with holes between them are kept of a file. Bytes that would make more are dropped.
pub const MAX_RANGES: usize = 4_096;

/// Where the bytes of files go.
pub trait Files {
    /// A file that is being written.
    type File: std::fmt::Debug;

    /// Puts bytes at an offset. `is_fresh`: none of them was there before.
    fn write(&mut self, file: &mut Self::File, offset: u64, bytes: &[u8], is_fresh: bool);

    /// How many of these bytes differ from those that were put there; `None` if that is not known any more.
    fn differing(&mut self, file: &mut Self::File, offset: u64, bytes: &[u8]) -> Option<u64>;
}

/// What is known of a file that passes by.
#[derive(Debug, Default)]
pub struct Content {
    /// How long it is, in bytes.
    pub total: Option<u64>,
    /// What was seen of it.
    pub seen: Ranges,
    /// What the server has acknowledged of that.
    pub settled: Ranges,
    /// Bytes that were sent again after they were acknowledged, and were others.
    pub conflicting: u64,
    /// Bytes that were sent again, or that nobody could place.
    pub repeated: u64,
    /// Bytes that were dropped: too many holes, another total than before, or a range that cannot be read.
    pub dropped: u64,
    /// In front of this, all that was seen is settled.
    settled_to: u64,
}

impl Content {
    /// Whether all bytes were seen.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.seen.is_all(total))
    }

    /// What was not seen, as far as it is known how long the file is.
    #[must_use]
    pub fn holes(&self) -> Vec<Range<u64>> {
        self.seen.without(0..self.total.unwrap_or(self.seen.end()))
    }

    /// Says how long the file is. `false` if that contradicts what the server has acknowledged, or what was seen.
    pub(super) fn expect(&mut self, total: u64) -> bool {
        let is_other = self.total.is_some_and(|known| known != total);
        if (is_other && !self.settled.is_empty()) || self.seen.end() > total {
            return false;
        }
        self.total = Some(total);
        true
    }

    /// Bytes were sent.
    pub(super) fn write<F: Files>(
        &mut self,
        files: &mut F,
        file: Option<&mut F::File>,
        offset: u64,
        bytes: &[u8],
    ) {
        // Another Fragment may have said that the file is shorter.
        let room = self.total.unwrap_or(u64::MAX).saturating_sub(offset);
        let (bytes, surplus) =
            bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
        self.dropped += surplus.len() as u64;
        let range = offset..offset.saturating_add(bytes.len() as u64);
        if bytes.is_empty() {
            return;
        }
        if self.seen.as_slice().len() >= MAX_RANGES && self.seen.is_apart(&range) {
            self.dropped += bytes.len() as u64;
            return;
        }
        let Some(file) = file else {
            let again: u64 = self
                .seen
                .within(range.clone())
                .map(|part| part.end - part.start)
                .sum();
            self.repeated += again;
            self.settled_to = self.settled_to.min(range.start);
            self.seen.insert(range);
            return;
        };
        let part_of = |part: &Range<u64>| {
            let from = usize::try_from(part.start - offset).unwrap_or(usize::MAX);
            let to = usize::try_from(part.end - offset).unwrap_or(usize::MAX);
            bytes.get(from..to).unwrap_or_default()
        };
        for part in self.settled.within(range.clone()) {
            self.repeated += part.end - part.start;
            let differing = files.differing(file, part.start, part_of(&part));
            self.conflicting += differing.unwrap_or(0);
        }
        for part in self.settled.without(range.clone()) {
            self.settled_to = self.settled_to.min(part.start);
            let again: u64 = self
                .seen
                .within(part.clone())
                .map(|part| part.end - part.start)
                .sum();
            self.repeated += again;
            files.write(file, part.start, part_of(&part), again == 0);
        }
        self.seen.insert(range);
    }

    /// The server has stored what was seen of this range.
    pub(super) fn settle(&mut self, range: Range<u64>) {
        let from = range.start.max(self.settled_to);
        if from >= range.end {
            return;
        }
        for part in self.seen.within(from..range.end) {
            self.settled.insert(part);
        }
        if range.start <= self.settled_to {
            self.settled_to = range.end;
        }
    }

    /// The server has lost what it had from this offset on.
    pub(super) fn unsettle(&mut self, from: u64) {
        self.settled.truncate(from);
        self.settled_to = self.settled_to.min(from);
    }
}

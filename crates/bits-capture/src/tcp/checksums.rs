//! Which segments a wrong checksum speaks against.

use crate::link::{Checksum, Segment};

/// The most data of a segment that Ethernet carries as it is: what is longer was joined by a network card, which may
/// leave the checksum of the first part.
const LONGEST: usize = 1_460;

/// How many wrong ones may come for each right one: with more, the right ones are so by chance, as one of 65,536 is.
/// Several are less likely to be.
const WRONG_FOR_RIGHT: u32 = 16;
const WRONG_FOR_SEVERAL: u32 = 1_024;
const SEVERAL: u32 = 3;

/// How many segments with data may be wrong where none was right: with more, only those without data are.
const WRONG_AT_FIRST: u32 = 2;

/// How many segments have to have the most data, and right ones, for the first that is not filled in to be in doubt:
/// shorter ones may have been joined, which leaves them like that.
const FULL: u32 = 64;

/// What is to be done with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It counts.
    Taken,
    /// It has not come to its receiver like this: it is wrong, and those of its direction are right.
    Damaged,
    /// It is the first one that is not filled in, and looks like those that are right: the next ones say what it is.
    InDoubt,
    /// It counts, and the one in doubt is damaged, or not.
    Settling {
        /// Whether it is.
        is_damaged: bool,
    },
}

/// The checksums of one direction.
#[derive(Debug, Default)]
pub(super) struct Checksums {
    right: u32,
    wrong: u32,
    /// Not filled in.
    unfilled: u32,
    /// The most data that had a right one; 0 if none had.
    longest: usize,
    /// How many had that much data, and a right one.
    full: u32,
    /// Whether one is in doubt.
    is_doubting: bool,
}

impl Checksums {
    /// Takes note of one.
    pub(super) fn note(&mut self, segment: &Segment<'_>) -> Judgement {
        let length = segment.payload.len();
        match segment.checksum {
            Checksum::Unknown => Judgement::Taken,
            Checksum::Right => {
                self.right = self.right.saturating_add(1);
                if length < self.longest {
                    return Judgement::Taken;
                }
                if length > self.longest {
                    (self.longest, self.full) = (length, 0);
                }
                self.full = self.full.saturating_add(1);
                self.settle(true)
            }
            Checksum::Wrong => {
                self.wrong = self.wrong.saturating_add(1);
                let most = match self.right {
                    _ if self.longest == 0 => self.right.min(1) * WRONG_AT_FIRST,
                    ..SEVERAL => self.right * WRONG_FOR_RIGHT,
                    right => right.saturating_mul(WRONG_FOR_SEVERAL),
                };
                if length <= self.longest.max(LONGEST) && self.wrong <= most {
                    Judgement::Damaged
                } else {
                    Judgement::Taken
                }
            }
            Checksum::Unfilled => {
                self.unfilled = self.unfilled.saturating_add(1);
                self.is_doubting |=
                    self.unfilled == 1 && length == self.longest && length > 0 && self.full >= FULL;
                match self.unfilled {
                    1 if self.is_doubting => Judgement::InDoubt,
                    _ => self.settle(false),
                }
            }
        }
    }

    /// What is in doubt is so no more.
    fn settle(&mut self, is_damaged: bool) -> Judgement {
        match std::mem::take(&mut self.is_doubting) {
            true => Judgement::Settling { is_damaged },
            false => Judgement::Taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(checksum: Checksum, payload: &[u8]) -> Segment<'_> {
        Segment {
            time: 0,
            source: ([10, 0, 0, 1], 50_000).into(),
            destination: ([10, 0, 0, 2], 80).into(),
            seq: 1,
            ack: None,
            syn: false,
            fin: false,
            rst: false,
            payload,
            cut: 0,
            checksum,
        }
    }

    fn note(checksums: &mut Checksums, checksum: Checksum, payload: &[u8]) -> Judgement {
        checksums.note(&segment(checksum, payload))
    }

    #[test]
    fn a_wrong_one_counts_where_others_are_right() {
        let mut checksums = Checksums::default();
        for (checksum, payload, judgement) in [
            (Checksum::Wrong, &b"x"[..], Judgement::Taken),
            (Checksum::Unknown, b"x", Judgement::Taken),
            (Checksum::Right, b"", Judgement::Taken),
            (Checksum::Wrong, b"x", Judgement::Damaged),
        ] {
            assert_eq!(note(&mut checksums, checksum, payload), judgement);
        }
    }

    #[test]
    fn a_right_one_among_many_wrong_ones_is_so_by_chance() {
        let mut checksums = Checksums::default();
        for (right, wrong) in [
            (&b""[..], WRONG_AT_FIRST),
            (b"x", 2 * WRONG_FOR_RIGHT),
            (b"x", 3 * WRONG_FOR_SEVERAL),
        ] {
            note(&mut checksums, Checksum::Right, right);
            for _ in checksums.wrong..wrong {
                assert_eq!(
                    note(&mut checksums, Checksum::Wrong, b"x"),
                    Judgement::Damaged
                );
            }
            assert_eq!(
                note(&mut checksums, Checksum::Wrong, b"x"),
                Judgement::Taken
            );
            checksums.wrong -= 1;
        }
    }

    #[test]
    fn the_first_that_is_not_filled_in_is_in_doubt_where_all_like_it_are_right() {
        let data = [0; 1_449];
        let note = |full: u32, others: &[(Checksum, usize)]| {
            let mut checksums = Checksums::default();
            for _ in 0..full {
                let right = segment(Checksum::Right, &data[..1_448]);
                assert_eq!(checksums.note(&right), Judgement::Taken);
            }
            let noted = others
                .iter()
                .map(|(checksum, length)| checksums.note(&segment(*checksum, &data[..*length])));
            noted.last().unwrap()
        };
        let (right, unfilled) = (Checksum::Right, Checksum::Unfilled);
        let doubtful = (unfilled, 1_448);
        assert_eq!(note(FULL, &[(right, 5), doubtful]), Judgement::InDoubt);
        let damaged = Judgement::Settling { is_damaged: true };
        assert_eq!(note(FULL, &[doubtful, (right, 5), (right, 1_448)]), damaged);
        assert_eq!(note(FULL, &[doubtful, (right, 1_449)]), damaged);
        // A network card has begun to fill them in.
        let begun = Judgement::Settling { is_damaged: false };
        assert_eq!(note(FULL, &[doubtful, (right, 5), (unfilled, 5)]), begun);
        // There are too few to say, or it may be a joined one, or is not the first.
        for (full, others) in [
            (0, &[(unfilled, 0)][..]),
            (FULL - 1, &[doubtful]),
            (FULL, &[(unfilled, 1_447)]),
            (FULL, &[(unfilled, 700), doubtful]),
            (FULL, &[doubtful, (right, 1_448), doubtful]),
            (FULL, &[doubtful, (right, 1_448), (right, 1_448)]),
        ] {
            assert_eq!(note(full, others), Judgement::Taken, "{full}: {others:?}");
        }
    }

    #[test]
    fn joined_segments_have_what_checksum_they_like() {
        let mut checksums = Checksums::default();
        note(&mut checksums, Checksum::Right, b"");
        let joined = [0; LONGEST + 1];
        assert_eq!(
            note(&mut checksums, Checksum::Wrong, &joined),
            Judgement::Taken
        );
        // But where frames are larger, it has come in one piece.
        note(&mut checksums, Checksum::Right, &joined);
        assert_eq!(
            note(&mut checksums, Checksum::Wrong, &joined),
            Judgement::Damaged
        );
    }
}

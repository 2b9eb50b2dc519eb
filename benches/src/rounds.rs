//! How times are taken: in rounds.
//!
//! A round runs every entry once, each for about a tenth of a millisecond, beginning with another entry
//! each time. A ratio is taken inside a round, where both entries have met the same machine; the median
//! of the rounds is the figure. What slows the machine down for longer than a round slows down both.

use std::time::{Duration, Instant};

/// Something that is measured beside others.
pub struct Entry {
    /// Its column in tables.
    pub name: &'static str,
    /// Does it once, for every head of the group.
    pub run: Box<dyn FnMut()>,
}

/// Entries that are measured in the same rounds.
pub struct Group {
    /// What filters look at, such as `parse/ten packets`.
    pub name: String,
    /// The mean length of a head, in bytes.
    pub bytes: usize,
    /// How many heads one run of an entry stands for.
    pub heads: usize,
    /// Who is measured.
    pub entries: Vec<Entry>,
    /// Which entry the ratios are of.
    pub ours: usize,
}

/// What a process has found out about an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// For one head: the median.
    pub nanoseconds: f64,
    /// How much of the time of this entry ours takes: the median of the ratios of all rounds.
    pub ratio: f64,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Processes whose figures count, after one whose figures do not.
    pub processes: usize,
    /// Rounds of a group in each process; fewer where a round takes long, but no fewer than 5.
    pub rounds: usize,
}

impl Effort {
    /// For figures that are published.
    pub const FULL: Effort = Effort {
        processes: 5,
        rounds: 61,
    };

    /// For a look.
    pub const QUICK: Effort = Effort {
        processes: 2,
        rounds: 11,
    };
}

/// How long an entry runs in a round.
const BATCH: Duration = Duration::from_micros(100);

/// How long the rounds of a group may take in a process.
const BUDGET: Duration = Duration::from_secs(2);

impl Group {
    /// Measures each entry.
    pub fn measure(&mut self, rounds: usize) -> Vec<Sample> {
        let batches: Vec<Batch> = self.entries.iter_mut().map(Batch::of).collect();
        let round: Duration = batches.iter().map(|batch| batch.time).sum();
        let fitting = BUDGET.as_nanos() / round.as_nanos().max(1);
        let rounds = rounds
            .min(usize::try_from(fitting).unwrap_or(rounds))
            .max(5);

        let count = self.entries.len();
        let mut times = vec![Vec::with_capacity(rounds); count];
        for round in 0..rounds {
            for place in 0..count {
                let at = (place + round) % count;
                let time = batches[at].run(&mut self.entries[at]);
                times[at].push(time / self.heads as f64);
            }
        }
        let ours = &times[self.ours];
        times
            .iter()
            .map(|theirs| Sample {
                nanoseconds: median(theirs.clone()),
                ratio: median(
                    ours.iter()
                        .zip(theirs)
                        .map(|(ours, it)| ours / it)
                        .collect(),
                ),
            })
            .collect()
    }
}

/// How often an entry is run in a round.
struct Batch {
    times: u32,
    time: Duration,
}

impl Batch {
    /// Doubles until it takes long enough to tell.
    fn of(entry: &mut Entry) -> Self {
        let mut times = 1;
        loop {
            let start = Instant::now();
            (0..times).for_each(|_| (entry.run)());
            let once = start.elapsed() / times;
            if once * times > BATCH / 2 {
                let times = BATCH.as_nanos() / once.as_nanos().max(1);
                let times = u32::try_from(times).unwrap_or(1).max(1);
                return Batch {
                    times,
                    time: once * times,
                };
            }
            times *= 2;
        }
    }

    /// The nanoseconds of one run.
    fn run(&self, entry: &mut Entry) -> f64 {
        let start = Instant::now();
        for _ in 0..self.times {
            (entry.run)();
        }
        start.elapsed().as_nanos() as f64 / f64::from(self.times)
    }
}

/// The one in the middle; of an even number, the upper one of two.
///
/// # Panics
///
/// When there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_no_mean() {
        assert_eq!(median(vec![3.0, 1.0, 100.0]), 3.0);
    }

    #[test]
    fn ours_takes_all_of_its_own_time() {
        let entry = |name| Entry {
            name,
            run: Box::new(|| {
                std::hint::black_box((0..100).fold(0, |sum, it| sum ^ std::hint::black_box(it)));
            }),
        };
        let mut group = Group {
            name: "a/b".into(),
            bytes: 1,
            heads: 1,
            entries: vec![entry("one"), entry("bits")],
            ours: 1,
        };
        let samples = group.measure(5);
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[1].ratio, 1.0);
    }
}

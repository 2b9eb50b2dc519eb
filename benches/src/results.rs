//! The figures of several processes.

use std::collections::HashMap;

use crate::rounds::{Group, Sample, median};

/// What all processes have found out.
#[derive(Debug, Default)]
pub struct Results {
    /// Names and bytes of the groups, in order.
    groups: Vec<(String, usize)>,
    samples: HashMap<(String, String), Vec<Sample>>,
}

/// The lines in which a process tells what it has found out about a group.
pub fn tell(group: &Group, samples: &[Sample]) -> String {
    let line = |(entry, sample): (&crate::rounds::Entry, &Sample)| {
        let (time, ratio) = (sample.nanoseconds, sample.ratio);
        format!(
            "{}\t{}\t{}\t{time}\t{ratio}\n",
            group.name, group.bytes, entry.name
        )
    };
    group.entries.iter().zip(samples).map(line).collect()
}

impl Results {
    /// Adds what a process has told; `None` if a line is not as [`tell`] makes it.
    pub fn hear(&mut self, told: &str) -> Option<()> {
        for line in told.lines() {
            let mut parts = line.split('\t');
            let mut next = || parts.next();
            let (group, bytes, entry) = (next()?, next()?.parse().ok()?, next()?);
            let sample = Sample {
                nanoseconds: next()?.parse().ok()?,
                ratio: next()?.parse().ok()?,
            };
            if !self.groups.iter().any(|(name, _)| name == group) {
                self.groups.push((group.to_owned(), bytes));
            }
            let key = (group.to_owned(), entry.to_owned());
            self.samples.entry(key).or_default().push(sample);
        }
        Some(())
    }

    /// Names and mean lengths of the groups of a kind, in order.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&str, usize)> {
        self.groups
            .iter()
            .filter(move |(name, _)| name.split('/').next() == Some(kind))
            .map(|(name, bytes)| (&name[..], *bytes))
    }

    /// The medians over the processes.
    pub fn sample(&self, group: &str, entry: &str) -> Option<Sample> {
        let samples = self.samples.get(&(group.to_owned(), entry.to_owned()))?;
        let of = |part: fn(&Sample) -> f64| median(samples.iter().map(part).collect());
        Some(Sample {
            nanoseconds: of(|sample| sample.nanoseconds),
            ratio: of(|sample| sample.ratio),
        })
    }

    /// How much of the time of that entry ours takes.
    pub fn ratio(&self, group: &str, entry: &str) -> Option<f64> {
        Some(self.sample(group, entry)?.ratio)
    }

    /// The nanoseconds for one head.
    pub fn time(&self, group: &str, entry: &str) -> Option<f64> {
        Some(self.sample(group, entry)?.nanoseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_heard() {
        let entry = crate::rounds::Entry {
            name: "bits",
            run: Box::new(|| {}),
        };
        let group = Group {
            name: "parse/ten packets".into(),
            bytes: 260,
            heads: 10,
            entries: vec![entry],
            ours: 0,
        };
        let mut results = Results::default();
        for nanoseconds in [40.0, 41.5, 99.0] {
            let sample = Sample {
                nanoseconds,
                ratio: 1.0,
            };
            assert_eq!(results.hear(&tell(&group, &[sample])), Some(()));
        }
        assert_eq!(results.time("parse/ten packets", "bits"), Some(41.5));
        assert_eq!(results.ratio("parse/ten packets", "bits"), Some(1.0));
        assert_eq!(results.ratio("parse/ten packets", "nobody"), None);
        let groups: Vec<_> = results.of_kind("parse").collect();
        assert_eq!(groups, [("parse/ten packets", 260)]);
    }

    #[test]
    fn half_a_line_is_noticed() {
        assert_eq!(
            Results::default().hear("parse/ten packets\t260\tbits"),
            None
        );
    }
}

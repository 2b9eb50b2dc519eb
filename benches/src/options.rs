//! The command line of `compare`.
//!
//! `cargo bench -- …` and `cargo test --benches -- …` hand the same words to every benchmark, so those of
//! criterion and of libtest are taken, and passed over where they mean nothing here.

use crate::rounds::Effort;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Run every entry once, and check that all do the same work: without `--bench`, as in `cargo test`.
    Test,
    /// Print the names of the groups.
    List,
    /// Measure in several processes, and print tables.
    Measure,
    /// Be one of these processes.
    Work,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What to do.
    pub mode: Mode,
    /// How much to measure.
    pub effort: Effort,
    /// Parts of names of groups; none for all.
    pub filters: Vec<String>,
    /// Whether a filter is a whole name.
    pub is_exact: bool,
}

/// Options of criterion and libtest that are followed by a value.
const WITH_VALUE: [&str; 23] = [
    "-b",
    "-c",
    "-s",
    "-Z",
    "--baseline",
    "--baseline-lenient",
    "--color",
    "--confidence-level",
    "--format",
    "--load-baseline",
    "--logfile",
    "--measurement-time",
    "--noise-threshold",
    "--nresamples",
    "--output-format",
    "--plotting-backend",
    "--profile-time",
    "--sample-size",
    "--save-baseline",
    "--significance-level",
    "--skip",
    "--test-threads",
    "--warm-up-time",
];

/// What a process that works is called with.
pub const WORK: &str = "--work";

impl Options {
    /// Reads the words behind the program's name.
    pub fn read(words: impl IntoIterator<Item = String>) -> Self {
        let mut options = Options {
            mode: Mode::Test,
            effort: Effort::FULL,
            filters: Vec::new(),
            is_exact: false,
        };
        let (mut is_test, mut is_list) = (false, false);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match &word[..] {
                "--bench" if options.mode == Mode::Test => options.mode = Mode::Measure,
                WORK => options.mode = Mode::Work,
                "--test" => is_test = true,
                "--list" => is_list = true,
                "--quick" => options.effort = Effort::QUICK,
                "--exact" => options.is_exact = true,
                flag if WITH_VALUE.contains(&flag) => drop(words.next()),
                flag if flag.starts_with('-') => {}
                _ => options.filters.push(word),
            }
        }
        if is_list {
            options.mode = Mode::List;
        } else if is_test {
            options.mode = Mode::Test;
        }
        options
    }

    /// Whether an entry of a group is wanted; criterion calls it by both names, with a slash between.
    pub fn wants(&self, group: &str, entry: &str) -> bool {
        let name = format!("{group}/{entry}");
        let is_named = |filter: &String| match self.is_exact {
            true => [group, &name].contains(&&filter[..]),
            false => name.contains(&filter[..]),
        };
        self.filters.is_empty() || self.filters.iter().any(is_named)
    }

    /// The words for a process that works for this one.
    pub fn for_worker(&self) -> Vec<String> {
        let mut words = vec![WORK.to_owned()];
        if self.effort == Effort::QUICK {
            words.push("--quick".into());
        }
        if self.is_exact {
            words.push("--exact".into());
        }
        words.extend(self.filters.iter().cloned());
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Options {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn cargo_bench_measures_and_cargo_test_tests() {
        assert_eq!(read("--bench").mode, Mode::Measure);
        assert_eq!(read("").mode, Mode::Test);
        assert_eq!(read("--bench --test").mode, Mode::Test);
        assert_eq!(read("--list").mode, Mode::List);
    }

    #[test]
    fn options_of_criterion_are_no_filters() {
        let options =
            read("--save-baseline main --noplot --sample-size 10 --color=never --bench odd");
        assert_eq!(options.filters, ["odd"]);
        assert_eq!(options.mode, Mode::Measure);
        assert!(options.wants("parse/odd spelling", "bits"));
        assert!(!options.wants("parse/random", "bits"));
    }

    #[test]
    fn a_filter_is_a_part_of_a_name_unless_it_is_to_be_exact() {
        let part = read("--bench random/bits");
        assert!(part.wants("parse/random", "bits") && !part.wants("parse/random", "httparse"));
        let whole = read("--bench --exact parse/random");
        assert!(whole.wants("parse/random", "bits"));
        assert!(!read("--bench --exact parse/rand").wants("parse/random", "bits"));
    }

    #[test]
    fn a_worker_measures_what_was_asked_of_its_parent() {
        let parent = read("--bench --quick --exact parse/random");
        let worker = Options::read(parent.for_worker());
        assert_eq!(worker.mode, Mode::Work);
        assert_eq!(
            (worker.effort, worker.filters),
            (parent.effort, parent.filters)
        );
        assert!(worker.is_exact);
    }
}

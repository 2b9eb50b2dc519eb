//! What is to be reached, and whether it is.

use std::io::{Result, Write};
use std::path::Path;
use std::{env, fs};

use crate::results::Results;

/// How this program was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// By the profile `plain`, without link-time optimisation.
    pub is_plain: bool,
    /// With the feature `simd`.
    pub has_simd: bool,
}

impl Build {
    /// Of this program: cargo names the folder above `deps` after the profile.
    pub fn of_this() -> Self {
        let folder = |path: &Path| {
            path.parent()?
                .parent()?
                .file_name()
                .map(|name| name == "plain")
        };
        let program = env::current_exe().ok();
        Build {
            is_plain: program.as_deref().and_then(folder).unwrap_or(false),
            has_simd: cfg!(feature = "simd"),
        }
    }
}

/// A goal: all its parts must hold.
struct Goal {
    name: &'static str,
    of: Build,
    /// How to run what it is about.
    command: &'static str,
    parts: &'static [Part],
}

/// A figure and how large it may be.
struct Part {
    what: &'static str,
    most: f64,
    figure: Figure,
}

enum Figure {
    /// How much of the time of an entry ours takes; of several groups, the most.
    Ratio(&'static [&'static str], &'static str),
    /// Anything else.
    Other(fn(&Results) -> Option<f64>),
}

impl Figure {
    fn of(&self, results: &Results) -> Option<f64> {
        match self {
            Figure::Ratio(groups, entry) => {
                let ratios = groups.iter().map(|group| results.ratio(group, entry));
                ratios.reduce(|one, other| Some(one?.max(other?)))?
            }
            Figure::Other(figure) => figure(results),
        }
    }
}

const USUAL: Build = Build {
    is_plain: false,
    has_simd: true,
};
const COMMAND: &str = "cargo bench --bench compare";

const fn goal(name: &'static str, parts: &'static [Part]) -> Goal {
    Goal {
        name,
        of: USUAL,
        command: COMMAND,
        parts,
    }
}

const fn part(what: &'static str, most: f64, figure: Figure) -> Part {
    Part { what, most, figure }
}

const TEN: &str = "parse/ten packets";
const WRITTEN: &[&str] = &["serialize/ten packets"];
const OF_HTTPARSE: Figure = Figure::Ratio(&[TEN], "httparse");
const OF_USER: Figure = Figure::Ratio(&[TEN], "+typed user");
const UNKNOWN: &[&str] = &["parse/8 unknown", "parse/32 unknown", "parse/100 unknown"];
const RUNS: &[&str] = &[
    "parse/target 8 KiB",
    "parse/target 64 KiB",
    "parse/value 8 KiB",
    "parse/value 64 KiB",
];

/// The ratio of one group.
macro_rules! ratio {
    ($group:literal, $entry:literal) => {
        Figure::Ratio(&[$group], $entry)
    };
}

/// The nanoseconds of the scanner for a byte that arrives alone.
fn call(results: &Results, title: &str) -> Option<f64> {
    let group = format!("arrival/{title} by 1");
    let (_, bytes) = results
        .of_kind("arrival")
        .find(|(name, _)| *name == group)?;
    Some(results.time(&group, "scanner")? / bytes as f64)
}

fn slowest_call(results: &Results) -> Option<f64> {
    Some(call(results, "Fragment")?.max(call(results, "8 KiB")?))
}

/// Where the work is linear, a call costs the same in a long head.
fn growth_of_calls(results: &Results) -> Option<f64> {
    Some(call(results, "8 KiB")? / call(results, "Fragment")?)
}

const GOALS: [Goal; 13] = [
    goal("G1", &[part("ten packets, of httparse", 0.40, OF_HTTPARSE)]),
    goal(
        "G2",
        &[part(
            "ten packets, of httparse + user's typed step",
            0.22,
            OF_USER,
        )],
    ),
    goal(
        "G3",
        &[part(
            "sessions, of httparse",
            0.50,
            ratio!("parse/sessions", "httparse"),
        )],
    ),
    goal(
        "G4",
        &[
            part(
                "random, of httparse",
                0.60,
                ratio!("parse/random", "httparse"),
            ),
            part("shuffled", 0.90, ratio!("parse/shuffled", "httparse")),
        ],
    ),
    goal(
        "G5",
        &[
            part(
                "foreign values, of httparse",
                0.55,
                ratio!("parse/foreign values", "httparse"),
            ),
            part(
                "lower-case names",
                0.42,
                ratio!("parse/lower-case names", "httparse"),
            ),
        ],
    ),
    goal(
        "G6",
        &[part(
            "odd spelling, of httparse + user's typed step",
            0.85,
            ratio!("parse/odd spelling", "+typed user"),
        )],
    ),
    goal(
        "G7",
        &[
            part(
                "8 to 100 unknown fields, of httparse",
                0.75,
                Figure::Ratio(UNKNOWN, "httparse"),
            ),
            part("runs of 8 to 64 KiB", 0.20, Figure::Ratio(RUNS, "httparse")),
        ],
    ),
    goal(
        "G8",
        &[
            part("byte by byte, ns a call", 3.0, Figure::Other(slowest_call)),
            part(
                "a call in 8 KiB, of one in a Fragment",
                1.5,
                Figure::Other(growth_of_calls),
            ),
            part(
                "a Fragment, of httparse again",
                0.05,
                ratio!("arrival/Fragment by 1", "httparse again"),
            ),
        ],
    ),
    Goal {
        command: ".ci/instructions",
        ..goal(
            "G9",
            &[part(
                "instructions a head, ten packets, as committed",
                900.0,
                Figure::Other(committed),
            )],
        )
    },
    goal(
        "G10",
        &[
            part(
                "a ready draft into a slice, of write!",
                0.20,
                Figure::Ratio(WRITTEN, "write!"),
            ),
            part(
                "of Vec + itoa + uuid",
                0.80,
                Figure::Ratio(WRITTEN, "Vec+itoa+uuid"),
            ),
            part(
                "of hyper's ready map",
                0.45,
                Figure::Ratio(WRITTEN, "map ready"),
            ),
        ],
    ),
    Goal {
        of: Build {
            is_plain: true,
            ..USUAL
        },
        command: "cargo bench --profile plain --bench compare",
        ..goal(
            "G11",
            &[part(
                "ten packets, of httparse, plain profile",
                0.30,
                OF_HTTPARSE,
            )],
        )
    },
    Goal {
        of: Build {
            has_simd: false,
            ..USUAL
        },
        command: "cargo bench -p bits-benches --no-default-features --bench compare",
        ..goal(
            "G12",
            &[part(
                "ten packets, of httparse, without simd",
                0.46,
                OF_HTTPARSE,
            )],
        )
    },
    goal(
        "G13",
        &[part(
            "from a HeaderMap, of what a user writes",
            0.35,
            ratio!("map/ten packets", "user"),
        )],
    ),
];

/// The figure of the build with `simd` in `instructions.tsv`, which `.ci/instructions` keeps true.
fn committed(_: &Results) -> Option<f64> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.tsv");
    let rows = fs::read_to_string(path).ok()?;
    let start = "simd\tparse\tten packets\t";
    rows.lines()
        .find_map(|row| row.strip_prefix(start)?.parse().ok())
}

/// Prints a line for each goal: whether it holds, its figures, and how large they may be. Of a run that is not
/// `whole`, those that it has something to say about.
///
/// # Errors
///
/// Those of `out`.
pub fn print(results: &Results, build: Build, whole: bool, out: &mut impl Write) -> Result<()> {
    writeln!(out, "\nGoals\n")?;
    for goal in &GOALS {
        let verdict = verdict(goal, results, build);
        let is_of_this_run = goal.command == COMMAND || goal.of != USUAL;
        if whole || is_of_this_run && !verdict.starts_with("not ") {
            writeln!(out, "{:<4} {verdict}", goal.name)?;
        }
    }
    Ok(())
}

fn verdict(goal: &Goal, results: &Results, build: Build) -> String {
    let is_counted = goal.command != COMMAND && goal.of == USUAL;
    if build != goal.of && !is_counted {
        return format!("not of this build      {}", goal.command);
    }
    let figures: Option<Vec<(f64, &Part)>> = goal
        .parts
        .iter()
        .map(|part| Some((part.figure.of(results)?, part)))
        .collect();
    let Some(figures) = figures else {
        return format!("not measured in this run   {}", goal.command);
    };
    let holds = |(figure, part): &(f64, &Part)| *figure <= part.most;
    let verdict = if figures.iter().all(holds) {
        "holds"
    } else {
        "does not hold"
    };
    let told: Vec<String> = figures
        .iter()
        .map(|(figure, part)| {
            let (what, most) = (part.what, part.most);
            if most >= 100.0 {
                format!("{what}: {figure:.0} (at most {most:.0})")
            } else {
                format!("{what}: {figure:.4} (at most {most:.2})")
            }
        })
        .collect();
    format!("{verdict:<13}  {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(results: &Results, build: Build, name: &str) -> String {
        let goal = GOALS.iter().find(|goal| goal.name == name);
        verdict(goal.expect("a goal"), results, build)
    }

    fn ten_packets(ratio: f64) -> Results {
        let mut results = Results::default();
        let told = format!("{TEN}\t264\thttparse\t100\t{ratio}");
        assert_eq!(results.hear(&told), Some(()));
        results
    }

    #[test]
    fn a_goal_holds_up_to_its_figure_and_not_above() {
        let at = line(&ten_packets(0.4), USUAL, "G1");
        assert_eq!(
            at,
            "holds          ten packets, of httparse: 0.4000 (at most 0.40)"
        );
        let above = line(&ten_packets(0.4004), USUAL, "G1");
        assert!(above.starts_with("does not hold"), "{above}");
    }

    #[test]
    fn a_goal_of_another_build_is_not_judged() {
        let results = ten_packets(0.1);
        let plain = Build {
            is_plain: true,
            ..USUAL
        };
        assert!(line(&results, USUAL, "G11").starts_with("not of this build"));
        assert!(line(&results, plain, "G11").starts_with("holds"));
        assert!(line(&results, plain, "G1").starts_with("not of this build"));
        assert!(line(&results, USUAL, "G12").starts_with("not of this build"));
    }

    #[test]
    fn a_goal_that_was_filtered_out_is_not_judged() {
        let verdict = line(&Results::default(), USUAL, "G7");
        assert!(verdict.starts_with("not measured"), "{verdict}");
    }
}

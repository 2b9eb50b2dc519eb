//! Compares: prints tables of what each competitor takes for the same bytes, and whether the goals hold.
//!
//!     cargo bench --bench compare                   # everything, about half a minute
//!     cargo bench --bench compare -- --quick        # a look
//!     cargo bench --bench compare -- parse/odd map/ # groups by parts of their names and of their entries'
//!
//! It runs itself as several processes, because now and then a process has a bad start (a page that lies
//! badly) and shows some entries slow to its end; the first, which meets cold files and a cold clock, does
//! not count.

#![forbid(unsafe_code)]

use std::io::{self, ErrorKind, Result, Write};
use std::process::{Command, Stdio};
use std::{env, fs, process};

use bits_benches::goals::{self, Build};
use bits_benches::options::{Mode, Options};
use bits_benches::results::{Results, tell};
use bits_benches::rounds::Group;
use bits_benches::{checks, groups, report};

fn main() {
    let options = Options::read(env::args().skip(1));
    let done = match options.mode {
        Mode::Test => test(&options),
        Mode::List => list(&options),
        Mode::Measure => measure(&options),
        Mode::Work => work(&options),
    };
    match done {
        Ok(()) => {}
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            eprintln!("compare: {error}");
            process::exit(1);
        }
    }
}

/// A group is measured whole, whichever of its entries a filter names: ratios need the others.
fn wanted(options: &Options) -> Vec<Group> {
    let mut groups = groups::all(|_| true);
    groups.retain(|group| {
        let mut entries = group.entries.iter();
        entries.any(|entry| options.wants(&group.name, entry.name))
    });
    groups
}

fn test(options: &Options) -> Result<()> {
    if options.filters.is_empty() {
        checks::all();
    }
    let mut count = 0;
    for mut group in wanted(options) {
        count += group.entries.len();
        group.entries.iter_mut().for_each(|entry| (entry.run)());
    }
    writeln!(io::stdout(), "compare: {count} entries have run once")
}

fn list(options: &Options) -> Result<()> {
    for group in wanted(options) {
        writeln!(io::stdout(), "{}: benchmark", group.name)?;
    }
    Ok(())
}

fn work(options: &Options) -> Result<()> {
    for mut group in wanted(options) {
        let samples = group.measure(options.effort.rounds);
        io::stdout().write_all(tell(&group, &samples).as_bytes())?;
    }
    Ok(())
}

fn measure(options: &Options) -> Result<()> {
    // What was meant for another benchmark, or misspelled.
    if wanted(options).is_empty() {
        eprintln!("compare: no group or entry has such a name; --list shows the groups");
        return Ok(());
    }
    checks::all();
    let build = Build::of_this();
    let count = options.effort.processes;
    let mut results = Results::default();
    for number in 0..=count {
        eprintln!("compare: process {} of {}", number + 1, count + 1);
        let output = Command::new(env::current_exe()?)
            .args(options.for_worker())
            .stderr(Stdio::inherit())
            .output()?;
        let told = String::from_utf8(output.stdout).ok();
        let told = told.filter(|_| output.status.success());
        let is_cold = number == 0;
        let heard = told.and_then(|told| {
            if is_cold {
                Some(())
            } else {
                results.hear(&told)
            }
        });
        heard.ok_or_else(|| io::Error::other("a process that measures has failed"))?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}, {}", processor(), describe(build))?;
    writeln!(
        out,
        "medians of {count} processes, at most {} rounds each",
        options.effort.rounds
    )?;
    report::print(&results, &mut out)?;
    goals::print(&results, build, options.filters.is_empty(), &mut out)
}

fn describe(build: Build) -> String {
    let profile = if build.is_plain { "plain" } else { "bench" };
    let simd = if build.has_simd { "with" } else { "without" };
    format!("profile {profile}, {simd} simd")
}

fn processor() -> String {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = model.map(|model| model.trim_start_matches([' ', '\t', ':']));
    name.unwrap_or(env::consts::ARCH).to_owned()
}

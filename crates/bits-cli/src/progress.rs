//! A progress bar on standard error, for long work on a terminal.

use std::io;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// From how many bytes on the work is long: 64 MiB.
const LONG: u64 = 67_108_864;

/// How far a source is decoded.
#[derive(Debug)]
pub(crate) struct Progress {
    /// The length of the source, where it is known.
    length: Option<u64>,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new(length: Option<u64>) -> Self {
        Progress {
            length,
            done: 0,
            bar: None,
        }
    }

    /// So many more bytes are decoded. The bar appears once it is known that the work is long.
    pub(crate) fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        if self.bar.is_none() && self.length.unwrap_or(self.done) >= LONG {
            self.bar = Some(bar(self.length));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }

    /// Prints without the bar in its way.
    pub(crate) fn aside(&self, print: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

/// A bar that is seen on a terminal alone, and gone when it is dropped.
fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::no_length(),
            "{spinner} {binary_bytes}, {binary_bytes_per_sec}",
        ),
    };
    let bar = bar.with_finish(ProgressFinish::AndClear);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the bar stands after each step, if there is one.
    fn positions(length: Option<u64>, steps: [u64; 3]) -> [Option<u64>; 3] {
        let mut progress = Progress::new(length);
        steps.map(|bytes| {
            progress.advance(bytes);
            progress.bar.as_ref().map(ProgressBar::position)
        })
    }

    #[test]
    fn has_no_bar_for_short_work() {
        assert_eq!(positions(Some(LONG - 1), [1, 2, 3]), [None; 3]);
        assert_eq!(positions(None, [1, 2, LONG - 4]), [None; 3]);
    }

    #[test]
    fn has_a_bar_from_the_start_for_work_that_is_known_to_be_long() {
        let expected = [Some(1), Some(3), Some(6)];
        assert_eq!(positions(Some(LONG), [1, 2, 3]), expected);
    }

    #[test]
    fn has_a_bar_once_the_work_turns_out_long() {
        let expected = [None, Some(LONG), Some(LONG + 1)];
        assert_eq!(positions(None, [1, LONG - 1, 1]), expected);
    }

    #[test]
    fn prints_whether_there_is_a_bar_or_not() {
        for length in [None, Some(LONG)] {
            let mut progress = Progress::new(length);
            progress.advance(1);
            let mut printed = false;
            let done = progress.aside(|| {
                printed = true;
                Err(io::ErrorKind::BrokenPipe.into())
            });
            assert!(printed);
            assert_eq!(done.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        }
    }
}

//! How much time passes in a capture, whatever the times of its frames are.

/// The most that passes from one frame to the next, and how far back one may be without the clock having been set, in
/// nanoseconds: 5 minutes. More than anything is waited for but silent connections.
const MOST: u64 = 300_000_000_000;

/// Counts time as it passes from frame to frame.
///
/// Times in a capture may be wrong: a clock is set while it is made, files are joined in another order than that of
/// time, interfaces have clocks of their own, a record is damaged. So a step back counts nothing, and a step forward
/// [`MOST`] at most, and nothing if it leads to where times were before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// What is taken for the time of the capture.
    time: u64,
    /// The greatest time so far.
    greatest: u64,
    passed: u64,
}

impl Clock {
    /// The next frame was seen at `time`, in nanoseconds since any time. Gives what has passed up to it: never less than
    /// before.
    pub(crate) fn tick(&mut self, time: u64) -> u64 {
        let step = time.saturating_sub(self.time);
        let passed = if step <= MOST {
            step
        } else {
            time.saturating_sub(self.greatest).min(MOST)
        };
        self.passed = self.passed.saturating_add(passed);
        self.greatest = self.greatest.max(time);
        // Frames that are a little out of order do not set it back: what passes would count again.
        if step > 0 || self.time - time > MOST {
            self.time = time;
        }
        self.passed
    }

    /// What has passed up to the last frame, in nanoseconds.
    pub(crate) const fn passed(&self) -> u64 {
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const HOUR: u64 = 3_600 * SECOND;
    const START: u64 = 1_700_000_000 * SECOND;

    /// What passes between frames with these times, one of them at the start.
    fn passed(times: impl IntoIterator<Item = u64>) -> u64 {
        let mut clock = Clock::default();
        let before = clock.tick(START);
        let mut last = before;
        for time in times {
            let passed = clock.tick(time);
            assert!(passed >= last, "{time}");
            assert_eq!(passed, clock.passed());
            last = passed;
        }
        last - before
    }

    /// Times of so many frames, a second apart.
    fn seconds(from: u64, count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(move |at| from + at * SECOND)
    }

    #[test]
    fn what_passes_is_the_difference_of_times() {
        assert_eq!(passed([START + 5]), 5);
        assert_eq!(passed(seconds(START, 4_000)), 3_999 * SECOND);
        assert_eq!(passed([START + MOST, START + 2 * MOST]), 2 * MOST);
    }

    #[test]
    fn frames_out_of_order_count_once() {
        let pairs = seconds(START, 100).flat_map(|time| [time, time - 30 * SECOND]);
        assert_eq!(passed(pairs), 99 * SECOND);
    }

    #[test]
    fn time_goes_on_behind_a_step_back() {
        let times = seconds(START, 10).chain(seconds(START - 2 * HOUR, 11));
        assert_eq!(passed(times), 19 * SECOND);
    }

    #[test]
    fn a_wild_time_counts_little_and_nothing_behind_it_is_wrong() {
        for (wild, most) in [(u64::MAX, MOST), (START + 2 * HOUR, MOST), (0, 0)] {
            let times = seconds(START, 10).chain([wild]);
            let times = times.chain(seconds(START + 10 * SECOND, 10));
            let passed = passed(times);
            assert!(
                (18 * SECOND..=19 * SECOND + most).contains(&passed),
                "{passed}"
            );
        }
    }

    #[test]
    fn clocks_that_differ_count_as_one() {
        for apart in [2 * HOUR, 20 * 365 * 24 * HOUR] {
            let times = seconds(START, 1_000).flat_map(|time| [time, time + apart]);
            let passed = passed(times);
            assert!((999 * SECOND..=999 * SECOND + MOST).contains(&passed));
            // However many frames of each come together.
            let times = seconds(START, 1_000).map(|time| match (time / SECOND) % 20 {
                ..13 => time,
                _ => time + apart,
            });
            let passed = self::passed(times);
            assert!((900 * SECOND..=2_000 * SECOND + MOST).contains(&passed));
        }
    }
}

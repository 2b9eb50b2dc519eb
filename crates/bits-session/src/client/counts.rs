//! How often what went wrong, and how long to wait.

use std::time::{Duration, Instant};

use super::Options;

/// What has gone wrong since there was progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    failures: u32,
    invalid: u32,
    disk_full: u32,
    challenges: u32,
    setbacks: u32,
    /// Failures in a row without a word of the protocol between them.
    silences: u32,
    /// Whether a host id was given up before its time.
    has_left_early: bool,
    /// The highest offset that was ever acknowledged, in whatever session.
    furthest: u64,
    /// When there was progress last, or the first try.
    progress: Option<Instant>,
}

/// How many times in a row credentials are sent again: the legs of one exchange.
const CHALLENGES: u32 = 3;

/// So many failures in a row without an Ack tell a server that is gone from one that has trouble.
const SILENCES: u32 = 4;

impl Counts {
    /// That is the time of the first try, if it is one.
    pub(super) fn begin(&mut self, now: Instant) {
        self.progress.get_or_insert(now);
    }

    /// Something was accepted.
    pub(super) fn accepted(&mut self, now: Instant) {
        self.failures = 0;
        self.invalid = 0;
        self.disk_full = 0;
        self.challenges = 0;
        self.silences = 0;
        self.progress = Some(now);
    }

    /// So many bytes are acknowledged.
    pub(super) fn advanced(&mut self, offset: u64, now: Instant) {
        self.accepted(now);
        if offset > self.furthest {
            self.furthest = offset;
            self.setbacks = 0;
            self.has_left_early = false;
        }
    }

    /// Time in which bytes were taken is not without progress, whatever becomes of them.
    pub(super) fn flowed(&mut self, time: Duration) {
        let later = self.progress.and_then(|since| since.checked_add(time));
        self.progress = later.or(self.progress);
    }

    /// How many failures in a row.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// An Ack, whatever it says.
    pub(super) fn heard(&mut self) {
        self.silences = 0;
    }

    /// A failure without an Ack.
    pub(super) fn not_heard(&mut self) {
        self.silences = self.silences.saturating_add(1);
    }

    /// Whether a server has been silent for long, or ever since something was accepted.
    pub(super) fn is_silent(&self) -> bool {
        let all = self.failures.saturating_add(self.disk_full);
        self.silences > 0 && self.silences >= SILENCES.min(all)
    }

    /// Whether a host id may be given up before its time. It may once, so that a server that names it again has no end.
    pub(super) fn may_leave_early(&self) -> bool {
        !self.has_left_early && self.is_silent()
    }

    pub(super) fn left_early(&mut self, now: Instant) {
        self.accepted(now);
        self.has_left_early = true;
    }

    /// An answer that was read and understood.
    pub(super) fn understood(&mut self) {
        self.invalid = 0;
    }

    /// Whether credentials may be sent once more.
    pub(super) fn challenged(&mut self) -> bool {
        self.challenges += 1;
        self.challenges <= CHALLENGES
    }

    /// The delay before a request is sent again; `None` if it is not to be.
    pub(super) fn failed(&mut self, options: &Options) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        (self.failures <= options.max_failures).then(|| delay(options, self.failures))
    }

    pub(super) fn invalid(&mut self, options: &Options) -> Option<Duration> {
        self.invalid = self.invalid.saturating_add(1);
        let delay = self.failed(options)?;
        (self.invalid <= options.max_invalid).then_some(delay)
    }

    pub(super) fn disk_full(&mut self, options: &Options) -> Option<Duration> {
        self.disk_full = self.disk_full.saturating_add(1);
        (self.disk_full <= options.max_disk_full).then_some(options.max_delay)
    }

    /// The first one is taken for what the protocol is made for, and costs no time.
    pub(super) fn set_back(&mut self, options: &Options) -> Option<Duration> {
        self.setbacks = self.setbacks.saturating_add(1);
        let delay = match self.setbacks {
            1 => Duration::ZERO,
            setbacks => delay(options, setbacks - 1),
        };
        (self.setbacks <= options.max_setbacks).then_some(delay)
    }

    /// How long it may still go on without progress.
    pub(super) fn time_left(&self, now: Instant, options: &Options) -> Duration {
        let since = self.progress.unwrap_or(now);
        let gone = now.saturating_duration_since(since);
        options.no_progress_timeout.saturating_sub(gone)
    }
}

/// The delay before the n-th repetition: it doubles.
fn delay(options: &Options, n: u32) -> Duration {
    let factor = 1u32.checked_shl(n.saturating_sub(1)).unwrap_or(u32::MAX);
    options
        .first_delay
        .saturating_mul(factor)
        .min(options.max_delay)
}

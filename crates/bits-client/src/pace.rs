//! The rate at which bytes are sent.

use std::num::NonZeroU64;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::source::PIECE;

/// Lets bytes pass at a rate.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<NonZeroU64>,
    /// When the bytes that have passed are paid for.
    free_at: Option<Instant>,
}

impl Pace {
    pub(crate) const fn new(rate: Option<NonZeroU64>) -> Self {
        Pace {
            rate,
            free_at: None,
        }
    }

    /// How many bytes may pass at once: what a quarter of a second is worth.
    pub(crate) fn piece(&self) -> usize {
        let most = self.rate.map_or(u64::MAX, |rate| (rate.get() / 4).max(1));
        usize::try_from(most).map_or(PIECE, |most| most.min(PIECE))
    }

    /// Waits until so many bytes may pass. Time in which nothing was sent is not made up for.
    pub(crate) async fn pass(&mut self, bytes: usize) {
        let Some(rate) = self.rate else { return };
        let now = Instant::now();
        let start = self.free_at.map_or(now, |free_at| free_at.max(now));
        sleep_until(start).await;
        // A piece is small and a rate at least a byte a second: no overflow in sight.
        let nanos = bytes as u128 * 1_000_000_000 / u128::from(rate.get());
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.free_at = start.checked_add(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_pass_at_their_rate_and_idle_time_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(NonZeroU64::new(1000));
        assert_eq!(pace.piece(), 250);
        for _ in 0..9 {
            pace.pass(250).await;
        }
        // The ninth piece waits for the eight before it.
        assert_eq!(start.elapsed().as_millis(), 2000);
        tokio::time::sleep(Duration::from_secs(100)).await;
        pace.pass(250).await;
        pace.pass(250).await;
        assert_eq!(start.elapsed().as_millis(), 102_250);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nothing_waits() {
        let start = Instant::now();
        let mut pace = Pace::new(None);
        pace.pass(usize::MAX).await;
        pace.pass(usize::MAX).await;
        assert_eq!((start.elapsed(), pace.piece()), (Duration::ZERO, PIECE));
    }

    #[test]
    fn a_byte_a_second_is_a_rate() {
        assert_eq!(Pace::new(NonZeroU64::new(1)).piece(), 1);
    }
}

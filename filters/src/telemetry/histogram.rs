//! How long something took, in LiteLLM's buckets.
//!
//! Not `prometheus::Histogram`: that one keeps its own copy of every label, and there are four of these for every caller.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds in milliseconds, and as they are written in seconds.
const BUCKETS: [(u64, &str); 17] = [
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1_000, "1"),
    (2_000, "2"),
    (5_000, "5"),
    (10_000, "10"),
    (30_000, "30"),
    (60_000, "60"),
    (120_000, "120"),
    (300_000, "300"),
    (420_000, "420"),
    (600_000, "600"),
];

/// Durations by how long they were.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// One count for each bucket, not yet added up, and one for what is longer than all.
    counts: [AtomicU64; BUCKETS.len() + 1],
    sum_micros: AtomicU64,
}

/// A histogram as it is shown; those of several series can be added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    counts: [u64; BUCKETS.len() + 1],
    sum_micros: u64,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        let place = BUCKETS.partition_point(|(bound, _)| Duration::from_millis(*bound) < took);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Reading {
        let counts = std::array::from_fn(|place| self.counts[place].load(Ordering::Relaxed));
        Reading { counts, sum_micros: self.sum_micros.load(Ordering::Relaxed) }
    }
}

impl Reading {
    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum_micros = self.sum_micros.wrapping_add(other.sum_micros);
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(super) fn sum_seconds(&self) -> f64 {
        Duration::from_micros(self.sum_micros).as_secs_f64()
    }

    /// Every bucket's bound with how many were that long or shorter.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let bounds = BUCKETS.iter().map(|(_, bound)| *bound).chain(["+Inf"]);
        bounds.zip(self.counts).scan(0, |below, (bound, count)| {
            *below += count;
            Some((bound, *below))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_on_a_bound_is_within_it_and_one_above_is_not() {
        let histogram = Histogram::default();

        histogram.observe(Duration::from_millis(5));
        histogram.observe(Duration::from_micros(5_001));
        histogram.observe(Duration::from_secs(601));

        let reading = histogram.read();
        let cumulative: Vec<_> = reading.buckets().collect();
        assert_eq!(cumulative[0], ("0.005", 1));
        assert_eq!(cumulative[1], ("0.01", 2));
        assert_eq!(cumulative[16], ("600", 2));
        assert_eq!(cumulative[17], ("+Inf", 3));
        assert_eq!(reading.count(), 3);
    }

    #[test]
    fn histograms_add_up() {
        let (one, other) = (Histogram::default(), Histogram::default());
        one.observe(Duration::from_millis(250));
        other.observe(Duration::from_millis(750));

        let mut sum = one.read();
        sum.add(&other.read());

        assert_eq!(sum.count(), 2);
        assert_eq!(sum.sum_seconds(), 1.0);
    }
}

//! The first few of each second, and how many there were besides.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets a bounded number through in each second.
#[derive(Debug)]
pub(super) struct Flood {
    per_second_max: u64,
    // A mutex: only requests without a valid key come here, and it is a few comparisons.
    second: Mutex<Second>,
}

/// What to do with one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_written: bool,
    /// How many were left out in an earlier second, once it is over.
    pub(super) left_out: Option<u64>,
}

#[derive(Debug, Default)]
struct Second {
    /// `None` before the first line.
    began: Option<Instant>,
    seen: u64,
}

impl Flood {
    pub(super) const fn new(per_second_max: u64) -> Self {
        Self { per_second_max, second: Mutex::new(Second { began: None, seen: 0 }) }
    }

    pub(super) fn next(&self, now: Instant) -> Verdict {
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = second.began.is_none_or(|began| now.saturating_duration_since(began) >= Duration::from_secs(1));
        let mut left_out = None;
        if is_over {
            left_out = Some(second.seen.saturating_sub(self.per_second_max)).filter(|more| *more > 0);
            *second = Second { began: Some(now), seen: 0 };
        }
        second.seen += 1;
        Verdict { is_written: second.seen <= self.per_second_max, left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: Verdict = Verdict { is_written: true, left_out: None };
    const LEFT_OUT: Verdict = Verdict { is_written: false, left_out: None };

    #[test]
    fn the_first_few_of_a_second_pass_and_the_rest_are_told_later() {
        let (flood, start) = (Flood::new(2), crate::clock::instant());
        let at = |ms| start + Duration::from_millis(ms);

        assert_eq!([0, 1, 2, 999].map(|ms| flood.next(at(ms))), [WRITTEN, WRITTEN, LEFT_OUT, LEFT_OUT]);
        assert_eq!(flood.next(at(1_000)), Verdict { is_written: true, left_out: Some(2) });
        assert_eq!(flood.next(at(9_000)), WRITTEN);
    }

    #[test]
    fn a_bound_of_zero_writes_nothing_but_how_many() {
        let (flood, start) = (Flood::new(0), crate::clock::instant());

        assert_eq!(flood.next(start), LEFT_OUT);
        let later = flood.next(start + Duration::from_secs(1));

        assert_eq!(later, Verdict { is_written: false, left_out: Some(1) });
    }
}

//! How often requests ended how: a small bounded table.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many kinds of outcome one table tells apart. Routes times statuses would be more, but hardly ever meet, and
/// vendors choose the statuses: what comes later is counted as [`Outcome::OTHER`].
const KINDS_MAX: usize = 64;

/// How one request, or one attempt at a vendor, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) route: &'static str,
    pub(super) status: Status,
    /// The error's `type`; `None` for a success.
    pub(super) failure: Option<&'static str>,
}

/// An HTTP status as text, without a string for each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Status([u8; 3]);

/// Outcomes and how often each was seen.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    // A mutex, since a new kind is as good as never seen: locked for a walk over a handful of entries.
    counts: Mutex<Vec<(Outcome, u64)>>,
}

impl Outcomes {
    pub(super) fn count(&self, outcome: Outcome) {
        let mut counts = self.lock();
        let known = counts.iter().any(|(kind, _)| *kind == outcome);
        let kind = if known || counts.len() < KINDS_MAX { outcome } else { Outcome::OTHER };
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }

    pub(super) fn read(&self) -> Vec<(Outcome, u64)> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Outcome, u64)>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    const OTHER: Self = Self { route: "other", status: Status(*b"000"), failure: Some("other") };

    pub(super) fn is_success(&self) -> bool {
        self.failure.is_none()
    }
}

impl Status {
    pub(super) fn new(status: u16) -> Self {
        let digit = |scale: u16| b'0' + u8::try_from(status / scale % 10).expect("a digit fits");
        Self([digit(100), digit(10), digit(1)])
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16) -> Outcome {
        Outcome { route: "/v1/messages", status: Status::new(status), failure: None }
    }

    #[test]
    fn the_kinds_are_bounded_and_nothing_goes_uncounted() {
        let outcomes = Outcomes::default();

        (100..700).for_each(|status| outcomes.count(outcome(status)));
        outcomes.count(outcome(100));

        let counts = outcomes.read();
        assert_eq!(counts.len(), KINDS_MAX + 1);
        assert_eq!(counts[0], (outcome(100), 2));
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 601);
    }

    #[test]
    fn a_status_is_three_digits() {
        for (status, text) in [(0, "000"), (200, "200"), (529, "529"), (65_535, "535")] {
            assert_eq!(Status::new(status).as_str(), text);
        }
    }
}

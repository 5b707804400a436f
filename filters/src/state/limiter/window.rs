//! What was used in the last 60 seconds, exact to the millisecond.
//!
//! Sub-windows (six of ten seconds, say) would be smaller but let more or less than the limit through at their edges,
//! so this is a log: one pair of time and amount for every millisecond in which something was used. That bounds it to
//! 60,001 pairs, and to the limit where every use is at least one. Times are rounded up, so a use is remembered for
//! 60 s and up to one millisecond longer, never shorter.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a use counts.
const LENGTH_MS: u64 = 60_000;

/// A log larger than this is given back to the allocator once it is empty.
const PAIRS_KEPT: usize = 64;

/// Amounts by the millisecond they were used in, oldest first.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow {
    uses: VecDeque<Use>,
    /// Of all uses. As wide as it takes that it cannot overflow, whatever vendors report.
    sum: u128,
}

#[derive(Debug)]
struct Use {
    stamp: Stamp,
    amount: u64,
}

/// A moment in milliseconds since the limiter's epoch, rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u64);

impl SlidingWindow {
    /// What was used in the 60 seconds before `now`.
    pub(super) fn used(&mut self, now: Duration) -> u128 {
        self.expire(now);
        self.sum
    }

    /// Notes a use and says under which stamp, for [`Self::correct`].
    pub(super) fn add(&mut self, amount: u64, now: Duration) -> Stamp {
        self.expire(now);
        // Threads read the clock before they get the lock. A latecomer is counted with the last one: later, so longer.
        let latest = self.uses.back().map_or(Stamp(0), |last| last.stamp);
        let stamp = Stamp::of(now).max(latest);
        if self.uses.back().is_none_or(|last| last.stamp < stamp) {
            self.uses.push_back(Use { stamp, amount: 0 });
        }
        self.correct(stamp, 0, amount);
        stamp
    }

    /// Replaces `from` by `to` in what was used at `stamp`; nothing if that is no longer in the window.
    pub(super) fn correct(&mut self, stamp: Stamp, from: u64, to: u64) {
        let Ok(place) = self.uses.binary_search_by_key(&stamp, |used| used.stamp) else { return };
        let amount = &mut self.uses[place].amount;
        let corrected = amount.saturating_sub(from).saturating_add(to);
        self.sum = self.sum - u128::from(*amount) + u128::from(corrected);
        *amount = corrected;
    }

    /// How long until `needs` more fit under `limit` if nothing else is used; `None` if they never do.
    pub(super) fn wait(&mut self, needs: u64, limit: u64, now: Duration) -> Option<Duration> {
        let room = u128::from(limit.checked_sub(needs).filter(|_| limit > 0)?);
        let mut left = self.used(now);
        if left <= room {
            return Some(Duration::ZERO);
        }
        let frees_enough = |used: &&Use| {
            left -= u128::from(used.amount);
            left <= room
        };
        let used = self.uses.iter().find(frees_enough).expect("without its uses a window is empty");
        Some(used.stamp.expiry().saturating_sub(now))
    }

    /// How long until all of it is free again.
    pub(super) fn wait_until_empty(&mut self, now: Duration) -> Duration {
        self.expire(now);
        self.uses.back().map_or(Duration::ZERO, |last| last.stamp.expiry().saturating_sub(now))
    }

    fn expire(&mut self, now: Duration) {
        // After a quiet minute the whole log is stale: not worth walking.
        if self.uses.back().is_some_and(|last| last.stamp.is_past(now)) {
            self.clear();
        }
        while let Some(used) = self.uses.pop_front_if(|used| used.stamp.is_past(now)) {
            self.sum -= u128::from(used.amount);
        }
    }

    fn clear(&mut self) {
        self.sum = 0;
        self.uses.clear();
        self.uses.shrink_to(PAIRS_KEPT);
    }
}

impl Stamp {
    fn of(now: Duration) -> Self {
        Self(now.as_secs() * 1_000 + u64::from(now.subsec_nanos().div_ceil(1_000_000)))
    }

    fn expiry(self) -> Duration {
        Duration::from_millis(self.0 + LENGTH_MS)
    }

    fn is_past(self, now: Duration) -> bool {
        now >= self.expiry()
    }
}

#[cfg(test)]
mod tests;

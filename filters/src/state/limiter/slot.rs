//! A place within every limit of one request, from admission to its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::state::catalog::Limits;
use crate::state::limiter::counter::{Counter, Tally, left, longest};
use crate::state::limiter::window::{SlidingWindow, Stamp};
use crate::state::limiter::{Ask, Limited};

/// What one request holds on its counters.
///
/// Dropped, it frees its parallel slots. The request it made and the tokens it reserved or settled stay counted until
/// their minute is over.
#[derive(Debug)]
pub struct Slot {
    shares: Vec<Share>,
    /// Reserved, or settled.
    tokens: u64,
    epoch: Instant,
}

/// A slot's part on one counter.
#[derive(Debug)]
pub(super) struct Share {
    counter: Arc<Counter>,
    limits: Limits,
    /// Where its tokens stand in the counter's window.
    tokens_at: Stamp,
}

/// The tightest limits of a request, for its `x-ratelimit-*` headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// `None` if no requests limit applies.
    pub requests: Option<RateLeft>,
    pub tokens: Option<RateLeft>,
}

/// How much of one limit is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLeft {
    pub limit: u64,
    pub remaining: u64,
    /// Until all of the limit is free again if nothing more is used.
    pub resets_in: Duration,
}

impl Slot {
    pub(super) const fn new(shares: Vec<Share>, tokens: u64, epoch: Instant) -> Self {
        Self { shares, tokens, epoch }
    }

    /// Replaces the reservation by what was used, in the minute in which it was reserved.
    ///
    /// More than was reserved may overdraw a limit: then nobody passes until enough of it has expired. May be called
    /// again when better numbers arrive.
    pub fn settle(&mut self, actual_tokens: u64) {
        for share in self.shares.iter().filter(|share| share.limits.tokens_per_minute.is_some()) {
            share.counter.tally().tokens.correct(share.tokens_at, self.tokens, actual_tokens);
        }
        self.tokens = actual_tokens;
    }

    /// Gives the tokens back, because the vendor failed the call. The request it made still counts.
    pub fn give_back_tokens(&mut self) {
        self.settle(0);
    }

    /// How much is left, now, of the tightest of its limits.
    #[must_use]
    pub fn headers(&self, now: Instant) -> RateHeaders {
        let now = now.saturating_duration_since(self.epoch);
        let tightest = |limit: fn(&Limits) -> Option<u64>,
                        window: fn(&mut Tally) -> &mut SlidingWindow| {
            let lefts = self.shares.iter().filter_map(|share| {
                Some(RateLeft::of(window(&mut share.counter.tally()), limit(&share.limits)?, now))
            });
            lefts.min_by_key(|left| (left.remaining, left.limit))
        };
        RateHeaders {
            requests: tightest(|limits| limits.requests_per_minute, |tally| &mut tally.requests),
            tokens: tightest(|limits| limits.tokens_per_minute, |tally| &mut tally.tokens),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        for share in self.shares.iter().filter(|share| share.limits.parallel_requests.is_some()) {
            let mut tally = share.counter.tally();
            tally.parallel = tally.parallel.saturating_sub(1);
        }
    }
}

impl Share {
    /// What is to be taken, each counter once and in the one order in which all threads lock.
    pub(super) fn in_lock_order(asks: &[Ask<'_>]) -> Vec<Self> {
        let limited = asks.iter().filter(|ask| ask.limits != Limits::default());
        let share = |ask: &Ask<'_>| Self {
            counter: ask.counter.clone(),
            limits: ask.limits,
            tokens_at: Stamp::default(),
        };
        let mut shares: Vec<Self> = limited.map(share).collect();
        shares.sort_unstable_by_key(|share| share.counter.id());
        shares.dedup_by(|again, first| {
            let same = again.counter.id() == first.counter.id();
            if same {
                first.limits = tighter(first.limits, again.limits);
            }
            same
        });
        shares
    }
}

/// Takes from every counter, or from none: each is looked at and stays locked while the rest are, and only when none
/// has refused are they written, on the way back.
///
/// A counter that comes later cannot refuse after an earlier one was written, so nobody else is ever turned away by
/// something that is about to be taken back. Recursion keeps the locks on the stack; it is as deep as a request has
/// limits.
pub(super) fn take_each(
    shares: &mut [Share],
    tokens: u64,
    now: Duration,
    refusal: Option<Limited>,
) -> Result<(), Limited> {
    let Some((share, rest)) = shares.split_first_mut() else {
        return refusal.map_or(Ok(()), Err);
    };
    let mut tally = share.counter.tally();
    let refused_here = share.counter.refusal(&mut tally, share.limits, tokens, now);
    take_each(rest, tokens, now, refusal.into_iter().chain(refused_here).reduce(longest))?;
    share.tokens_at = tally.record(share.limits, tokens, now);
    Ok(())
}

/// Both limits at once, for a counter that was asked for twice.
fn tighter(one: Limits, other: Limits) -> Limits {
    let both = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
    Limits {
        requests_per_minute: both(one.requests_per_minute, other.requests_per_minute),
        tokens_per_minute: both(one.tokens_per_minute, other.tokens_per_minute),
        parallel_requests: both(one.parallel_requests, other.parallel_requests),
    }
}

impl RateLeft {
    fn of(window: &mut SlidingWindow, limit: u64, now: Duration) -> Self {
        Self {
            limit,
            remaining: left(limit, window.used(now)),
            resets_in: window.wait_until_empty(now),
        }
    }
}

impl RateHeaders {
    /// The headers' names and values: counts, and seconds rounded up (`12s`).
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let requests = self.requests.map(|left| left.pairs(REQUESTS));
        let tokens = self.tokens.map(|left| left.pairs(TOKENS));
        requests.into_iter().chain(tokens).flatten()
    }
}

const REQUESTS: [&str; 3] =
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"];
const TOKENS: [&str; 3] =
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"];

impl RateLeft {
    fn pairs(self, [limit, remaining, reset]: [&'static str; 3]) -> [(&'static str, String); 3] {
        let seconds = self.resets_in.as_secs() + u64::from(self.resets_in.subsec_nanos() > 0);
        [
            (limit, self.limit.to_string()),
            (remaining, self.remaining.to_string()),
            (reset, format!("{seconds}s")),
        ]
    }
}

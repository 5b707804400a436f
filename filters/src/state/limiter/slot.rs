//! A place within every limit of one request, from admission to its end.

use std::time::Instant;

use crate::state::limiter::share::Share;
use crate::state::limiter::{RateHeaders, RateLeft};

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
        let requests = self.shares.iter().filter_map(|share| {
            let limit = share.limits.requests_per_minute?;
            Some(RateLeft::of(&mut share.counter.tally().requests, limit, now))
        });
        let tokens = self.shares.iter().filter_map(|share| {
            let limit = share.limits.tokens_per_minute?;
            Some(RateLeft::of(&mut share.counter.tally().tokens, limit, now))
        });
        RateHeaders { requests: tightest(requests), tokens: tightest(tokens) }
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

fn tightest(lefts: impl Iterator<Item = RateLeft>) -> Option<RateLeft> {
    lefts.min_by_key(|left| (left.remaining, left.limit))
}

//! What a client is told about its limits in the `x-ratelimit-*` headers.

use std::time::Duration;

use crate::state::limiter::counter::left;
use crate::state::limiter::window::SlidingWindow;

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

const REQUESTS: [&str; 3] =
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"];
const TOKENS: [&str; 3] = ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"];

impl RateHeaders {
    /// The headers' names and values: counts, and seconds rounded up (`12s`).
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let requests = self.requests.map(|left| left.pairs(REQUESTS));
        let tokens = self.tokens.map(|left| left.pairs(TOKENS));
        requests.into_iter().chain(tokens).flatten()
    }
}

impl RateLeft {
    pub(super) fn of(window: &mut SlidingWindow, limit: u64, now: Duration) -> Self {
        let remaining = left(limit, window.used(now));
        Self { limit, remaining, resets_in: window.wait_until_empty(now) }
    }

    fn pairs(self, [limit, remaining, reset]: [&'static str; 3]) -> [(&'static str, String); 3] {
        let seconds = self.resets_in.as_secs() + u64::from(self.resets_in.subsec_nanos() > 0);
        let (limit, remaining) = ((limit, self.limit.to_string()), (remaining, self.remaining.to_string()));
        [limit, remaining, (reset, format!("{seconds}s"))]
    }
}

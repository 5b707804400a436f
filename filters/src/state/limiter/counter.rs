//! What one scope has used and is using.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::state::catalog::Limits;
use crate::state::limiter::window::{SlidingWindow, Stamp};
use crate::state::limiter::{LimitKind, LimitScope, Limited};

/// When to try again after too many parallel requests: nobody knows when one of them will end.
const PARALLEL_RETRY: Duration = Duration::from_secs(1);

/// The counts of one scope.
#[derive(Debug)]
pub struct Counter {
    /// Unique, and the order in which counters are locked.
    id: u64,
    scope: LimitScope,
    // Not a Tokio mutex: nothing is awaited while it is held, and the critical section is a few adds. Not atomics:
    // three counts on several counters have to change together or not at all.
    tally: Mutex<Tally>,
}

/// A counter's numbers, while it is locked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: SlidingWindow,
    pub(super) tokens: SlidingWindow,
    pub(super) parallel: u64,
}

impl Counter {
    pub(super) fn new(id: u64, scope: LimitScope) -> Self {
        Self { id, scope, tally: Mutex::default() }
    }

    /// Whose counter it is.
    #[must_use]
    pub fn scope(&self) -> &LimitScope {
        &self.scope
    }

    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// Whether forgetting it would change nothing.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let mut tally = self.tally();
        let (requests, tokens) = (tally.requests.used(now), tally.tokens.used(now));
        requests == 0 && tokens == 0 && tally.parallel == 0
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        // A tally is never left half changed: nothing in a critical section panics but broken bookkeeping.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a request does not fit, or `None`. Of several reasons the one that lasts longest.
    pub(super) fn refusal(&self, tally: &mut Tally, limits: Limits, tokens: u64, now: Duration) -> Option<Limited> {
        let requests = limits.requests_per_minute.and_then(|limit| {
            self.full(LimitKind::Requests, limit, 1, tally.requests.used(now), tally.requests.wait(1, limit, now))
        });
        let tokens = limits.tokens_per_minute.and_then(|limit| {
            self.full(LimitKind::Tokens, limit, tokens, tally.tokens.used(now), tally.tokens.wait(tokens, limit, now))
        });
        let parallel = limits.parallel_requests.and_then(|limit| {
            let wait = if tally.parallel < limit { Duration::ZERO } else { PARALLEL_RETRY };
            self.full(LimitKind::Parallel, limit, 1, tally.parallel.into(), (limit > 0).then_some(wait))
        });
        [requests, tokens, parallel].into_iter().flatten().reduce(longest)
    }

    /// The refusal that a wait stands for; none if there is nothing to wait for.
    fn full(&self, kind: LimitKind, limit: u64, needs: u64, used: u128, wait: Option<Duration>) -> Option<Limited> {
        if wait == Some(Duration::ZERO) {
            return None;
        }
        Some(Limited { scope: self.scope.clone(), kind, limit, remaining: left(limit, used), needs, resets_in: wait })
    }
}

impl Tally {
    /// Counts a request that fits; the stamp is where its tokens can be corrected.
    pub(super) fn record(&mut self, limits: Limits, tokens: u64, now: Duration) -> Stamp {
        if limits.requests_per_minute.is_some() {
            self.requests.add(1, now);
        }
        if limits.parallel_requests.is_some() {
            self.parallel += 1;
        }
        match limits.tokens_per_minute {
            Some(_) => self.tokens.add(tokens, now),
            None => Stamp::default(),
        }
    }
}

/// What is left of a limit; nothing when it is overdrawn.
pub(super) fn left(limit: u64, used: u128) -> u64 {
    u64::try_from(used).map_or(0, |used| limit.saturating_sub(used))
}

/// Of two refusals the one that lasts longer.
pub(super) fn longest(one: Limited, other: Limited) -> Limited {
    if other.outlasts(&one) { other } else { one }
}

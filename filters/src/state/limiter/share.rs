//! One request's part on one counter, and how the parts of all its counters are taken together.

use std::sync::Arc;
use std::time::Duration;

use crate::state::catalog::Limits;
use crate::state::limiter::counter::{Counter, longest};
use crate::state::limiter::window::Stamp;
use crate::state::limiter::{Ask, Limited};

/// A slot's part on one counter.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) counter: Arc<Counter>,
    pub(super) limits: Limits,
    /// Where its tokens stand in the counter's window.
    pub(super) tokens_at: Stamp,
}

impl Share {
    /// What is to be taken, each counter once and in the one order in which all threads lock.
    pub(super) fn in_lock_order(asks: &[Ask<'_>]) -> Vec<Self> {
        let limited = asks.iter().filter(|ask| ask.limits != Limits::default());
        let share =
            |ask: &Ask<'_>| Self { counter: ask.counter.clone(), limits: ask.limits, tokens_at: Stamp::default() };
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

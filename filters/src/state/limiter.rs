//! How fast may they go? Requests, tokens and parallel requests, counted exactly on this node.
//!
//! A counter belongs to a scope (a key, a team, a model of a key, …) and lives here, not in the identity index: a new
//! index never resets what was used in the last minute. The limits themselves come with each request, so a change
//! holds from the next one on. Says nothing about money; that is the ledger's.

mod counter;
mod limited;
mod rate_headers;
mod scope;
mod share;
mod sieve;
mod slot;
mod window;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

pub use self::counter::Counter;
pub use self::limited::{LimitKind, Limited};
pub use self::rate_headers::{RateHeaders, RateLeft};
pub use self::scope::LimitScope;
pub use self::sieve::{Sieve, SieveLimits};
pub use self::slot::Slot;

use self::share::Share;
use crate::state::catalog::Limits;

/// Enough that two requests of different keys rarely look into the same shard, few enough to walk.
const SHARDS: usize = 16;

type Shard = HashMap<LimitScope, Arc<Counter>, ahash::RandomState>;

/// All counters, by whose they are.
#[derive(Debug)]
pub struct Limiter {
    /// Counters keep milliseconds since here: half the size of an `Instant`, and it can be rounded.
    epoch: Instant,
    hasher: ahash::RandomState,
    // Read-mostly: written when a scope is counted for the first time and when idle ones are forgotten.
    shards: [RwLock<Shard>; SHARDS],
    next_counter: AtomicU64,
}

/// One counter that a request must pass, with the limits that hold for it now.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub counter: &'a Arc<Counter>,
    pub limits: Limits,
}

impl Limiter {
    /// A limiter without counters; `epoch` is any instant before the first request.
    #[must_use]
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            hasher: ahash::RandomState::new(),
            shards: std::array::from_fn(|_| RwLock::default()),
            next_counter: AtomicU64::new(0),
        }
    }

    /// The counter of a scope, made if it is new.
    ///
    /// Ask for it only where a limit is set: a scope without limits then costs neither memory nor time.
    #[must_use]
    pub fn counter(&self, scope: &LimitScope) -> Arc<Counter> {
        let shard = self.shard(scope);
        if let Some(counter) = read(shard).get(scope) {
            return counter.clone();
        }
        let new = || Arc::new(Counter::new(self.next_counter.fetch_add(1, Ordering::Relaxed), scope.clone()));
        write(shard).entry(scope.clone()).or_insert_with(new).clone()
    }

    /// Takes one request, `tokens` and one parallel slot on every counter, or nothing on any.
    ///
    /// `tokens` is a reservation: [`Slot::settle`] replaces it by what was really used. Asks without limits are not
    /// touched. When several counters refuse, the answer is the one that will go on refusing longest.
    pub fn take(&self, asks: &[Ask<'_>], tokens: u64, now: Instant) -> Result<Slot, Limited> {
        let mut shares = Share::in_lock_order(asks);
        share::take_each(&mut shares, tokens, self.since_epoch(now), None)?;
        Ok(Slot::new(shares, tokens, self.epoch))
    }

    /// Drops the counters that nobody holds and that have nothing left in their minute; returns how many stay.
    ///
    /// Deleted keys would otherwise be remembered for ever. Meant for a job that runs every minute or so.
    pub fn forget_idle(&self, now: Instant) -> usize {
        let now = self.since_epoch(now);
        let forget = |shard: &RwLock<Shard>| {
            let mut shard = write(shard);
            // A count of one is the table's own: nobody can be about to use it, since the table is locked.
            shard.retain(|_, counter| Arc::strong_count(counter) > 1 || !counter.is_idle(now));
            shard.len()
        };
        self.shards.iter().map(forget).sum()
    }

    fn shard(&self, scope: &LimitScope) -> &RwLock<Shard> {
        let hash = usize::try_from(self.hasher.hash_one(scope) >> 32).expect("32 bits fit");
        &self.shards[hash % SHARDS]
    }

    fn since_epoch(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.epoch)
    }
}

// A panic elsewhere cannot leave a table half written: each change is one call.
fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

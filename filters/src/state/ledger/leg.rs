//! One account's part in a hold: what is set aside there, and how it is paid or given back.

use std::sync::Arc;

use crate::money::NanoUsd;
use crate::state::ledger::claim::{Claim, Grant};
use crate::state::ledger::{Account, LedgerEvent, Period, Posting};

/// What a request holds on one account, in the period it was admitted in.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) account: Arc<Account>,
    pub(super) period: Period,
    pub(super) held: NanoUsd,
    /// A strict cap stands over it: it pays at most what it holds.
    pub(super) is_limited: bool,
}

/// What becomes of the part of a hold that was not paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Kept,
    GivenBack,
}

impl Leg {
    pub(super) fn new(account: Arc<Account>, grant: Grant) -> Self {
        Self { account, period: grant.period, held: grant.added, is_limited: grant.is_limited }
    }

    pub(super) fn claim(&self) -> Claim<'_> {
        Claim { account: &self.account, already: Some((self.period, self.held)) }
    }

    pub(super) fn posting(&self, amount: NanoUsd) -> Posting {
        Posting { account: self.account.clone(), period: self.period, amount }
    }

    /// What it pays of `cost`.
    pub(super) fn share_of(&self, cost: NanoUsd) -> NanoUsd {
        if self.is_limited { cost.min(self.held) } else { cost }
    }

    /// Takes in what was granted beyond the present hold; what that comes to in the journal is added to `postings`.
    pub(super) fn renew(&mut self, grant: Grant, postings: &mut Vec<Posting>) {
        if grant.period.start != self.period.start {
            // The period it was in is over: the rest of the request goes on in the new one.
            postings.push(self.posting(-self.held));
            (self.period, self.held) = (grant.period, NanoUsd::ZERO);
        }
        self.held = self.held.saturating_add(grant.added);
        self.is_limited = grant.is_limited;
        postings.push(self.posting(grant.added));
    }

    /// Books `amount` as spent and takes it, or all of the hold, off what is held. Returns how much was taken off.
    pub(super) fn pay(&mut self, amount: NanoUsd, rest: Rest) -> NanoUsd {
        let freed = if rest == Rest::GivenBack { self.held } else { amount.min(self.held) };
        self.held = NanoUsd(self.held.0.saturating_sub(freed.0));
        let mut books = self.account.lock();
        let before = books.spent;
        if books.period.start == self.period.start {
            books.held = NanoUsd(books.held.0.saturating_sub(freed.0));
            books.spent = books.spent.saturating_add(amount);
            if rest == Rest::GivenBack {
                books.holds = books.holds.saturating_sub(1);
            }
        }
        // Charged after a reset, it belongs to the period it was admitted in: the journal has that, memory has moved on.
        books.lifetime = books.lifetime.saturating_add(amount);
        let (spent, soft, cap) = (books.spent, books.budget.soft, books.budget.max);
        let is_awaited = books.free();
        drop(books);
        self.account.wake(is_awaited);
        let account = self.account.id();
        if let Some(soft) = soft.filter(|soft| before < *soft && *soft <= spent) {
            self.report(LedgerEvent::SoftCapReached { account, spent, soft });
        }
        if let Some(cap) = cap.filter(|cap| before <= *cap && *cap < spent) {
            self.report(LedgerEvent::CapPassed { account, spent, cap });
        }
        freed
    }

    fn report(&self, event: LedgerEvent<'_>) {
        self.account.settings().events.observe(event);
    }
}

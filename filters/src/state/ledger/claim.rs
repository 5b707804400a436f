//! May this be held? All accounts looked at under their locks, then all of them written, or none.
//!
//! They are locked together and in one order. Trying them one by one and rolling back would be cheaper on paper, but a
//! hold that is about to be rolled back can refuse somebody else for a moment.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Now;
use crate::money::NanoUsd;
use crate::state::ledger::account::Books;
use crate::state::ledger::{Account, Mode, Period};

/// A cap that a request does not fit under, as of the moment it was refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{:?} has spent {spent} of {cap} and {holds} requests hold {held}; this one could cost {bound}", account.id())]
pub struct Refused {
    pub account: Arc<Account>,
    pub spent: NanoUsd,
    pub held: NanoUsd,
    /// How many running requests hold it.
    pub holds: u32,
    pub cap: NanoUsd,
    /// What this request would have held on it.
    pub bound: NanoUsd,
    pub resets_at: Option<Timestamp>,
    /// It would fit if the holds of running requests came back: worth waiting for.
    pub would_fit_without_holds: bool,
    frees_seen: u64,
}

impl Refused {
    /// Waits until something came back to the account since the refusal: a hold, or room under its cap.
    pub async fn freed(&self) {
        self.account.freed_since(self.frees_seen).await;
    }
}

/// What a request asks of an account, by how its cap is enforced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) bound: NanoUsd,
    pub(super) estimate: NanoUsd,
}

impl Amounts {
    /// Whether there is nothing to hold.
    pub(super) fn are_zero(&self) -> bool {
        self.bound.is_zero() && self.estimate.is_zero()
    }

    fn under(&self, mode: Mode) -> NanoUsd {
        match mode {
            Mode::Strict => self.bound,
            Mode::Standard | Mode::Soft => self.estimate,
        }
    }
}

/// An account to hold on, and what the request holds on it already.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) account: &'a Arc<Account>,
    pub(super) already: Option<(Period, NanoUsd)>,
}

/// What was added to an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) period: Period,
    pub(super) added: NanoUsd,
    /// A strict cap stands over it: no more may be charged than is held.
    pub(super) is_limited: bool,
}

/// Brings every account's hold up to `amounts`, or leaves all as they are. `claims` are in the order of their serials,
/// each account once: another order could lock two requests against each other.
pub(super) fn grant(claims: &[Claim<'_>], amounts: Amounts, now: Now) -> Result<Vec<Grant>, Box<Refused>> {
    debug_assert!(claims.is_sorted_by(|a, b| a.account.serial() < b.account.serial()), "accounts out of order");
    let mut locked: Vec<_> = claims.iter().map(|claim| claim.account.lock_at(now)).collect();
    let mut refused = None;
    for (claim, books) in claims.iter().zip(&locked) {
        match check(claim, books, amounts) {
            // Nothing to wait for: no other account's refusal can say more.
            Err(refusal) if !refusal.would_fit_without_holds => return Err(refusal),
            Err(refusal) => refused = refused.or(Some(refusal)),
            Ok(()) => {}
        }
    }
    if let Some(refused) = refused {
        return Err(refused);
    }
    Ok(claims.iter().zip(&mut locked).map(|(claim, books)| write(claim, books, amounts)).collect())
}

fn check(claim: &Claim<'_>, books: &Books, amounts: Amounts) -> Result<(), Box<Refused>> {
    let mode = books.mode(claim.account.settings());
    let added = claim.missing(books, amounts.under(mode));
    let Some(cap) = books.budget.max else { return Ok(()) };
    if fits(mode, cap, books.spent.saturating_add(books.held), added) {
        return Ok(());
    }
    Err(Box::new(Refused {
        account: claim.account.clone(),
        spent: books.spent,
        held: books.held,
        holds: books.holds,
        cap,
        bound: added,
        resets_at: books.period.end,
        would_fit_without_holds: fits(mode, cap, books.spent, added),
        frees_seen: books.frees(),
    }))
}

/// Whether `added` more may be held where `taken` of `cap` is spent or held.
fn fits(mode: Mode, cap: NanoUsd, taken: NanoUsd, added: NanoUsd) -> bool {
    if cap <= NanoUsd::ZERO {
        return false;
    }
    match mode {
        Mode::Strict => taken.0.checked_add(added.0).is_some_and(|total| total <= cap.0),
        Mode::Standard => taken < cap,
        Mode::Soft => true,
    }
}

fn write(claim: &Claim<'_>, books: &mut Books, amounts: Amounts) -> Grant {
    let mode = books.mode(claim.account.settings());
    let added = claim.missing(books, amounts.under(mode));
    books.held = books.held.saturating_add(added);
    if claim.held_in(books.period).is_none() {
        books.holds = books.holds.saturating_add(1);
    }
    let is_limited = mode == Mode::Strict && books.budget.max.is_some();
    Grant { period: books.period, added, is_limited }
}

impl Claim<'_> {
    /// What is to be added for the request to hold `wanted` in the account's current period.
    fn missing(&self, books: &Books, wanted: NanoUsd) -> NanoUsd {
        let held = self.held_in(books.period).unwrap_or_default();
        NanoUsd(wanted.0.saturating_sub(held.0).max(0))
    }

    fn held_in(&self, current: Period) -> Option<NanoUsd> {
        self.already.and_then(|(period, held)| (period.start == current.start).then_some(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: NanoUsd = NanoUsd(100);

    #[test]
    fn a_cap_of_zero_blocks_in_every_mode() {
        for mode in [Mode::Strict, Mode::Standard, Mode::Soft] {
            assert!(!fits(mode, NanoUsd::ZERO, NanoUsd::ZERO, NanoUsd::ZERO), "{mode:?}");
        }
    }

    #[test]
    fn strict_fills_the_cap_to_the_last_nano_dollar_and_no_further() {
        assert!(fits(Mode::Strict, CAP, NanoUsd(60), NanoUsd(40)));
        assert!(!fits(Mode::Strict, CAP, NanoUsd(60), NanoUsd(41)));
        assert!(!fits(Mode::Strict, NanoUsd::MAX, NanoUsd::MAX, NanoUsd(1)));
    }

    #[test]
    fn standard_admits_until_the_cap_is_taken_whatever_the_request_may_cost() {
        assert!(fits(Mode::Standard, CAP, NanoUsd(99), NanoUsd(1000)));
        assert!(!fits(Mode::Standard, CAP, CAP, NanoUsd::ZERO));
    }

    #[test]
    fn soft_admits_past_the_cap() {
        assert!(fits(Mode::Soft, CAP, NanoUsd(1000), NanoUsd(1000)));
    }
}

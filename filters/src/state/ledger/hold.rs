//! From an account to a hold, and from the hold to a charge or back.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Now;
use crate::money::NanoUsd;
use crate::state::ledger::claim::{self, Amounts, Claim};
use crate::state::ledger::leg::{Leg, Rest};
use crate::state::ledger::{
    Account, Attribution, ChargeRecord, ChargedEntry, Entry, Flags, HeldEntry, JournalDown, Ledger, LedgerEvent,
    Outcome, Posting, Refused, RequestId, Sequence, Settles,
};

/// More than any one attempt costs: a million dollars. A figure beyond it is an error of whoever made it, and a few of
/// them would overflow an account.
const COST_MAX: NanoUsd = NanoUsd::dollars(1_000_000);

/// What a request asks to have set aside.
#[derive(Clone, Debug)]
pub struct HoldRequest {
    pub request: RequestId,
    /// Every account it counts towards. One that is named twice is held once.
    pub accounts: Vec<Arc<Account>>,
    /// What it can cost at most: held on strict accounts. Zero, with an estimate of zero: it is free, and touches none.
    pub bound: NanoUsd,
    /// What it will likely cost: held on the other accounts.
    pub estimate: NanoUsd,
    pub attribution: Arc<Attribution>,
}

/// Why there is no hold.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoHold {
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
    #[error(transparent)]
    JournalDown(#[from] JournalDown),
}

/// Money set aside for one request. Charge it or release it: dropped, it charges what it holds.
#[derive(Debug)]
pub struct Hold {
    ledger: Arc<Ledger>,
    request: RequestId,
    admitted_at: Timestamp,
    amounts: Amounts,
    attribution: Arc<Attribution>,
    /// In the order of the accounts' serials, each account once.
    legs: Vec<Leg>,
    /// How many attempts were charged.
    attempts: u32,
    /// How many parts of it are in the journal.
    parts: u32,
    /// The place in the journal of the last part that set money aside; `None` while there is none.
    written: Option<Sequence>,
    is_settled: bool,
}

impl Ledger {
    /// Holds on every account, or on none.
    ///
    /// The hold belongs to the periods that the accounts are in at `now`, and so will its charge.
    pub fn hold(self: &Arc<Self>, mut ask: HoldRequest, now: Now) -> Result<Hold, NoHold> {
        self.hold_if_it_fits(&mut ask, now)
    }

    /// Like [`Ledger::hold`], and where only the holds of running requests are in the way, waits up to `patience` for
    /// them to come back. Who waits for an account is woken in the order of asking.
    pub async fn hold_within(
        self: &Arc<Self>,
        mut ask: HoldRequest,
        now: Now,
        patience: Duration,
    ) -> Result<Hold, NoHold> {
        let deadline = tokio::time::sleep(patience);
        let mut deadline = std::pin::pin!(deadline);
        loop {
            let refused = match self.hold_if_it_fits(&mut ask, now) {
                Err(NoHold::Refused(refused)) if refused.would_fit_without_holds => refused,
                decided => return decided,
            };
            tokio::select! {
                () = refused.freed() => {}
                () = &mut deadline => return Err(NoHold::Refused(refused)),
            }
        }
    }

    /// Empties `ask.accounts` when it succeeds, and leaves them to be asked for again when it does not.
    fn hold_if_it_fits(self: &Arc<Self>, ask: &mut HoldRequest, now: Now) -> Result<Hold, NoHold> {
        let amounts = Amounts { bound: ask.bound.max(NanoUsd::ZERO), estimate: ask.estimate.max(NanoUsd::ZERO) };
        let mut hold = Hold {
            ledger: self.clone(),
            request: ask.request,
            admitted_at: now.wall,
            amounts,
            attribution: ask.attribution.clone(),
            legs: Vec::new(),
            attempts: 0,
            parts: 0,
            written: None,
            // Until something is held there is nothing to settle.
            is_settled: true,
        };
        if !amounts.are_zero() {
            hold.take(&mut ask.accounts, now)?;
        }
        hold.is_settled = false;
        Ok(hold)
    }
}

impl Hold {
    #[must_use]
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// What the rest of the request may cost before a strict account is short; the whole bound where none is strict.
    #[must_use]
    pub fn amount(&self) -> NanoUsd {
        self.limit().unwrap_or(self.amounts.bound)
    }

    /// What the rest of the request may be charged at most, where a strict cap says so: a stream is cut when it gets
    /// there.
    #[must_use]
    pub fn limit(&self) -> Option<NanoUsd> {
        self.legs.iter().filter(|leg| leg.is_limited).map(|leg| leg.held).min()
    }

    /// Resolves when the journal has everything held so far: awaited before any byte of an answer reaches the client.
    ///
    /// An error means that the journal cannot write. The hold stands, and is still to be charged or released.
    pub fn committed(&self) -> impl Future<Output = Result<(), JournalDown>> + Send + use<> {
        let awaited = self.written.map(|sequence| (self.ledger.journal.progress().clone(), sequence));
        async move {
            match awaited {
                Some((progress, sequence)) => progress.committed(sequence).await,
                None => Ok(()),
            }
        }
    }

    /// Holds on more accounts, those of an attempt's target, for as much as on the others; on all of them or on none.
    /// Refused, the hold is as before.
    pub fn extend(&mut self, accounts: &[Arc<Account>], now: Now) -> Result<(), NoHold> {
        if self.amounts.are_zero() || accounts.is_empty() {
            return Ok(());
        }
        self.take(&mut accounts.to_vec(), now)
    }

    /// Gives back what is held on `accounts`, those of a target that is given up.
    pub fn retract(&mut self, accounts: &[Arc<Account>]) {
        let is_meant = |leg: &mut Leg| accounts.iter().any(|account| account.serial() == leg.account.serial());
        let mut retracted: Vec<Leg> = self.legs.extract_if(.., is_meant).collect();
        if retracted.is_empty() {
            return;
        }
        let postings = retracted.iter().map(|leg| leg.posting(-leg.held)).collect();
        give_back(&mut retracted);
        let part = self.next_part(postings);
        self.ledger.journal.append(part);
    }

    /// Brings the hold back to what it was, after an attempt was charged and before another one starts.
    ///
    /// On an account whose period is over by now, the rest of the request moves to the new one. Refused, the hold is as
    /// before.
    pub fn renew(&mut self, now: Now) -> Result<(), NoHold> {
        let claims: Vec<_> = self.legs.iter().map(Leg::claim).collect();
        let grants = claim::grant(&claims, self.amounts, now)?;
        let mut postings = Vec::with_capacity(grants.len());
        for (leg, grant) in self.legs.iter_mut().zip(grants) {
            leg.renew(grant, &mut postings);
        }
        // What was held is held, journal or not: should it be down, the attempt is not made and the hold is settled.
        let part = self.next_part(postings);
        self.written = Some(self.ledger.journal.try_append(part)?);
        Ok(())
    }

    /// Charges an attempt that was billed, and keeps the rest of the hold for another one.
    pub fn charge_part(&mut self, cost: NanoUsd, record: ChargeRecord) {
        self.charge_legs(cost, record, Rest::Kept);
    }

    /// Charges the request, or its last attempt, and gives the rest of the hold back.
    ///
    /// Strict accounts pay at most what they hold; the rest is booked to the overrun account, with an alarm. The others
    /// pay all of it.
    pub fn charge(mut self, cost: NanoUsd, record: ChargeRecord) {
        self.charge_legs(cost, record, Rest::GivenBack);
    }

    /// Gives all of it back: the request cost nothing, and leaves no record.
    pub fn release(mut self) {
        self.is_settled = true;
        give_back(&mut self.legs);
        if self.written.is_some() {
            self.ledger.journal.append(Entry::Released(self.request));
        }
    }

    /// Holds on `accounts`, as far as it does not yet, and writes that down.
    fn take(&mut self, accounts: &mut Vec<Arc<Account>>, now: Now) -> Result<(), NoHold> {
        accounts.sort_unstable_by_key(|account| account.serial());
        accounts.dedup_by_key(|account| account.serial());
        accounts.retain(|account| self.legs.iter().all(|leg| leg.account.serial() != account.serial()));
        let claims: Vec<_> = accounts.iter().map(|account| Claim { account, already: None }).collect();
        let grants = claim::grant(&claims, self.amounts, now)?;
        let mut taken: Vec<Leg> = accounts.iter().cloned().zip(grants).map(|(of, grant)| Leg::new(of, grant)).collect();
        let part = self.next_part(taken.iter().map(|leg| leg.posting(leg.held)).collect());
        match self.ledger.journal.try_append(part) {
            Ok(sequence) => self.written = Some(sequence),
            Err(down) => {
                give_back(&mut taken);
                return Err(down.into());
            }
        }
        self.legs.append(&mut taken);
        self.legs.sort_unstable_by_key(|leg| leg.account.serial());
        Ok(())
    }

    fn next_part(&mut self, postings: Vec<Posting>) -> Entry {
        let part = self.parts;
        self.parts += 1;
        let (admitted_at, attribution) = (self.admitted_at, self.attribution.clone());
        Entry::Held(HeldEntry { request: self.request, part, admitted_at, attribution, postings })
    }

    fn charge_legs(&mut self, cost: NanoUsd, mut record: ChargeRecord, rest: Rest) {
        record.flags.is_unbelievable |= cost != believable(cost);
        let cost = believable(cost);
        let limit = self.limit();
        let (mut postings, taken_off) = self.pay(rest, |leg| leg.share_of(cost));
        if let Some(held) = limit.filter(|held| *held < cost) {
            record.flags.is_overrun = true;
            postings.push(self.ledger.book_overrun(NanoUsd(cost.0 - held.0)));
            let event = LedgerEvent::Overrun { request: self.request, held, cost };
            self.ledger.settings.events.observe(event);
        }
        let settles = match rest {
            Rest::GivenBack => Settles::Request,
            Rest::Kept => Settles::Attempt { part: self.parts, taken_off },
        };
        self.write_charge(cost, record, postings, settles);
    }

    /// Charges what is held, account by account.
    fn charge_what_is_held(&mut self) {
        let cost = self.legs.iter().map(|leg| leg.held).max().unwrap_or_default();
        let flags = Flags { is_estimated: true, ..Flags::default() };
        let record = ChargeRecord { outcome: Outcome::Abandoned, flags, ..ChargeRecord::default() };
        let (postings, _) = self.pay(Rest::GivenBack, |leg| leg.held);
        self.write_charge(cost, record, postings, Settles::Request);
        let event = LedgerEvent::HoldDropped { request: self.request, charged: cost };
        self.ledger.settings.events.observe(event);
    }

    /// Takes each account's share. Returns what was paid and, where the rest is kept, what that took off the hold.
    fn pay(&mut self, rest: Rest, share: impl Fn(&Leg) -> NanoUsd) -> (Vec<Posting>, Vec<Posting>) {
        // One more than there are accounts: there may be an overrun to book.
        let (mut paid, mut taken_off) = (Vec::with_capacity(self.legs.len() + 1), Vec::new());
        for leg in &mut self.legs {
            let amount = share(leg);
            paid.push(leg.posting(amount));
            let freed = leg.pay(amount, rest);
            if rest == Rest::Kept {
                taken_off.push(leg.posting(-freed));
            }
        }
        (paid, taken_off)
    }

    fn write_charge(&mut self, cost: NanoUsd, record: ChargeRecord, postings: Vec<Posting>, settles: Settles) {
        self.is_settled = matches!(settles, Settles::Request);
        let charged = ChargedEntry {
            request: self.request,
            attempt: self.attempts,
            settles,
            admitted_at: self.admitted_at,
            attribution: self.attribution.clone(),
            cost,
            postings,
            record,
        };
        self.ledger.journal.append(Entry::Charged(Box::new(charged)));
        self.attempts += 1;
        self.parts += 1;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.is_settled {
            self.charge_what_is_held();
        }
    }
}

fn give_back(legs: &mut [Leg]) {
    for leg in legs {
        leg.pay(NanoUsd::ZERO, Rest::GivenBack);
    }
}

fn believable(cost: NanoUsd) -> NanoUsd {
    cost.clamp(NanoUsd::ZERO, COST_MAX)
}

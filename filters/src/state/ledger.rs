//! The ledger: accounts, holds and charges. The only module where money moves.
//!
//! Memory decides and the journal remembers: a request [holds](Ledger::hold) what it can cost on every account it
//! counts towards, or on none; the hold is [charged or released](Hold) once; and whoever answers the client first waits
//! until the journal has the hold. Money moves in three places: `claim.rs` (held),
//! `leg.rs` (charged, given back) and `account.rs` (a new period).

mod account;
mod claim;
mod events;
mod hold;
mod journal;
mod leg;
mod record;
mod window;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use self::account::{Account, RestoredAccount, Status};
pub use self::claim::Refused;
pub use self::events::{LedgerEvent, LedgerEvents, Unobserved};
pub use self::hold::{Hold, HoldRequest, NoHold};
pub use self::journal::{
    ChargedEntry, Entry, HeldEntry, Journal, JournalDown, MemoryJournal, Posting, Progress, ResetEntry, Sequence,
    Settles,
};
pub use self::record::{Attribution, ChargeRecord, Flags, Outcome, RequestId, Target};
pub use self::window::{Period, Window};
use crate::clock::Now;
use crate::money::NanoUsd;
use crate::state::identity::{KeyHash, OrganizationId, TeamId, UserId};

/// Whose money it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole gateway.
    Gateway,
    /// What vendors billed beyond a strict hold: an alarm, never a cap.
    Overrun,
    Organization(OrganizationId),
    Team(TeamId),
    Member(TeamId, UserId),
    User(UserId),
    Key(KeyHash),
    Tag(Arc<str>),
    Provider(Arc<str>),
    Deployment(Arc<str>),
}

/// One account: a scope's whole spend, or its spend on one model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    pub scope: Scope,
    pub model: Option<Arc<str>>,
}

impl AccountId {
    #[must_use]
    pub fn whole(scope: Scope) -> Self {
        Self { scope, model: None }
    }

    #[must_use]
    pub fn for_model(scope: Scope, model: &str) -> Self {
        Self { scope, model: Some(Arc::from(model)) }
    }
}

/// How a cap is enforced. A cap of zero blocks in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The hold is a proven upper bound: no charge ever takes the account past its cap.
    #[default]
    Strict,
    /// Admitted while spent + held < cap, the hold being an estimate: the last request may overshoot.
    Standard,
    /// Warns only.
    Soft,
}

/// What an account may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// `None`: no cap. Zero: nothing at all.
    pub max: Option<NanoUsd>,
    pub soft: Option<NanoUsd>,
    /// `None`: the cap is for ever.
    pub window: Option<Window>,
    /// `None`: the ledger's own default.
    pub mode: Option<Mode>,
}

/// What holds for every account.
#[derive(Clone, Debug)]
pub struct LedgerSettings {
    /// Where days, weeks, months and years begin.
    pub time_zone: TimeZone,
    /// For budgets that name no mode.
    pub default_mode: Mode,
    pub events: Arc<dyn LedgerEvents>,
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self { time_zone: TimeZone::UTC, default_mode: Mode::Strict, events: Arc::new(Unobserved) }
    }
}

type Accounts = imbl::GenericHashMap<AccountId, Arc<Account>, ahash::RandomState, imbl::shared_ptr::DefaultSharedPtr>;

/// All accounts, and the journal they are written to.
#[derive(Debug)]
pub struct Ledger {
    settings: Arc<LedgerSettings>,
    journal: Arc<dyn Journal>,
    /// Read by every request, written when an object is declared: readers take no lock.
    accounts: ArcSwap<Accounts>,
    /// Held while an account is added, so that no name gets two.
    adding: Mutex<()>,
    overrun: Arc<Account>,
}

impl Ledger {
    /// A ledger with no accounts. Only the overrun account, which has no cap, is there from the start.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, settings: LedgerSettings) -> Self {
        Self::restore(journal, settings, Vec::new())
    }

    /// A ledger with the balances a journal kept. An account is as it was left when it is opened again, or touched.
    #[must_use]
    pub fn restore(journal: Arc<dyn Journal>, settings: LedgerSettings, restored: Vec<RestoredAccount>) -> Self {
        let settings = Arc::new(settings);
        let overrun_id = AccountId::whole(Scope::Overrun);
        let mut accounts = Accounts::default();
        for known in &restored {
            let account = Account::new(known.id.clone(), Some(known), settings.clone());
            accounts.insert(known.id.clone(), Arc::new(account));
        }
        let overrun = accounts
            .entry(overrun_id.clone())
            .or_insert_with(|| Arc::new(Account::new(overrun_id, None, settings.clone())))
            .clone();
        Self { settings, journal, accounts: ArcSwap::from_pointee(accounts), adding: Mutex::new(()), overrun }
    }

    /// The account, opened if it is new; its budget becomes `budget`, its balance stays.
    ///
    /// Raising a cap frees and lowering it blocks at once. Only for what an operator declared or a request was checked
    /// against: an account is never closed, so names from clients must not open any.
    pub fn open(&self, id: AccountId, budget: Budget) -> Arc<Account> {
        let account = self.find_or_add(id);
        account.set_budget(budget);
        account
    }

    /// The account, if it was ever opened.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<Arc<Account>> {
        self.accounts.load().get(id).cloned()
    }

    /// Every account, in no order.
    #[must_use]
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        self.accounts.load().values().cloned().collect()
    }

    /// The least that the strict caps among `accounts` leave for a request: what an output limit may be clamped to.
    /// `None`: no strict cap.
    #[must_use]
    pub fn available(&self, accounts: &[Arc<Account>], now: Now) -> Option<NanoUsd> {
        let strict = accounts.iter().map(|account| account.status(now)).filter(|status| status.mode == Mode::Strict);
        strict.filter_map(|status| status.available()).min()
    }

    /// Starts the account again with `opening` spent, in a period that lasts until the one it was in would have ended.
    /// What runs now is charged to the period it was admitted in.
    ///
    /// Await the journal's [progress](Journal::progress) on the sequence before telling anybody that it is done.
    pub fn reset(&self, account: &Arc<Account>, opening: NanoUsd, now: Now) -> Result<Sequence, JournalDown> {
        let mut books = account.lock_at(now);
        let next_instant = books.period.start.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
        let period = Period { start: now.wall.max(next_instant), end: books.period.end };
        // Written under the account's lock: no charge to the new period may come before it.
        let sequence =
            self.journal.try_append(Entry::Reset(ResetEntry { account: account.clone(), period, opening }))?;
        books.start(period);
        books.spent = opening;
        let is_awaited = books.free();
        drop(books);
        account.wake(is_awaited);
        Ok(sequence)
    }

    /// Where this ledger writes.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Books what a vendor billed beyond what the strict accounts of a request can pay.
    fn book_overrun(&self, amount: NanoUsd) -> Posting {
        let mut books = self.overrun.lock();
        books.spent = books.spent.saturating_add(amount);
        books.lifetime = books.lifetime.saturating_add(amount);
        Posting { account: self.overrun.clone(), period: books.period, amount }
    }

    fn find_or_add(&self, id: AccountId) -> Arc<Account> {
        if let Some(account) = self.account(&id) {
            return account;
        }
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = self.account(&id) {
            return account;
        }
        let account = Arc::new(Account::new(id.clone(), None, self.settings.clone()));
        let mut accounts = Accounts::clone(&self.accounts.load());
        accounts.insert(id, account.clone());
        self.accounts.store(Arc::new(accounts));
        account
    }
}

#[cfg(test)]
mod tests;

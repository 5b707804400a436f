//! A ledger to try things on, which checks when dropped that nothing is left on hold.

use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;

use crate::clock::{self, Now};
use crate::money::NanoUsd;
use crate::state::identity::TeamId;
use crate::state::ledger::*;

/// What was heard of, in words.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<Vec<String>>);

impl LedgerEvents for Heard {
    fn observe(&self, event: LedgerEvent<'_>) {
        let said = match event {
            LedgerEvent::Overrun { held, cost, .. } => {
                format!("overrun: held {}, cost {}", held.0, cost.0)
            }
            LedgerEvent::SoftCapReached { spent, soft, .. } => {
                format!("soft cap {} reached: {}", soft.0, spent.0)
            }
            LedgerEvent::CapPassed { spent, cap, .. } => {
                format!("cap {} passed: {}", cap.0, spent.0)
            }
            LedgerEvent::HoldDropped { charged, .. } => format!("dropped: charged {}", charged.0),
        };
        self.0.lock().unwrap().push(said);
    }
}

pub(super) struct TestLedger {
    pub(super) ledger: Arc<Ledger>,
    pub(super) journal: Arc<MemoryJournal>,
    heard: Arc<Heard>,
}

/// Noon on 20 November 2026, in UTC.
pub(super) fn noon() -> Now {
    at("2026-11-20T12:00:00Z")
}

pub(super) fn at(instant: &str) -> Now {
    Now { wall: instant.parse().unwrap(), monotonic: clock::instant() }
}

pub(super) fn capped(cap: i64) -> Budget {
    Budget { max: Some(NanoUsd(cap)), ..Budget::default() }
}

pub(super) fn capped_in(mode: Mode, cap: i64) -> Budget {
    Budget { mode: Some(mode), ..capped(cap) }
}

impl TestLedger {
    pub(super) fn new() -> Self {
        Self::restored(Vec::new())
    }

    pub(super) fn restored(accounts: Vec<RestoredAccount>) -> Self {
        let (journal, heard) = (Arc::new(MemoryJournal::default()), Arc::new(Heard::default()));
        let settings = LedgerSettings { time_zone: TimeZone::UTC, default_mode: Mode::Strict, events: heard.clone() };
        let ledger = Arc::new(Ledger::restore(journal.clone(), settings, accounts));
        Self { ledger, journal, heard }
    }

    pub(super) fn open(&self, team: &str, budget: Budget) -> Arc<Account> {
        self.ledger.open(AccountId::whole(Scope::Team(TeamId::from(team))), budget)
    }

    pub(super) fn ask(&self, accounts: &[&Arc<Account>], bound: i64) -> HoldRequest {
        HoldRequest {
            request: RequestId::generate(noon().wall),
            accounts: accounts.iter().map(|account| Arc::clone(account)).collect(),
            bound: NanoUsd(bound),
            estimate: NanoUsd(bound / 2),
            attribution: Arc::default(),
        }
    }

    pub(super) fn hold(&self, accounts: &[&Arc<Account>], bound: i64) -> Result<Hold, NoHold> {
        self.ledger.hold(self.ask(accounts, bound), noon())
    }

    /// The refusal of what must be refused.
    pub(super) fn refusal(&self, accounts: &[&Arc<Account>], bound: i64) -> Refused {
        match self.hold(accounts, bound) {
            Err(NoHold::Refused(refused)) => *refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(super) fn overrun(&self) -> i64 {
        self.ledger.account(&AccountId::whole(Scope::Overrun)).unwrap().status(noon()).spent.0
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }

    /// What the journal's charges add up to on an account.
    pub(super) fn charged(&self, account: &Account) -> i64 {
        let entries = self.journal.entries();
        let charges = entries.iter().filter_map(|entry| match entry {
            Entry::Charged(charged) => Some(&charged.postings),
            _ => None,
        });
        charges.flatten().filter(|posting| posting.account.id() == account.id()).map(|posting| posting.amount.0).sum()
    }
}

/// Spent, held, and by how many.
pub(super) fn figures(account: &Account, now: Now) -> (i64, i64, u32) {
    let status = account.status(now);
    (status.spent.0, status.held.0, status.holds)
}

impl Drop for TestLedger {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for account in self.ledger.accounts() {
            let (_, held, holds) = figures(&account, noon());
            assert_eq!((held, holds), (0, 0), "left on hold on {:?}", account.id());
        }
    }
}

//! A database in a folder of its own, with a ledger on it that can be stopped, killed and looked into.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use filters::clock::{self, Now};
use filters::money::NanoUsd;
use filters::state::identity::TeamId;
use filters::state::ledger::{
    Account, AccountId, Attribution, Budget, Entry, HoldRequest, Ledger, LedgerSettings, RequestId, Scope, Status,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tollkeeper::store::{Recovered, RecoveryPolicy, Store, StoreError, StoreSettings, Synchronous};

pub(super) struct Disk {
    folder: TempDir,
    generation: u32,
    pub(super) settings: StoreSettings,
}

impl Disk {
    pub(super) fn new() -> Self {
        let settings = StoreSettings {
            synchronous: Synchronous::Normal,
            busy_timeout: Duration::ZERO,
            ..StoreSettings::default()
        };
        Self { folder: tempfile::tempdir().unwrap(), generation: 0, settings }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.generation))
    }

    pub(super) fn with_policy(mut self, policy: RecoveryPolicy) -> Self {
        self.settings.recovery = policy;
        self
    }

    pub(super) fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.path(), self.settings)
    }

    pub(super) fn ledger(&self) -> Arc<Ledger> {
        self.open().unwrap().into_ledger(LedgerSettings::default()).unwrap()
    }

    /// What a start after `kill -9` at this moment would find: from now on, `path` is a copy of what the disk has.
    pub(super) fn kill(&mut self, ledger: &Ledger) {
        settle(ledger);
        let dead = self.path();
        self.generation += 1;
        for suffix in ["", "-wal"] {
            let _there_may_be_none = fs::copy(with(&dead, suffix), with(&self.path(), suffix));
        }
    }

    pub(super) fn recovered(&self) -> Recovered {
        self.open().unwrap().recovered()
    }

    /// A connection for looking at rows, or for meddling with them.
    pub(super) fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(super) fn number(&self, query: &str) -> i64 {
        self.sql().query_row(query, [], |row| row.get(0)).unwrap()
    }
}

pub(super) fn with(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// Waits until everything that was written so far is on disk.
pub(super) fn settle(ledger: &Ledger) {
    let journal = ledger.journal();
    let last = journal.append(Entry::Released(RequestId(0)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(journal.progress().committed(last)).unwrap();
}

pub(super) fn at(instant: &str) -> Now {
    Now { wall: instant.parse().unwrap(), monotonic: clock::instant() }
}

pub(super) fn noon() -> Now {
    at("2026-11-20T12:00:00Z")
}

pub(super) fn capped(cap: i64) -> Budget {
    Budget { max: Some(NanoUsd(cap)), ..Budget::default() }
}

pub(super) fn team(ledger: &Ledger, name: &str, budget: Budget) -> Arc<Account> {
    ledger.open(AccountId::whole(Scope::Team(TeamId::from(name))), budget)
}

pub(super) fn ask(accounts: &[&Arc<Account>], bound: i64) -> HoldRequest {
    HoldRequest {
        request: RequestId::generate(noon().wall),
        accounts: accounts.iter().map(|account| Arc::clone(account)).collect(),
        bound: NanoUsd(bound),
        estimate: NanoUsd(bound / 2),
        attribution: Arc::new(Attribution {
            model: Arc::from("haiku"),
            route: "/v1/messages",
            ..Attribution::default()
        }),
    }
}

/// Spent, held, and ever.
pub(super) fn figures(account: &Account) -> (i64, i64, i64) {
    let Status { spent, held, lifetime, .. } = account.status(noon());
    (spent.0, held.0, lifetime.0)
}

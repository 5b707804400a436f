//! SQLite: what outlives the process. Opened with care, because what it holds is other people's money.
//!
//! One process writes a database. It is never started empty over a file that cannot be read, nor over books that do not
//! balance: it says what is wrong and what to do instead.

mod accounts;
mod batch;
mod journal;
mod lock;
mod queue;
mod recovery;
mod rows;
mod schema;
mod verify;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use filters::money::NanoUsd;
use filters::state::ledger::{Ledger, LedgerSettings};
use rusqlite::Connection;

pub use self::journal::SqliteJournal;
pub use self::recovery::Recovered;

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// When the disk says that it has it: survives a power cut.
    #[default]
    Full,
    /// When the operating system has it: survives `kill -9`, but a power cut may take the last commits.
    Normal,
}

/// What becomes of requests that were running when the process died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecoveryPolicy {
    /// They are charged what they held: no answer was free.
    #[default]
    ChargeHold,
    /// They are forgiven.
    Release,
}

/// How a database is used.
#[derive(Clone, Copy, Debug)]
pub struct StoreSettings {
    pub synchronous: Synchronous,
    pub recovery: RecoveryPolicy,
    /// How long a commit waits for somebody else's lock, a backup's for example, before it counts as failed.
    pub busy_timeout: Duration,
    /// How long the first entry of a commit waits for others. A commit costs a disk's round trip and several system calls
    /// however many entries are in it, and a vendor takes longer than this to answer.
    pub linger: Duration,
    /// How many entries may wait for a commit before new holds are refused.
    pub queue_entries_max: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::default(),
            recovery: RecoveryPolicy::default(),
            busy_timeout: Duration::from_secs(5),
            linger: Duration::from_millis(2),
            queue_entries_max: 65_536,
        }
    }
}

/// Why a database is not used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path:?} is in use by another process (pid {pid}): stop that one, or use another database")]
    InUse { path: PathBuf, pid: String },
    #[error(
        "{path:?} is empty, which no database of ours ever is: restore a backup, or delete it to start from nothing"
    )]
    Empty { path: PathBuf },
    #[error("{path:?} is missing but its log {log:?} is there: restore both, or delete the log to start from nothing")]
    Missing { path: PathBuf, log: PathBuf },
    #[error("{path:?} is a database of another program: point `database_url` at ours")]
    Foreign { path: PathBuf },
    #[error("{path:?} has schema {found}, this version knows {known}: start the newer version that wrote it")]
    FromTheFuture { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{path:?} is damaged ({finding}): restore a backup, and do not delete this file, it can show what was spent"
    )]
    Damaged { path: PathBuf, finding: String },
    #[error(
        "the books of {path:?} do not balance: account {account} says {balance}, its charges say {charges}: \
         restore a backup, or compare the account with the vendors' bills first"
    )]
    OutOfBalance { path: PathBuf, account: String, balance: NanoUsd, charges: NanoUsd },
    #[error("cannot read or create {path:?}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("cannot use {path:?}: {source}")]
    Sqlite { path: PathBuf, source: rusqlite::Error },
}

/// An open database: ours alone, readable, in balance, and with nothing left on hold.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    settings: StoreSettings,
    connection: Connection,
    lock: Arc<lock::Lock>,
    recovered: Recovered,
}

impl Store {
    /// Opens the database at `path`, or creates it where there is none.
    ///
    /// Holds that a dead process left are resolved by the policy before this returns.
    pub fn open(path: &Path, settings: StoreSettings) -> Result<Self, StoreError> {
        let lock = Arc::new(lock::Lock::take(path)?);
        let mut connection = schema::open_or_create(path, &settings)?;
        verify::balances(&mut connection, path)?;
        let recovered = recovery::resolve(&mut connection, settings.recovery).map_err(|e| schema::error(path, e))?;
        Ok(Self { path: path.to_owned(), settings, connection, lock, recovered })
    }

    /// What a dead process left on hold, and what was charged for it.
    #[must_use]
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// The ledger with every balance that is kept here, writing here.
    ///
    /// Its journal is flushed when the last of its holds and the ledger itself are dropped.
    pub fn into_ledger(self, settings: LedgerSettings) -> Result<Arc<Ledger>, StoreError> {
        let restored = accounts::restore(&self.connection).map_err(|e| schema::error(&self.path, e))?;
        let journal = SqliteJournal::start(self.path, self.connection, self.settings, self.lock)?;
        Ok(Arc::new(Ledger::restore(Arc::new(journal), settings, restored)))
    }
}

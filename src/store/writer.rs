//! The one thread that writes the journal: takes what waits, commits it, says so; and when it cannot, keeps trying.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use filters::state::ledger::{Entry, Progress, Sequence};
use rusqlite::Connection;

use crate::store::accounts::Numbers;
use crate::store::queue::Queue;
use crate::store::{StoreSettings, batch, schema, verify};

const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// After so many entries what was charged is compared and sealed: a start has no more than that to read. Comparing them
/// takes some ten milliseconds, for which a commit may have to wait.
const SEAL_ENTRIES: usize = 20_000;
/// How often a commit is tried again once the process wants to end.
const LAST_TRIES: u32 = 5;

/// Owns the connection, and the entries from the moment they are taken until they are committed.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    connection: Connection,
    settings: StoreSettings,
    queue: Arc<Queue>,
    progress: Arc<Progress>,
    numbers: Numbers,
    unsealed: usize,
}

impl Writer {
    pub(super) fn new(
        path: PathBuf,
        connection: Connection,
        settings: StoreSettings,
        queue: Arc<Queue>,
        progress: Arc<Progress>,
    ) -> Self {
        Self { path, connection, settings, queue, progress, numbers: Numbers::default(), unsealed: 0 }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        // However this thread ends, nothing is admitted that nobody would write.
        let _down_at_the_end = DownAtTheEnd(self.progress.clone());
        let mut entries = Vec::new();
        while let Some(last) = self.queue.take(&mut entries, self.settings.linger) {
            self.commit(&entries, last);
            self.seal_when_due(entries.len());
            entries.clear();
        }
    }

    /// Commits the entries, however long that takes: they tell what has happened, so there is no giving up on them while
    /// the process lives. Meanwhile the journal counts as down and nothing new is admitted.
    fn commit(&mut self, entries: &[Entry], last: Sequence) {
        let mut delay = RETRY_MIN;
        let mut last_tries = 0;
        while let Err(error) = self.try_commit(entries) {
            self.numbers.forget();
            if !self.progress.is_down() {
                tracing::error!(%error, entries = entries.len(), "the journal cannot be written: refusing paid requests");
            }
            self.progress.fail();
            if self.queue.is_closed() {
                last_tries += 1;
                if last_tries > LAST_TRIES {
                    tracing::error!(%error, entries = entries.len(), "ending with entries that could not be written");
                    return;
                }
            }
            thread::sleep(delay);
            delay = (delay * 2).min(RETRY_MAX);
            self.reconnect();
        }
        if self.progress.is_down() {
            tracing::info!(entries = entries.len(), "the journal is written again");
        }
        self.progress.advance(last);
    }

    fn try_commit(&mut self, entries: &[Entry]) -> rusqlite::Result<()> {
        batch::write(&mut self.connection, entries, &mut self.numbers)
    }

    fn seal_when_due(&mut self, entries: usize) {
        self.unsealed += entries;
        if self.unsealed < SEAL_ENTRIES {
            return;
        }
        self.unsealed = 0;
        match verify::seal(&mut self.connection) {
            Ok(None) => {}
            // Going on is safe, as entries are differences; but the next start will refuse these books, so say it now.
            Ok(Some(mismatch)) => {
                tracing::error!(?mismatch, "the books do not balance: the next start will refuse them")
            }
            Err(error) => {
                tracing::warn!(%error, "the charges could not be sealed: the next start takes longer")
            }
        }
    }

    /// A connection that has met an I/O error may refuse everything from then on, so a fresh one is tried.
    fn reconnect(&mut self) {
        match schema::connect(&self.path, &self.settings) {
            Ok(connection) => self.connection = connection,
            Err(error) => tracing::debug!(%error, "the journal cannot be opened again yet"),
        }
    }
}

struct DownAtTheEnd(Arc<Progress>);

impl Drop for DownAtTheEnd {
    fn drop(&mut self) {
        self.0.fail();
    }
}

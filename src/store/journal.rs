//! The ledger's journal on SQLite: a queue in front of one thread that commits.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use filters::state::ledger::{Entry, Journal, JournalDown, Progress, Sequence};
use rusqlite::Connection;

use crate::store::lock::Lock;
use crate::store::queue::Queue;
use crate::store::writer::Writer;
use crate::store::{StoreError, StoreSettings};

/// Commits entries in groups, each with the balances it changes. Dropped, it writes what is left first.
#[derive(Debug)]
pub struct SqliteJournal {
    queue: Arc<Queue>,
    progress: Arc<Progress>,
    writer: Option<JoinHandle<()>>,
    /// Given back when nothing can write any more.
    _lock: Arc<Lock>,
}

impl SqliteJournal {
    pub(super) fn start(
        path: PathBuf,
        connection: Connection,
        settings: StoreSettings,
        lock: Arc<Lock>,
    ) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new(settings.queue_entries_max));
        let progress = Arc::new(Progress::default());
        let writer = Writer::new(path.clone(), connection, settings, queue.clone(), progress.clone());
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run());
        let thread = thread.map_err(|source| StoreError::Io { path, source })?;
        Ok(Self { queue, progress, writer: Some(thread), _lock: lock })
    }
}

impl Journal for SqliteJournal {
    fn try_append(&self, entry: Entry) -> Result<Sequence, JournalDown> {
        if self.progress.is_down() {
            return Err(JournalDown);
        }
        self.queue.try_push(entry)
    }

    fn append(&self, entry: Entry) -> Sequence {
        self.queue.push(entry)
    }

    fn last(&self) -> Sequence {
        self.queue.last()
    }

    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        self.queue.close();
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the journal's writer panicked: what it had not committed is lost");
        }
    }
}

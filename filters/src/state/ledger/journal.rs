//! The seam to the disk: what the ledger writes down, and how it learns that this is safe.
//!
//! Entries carry differences, never balances, so that two processes can write one journal during an upgrade.
//! `src/store` implements it on SQLite; [`MemoryJournal`] is for tests.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::money::NanoUsd;
use crate::state::ledger::{Account, Attribution, ChargeRecord, Period, RequestId};

/// The journal cannot write: nothing may be sent to a vendor that could not be accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written")]
pub struct JournalDown;

/// Where an entry stands in the journal. Entries are committed in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// An amount on one account in one of its periods.
#[derive(Clone, Debug)]
pub struct Posting {
    pub account: Arc<Account>,
    pub period: Period,
    /// In a hold it may be negative: then it gives back.
    pub amount: NanoUsd,
}

/// One thing that happened to money.
#[derive(Clone, Debug)]
pub enum Entry {
    Held(HeldEntry),
    Charged(Box<ChargedEntry>),
    /// The request cost nothing: whatever it still holds is given back.
    Released(RequestId),
    Reset(ResetEntry),
}

/// A request set money aside, or changed what it has set aside. A request's holds add up.
#[derive(Clone, Debug)]
pub struct HeldEntry {
    pub request: RequestId,
    /// Counts from 0 within the request.
    pub part: u32,
    pub admitted_at: Timestamp,
    pub attribution: Arc<Attribution>,
    pub postings: Vec<Posting>,
}

/// An attempt was billed. The request and the attempt together are charged at most once, however often it is written.
#[derive(Clone, Debug)]
pub struct ChargedEntry {
    pub request: RequestId,
    /// Counts from 0 within the request.
    pub attempt: u32,
    pub settles: Settles,
    pub admitted_at: Timestamp,
    pub attribution: Arc<Attribution>,
    /// What the vendor takes, overrun included.
    pub cost: NanoUsd,
    pub postings: Vec<Posting>,
    pub record: ChargeRecord,
}

/// What a charge leaves of the request's hold.
#[derive(Clone, Debug)]
pub enum Settles {
    /// Nothing: the request is done.
    Request,
    /// The rest. What was taken off the hold is a part of it, with negative amounts.
    Attempt { part: u32, taken_off: Vec<Posting> },
}

/// An account starts again, with `opening` already spent.
#[derive(Clone, Debug)]
pub struct ResetEntry {
    pub account: Arc<Account>,
    pub period: Period,
    pub opening: NanoUsd,
}

/// Where the ledger writes.
pub trait Journal: Debug + Send + Sync {
    /// Queues an entry that begins something, without waiting for the disk; refuses where that would be in vain.
    ///
    /// An error means that the entry is not queued and never will be.
    fn try_append(&self, entry: Entry) -> Result<Sequence, JournalDown>;

    /// Queues an entry that ends what was begun. It cannot be refused: what has happened has happened.
    fn append(&self, entry: Entry) -> Sequence;

    /// The last entry queued: once it is committed, everything is.
    fn last(&self) -> Sequence;

    /// How far the entries have come.
    fn progress(&self) -> &Arc<Progress>;

    /// Whether entries are being committed.
    fn is_healthy(&self) -> bool {
        !self.progress().is_down()
    }
}

/// How far a journal has committed. One for all waiters: a waiter costs no allocation.
#[derive(Debug, Default)]
pub struct Progress {
    committed: AtomicU64,
    is_down: AtomicBool,
    changed: Notify,
}

impl Progress {
    /// Everything up to `sequence` is durable, so the journal works.
    pub fn advance(&self, sequence: Sequence) {
        self.committed.fetch_max(sequence.0, Ordering::AcqRel);
        self.is_down.store(false, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// A commit failed: who waits for one is told so.
    pub fn fail(&self) {
        self.is_down.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    #[must_use]
    pub fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Acquire)
    }

    /// Waits until `sequence` is durable, or the journal is down.
    pub async fn committed(&self, sequence: Sequence) -> Result<(), JournalDown> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Registered before looking, so that a commit in between wakes us.
            changed.as_mut().enable();
            if self.committed.load(Ordering::Acquire) >= sequence.0 {
                return Ok(());
            }
            if self.is_down() {
                return Err(JournalDown);
            }
            changed.await;
        }
    }
}

/// A journal without a disk: remembers its entries, and fails when told to.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    entries: Mutex<Vec<Entry>>,
    progress: Arc<Progress>,
}

impl MemoryJournal {
    /// Everything written so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// From now on it takes nothing that begins something, until it is repaired.
    pub fn break_down(&self) {
        self.progress.fail();
    }

    /// It works again, and has what it was given meanwhile.
    pub fn repair(&self) {
        self.progress.advance(Sequence(self.lock().len() as u64));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn try_append(&self, entry: Entry) -> Result<Sequence, JournalDown> {
        if self.progress.is_down() { Err(JournalDown) } else { Ok(self.append(entry)) }
    }

    fn append(&self, entry: Entry) -> Sequence {
        let mut entries = self.lock();
        entries.push(entry);
        let sequence = Sequence(entries.len() as u64);
        drop(entries);
        if !self.progress.is_down() {
            self.progress.advance(sequence);
        }
        sequence
    }

    fn last(&self) -> Sequence {
        Sequence(self.lock().len() as u64)
    }

    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

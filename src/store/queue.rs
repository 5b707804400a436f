//! Entries on their way to the writer. Whatever waits is taken at once: that is the group in a group commit.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{mem, thread};

use filters::state::ledger::{Entry, JournalDown, Sequence};

/// A queue with one reader. Its bound is for what begins something; what ends something always has a place, and there is
/// no more of it than was let in.
#[derive(Debug)]
pub(super) struct Queue {
    // Not a channel: the reader takes all that waits with one swap, and a refused entry must not cost a place.
    state: Mutex<State>,
    filled: Condvar,
    entries_max: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Entry>,
    last: Sequence,
    is_reader_asleep: bool,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { state: Mutex::default(), filled: Condvar::new(), entries_max }
    }

    /// Queues an entry unless the queue is full or closed.
    pub(super) fn try_push(&self, entry: Entry) -> Result<Sequence, JournalDown> {
        let state = self.lock();
        if state.is_closed || state.waiting.len() >= self.entries_max {
            return Err(JournalDown);
        }
        Ok(self.push_locked(state, entry))
    }

    /// Queues an entry, full or not.
    pub(super) fn push(&self, entry: Entry) -> Sequence {
        self.push_locked(self.lock(), entry)
    }

    /// The last entry queued.
    pub(super) fn last(&self) -> Sequence {
        self.lock().last
    }

    /// Moves all that waits into `batch`, which is empty, and says up to where that goes. Sleeps while there is nothing, and
    /// lingers once there is something, so that others can come along. `None`: closed, and nothing is left.
    pub(super) fn take(&self, batch: &mut Vec<Entry>, linger: Duration) -> Option<Sequence> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.is_closed {
                return None;
            }
            state.is_reader_asleep = true;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.is_reader_asleep = false;
        }
        if !state.is_closed && !linger.is_zero() {
            drop(state);
            thread::sleep(linger);
            state = self.lock();
        }
        mem::swap(&mut state.waiting, batch);
        Some(state.last)
    }

    /// Nothing more is let in; the reader ends when it has taken the rest.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn push_locked(&self, mut state: MutexGuard<'_, State>, entry: Entry) -> Sequence {
        state.waiting.push(entry);
        state.last.0 += 1;
        let (sequence, is_reader_asleep) = (state.last, state.is_reader_asleep);
        drop(state);
        // Waking costs a system call, so a reader at work is left to find the entry by itself.
        if is_reader_asleep {
            self.filled.notify_one();
        }
        sequence
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use filters::state::ledger::RequestId;

    use super::*;

    fn entry(id: u128) -> Entry {
        Entry::Released(RequestId(id))
    }

    #[test]
    fn a_full_queue_refuses_what_begins_and_takes_what_ends() {
        let queue = Queue::new(2);
        queue.try_push(entry(1)).unwrap();
        queue.try_push(entry(2)).unwrap();

        assert_eq!(queue.try_push(entry(3)), Err(JournalDown));
        assert_eq!(queue.push(entry(4)), Sequence(3));
    }

    #[test]
    fn all_that_waits_is_taken_at_once() {
        let queue = Queue::new(8);
        queue.push(entry(1));
        queue.push(entry(2));
        let mut batch = Vec::new();

        assert_eq!(queue.take(&mut batch, Duration::ZERO), Some(Sequence(2)));
        assert_eq!(batch.len(), 2);
    }

    #[test]
    fn a_closed_queue_gives_what_is_left_and_then_ends() {
        let queue = Queue::new(8);
        queue.push(entry(1));
        queue.close();
        let mut batch = Vec::new();

        assert_eq!(queue.try_push(entry(2)), Err(JournalDown));
        assert_eq!(queue.take(&mut batch, Duration::ZERO), Some(Sequence(1)));
        batch.clear();
        assert_eq!(queue.take(&mut batch, Duration::ZERO), None);
    }
}

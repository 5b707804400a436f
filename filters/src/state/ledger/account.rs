//! One account: what it may spend, what it has spent, and what running requests hold of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Now;
use crate::money::NanoUsd;
use crate::state::ledger::{AccountId, Budget, LedgerSettings, Mode, Period, Window};

/// An account's balance, its cap and the period it is in.
#[derive(Debug)]
pub struct Account {
    id: AccountId,
    /// The order in which accounts are locked; also tells accounts apart without comparing names.
    serial: u64,
    settings: Arc<LedgerSettings>,
    // Not a Tokio mutex: nothing is awaited while it is held. Not atomics: a hold looks at the cap, what is spent and
    // what is held as of one instant, on all of its accounts at once, and the critical section is a few adds.
    books: Mutex<Books>,
    /// Woken when a hold came back and somebody waits for one.
    freed: Notify,
}

/// What the account's lock guards.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) budget: Budget,
    pub(super) period: Period,
    /// The budget's window is not known to be the one that `period` was cut by: its end is to be found.
    is_window_new: bool,
    /// The latest instant at which it was touched by this process.
    touched_at: Option<Timestamp>,
    pub(super) spent: NanoUsd,
    pub(super) held: NanoUsd,
    pub(super) holds: u32,
    pub(super) lifetime: NanoUsd,
    /// Counts the holds that came back, so that a waiter knows whether it missed one.
    frees: u64,
    waiters: u32,
}

/// What is known of an account from before the process started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredAccount {
    pub id: AccountId,
    /// The last period it was in.
    pub period: Period,
    /// In that period.
    pub spent: NanoUsd,
    pub lifetime: NanoUsd,
}

/// An account as of one instant. Whoever shows spend shows this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// In the current period.
    pub spent: NanoUsd,
    /// On hold in the current period.
    pub held: NanoUsd,
    /// How many running requests hold it.
    pub holds: u32,
    pub cap: Option<NanoUsd>,
    pub soft: Option<NanoUsd>,
    pub mode: Mode,
    pub window_start: Timestamp,
    pub resets_at: Option<Timestamp>,
    /// Ever.
    pub lifetime: NanoUsd,
}

impl Status {
    /// What the cap leaves of spend alone; negative where a cap was passed or lowered.
    #[must_use]
    pub fn remaining(&self) -> Option<NanoUsd> {
        self.cap.map(|cap| NanoUsd(cap.0.saturating_sub(self.spent.0)))
    }

    /// What a new request could still hold.
    #[must_use]
    pub fn available(&self) -> Option<NanoUsd> {
        self.remaining().map(|remaining| NanoUsd(remaining.0.saturating_sub(self.held.0).max(0)))
    }
}

impl Account {
    pub(super) fn new(id: AccountId, restored: Option<&RestoredAccount>, settings: Arc<LedgerSettings>) -> Self {
        static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = NEXT_SERIAL.fetch_add(1, Ordering::Relaxed);
        Self { id, serial, settings, books: Mutex::new(Books::new(restored)), freed: Notify::new() }
    }

    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// What it may spend, as last declared.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.lock().budget.clone()
    }

    /// How its cap is enforced.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.lock().mode(&self.settings)
    }

    /// The account as of `now`, which starts a new period if the last one is over.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let books = self.lock_at(now);
        Status {
            spent: books.spent,
            held: books.held,
            holds: books.holds,
            cap: books.budget.max,
            soft: books.budget.soft,
            mode: books.mode(&self.settings),
            window_start: books.period.start,
            resets_at: books.period.end,
            lifetime: books.lifetime,
        }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn settings(&self) -> &LedgerSettings {
        &self.settings
    }

    pub(super) fn set_budget(&self, budget: Budget) {
        let mut books = self.lock();
        if books.budget.window != budget.window {
            books.is_window_new = true;
        }
        books.budget = budget;
        // The running period is cut anew right here: at the next touch its old end may be past, and a change of windows
        // would have been an amnesty.
        if let Some(instant) = books.touched_at {
            books.roll(instant, &self.settings);
        }
        let is_awaited = books.free();
        drop(books);
        self.wake(is_awaited);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Books> {
        // A panic cannot leave the books half written: nothing between lock and unlock can panic.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks it in the period of `now`.
    pub(super) fn lock_at(&self, now: Now) -> MutexGuard<'_, Books> {
        let mut books = self.lock();
        books.roll(now.wall, &self.settings);
        books
    }

    pub(super) fn wake(&self, is_awaited: bool) {
        if is_awaited {
            self.freed.notify_waiters();
        }
    }

    /// Waits until something came back after `seen`, the count of [`Books::frees`] at a refusal.
    pub(super) async fn freed_since(&self, seen: u64) {
        let mut freed = std::pin::pin!(self.freed.notified());
        // Registered before looking, so that what comes back in between wakes us.
        freed.as_mut().enable();
        let _waiting = {
            let mut books = self.lock();
            if books.frees != seen {
                return;
            }
            books.waiters = books.waiters.saturating_add(1);
            Waiting(self)
        };
        freed.await;
    }
}

/// Counts a waiter for as long as it waits, given up or not.
struct Waiting<'a>(&'a Account);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut books = self.0.lock();
        books.waiters = books.waiters.saturating_sub(1);
    }
}

impl Books {
    fn new(restored: Option<&RestoredAccount>) -> Self {
        let (period, spent, lifetime) = match restored {
            Some(restored) => (restored.period, restored.spent, restored.lifetime),
            None => (Period::FOREVER, NanoUsd::ZERO, NanoUsd::ZERO),
        };
        let (budget, touched_at) = (Budget::default(), None);
        let (held, holds, frees, waiters) = (NanoUsd::ZERO, 0, 0, 0);
        Self { budget, period, is_window_new: true, touched_at, spent, held, holds, lifetime, frees, waiters }
    }

    pub(super) fn mode(&self, settings: &LedgerSettings) -> Mode {
        self.budget.mode.unwrap_or(settings.default_mode)
    }

    pub(super) fn frees(&self) -> u64 {
        self.frees
    }

    /// Notes that something came back, and says whether anybody waits for that.
    pub(super) fn free(&mut self) -> bool {
        self.frees = self.frees.wrapping_add(1);
        self.waiters > 0
    }

    /// Starts a new period if the last one is over. A clock that steps back changes nothing: a period that was left is
    /// never entered again.
    fn roll(&mut self, instant: Timestamp, settings: &LedgerSettings) {
        self.touched_at = self.touched_at.max(Some(instant));
        if self.is_window_new {
            self.adopt_window(instant, settings);
        }
        let (Some(end), Some(window)) = (self.period.end, self.budget.window) else { return };
        if end <= instant {
            let next = window.period_at(instant, &settings.time_zone);
            // Where the window was changed while the process was down, its period may have begun before the last one
            // ended: starts identify periods, so they only grow.
            self.start(Period { start: next.start.max(end), end: next.end });
        }
    }

    /// Ends the current period where the new window says. What was spent in it stays spent: a new cap is no amnesty.
    fn adopt_window(&mut self, instant: Timestamp, settings: &LedgerSettings) {
        self.is_window_new = false;
        let Some(window) = self.budget.window else {
            self.period.end = None;
            return;
        };
        // The same length again is the same window, whenever it is said to begin: a restart, or a config that is read
        // again, would otherwise put every reset off.
        if let Window::Every { seconds, .. } = window
            && self.period.end.is_some_and(|end| end.duration_since(self.period.start).as_secs() == seconds)
        {
            self.budget.window = Some(Window::Every { seconds, since: self.period.start });
            return;
        }
        let current = window.period_at(instant.max(self.period.start), &settings.time_zone);
        if self.is_unused() {
            self.period = current;
        } else if !self.period.is_over(instant) {
            self.period.end = current.end;
        }
    }

    fn is_unused(&self) -> bool {
        self.period == Period::FOREVER && self.lifetime.is_zero() && self.holds == 0
    }

    /// Starts `period` with nothing spent. Holds of earlier periods stay with those.
    pub(super) fn start(&mut self, period: Period) {
        self.period = period;
        (self.spent, self.held, self.holds) = (NanoUsd::ZERO, NanoUsd::ZERO, 0);
    }
}

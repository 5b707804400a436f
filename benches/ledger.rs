//! What a hold and its charge cost, in memory and through SQLite.
//!
//! `cargo bench --bench ledger`. The targets: 1.5 M pairs a second over four accounts each on two threads, 0.5 M with one
//! account that all share, and 100,000 charges a second sustained through the journal.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says so by panicking")]

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use filters::clock::{self, Now};
use filters::money::NanoUsd;
use filters::state::identity::TeamId;
use filters::state::ledger::{
    Account, AccountId, Attribution, Budget, ChargeRecord, Entry, HoldRequest, Journal, JournalDown, Ledger,
    LedgerSettings, NoHold, Progress, RequestId, Scope, Sequence,
};
use tollkeeper::store::{Store, StoreSettings, Synchronous};

const THREADS: [usize; 2] = [1, 2];
const PAIRS: usize = 1000;
const CHARGES: usize = 100_000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Takes everything and keeps nothing, so that the ledger alone is measured.
#[derive(Debug, Default)]
struct NoJournal {
    appended: AtomicU64,
    progress: Arc<Progress>,
}

impl Journal for NoJournal {
    fn try_append(&self, entry: Entry) -> Result<Sequence, JournalDown> {
        Ok(self.append(entry))
    }

    fn append(&self, entry: Entry) -> Sequence {
        drop(black_box(entry));
        Sequence(self.appended.fetch_add(1, Ordering::Relaxed))
    }

    fn last(&self) -> Sequence {
        Sequence(self.appended.load(Ordering::Relaxed))
    }

    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

struct Load {
    ledger: Arc<Ledger>,
    /// For each thread, the accounts of its requests.
    accounts: Vec<Vec<Arc<Account>>>,
    attribution: Arc<Attribution>,
    now: Now,
}

impl Load {
    /// Four accounts for each of the threads, of which the first `shared` are the same for all.
    fn new(ledger: Arc<Ledger>, shared: usize) -> Self {
        let cap = Budget { max: Some(NanoUsd::MAX), ..Budget::default() };
        let name = |thread, n| {
            if n < shared { format!("shared {n}") } else { format!("of {thread}, {n}") }
        };
        let open =
            |thread, n| ledger.open(AccountId::whole(Scope::Team(TeamId::from(name(thread, n).as_str()))), cap.clone());
        let accounts = (0..THREADS.len()).map(|thread| (0..4).map(|n| open(thread, n)).collect()).collect();
        let attribution = Attribution {
            key_alias: Some(Arc::from("alice")),
            team: Some(TeamId::from("platform-engineering")),
            model: Arc::from("claude-3-sonnet"),
            route: "/v1/messages",
            ..Attribution::default()
        };
        Self { ledger, accounts, attribution: Arc::new(attribution), now: clock::now() }
    }

    fn pair(&self, thread: usize, request: u128) -> Result<(), NoHold> {
        let ask = HoldRequest {
            request: RequestId(request),
            accounts: self.accounts[thread].clone(),
            bound: NanoUsd(2000),
            estimate: NanoUsd(1000),
            attribution: self.attribution.clone(),
        };
        let hold = self.ledger.hold(ask, self.now)?;
        hold.charge(NanoUsd(1000), ChargeRecord::default());
        Ok(())
    }
}

/// Numbers the threads of a benchmark, each for as long as it lives.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed)));
    NUMBER.get() % THREADS.len()
}

fn pairs(bencher: Bencher<'_, '_>, shared: usize) {
    let load = Load::new(Arc::new(Ledger::new(Arc::new(NoJournal::default()), LedgerSettings::default())), shared);
    bencher.counter(ItemsCount::new(PAIRS)).bench(|| {
        let thread = thread_number();
        for request in 0..PAIRS {
            load.pair(thread, request as u128).unwrap();
        }
    });
}

#[divan::bench(threads = THREADS)]
fn hold_and_charge_spread(bencher: Bencher<'_, '_>) {
    pairs(bencher, 0);
}

#[divan::bench(threads = THREADS)]
fn hold_and_charge_one_account_shared(bencher: Bencher<'_, '_>) {
    pairs(bencher, 1);
}

/// Charges until the last one is committed.
fn through_sqlite(bencher: Bencher<'_, '_>, synchronous: Synchronous) {
    bencher.counter(ItemsCount::new(CHARGES)).with_inputs(|| tempfile::tempdir().unwrap()).bench_local_values(
        |folder| {
            let settings = StoreSettings { synchronous, ..StoreSettings::default() };
            let store = Store::open(&folder.path().join("ledger.db"), settings).unwrap();
            let load = Load::new(store.into_ledger(LedgerSettings::default()).unwrap(), 1);
            for request in 0..CHARGES {
                while load.pair(0, request as u128).is_err() {
                    // The queue is full: what a gateway answers with 503.
                    std::thread::yield_now();
                }
            }
            drop(load);
            folder
        },
    );
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn charges_through_sqlite_full(bencher: Bencher<'_, '_>) {
    through_sqlite(bencher, Synchronous::Full);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn charges_through_sqlite_normal(bencher: Bencher<'_, '_>) {
    through_sqlite(bencher, Synchronous::Normal);
}

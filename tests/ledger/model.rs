//! The ledger against a model of a few lines: any operations in any order, crashes and clock steps among them.

use std::collections::BTreeMap;
use std::sync::Arc;

use filters::clock::{self, Now};
use filters::money::NanoUsd;
use filters::state::ledger::{Account, Budget, ChargeRecord, Hold, Ledger, Mode, Window};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

use super::disk::{Disk, ask, team};

const NAMES: [&str; 3] = ["strict, daily", "strict", "standard"];
const HOURS_A_DAY: i64 = 24;

#[derive(Clone, Debug)]
enum Operation {
    Hold { accounts: [bool; 3], bound: i64 },
    Charge { hold: Index, cost: i64 },
    ChargePart { hold: Index, cost: i64 },
    Release(Index),
    Drop(Index),
    Cap { account: usize, cap: i64 },
    Clock { hours: i64 },
    Crash,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    prop_oneof![
        8 => (any::<[bool; 3]>(), 0_i64..60).prop_map(|(accounts, bound)| Hold { accounts, bound }),
        4 => (any::<Index>(), 0_i64..80).prop_map(|(hold, cost)| Charge { hold, cost }),
        2 => (any::<Index>(), 0_i64..80).prop_map(|(hold, cost)| ChargePart { hold, cost }),
        2 => any::<Index>().prop_map(Release),
        1 => any::<Index>().prop_map(Drop),
        2 => (0_usize..3, 0_i64..300).prop_map(|(account, cap)| Cap { account, cap }),
        2 => (-12_i64..30).prop_map(|hours| Clock { hours }),
        1 => Just(Crash),
    ]
}

/// One account as it should be.
#[derive(Clone, Debug, Default)]
struct Expected {
    cap: i64,
    /// By day, or all under 0 where the cap is for ever.
    spent: BTreeMap<i64, i64>,
    day: i64,
}

/// What a hold has on each of its accounts: the day and the amount.
type Legs = BTreeMap<usize, (i64, i64)>;

#[derive(Debug, Default)]
struct Model {
    accounts: [Expected; 3],
    holds: Vec<Legs>,
}

impl Model {
    fn held(&self, account: usize) -> (i64, u32) {
        let day = self.accounts[account].day;
        let legs = self.holds.iter().filter_map(|legs| legs.get(&account)).filter(|leg| leg.0 == day);
        legs.fold((0, 0), |(sum, holds), leg| (sum + leg.1, holds + 1))
    }

    fn spent(&self, account: usize) -> i64 {
        self.accounts[account].spent.get(&self.accounts[account].day).copied().unwrap_or(0)
    }

    fn hold(&mut self, accounts: &[usize], bound: i64) -> bool {
        let fits = |account: &usize| {
            let (cap, taken) = (self.accounts[*account].cap, self.spent(*account) + self.held(*account).0);
            cap > 0 && if is_strict(*account) { taken + bound <= cap } else { taken < cap }
        };
        // What is free touches no account.
        let is_free = bound == 0;
        if !is_free && !accounts.iter().all(fits) {
            return false;
        }
        let leg = |account: &usize| {
            let amount = if is_strict(*account) { bound } else { bound / 2 };
            (*account, (self.accounts[*account].day, amount))
        };
        self.holds.push(if is_free { Legs::new() } else { accounts.iter().map(leg).collect() });
        true
    }

    fn pay(&mut self, hold: usize, cost: i64) {
        for (account, (day, held)) in &mut self.holds[hold] {
            let paid = if is_strict(*account) { cost.min(*held) } else { cost };
            *held -= paid.min(*held);
            *self.accounts[*account].spent.entry(*day).or_default() += paid;
        }
    }

    fn charge(&mut self, hold: usize, cost: i64) {
        self.pay(hold, cost);
        self.holds.remove(hold);
    }

    fn charge_what_is_held(&mut self, hold: usize) {
        for (account, (day, held)) in self.holds.remove(hold) {
            *self.accounts[account].spent.entry(day).or_default() += held;
        }
    }
}

fn is_strict(account: usize) -> bool {
    account < 2
}

/// The ledger and the model, doing the same.
struct Pair {
    disk: Disk,
    ledger: Arc<Ledger>,
    accounts: Vec<Arc<Account>>,
    holds: Vec<Hold>,
    model: Model,
    hour: i64,
}

impl Pair {
    fn new() -> Self {
        let disk = Disk::new();
        let ledger = disk.ledger();
        let mut pair =
            Self { disk, ledger, accounts: Vec::new(), holds: Vec::new(), model: Model::default(), hour: 12 };
        pair.model.accounts.iter_mut().for_each(|account| account.cap = 150);
        pair.open();
        pair
    }

    fn open(&mut self) {
        self.accounts = (0..3).map(|account| team(&self.ledger, NAMES[account], self.budget(account))).collect();
    }

    fn budget(&self, account: usize) -> Budget {
        Budget {
            max: Some(NanoUsd(self.model.accounts[account].cap)),
            window: (account == 0).then_some(Window::Day),
            mode: Some(if is_strict(account) { Mode::Strict } else { Mode::Standard }),
            ..Budget::default()
        }
    }

    fn now(&self) -> Now {
        let midnight: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        Now { wall: midnight + SignedDuration::from_hours(self.hour), monotonic: clock::instant() }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Hold { accounts, bound } => self.hold(accounts, bound),
            Operation::Charge { hold, cost } => self.settle(hold, |model, hold, settled| {
                model.charge(hold, cost);
                settled.charge(NanoUsd(cost), ChargeRecord::default());
            }),
            Operation::ChargePart { hold, cost } => self.charge_part(hold, cost),
            Operation::Release(hold) => self.settle(hold, |model, hold, settled| {
                model.holds.remove(hold);
                settled.release();
            }),
            Operation::Drop(hold) => self.settle(hold, |model, hold, settled| {
                model.charge_what_is_held(hold);
                drop(settled);
            }),
            Operation::Cap { account, cap } => {
                self.model.accounts[account].cap = cap;
                team(&self.ledger, NAMES[account], self.budget(account));
            }
            Operation::Clock { hours } => self.hour += hours,
            Operation::Crash => self.crash(),
        }
    }

    fn hold(&mut self, accounts: [bool; 3], bound: i64) {
        let chosen: Vec<usize> = (0..3).filter(|account| accounts[*account]).collect();
        let asked: Vec<_> = chosen.iter().map(|account| &self.accounts[*account]).collect();
        let held = self.ledger.hold(ask(&asked, bound), self.now());
        assert_eq!(held.is_ok(), self.model.hold(&chosen, bound), "holding {bound} on {chosen:?}");
        self.holds.extend(held);
    }

    fn charge_part(&mut self, hold: Index, cost: i64) {
        if self.holds.is_empty() {
            return;
        }
        let hold = hold.index(self.holds.len());
        self.model.pay(hold, cost);
        self.holds[hold].charge_part(NanoUsd(cost), ChargeRecord::default());
    }

    fn settle(&mut self, hold: Index, both: impl FnOnce(&mut Model, usize, Hold)) {
        if !self.holds.is_empty() {
            let hold = hold.index(self.holds.len());
            both(&mut self.model, hold, self.holds.remove(hold));
        }
    }

    /// Everything that ran is charged what it held, and the clock is not behind where it was.
    fn crash(&mut self) {
        self.disk.kill(&self.ledger);
        self.holds.clear();
        while !self.model.holds.is_empty() {
            self.model.charge_what_is_held(0);
        }
        self.hour = self.hour.max(self.model.accounts[0].day * HOURS_A_DAY);
        self.ledger = self.disk.ledger();
        self.open();
    }

    fn compare(&mut self) {
        let day = self.hour.div_euclid(HOURS_A_DAY);
        self.model.accounts[0].day = self.model.accounts[0].day.max(day);
        for (account, expected) in self.model.accounts.iter().enumerate() {
            let status = self.accounts[account].status(self.now());
            let lifetime: i64 = expected.spent.values().sum();
            let figures = (status.spent.0, status.held.0, status.holds, status.lifetime.0);
            let (held, holds) = self.model.held(account);
            assert_eq!(figures, (self.model.spent(account), held, holds, lifetime), "{}", NAMES[account]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_ledger_does_what_the_model_does(operations in prop::collection::vec(operation(), 1..60)) {
        let mut pair = Pair::new();
        for operation in operations {
            // Every account is touched after each step, so that all know the latest day.
            pair.compare();
            pair.apply(operation);
            pair.compare();
        }
        pair.crash();
        pair.compare();
    }
}

//! What is held and what is refused.

use std::sync::Arc;
use std::thread;

use super::fixture::*;
use crate::money::NanoUsd;
use crate::state::ledger::*;

#[test]
fn a_refusal_leaves_no_trace_on_the_accounts_that_had_room() {
    let test = TestLedger::new();
    let (roomy, full) = (test.open("roomy", capped(1000)), test.open("full", capped(99)));

    let refused = test.refusal(&[&roomy, &full], 100);

    assert_eq!(refused.account.id(), full.id());
    assert_eq!(figures(&roomy, noon()), (0, 0, 0));
    assert!(test.journal.entries().is_empty());
}

#[test]
fn a_refusal_says_what_is_spent_and_held_and_whether_waiting_helps() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    test.hold(&[&team], 30).unwrap().charge(NanoUsd(30), ChargeRecord::default());
    let running = test.hold(&[&team], 50).unwrap();

    let (waitable, hopeless) = (test.refusal(&[&team], 21), test.refusal(&[&team], 71));

    assert_eq!((waitable.spent.0, waitable.held.0, waitable.holds, waitable.cap.0), (30, 50, 1, 100));
    assert!(waitable.would_fit_without_holds);
    assert!(!hopeless.would_fit_without_holds);
    running.release();
}

#[test]
fn a_refusal_that_no_wait_can_cure_is_told_before_one_that_it_can() {
    let test = TestLedger::new();
    let (busy, poor) = (test.open("busy", capped(100)), test.open("poor", capped(10)));
    let running = test.hold(&[&busy], 100).unwrap();

    assert_eq!(test.refusal(&[&busy, &poor], 20).account.id(), poor.id());
    running.release();
}

#[test]
fn a_cap_of_zero_lets_only_what_is_free_through() {
    let test = TestLedger::new();
    let blocked = test.open("blocked", capped(0));

    test.refusal(&[&blocked], 1);
    test.hold(&[&blocked], 0).unwrap().charge(NanoUsd::ZERO, ChargeRecord::default());

    assert_eq!(test.journal.entries().len(), 1, "a free request leaves its record");
}

#[test]
fn strict_holds_the_bound_and_the_others_the_estimate() {
    let test = TestLedger::new();
    let (strict, standard) = (test.open("strict", capped(100)), test.open("standard", capped_in(Mode::Standard, 100)));

    let hold = test.hold(&[&strict, &standard], 80).unwrap();

    assert_eq!(figures(&strict, noon()), (0, 80, 1));
    assert_eq!(figures(&standard, noon()), (0, 40, 1));
    assert_eq!(hold.amount(), NanoUsd(80));
    hold.release();
}

#[test]
fn lowering_a_cap_blocks_at_once_and_raising_it_frees() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    test.hold(&[&team], 60).unwrap().charge(NanoUsd(60), ChargeRecord::default());

    test.open("team", capped(50));
    test.refusal(&[&team], 1);
    test.open("team", capped(200));

    test.hold(&[&team], 140).unwrap().release();
    assert_eq!(figures(&team, noon()), (60, 0, 0));
}

#[test]
fn an_account_that_is_named_twice_is_held_once() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));

    let hold = test.hold(&[&team, &team], 100).unwrap();

    assert_eq!(figures(&team, noon()), (0, 100, 1));
    hold.release();
}

#[test]
fn a_negative_bound_holds_nothing() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));

    test.hold(&[&team], -50).unwrap().charge(NanoUsd(-7), ChargeRecord::default());

    assert_eq!(figures(&team, noon()), (0, 0, 0));
}

#[test]
fn nothing_is_held_while_the_journal_is_down() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    test.journal.break_down();

    assert!(matches!(test.hold(&[&team], 10), Err(NoHold::JournalDown(_))));

    assert_eq!(figures(&team, noon()), (0, 0, 0));
}

#[test]
fn whatever_runs_at_once_the_cap_holds_and_everything_comes_back() {
    let test = TestLedger::new();
    let shared = test.open("shared", capped(100_000));
    let own: Vec<_> = (0..4).map(|n| test.open(&format!("own {n}"), capped(60_000))).collect();

    thread::scope(|scope| {
        for (n, own) in own.iter().enumerate() {
            let (test, shared) = (&test, &shared);
            scope.spawn(move || spend_all(test, &[own, shared], 1 + n as i64));
        }
    });

    assert_eq!(test.charged(&shared), figures(&shared, noon()).0);
    assert!(figures(&shared, noon()).0 <= 100_000);
    for account in &own {
        assert_eq!(test.charged(account), figures(account, noon()).0);
        assert!(figures(account, noon()).0 <= 60_000);
    }
}

/// Holds and settles in every way there is until an account is full.
fn spend_all(test: &TestLedger, accounts: &[&Arc<Account>], stride: i64) {
    for turn in 0..4000 {
        let bound = 1 + (turn * stride) % 97;
        let Ok(hold) = test.hold(accounts, bound) else { continue };
        match turn % 4 {
            0 => hold.charge(NanoUsd(bound), ChargeRecord::default()),
            1 => hold.charge(NanoUsd(bound / 2), ChargeRecord::default()),
            2 => hold.release(),
            _ => drop(hold),
        }
    }
}

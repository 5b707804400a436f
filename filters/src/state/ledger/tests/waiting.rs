//! Waiting for what running requests hold.

use std::time::Duration;

use super::fixture::*;
use crate::money::NanoUsd;
use crate::state::ledger::*;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_would_fit_without_holds_is_held_when_they_come_back() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let running = test.hold(&[&team], 100).unwrap();

    let waiting = test.ledger.hold_within(test.ask(&[&team], 50), noon(), LONG);
    let release = async {
        tokio::task::yield_now().await;
        running.release();
    };
    let (held, ()) = tokio::join!(waiting, release);

    assert_eq!(figures(&team, noon()), (0, 50, 1));
    held.unwrap().release();
}

#[tokio::test]
async fn what_is_charged_meanwhile_ends_the_wait_with_a_refusal() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let running = test.hold(&[&team], 100).unwrap();

    let waiting = test.ledger.hold_within(test.ask(&[&team], 50), noon(), LONG);
    let charge = async {
        tokio::task::yield_now().await;
        running.charge(NanoUsd(100), ChargeRecord::default());
    };
    let (held, ()) = tokio::join!(waiting, charge);

    assert!(matches!(held, Err(NoHold::Refused(refused)) if !refused.would_fit_without_holds));
}

#[tokio::test]
async fn a_raised_cap_ends_the_wait() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let running = test.hold(&[&team], 100).unwrap();

    let waiting = test.ledger.hold_within(test.ask(&[&team], 50), noon(), LONG);
    let raise = async {
        tokio::task::yield_now().await;
        test.open("team", capped(150));
    };
    let (held, ()) = tokio::join!(waiting, raise);

    held.unwrap().release();
    running.release();
}

#[tokio::test]
async fn patience_ends() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let running = test.hold(&[&team], 100).unwrap();

    let held = test.ledger.hold_within(test.ask(&[&team], 50), noon(), Duration::from_millis(1)).await;

    assert!(matches!(held, Err(NoHold::Refused(refused)) if refused.would_fit_without_holds));
    running.release();
}

#[tokio::test]
async fn what_came_back_between_the_refusal_and_the_wait_is_not_missed() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let running = test.hold(&[&team], 100).unwrap();
    let refused = test.refusal(&[&team], 50);

    running.release();

    refused.freed().await;
}

//! What a start finds after an orderly end, and after a sudden one.

use filters::money::NanoUsd;
use filters::state::ledger::{Budget, ChargeRecord, ChargedEntry, Entry, Period, Posting, RequestId, Settles, Window};
use tollkeeper::store::{Recovered, RecoveryPolicy};

use super::disk::{Disk, ask, at, capped, figures, noon, settle, team};

const NOTHING: Recovered = Recovered { requests: 0, charged: NanoUsd::ZERO };

#[test]
fn balances_survive_a_restart() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    ledger.hold(ask(&[&spender], 80), noon()).unwrap().charge(NanoUsd(30), ChargeRecord::default());
    drop(ledger);

    let ledger = disk.ledger();

    assert_eq!(figures(&team(&ledger, "spender", capped(100))), (30, 0, 30));
    assert!(ledger.hold(ask(&[&spender], 71), noon()).is_err());
}

#[test]
fn what_a_dead_process_held_is_charged_once() {
    let mut disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    let _running = ledger.hold(ask(&[&spender], 80), noon()).unwrap();
    disk.kill(&ledger);

    assert_eq!(disk.recovered(), Recovered { requests: 1, charged: NanoUsd(80) });
    assert_eq!(disk.recovered(), NOTHING, "the second start finds nothing");

    assert_eq!(figures(&team(&disk.ledger(), "spender", capped(100))), (80, 0, 80));
    assert_eq!(disk.number("SELECT count(*) FROM spend WHERE outcome = 'recovered' AND flags & 8 AND cost = 80"), 1);
}

#[test]
fn what_a_dead_process_held_is_forgiven_where_the_policy_says_so() {
    let mut disk = Disk::new().with_policy(RecoveryPolicy::Release);
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    let _running = ledger.hold(ask(&[&spender], 80), noon()).unwrap();
    disk.kill(&ledger);

    assert_eq!(disk.recovered(), Recovered { requests: 1, charged: NanoUsd::ZERO });

    assert_eq!(figures(&team(&disk.ledger(), "spender", capped(100))), (0, 0, 0));
    assert_eq!(disk.number("SELECT count(*) FROM spend WHERE outcome = 'recovered' AND cost = 0"), 1);
}

#[test]
fn of_a_request_that_was_charged_in_part_only_the_rest_is_recovered() {
    let mut disk = Disk::new();
    let ledger = disk.ledger();
    let (spender, target) = (team(&ledger, "spender", capped(100)), team(&ledger, "target", capped(100)));
    let mut running = ledger.hold(ask(&[&spender], 80), noon()).unwrap();
    running.extend(std::slice::from_ref(&target), noon()).unwrap();
    running.charge_part(NanoUsd(30), ChargeRecord::default());
    running.retract(&[target]);
    disk.kill(&ledger);

    assert_eq!(disk.recovered(), Recovered { requests: 1, charged: NanoUsd(50) });

    let ledger = disk.ledger();
    assert_eq!(figures(&team(&ledger, "spender", capped(100))).0, 80);
    assert_eq!(figures(&team(&ledger, "target", capped(100))).0, 30);
    assert_eq!(disk.number("SELECT max(attempt) FROM spend"), 1);
}

#[test]
fn what_was_held_in_a_past_period_is_recovered_into_that() {
    let mut disk = Disk::new();
    let ledger = disk.ledger();
    let daily = Budget { window: Some(Window::Day), ..capped(100) };
    let spender = team(&ledger, "spender", daily.clone());
    let _running = ledger.hold(ask(&[&spender], 80), at("2026-11-19T12:00:00Z")).unwrap();
    ledger.hold(ask(&[&spender], 10), noon()).unwrap().charge(NanoUsd(10), ChargeRecord::default());
    disk.kill(&ledger);

    assert_eq!(figures(&team(&disk.ledger(), "spender", daily)), (10, 0, 90));
}

#[test]
fn a_charge_that_is_written_twice_is_charged_once() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    let status = spender.status(noon());
    let period = Period { start: status.window_start, end: status.resets_at };
    let charged = ChargedEntry {
        request: RequestId(7),
        attempt: 0,
        settles: Settles::Request,
        admitted_at: noon().wall,
        attribution: ask(&[], 0).attribution,
        cost: NanoUsd(5),
        postings: vec![Posting { account: spender, period, amount: NanoUsd(5) }],
        record: ChargeRecord::default(),
    };

    ledger.journal().append(Entry::Charged(Box::new(charged.clone())));
    settle(&ledger);
    ledger.journal().append(Entry::Charged(Box::new(charged)));
    drop(ledger);

    assert_eq!(figures(&team(&disk.ledger(), "spender", capped(100))).0, 5);
}

#[test]
fn a_reset_survives_a_restart_and_so_does_what_was_spent_before_it() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    ledger.hold(ask(&[&spender], 80), noon()).unwrap().charge(NanoUsd(80), ChargeRecord::default());
    ledger.reset(&spender, NanoUsd(10), noon()).unwrap();
    ledger.hold(ask(&[&spender], 5), noon()).unwrap().charge(NanoUsd(5), ChargeRecord::default());
    drop((ledger, spender));

    assert_eq!(figures(&team(&disk.ledger(), "spender", capped(100))), (15, 0, 85));
}

#[test]
fn the_overrun_account_survives_a_restart() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    ledger.hold(ask(&[&spender], 80), noon()).unwrap().charge(NanoUsd(95), ChargeRecord::default());
    drop(ledger);

    let ledger = disk.ledger();
    let overrun = ledger.accounts().into_iter().find(|account| !account.id().eq(spender.id())).unwrap();

    assert_eq!(figures(&overrun).0, 15);
}

#[tokio::test]
async fn a_hold_is_on_disk_when_it_says_so() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));

    let hold = ledger.hold(ask(&[&spender], 80), noon()).unwrap();
    hold.committed().await.unwrap();

    assert_eq!(disk.number("SELECT count(*) FROM holds"), 1);
    hold.release();
    drop((ledger, spender));
    assert_eq!(disk.number("SELECT count(*) FROM holds"), 0);
}

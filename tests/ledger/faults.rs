//! A disk that will not write for a while. A lock that somebody else holds on the database stands for every such fault.

use std::time::Duration;

use filters::money::NanoUsd;
use filters::state::ledger::{ChargeRecord, JournalDown, Ledger, NoHold};
use rusqlite::{Connection, TransactionBehavior};

use super::disk::{Disk, ask, capped, figures, noon, settle, team};

/// Waits until the journal works again, which it has to do by itself.
async fn healthy(ledger: &Ledger) {
    while !ledger.journal().is_healthy() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn while_the_journal_cannot_be_written_nothing_is_admitted_and_nothing_is_lost() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    let running = ledger.hold(ask(&[&spender], 40), noon()).unwrap();
    running.committed().await.unwrap();
    let mut other: Connection = disk.sql();
    let fault = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();

    let caught = ledger.hold(ask(&[&spender], 40), noon()).unwrap();
    assert_eq!(caught.committed().await, Err(JournalDown));
    assert!(matches!(ledger.hold(ask(&[&spender], 1), noon()), Err(NoHold::JournalDown(_))));
    running.charge(NanoUsd(30), ChargeRecord::default());
    caught.charge(NanoUsd(40), ChargeRecord::default());
    drop(fault);
    healthy(&ledger).await;

    ledger.hold(ask(&[&spender], 30), noon()).unwrap().charge(NanoUsd(30), ChargeRecord::default());
    drop(ledger);
    assert_eq!(figures(&team(&disk.ledger(), "spender", capped(100))), (100, 0, 100));
}

#[test]
fn a_full_queue_refuses_holds() {
    let mut disk = Disk::new();
    disk.settings.queue_entries_max = 0;
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));

    assert!(matches!(ledger.hold(ask(&[&spender], 1), noon()), Err(NoHold::JournalDown(_))));

    assert_eq!(figures(&spender), (0, 0, 0));
    settle(&ledger);
}

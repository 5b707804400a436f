//! Files that must not be written to: each is refused with a sentence, and none is replaced by an empty one.

use std::fs::{self, OpenOptions};

use filters::money::NanoUsd;
use filters::state::ledger::ChargeRecord;

use super::disk::{Disk, ask, capped, noon, team, with};

/// A database with one charge of 30 in it.
fn used() -> Disk {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let spender = team(&ledger, "spender", capped(100));
    ledger.hold(ask(&[&spender], 80), noon()).unwrap().charge(NanoUsd(30), ChargeRecord::default());
    drop(ledger);
    disk
}

fn refusal(disk: &Disk) -> String {
    disk.open().map(|_| ()).unwrap_err().to_string().replace(&disk.path().display().to_string(), "DB")
}

#[test]
fn books_that_do_not_balance_are_not_opened() {
    let disk = used();
    disk.sql().execute("UPDATE balances SET spent = spent - 10", []).unwrap();

    assert_eq!(
        refusal(&disk),
        "the books of \"DB\" do not balance: account team spender says 0.00000002, its charges say 0.00000003: \
         restore a backup, or compare the account with the vendors' bills first"
    );
}

#[test]
fn a_charge_that_vanished_is_noticed() {
    let disk = used();
    disk.sql().execute("DELETE FROM spend", []).unwrap();

    assert!(refusal(&disk).contains("do not balance"));
}

#[test]
fn a_balance_that_vanished_is_noticed() {
    let disk = used();
    disk.sql().execute("DELETE FROM balances", []).unwrap();

    assert!(refusal(&disk).contains("do not balance"));
}

#[test]
fn what_was_found_right_is_sealed_and_not_read_again() {
    let disk = used();
    drop(disk.open().unwrap());

    assert_eq!(disk.number("SELECT through FROM seal"), 1);
    disk.sql().execute("DELETE FROM spend", []).unwrap();
    assert!(disk.open().is_ok(), "old rows may be retired");
}

#[test]
fn a_second_process_is_refused() {
    let disk = used();
    let _first = disk.open().unwrap();

    let pid = std::process::id();
    assert_eq!(
        refusal(&disk),
        format!("\"DB\" is in use by another process (pid {pid}): stop that one, or use another database")
    );
}

#[test]
fn an_empty_file_is_refused() {
    let disk = Disk::new();
    fs::write(disk.path(), "").unwrap();

    assert!(refusal(&disk).starts_with("\"DB\" is empty"));
}

#[test]
fn a_log_without_its_database_is_refused() {
    let disk = Disk::new();
    fs::write(with(&disk.path(), "-wal"), "left over").unwrap();

    assert!(refusal(&disk).starts_with("\"DB\" is missing but its log"));
    assert!(!disk.path().exists());
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let disk = Disk::new();
    let letter = "Dear Sir or Madam, ".repeat(500);
    fs::write(disk.path(), &letter).unwrap();

    assert!(refusal(&disk).starts_with("\"DB\" is damaged (file is not a database)"));
    assert_eq!(fs::read_to_string(disk.path()).unwrap(), letter);
}

#[test]
fn a_database_that_was_cut_short_is_refused() {
    let disk = used();
    let length = fs::metadata(disk.path()).unwrap().len();
    OpenOptions::new().write(true).open(disk.path()).unwrap().set_len(length / 2).unwrap();

    assert!(refusal(&disk).starts_with("\"DB\" is damaged"));
}

#[test]
fn another_programs_database_is_refused() {
    let disk = Disk::new();
    disk.sql().execute_batch("CREATE TABLE theirs (id)").unwrap();

    assert!(refusal(&disk).starts_with("\"DB\" is a database of another program"));
}

#[test]
fn a_database_from_the_future_is_refused() {
    let disk = used();
    disk.sql().pragma_update(None, "user_version", 99).unwrap();

    assert_eq!(refusal(&disk), "\"DB\" has schema 99, this version knows 1: start the newer version that wrote it");
}

#[test]
fn what_is_left_of_an_interrupted_creation_is_no_hindrance() {
    let disk = Disk::new();
    fs::write(with(&disk.path(), ".new"), "half").unwrap();

    assert!(disk.open().is_ok());
}

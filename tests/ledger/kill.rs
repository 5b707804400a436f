//! `kill -9` at a random moment under load: no answer was free, and no cap was passed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use filters::clock;
use filters::money::NanoUsd;
use filters::state::ledger::{ChargeRecord, Ledger, LedgerSettings, NoHold};
use tollkeeper::store::{Store, StoreSettings};

use super::disk::{Disk, ask, capped, figures, team};

/// Names the database to the child, which is this test binary again.
const DATABASE: &str = "TOLLKEEPER_TEST_KILLED_DATABASE";
const ANSWER: &str = "answered ";
const BOUND: i64 = 10;
const CAP: i64 = 1_000_000;

#[test]
fn after_kill_9_every_answered_request_is_in_the_books() {
    let disk = Disk::new();
    let mut answered = 0;
    for answers in [1, 20, 150] {
        answered += answers_before_the_kill(&disk, answers);

        let ledger = disk.ledger();

        let (spent, held, lifetime) = figures(&team(&ledger, "spender", capped(CAP)));
        assert!(spent >= answered, "{answered} were answered, {spent} charged");
        assert!(spent <= CAP);
        assert_eq!((held, lifetime), (0, spent));
    }
}

/// Lets a child work until it has answered so often, kills it, and says what its answers cost.
fn answers_before_the_kill(disk: &Disk, answers: usize) -> i64 {
    let mut child = spawn(disk);
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut answered = output.lines().map_while(Result::ok).filter_map(|line| cost_of(&line));
    let seen: i64 = answered.by_ref().take(answers).sum();
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts, too.
    seen + answered.sum::<i64>()
}

fn cost_of(line: &str) -> Option<i64> {
    let (_, cost) = line.split_once(ANSWER)?;
    cost.parse().ok()
}

fn spawn(disk: &Disk) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::kill::the_process_that_is_killed", "--nocapture"])
        .env(DATABASE, disk.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Does nothing unless it is the child.
#[test]
fn the_process_that_is_killed() {
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let store = Store::open(path.as_ref(), StoreSettings::default()).unwrap();
    let ledger = store.into_ledger(LedgerSettings::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let clients: Vec<_> = (0..8).map(|client| runtime.spawn(answer_for_ever(ledger.clone(), client))).collect();
    for client in clients {
        runtime.block_on(client).unwrap();
    }
}

#[expect(clippy::print_stdout, reason = "the parent reads what was answered")]
async fn answer_for_ever(ledger: Arc<Ledger>, client: i64) {
    let spender = team(&ledger, "spender", capped(CAP));
    for turn in client.. {
        let hold = match ledger.hold(ask(&[&spender], BOUND), clock::now()) {
            Err(NoHold::Refused(_)) => return,
            hold => hold.unwrap(),
        };
        hold.committed().await.unwrap();
        let cost = 1 + turn % BOUND;
        println!("{ANSWER}{cost}");
        hold.charge(NanoUsd(cost), ChargeRecord::default());
    }
}

//! Many at once, through the journal: memory and disk say the same, and no cap is passed.

use std::sync::Arc;
use std::thread;

use filters::money::NanoUsd;
use filters::state::ledger::{Account, ChargeRecord, Ledger};

use super::disk::{Disk, ask, capped, figures, noon, team};

#[test]
fn memory_and_disk_agree_whatever_ran_at_once() {
    let disk = Disk::new();
    let ledger = disk.ledger();
    let shared = team(&ledger, "shared", capped(50_000));
    let own: Vec<_> = (0..3).map(|n| team(&ledger, &format!("own {n}"), capped(40_000))).collect();

    thread::scope(|scope| {
        for own in &own {
            scope.spawn(|| spend(&ledger, &[own, &shared]));
        }
    });

    let in_memory: Vec<_> = own.iter().chain([&shared]).map(|account| figures(account)).collect();
    assert!(in_memory.iter().all(|(spent, held, _)| *spent <= 50_000 && *held == 0), "{in_memory:?}");
    drop(ledger);
    let ledger = disk.ledger();
    let names = ["own 0", "own 1", "own 2", "shared"];
    let on_disk: Vec<_> = names.iter().map(|name| figures(&team(&ledger, name, capped(1)))).collect();
    assert_eq!(in_memory, on_disk);
    assert_eq!(disk.number("SELECT count(*) FROM holds"), 0);
}

fn spend(ledger: &Arc<Ledger>, accounts: &[&Arc<Account>]) {
    for turn in 0..2000 {
        let bound = 1 + turn % 97;
        let Ok(mut hold) = ledger.hold(ask(accounts, bound), noon()) else { continue };
        match turn % 5 {
            0 => hold.charge(NanoUsd(bound), ChargeRecord::default()),
            1 => hold.charge(NanoUsd(bound + 3), ChargeRecord::default()),
            2 => hold.release(),
            3 => drop(hold),
            _ => {
                hold.charge_part(NanoUsd(bound / 3), ChargeRecord::default());
                hold.charge(NanoUsd(bound / 3), ChargeRecord::default());
            }
        }
    }
}

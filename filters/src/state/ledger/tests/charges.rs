//! What is paid, by whom, and what is remembered of it.

use super::fixture::*;
use crate::money::NanoUsd;
use crate::state::ledger::*;

fn soft_capped(soft: i64) -> Budget {
    Budget { soft: Some(NanoUsd(soft)), ..Budget::default() }
}

#[test]
fn a_charge_takes_what_it_cost_and_gives_the_rest_back() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));

    test.hold(&[&team], 80).unwrap().charge(NanoUsd(30), ChargeRecord::default());

    assert_eq!(figures(&team, noon()), (30, 0, 0));
    assert_eq!(test.charged(&team), 30);
}

#[test]
fn a_dropped_hold_charges_what_it_held_and_says_so() {
    let test = TestLedger::new();
    let (strict, standard) = (test.open("strict", capped(100)), test.open("standard", capped_in(Mode::Standard, 100)));

    drop(test.hold(&[&strict, &standard], 80).unwrap());

    assert_eq!(figures(&strict, noon()), (80, 0, 0));
    assert_eq!(figures(&standard, noon()), (40, 0, 0));
    assert_eq!(test.heard(), ["dropped: charged 80"]);
}

#[test]
fn a_vendor_that_bills_more_than_a_strict_hold_fills_the_overrun_account() {
    let test = TestLedger::new();
    let (strict, standard) = (test.open("strict", capped(100)), test.open("standard", capped_in(Mode::Standard, 100)));

    test.hold(&[&strict, &standard], 80).unwrap().charge(NanoUsd(95), ChargeRecord::default());

    assert_eq!(figures(&strict, noon()).0, 80);
    assert_eq!(figures(&standard, noon()).0, 95);
    assert_eq!(test.overrun(), 15);
    assert_eq!(test.heard(), ["overrun: held 80, cost 95"]);
}

#[test]
fn without_a_cap_an_account_pays_all_of_it() {
    let test = TestLedger::new();
    let team = test.open("team", Budget::default());

    test.hold(&[&team], 80).unwrap().charge(NanoUsd(95), ChargeRecord::default());

    assert_eq!((figures(&team, noon()).0, test.overrun()), (95, 0));
}

#[test]
fn a_cost_that_cannot_be_is_bounded_and_marked() {
    let test = TestLedger::new();
    let team = test.open("team", Budget::default());

    for cost in [NanoUsd::MAX, NanoUsd::MAX, NanoUsd(-1)] {
        test.hold(&[&team], 1).unwrap().charge(cost, ChargeRecord::default());
    }

    assert_eq!(team.status(noon()).spent, NanoUsd::dollars(2_000_000));
    let entries = test.journal.entries();
    let marked = |entry: &&Entry| matches!(entry, Entry::Charged(charged) if charged.record.flags.is_unbelievable);
    assert_eq!(entries.iter().filter(marked).count(), 3);
}

#[test]
fn soft_caps_and_passed_caps_are_told_once_a_crossing() {
    let test = TestLedger::new();
    let team = test.open("team", Budget { soft: Some(NanoUsd(40)), ..capped_in(Mode::Soft, 50) });

    for _ in 0..4 {
        test.hold(&[&team], 20).unwrap().charge(NanoUsd(20), ChargeRecord::default());
    }

    assert_eq!(test.heard(), ["soft cap 40 reached: 40", "cap 50 passed: 60"]);
}

#[test]
fn a_soft_cap_alone_refuses_nothing() {
    let test = TestLedger::new();
    let team = test.open("team", soft_capped(10));

    test.hold(&[&team], 500).unwrap().charge(NanoUsd(500), ChargeRecord::default());

    assert_eq!(test.heard(), ["soft cap 10 reached: 500"]);
}

#[test]
fn an_attempt_charged_in_part_leaves_the_rest_on_hold() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let mut hold = test.hold(&[&team], 80).unwrap();

    hold.charge_part(NanoUsd(30), ChargeRecord::default());

    assert_eq!(figures(&team, noon()), (30, 50, 1));
    assert_eq!(hold.limit(), Some(NanoUsd(50)));
    hold.charge(NanoUsd(50), ChargeRecord::default());
    assert_eq!(figures(&team, noon()), (80, 0, 0));
}

#[test]
fn a_renewed_hold_is_whole_again_if_the_cap_allows() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let mut hold = test.hold(&[&team], 60).unwrap();

    hold.charge_part(NanoUsd(30), ChargeRecord::default());
    hold.renew(noon()).unwrap();
    assert_eq!(figures(&team, noon()), (30, 60, 1));
    hold.charge_part(NanoUsd(30), ChargeRecord::default());

    assert!(matches!(hold.renew(noon()), Err(NoHold::Refused(_))));
    assert_eq!(figures(&team, noon()), (60, 30, 1));
    hold.release();
}

#[test]
fn a_targets_accounts_are_held_for_as_long_as_it_is_the_target() {
    let test = TestLedger::new();
    let (team, first, second) =
        (test.open("team", capped(100)), test.open("first", capped(80)), test.open("second", capped(79)));
    let mut hold = test.hold(&[&team], 80).unwrap();

    hold.extend(std::slice::from_ref(&first), noon()).unwrap();
    hold.retract(std::slice::from_ref(&first));

    assert!(matches!(hold.extend(&[second], noon()), Err(NoHold::Refused(_))));
    assert_eq!(figures(&first, noon()), (0, 0, 0));
    assert_eq!(figures(&team, noon()), (0, 80, 1));
    hold.charge(NanoUsd(10), ChargeRecord::default());
    assert_eq!(test.charged(&first), 0);
}

#[test]
fn every_attempt_has_a_number_of_its_own() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let mut hold = test.hold(&[&team], 80).unwrap();
    hold.charge_part(NanoUsd(1), ChargeRecord::default());
    hold.charge_part(NanoUsd(1), ChargeRecord::default());
    hold.charge(NanoUsd(1), ChargeRecord::default());

    let entries = test.journal.entries();
    let attempts = entries.iter().filter_map(|entry| match entry {
        Entry::Charged(charged) => Some((charged.attempt, matches!(charged.settles, Settles::Request))),
        _ => None,
    });

    assert_eq!(attempts.collect::<Vec<_>>(), [(0, false), (1, false), (2, true)]);
}

#[tokio::test]
async fn a_hold_is_committed_when_the_journal_has_it_and_not_while_it_is_down() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    let hold = test.hold(&[&team], 10).unwrap();
    assert_eq!(hold.committed().await, Ok(()));

    let mut second = test.hold(&[&team], 10).unwrap();
    test.journal.break_down();

    assert!(second.extend(&[test.open("more", capped(100))], noon()).is_err());
    assert_eq!(second.committed().await, Ok(()), "what was committed stays so");
    hold.release();
    second.release();
}

#[test]
fn request_ids_read_as_uuids_that_sort_by_time() {
    let (earlier, later) = (RequestId::generate(noon().wall), RequestId::generate(at("2026-11-20T12:00:01Z").wall));

    assert!(earlier < later);
    let text = earlier.to_string();
    assert_eq!(text.len(), 36);
    assert_eq!((&text[14..15], &text[8..9]), ("7", "-"));
    assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
}

//! How an account goes from one period to the next.

use std::sync::Arc;

use super::fixture::*;
use crate::clock::Now;
use crate::money::NanoUsd;
use crate::state::identity::TeamId;
use crate::state::ledger::*;

const TOMORROW: &str = "2026-11-21T00:00:00Z";

fn daily(cap: i64) -> Budget {
    Budget { window: Some(Window::Day), ..capped(cap) }
}

fn monthly(cap: i64) -> Budget {
    Budget { window: Some(Window::Month), ..capped(cap) }
}

fn spend(test: &TestLedger, account: &Arc<Account>, amount: i64, now: Now) {
    let hold = test.ledger.hold(test.ask(&[account], amount), now).unwrap();
    hold.charge(NanoUsd(amount), ChargeRecord::default());
}

#[test]
fn a_cap_starts_again_at_the_boundary_and_not_a_moment_before() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    spend(&test, &team, 100, noon());

    assert_eq!(figures(&team, at("2026-11-20T23:59:59.999999999Z")).0, 100);
    assert_eq!(figures(&team, at(TOMORROW)).0, 0);
    assert_eq!(team.status(at(TOMORROW)).lifetime, NanoUsd(100));
}

#[test]
fn a_request_held_before_a_reset_and_charged_after_it_belongs_to_the_period_before() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    let hold = test.hold(&[&team], 80).unwrap();
    let tomorrow = at(TOMORROW);
    let other = test.ledger.hold(test.ask(&[&team], 100), tomorrow).unwrap();

    hold.charge(NanoUsd(80), ChargeRecord::default());

    assert_eq!(figures(&team, tomorrow), (0, 100, 1));
    assert_eq!(team.status(tomorrow).lifetime, NanoUsd(80));
    other.release();
}

#[test]
fn a_clock_that_steps_back_does_not_open_a_past_period_again() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    spend(&test, &team, 100, at(TOMORROW));

    let status = team.status(noon());

    assert_eq!(status.spent, NanoUsd(100));
    assert_eq!(status.window_start, at(TOMORROW).wall);
    assert!(test.ledger.hold(test.ask(&[&team], 1), noon()).is_err());
}

#[test]
fn another_window_is_no_amnesty() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    spend(&test, &team, 60, noon());

    test.open("team", monthly(100));

    assert_eq!(figures(&team, at(TOMORROW)).0, 60);
    assert_eq!(team.status(noon()).resets_at, Some(at("2026-12-01T00:00:00Z").wall));
    assert_eq!(figures(&team, at("2026-12-01T00:00:00Z")).0, 0);
}

#[test]
fn a_cap_for_ever_that_gets_a_window_keeps_its_spend_until_that_ends() {
    let test = TestLedger::new();
    let team = test.open("team", capped(100));
    spend(&test, &team, 60, noon());

    test.open("team", daily(100));

    assert_eq!(figures(&team, noon()).0, 60);
    assert_eq!(figures(&team, at(TOMORROW)).0, 0);
}

#[test]
fn a_restored_account_is_as_it_was_left() {
    let id = AccountId::whole(Scope::Team(TeamId::from("team")));
    let period = Period { start: at("2026-11-20T00:00:00Z").wall, end: Some(at(TOMORROW).wall) };
    let restored = RestoredAccount { id, period, spent: NanoUsd(60), lifetime: NanoUsd(500) };
    let test = TestLedger::restored(vec![restored]);

    let team = test.open("team", daily(100));

    assert_eq!(figures(&team, noon()).0, 60);
    assert_eq!(team.status(noon()).lifetime, NanoUsd(500));
    assert_eq!(figures(&team, at(TOMORROW)).0, 0);
}

#[test]
fn a_window_that_was_changed_while_nobody_looked_never_starts_a_period_before_the_last() {
    let id = AccountId::whole(Scope::Team(TeamId::from("team")));
    let period = Period { start: at("2026-11-19T00:00:00Z").wall, end: Some(at("2026-11-20T00:00:00Z").wall) };
    let restored = RestoredAccount { id, period, spent: NanoUsd(60), lifetime: NanoUsd(60) };
    let test = TestLedger::restored(vec![restored]);

    let team = test.open("team", monthly(100));

    assert_eq!(figures(&team, noon()).0, 0);
    assert_eq!(team.status(noon()).window_start, at("2026-11-20T00:00:00Z").wall);
}

#[test]
fn a_reset_starts_again_until_the_period_would_have_ended() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    spend(&test, &team, 100, noon());

    test.ledger.reset(&team, NanoUsd(10), noon()).unwrap();

    assert_eq!(figures(&team, noon()).0, 10);
    assert_eq!(team.status(noon()).resets_at, Some(at(TOMORROW).wall));
    assert_eq!(team.status(noon()).lifetime, NanoUsd(100));
}

#[test]
fn two_resets_at_one_instant_start_two_periods() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));

    test.ledger.reset(&team, NanoUsd::ZERO, noon()).unwrap();
    let first = team.status(noon()).window_start;
    test.ledger.reset(&team, NanoUsd::ZERO, noon()).unwrap();

    assert!(first < team.status(noon()).window_start);
}

#[test]
fn a_second_attempt_after_a_reset_is_held_in_the_new_period() {
    let test = TestLedger::new();
    let team = test.open("team", daily(100));
    let mut hold = test.hold(&[&team], 80).unwrap();
    hold.charge_part(NanoUsd(30), ChargeRecord::default());

    hold.renew(at(TOMORROW)).unwrap();

    assert_eq!(figures(&team, at(TOMORROW)), (0, 80, 1));
    hold.charge(NanoUsd(80), ChargeRecord::default());
    assert_eq!(figures(&team, at(TOMORROW)), (80, 0, 0));
    assert_eq!(test.charged(&team), 110);
}

#[test]
fn a_fixed_window_that_is_declared_again_does_not_put_its_reset_off() {
    let test = TestLedger::new();
    let thirty_days_from =
        |since: Now| Budget { window: Some(Window::Every { seconds: 30 * 86_400, since: since.wall }), ..capped(100) };
    let team = test.open("team", thirty_days_from(noon()));
    spend(&test, &team, 60, noon());

    let restart = at("2026-12-10T00:00:00Z");
    test.open("team", thirty_days_from(restart));

    assert_eq!(figures(&team, restart).0, 60);
    assert_eq!(team.status(restart).resets_at, Some(at("2026-12-20T12:00:00Z").wall));
    assert_eq!(figures(&team, at("2026-12-20T12:00:00Z")).0, 0);
}

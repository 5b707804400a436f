//! Each instant in exactly one period.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::fixture::at;
use crate::state::ledger::{Period, Window};

const CALENDAR: [Window; 4] = [Window::Day, Window::Week, Window::Month, Window::Year];
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
/// Sets its clock back over midnight, so that a date comes twice.
const TWICE: &str = "XST3XDT,M10.3.0/0,M2.3.0/0:01";

fn zone(posix: &str) -> TimeZone {
    TimeZone::posix(posix).unwrap()
}

fn period(window: Window, instant: &str, zone: &TimeZone) -> (String, String) {
    let Period { start, end } = window.period_at(at(instant).wall, zone);
    (start.to_string(), end.unwrap().to_string())
}

fn span(start: &str, end: &str) -> (String, String) {
    (start.to_owned(), end.to_owned())
}

#[test]
fn calendar_windows_begin_where_people_expect() {
    let (berlin, noon) = (zone(BERLIN), "2026-11-20T12:00:00Z");

    assert_eq!(period(Window::Day, noon, &berlin), span("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z"));
    assert_eq!(period(Window::Week, noon, &berlin), span("2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"));
    assert_eq!(period(Window::Month, noon, &berlin), span("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"));
    assert_eq!(period(Window::Year, noon, &berlin), span("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"));
}

#[test]
fn days_on_which_the_clock_is_changed_are_23_and_25_hours_long() {
    let berlin = zone(BERLIN);

    assert_eq!(
        period(Window::Day, "2026-03-29T12:00:00Z", &berlin),
        span("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    );
    assert_eq!(
        period(Window::Day, "2026-10-25T12:00:00Z", &berlin),
        span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")
    );
}

#[test]
fn a_leap_day_is_in_february() {
    assert_eq!(
        period(Window::Month, "2028-02-29T12:00:00Z", &TimeZone::UTC),
        span("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")
    );
}

#[test]
fn fixed_lengths_follow_one_another_from_when_the_cap_was_set_and_reach_back_before_it() {
    let thirty_days = Window::Every { seconds: 30 * 86_400, since: at("2026-11-20T12:00:00Z").wall };

    let periods = [
        ("2026-11-20T12:00:00Z", "2026-12-20T12:00:00Z"),
        ("2026-12-20T12:00:00Z", "2027-01-19T12:00:00Z"),
        ("2026-10-21T12:00:00Z", "2026-11-20T12:00:00Z"),
    ];

    for (start, end) in periods {
        assert_eq!(period(thirty_days, start, &TimeZone::UTC), span(start, end));
    }
}

#[test]
fn the_ends_of_time_have_periods_too() {
    for window in CALENDAR.into_iter().chain([Window::Every { seconds: i64::MAX, since: Timestamp::MAX }]) {
        for instant in [Timestamp::MIN, Timestamp::MAX] {
            let period = window.period_at(instant, &zone(BERLIN));
            assert!(period.start <= instant, "{window:?} {instant}");
        }
    }
}

#[test]
fn a_date_that_comes_twice_is_one_period() {
    // On the third Sunday of February the clock goes from 00:01 back to 23:01 on Saturday.
    let zone = zone(TWICE);
    let first_midnight = zone.to_timestamp("2026-02-15T00:00:00".parse().unwrap()).unwrap();

    let before = Window::Day.period_at(first_midnight - SignedDuration::from_nanos(1), &zone);
    let after = Window::Day.period_at(first_midnight + SignedDuration::from_mins(30), &zone);

    assert_eq!(before.end, Some(first_midnight));
    assert_eq!(after.start, first_midnight);
}

fn zones() -> Vec<TimeZone> {
    let named = jiff::tz::db().available().filter_map(|name| TimeZone::get(name.as_str()).ok());
    named.chain([BERLIN, TWICE].map(zone)).collect()
}

proptest! {
    #[test]
    fn every_instant_is_in_one_period_and_periods_meet(
        seconds in 1_262_304_000_i64..1_924_992_000, nanoseconds in 0_i32..1_000_000_000, pick in any::<prop::sample::Index>(),
    ) {
        let zones = zones();
        let (zone, instant) = (pick.get(&zones), Timestamp::new(seconds, nanoseconds).unwrap());
        for window in CALENDAR.into_iter().chain([Window::Every { seconds: 86_400 * 7, since: at("2026-11-20T12:00:01Z").wall }]) {
            let period = window.period_at(instant, zone);
            let end = period.end.unwrap();
            prop_assert!(period.contains(instant), "{window:?} {instant} {period:?}");
            prop_assert_eq!(window.period_at(period.start, zone), period);
            prop_assert_eq!(window.period_at(end - SignedDuration::from_nanos(1), zone), period);
            prop_assert_eq!(window.period_at(end, zone).start, end);
        }
    }
}

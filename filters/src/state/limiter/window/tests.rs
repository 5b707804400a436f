use proptest::prelude::*;

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_use_counts_for_sixty_seconds_and_not_a_nanosecond_longer() {
    let mut window = SlidingWindow::default();

    window.add(7, ms(5));

    assert_eq!(window.used(ms(60_005) - Duration::from_nanos(1)), 7);
    assert_eq!(window.used(ms(60_005)), 0);
}

#[test]
fn a_use_between_two_milliseconds_counts_up_to_the_later_one() {
    let mut window = SlidingWindow::default();

    window.add(7, ms(5) - Duration::from_nanos(1));

    assert_eq!(window.used(ms(60_005) - Duration::from_nanos(1)), 7);
    assert_eq!(window.used(ms(60_005)), 0);
}

#[test]
fn a_correction_counts_when_the_use_was_and_not_when_it_is_corrected() {
    let mut window = SlidingWindow::default();
    let stamp = window.add(100, ms(0));
    window.add(1, ms(59_000));

    window.correct(stamp, 100, 250);

    assert_eq!(window.used(ms(59_999)), 251);
    assert_eq!(window.used(ms(60_000)), 1);
}

#[test]
fn a_correction_of_what_has_expired_changes_nothing() {
    let mut window = SlidingWindow::default();
    let stamp = window.add(100, ms(0));
    window.add(1, ms(60_000));

    window.correct(stamp, 100, 1_000_000);

    assert_eq!(window.used(ms(60_000)), 1);
}

#[test]
fn absurd_amounts_add_up_without_wrapping() {
    let mut window = SlidingWindow::default();

    window.add(u64::MAX, ms(1));
    window.add(u64::MAX, ms(1));
    window.add(u64::MAX, ms(2));

    assert_eq!(window.used(ms(2)), 2 * u128::from(u64::MAX));
    assert_eq!(window.used(ms(60_001)), u128::from(u64::MAX));
    assert_eq!(window.used(ms(60_002)), 0);
}

#[test]
fn a_thread_that_is_late_with_its_clock_is_counted_with_the_last_one() {
    let mut window = SlidingWindow::default();
    window.add(1, ms(10));

    let stamp = window.add(2, ms(4));
    window.correct(stamp, 2, 5);

    assert_eq!(window.used(ms(60_009)), 6);
    assert_eq!(window.used(ms(60_010)), 0);
}

#[test]
fn a_millisecond_is_one_pair_and_an_idle_log_gives_its_memory_back() {
    let mut window = SlidingWindow::default();

    (0..200_000).for_each(|now| {
        window.add(1, ms(now));
        window.add(1, ms(now));
    });

    assert_eq!(window.uses.len(), 60_000);
    assert_eq!(window.used(ms(1_000_000)), 0);
    assert!(window.uses.capacity() <= 2 * PAIRS_KEPT);
}

#[test]
fn what_is_larger_than_the_limit_never_fits() {
    let mut window = SlidingWindow::default();

    assert_eq!(window.wait(10, 10, ms(0)), Some(Duration::ZERO));
    assert_eq!(window.wait(11, 10, ms(0)), None);
    assert_eq!(window.wait(0, 0, ms(0)), None);
}

#[test]
fn an_overdrawn_window_lets_nothing_through_until_the_debt_has_expired() {
    let mut window = SlidingWindow::default();
    let stamp = window.add(10, ms(0));
    window.add(5, ms(1_000));

    window.correct(stamp, 10, 500);

    assert_eq!(window.wait(0, 100, ms(2_000)), Some(ms(58_000)));
    assert_eq!(window.wait(96, 100, ms(2_000)), Some(ms(59_000)));
}

/// Steps forward in time, often none.
fn gaps() -> impl Strategy<Value = Vec<u64>> {
    let gap = prop_oneof![3 => Just(0), 3 => 0..2_000_u64, 2 => 1_000..40_000_u64, 1 => 59_999..60_002_u64];
    prop::collection::vec(gap, 1..200)
}

proptest! {
    #[test]
    fn on_whole_milliseconds_it_admits_what_an_exact_log_admits(gaps in gaps(), limit in 0..12_u64) {
        let (mut window, mut log, mut now) = (SlidingWindow::default(), Vec::new(), 0);
        for gap in gaps {
            now += gap;
            let fits = log.iter().filter(|at| now - **at < LENGTH_MS).count() < usize::try_from(limit).unwrap();

            prop_assert_eq!(window.wait(1, limit, ms(now)) == Some(Duration::ZERO), fits);

            if fits {
                window.add(1, ms(now));
                log.push(now);
            }
        }
    }

    #[test]
    fn no_sixty_seconds_hold_more_than_the_limit_and_no_refusal_is_without_cause(
        gaps in gaps(),
        nanos in prop::collection::vec(0..1_000_000_u64, 200),
        limit in 1..12_usize,
    ) {
        let (minute, rounding) = (ms(LENGTH_MS), ms(1));
        let (mut window, mut admitted, mut now) = (SlidingWindow::default(), Vec::new(), Duration::ZERO);
        for (gap, nanos) in gaps.into_iter().zip(nanos) {
            now += ms(gap) + Duration::from_nanos(nanos);
            let within = |length| admitted.iter().filter(|at| now - **at < length).count();

            if window.wait(1, limit as u64, now) == Some(Duration::ZERO) {
                prop_assert!(within(minute) < limit);
                window.add(1, now);
                admitted.push(now);
            } else {
                prop_assert!(within(minute + rounding) >= limit);
            }
        }
    }

    #[test]
    fn amounts_and_corrections_add_up_as_in_an_exact_log(
        uses in prop::collection::vec((0..20_000_u64, 0..100_u64, 0..300_u64, 0..10_usize), 1..150),
    ) {
        let (mut window, mut log, mut now) = (SlidingWindow::default(), Vec::<(u64, Stamp, u64)>::new(), 0);
        for (gap, amount, corrected, back) in uses {
            now += gap;
            log.push((now, window.add(amount, ms(now)), amount));
            let place = log.len().saturating_sub(1 + back);
            let (_, stamp, from) = log[place];

            window.correct(stamp, from, corrected);
            log[place].2 = corrected;

            let exact: u64 = log.iter().filter(|(at, ..)| now - at < LENGTH_MS).map(|(.., amount)| amount).sum();
            prop_assert_eq!(window.used(ms(now)), u128::from(exact));
        }
    }

    #[test]
    fn the_wait_is_the_time_really_left(
        uses in prop::collection::vec((0..5_000_u64, 1..40_u64), 1..60),
        needs in 1..=100_u64,
    ) {
        let (mut window, mut now) = (SlidingWindow::default(), 0);
        for (gap, amount) in uses {
            now += gap;
            window.add(amount, ms(now));
        }

        let wait = window.wait(needs, 100, ms(now)).unwrap();

        prop_assert_eq!(window.wait(needs, 100, ms(now) + wait), Some(Duration::ZERO));
    }

    #[test]
    fn before_the_wait_is_over_it_does_not_fit(
        uses in prop::collection::vec((0..5_000_u64, 1..40_u64), 1..60),
        needs in 1..=100_u64,
    ) {
        let (mut window, mut now) = (SlidingWindow::default(), 0);
        for (gap, amount) in uses {
            now += gap;
            window.add(amount, ms(now));
        }

        let wait = window.wait(needs, 100, ms(now)).unwrap();

        if let Some(almost) = wait.checked_sub(Duration::from_nanos(1)) {
            prop_assert_ne!(window.wait(needs, 100, ms(now) + almost), Some(Duration::ZERO));
        }
    }
}

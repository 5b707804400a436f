use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;
use crate::state::identity::KeyHash;

/// A limiter whose clock starts at zero.
struct Fixture {
    limiter: Limiter,
    epoch: Instant,
}

impl Fixture {
    fn new() -> Self {
        let epoch = crate::clock::instant();
        Self { limiter: Limiter::new(epoch), epoch }
    }

    fn at(&self, ms: u64) -> Instant {
        self.epoch + Duration::from_millis(ms)
    }

    fn team(&self, name: &str) -> Arc<Counter> {
        self.limiter.counter(&LimitScope::Team(name.into()))
    }

    fn take(&self, asks: &[(&Arc<Counter>, Limits)], tokens: u64, ms: u64) -> Result<Slot, Limited> {
        let asks: Vec<_> = asks.iter().map(|(counter, limits)| Ask { counter, limits: *limits }).collect();
        self.limiter.take(&asks, tokens, self.at(ms))
    }
}

fn requests(limit: u64) -> Limits {
    Limits { requests_per_minute: Some(limit), ..Limits::default() }
}

fn tokens(limit: u64) -> Limits {
    Limits { tokens_per_minute: Some(limit), ..Limits::default() }
}

fn parallel(limit: u64) -> Limits {
    Limits { parallel_requests: Some(limit), ..Limits::default() }
}

#[test]
fn the_request_after_the_last_one_is_refused_with_all_a_client_needs_to_know() {
    let gate = Fixture::new();
    let red = gate.team("red");
    for ms in [1_000, 2_000, 3_000] {
        gate.take(&[(&red, requests(3))], 0, ms).unwrap();
    }

    let limited = gate.take(&[(&red, requests(3))], 0, 31_000).unwrap_err();

    assert_eq!(
        limited,
        Limited {
            scope: LimitScope::Team("red".into()),
            kind: LimitKind::Requests,
            limit: 3,
            remaining: 0,
            needs: 1,
            resets_in: Some(Duration::from_secs(30)),
        }
    );
    assert!(gate.take(&[(&red, requests(3))], 0, 60_999).is_err());
    assert!(gate.take(&[(&red, requests(3))], 0, 61_000).is_ok());
}

#[test]
fn a_limit_of_zero_refuses_for_ever() {
    for (kind, limits) in
        [(LimitKind::Requests, requests(0)), (LimitKind::Tokens, tokens(0)), (LimitKind::Parallel, parallel(0))]
    {
        let gate = Fixture::new();

        let limited = gate.take(&[(&gate.team("red"), limits)], 0, 0).unwrap_err();

        assert_eq!((limited.kind, limited.never_fits()), (kind, true));
    }
}

#[test]
fn a_request_larger_than_the_whole_limit_is_told_that_it_can_never_pass() {
    let gate = Fixture::new();
    let red = gate.team("red");

    let limited = gate.take(&[(&red, tokens(100))], 101, 0).unwrap_err();

    assert_eq!((limited.never_fits(), limited.needs, limited.remaining), (true, 101, 100));
    assert!(gate.take(&[(&red, tokens(100))], 100, 0).is_ok());
}

#[test]
fn of_several_refusals_the_one_that_lasts_longest_is_told() {
    let gate = Fixture::new();
    let (red, blue) = (gate.team("red"), gate.team("blue"));
    let _running = gate.take(&[(&red, parallel(1))], 0, 0).unwrap();
    gate.take(&[(&blue, requests(1))], 0, 0).unwrap();

    for asks in [[(&red, parallel(1)), (&blue, requests(1))], [(&blue, requests(1)), (&red, parallel(1))]] {
        let limited = gate.take(&asks, 0, 10_000).unwrap_err();
        assert_eq!((limited.kind, limited.resets_in), (LimitKind::Requests, Some(Duration::from_secs(50))));
    }
}

#[test]
fn a_refusal_leaves_no_trace_on_the_counters_that_would_have_passed() {
    let gate = Fixture::new();
    let (red, full) = (gate.team("red"), gate.team("full"));
    let all = Limits { requests_per_minute: Some(1), tokens_per_minute: Some(10), parallel_requests: Some(1) };
    gate.take(&[(&full, requests(1))], 0, 0).unwrap();

    for asks in [[(&red, all), (&full, requests(1))], [(&full, requests(1)), (&red, all)]] {
        gate.take(&asks, 10, 1).unwrap_err();
    }

    assert!(gate.take(&[(&red, all)], 10, 2).is_ok());
}

#[test]
fn what_has_no_limit_is_not_counted() {
    let gate = Fixture::new();
    let red = gate.team("red");

    for _ in 0..10 {
        gate.take(&[(&red, requests(10))], 1_000_000, 0).unwrap();
        gate.take(&[(&red, Limits::default())], 1_000_000, 0).unwrap();
    }

    assert_eq!(gate.take(&[(&red, tokens(5))], 5, 1).unwrap().headers(gate.at(1)).requests, None);
    assert!(gate.take(&[(&red, requests(10))], 0, 1).is_err());
}

#[test]
fn a_new_limit_holds_at_once_for_what_was_used_before() {
    let gate = Fixture::new();
    let red = gate.team("red");
    (0..5).for_each(|ms| drop(gate.take(&[(&red, requests(100))], 0, ms).unwrap()));

    let limited = gate.take(&[(&gate.team("red"), requests(3))], 0, 10_000).unwrap_err();

    assert_eq!((limited.remaining, limited.resets_in), (0, Some(Duration::from_millis(50_002))));
}

#[test]
fn a_counter_that_is_asked_for_twice_is_taken_once_under_the_tighter_limits() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let twice = [(&red, requests(5)), (&red, requests(2))];

    assert!(gate.take(&twice, 0, 0).is_ok());
    assert!(gate.take(&twice, 0, 0).is_ok());
    assert_eq!(gate.take(&twice, 0, 0).unwrap_err().limit, 2);
}

#[test]
fn tokens_are_corrected_down_and_the_room_is_there_at_once() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let mut slot = gate.take(&[(&red, tokens(100))], 100, 0).unwrap();
    assert!(gate.take(&[(&red, tokens(100))], 1, 1_000).is_err());

    slot.settle(30);

    assert!(gate.take(&[(&red, tokens(100))], 71, 1_000).is_err());
    assert!(gate.take(&[(&red, tokens(100))], 70, 1_000).is_ok());
}

#[test]
fn tokens_beyond_the_reservation_are_a_debt_of_the_minute_they_were_reserved_in() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let mut slot = gate.take(&[(&red, tokens(100))], 10, 0).unwrap();

    slot.settle(500);

    let limited = gate.take(&[(&red, tokens(100))], 1, 59_000).unwrap_err();
    assert_eq!((limited.remaining, limited.resets_in), (0, Some(Duration::from_secs(1))));
    assert!(gate.take(&[(&red, tokens(100))], 100, 60_000).is_ok());
}

#[test]
fn a_failed_call_gives_its_tokens_back_but_its_request_counts() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let limits = Limits { requests_per_minute: Some(2), ..tokens(100) };
    let mut slot = gate.take(&[(&red, limits)], 100, 0).unwrap();

    slot.give_back_tokens();
    slot.give_back_tokens();
    drop(slot);

    assert!(gate.take(&[(&red, limits)], 100, 1).is_ok());
    assert_eq!(gate.take(&[(&red, requests(2))], 0, 2).unwrap_err().kind, LimitKind::Requests);
}

#[test]
fn settling_again_replaces_what_was_settled() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let mut slot = gate.take(&[(&red, tokens(100))], 50, 0).unwrap();

    slot.settle(90);
    slot.settle(20);

    assert_eq!(gate.take(&[(&red, tokens(100))], 81, 1).unwrap_err().remaining, 80);
}

#[test]
fn a_parallel_slot_is_free_again_when_its_request_ends_or_panics() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let running = gate.take(&[(&red, parallel(1))], 0, 0).unwrap();
    assert_eq!(gate.take(&[(&red, parallel(1))], 0, 0).unwrap_err().kind, LimitKind::Parallel);

    drop(running);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _running = gate.take(&[(&red, parallel(1))], 0, 0).unwrap();
        panic!("a handler broke");
    }));

    assert!(panicked.is_err());
    assert!(gate.take(&[(&red, parallel(1))], 0, 0).is_ok());
}

#[test]
fn a_parallel_slot_is_held_however_long_the_request_takes() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let _running = gate.take(&[(&red, parallel(1))], 0, 0).unwrap();

    assert!(gate.take(&[(&red, parallel(1))], 0, 10_000_000).is_err());
}

#[test]
fn the_headers_show_the_tightest_limit() {
    let gate = Fixture::new();
    let key = gate.limiter.counter(&LimitScope::Key(KeyHash::of("sk-alice")));
    let team = gate.team("red");
    let asks = [
        (&key, Limits { requests_per_minute: Some(10), tokens_per_minute: Some(9_000), parallel_requests: Some(9) }),
        (&team, Limits { requests_per_minute: Some(600), tokens_per_minute: Some(1_000), parallel_requests: None }),
    ];

    let slot = gate.take(&asks, 250, 0).unwrap();

    let headers: Vec<_> = slot.headers(gate.at(500)).pairs().collect();
    let shown: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("x-ratelimit-limit-requests", "10"),
            ("x-ratelimit-remaining-requests", "9"),
            ("x-ratelimit-reset-requests", "60s"),
            ("x-ratelimit-limit-tokens", "1000"),
            ("x-ratelimit-remaining-tokens", "750"),
            ("x-ratelimit-reset-tokens", "60s"),
        ]
    );
}

#[test]
fn without_limits_there_are_no_headers() {
    let gate = Fixture::new();

    let slot = gate.take(&[], 5, 0).unwrap();

    assert_eq!(slot.headers(gate.at(0)).pairs().count(), 0);
}

#[test]
fn a_scope_has_one_counter_until_it_is_idle_and_nobody_holds_it() {
    let gate = Fixture::new();
    let red = gate.team("red");
    assert!(Arc::ptr_eq(&red, &gate.team("red")));
    gate.take(&[(&red, requests(1))], 0, 0).unwrap();

    assert_eq!(gate.limiter.forget_idle(gate.at(60_000)), 1, "it is held");
    drop(red);
    assert_eq!(gate.limiter.forget_idle(gate.at(59_999)), 1, "its minute is not over");
    assert_eq!(gate.limiter.forget_idle(gate.at(60_000)), 0);
}

#[test]
fn a_running_request_keeps_its_counters_from_being_forgotten() {
    let gate = Fixture::new();
    let slot = gate.take(&[(&gate.team("red"), parallel(1))], 0, 0).unwrap();

    assert_eq!(gate.limiter.forget_idle(gate.at(1_000_000)), 1);
    assert!(gate.take(&[(&gate.team("red"), parallel(1))], 0, 1_000_000).is_err());
    drop(slot);
    assert_eq!(gate.limiter.forget_idle(gate.at(1_000_000)), 0);
}

#[test]
fn threads_that_ask_in_opposite_orders_get_exactly_the_limit() {
    let gate = Fixture::new();
    let (red, blue) = (gate.team("red"), gate.team("blue"));
    let limits = Limits { requests_per_minute: Some(1_000), ..tokens(700) };
    let there = [(&red, limits), (&blue, requests(1_000))];
    let back = [(&blue, requests(1_000)), (&red, limits)];
    // They set off together, or the first would be done before the last has begun.
    let start = Barrier::new(4);
    let hammer = |asks: &[(&Arc<Counter>, Limits)]| {
        start.wait();
        (0..20_000).filter(|ms| gate.take(asks, 1, *ms).is_ok()).count()
    };

    let admitted: usize = thread::scope(|scope| {
        let hammer = &hammer;
        let threads = [there, back, there, back].map(|asks| scope.spawn(move || hammer(&asks)));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });

    assert_eq!(admitted, 700);
    assert_eq!(
        gate.take(&[(&blue, requests(1_000))], 0, 2_000).unwrap().headers(gate.at(2_000)).requests.unwrap().remaining,
        299
    );
}

#[test]
fn no_more_run_at_once_than_may_and_in_the_end_none_does() {
    let gate = Fixture::new();
    let red = gate.team("red");
    let running = AtomicUsize::new(0);
    let hammer = || {
        for _ in 0..5_000 {
            if let Ok(_slot) = gate.take(&[(&red, parallel(3))], 0, 0) {
                assert!(running.fetch_add(1, Ordering::SeqCst) < 3);
                running.fetch_sub(1, Ordering::SeqCst);
            }
        }
    };

    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(hammer))));

    let all: Result<Vec<_>, _> = (0..3).map(|_| gate.take(&[(&red, parallel(3))], 0, 0)).collect();
    assert!(all.is_ok());
}

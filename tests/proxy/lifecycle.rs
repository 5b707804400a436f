//! Stopping, dying, and starting again: what was spent stays spent.

use std::time::Duration;

use filters::endpoint::Dialect;
use filters::money::NanoUsd;

use crate::fixtures::{ALICE, Ask, CAROL, GPT, NOBODY, Setup, TestGateway};

#[test]
fn spend_survives_a_restart() {
    let mut gateway = TestGateway::new();
    gateway.chat(ALICE, "hello").ok();
    gateway.charges();

    gateway.restart();

    assert_eq!(gateway.chat(ALICE, "hello").ok().header("x-litellm-key-spend"), Some("0.00002"));
    assert_eq!(gateway.charges().len(), 2);
}

#[test]
fn a_spent_budget_is_spent_after_a_restart() {
    // The prompt's bytes and 50 tokens of answer come to $0.000254 at most: once, but not with $0.00001 spent.
    let mut gateway = Setup::new().general("budget_wait: 0").carol("max_budget: 0.00026").start();
    gateway.chat(CAROL, "hello").ok();
    let cost = |answer: &crate::fixtures::Answer| answer.message().contains("Current cost: $0.00001,");
    let first = gateway.chat(CAROL, "hello");
    assert!(cost(&first), "{first:?}");

    gateway.restart();

    let refusal = gateway.chat(CAROL, "hello");
    refusal.is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
    assert!(cost(&refusal), "{refusal:?}");
}

#[test]
fn a_running_answer_is_finished_before_the_process_ends() {
    let mut gateway = TestGateway::new();
    let mut connection = gateway.connect();
    connection.write(&Ask::chat_stream(GPT, "!slow 20ms !length 30").key(ALICE).wire());
    connection.read_events(2);

    gateway.restart();

    connection.answer_rest();
    assert_eq!(gateway.charge().output_tokens, 30);
}

/// Begins a stream that does not end, and kills the gateway while it runs.
fn die_while_streaming(gateway: &mut TestGateway, key: &str) {
    let mut connection = gateway.connect();
    connection.write(&Ask::chat_stream(GPT, "!stall 60s !length 40").key(key).wire());
    connection.read_events(2);
    gateway.crash();
}

#[test]
fn what_a_killed_process_had_on_hold_is_charged() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("the hold is charged, which is more");

    die_while_streaming(&mut gateway, ALICE);

    let charge = gateway.charge();
    assert_eq!(
        (charge.outcome.as_str(), charge.is_recovered, charge.is_estimated),
        ("recovered", true, true),
        "{charge:?}"
    );
    assert!(charge.cost >= gateway.billed(), "{charge:?}");
    assert_eq!(gateway.spent("team", "crew"), charge.cost);
    let next = gateway.chat(ALICE, "hello").ok();
    let spent = charge.cost + NanoUsd::parse("0.00001").unwrap();
    assert_eq!(next.header("x-litellm-key-spend"), Some(spent.to_string().as_str()));
}

#[test]
fn what_a_killed_process_had_on_hold_is_forgone_where_the_operator_says_so() {
    let mut gateway = Setup::new().general("recovery: release").start();
    gateway.bill_differs_because("the operator forgoes it");

    die_while_streaming(&mut gateway, ALICE);

    assert!(gateway.charges().iter().all(|charge| charge.cost == NanoUsd::ZERO), "{:?}", gateway.charges());
}

#[test]
fn what_was_charged_before_a_kill_is_not_charged_again() {
    let mut gateway = TestGateway::new();
    for _ in 0..5 {
        gateway.chat(ALICE, "hello").ok();
    }
    let before = gateway.charges();

    gateway.crash();
    gateway.crash();

    assert_eq!(gateway.charges(), before);
}

#[test]
fn no_answer_is_free_however_the_process_dies() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("holds of running requests are charged");

    for round in 0..3 {
        let answers: u64 = std::thread::scope(|scope| {
            let gateway = &gateway;
            let clients: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(move || {
                        (0..5).map(|_| u64::from(gateway.chat(ALICE, "hello").status == 200)).sum::<u64>()
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).sum()
        });
        // Killed without a pause: what the last answers were charged may not be on the disk yet, but their holds are.
        gateway.crash();
        assert_eq!(answers, 20);
        assert_eq!(gateway.charges().len(), 20 * (round + 1));
    }
    assert!(gateway.charges().iter().map(|charge| charge.cost).sum::<NanoUsd>() >= gateway.billed());
}

#[test]
fn a_key_that_the_config_no_longer_has_is_nobodys() {
    let mut gateway = Setup::new().team(&format!("team_alias: brief, keys: [{{key: {NOBODY}}}]")).start();
    gateway.chat(NOBODY, "hello").ok();
    gateway.charges();

    gateway.edit_config(|config| config.replace(NOBODY, "sk-somebody-else-4b1d9f"));
    gateway.restart();

    gateway.refused(&Ask::chat(GPT, "hello").key(NOBODY)).is_refusal(Dialect::OpenAi, 401, "token_not_found_in_db");
    assert_eq!(gateway.spent("team", "brief"), NanoUsd::parse("0.00001").unwrap());
}

#[test]
fn a_stream_that_runs_when_the_process_is_told_to_stop_does_not_let_new_ones_in() {
    let mut gateway = TestGateway::new();
    let mut connection = gateway.connect();
    connection.write(&Ask::chat_stream(GPT, "!slow 30ms !length 30").key(ALICE).wire());
    connection.read_events(2);

    gateway.tell_to_stop();
    std::thread::sleep(Duration::from_millis(100));
    let refused = gateway.try_connect().is_none_or(|mut late| {
        late.write(&Ask::chat(GPT, "hello").key(ALICE).wire());
        late.head_or_end().is_none_or(|head| head.status == 503)
    });

    assert!(refused, "a new request was let in");
    connection.answer_rest();
    gateway.restart_when_over();
}

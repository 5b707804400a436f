//! What costs more than there is.

use filters::clock;
use filters::endpoint::Dialect;
use filters::money::NanoUsd;

use super::DIALECTS;
use crate::fixtures::{Ask, CAROL, GPT, NOBODY, Setup, TestGateway};

/// A gateway where a key and its team have these caps, and a team without means shows in messages by its name.
fn with_team(team: &str) -> TestGateway {
    Setup::new()
        .general("budget_wait: 0")
        .team(&format!("team_alias: Pilot-Team, {team}, keys: [{{key_alias: pilot, key: {NOBODY}}}]"))
        .start()
}

#[test]
fn a_cap_of_nothing_lets_nothing_through() {
    let gateway = Setup::new().carol("max_budget: 0").start();

    for dialect in DIALECTS {
        for ask in [Ask::plain(dialect, "hello"), Ask::stream(dialect, "hello")] {
            let answer = gateway.refused(&ask.key(CAROL));
            answer.is_refusal(dialect, 400, "budget_exceeded");
            let message = answer.message();
            assert!(
                message.starts_with("Budget has been exceeded! Current cost: $0, Max budget: $0. Key=carol."),
                "{message}"
            );
        }
    }
}

#[test]
fn a_request_that_could_cost_more_than_is_left_is_told_what_it_could_cost() {
    let gateway = with_team("max_budget: 0.0001");

    let answer = gateway.refused(&Ask::chat(GPT, "hello").key(NOBODY));

    answer.is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
    let message = answer.message();
    assert!(
        message.starts_with("Budget has been exceeded! Current cost: $0, Max budget: $0.0001. Team=Pilot-Team."),
        "{message}"
    );
    assert!(message.contains("This request could cost up to $0.000"), "{message}");
}

#[test]
fn a_budget_that_resets_says_when() {
    let gateway = with_team("max_budget: 0, budget_duration: day");

    let message = gateway.refused(&Ask::chat(GPT, "hello").key(NOBODY)).message();

    let today = clock::now().wall.to_zoned(jiff::tz::TimeZone::UTC);
    let midnight = today.tomorrow().unwrap().start_of_day().unwrap().timestamp();
    assert!(message.contains(&format!("The budget resets at {midnight}.")), "{message}");
}

#[test]
fn a_cap_is_spent_to_the_last_request_that_fits_and_never_passed() {
    let gateway = with_team("max_budget: 0.0006");

    let mut answered = 0;
    let refusal = loop {
        let answer = gateway.send(&Ask::chat(GPT, "hello").key(NOBODY));
        if answer.status != 200 {
            break answer;
        }
        answered += 1;
        assert!(answered < 100, "the cap does not hold");
    };

    refusal.is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
    assert!(answered >= 10, "refused after {answered} requests of $0.00001: {refusal:?}");
    let spent = gateway.charges().iter().map(|charge| charge.cost).sum::<NanoUsd>();
    assert_eq!(gateway.spent("team", "Pilot-Team"), spent);
    assert!(refusal.message().contains(&format!("Current cost: ${spent}, ")), "{refusal:?}");
}

#[test]
fn a_model_of_its_own_cap_is_refused_and_the_others_are_not() {
    let gateway = Setup::new().carol(&format!("model_max_budget: {{{GPT}: 0}}")).start();

    let answer = gateway.refused(&Ask::chat(GPT, "hello").key(CAROL));

    answer.is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
    assert!(answer.message().contains(&format!("Key=carol, Model={GPT}")), "{answer:?}");
    gateway.send(&Ask::plain(Dialect::Anthropic, "hello").key(CAROL)).ok();
}

#[test]
fn the_status_of_a_spent_budget_is_the_operators_choice() {
    let gateway = Setup::new().litellm("budget_exceeded_status_code: 429").carol("max_budget: 0").start();

    gateway.refused(&Ask::chat(GPT, "hello").key(CAROL)).is_refusal(Dialect::OpenAi, 429, "budget_exceeded");
}

#[test]
fn a_soft_budget_refuses_nobody() {
    let gateway = Setup::new().carol("max_budget: 0.000001, budget_mode: soft").start();

    for _ in 0..3 {
        gateway.chat(CAROL, "hello").ok();
    }
}

#[test]
fn a_standard_budget_can_be_passed_by_the_last_request_alone() {
    let gateway = Setup::new().carol("max_budget: 0.00001, budget_mode: standard").start();

    gateway.chat(CAROL, "hello").ok();

    gateway.refused(&Ask::chat(GPT, "hello").key(CAROL)).is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
}

#[test]
fn what_has_no_upper_bound_is_refused_under_a_strict_cap() {
    let gateway = Setup::new().carol("max_budget: 100").start();

    let ask = Ask::post("/v1/responses", &serde_json::json!({"model": GPT, "input": "hello", "background": true}));
    gateway.refused(&ask.key(CAROL)).is_refusal(Dialect::OpenAi, 400, "invalid_request_error");
}

#[test]
fn a_cap_on_the_whole_gateway_binds_everybody_and_the_master() {
    let gateway = Setup::new().litellm("max_budget: 0").start();

    for key in [crate::fixtures::ALICE, crate::fixtures::MASTER] {
        let answer = gateway.refused(&Ask::chat(GPT, "hello").key(key));
        answer.is_refusal(Dialect::OpenAi, 400, "budget_exceeded");
        assert!(answer.message().contains("Gateway"), "{answer:?}");
    }
}

//! Which model? One that is not theirs, one that is not there, one that has no price.

use filters::endpoint::Dialect;

use super::DIALECTS;
use crate::fixtures::{ALICE, Ask, CAROL, CLAUDE, GEMINI, GPT, NOBODY, Setup, TestGateway};

/// A request for `model` in `dialect`, whether the model speaks it or not.
fn ask(dialect: Dialect, model: &str) -> Ask {
    match dialect {
        Dialect::OpenAi => Ask::chat(model, "hello"),
        Dialect::Anthropic => Ask::message(model, "hello"),
        Dialect::Gemini => Ask::content(model, "generateContent", "hello"),
    }
}

#[track_caller]
fn is_refused(gateway: &TestGateway, key: &str, model: &str, status: u16, kind: &str) {
    for dialect in DIALECTS {
        gateway.refused(&ask(dialect, model).key(key)).is_refusal(dialect, status, kind);
    }
}

#[test]
fn a_model_that_the_key_may_not_use_is_denied() {
    let gateway = Setup::new().carol("models: [embedder]").start();

    for model in [GPT, CLAUDE, GEMINI] {
        is_refused(&gateway, CAROL, model, 403, "key_model_access_denied");
    }
}

#[test]
fn a_model_that_the_team_may_not_use_is_denied_whatever_the_key_says() {
    let team = format!("team_alias: narrow, models: [{CLAUDE}], keys: [{{key: {NOBODY}, models: [{GPT}, {CLAUDE}]}}]");
    let gateway = Setup::new().team(&team).start();

    is_refused(&gateway, NOBODY, GPT, 403, "team_model_access_denied");
}

#[test]
fn a_model_that_does_not_exist_is_not_found_by_a_caller_who_may_use_all() {
    is_refused(&TestGateway::new(), ALICE, "no-such-model", 404, "model_not_found");
}

#[test]
fn a_model_that_does_not_exist_is_denied_to_a_caller_who_may_use_some() {
    let gateway = Setup::new().carol(&format!("models: [{GPT}]")).start();

    is_refused(&gateway, CAROL, "no-such-model", 403, "key_model_access_denied");
}

#[test]
fn names_match_exactly() {
    let gateway = TestGateway::new();

    for name in ["GPT", "Gpt", "openai/gpt", "gpt-2025-01-01", "gpt*"] {
        is_refused(&gateway, ALICE, name, 404, "model_not_found");
    }
    for name in [" gpt", "gpt ", "gpt\u{0}", "\u{ff47}pt", "*"] {
        gateway.refused(&Ask::chat(name, "hello").key(ALICE)).is_refusal(Dialect::OpenAi, 404, "model_not_found");
    }
}

#[test]
fn an_alias_opens_no_door_that_its_model_would_not() {
    let gateway = Setup::new().carol("models: [embedder, nickname]").start();

    gateway.refused(&Ask::chat("nickname", "hello").key(CAROL)).is_refusal(
        Dialect::OpenAi,
        403,
        "key_model_access_denied",
    );
}

#[test]
fn a_model_without_a_price_is_refused() {
    let gateway = TestGateway::new();

    gateway.refused(&Ask::chat("pricey", "hello").key(ALICE)).is_refusal(
        Dialect::OpenAi,
        403,
        "model_cost_map_missing",
    );
}

#[test]
fn a_model_without_a_price_is_free_where_the_operator_says_so() {
    let mut gateway = Setup::new().general("allow_unpriced_models: true").start();
    gateway.bill_differs_because("the model has no price");

    gateway.send(&Ask::chat("pricey", "hello").key(ALICE)).ok();

    assert_eq!(gateway.charge().cost.0, 0);
}

#[test]
fn a_model_whose_vendor_does_not_serve_the_endpoint_is_refused() {
    let gateway = TestGateway::new();

    gateway.refused(&Ask::message("azure-gpt", "hello").key(ALICE)).is_refusal(
        Dialect::Anthropic,
        404,
        "unsupported_endpoint",
    );
    gateway.refused(&Ask::content(CLAUDE, "generateContent", "hello").key(ALICE)).is_refusal(
        Dialect::Gemini,
        404,
        "unsupported_endpoint",
    );
}

#[test]
fn a_second_model_in_the_query_is_refused() {
    let ask = Ask::chat(GPT, "hello");
    let ask =
        Ask::new("POST", "/v1/chat/completions?model=claude").body("application/json", ask.body_bytes()).key(ALICE);

    TestGateway::new().refused(&ask).is_refusal(Dialect::OpenAi, 400, "invalid_request_error");
}

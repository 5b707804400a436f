//! What the gateway answers itself: models, health, metrics.

use filters::endpoint::Dialect;
use serde_json::Value;

use crate::fixtures::{ALICE, Ask, CAROL, CLAUDE, GPT, MASTER, NOBODY, Setup, TestGateway};

/// The ids of a list of models.
fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect()
}

#[test]
fn models_are_listed_in_openais_shape_and_only_those_that_the_key_may_use() {
    let gateway = Setup::new().carol(&format!("models: [{GPT}, {CLAUDE}]")).start();

    for target in ["/v1/models", "/models"] {
        let list = gateway.send(&Ask::get(target).key(CAROL)).ok().json();
        assert_eq!((list["object"].as_str(), ids(&list)), (Some("list"), vec![GPT, CLAUDE]));
        assert_eq!(list["data"][0]["object"], "model");
    }
    assert!(ids(&gateway.send(&Ask::get("/v1/models").key(ALICE)).ok().json()).len() > 10);
}

#[test]
fn models_are_listed_in_anthropics_shape_for_its_clients() {
    let gateway = Setup::new().carol(&format!("models: [{GPT}, {CLAUDE}]")).start();

    let list = gateway
        .send(&Ask::get("/v1/models?limit=1000").key(CAROL).header("anthropic-version", "2023-06-01"))
        .ok()
        .json();

    assert_eq!(ids(&list), [GPT, CLAUDE]);
    assert_eq!((&list["first_id"], &list["last_id"], &list["has_more"]), (&GPT.into(), &CLAUDE.into(), &false.into()));
    assert_eq!(list["data"][0]["type"], "model");
}

#[test]
fn one_model_is_shown_only_to_those_who_may_use_it() {
    let gateway = Setup::new().carol(&format!("models: [{CLAUDE}]")).start();

    assert_eq!(gateway.send(&Ask::get(&format!("/v1/models/{CLAUDE}")).key(CAROL)).ok().json()["id"], CLAUDE);
    gateway.send(&Ask::get(&format!("/v1/models/{GPT}")).key(CAROL)).is_refusal(
        Dialect::OpenAi,
        404,
        "model_not_found",
    );
    gateway.send(&Ask::get("/v1/models/unheard-of").key(CAROL)).is_refusal(Dialect::OpenAi, 404, "model_not_found");
}

#[test]
fn models_are_listed_for_nobody_without_a_key() {
    let gateway = TestGateway::new();

    gateway.send(&Ask::get("/v1/models")).is_refusal(Dialect::OpenAi, 401, "auth_error");
    gateway.send(&Ask::get("/v1/models").key(NOBODY)).is_refusal(Dialect::OpenAi, 401, "token_not_found_in_db");
}

#[test]
fn metrics_and_health_in_detail_need_the_master_key() {
    let gateway = TestGateway::new();

    for target in ["/metrics", "/health"] {
        gateway.send(&Ask::get(target)).is_refusal(Dialect::OpenAi, 401, "auth_error");
        gateway.send(&Ask::get(target).key(ALICE)).is_refusal(Dialect::OpenAi, 403, "auth_error");
        gateway.send(&Ask::get(target).key(MASTER)).ok();
    }
}

#[test]
fn health_is_told_to_everybody_and_calls_no_vendor() {
    let gateway = TestGateway::new();

    for target in ["/", "/api/hello", "/health/liveliness", "/health/liveness", "/health/readiness"] {
        gateway.send(&Ask::get(target)).ok();
    }
    assert_eq!(gateway.vendor_requests(), 0);
}

#[test]
fn what_is_not_there_is_not_found() {
    let gateway = TestGateway::new();

    for target in ["/nothing", "/health/x", "/metrics/", "/key/unheard-of", "/.env", "/favicon.ico"] {
        for ask in [Ask::get(target), Ask::get(target).key(ALICE), Ask::get(target).key(MASTER)] {
            let answer = gateway.send(&ask);
            assert_eq!((answer.status, answer.header("x-should-retry")), (404, Some("false")), "{target}: {answer:?}");
        }
    }
}

#[test]
fn metrics_name_who_spent_what() {
    let gateway = Setup::new()
        .team(&format!(
            "team_alias: Pilot-Team, max_budget: 200, keys: [{{key_alias: pilot, key: {NOBODY}, max_budget: 50}}]"
        ))
        .start();

    gateway.chat(NOBODY, "hello").ok();

    let text = gateway.send(&Ask::get("/metrics").key(MASTER)).ok().text();
    let sample = |name: &str, label: &str| {
        text.lines()
            .find(|line| line.starts_with(name) && line.contains(label))
            .and_then(|line| line.rsplit(' ').next())
    };
    for (name, label, value) in [
        ("litellm_spend_metric_total{", "api_key_alias=\"pilot\"", "0.00001"),
        ("litellm_input_tokens_metric_total{", "model=\"gpt-4o-mini\"", "2"),
        ("litellm_output_tokens_metric_total{", "requested_model=\"gpt\"", "4"),
        ("litellm_remaining_team_budget_metric{", "team_alias=\"Pilot-Team\"", "199.99999"),
        ("litellm_team_max_budget_metric{", "team_alias=\"Pilot-Team\"", "200"),
        ("litellm_remaining_api_key_budget_metric{", "api_key_alias=\"pilot\"", "49.99999"),
    ] {
        assert_eq!(sample(name, label), Some(value), "{name}");
    }
    assert!(!text.contains("127.0.0.1:"), "the vendor's address");
}

#[test]
fn refusals_are_counted_by_their_type() {
    let gateway = TestGateway::new();

    gateway.chat(NOBODY, "hello");
    gateway.send(&Ask::chat("no-such-model", "hello").key(ALICE));

    let metrics = gateway.metrics();
    assert_eq!(metrics.count("tollkeeper_refusals_total", "type=\"token_not_found_in_db\""), 1);
    assert_eq!(metrics.count("tollkeeper_refusals_total", "type=\"model_not_found\""), 1);
}

#[test]
fn a_request_has_one_line_in_the_log() {
    let gateway = TestGateway::new();

    let id = gateway.chat(ALICE, "hello").ok().header("x-request-id").unwrap().to_owned();

    let lines = || gateway.log().lines().filter(|line| line.contains(&id) && line.contains("access")).count();
    assert!(crate::fixtures::eventually(|| lines() == 1), "{}", gateway.log());
}

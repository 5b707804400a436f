use std::collections::HashSet;

use super::*;

const BOOKS: Books = Books {
    holds_open: 2,
    held: NanoUsd(1_500_000_000),
    overrun: NanoUsd(1),
    journal_lag: Duration::from_millis(3),
    journal_healthy: true,
};

const USAGE: Usage = Usage {
    input_tokens: 100,
    cache_read_tokens: 20,
    cache_write_5m_tokens: 3,
    cache_write_1h_tokens: 4,
    output_tokens: 50,
    reasoning_tokens: 30,
    audio_input_tokens: 0,
    audio_output_tokens: 0,
    image_input_tokens: 0,
    image_output_tokens: 0,
    images: 0,
    audio_seconds: 0,
    characters: 0,
    search_units: 0,
    web_searches: 0,
    service_tier: crate::usage::ServiceTier::Standard,
};

const FINISHED: Finished<'static> = Finished {
    route: "/v1/messages",
    status: 200,
    failure: None,
    usage: &USAGE,
    cost: NanoUsd(10_500_000),
    is_estimated: false,
    total: Duration::from_millis(900),
    upstream: Some(Duration::from_millis(800)),
    time_to_first_token: Some(Duration::from_millis(200)),
    overhead: Some(Duration::from_micros(400)),
};

fn alice() -> RequestLabels<'static> {
    RequestLabels {
        key_hash: Some("5f2e"),
        key_alias: Some("pilot-alice"),
        team: Some("t-1"),
        team_alias: Some("Pilot-Team"),
        user: Some("alice"),
        requested_model: Some("claude-3-sonnet"),
        model: Some("claude-3-sonnet-20240229"),
        model_id: Some("anthropic-1"),
        api_provider: Some("anthropic"),
        api_base: Some("https://api.anthropic.com"),
        ..RequestLabels::default()
    }
}

fn telemetry(series_max: usize) -> Telemetry {
    Telemetry::new(TelemetryOptions { version: "1.2.3", series_max, ..TelemetryOptions::default() })
}

/// The samples of a metric, without its name's `# HELP` and `# TYPE`.
fn samples<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let is_named = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(is_named).collect()
}

/// What the samples of a metric add up to, in billionths.
fn total(text: &str, name: &str) -> i64 {
    let value = |line: &&str| NanoUsd::parse(line.rsplit_once(' ').unwrap().1).unwrap();
    samples(text, name).iter().map(value).sum::<NanoUsd>().0
}

#[test]
fn a_settled_request_is_shown_under_litellms_names_and_labels() {
    let telemetry = telemetry(10);

    telemetry.request_finished(&telemetry.series(&alice()), &FINISHED);
    telemetry
        .attempt_finished(&telemetry.series(&alice()), &Attempt { route: FINISHED.route, status: 200, failure: None });

    let text = telemetry.render(&BOOKS, []);
    let callers: Vec<_> =
        text.lines().filter(|line| line.contains("pilot-alice") && !line.contains("_bucket{")).collect();
    insta::assert_snapshot!(callers.join("\n"));
}

#[test]
fn the_gateways_own_metrics_are_there_before_the_first_request() {
    let text = telemetry(10).render(&BOOKS, []);

    assert_eq!(samples(&text, "tollkeeper_build_info"), ["tollkeeper_build_info{version=\"1.2.3\"} 1"]);
    assert_eq!(samples(&text, "litellm_in_flight_requests"), ["litellm_in_flight_requests 0"]);
    assert_eq!(samples(&text, "tollkeeper_held_usd"), ["tollkeeper_held_usd 1.5"]);
    assert_eq!(samples(&text, "tollkeeper_overrun_usd_total"), ["tollkeeper_overrun_usd_total 0.000000001"]);
    assert_eq!(samples(&text, "tollkeeper_journal_healthy"), ["tollkeeper_journal_healthy 1"]);
}

#[test]
fn refusals_are_counted_by_type_and_for_their_caller() {
    let telemetry = telemetry(10);
    let refused = Refused { route: "/v1/messages", status: 400, denial_type: "budget_exceeded" };

    telemetry.refused(&telemetry.series(&alice()), &refused);

    let text = telemetry.render(&BOOKS, []);
    assert_eq!(
        samples(&text, "tollkeeper_refusals_total"),
        ["tollkeeper_refusals_total{route=\"/v1/messages\",type=\"budget_exceeded\"} 1"]
    );
    let failed = samples(&text, "litellm_proxy_failed_requests_metric_total");
    assert!(failed[0].contains("exception_status=\"400\",exception_class=\"budget_exceeded\""), "{failed:?}");
    assert_eq!(samples(&text, "litellm_requests_metric_total"), [""; 0]);
}

#[test]
fn spend_adds_up_to_the_last_nano_dollar() {
    let telemetry = telemetry(1);
    let bob = RequestLabels { user: Some("bob"), ..alice() };

    for cost in (0..3_000).map(NanoUsd) {
        telemetry.request_finished(&telemetry.series(&alice()), &Finished { cost, ..FINISHED });
        telemetry.request_finished(&telemetry.series(&bob), &Finished { cost: NanoUsd(1), ..FINISHED });
    }

    let text = telemetry.render(&BOOKS, []);
    assert_eq!(samples(&text, "litellm_spend_metric_total").len(), 2, "bob's are under other");
    assert_eq!(total(&text, "litellm_spend_metric_total"), (0..3_000).sum::<i64>() + 3_000);
}

#[test]
fn a_hundred_thousand_models_do_not_make_a_hundred_thousand_series() {
    let telemetry = telemetry(100);

    for number in 0..100_000 {
        let model = format!("model-{number}");
        let labels = RequestLabels { requested_model: Some(&model), ..alice() };
        telemetry.request_finished(&telemetry.series(&labels), &FINISHED);
    }

    let text = telemetry.render(&BOOKS, []);
    assert_eq!(samples(&text, "litellm_requests_metric_total").len(), 101);
    assert_eq!(total(&text, "litellm_requests_metric_total"), 100_000 * 1_000_000_000);
    let overflowed = ["tollkeeper_metric_series_overflowed_total 99900"];
    assert_eq!(samples(&text, "tollkeeper_metric_series_overflowed_total"), overflowed);
}

#[test]
fn no_sample_appears_twice_when_series_differ_only_in_labels_a_metric_does_not_show() {
    let telemetry = telemetry(10);
    for team in ["t-1", "t-2"] {
        let moved = RequestLabels { team: Some(team), organization: Some(team), ..alice() };
        telemetry.request_finished(&telemetry.series(&moved), &FINISHED);
    }

    let text = telemetry.render(&BOOKS, []);

    let mut seen = HashSet::new();
    for line in text.lines() {
        assert!(seen.insert(line.rsplit_once(' ').unwrap().0), "twice: {line}");
    }
    let overhead = samples(&text, "litellm_overhead_latency_metric_count");
    assert!(overhead.len() == 1 && overhead[0].ends_with(" 2"), "{overhead:?}");
}

#[test]
fn an_alias_cannot_forge_a_sample() {
    let telemetry = telemetry(10);
    let forged = RequestLabels { key_alias: Some("x\"} 1\nlitellm_spend_metric_total{team=\"y"), ..alice() };

    telemetry.request_finished(&telemetry.series(&forged), &FINISHED);

    let text = telemetry.render(&BOOKS, []);
    assert_eq!(samples(&text, "litellm_spend_metric_total").len(), 1);
}

#[test]
fn a_teams_budget_is_shown_before_its_first_request_and_a_keys_only_after() {
    let telemetry = telemetry(10);
    let budgets = || {
        let team = BudgetOwner::Team { id: "t-1".into(), alias: "Pilot-Team".into() };
        let key = BudgetOwner::Key { hash: "5f2e".into(), alias: Some("pilot-alice".into()) };
        let (max, spent) = (Some(NanoUsd::dollars(200)), NanoUsd(10_500_000));
        [
            BudgetLine { owner: team, max, spent, resets_in: Some(Duration::from_secs(5_400)) },
            BudgetLine { owner: key, max: None, spent, resets_in: None },
        ]
    };

    let before = telemetry.render(&BOOKS, budgets());
    telemetry.request_finished(&telemetry.series(&alice()), &FINISHED);
    let after = telemetry.render(&BOOKS, budgets());

    let team = r#"{team="t-1",team_alias="Pilot-Team"}"#;
    for (name, value) in [
        ("litellm_remaining_team_budget_metric", "199.9895"),
        ("litellm_team_max_budget_metric", "200"),
        ("litellm_team_budget_remaining_hours_metric", "1.5"),
    ] {
        assert_eq!(samples(&before, name), [format!("{name}{team} {value}")]);
    }
    let key = r#"litellm_remaining_api_key_budget_metric{hashed_api_key="5f2e",api_key_alias="pilot-alice"} +Inf"#;
    assert!(!before.contains(key) && after.contains(key));
    assert_eq!(samples(&after, "litellm_api_key_max_budget_metric"), [""; 0]);
}

#[test]
fn idle_keys_budgets_are_shown_where_the_operator_wants_them() {
    let telemetry = Telemetry::new(TelemetryOptions { idle_key_budgets: true, ..TelemetryOptions::default() });
    let owner = BudgetOwner::Key { hash: "5f2e".into(), alias: None };
    let line = BudgetLine { owner, max: Some(NanoUsd::dollars(1)), spent: NanoUsd::dollars(1), resets_in: None };

    let text = telemetry.render(&BOOKS, [line]);

    let left = r#"litellm_remaining_api_key_budget_metric{hashed_api_key="5f2e",api_key_alias="None"} 0"#;
    assert!(text.contains(left), "{text}");
}

#[test]
fn what_is_in_flight_goes_down_when_it_ends_however_it_ends() {
    let telemetry = telemetry(10);
    let in_flight = |telemetry: &Telemetry| {
        let text = telemetry.render(&BOOKS, []);
        ["litellm_in_flight_requests", "tollkeeper_body_buffered_bytes"].map(|name| total(&text, name) / 1_000_000_000)
    };

    let request = telemetry.in_flight();
    let mut body = telemetry.gateway().buffered();
    body.grow(700);
    body.grow(68);
    let during = in_flight(&telemetry);
    drop((request, body));

    assert_eq!(during, [1, 768]);
    assert_eq!(in_flight(&telemetry), [0, 0]);
}

#[test]
fn a_deployments_state_and_its_cool_downs_are_shown() {
    let telemetry = telemetry(10);
    let deployment =
        DeploymentLabels { model: "gpt-4o", model_id: "d-1", api_base: "https://x", api_provider: "openai" };

    telemetry.gateway().deployment_cooled_down(&deployment, 529);
    telemetry.gateway().deployment_is(&deployment, DeploymentState::Down);

    let text = telemetry.render(&BOOKS, []);
    assert!(samples(&text, "litellm_deployment_state")[0].ends_with(" 2"));
    assert!(samples(&text, "litellm_deployment_cooled_down_total")[0].contains("exception_status=\"529\""));
}

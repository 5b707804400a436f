//! What comes too often, or is too much at once.

use filters::endpoint::Dialect;

use super::DIALECTS;
use crate::fixtures::{Answer, Ask, CAROL, CLAUDE, GPT, NOBODY, Setup, TestGateway};

/// A refusal that a client may retry after so many seconds.
#[track_caller]
fn is_limited(answer: &Answer, dialect: Dialect, seconds: std::ops::RangeInclusive<u64>) {
    answer.is_error(dialect, 429, "throttling_error");
    assert_eq!(answer.header("x-should-retry"), None, "{answer:?}");
    let after = answer.header("retry-after").and_then(|after| after.parse().ok());
    assert!(after.is_some_and(|after| seconds.contains(&after)), "{answer:?}");
}

#[test]
fn the_request_after_the_last_of_a_minute_waits_for_the_rest_of_it() {
    let gateway = Setup::new().carol("rpm_limit: 2").start();

    for left in ["1", "0"] {
        let answer = gateway.chat(CAROL, "hello").ok();
        assert_eq!(answer.header("x-ratelimit-limit-requests"), Some("2"));
        assert_eq!(answer.header("x-ratelimit-remaining-requests"), Some(left));
    }

    for dialect in DIALECTS {
        is_limited(&gateway.refused(&Ask::plain(dialect, "hello").key(CAROL)), dialect, 50..=60);
    }
    let message = gateway.chat(CAROL, "hello").message();
    assert!(message.starts_with("Rate limit exceeded for api_key: "), "{message}");
    assert!(message.contains("Limit type: requests. Current limit: 2, Remaining: 0."), "{message}");
}

#[test]
fn a_team_shares_its_limit() {
    const OTHER: &str = "sk-other-58a0e3c7d9b1f426";
    let team = format!(
        "team_alias: busy, rpm_limit: 1, keys: [{{key: {NOBODY}, key_alias: one}}, {{key: {OTHER}, key_alias: other}}]"
    );
    let gateway = Setup::new().team(&team).start();

    gateway.chat(NOBODY, "hello").ok();

    let answer = gateway.refused(&Ask::chat(GPT, "hello").key(OTHER));
    is_limited(&answer, Dialect::OpenAi, 50..=60);
    assert!(answer.message().starts_with("Rate limit exceeded for team: busy."), "{answer:?}");
}

#[test]
fn tokens_are_limited_by_what_was_really_used() {
    let gateway = Setup::new().carol("tpm_limit: 200").start();

    // Each uses 6 tokens; before it is known, about a hundred are set aside.
    for _ in 0..5 {
        let answer = gateway.chat(CAROL, "hello").ok();
        assert_eq!(answer.header("x-ratelimit-limit-tokens"), Some("200"));
    }

    let longer = Ask::chat(GPT, "hello").with_field("max_tokens", 160.into()).key(CAROL);
    is_limited(&gateway.refused(&longer), Dialect::OpenAi, 1..=60);
}

#[test]
fn a_request_larger_than_the_whole_limit_is_not_told_to_come_again() {
    let gateway = Setup::new().carol("tpm_limit: 10").start();

    let answer = gateway.refused(&Ask::chat(GPT, "hello").key(CAROL));

    answer.is_refusal(Dialect::OpenAi, 429, "throttling_error");
    assert!(answer.message().contains("it can never pass"), "{answer:?}");
}

#[test]
fn a_limit_of_one_model_leaves_the_others_alone() {
    let gateway = Setup::new().carol(&format!("model_rpm_limit: {{{GPT}: 1}}")).start();

    gateway.chat(CAROL, "hello").ok();

    is_limited(&gateway.refused(&Ask::chat(GPT, "hello").key(CAROL)), Dialect::OpenAi, 50..=60);
    gateway.send(&Ask::message(CLAUDE, "hello").key(CAROL)).ok();
}

#[test]
fn one_more_than_may_run_at_once_waits_until_one_has_ended() {
    let gateway = Setup::new().carol("max_parallel_requests: 1").start();
    let mut first = gateway.connect();
    first.write(&Ask::chat_stream(GPT, "!stall 300ms").key(CAROL).wire());
    first.read_events(2);

    is_limited(&gateway.send(&Ask::chat(GPT, "hello").key(CAROL)), Dialect::OpenAi, 1..=60);

    first.read_until("[DONE]");
    gateway.chat(CAROL, "hello").ok();
}

#[test]
fn what_is_free_is_not_limited() {
    let gateway = Setup::new().carol("rpm_limit: 1").start();
    gateway.chat(CAROL, "hello").ok();

    let body = serde_json::json!({"model": CLAUDE, "messages": [{"role": "user", "content": "hello"}]});
    for _ in 0..26 {
        gateway.send(&Ask::post("/v1/messages/count_tokens", &body).key(CAROL)).ok();
    }
}

#[test]
fn a_refused_request_does_not_count() {
    let gateway: TestGateway = Setup::new().carol("rpm_limit: 1").start();

    for _ in 0..3 {
        gateway.refused(&Ask::chat("no-such-model", "hello").key(CAROL)).is_refusal(
            Dialect::OpenAi,
            404,
            "model_not_found",
        );
    }

    gateway.chat(CAROL, "hello").ok();
}

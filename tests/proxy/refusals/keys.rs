//! Whose key? Nobody's, two people's, one that is not good any more.

use filters::endpoint::Dialect;

use super::DIALECTS;
use crate::fixtures::{ALICE, Ask, BOB, CAROL, GEMINI, GPT, NOBODY, Setup, TestGateway};

/// Refused in every dialect, with this type.
#[track_caller]
fn is_refused(gateway: &TestGateway, kind: &str, with: impl Fn(Ask) -> Ask) {
    for dialect in DIALECTS {
        for ask in [Ask::plain(dialect, "hello"), Ask::stream(dialect, "hello")] {
            gateway.refused(&with(ask)).is_refusal(dialect, 401, kind);
        }
    }
}

#[test]
fn without_a_key_nobody_is_let_in() {
    is_refused(&TestGateway::new(), "auth_error", |ask| ask);
}

#[test]
fn an_empty_key_is_no_key() {
    is_refused(&TestGateway::new(), "auth_error", |ask| ask.header("x-api-key", ""));
}

#[test]
fn what_cannot_be_a_key_is_malformed() {
    let gateway = TestGateway::new();
    for value in ["Bearer not-a-key", "Basic c2stYWxpY2U=", "sk-without-a-scheme", "Bearer"] {
        is_refused(&gateway, "auth_error", |ask| ask.header("authorization", value));
    }
}

#[test]
fn a_key_that_nobody_has_is_not_found() {
    is_refused(&TestGateway::new(), "token_not_found_in_db", |ask| ask.key(NOBODY));
}

#[test]
fn a_spelling_near_a_key_is_not_that_key() {
    let gateway = TestGateway::new();
    let near =
        [ALICE.to_uppercase().replacen("SK-", "sk-", 1), format!("{ALICE}0"), ALICE[..ALICE.len() - 1].to_owned()];
    for key in near {
        is_refused(&gateway, "token_not_found_in_db", |ask| ask.key(&key));
    }
}

#[test]
fn two_different_keys_in_one_request_are_refused() {
    let gateway = TestGateway::new();
    is_refused(&gateway, "auth_error", |ask| ask.key(ALICE).header("x-api-key", BOB));
    is_refused(&gateway, "auth_error", |ask| ask.header("x-goog-api-key", BOB).header("api-key", ALICE));
    is_refused(&gateway, "auth_error", |ask| ask.key(ALICE).key(BOB));
}

#[test]
fn the_same_key_in_two_places_is_one_key() {
    let gateway = TestGateway::new();

    gateway.send(&Ask::chat(GPT, "hello").key(ALICE).header("x-api-key", ALICE)).ok();
}

#[test]
fn an_expired_key_is_told_since_when() {
    let gateway = Setup::new().carol("expires: 2026-01-01T00:00:00Z").start();

    is_refused(&gateway, "expired_key", |ask| ask.key(CAROL));
    let message = gateway.chat(CAROL, "hello").message();
    assert!(message.contains("2026-01-01T00:00:00Z"), "{message}");
}

#[test]
fn a_blocked_key_is_refused() {
    is_refused(&Setup::new().carol("blocked: true").start(), "auth_error", |ask| ask.key(CAROL));
}

#[test]
fn a_key_of_a_blocked_team_is_refused_and_told_which() {
    let gateway = Setup::new().team(&format!("team_alias: Closed, blocked: true, keys: [{{key: {NOBODY}}}]")).start();

    is_refused(&gateway, "auth_error", |ask| ask.key(NOBODY));
    assert!(gateway.chat(NOBODY, "hello").message().contains("Team=Closed"));
}

#[test]
fn a_key_in_the_query_is_refused_and_not_logged() {
    let gateway = TestGateway::new();

    for name in ["key", "api_key", "api-key", "access_token"] {
        let target = format!("/v1/chat/completions?{name}={ALICE}");
        let ask = Ask::new("POST", &target).body("application/json", Ask::chat(GPT, "hello").body_bytes());
        gateway.refused(&ask).is_refusal(Dialect::OpenAi, 401, "auth_error");
    }
}

#[test]
fn a_gemini_client_may_send_its_key_in_the_query_and_the_vendor_does_not_see_it() {
    let gateway = TestGateway::new();

    gateway.send(&Ask::content(GEMINI, &format!("streamGenerateContent?key={ALICE}&alt=sse"), "hello")).ok();

    let received = gateway.bill().received[0].clone();
    assert_eq!(received.target, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
}

#[test]
fn a_stranger_is_refused_before_the_body_is_sent() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();

    let ask = Ask::chat(GPT, "hello").header("expect", "100-continue");
    connection.write(&ask.wire_head());

    connection.answer().is_refusal(Dialect::OpenAi, 401, "auth_error");
}

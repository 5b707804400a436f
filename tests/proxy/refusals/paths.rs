//! Doors that are not there.

use filters::endpoint::Dialect;
use serde_json::json;

use crate::fixtures::{ALICE, Ask, GPT, MASTER, TestGateway};

/// The body of a chat, for a path where none is taken.
fn chat_at(target: &str) -> Ask {
    Ask::new("POST", target).body("application/json", Ask::chat(GPT, "hello").body_bytes())
}

#[test]
fn an_endpoint_without_a_metering_rule_is_refused_even_to_the_master() {
    let gateway = TestGateway::new();

    for target in [
        "/v1/messages/batches",
        "/v1/batches",
        "/v1/files",
        "/v1/fine_tuning/jobs",
        "/v1/assistants",
        "/v1/realtime",
        "/v1/videos",
        "/v1/unheard-of",
        "/v1beta/cachedContents",
        "/v1beta/models/flash:batchGenerateContent",
        "/openai/v1/files",
        "/openai/deployments/gpt/unheard-of",
        "/anthropic/v1/messages/batches",
        "/openai/v1/batches",
        "/gemini/v1beta/files",
        "/mistral/v1/ocr",
    ] {
        for key in [ALICE, MASTER] {
            let answer = gateway.refused(&chat_at(target).key(key));
            assert_eq!(answer.json()["error"]["type"], "unsupported_endpoint", "{target}");
            assert_eq!((answer.status, answer.header("x-should-retry")), (404, Some("false")), "{target}");
        }
    }
}

#[test]
fn an_unsupported_endpoint_is_refused_in_the_dialect_it_would_have() {
    let gateway = TestGateway::new();

    for (target, dialect) in [
        ("/v1/batches", Dialect::OpenAi),
        ("/v1/messages/batches", Dialect::Anthropic),
        ("/anthropic/v1/messages/batches", Dialect::Anthropic),
        ("/v1beta/models/flash:unheardOf", Dialect::Gemini),
        ("/v1beta/cachedContents", Dialect::Gemini),
    ] {
        gateway.refused(&chat_at(target).key(ALICE)).is_refusal(dialect, 404, "unsupported_endpoint");
    }
}

#[test]
fn a_trick_with_the_path_leads_nowhere() {
    let gateway = TestGateway::new();

    for target in [
        "/v1//chat/completions",
        "/v1/./chat/completions",
        "/v1/x/../chat/completions",
        "//v1/chat/completions",
        "/V1/chat/completions",
        "/v1/Chat/Completions",
        "/v1/chat/completions/",
        "/v1/chat%2fcompletions",
        "/v1/chat/completions%00",
        "/v1/chat/completions;x",
        "/v1/chat/completions%3fx",
        "/v1/models/../chat/completions",
    ] {
        let answer = gateway.refused(&chat_at(target).key(ALICE));
        assert!(matches!(answer.status, 400 | 404 | 405), "{target}: {answer:?}");
    }
}

#[test]
fn a_web_socket_is_told_to_use_plain_http() {
    let gateway = TestGateway::new();
    let ask = Ask::get("/v1/responses")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");

    gateway.refused(&ask.clone().key(ALICE)).is_refusal(Dialect::OpenAi, 426, "invalid_request_error");
    gateway.refused(&ask).is_refusal(Dialect::OpenAi, 426, "invalid_request_error");
}

#[test]
fn another_method_is_refused() {
    let gateway = TestGateway::new();

    for (method, target) in
        [("GET", "/v1/chat/completions"), ("PUT", "/v1/chat/completions"), ("DELETE", "/v1/embeddings")]
    {
        let ask = Ask::new(method, target).body("application/json", "{}").key(ALICE);
        gateway.refused(&ask).is_refusal(Dialect::OpenAi, 405, "invalid_request_error");
    }
    gateway.refused(&Ask::get("/v1/messages").key(ALICE)).is_refusal(Dialect::Anthropic, 405, "invalid_request_error");
}

#[test]
fn an_override_of_the_path_has_no_effect() {
    let gateway = TestGateway::new();

    for header in ["x-original-url", "x-rewrite-url", "x-forwarded-path"] {
        let ask = Ask::get("/health/liveliness").header(header, "/v1/chat/completions");
        assert_eq!(gateway.refused(&ask).status, 200);
    }
    let ask = Ask::get("/v1/chat/completions").header("x-http-method-override", "POST").key(ALICE);
    gateway.refused(&ask).is_refusal(Dialect::OpenAi, 405, "invalid_request_error");
}

#[test]
fn a_response_that_nobody_made_is_not_found() {
    let gateway = TestGateway::new();

    gateway.refused(&Ask::get("/v1/responses/resp_unknown").key(ALICE)).is_refusal(
        Dialect::OpenAi,
        404,
        "not_found_error",
    );
    let ask =
        Ask::post("/v1/responses", &json!({"model": GPT, "input": "hello", "previous_response_id": "resp_unknown"}));
    gateway.refused(&ask.key(ALICE)).is_refusal(Dialect::OpenAi, 404, "not_found_error");
}

//! What cannot be read, or could be read in two ways.

use filters::endpoint::Dialect;
use serde_json::json;

use crate::fixtures::{ALICE, Ask, GPT, Setup, Shape, TestGateway};

const JSON: &str = "application/json";

/// A chat whose body is these bytes.
fn chat(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/v1/chat/completions").body(JSON, body).key(ALICE)
}

#[track_caller]
fn is_bad(gateway: &TestGateway, body: impl Into<Vec<u8>>) {
    gateway.refused(&chat(body)).is_refusal(Dialect::OpenAi, 400, "invalid_request_error");
}

#[test]
fn a_body_without_a_model_is_refused() {
    let gateway = TestGateway::new();

    is_bad(&gateway, r#"{"messages":[]}"#);
    is_bad(&gateway, r#"{"model":"","messages":[]}"#);
    let message = Ask::post("/v1/messages", &json!({"max_tokens": 5, "messages": []})).key(ALICE);
    gateway.refused(&message).is_refusal(Dialect::Anthropic, 400, "invalid_request_error");
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    let gateway = TestGateway::new();

    for body in [
        "",
        "hello",
        "{",
        r#"{"model":"gpt""#,
        "[]",
        "null",
        r#""gpt""#,
        r#"{"model":"gpt",}"#,
        r#"{'model':'gpt'}"#,
        "\u{feff}{\"model\":\"gpt\"}",
    ] {
        is_bad(&gateway, body);
    }
    is_bad(&gateway, *b"{\"model\":\"gpt\",\"x\":\"\xff\"}");
    for number in ["NaN", "Infinity", "01", "1e", "+1", ".5"] {
        is_bad(&gateway, format!(r#"{{"model":"gpt","messages":[],"temperature":{number}}}"#));
    }
}

#[test]
fn a_model_that_is_no_string_is_refused() {
    let gateway = TestGateway::new();

    for model in ["1", "null", "true", r#"["gpt"]"#, r#"{"name":"gpt"}"#] {
        is_bad(&gateway, format!(r#"{{"model":{model},"messages":[]}}"#));
    }
}

#[test]
fn a_second_model_is_refused_however_it_is_spelt() {
    let gateway = TestGateway::new();

    for second in [
        r#""model":"claude""#,
        r#""mod\u0065l":"claude""#,
        r#""Model":"claude""#,
        r#""MODEL":"claude""#,
        r#""model":"gpt""#,
    ] {
        is_bad(&gateway, format!(r#"{{"model":"gpt",{second},"messages":[]}}"#));
        is_bad(&gateway, format!(r#"{{{second},"messages":[],"model":"gpt"}}"#));
    }
}

#[test]
fn a_second_value_of_anything_that_decides_the_price_is_refused() {
    let gateway = TestGateway::new();

    for fields in [
        r#""max_tokens":1,"max_tokens":9"#,
        r#""max_tokens":1,"Max_Tokens":9"#,
        r#""stream":true,"stream":false"#,
        r#""n":1,"n":9"#,
        r#""service_tier":"flex","service_tier":"priority""#,
        r#""stream":true,"stream_options":{"include_usage":false,"include_usage":true}"#,
    ] {
        is_bad(&gateway, format!(r#"{{"model":"gpt","messages":[],{fields}}}"#));
    }
}

#[test]
fn what_follows_the_body_is_refused() {
    let gateway = TestGateway::new();

    for tail in ["{}", "x", ",", "\0", r#"{"model":"claude"}"#] {
        is_bad(&gateway, format!(r#"{{"model":"gpt","messages":[]}}{tail}"#));
    }
}

#[test]
fn a_body_that_is_nested_too_deeply_is_refused() {
    let depth = 100_000;
    let body = format!(r#"{{"model":"gpt","messages":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));

    is_bad(&TestGateway::new(), body);
}

#[test]
fn another_content_type_is_refused() {
    let gateway = TestGateway::new();
    let body = Ask::chat(GPT, "hello");

    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", ""]
    {
        let ask = Ask::new("POST", "/v1/chat/completions").body(content_type, body.body_bytes()).key(ALICE);
        gateway.refused(&ask).is_refusal(Dialect::OpenAi, 415, "invalid_request_error");
    }
    let untyped = Ask::chat(GPT, "hello").without("content-type").key(ALICE);
    gateway.refused(&untyped).is_refusal(Dialect::OpenAi, 415, "invalid_request_error");
    let twice = Ask::chat(GPT, "hello").header("content-type", "text/plain").key(ALICE);
    gateway.refused(&twice).is_refusal(Dialect::OpenAi, 415, "invalid_request_error");
}

#[test]
fn a_compressed_body_is_refused() {
    let gateway = TestGateway::new();

    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, gzip", "identity, gzip"] {
        let ask = Ask::chat(GPT, "hello").header("content-encoding", encoding).key(ALICE);
        gateway.refused(&ask).is_refusal(Dialect::OpenAi, 415, "invalid_request_error");
    }
}

#[test]
fn an_upload_with_two_models_is_refused() {
    let part =
        |name: &str, value: &str| format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = format!("{}{}{}--b--\r\n", part("model", "listener"), part("file", "noise"), part("model", "speaker"));
    let ask = Ask::new("POST", "/v1/audio/transcriptions").body("multipart/form-data; boundary=b", body).key(ALICE);

    TestGateway::new().refused(&ask).is_refusal(Dialect::OpenAi, 400, "invalid_request_error");
}

/// A chat whose body has exactly so many bytes.
fn chat_of(bytes: usize) -> Ask {
    let around = r#"{"model":"gpt","max_tokens":5,"messages":[{"role":"user","content":""}]}"#;
    let (before, after) = around.split_at(around.len() - 4);
    chat(format!("{before}{}{after}", "x".repeat(bytes - around.len())))
}

#[test]
fn a_body_of_33_mib_is_refused_before_it_is_read() {
    let answer = TestGateway::new().refused(&chat_of(33 * 1024 * 1024));

    answer.is_refusal(Dialect::OpenAi, 413, "invalid_request_error");
    assert!(answer.message().contains("33554432"), "{answer:?}");
}

#[test]
fn a_body_of_33_mib_is_refused_when_it_does_not_say_how_long_it_is() {
    let ask = chat_of(33 * 1024 * 1024).shape(Shape::Chunks(65_536));

    TestGateway::new().refused(&ask).is_refusal(Dialect::OpenAi, 413, "invalid_request_error");
}

#[test]
fn the_longest_body_is_taken_and_one_byte_more_is_not() {
    const LIMIT_BYTES: usize = 300_000;
    let gateway = Setup::new().server(&format!("max_body_bytes: {LIMIT_BYTES}")).start();

    for shape in [Shape::Length, Shape::Chunks(65_536)] {
        gateway.send(&chat_of(LIMIT_BYTES).shape(shape)).ok();
        gateway.refused(&chat_of(LIMIT_BYTES + 1).shape(shape)).is_refusal(
            Dialect::OpenAi,
            413,
            "invalid_request_error",
        );
    }
}

//! Every endpoint's shape, whole and streamed, and that each reports what it bills.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Client, chat, streamed};

/// The answer to a request, and what it is billed at.
fn shown(path: &str, body: &Value) -> String {
    let client = Client::new();
    let (status, answer) = client.post(path, body);
    let answer = match serde_json::from_str::<Value>(&answer) {
        Ok(document) => serde_json::to_string_pretty(&document).unwrap(),
        Err(_) => answer,
    };
    let usage = format!("{:?}", client.billed().usage);
    let counts = usage.trim_start_matches("Usage { ").trim_end_matches(" }").split(", ");
    let counts: Vec<&str> = counts.filter(|count| !count.ends_with(": 0") && !count.ends_with("Standard")).collect();
    format!("{status}, billed {counts:?}\n\n{answer}")
}

fn tool_chat() -> Value {
    let mut body = chat("call get_weather");
    body["tools"] = json!([{"type": "function", "function": {"name": "get_weather",
        "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}}}]);
    body
}

fn response() -> Value {
    json!({"model": "m", "input": "hello there", "reasoning": {"effort": "low"}, "max_output_tokens": 13})
}

fn message() -> Value {
    json!({"model": "m", "max_tokens": 1000, "thinking": {"type": "enabled", "budget_tokens": 100},
        "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "use the tool get_weather please"}],
        "tools": [{"name": "get_weather", "input_schema": {"type": "object", "required": ["city"],
            "properties": {"city": {"enum": ["Paris"]}}}}]})
}

fn content() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "hello there"}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": true}, "maxOutputTokens": 13}})
}

fn interaction() -> Value {
    json!({"model": "m", "input": "hello there", "generation_config": {"thinking_level": "low"}})
}

#[test]
fn chat_completions() {
    assert_snapshot!("chat_whole", shown("/v1/chat/completions", &chat("hello there")));
    assert_snapshot!("chat_streamed", shown("/v1/chat/completions", &streamed(chat("hello there"))));
    assert_snapshot!("chat_tool_whole", shown("/v1/chat/completions", &tool_chat()));
    assert_snapshot!("chat_tool_streamed", shown("/v1/chat/completions", &streamed(tool_chat())));
}

#[test]
fn completions() {
    let body = json!({"model": "m", "prompt": ["one two", "three"], "max_tokens": 3});

    assert_snapshot!("completion_whole", shown("/v1/completions", &body));
    assert_snapshot!("completion_streamed", shown("/v1/completions", &streamed(body)));
}

#[test]
fn responses() {
    let mut tool = json!({"model": "m", "input": [{"role": "user", "content": "call patch"}],
        "tools": [{"type": "custom", "name": "patch"}]});

    assert_snapshot!("response_whole", shown("/v1/responses", &response()));
    assert_snapshot!("response_streamed", shown("/v1/responses", &streamed(response())));
    tool["stream"] = true.into();
    assert_snapshot!("response_custom_tool_streamed", shown("/v1/responses", &tool));
    assert_snapshot!("response_compaction", shown("/v1/responses/compact", &tool));
}

#[test]
fn messages() {
    assert_snapshot!("message_whole", shown("/v1/messages", &message()));
    assert_snapshot!("message_streamed", shown("/v1/messages", &streamed(message())));
}

#[test]
fn generated_content() {
    let path = "/v1beta/models/m:streamGenerateContent";

    assert_snapshot!("content_whole", shown("/v1beta/models/m:generateContent", &content()));
    assert_snapshot!("content_events", shown(&format!("{path}?alt=sse"), &content()));
    assert_snapshot!("content_array", shown(path, &content()));
}

#[test]
fn interactions() {
    assert_snapshot!("interaction_whole", shown("/v1beta/interactions", &interaction()));
    assert_snapshot!("interaction_streamed", shown("/v1beta/interactions", &streamed(interaction())));
}

#[test]
fn embeddings() {
    let gemini = json!({"requests": [{"content": {"parts": [{"text": "one two"}]}, "outputDimensionality": 2}]});
    let openai = json!({"model": "m", "input": ["one two", "three"], "dimensions": 2});

    assert_snapshot!("embeddings_openai", shown("/v1/embeddings", &openai));
    assert_snapshot!("embeddings_gemini", shown("/v1beta/models/m:batchEmbedContents", &gemini));
}

#[test]
fn what_is_no_text() {
    let image = json!({"model": "gpt-image-1", "prompt": "a red cat"});
    let rerank = json!({"model": "m", "query": "q", "documents": ["a", "b"], "top_n": 1});

    assert_snapshot!("image", shown("/v1/images/generations", &image));
    assert_snapshot!("rerank", shown("/v1/rerank", &rerank));
    assert_snapshot!("moderation", shown("/v1/moderations", &json!({"model": "m", "input": "hi"})));
}

#[test]
fn an_upload_is_metered_by_what_was_uploaded() {
    let client = Client::new();
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"a.wav\"\r\n\r\n{}\r\n--b--\r\n",
        "x".repeat(32_001)
    );

    let url = format!("{}/v1/audio/transcriptions", client.vendor.url());
    let sent = client.agent.post(url).header("content-type", "multipart/form-data; boundary=b").send(body);

    let answer: Value = sent.unwrap().body_mut().read_json().unwrap();
    assert_eq!(answer["usage"], json!({"type": "duration", "seconds": 2}));
    assert_eq!(client.billed().usage.audio_seconds, 2);
}

#[test]
fn speech_is_billed_by_the_character() {
    let client = Client::new();

    let body = json!({"model": "m", "voice": "v", "input": "héllo"});
    let mut response = client.send("/v1/audio/speech", &body);

    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert_eq!(response.body_mut().read_to_vec().unwrap().len(), 500);
    assert_eq!(client.billed().usage.characters, 5);
}

#[test]
fn whole_and_streamed_answers_cost_the_same() {
    let cases = [
        ("/v1/chat/completions", chat("one two three")),
        ("/v1/chat/completions", tool_chat()),
        ("/v1/completions", json!({"model": "m", "prompt": "one", "n": 2})),
        ("/v1/responses", response()),
        ("/v1/messages", json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]})),
        ("/v1beta/interactions", interaction()),
    ];
    for (path, body) in cases {
        let (whole, events) = (Client::new(), Client::new());

        whole.post(path, &body);
        events.post(path, &streamed(body));

        assert_eq!(whole.billed(), events.billed(), "{path}");
        assert!(whole.billed().usage.output_tokens > 0, "{path}");
    }
}

#[test]
fn counting_is_free_and_foretells_the_bill() {
    let client = Client::new();

    let anthropic = client.json("/v1/messages/count_tokens", &message());
    let openai = client.json("/v1/responses/input_tokens", &response());
    let gemini = client.json("/v1beta/models/m:countTokens", &content());

    assert_eq!(client.billed().answers, 0);
    client.post("/v1/messages", &message());
    assert_eq!(anthropic["input_tokens"], client.billed().usage.prompt_tokens());
    assert_eq!(openai["input_tokens"], 2);
    assert_eq!(gemini["totalTokens"], 2);
}

#[test]
fn a_conversation_that_is_continued_is_paid_for_again() {
    let client = Client::new();
    let first = client.json("/v1/responses", &json!({"model": "m", "input": "hi"}));

    let body = json!({"model": "m", "input": "more", "previous_response_id": first["id"]});
    let second = client.json("/v1/responses", &body);

    assert_eq!(first["usage"]["total_tokens"], 4);
    assert_eq!(second["usage"]["input_tokens"], 5);
}

#[test]
fn a_response_in_the_background_is_fetched_cancelled_and_deleted_by_its_id() {
    let client = Client::new();
    let queued = client.json("/v1/responses", &json!({"model": "m", "input": "hi", "background": true}));
    let path = format!("/v1/responses/{}", queued["id"].as_str().unwrap());
    let url = format!("{}{path}", client.vendor.url());
    let fetched = || client.agent.get(&url).call().unwrap();

    let done: Value = fetched().body_mut().read_json().unwrap();
    let cancelled = client.json(&format!("{path}/cancel"), &json!({}));
    client.agent.delete(&url).call().unwrap();

    assert_eq!((&queued["status"], &queued["usage"]), (&json!("queued"), &Value::Null));
    assert_eq!(done["usage"]["output_tokens"], 3);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(fetched().status(), 404);
}

#[test]
fn the_models_are_listed_in_the_dialect_of_the_caller() {
    let client = Client::new();
    let url = format!("{}/v1/models", client.vendor.url());
    let listed = |header: &str| -> Value {
        client.agent.get(&url).header(header, "x").call().unwrap().body_mut().read_json().unwrap()
    };

    assert_eq!(listed("x-none")["object"], "list");
    assert_eq!(listed("anthropic-version")["has_more"], false);
    assert!(listed("x-goog-api-key")["models"].is_array());
}

#[test]
fn the_bill_keeps_the_last_requests_as_they_came_without_showing_credentials() {
    let client = Client::with(super::Options { requests_kept: 1, ..super::Options::default() });

    client.chat("first");
    let url = format!("{}/v1/chat/completions?beta=true", client.vendor.url());
    client.agent.post(url).header("authorization", "Bearer secret").send_json(chat("second")).unwrap();

    let bill = client.vendor.bill();
    assert_eq!((bill.requests, bill.received.len()), (2, 1));
    assert_eq!(bill.received[0].target, "/v1/chat/completions?beta=true");
    assert_eq!(bill.received[0].headers["authorization"], "Bearer secret");
    assert_eq!(serde_json::from_slice::<Value>(&bill.received[0].body).unwrap(), chat("second"));
    assert!(!format!("{bill:?}").contains("secret"));
}

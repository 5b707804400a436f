//! Every endpoint there is, walked from one table: each answers, whole and streamed, and is charged once with what the
//! vendor billed; none lets a stranger through.

use filters::endpoint::Dialect;
use filters::money::NanoUsd;
use serde_json::{Value, json};

use crate::fixtures::{ALICE, Ask, BOB, CAROL, CLAUDE, GEMINI, GPT, Setup, TestGateway};

/// One way to ask for something.
struct Door {
    /// As the spend log and the metrics call it.
    route: &'static str,
    ask: Ask,
    is_free: bool,
}

fn paid(route: &'static str, ask: Ask) -> Door {
    Door { route, ask, is_free: false }
}

fn free(route: &'static str, ask: Ask) -> Door {
    Door { route, ask, is_free: true }
}

fn messages() -> Value {
    json!([{"role": "user", "content": "hello"}])
}

/// An upload with these fields and a second of noise.
fn upload(target: &str, file: &str, fields: &[(&str, &str)]) -> Ask {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let fields: String = fields.iter().map(part).collect();
    let noise = "n".repeat(32_000);
    let file = format!("--b\r\ncontent-disposition: form-data; name=\"{file}\"; filename=\"a.bin\"\r\n\r\n{noise}\r\n");
    Ask::new("POST", target).body("multipart/form-data; boundary=b", format!("{fields}{file}--b--\r\n"))
}

/// OpenAI's endpoints.
fn openai() -> Vec<Door> {
    let post = Ask::post;
    let transcribe = |fields: &[(&str, &str)]| upload("/v1/audio/transcriptions", "file", fields);
    vec![
        paid("/v1/chat/completions", Ask::chat(GPT, "hello")),
        paid("/v1/chat/completions", Ask::chat_stream(GPT, "hello")),
        paid("/v1/chat/completions", Ask::chat(CLAUDE, "hello")),
        paid("/v1/chat/completions", Ask::chat_stream(CLAUDE, "hello")),
        paid("/v1/chat/completions", Ask::chat(GEMINI, "hello")),
        paid("/v1/chat/completions", Ask::chat_stream(GEMINI, "hello")),
        paid("/v1/completions", post("/v1/completions", &json!({"model": GPT, "prompt": "hello"}))),
        paid("/v1/completions", post("/v1/completions", &json!({"model": GPT, "prompt": "hello", "stream": true}))),
        paid("/v1/responses", post("/v1/responses", &json!({"model": GPT, "input": "hello"}))),
        paid("/v1/responses", post("/v1/responses", &json!({"model": GPT, "input": "hello", "stream": true}))),
        paid("/v1/responses/compact", post("/v1/responses/compact", &json!({"model": GPT, "input": messages()}))),
        free(
            "/v1/responses/input_tokens",
            post("/v1/responses/input_tokens", &json!({"model": GPT, "input": "hello"})),
        ),
        paid("/v1/embeddings", post("/v1/embeddings", &json!({"model": "embedder", "input": "hello"}))),
        free("/v1/moderations", post("/v1/moderations", &json!({"model": "moderator", "input": "hello"}))),
        paid(
            "/v1/images/generations",
            post("/v1/images/generations", &json!({"model": "painter", "prompt": "hello", "n": 2})),
        ),
        paid("/v1/images/edits", upload("/v1/images/edits", "image", &[("model", "painter"), ("prompt", "hello")])),
        paid("/v1/images/variations", upload("/v1/images/variations", "image", &[("model", "painter")])),
        paid(
            "/v1/audio/speech",
            post("/v1/audio/speech", &json!({"model": "speaker", "input": "hello", "voice": "alloy"})),
        ),
        paid("/v1/audio/transcriptions", transcribe(&[("model", "listener")])),
        paid("/v1/audio/transcriptions", transcribe(&[("model", "listener"), ("stream", "true")])),
        paid("/v1/audio/transcriptions", transcribe(&[("model", "listener"), ("response_format", "verbose_json")])),
        paid("/v1/audio/translations", upload("/v1/audio/translations", "file", &[("model", "listener")])),
        paid("/v1/rerank", post("/v1/rerank", &json!({"model": "ranker", "query": "hello", "documents": ["a", "b"]}))),
    ]
}

/// Anthropic's and Gemini's endpoints.
fn anthropic_and_gemini() -> Vec<Door> {
    const GENERATE: &str = "/v1beta/models/{model}:generateContent";
    const STREAM: &str = "/v1beta/models/{model}:streamGenerateContent";
    let post = Ask::post;
    let counted = json!({"model": CLAUDE, "messages": messages()});
    let content = json!({"parts": [{"text": "hello"}]});
    let at = |model: &str, action: &str| format!("/v1beta/models/{model}:{action}");
    vec![
        paid("/v1/messages", Ask::message(CLAUDE, "hello")),
        paid("/v1/messages", Ask::message(CLAUDE, "hello").with_field("stream", true.into())),
        free("/v1/messages/count_tokens", post("/v1/messages/count_tokens", &counted)),
        paid(GENERATE, Ask::content(GEMINI, "generateContent", "hello")),
        paid(STREAM, Ask::content(GEMINI, "streamGenerateContent?alt=sse", "hello")),
        paid(STREAM, Ask::content(GEMINI, "streamGenerateContent", "hello")),
        free("/v1beta/models/{model}:countTokens", post(&at(GEMINI, "countTokens"), &json!({"contents": [content]}))),
        paid(
            "/v1beta/models/{model}:embedContent",
            post(&at("flash-embedder", "embedContent"), &json!({"content": content})),
        ),
        paid(
            "/v1beta/models/{model}:batchEmbedContents",
            post(
                &at("flash-embedder", "batchEmbedContents"),
                &json!({"requests": [{"content": content}, {"content": content}]}),
            ),
        ),
        paid("/v1beta/interactions", post("/v1beta/interactions", &json!({"model": GEMINI, "input": "hello"}))),
        paid(
            "/v1beta/interactions",
            post("/v1beta/interactions", &json!({"model": GEMINI, "input": "hello", "stream": true})),
        ),
    ]
}

/// The same endpoints under their other names.
fn other_names() -> Vec<Door> {
    let chat = json!({"model": GPT, "messages": messages()});
    let azure = json!({"messages": messages()});
    let content = json!({"contents": [{"parts": [{"text": "hello"}]}]});
    vec![
        paid("/v1/chat/completions", Ask::post("/chat/completions", &chat)),
        paid("/v1/chat/completions", Ask::post("/openai/v1/chat/completions", &chat)),
        paid("/v1/chat/completions", Ask::post("/openai/chat/completions", &chat)),
        paid(
            "/v1/chat/completions",
            Ask::post("/openai/deployments/azure-gpt/chat/completions?api-version=2023-05-15", &azure),
        ),
        paid(
            "/v1/chat/completions",
            Ask::post("/v1beta/openai/chat/completions", &json!({"model": GEMINI, "messages": messages()})),
        ),
        paid(
            "/v1/messages",
            Ask::post(
                "/anthropic/v1/messages?beta=true",
                &json!({"model": CLAUDE, "max_tokens": 9, "messages": messages()}),
            ),
        ),
        paid("/v1beta/models/{model}:generateContent", Ask::post("/v1/models/flash:generateContent", &content)),
        paid(
            "/v1beta/models/{model}:generateContent",
            Ask::post("/gemini/v1beta/models/flash:generateContent", &content),
        ),
    ]
}

fn all() -> Vec<Door> {
    openai().into_iter().chain(anthropic_and_gemini()).chain(other_names()).collect()
}

/// Sends one request and checks that it, and nothing else, is charged as the vendor billed it.
#[track_caller]
fn is_charged_once(gateway: &TestGateway, Door { route, ask, is_free }: &Door) {
    let (charges_before, billed_before, requests_before) =
        (gateway.charges().len(), gateway.billed(), gateway.vendor_requests());

    let answer = gateway.send(&ask.clone().key(ALICE)).ok();

    let charges = gateway.charges();
    let billed = gateway.billed() - billed_before;
    assert_eq!(gateway.vendor_requests(), requests_before + 1, "{route}");
    assert!(!answer.body.is_empty(), "{route}: {answer:?}");
    assert_eq!(billed > NanoUsd::ZERO, !is_free, "{route} was billed at ${billed}");
    match &charges[charges_before..] {
        [] if *is_free => {}
        [charge] => {
            assert_eq!(
                (charge.route.as_str(), charge.cost, charge.is_estimated),
                (*route, billed, false),
                "{charge:?}\n{answer:?}"
            );
            assert_eq!((charge.key_alias.as_deref(), charge.team.as_deref()), (Some("alice"), Some("crew")));
        }
        charges => panic!("{route}: charged {} times: {charges:#?}", charges.len()),
    }
}

#[test]
fn every_endpoint_of_openai_answers_and_is_charged_once_as_billed() {
    let gateway = TestGateway::new();

    openai().iter().for_each(|door| is_charged_once(&gateway, door));
}

#[test]
fn every_endpoint_of_anthropic_and_gemini_answers_and_is_charged_once_as_billed() {
    let gateway = TestGateway::new();

    anthropic_and_gemini().iter().for_each(|door| is_charged_once(&gateway, door));
}

#[test]
fn every_other_name_of_an_endpoint_answers_and_is_charged_once_as_billed() {
    let gateway = TestGateway::new();

    other_names().iter().for_each(|door| is_charged_once(&gateway, door));
}

#[test]
fn no_endpoint_lets_a_stranger_through() {
    let gateway = TestGateway::new();

    for door in all() {
        assert_eq!(gateway.refused(&door.ask).status, 401, "{}", door.route);
        assert_eq!(gateway.refused(&door.ask.key("sk-of-nobody-at-all")).status, 401, "{}", door.route);
    }
}

#[test]
fn no_endpoint_serves_a_model_that_the_key_may_not_use() {
    let gateway = Setup::new().carol("models: [no-default-models]").start();

    for door in all() {
        assert_eq!(gateway.refused(&door.ask.key(CAROL)).status, 403, "{}", door.route);
    }
}

#[test]
fn no_endpoint_that_costs_something_serves_an_empty_purse() {
    let gateway = Setup::new().carol("max_budget: 0").start();

    for door in all() {
        let answer = gateway.send(&door.ask.key(CAROL));
        assert_eq!(answer.status, if door.is_free { 200 } else { 400 }, "{}: {answer:?}", door.route);
    }
    assert!(gateway.charges().iter().all(|charge| charge.cost == NanoUsd::ZERO));
}

/// Makes a response, and returns its id.
fn response(gateway: &TestGateway, key: &str, earlier: Option<&str>) -> String {
    let body = json!({"model": GPT, "input": "hello", "previous_response_id": earlier});
    gateway.send(&Ask::post("/v1/responses", &body).key(key)).ok().json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_stored_response_is_its_teams_to_continue_read_cancel_and_delete() {
    let gateway = TestGateway::new();
    let id = response(&gateway, ALICE, None);

    response(&gateway, ALICE, Some(&id));
    // The vendor cancels only what runs in the background, and says so itself.
    for (method, action, status) in
        [("GET", "", 200), ("GET", "/input_items", 200), ("POST", "/cancel", 400), ("DELETE", "", 200)]
    {
        let answer = gateway.send(&Ask::new(method, &format!("/v1/responses/{id}{action}")).key(ALICE));
        assert_eq!(answer.status, status, "{method} {action}: {answer:?}");
        assert_eq!(gateway.bill().received.back().unwrap().target, format!("/v1/responses/{id}{action}"));
    }
    assert_eq!(gateway.charges().iter().filter(|charge| charge.cost > NanoUsd::ZERO).count(), 2);
}

#[test]
fn a_stored_response_of_another_team_is_not_there() {
    let gateway = TestGateway::new();
    let id = response(&gateway, ALICE, None);

    let continued = Ask::post("/v1/responses", &json!({"model": GPT, "input": "hello", "previous_response_id": id}));
    gateway.refused(&continued.key(BOB)).is_refusal(Dialect::OpenAi, 404, "not_found_error");
    for (method, action) in [("GET", ""), ("GET", "/input_items"), ("POST", "/cancel"), ("DELETE", "")] {
        let ask = Ask::new(method, &format!("/v1/responses/{id}{action}")).key(BOB);
        gateway.refused(&ask).is_refusal(Dialect::OpenAi, 404, "not_found_error");
    }
}

#[test]
fn what_a_models_price_does_not_cover_is_not_free() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("the vendor bills by the piece, and the price knows tokens only");

    for (path, body) in [
        ("/v1/audio/speech", r#"{"model":"gpt","input":"hello","voice":"alloy"}"#),
        ("/v1/rerank", r#"{"model":"gpt","query":"a","documents":["a","b"]}"#),
    ] {
        let before = gateway.charges().len();
        let answer = gateway.send(&Ask::new("POST", path).body("application/json", body).key(ALICE));
        let charges = gateway.charges();
        let is_paid = charges.len() == before + 1 && charges[before].cost > NanoUsd::ZERO;
        assert!(answer.status == 403 || is_paid, "{path}: {answer:?} {charges:#?}");
    }
}

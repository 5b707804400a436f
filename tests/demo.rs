//! The built-in vendor, as a client meets it: every dialect whole and streamed, and every fault once.

use serde_json::{Value, json};
use tollkeeper::demo::{Options, Vendor};

/// A running vendor and a client for it.
struct Client {
    vendor: Vendor,
    agent: ureq::Agent,
}

impl Client {
    fn new(options: Options) -> Self {
        let vendor = Vendor::start("127.0.0.1:0".parse().unwrap(), options).unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        Self { vendor, agent }
    }

    /// Posts a document; the status and the whole body.
    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let mut response =
            self.agent.post(format!("{}{path}", self.vendor.url())).send_json(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// Posts a document and expects a document.
    fn json(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.post(path, body);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// What the bill says of a model: prompt tokens, output tokens.
    fn billed(&self, model: &str) -> (u64, u64) {
        let usage = self.vendor.bill().by_model[model].usage;
        (usage.prompt_tokens(), usage.output_tokens)
    }
}

#[test]
fn a_chat_completion_reports_what_the_bill_says() {
    let client = Client::new(Options::default());

    let body = json!({"model": "gpt-x", "messages": [{"role": "user", "content": "hello there"}]});
    let answer = client.json("/v1/chat/completions", &body);

    assert_eq!(answer["choices"][0]["message"]["content"], "You said: hello there");
    assert_eq!(answer["usage"]["prompt_tokens"], 2);
    assert_eq!(answer["usage"]["completion_tokens"], 4);
    assert_eq!(client.billed("gpt-x"), (2, 4));
}

#[test]
fn a_streamed_chat_ends_with_usage_only_when_asked() {
    let client = Client::new(Options::default());
    let mut body =
        json!({"model": "gpt-x", "stream": true, "messages": [{"role": "user", "content": "hi"}]});

    let plain = client.post("/v1/chat/completions", &body).1;
    body["stream_options"] = json!({"include_usage": true});
    let told = client.post("/v1/chat/completions", &body).1;

    assert!(!plain.contains("usage"), "{plain}");
    assert!(
        told.contains(r#""choices":[]"#) && told.contains(r#""completion_tokens":3"#),
        "{told}"
    );
    assert!(told.ends_with("data: [DONE]\n\n"));
    assert_eq!(client.billed("gpt-x"), (2, 6));
}

#[test]
fn a_message_and_its_stream_agree() {
    let client = Client::new(Options::default());
    let mut body = json!({"model": "claude-x", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]});

    let whole = client.json("/v1/messages", &body);
    body["stream"] = true.into();
    let streamed = client.post("/v1/messages", &body).1;

    assert_eq!(whole["content"][0]["text"], "You said: hi");
    assert_eq!(whole["usage"]["output_tokens"], 3);
    assert!(streamed.starts_with("event: message_start\n"), "{streamed}");
    assert!(
        streamed.contains(r#""output_tokens":3"#) && streamed.contains("event: message_stop\n"),
        "{streamed}"
    );
    assert_eq!(client.billed("claude-x"), (2, 6));
}

#[test]
fn a_generated_content_comes_whole_as_events_and_as_an_array() {
    let client = Client::new(Options::default());
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});

    let whole = client.json("/v1beta/models/gem:generateContent", &body);
    let events = client.post("/v1beta/models/gem:streamGenerateContent?alt=sse", &body).1;
    let array = client.json("/v1beta/models/gem:streamGenerateContent", &body);

    assert_eq!(whole["candidates"][0]["content"]["parts"][0]["text"], "You said: hi");
    assert_eq!(whole["usageMetadata"]["candidatesTokenCount"], 3);
    assert_eq!(events.matches("data: ").count(), 4, "{events}");
    assert_eq!(array[3]["usageMetadata"]["candidatesTokenCount"], 3);
    assert_eq!(client.billed("gem"), (3, 9));
}

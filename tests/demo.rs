//! The built-in vendor, as a client meets it: every dialect whole and streamed, and every fault once.

mod dialects;
mod faults;
mod replay;

use serde_json::{Value, json};
use tollkeeper::demo::{ModelBill, Options, Vendor};

/// A running vendor and a client for it.
struct Client {
    vendor: Vendor,
    agent: ureq::Agent,
}

impl Client {
    /// A vendor in good health.
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let vendor = Vendor::start("127.0.0.1:0".parse().unwrap(), options).unwrap();
        Self { vendor, agent: agent() }
    }

    /// Posts a document.
    fn send(&self, path: &str, body: &Value) -> http::Response<ureq::Body> {
        self.agent.post(format!("{}{path}", self.vendor.url())).send_json(body).unwrap()
    }

    /// Posts a document; the status and the whole body.
    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let mut response = self.send(path, body);
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// Posts a document and expects a document.
    fn json(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.post(path, body);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Chats; the status and the whole body.
    fn chat(&self, text: &str) -> (u16, String) {
        self.post("/v1/chat/completions", &chat(text))
    }

    /// What the bill says of the model `m`.
    fn billed(&self) -> ModelBill {
        self.vendor.bill().by_model.get("m").copied().unwrap_or_default()
    }
}

/// A client that reports errors as answers and follows nothing.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

/// A request to chat with the model `m`.
fn chat(text: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": text}]})
}

/// The same request, streamed and with usage.
fn streamed(mut body: Value) -> Value {
    body["stream"] = true.into();
    body["stream_options"] = json!({"include_usage": true});
    body
}

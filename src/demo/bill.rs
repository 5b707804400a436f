//! What the vendor has seen and what it would ask to be paid for: the truth that the gateway's book is compared with.

use std::collections::{BTreeMap, VecDeque};

use axum::http::{HeaderMap, Method, Uri};
use bytes::Bytes;
use filters::usage::Usage;

/// A copy of the vendor's books at one moment.
#[derive(Clone, Debug, Default)]
pub struct Bill {
    /// Requests received, whatever became of them.
    pub requests: u64,
    /// What was used, by the model's name as it arrived.
    pub by_model: BTreeMap<String, ModelBill>,
    /// The last requests as they arrived, oldest first.
    pub received: VecDeque<Received>,
}

/// What one model was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelBill {
    /// Answers that cost something; refusals and free endpoints do not count.
    pub answers: u64,
    /// The sum over those answers.
    pub usage: Usage,
}

/// One request as it arrived. Credentials in its headers are marked sensitive, so that `Debug` does not show them.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    /// Takes a request down.
    pub(super) fn new(method: Method, uri: &Uri, mut headers: HeaderMap, body: Bytes) -> Self {
        for (name, value) in &mut headers {
            value.set_sensitive(super::server::CREDENTIAL_HEADERS.contains(&name.as_str()));
        }
        let target = uri.path_and_query().map_or_else(String::new, ToString::to_string);
        Self { method, target, headers, body }
    }
}

impl Bill {
    /// Takes down that a request came, keeping at most `kept` of them whole.
    pub(super) fn receive(&mut self, request: Received, kept: usize) {
        self.requests += 1;
        if kept == 0 {
            return;
        }
        if self.received.len() == kept {
            self.received.pop_front();
        }
        self.received.push_back(request);
    }

    /// Opens the account of one answer: its prompt, and whatever of its output is already due.
    pub(super) fn open(&mut self, model: &str, usage: &Usage) {
        let account = self.account(model);
        account.answers += 1;
        add(&mut account.usage, usage);
    }

    /// Adds output that left with a later event.
    pub(super) fn add_output(&mut self, model: &str, output_tokens: u64, reasoning_tokens: u64) {
        let more = Usage { output_tokens, reasoning_tokens, ..Usage::default() };
        add(&mut self.account(model).usage, &more);
    }

    /// The account of a model, opened on first use.
    fn account(&mut self, model: &str) -> &mut ModelBill {
        // Looked up before it is inserted: the name is copied once per model, not once per answer.
        if !self.by_model.contains_key(model) {
            self.by_model.insert(model.to_owned(), ModelBill::default());
        }
        self.by_model.get_mut(model).expect("inserted above if it was missing")
    }
}

/// Adds every count of `more` to `total`. The service tier of a sum means nothing and stays.
fn add(total: &mut Usage, more: &Usage) {
    total.input_tokens += more.input_tokens;
    total.cache_read_tokens += more.cache_read_tokens;
    total.cache_write_5m_tokens += more.cache_write_5m_tokens;
    total.cache_write_1h_tokens += more.cache_write_1h_tokens;
    total.output_tokens += more.output_tokens;
    total.reasoning_tokens += more.reasoning_tokens;
    total.audio_input_tokens += more.audio_input_tokens;
    total.audio_output_tokens += more.audio_output_tokens;
    total.image_input_tokens += more.image_input_tokens;
    total.image_output_tokens += more.image_output_tokens;
    total.images += more.images;
    total.audio_seconds += more.audio_seconds;
    total.characters += more.characters;
    total.search_units += more.search_units;
    total.web_searches += more.web_searches;
}

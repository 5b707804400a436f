//! One request from its head to its reply: who may ask, what was asked, what is to go wrong.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Response, StatusCode, Uri, request::Parts},
    serve::ListenerExt,
};
use filters::endpoint::Dialect;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{
    Options, anthropic,
    bill::{Bill, Received},
    call::Call,
    fault::Faults,
    gemini, models, openai,
    prompt::Prompt,
    refusal::refusal,
    reply::{Account, Event, Reply},
    route::{Route, route},
    upload,
};

/// The largest request body.
const BODY_MAX_BYTES: usize = 64 << 20;

/// Where a credential can stand.
pub(super) const CREDENTIAL_HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// What all requests share.
#[derive(Debug)]
pub(super) struct State {
    options: Options,
    requests: AtomicU64,
    // Not a Tokio mutex: nothing is awaited while it is held, and the critical section is a few adds.
    bill: Mutex<Bill>,
    pub(super) prompt_cache: anthropic::PromptCache,
    pub(super) stored_responses: openai::StoredResponses,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            requests: AtomicU64::new(0),
            bill: Mutex::default(),
            prompt_cache: anthropic::PromptCache::default(),
            stored_responses: openai::StoredResponses::default(),
        }
    }

    pub(super) fn bill(&self) -> Bill {
        self.with_bill(|bill| bill.clone())
    }

    /// Bills what is due when an answer begins.
    pub(super) fn open_account(&self, account: &Account) {
        self.with_bill(|bill| bill.open(&account.model, &account.usage));
    }

    /// Bills the output within an event that is about to leave.
    pub(super) fn add_output(&self, model: &str, event: &Event) {
        self.with_bill(|bill| bill.add_output(model, event.output_tokens, event.reasoning_tokens));
    }

    fn with_bill<T>(&self, act: impl FnOnce(&mut Bill) -> T) -> T {
        // Sums are whole between any two statements: a panic elsewhere leaves nothing half-done.
        act(&mut self.bill.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves until the runtime ends.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    // Without it, the small writes of a stream wait for acknowledgements. A socket that refuses is merely slow.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    let router = Router::new().fallback(move |request: Request| answer(request, Arc::clone(&state)));
    // It ends only with the runtime: accept errors are retried inside.
    let _ended = axum::serve(listener, router).await;
}

/// Answers one request.
async fn answer(request: Request, state: Arc<State>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let number = state.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
        return refusal(Dialect::OpenAi, StatusCode::PAYLOAD_TOO_LARGE, "body too large")
            .send(Faults::default(), &state);
    };
    let (reply, faults) = reply(&head, &body, number, &state);
    let Parts { method, uri, headers, .. } = head;
    let received = Received::new(method, &uri, headers, body);
    state.with_bill(|bill| bill.receive(received, state.options.requests_kept));
    if let Some(delay) = faults.delay {
        tokio::time::sleep(delay).await;
    }
    reply.send(faults, &state)
}

/// Decides what comes back, and what is to go wrong with it.
fn reply(head: &Parts, body: &Bytes, number: u64, state: &State) -> (Reply, Faults) {
    let mut faults = Faults::default();
    faults.read(&state.options.default_fault);
    faults.read(header(head, "x-demo-fault"));

    let Some(route) = route(&head.method, head.uri.path()) else {
        return (refusal(Dialect::OpenAi, StatusCode::NOT_FOUND, "no such endpoint"), faults);
    };
    let dialect = match route {
        Route::Model { endpoint, .. } => endpoint.dialect(),
        Route::Models => models::dialect(head),
    };
    let Some(body) = document(head, body) else {
        return (refusal(dialect, StatusCode::BAD_REQUEST, "the body is not valid JSON"), faults);
    };
    let prompt = Prompt::read(&body);
    faults.read(&prompt.text);
    let reply = forced_refusal(dialect, head, &faults, state).unwrap_or_else(|| match route {
        Route::Models => models::answer(dialect, head.uri.path()),
        Route::Model { endpoint, name } => {
            let model = body.get("model").and_then(Value::as_str).or(name).unwrap_or_default();
            let (method, query) = (&head.method, head.uri.query().unwrap_or_default());
            let (path_name, body, prompt, faults) = (name, &body, &prompt, &faults);
            answer_of_dialect(&Call { endpoint, model, path_name, query, method, body, prompt, faults, number, state })
        }
    });
    (reply, faults)
}

/// A header's text, empty where there is none.
fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body as JSON, an upload's fields included; `None` when it is neither.
fn document(head: &Parts, body: &Bytes) -> Option<Value> {
    let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(boundary) = upload::boundary(content_type) {
        return Some(upload::fields(body, boundary));
    }
    if body.is_empty() {
        return Some(Value::Null);
    }
    serde_json::from_slice(body).ok()
}

/// What comes back whatever was asked: the credential is wrong, or an error was wished for.
fn forced_refusal(dialect: Dialect, head: &Parts, faults: &Faults, state: &State) -> Option<Reply> {
    let credential = credential(&head.headers, &head.uri);
    if state.options.expected_credential.is_some() && state.options.expected_credential.as_deref() != credential {
        return Some(refusal(dialect, StatusCode::UNAUTHORIZED, "incorrect API key provided"));
    }
    if faults.echoes_credential {
        let message = format!("incorrect API key provided: {}", credential.unwrap_or("none"));
        return Some(refusal(dialect, StatusCode::UNAUTHORIZED, &message));
    }
    if let Some(size) = faults.error_bytes {
        return Some(refusal(dialect, StatusCode::INTERNAL_SERVER_ERROR, &"x".repeat(size)));
    }
    if let Some(location) = &faults.redirect {
        let reply = Reply::whole(StatusCode::TEMPORARY_REDIRECT, "text/plain", "moved");
        return Some(Reply { headers: vec![("location", location.clone())], ..reply });
    }
    let status = StatusCode::from_u16(faults.status?).ok()?;
    let mut reply = refusal(dialect, status, "an error on demand");
    reply.headers.extend(faults.retry_after.clone().map(|after| ("retry-after", after)));
    Some(reply)
}

/// The credential of a request, in whichever place it stands.
fn credential<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let header = CREDENTIAL_HEADERS.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let query = || uri.query()?.split('&').find_map(|pair| pair.strip_prefix("key="));
    header.map(|value| value.strip_prefix("Bearer ").unwrap_or(value)).or_else(query)
}

/// Hands a call to its dialect.
fn answer_of_dialect(call: &Call<'_>) -> Reply {
    match (call.endpoint.dialect(), call.endpoint) {
        (Dialect::Anthropic, _) => anthropic::answer(call),
        (Dialect::Gemini, _) => gemini::answer(call),
        (Dialect::OpenAi, _) => openai::answer(call),
    }
}

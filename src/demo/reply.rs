//! An answer in the words of its dialect, and how it travels: whole or event by event, in health or with the faults
//! that were asked for.

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use filters::usage::Usage;
use futures::stream;
use serde_json::Value;

use super::{fault::Faults, gzip::Gzip, server::State};

/// What goes back to the client, and what it costs.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
    /// What is due before the first event, and for which model; `None` when the answer is free.
    pub(super) account: Option<Account>,
}

/// The body of a reply.
#[derive(Debug)]
pub(super) enum Content {
    Whole(Bytes),
    Events(VecDeque<Event>),
}

/// Who pays for an answer, and what for.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) model: String,
    /// For a stream, without the output: each event brings its own.
    pub(super) usage: Usage,
}

/// One piece of a stream, and the part of the output that is due when it leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    pub(super) bytes: Bytes,
    pub(super) output_tokens: u64,
    pub(super) reasoning_tokens: u64,
}

impl Event {
    /// An event that costs nothing.
    pub(super) fn free(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), ..Self::default() }
    }

    /// An event with one token of the answer.
    pub(super) fn token(bytes: impl Into<Bytes>) -> Self {
        Self { output_tokens: 1, ..Self::free(bytes) }
    }

    /// An event with one token of reasoning.
    pub(super) fn reasoning(bytes: impl Into<Bytes>) -> Self {
        Self { output_tokens: 1, reasoning_tokens: 1, bytes: bytes.into() }
    }
}

impl Reply {
    /// A JSON document that costs nothing, or an error.
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::whole(status, "application/json", body.to_string())
    }

    /// A JSON document that has to be paid for.
    pub(super) fn billed(model: &str, usage: Usage, body: &Value) -> Self {
        let account = Some(Account { model: model.to_owned(), usage });
        Self { account, ..Self::json(StatusCode::OK, body) }
    }

    /// Any whole body that costs nothing.
    pub(super) fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), content: Content::Whole(body.into()), account: None }
    }

    /// Server-sent events; of `usage`, the output is billed by the events.
    pub(super) fn events(model: &str, usage: Usage, events: VecDeque<Event>) -> Self {
        let usage = Usage { output_tokens: 0, reasoning_tokens: 0, ..usage };
        let account = Some(Account { model: model.to_owned(), usage });
        Self { account, content: Content::Events(events), ..Self::whole(StatusCode::OK, "text/event-stream", "") }
    }

    /// Opens the account and turns the reply into a response that suffers its faults as it is read.
    pub(super) fn send(self, faults: Faults, state: &Arc<State>) -> Response<Body> {
        if let Some(account) = &self.account {
            state.open_account(account);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        if faults.gzips {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = match self.content {
            Content::Whole(body) if faults.leave_bodies_alone() => Body::from(body),
            content => {
                let model = self.account.map(|account| account.model);
                Player::new(content, model, faults, Arc::clone(state)).into_body()
            }
        };
        response
    }
}

/// Plays a body event by event.
struct Player {
    events: VecDeque<Event>,
    sent: usize,
    /// The event before which a stall sets in.
    middle: usize,
    model: Option<String>,
    faults: Faults,
    gzip: Option<Gzip>,
    state: Arc<State>,
}

impl Player {
    /// Prepares the events, or the two halves of a whole body, as the faults want them.
    fn new(content: Content, model: Option<String>, faults: Faults, state: Arc<State>) -> Self {
        let mut faults = faults;
        let mut events = match content {
            Content::Whole(body) => {
                faults.cut_after = faults.cut_after.map(|_| 1);
                halves(body)
            }
            Content::Events(events) => events,
        };
        if faults.breaks_sse {
            events.push_front(Event::free(BAD_SSE));
        }
        let gzip = faults.gzips.then(Gzip::new);
        Self { middle: events.len() / 2, events, sent: 0, model, faults, gzip, state }
    }

    /// The body that polls this player.
    fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut player| async {
            let piece = player.next().await?;
            Some((piece, player))
        }))
    }

    /// The next piece, after whatever silence is due before it; an error breaks the connection.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.faults.cut_after == Some(self.sent) {
            // Gives what was sent a turn to reach the socket; it would be lost with the connection otherwise.
            tokio::time::sleep(FLUSH).await;
            return Some(Err(io::Error::other("cut on demand")));
        }
        let Some(event) = self.events.pop_front() else {
            return Some(Ok(self.gzip.take()?.finish()));
        };
        self.wait().await;
        self.sent += 1;
        if let (Some(model), 1..) = (&self.model, event.output_tokens) {
            self.state.add_output(model, &event);
        }
        Some(Ok(match &mut self.gzip {
            Some(gzip) => gzip.write(&event.bytes),
            None => event.bytes,
        }))
    }

    /// The silences before an event.
    async fn wait(&self) {
        if let Some(pause) = self.faults.slow.filter(|_| self.sent > 0) {
            tokio::time::sleep(pause).await;
        }
        if let Some(stall) = self.faults.stall.filter(|_| self.sent == self.middle) {
            tokio::time::sleep(stall).await;
        }
    }
}

/// Long enough for a poll of the connection, too short to slow a test.
const FLUSH: Duration = Duration::from_millis(5);

/// What no parser of events should trip over: a line that is no field, and a document that is no JSON.
const BAD_SSE: &str = ": a comment\nthis is no field\nretry: soon\n\ndata: {\"never\": closed\n\n";

/// A whole body as two events, so that something can happen between them.
fn halves(mut body: Bytes) -> VecDeque<Event> {
    let second = body.split_off(body.len() / 2);
    VecDeque::from([Event::free(body), Event::free(second)])
}

/// One server-sent event that has only data, as OpenAI and Gemini send it.
pub(super) fn sse(document: &Value) -> String {
    format!("data: {document}\n\n")
}

/// One server-sent event with its name, which stands once more under `tag` at the head of the document `fields`, as
/// Anthropic, the Responses API and the interactions send it.
pub(super) fn named_sse(name: &str, tag: &str, fields: &Value) -> String {
    let fields = fields.to_string();
    let rest = fields.strip_prefix('{').expect("the fields of an event are an object");
    let separator = if rest == "}" { "" } else { "," };
    format!("event: {name}\ndata: {{\"{tag}\":\"{name}\"{separator}{rest}\n\n")
}

//! What a body is, by its content type.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Whether the body is a stream of events.
#[must_use]
pub(crate) fn is_event_stream(headers: &HeaderMap) -> bool {
    const NAME: &str = "text/event-stream";
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.trim_start().get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
}

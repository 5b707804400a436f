//! `/v1/moderations`: nothing is ever flagged, and nothing is billed.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::demo::{call::Call, reply::Reply};

/// What a text is examined for.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// Answers a moderation: one result per input.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let inputs = call.body.get("input").and_then(Value::as_array).map_or(1, Vec::len);
    let each = |value: Value| CATEGORIES.iter().map(|name| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>();
    let result = json!({
        "flagged": false, "categories": each(false.into()), "category_scores": each(0.0.into()),
        "category_applied_input_types": each(json!(["text"]))});
    let body = json!({"id": call.id("modr-"), "model": call.model, "results": vec![result; inputs]});
    Reply::json(StatusCode::OK, &body)
}

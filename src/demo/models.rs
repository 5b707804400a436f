//! `GET /v1/models`: what is on offer, in the dialect of whoever asks.

use axum::http::{StatusCode, request::Parts};
use filters::endpoint::Dialect;
use serde_json::{Value, json};

use super::{call::CREATED, refusal::refusal, reply::Reply};

/// The models that are listed. Any other name is served as well.
const MODELS: [&str; 6] = [
    "gpt-4o-mini",
    "gpt-5-mini",
    "claude-3-haiku-20240307",
    "claude-sonnet-4-5-20250929",
    "gemini-2.5-flash",
    "text-embedding-3-small",
];

/// The dialect of a caller who names no endpoint that would tell.
pub(super) fn dialect(head: &Parts) -> Dialect {
    if head.headers.contains_key("anthropic-version") {
        Dialect::Anthropic
    } else if head.uri.path().starts_with("/v1beta/models") || head.headers.contains_key("x-goog-api-key") {
        Dialect::Gemini
    } else {
        Dialect::OpenAi
    }
}

/// The list, or the one model that the path names.
pub(super) fn answer(dialect: Dialect, path: &str) -> Reply {
    let Some((_, name)) = path.split_once("/models/") else {
        return Reply::json(StatusCode::OK, &list(dialect));
    };
    match MODELS.iter().find(|model| **model == name) {
        Some(model) => Reply::json(StatusCode::OK, &entry(dialect, model)),
        None => refusal(dialect, StatusCode::NOT_FOUND, "no such model"),
    }
}

/// All of them.
fn list(dialect: Dialect) -> Value {
    let entries: Vec<Value> = MODELS.iter().map(|model| entry(dialect, model)).collect();
    match dialect {
        Dialect::OpenAi => json!({"object": "list", "data": entries}),
        Dialect::Anthropic => json!({"data": entries, "has_more": false,
            "first_id": MODELS[0], "last_id": MODELS[MODELS.len() - 1]}),
        Dialect::Gemini => json!({"models": entries}),
    }
}

/// One of them.
fn entry(dialect: Dialect, model: &str) -> Value {
    match dialect {
        Dialect::OpenAi => {
            json!({"id": model, "object": "model", "created": CREATED, "owned_by": "demo"})
        }
        Dialect::Anthropic => json!({"id": model, "type": "model", "display_name": model,
            "created_at": "2026-09-21T00:00:00Z"}),
        Dialect::Gemini => {
            json!({"name": format!("models/{model}"), "displayName": model, "version": "demo",
            "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens", "embedContent"]})
        }
    }
}

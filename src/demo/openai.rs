//! The OpenAI dialect: which file answers which endpoint, and what all of them share.

mod chat;

use axum::http::StatusCode;
use filters::endpoint::{Dialect, Endpoint};

use super::{call::Call, refusal::refusal, reply::Reply};

/// Answers a call in the OpenAI dialect.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let mut reply = match call.endpoint {
        Endpoint::ChatCompletions => chat::answer(call),
        _ => refusal(Dialect::OpenAi, StatusCode::NOT_FOUND, "no such endpoint"),
    };
    reply.headers.extend([
        ("x-request-id", call.id("req_")),
        ("openai-organization", "demo-organization".to_owned()),
        ("openai-version", "2020-10-01".to_owned()),
    ]);
    reply
}

/// The tier that the request is served in, in OpenAI's words: the one it asked for.
fn service_tier<'a>(call: &Call<'a>) -> &'a str {
    match call.body.get("service_tier").and_then(|tier| tier.as_str()) {
        None | Some("auto") => "default",
        Some(tier) => tier,
    }
}

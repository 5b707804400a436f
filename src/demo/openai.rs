//! The OpenAI dialect: which file answers which endpoint, and what all of them share.

mod audio;
mod chat;
mod completions;
mod embeddings;
mod images;
mod moderations;
mod rerank;
mod responses;

use axum::http::StatusCode;
use filters::endpoint::{Dialect, Endpoint};

pub(super) use self::responses::stored::StoredResponses;
use super::{call::Call, refusal::refusal, reply::Reply};

/// Answers a call in the OpenAI dialect.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    use Endpoint::*;
    let mut reply = match call.endpoint {
        ChatCompletions => chat::answer(call),
        Completions => completions::answer(call),
        Responses => responses::answer(call),
        ResponsesCompact => responses::compaction::answer(call),
        ResponsesInputTokens => responses::input_tokens(call),
        ResponseById => responses::stored::answer(call),
        Embeddings => embeddings::answer(call),
        Moderations => moderations::answer(call),
        ImagesGenerations | ImagesEdits | ImagesVariations => images::answer(call),
        AudioSpeech => audio::speech(call),
        AudioTranscriptions | AudioTranslations => audio::transcription(call),
        Rerank => rerank::answer(call),
        // The route table sends none of these here; they are named so that a new endpoint is not forgotten.
        Messages
        | CountTokens
        | GenerateContent
        | StreamGenerateContent
        | GeminiCountTokens
        | EmbedContent
        | BatchEmbedContents
        | Interactions => refusal(Dialect::OpenAi, StatusCode::NOT_FOUND, "no such endpoint"),
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

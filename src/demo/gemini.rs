//! The Gemini dialect: generation, whole and streamed, counting and embedding.

mod embeddings;
mod interactions;

use std::collections::VecDeque;

use axum::http::StatusCode;
use filters::{endpoint::Endpoint, usage::Usage};
use serde_json::{Value, json};

use super::{
    answer::{Answer, Content, Finish},
    call::Call,
    reply::{Event, Reply, sse},
    tools::ToolCall,
};

/// Answers a call in the Gemini dialect.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    match call.endpoint {
        Endpoint::GeminiCountTokens => count(call),
        Endpoint::StreamGenerateContent => stream(call),
        Endpoint::EmbedContent | Endpoint::BatchEmbedContents => embeddings::answer(call),
        Endpoint::Interactions => interactions::answer(call),
        _ => generate(call),
    }
}

/// `countTokens`.
fn count(call: &Call<'_>) -> Reply {
    let tokens = call.prompt.input_tokens;
    let details = json!([{"modality": "TEXT", "tokenCount": tokens}]);
    Reply::json(StatusCode::OK, &json!({"totalTokens": tokens, "promptTokensDetails": details}))
}

/// `generateContent`.
fn generate(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = answer.usage(call.prompt, call.faults);
    let mut parts = Vec::new();
    if !answer.reasoning.is_empty() && includes_thoughts(call) {
        parts.push(json!({"text": answer.reasoning.concat(), "thought": true}));
    }
    parts.push(match &answer.content {
        Content::Text(pieces) => json!({"text": pieces.concat()}),
        Content::Tool(tool) => function_call(call, tool),
    });
    let candidate = |index| candidate(index, &parts, Some(&answer.finish));
    let candidates: Vec<Value> = (0..call.prompt.choices).map(candidate).collect();
    Reply::billed(call.model, usage, &chunk(call, candidates.into(), &usage))
}

/// Whether the client wants to read the thoughts; they are billed either way.
fn includes_thoughts(call: &Call<'_>) -> bool {
    call.body.pointer("/generationConfig/thinkingConfig/includeThoughts") == Some(&Value::Bool(true))
}

/// One candidate.
fn candidate(index: u64, parts: &[Value], finish: Option<&Finish>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": index});
    if let Some(finish) = finish {
        candidate["finishReason"] = if *finish == Finish::Length { "MAX_TOKENS" } else { "STOP" }.into();
    }
    candidate
}

/// A call of a function.
fn function_call(call: &Call<'_>, tool: &ToolCall) -> Value {
    let arguments: Value = serde_json::from_str(&tool.arguments).unwrap_or_default();
    json!({"functionCall": {"name": tool.name, "args": arguments, "id": call.id("")}, "thoughtSignature": "ZGVtbw=="})
}

/// An answer, or a chunk of one, around its candidates.
fn chunk(call: &Call<'_>, candidates: Value, usage: &Usage) -> Value {
    let mut chunk = json!({"candidates": candidates, "modelVersion": call.model, "responseId": call.id("")});
    if let Some(usage) = call.faults.reported(usage_document(usage)) {
        chunk["usageMetadata"] = usage;
    }
    chunk
}

/// Token counts in Gemini's words: thoughts stand beside the candidates, and what is zero is left out.
fn usage_document(usage: &Usage) -> Value {
    let prompt = usage.prompt_tokens();
    let mut document = json!({
        "promptTokenCount": prompt,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
        "totalTokenCount": usage.total_tokens()});
    let optional = [
        ("candidatesTokenCount", usage.output_tokens - usage.reasoning_tokens),
        ("thoughtsTokenCount", usage.reasoning_tokens),
        ("cachedContentTokenCount", usage.cache_read_tokens),
    ];
    for (name, tokens) in optional.into_iter().filter(|(_, tokens)| *tokens > 0) {
        document[name] = tokens.into();
    }
    document
}

/// `streamGenerateContent`: events with `alt=sse`, else one JSON array that grows.
fn stream(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = answer.usage(call.prompt, call.faults);
    let is_sse = call.query.split('&').any(|pair| pair == "alt=sse");
    let chunks = Chunks { call, sent: Usage { output_tokens: 0, reasoning_tokens: 0, ..usage } }.all(&answer);
    let last = chunks.len() - 1;
    let frame = |(position, (document, output_tokens, reasoning_tokens)): (usize, (Value, u64, u64))| Event {
        bytes: if is_sse { sse(&document).into() } else { array_item(&document, position, last).into() },
        output_tokens,
        reasoning_tokens,
    };
    let events: VecDeque<Event> = chunks.into_iter().enumerate().map(frame).collect();
    let mut reply = Reply::events(call.model, usage, events);
    if !is_sse {
        reply.content_type = "application/json; charset=UTF-8";
    }
    reply
}

/// A chunk as an item of the array, with what stands before and after it.
fn array_item(document: &Value, position: usize, last: usize) -> String {
    let before = if position == 0 { "[" } else { ",\r\n" };
    let after = if position == last { "]" } else { "\n" };
    format!("{before}{document}{after}")
}

/// The chunks of a stream, with the usage so far in each.
struct Chunks<'a> {
    call: &'a Call<'a>,
    sent: Usage,
}

impl Chunks<'_> {
    /// Every chunk, with the output and the reasoning that it brings.
    fn all(mut self, answer: &Answer) -> Vec<(Value, u64, u64)> {
        let mut chunks = Vec::new();
        for piece in &answer.reasoning {
            let thought = json!({"text": piece, "thought": true});
            let parts = if includes_thoughts(self.call) { vec![thought] } else { Vec::new() };
            chunks.push(self.next(&parts, None, 1, 1));
        }
        match &answer.content {
            Content::Text(pieces) => {
                chunks.extend(pieces.iter().map(|piece| self.next(&[json!({"text": piece})], None, 1, 0)));
                chunks.push(self.next(&[json!({"text": ""})], Some(&answer.finish), 0, 0));
            }
            Content::Tool(tool) => {
                let tokens = answer.output_tokens() - answer.reasoning_tokens();
                let parts = [function_call(self.call, tool)];
                chunks.push(self.next(&parts, Some(&answer.finish), tokens, 0));
            }
        }
        chunks
    }

    /// One chunk that brings so many tokens for each candidate.
    fn next(
        &mut self,
        parts: &[Value],
        finish: Option<&Finish>,
        output_tokens: u64,
        reasoning_tokens: u64,
    ) -> (Value, u64, u64) {
        let choices = self.call.prompt.choices;
        self.sent.output_tokens += output_tokens * choices;
        self.sent.reasoning_tokens += reasoning_tokens * choices;
        let candidates: Vec<Value> = (0..choices).map(|index| candidate(index, parts, finish)).collect();
        let document = chunk(self.call, candidates.into(), &self.sent);
        (document, output_tokens * choices, reasoning_tokens * choices)
    }
}

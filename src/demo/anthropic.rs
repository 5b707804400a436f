//! The Anthropic dialect: messages, whole and streamed, and the counting of their tokens.

mod cache;

use std::collections::VecDeque;

use axum::http::StatusCode;
use filters::{endpoint::Endpoint, usage::Usage};
use serde_json::{Value, json};

pub(super) use self::cache::PromptCache;
use super::{
    answer::{Answer, Content, Finish},
    call::Call,
    reply::{Event, Reply, named_sse},
    tokens::argument_pieces,
    tools::ToolCall,
};

/// Answers a call in the Anthropic dialect.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let mut reply = match call.endpoint {
        Endpoint::CountTokens => Reply::json(StatusCode::OK, &json!({"input_tokens": call.prompt.input_tokens})),
        _ => message(call),
    };
    reply.headers.extend([
        ("request-id", call.id("req_")),
        ("anthropic-organization-id", "00000000-0000-0000-0000-000000000000".to_owned()),
    ]);
    reply
}

/// A message.
fn message(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let mut usage = Usage { output_tokens: answer.output_tokens(), ..answer.usage(call.prompt, call.faults) };
    call.state.prompt_cache.apply(call.body, &mut usage);
    if call.is_streaming() {
        return Reply::events(call.model, usage, events(call, &answer, &usage));
    }
    let mut body = envelope(call);
    body["content"] = blocks(call, &answer).into();
    body["stop_reason"] = stop_reason(&answer.finish).into();
    body["stop_sequence"] = stop_sequence(&answer.finish);
    report(call, &mut body, usage_document(&usage, call));
    Reply::billed(call.model, usage, &body)
}

/// A message without content.
fn envelope(call: &Call<'_>) -> Value {
    json!({"id": call.id("msg_"), "type": "message", "role": "assistant", "model": call.model, "content": [],
        "stop_reason": null, "stop_sequence": null})
}

/// Adds the usage to a document, as far as it is told.
fn report(call: &Call<'_>, document: &mut Value, usage: Value) {
    if let Some(usage) = call.faults.reported(usage) {
        document["usage"] = usage;
    }
}

/// Token counts in Anthropic's words.
fn usage_document(usage: &Usage, call: &Call<'_>) -> Value {
    let tier = call.body.get("service_tier").and_then(Value::as_str);
    let mut document = cumulative_usage(usage);
    document["cache_creation"] = json!({
        "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
        "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens});
    document["service_tier"] = tier.filter(|tier| *tier == "priority").unwrap_or("standard").into();
    document
}

/// The part of them that a stream repeats at its end.
fn cumulative_usage(usage: &Usage) -> Value {
    let mut document = json!({
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens});
    if usage.reasoning_tokens > 0 {
        document["output_tokens_details"] = json!({"thinking_tokens": usage.reasoning_tokens});
    }
    document
}

const fn stop_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::Tool => "tool_use",
    }
}

fn stop_sequence(finish: &Finish) -> Value {
    match finish {
        Finish::StopSequence(stop) => stop.as_str().into(),
        _ => Value::Null,
    }
}

/// The content of a whole message.
fn blocks(call: &Call<'_>, answer: &Answer) -> Vec<Value> {
    let mut blocks = Vec::new();
    if !answer.reasoning.is_empty() {
        blocks.push(json!({"type": "thinking", "thinking": answer.reasoning.concat(), "signature": SIGNATURE}));
    }
    blocks.push(match &answer.content {
        Content::Text(pieces) => json!({"type": "text", "text": pieces.concat()}),
        Content::Tool(tool) => tool_use(call, tool, &tool.arguments),
    });
    blocks
}

/// Stands for the proof of origin that comes with thinking.
const SIGNATURE: &str = "ZGVtby1zaWduYXR1cmU=";

/// A call of a tool with those arguments; a stream opens it with none.
fn tool_use(call: &Call<'_>, tool: &ToolCall, arguments: &str) -> Value {
    let input: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({"input": arguments}));
    json!({"type": "tool_use", "id": call.id("toolu_"), "name": tool.name, "input": input})
}

/// The whole stream.
fn events(call: &Call<'_>, answer: &Answer, usage: &Usage) -> VecDeque<Event> {
    let mut events = VecDeque::from([message_start(call, usage)]);
    let mut index = 0;
    if !answer.reasoning.is_empty() {
        let block = json!({"type": "thinking", "thinking": "", "signature": ""});
        let mut deltas: Vec<Event> = answer.reasoning.iter().map(|piece| thinking_delta(index, piece)).collect();
        deltas.push(delta(index, json!({"type": "signature_delta", "signature": SIGNATURE}), Event::free));
        push_block(&mut events, index, block, deltas);
        index += 1;
    }
    match &answer.content {
        Content::Text(pieces) => {
            let text = |piece: &String| delta(index, json!({"type": "text_delta", "text": piece}), Event::token);
            let deltas = pieces.iter().map(text).collect();
            push_block(&mut events, index, json!({"type": "text", "text": ""}), deltas);
        }
        Content::Tool(tool) => {
            let block = tool_use(call, tool, "{}");
            push_block(&mut events, index, block, input_deltas(index, tool));
        }
    }
    events.push_back(message_delta(call, answer, usage));
    events.push_back(event("message_stop", json!({}), Event::free));
    events
}

/// An event with the cost that `make` gives it.
fn event(name: &str, fields: Value, make: impl Fn(String) -> Event) -> Event {
    make(named_sse(name, "type", &fields))
}

/// The head of the message. As at the real vendor, it already counts the prompt, and one token of output.
fn message_start(call: &Call<'_>, usage: &Usage) -> Event {
    let mut message = envelope(call);
    let begun = Usage { output_tokens: usage.output_tokens.min(1), reasoning_tokens: 0, ..*usage };
    report(call, &mut message, usage_document(&begun, call));
    event("message_start", json!({"message": message}), Event::free)
}

/// A block from its start to its stop, with a ping after the first start of all.
fn push_block(events: &mut VecDeque<Event>, index: u64, block: Value, deltas: Vec<Event>) {
    events.push_back(event("content_block_start", json!({"index": index, "content_block": block}), Event::free));
    if index == 0 {
        events.push_back(event("ping", json!({}), Event::free));
    }
    events.extend(deltas);
    events.push_back(event("content_block_stop", json!({"index": index}), Event::free));
}

/// One delta of a block.
fn delta(index: u64, delta: Value, make: impl Fn(String) -> Event) -> Event {
    event("content_block_delta", json!({"index": index, "delta": delta}), make)
}

fn thinking_delta(index: u64, piece: &str) -> Event {
    delta(index, json!({"type": "thinking_delta", "thinking": piece}), Event::reasoning)
}

/// The arguments of a call. The empty delta that opens them pays for the name.
fn input_deltas(index: u64, tool: &ToolCall) -> Vec<Event> {
    let input = |piece: &str| delta(index, json!({"type": "input_json_delta", "partial_json": piece}), Event::token);
    std::iter::once("").chain(argument_pieces(&tool.arguments)).map(input).collect()
}

/// Why the message ended and what it used in all.
fn message_delta(call: &Call<'_>, answer: &Answer, usage: &Usage) -> Event {
    let mut fields = json!({"delta": {
        "stop_reason": stop_reason(&answer.finish), "stop_sequence": stop_sequence(&answer.finish)}});
    report(call, &mut fields, cumulative_usage(usage));
    event("message_delta", fields, Event::free)
}

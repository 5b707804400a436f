//! The Responses API: the object, its making, and the counting of its input.

pub(super) mod compaction;
pub(super) mod stored;
mod stream;

use axum::http::StatusCode;
use filters::usage::Usage;
use serde_json::{Map, Value, json};

use self::stored::Stored;
use crate::demo::{
    answer::{Answer, Content, Finish},
    call::{CREATED, Call},
    openai::service_tier,
    reply::Reply,
    tools::ToolCall,
};

/// Answers `POST /v1/responses`.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = usage(call, &answer);
    let done = response(call, status(&answer.finish), output(call, &answer), Some(&usage));
    if call.body.get("store") != Some(&Value::Bool(false)) {
        call.state.stored_responses.insert(call.id("resp_"), Stored { response: done.clone(), usage });
    }
    if call.is_streaming() {
        return Reply::events(call.model, usage, stream::events(call, &answer, &usage, done));
    }
    if call.body.get("background") == Some(&Value::Bool(true)) {
        // As at the real vendor, the answer and its usage are to be fetched later.
        return Reply::billed(call.model, usage, &response(call, "queued", Vec::new(), None));
    }
    Reply::billed(call.model, usage, &done)
}

/// Answers `POST /v1/responses/input_tokens`.
pub(super) fn input_tokens(call: &Call<'_>) -> Reply {
    let tokens = call.prompt.input_tokens + earlier_tokens(call);
    Reply::json(StatusCode::OK, &json!({"object": "response.input_tokens", "input_tokens": tokens}))
}

/// What the exchange used. The conversation that a request continues is read, and paid for, again.
fn usage(call: &Call<'_>, answer: &Answer) -> Usage {
    let usage = answer.usage(call.prompt, call.faults);
    // There is no `n` in this dialect.
    Usage {
        input_tokens: usage.input_tokens + earlier_tokens(call),
        output_tokens: answer.output_tokens(),
        reasoning_tokens: answer.reasoning_tokens(),
        ..usage
    }
}

/// The tokens of the conversation that the request continues.
fn earlier_tokens(call: &Call<'_>) -> u64 {
    let id = call.body.get("previous_response_id").and_then(Value::as_str).unwrap_or_default();
    call.state.stored_responses.get(id).map_or(0, |stored| stored.usage.total_tokens())
}

const fn status(finish: &Finish) -> &'static str {
    match finish {
        Finish::Length => "incomplete",
        _ => "completed",
    }
}

/// What the object repeats of the request, with what stands there when the request is silent.
fn repeated(body: &Value) -> Map<String, Value> {
    let fields = json!({
        "background": false, "instructions": null, "max_output_tokens": null, "max_tool_calls": null, "metadata": {},
        "parallel_tool_calls": true, "previous_response_id": null, "prompt_cache_key": null,
        "reasoning": {"effort": null, "summary": null}, "safety_identifier": null, "store": true, "temperature": 1.0,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0,
        "truncation": "disabled", "user": null});
    let Value::Object(mut fields) = fields else { return Map::new() };
    for (name, value) in &mut fields {
        if let Some(asked) = body.get(name).filter(|asked| !asked.is_null()) {
            *value = asked.clone();
        }
    }
    fields
}

/// The object in the state that `status` names; without usage, that is `null`.
fn response(call: &Call<'_>, status: &str, output: Vec<Value>, usage: Option<&Usage>) -> Value {
    let mut response = Value::Object(repeated(call.body));
    let is_incomplete = status == "incomplete";
    response["id"] = call.id("resp_").into();
    response["object"] = "response".into();
    response["created_at"] = CREATED.into();
    response["status"] = status.into();
    response["error"] = Value::Null;
    response["incomplete_details"] = if is_incomplete { json!({"reason": "max_output_tokens"}) } else { Value::Null };
    response["model"] = call.model.into();
    response["output"] = output.into();
    response["service_tier"] = service_tier(call).into();
    response["usage"] = usage.and_then(|usage| call.faults.reported(usage_document(usage))).unwrap_or_default();
    response
}

/// Token counts in the words of this API.
fn usage_document(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.prompt_tokens(),
        "input_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens()})
}

/// The finished items: what was thought, then what was said or called.
fn output(call: &Call<'_>, answer: &Answer) -> Vec<Value> {
    let mut items = Vec::new();
    if !answer.reasoning.is_empty() {
        items.push(reasoning_item(call, &answer.reasoning.concat()));
    }
    items.push(match &answer.content {
        Content::Text(pieces) => message_item(call, status(&answer.finish), vec![text_part(&pieces.concat())]),
        Content::Tool(tool) => tool_item(call, tool, "completed", &tool.arguments),
    });
    items
}

fn reasoning_item(call: &Call<'_>, summary: &str) -> Value {
    let mut item = json!({"id": call.id("rs_"), "type": "reasoning",
        "summary": [{"type": "summary_text", "text": summary}]});
    let included = call.body.get("include").and_then(Value::as_array);
    if included.is_some_and(|included| included.iter().any(|name| name == "reasoning.encrypted_content")) {
        item["encrypted_content"] = "ZGVtbw==".into();
    }
    item
}

fn message_item(call: &Call<'_>, status: &str, content: Vec<Value>) -> Value {
    json!({"id": call.id("msg_"), "type": "message", "status": status, "role": "assistant", "content": content})
}

fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
}

/// A call of a tool with those arguments; a stream opens it with none.
fn tool_item(call: &Call<'_>, tool: &ToolCall, status: &str, arguments: &str) -> Value {
    let (kind, prefix, field) =
        if tool.is_free_text { ("custom_tool_call", "ctc_", "input") } else { ("function_call", "fc_", "arguments") };
    json!({"id": call.id(prefix), "type": kind, "status": status, "call_id": call.id("call_"), "name": tool.name,
        field: arguments})
}

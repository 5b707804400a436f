//! `/v1/responses/compact`: a conversation made short enough to go on.

use serde_json::{Value, json};

use super::{usage, usage_document};
use crate::demo::{
    answer::Answer,
    call::{CREATED, Call},
    reply::Reply,
};

/// Answers a request to compact: the user's messages as they were, and the rest sealed.
pub(in crate::demo::openai) fn answer(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = usage(call, &answer);
    let items = call.body.get("input").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let from_user = items.iter().filter(|item| item.get("role").is_some_and(|role| role == "user"));
    let mut output: Vec<Value> = from_user.enumerate().map(|(at, item)| message(call, at, item)).collect();
    output.push(json!({"id": call.id("cmp_"), "type": "compaction", "encrypted_content": "ZGVtbw=="}));
    let mut body = json!({
        "id": call.id("resp_"), "object": "response.compaction", "created_at": CREATED, "output": output});
    body["usage"] = call.faults.reported(usage_document(&usage)).unwrap_or_default();
    Reply::billed(call.model, usage, &body)
}

/// A message of the user in full form.
fn message(call: &Call<'_>, position: usize, item: &Value) -> Value {
    let content = match item.get("content") {
        Some(Value::String(text)) => json!([{"type": "input_text", "text": text}]),
        Some(parts) => parts.clone(),
        None => json!([]),
    };
    let id = format!("{}_{position}", call.id("msg_"));
    json!({"id": id, "type": "message", "role": "user", "status": "completed", "content": content})
}

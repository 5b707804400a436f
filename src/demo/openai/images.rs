//! `/v1/images/…`: the smallest picture there is, billed by tokens or, for older models, by the piece.

use std::collections::VecDeque;

use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{
    call::{CREATED, Call},
    reply::{Event, Reply, named_sse},
    tokens::MEDIA_TOKENS,
};

/// One transparent pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// Tokens of one generated picture: what the real vendor takes for a square of low quality.
const OUTPUT_TOKENS: u64 = 272;

/// Answers a request for pictures, with or without pictures to start from.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let usage = usage(call);
    if call.is_streaming() {
        return Reply::events(call.model, usage, events(call, &usage));
    }
    let mut picture = json!({"b64_json": PNG});
    if !has_tokens(call) {
        picture["revised_prompt"] = call.prompt.text.as_str().into();
    }
    let mut body = json!({"created": CREATED, "data": vec![picture; usage.images as usize]});
    report(call, &mut body, &usage);
    Reply::billed(call.model, usage, &body)
}

/// Whether the model is billed by tokens.
fn has_tokens(call: &Call<'_>) -> bool {
    call.model.contains("gpt-image")
}

/// What the pictures used.
fn usage(call: &Call<'_>) -> Usage {
    let images = count(call);
    if !has_tokens(call) {
        return Usage { images, ..Usage::default() };
    }
    let image_input_tokens = sources(call.body) * MEDIA_TOKENS;
    let output_tokens = images * OUTPUT_TOKENS;
    Usage {
        input_tokens: call.prompt.input_tokens + image_input_tokens,
        image_input_tokens,
        output_tokens,
        image_output_tokens: output_tokens,
        images,
        ..Usage::default()
    }
}

/// Pictures wanted; an upload says it as text.
fn count(call: &Call<'_>) -> u64 {
    let upload = call.body.get("n").and_then(Value::as_str).and_then(|count| count.parse().ok());
    upload.unwrap_or(call.prompt.choices).min(10)
}

/// Pictures to start from, masks included.
fn sources(body: &Value) -> u64 {
    let fields = ["image", "image[]", "mask"].iter().filter_map(|field| body.get(field));
    fields.map(|field| field.as_array().map_or(1, Vec::len) as u64).sum()
}

/// Adds what the pictures used and how they were made.
fn report(call: &Call<'_>, body: &mut Value, usage: &Usage) {
    if !has_tokens(call) {
        return;
    }
    body["background"] = "opaque".into();
    body["output_format"] = "png".into();
    body["quality"] = "low".into();
    body["size"] = "1024x1024".into();
    let text_tokens = usage.input_tokens - usage.image_input_tokens;
    let details = json!({"text_tokens": text_tokens, "image_tokens": usage.image_input_tokens});
    let told = json!({
        "input_tokens": usage.input_tokens, "input_tokens_details": details, "output_tokens": usage.output_tokens,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": usage.image_output_tokens},
        "total_tokens": usage.total_tokens()});
    if let Some(told) = call.faults.reported(told) {
        body["usage"] = told;
    }
}

/// A stream: one picture in the making, one made.
fn events(call: &Call<'_>, usage: &Usage) -> VecDeque<Event> {
    let kind = if sources(call.body) > 0 { "image_edit" } else { "image_generation" };
    let event = |name: String, extra: &dyn Fn(&mut Value)| {
        let mut body = json!({"b64_json": PNG, "created_at": CREATED, "background": "opaque",
            "output_format": "png", "quality": "low", "size": "1024x1024"});
        extra(&mut body);
        named_sse(&name, "type", &body)
    };
    let partial = event(format!("{kind}.partial_image"), &|body| body["partial_image_index"] = 0.into());
    let completed = event(format!("{kind}.completed"), &|body| report(call, body, usage));
    VecDeque::from([Event::free(partial), Event { output_tokens: usage.output_tokens, ..Event::free(completed) }])
}

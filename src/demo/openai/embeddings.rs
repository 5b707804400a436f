//! `/v1/embeddings`: a vector for every input, as numbers or as base64.

use base64::{Engine, prelude::BASE64_STANDARD};
use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{
    call::Call,
    embedding::{DIMENSIONS_DEFAULT, vector},
    reply::Reply,
};

/// Answers a request for embeddings.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let usage = Usage { input_tokens: call.prompt.input_tokens, ..Usage::default() };
    let embeddings: Vec<Value> =
        inputs(call.body).iter().enumerate().map(|(at, input)| entry(call, at, input)).collect();
    let mut body = json!({"object": "list", "data": embeddings, "model": call.model});
    let told = json!({"prompt_tokens": usage.input_tokens, "total_tokens": usage.input_tokens});
    if let Some(told) = call.faults.reported(told) {
        body["usage"] = told;
    }
    Reply::billed(call.model, usage, &body)
}

/// What is to be embedded: one text, several, or either of them in tokens.
fn inputs(body: &Value) -> &[Value] {
    match body.get("input") {
        Some(Value::Array(inputs)) if !inputs.iter().all(Value::is_number) => inputs,
        Some(input) => std::slice::from_ref(input),
        None => &[],
    }
}

/// One embedding.
fn entry(call: &Call<'_>, index: usize, input: &Value) -> Value {
    let dimensions = call.body.get("dimensions").and_then(Value::as_u64).unwrap_or(DIMENSIONS_DEFAULT);
    let vector = vector(input, dimensions);
    let is_base64 = call.body.get("encoding_format").is_some_and(|format| format == "base64");
    let embedding = if is_base64 {
        let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        BASE64_STANDARD.encode(bytes).into()
    } else {
        json!(vector)
    };
    json!({"object": "embedding", "index": index, "embedding": embedding})
}

//! `embedContent` and `batchEmbedContents`.

use filters::{endpoint::Endpoint, usage::Usage};
use serde_json::{Value, json};

use crate::demo::{
    call::Call,
    embedding::{DIMENSIONS_DEFAULT, vector},
    reply::Reply,
};

/// Answers a request for one vector or for many.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let usage = Usage { input_tokens: call.prompt.input_tokens, ..Usage::default() };
    let mut body = if call.endpoint == Endpoint::BatchEmbedContents {
        let requests = call.body.get("requests").and_then(Value::as_array).into_iter().flatten();
        json!({"embeddings": requests.map(embedding).collect::<Vec<_>>()})
    } else {
        json!({"embedding": embedding(call.body)})
    };
    let details = json!([{"modality": "TEXT", "tokenCount": usage.input_tokens}]);
    let told = json!({"promptTokenCount": usage.input_tokens, "promptTokenDetails": details});
    if let Some(told) = call.faults.reported(told) {
        body["usageMetadata"] = told;
    }
    Reply::billed(call.model, usage, &body)
}

/// The vector of one request.
fn embedding(request: &Value) -> Value {
    let dimensions = request.get("outputDimensionality").and_then(Value::as_u64).unwrap_or(DIMENSIONS_DEFAULT);
    json!({"values": vector(&request["content"], dimensions)})
}

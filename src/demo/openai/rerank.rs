//! `/v1/rerank`: the documents in the order in which they came, billed by the search.

use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{call::Call, reply::Reply};

/// Documents that one search unit covers.
const DOCUMENTS_PER_UNIT: u64 = 100;

/// Answers a rerank in the shape that Cohere gave it.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let documents = call.body.get("documents").and_then(Value::as_array).map_or(0, Vec::len);
    let wanted = call.body.get("top_n").and_then(Value::as_u64).map_or(documents, |wanted| wanted as usize);
    let results =
        (0..documents.min(wanted)).map(|index| json!({"index": index, "relevance_score": 1.0 / (index + 1) as f64}));
    let search_units = (documents as u64).div_ceil(DOCUMENTS_PER_UNIT).max(1);
    let usage = Usage { search_units, ..Usage::default() };
    let mut body = json!({"id": call.id("rerank-"), "results": results.collect::<Vec<_>>(),
        "meta": {"api_version": {"version": "2"}}});
    if let Some(units) = call.faults.reported(json!({"search_units": search_units})) {
        body["meta"]["billed_units"] = units;
    }
    Reply::billed(call.model, usage, &body)
}

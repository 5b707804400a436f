//! The models a caller may use, in the shape of the SDK that asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use filters::denial::Denial;
use filters::request::model_access;
use filters::state::State;
use http::HeaderMap;
use serde_json::{Value, json};

use super::caller::Caller;
use super::refusal::Refusal;

/// What vendors say of a model's age where nobody knows it: the time is required, and read by nobody.
const CREATED: i64 = 1_677_610_602;

pub(super) async fn list(
    Caller(principal): Caller,
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Json<Value> {
    let catalog = state.catalog();
    let names: Vec<&str> = model_access::usable(&state, &principal, &catalog).map(|model| &*model.name).collect();
    if headers.contains_key("anthropic-version") {
        let data: Vec<Value> = names.iter().map(|name| anthropic(name)).collect();
        let (first, last) = (names.first(), names.last());
        return Json(json!({ "data": data, "has_more": false, "first_id": first, "last_id": last }));
    }
    let data: Vec<Value> = names.iter().map(|name| openai(name)).collect();
    Json(json!({ "object": "list", "data": data }))
}

pub(super) async fn one(
    Caller(principal): Caller,
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match model_access::grant(&state, &principal, &id) {
        Ok(_) if headers.contains_key("anthropic-version") => Json(anthropic(&id)).into_response(),
        Ok(_) => Json(openai(&id)).into_response(),
        // What they may not use is not there.
        Err(_) => Refusal::from(Denial::ModelNotFound { model: id }).into_response(),
    }
}

fn openai(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "tollkeeper" })
}

fn anthropic(name: &str) -> Value {
    json!({ "type": "model", "id": name, "display_name": name, "created_at": "2023-02-28T18:56:42Z" })
}

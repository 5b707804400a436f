//! Is it there, is it ready, how is it doing? Answered from what the gateway knows; no vendor is called.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use filters::clock;
use filters::state::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::caller::Admin;

pub(super) async fn greeting() -> Json<Value> {
    Json(json!({ "name": "tollkeeper", "status": "ok" }))
}

/// 200 while the process lives.
pub(super) async fn alive() -> &'static str {
    "\"I'm alive!\""
}

/// 503 while draining, and while nothing could be accounted for.
pub(super) async fn ready(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    let journal = state.ledger.journal().is_healthy();
    let is_ready = journal && !state.is_draining();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if is_ready { "healthy" } else { "unhealthy" };
    (status, Json(json!({ "status": word })))
}

/// Every deployment, by what its traffic has shown.
pub(super) async fn health(_: Admin, Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let now = clock::instant();
    let catalog = state.catalog();
    let deployments =
        catalog.models().flat_map(|model| model.deployments.iter().map(move |deployment| (model, deployment)));
    let (mut healthy, mut unhealthy) = (Vec::new(), Vec::new());
    for (model, deployment) in deployments {
        let entry = json!({
            "model": &*deployment.upstream_model, "model_group": &*model.name, "model_id": &*deployment.id,
            "custom_llm_provider": &*deployment.provider_name,
        });
        let is_cooling = state.health.is_cooling(&deployment.id, now);
        if is_cooling { &mut unhealthy } else { &mut healthy }.push(entry);
    }
    Json(json!({
        "healthy_count": healthy.len(), "unhealthy_count": unhealthy.len(),
        "healthy_endpoints": healthy, "unhealthy_endpoints": unhealthy,
    }))
}

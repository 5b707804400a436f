//! All local routes on one page.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use filters::state::State;

use super::{health, metrics, models, refusal};

/// The routes. Those that say `no key` are the whole list of what a stranger may ask.
pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        // no key: Claude Code asks for these before anything else
        .route("/", get(health::greeting))
        .route("/api/hello", get(health::greeting))
        // no key: what a load balancer asks
        .route("/health/liveliness", get(health::alive))
        .route("/health/liveness", get(health::alive))
        .route("/health/readiness", get(health::ready))
        // the master key
        .route("/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        // any key
        .route("/models", get(models::list))
        .route("/v1/models", get(models::list))
        .route("/models/{id}", get(models::one))
        .route("/v1/models/{*id}", get(models::one))
        .fallback(refusal::not_found)
        .method_not_allowed_fallback(refusal::method_not_allowed)
        .with_state(state)
}

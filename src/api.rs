//! Everything on the gateway's port that is not an LLM endpoint: health, metrics, the list of models. An axum router
//! behind a bridge from Pingora's session.

mod bridge;
mod caller;
mod health;
pub mod metrics;
mod models;
mod refusal;
mod router;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use filters::local::LocalService;
use filters::state::State;
use filters::state::ledger::RequestId;
use pingora::proxy::Session;

/// The local service: a router, reached through the gateway's own listeners.
pub struct LocalApi {
    router: Router,
}

impl LocalApi {
    #[must_use]
    pub fn new(state: Arc<State>) -> Self {
        Self { router: router::router(state) }
    }
}

impl fmt::Debug for LocalApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalApi")
    }
}

#[async_trait]
impl LocalService for LocalApi {
    async fn serve(&self, session: &mut Session, request: RequestId) -> pingora::Result<u16> {
        bridge::serve(session, &self.router, request).await
    }
}

//! The seam to everything that is not an LLM endpoint: health, metrics, listings, management. It is served by the process
//! around the data plane, on the same port, and never reaches a vendor.

use std::fmt::Debug;

use async_trait::async_trait;
use pingora::proxy::Session;

use crate::state::ledger::RequestId;

/// Answers what is not for a vendor.
#[async_trait]
pub trait LocalService: Debug + Send + Sync {
    /// Reads the request, writes the whole answer, and returns its status.
    async fn serve(&self, session: &mut Session, request: RequestId) -> pingora::Result<u16>;
}

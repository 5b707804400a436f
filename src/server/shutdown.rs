//! The end: wait for what runs, write down what is owed, go.
//!
//! Pingora sleeps out its whole grace period whatever happens; this ends the process as soon as nothing runs any more.

use std::time::Duration;

use async_trait::async_trait;
use filters::clock;
use filters::state::ledger::Sequence;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;

use super::{POLL, Shared};

/// How long the last commit may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends the process when it was told to stop and nothing runs any more, or when the drain has taken too long.
pub(super) struct Drain {
    state: Shared,
    timeout: Duration,
}

impl Drain {
    pub(super) fn new(state: Shared, timeout: Duration) -> Self {
        Self { state, timeout }
    }
}

#[async_trait]
impl BackgroundService for Drain {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        if shutdown.changed().await.is_err() {
            return;
        }
        self.state.drain();
        let started = clock::instant();
        while self.state.telemetry.gateway().requests_in_flight() > 0 && started.elapsed() < self.timeout {
            tokio::time::sleep(POLL).await;
        }
        written(&self.state).await;
        std::process::exit(0);
    }
}

/// Waits until everything the ledger has said is on the disk.
async fn written(state: &Shared) {
    let journal = state.ledger.journal();
    let last: Sequence = journal.last();
    let done = tokio::time::timeout(FLUSH_TIMEOUT, journal.progress().committed(last)).await;
    if !matches!(done, Ok(Ok(()))) {
        tracing::error!("the last entries of the journal could not be written: they are lost");
    }
}

/// The same, once Pingora has let go of its threads.
pub(super) fn flush(state: Shared) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(written(&state));
    }
}

//! What can be seen from outside: every metric and event the data plane emits, as a list of functions.
//!
//! Two kinds of metric. Those of one caller (LiteLLM's names and labels) are kept in a [`Series`] each, found once per
//! request, so that counting is a few atomic adds; `telemetry/families.rs` lists them. Those of the gateway are listed in
//! `telemetry/gateway.rs`. Budgets are in neither: they are read from the one ledger when somebody scrapes.
//!
//! Labels are names of configured objects or words of ours, never something a client typed: a model that is not
//! configured is to be given as [`UNKNOWN_MODEL`].

mod access_log;
mod books;
mod budgets;
mod exposition;
mod families;
mod gateway;
mod guards;
mod histogram;
mod labels;
mod outcomes;
mod series;
mod series_table;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::money::NanoUsd;
use crate::usage::Usage;

pub use self::access_log::{AccessLine, AccessLog};
pub use self::books::Books;
pub use self::budgets::{BudgetLine, BudgetOwner};
pub use self::gateway::{DeploymentLabels, DeploymentState, GatewayMetrics};
pub use self::guards::{Buffered, InFlight};
pub use self::labels::{RequestLabels, UNKNOWN_MODEL};
pub use self::series::Series;

use self::series_table::SeriesTable;

/// What an operator may choose about metrics.
#[derive(Clone, Copy, Debug)]
pub struct TelemetryOptions {
    /// For `tollkeeper_build_info`.
    pub version: &'static str,
    /// How many combinations of caller, model and deployment are told apart; the rest are counted together as `other`.
    /// Each is about ninety lines in a scrape, mostly histogram buckets, or 28 kB: 5,000 of them are 140 MB and take
    /// half a second.
    pub series_max: usize,
    /// `prometheus_initialize_budget_metrics`: budgets of keys are shown before their first use.
    pub idle_key_budgets: bool,
}

impl Default for TelemetryOptions {
    fn default() -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), series_max: 5_000, idle_key_budgets: false }
    }
}

/// All metrics. One per process; methods take `&self` and are cheap.
#[derive(Debug)]
pub struct Telemetry {
    options: TelemetryOptions,
    callers: SeriesTable,
    gateway: GatewayMetrics,
}

/// How an admitted request ended, as its settlement knows it.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a> {
    pub route: &'static str,
    /// What the client was answered.
    pub status: u16,
    /// What broke, in the word of the error's `type`; `None` if nothing did.
    pub failure: Option<&'static str>,
    pub usage: &'a Usage,
    /// What the ledger charged.
    pub cost: NanoUsd,
    /// Whether the usage was estimated because the vendor reported none.
    pub is_estimated: bool,
    /// From the request's first byte to the answer's last.
    pub total: Duration,
    /// Of that, waiting for and reading from the vendor.
    pub upstream: Option<Duration>,
    pub time_to_first_token: Option<Duration>,
    /// Of the total, what the gateway itself took.
    pub overhead: Option<Duration>,
}

/// How a request was turned away.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    pub route: &'static str,
    pub status: u16,
    /// The error's `type`, such as `budget_exceeded`.
    pub denial_type: &'static str,
}

/// How one call to a deployment ended.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub route: &'static str,
    /// What the vendor answered, or what we made of its silence.
    pub status: u16,
    /// What broke; `None` if nothing did.
    pub failure: Option<&'static str>,
}

impl Telemetry {
    /// All metrics, at zero.
    #[must_use]
    pub fn new(options: TelemetryOptions) -> Self {
        let gateway = GatewayMetrics::new(options.version);
        Self { options, callers: SeriesTable::new(options.series_max), gateway }
    }

    /// The series of a combination of labels: always the same one, or the one called `other` when there are too many.
    #[must_use]
    pub fn series(&self, labels: &RequestLabels<'_>) -> Arc<Series> {
        self.callers.series(labels)
    }

    /// Counts an admitted request when it is settled: exactly once, with what the ledger charged.
    pub fn request_finished(&self, series: &Series, finished: &Finished<'_>) {
        series.finish(finished);
        self.gateway.request(finished.route, finished.status);
        if finished.is_estimated {
            self.gateway.settlement_estimated();
        }
    }

    /// Counts a request that was turned away. Of a stranger's, `series` is that of no labels at all.
    pub fn refused(&self, series: &Series, refused: &Refused) {
        series.refuse(refused);
        self.gateway.request(refused.route, refused.status);
        self.gateway.refusal(refused.denial_type, refused.route);
    }

    /// Counts a call to the deployment of `series`, once for every attempt.
    pub fn attempt_finished(&self, series: &Series, attempt: &Attempt) {
        series.attempt(attempt);
    }

    /// The metrics that belong to no caller.
    #[must_use]
    pub const fn gateway(&self) -> &GatewayMetrics {
        &self.gateway
    }

    /// Counts a request as in flight until the guard is dropped.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.gateway.in_flight()
    }

    /// All metrics in Prometheus' text format. Money and budgets are what the ledger says at this moment.
    ///
    /// Takes milliseconds when there are thousands of series: not for a thread that moves requests.
    #[must_use]
    pub fn render(&self, books: &Books, budgets: impl IntoIterator<Item = BudgetLine>) -> String {
        let callers = self.callers.all();
        let mut text = self.gateway.render(books, self.callers.overflowed());
        families::render(&mut text, &callers);
        let keys_in_use: HashSet<&str> = callers.iter().filter_map(|series| series.labels().view().key_hash).collect();
        let shown = |line: &BudgetLine| self.options.idle_key_budgets || !line.is_idle_keys(&keys_in_use);
        budgets::render(&mut text, budgets.into_iter().filter(shown));
        text
    }
}

#[cfg(test)]
mod tests;

//! Every metric of the gateway itself. The comment above a function is its metric's help text.
//!
//! Labels are words of ours (`&'static str`), statuses or names of configured objects. Nothing here is per caller, so
//! the `prometheus` crate's own counters do; what is per caller is in [`super::families`].

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder, exponential_buckets,
};

use crate::telemetry::books::Books;
use crate::telemetry::guards::{Buffered, InFlight};

/// Turns the list below into a field, its registration and a function for each counter.
macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:literal = fn $function:ident($($label:literal: $argument:ident: $type:ty),*);)+) => {
        /// The counters of the gateway.
        #[derive(Clone, Debug)]
        struct Counters {
            $($function: IntCounterVec),+
        }

        impl Counters {
            fn new(registry: &Registry) -> Self {
                Self {
                    $($function: {
                        let options = Opts::new($name, concat!($($help),+).trim());
                        registered(registry, IntCounterVec::new(options, &[$($label),*]))
                    }),+
                }
            }
        }

        impl GatewayMetrics {
            $(
                $(#[doc = $help])+
                pub fn $function(&self, $($argument: $type),*) {
                    let labels: &[String] = &[$($argument.to_string()),*];
                    self.counters.$function.with_label_values(labels).inc();
                }
            )+
        }
    };
}

counters! {
    /// Requests by route and by the status they were answered with.
    "tollkeeper_requests_total" = fn request("route": route: &'static str, "status": status: u16);
    /// Requests turned away, by the type of the error.
    "tollkeeper_refusals_total" = fn refusal("type": denial_type: &'static str, "route": route: &'static str);
    /// Failed authentications, by what was wrong.
    "tollkeeper_authentication_failures_total" = fn authentication_failed("reason": reason: &'static str);
    /// Settlements on estimated usage, because the vendor reported none.
    "tollkeeper_settlements_estimated_total" = fn settlement_estimated();
    /// Settlements on a usage report that cannot be true, which was ignored.
    "tollkeeper_usage_unbelievable_total" = fn usage_unbelievable("api_provider": provider: &str);
    /// Streams that ended before their end, by who ended them.
    "tollkeeper_streams_cut_total" = fn stream_cut("reason": reason: &'static str);
    /// Holds that were dropped unsettled and so charged in full. More than none is a bug.
    "tollkeeper_holds_dropped_total" = fn hold_dropped();
    /// Further attempts after a failed one, by whose failure it was.
    "tollkeeper_retries_total" = fn retried("api_provider": provider: &str, "reason": reason: &'static str);
}

/// The metrics that belong to no caller.
#[derive(Clone, Debug)]
pub struct GatewayMetrics {
    registry: Registry,
    counters: Counters,
    in_flight: IntGauge,
    buffered_bytes: IntGauge,
    journal_batch_rows: Histogram,
    deployment_state: IntGaugeVec,
    deployment_cooled_down: IntCounterVec,
}

/// A deployment, for its metrics.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentLabels<'a> {
    /// What the vendor calls the model.
    pub model: &'a str,
    pub model_id: &'a str,
    pub api_base: &'a str,
    pub api_provider: &'a str,
}

/// How a deployment is doing; the numbers are LiteLLM's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentState {
    Healthy = 0,
    /// Some calls fail.
    Degraded = 1,
    /// Cooling down.
    Down = 2,
}

const DEPLOYMENT: [&str; 4] = ["litellm_model_name", "model_id", "api_base", "api_provider"];

impl GatewayMetrics {
    /// All metrics at zero, in a registry of their own: two gateways in one process do not mix.
    pub(super) fn new(version: &str) -> Self {
        let registry = Registry::new();
        let build = Opts::new("tollkeeper_build_info", "Which version runs; always 1.").const_label("version", version);
        registered(&registry, IntGauge::with_opts(build)).set(1);
        Self {
            counters: Counters::new(&registry),
            in_flight: gauge(&registry, "litellm_in_flight_requests", "Requests that have not ended yet."),
            buffered_bytes: gauge(&registry, "tollkeeper_body_buffered_bytes", "Bytes of request bodies in memory."),
            journal_batch_rows: journal_batch_rows(&registry),
            deployment_state: deployment_state(&registry),
            deployment_cooled_down: deployment_cooled_down(&registry),
            registry,
        }
    }

    /// Counts a request as in flight until the guard is dropped.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        InFlight::new(self.in_flight.clone())
    }

    /// Requests that have not ended yet.
    #[must_use]
    pub fn requests_in_flight(&self) -> i64 {
        self.in_flight.get()
    }

    /// Counts what a request keeps of its body, until the guard is dropped. It starts at nothing.
    #[must_use]
    pub fn buffered(&self) -> Buffered {
        Buffered::new(self.buffered_bytes.clone())
    }

    /// Notes how many holds and charges went to disk in one transaction.
    pub fn journal_committed(&self, rows: usize) {
        self.journal_batch_rows.observe(rows as f64);
    }

    /// Says how a deployment is doing.
    pub fn deployment_is(&self, deployment: &DeploymentLabels<'_>, state: DeploymentState) {
        self.deployment_state.with_label_values(&deployment.values()).set(state as i64);
    }

    /// Counts a deployment being sent to cool down, after an answer with this status.
    pub fn deployment_cooled_down(&self, deployment: &DeploymentLabels<'_>, status: u16) {
        let status = status.to_string();
        let [model, model_id, api_base, api_provider] = deployment.values();
        let labels = [model, model_id, api_base, api_provider, &status];
        self.deployment_cooled_down.with_label_values(&labels).inc();
    }

    /// All of them as text, and what the ledger says.
    pub(super) fn render(&self, books: &Books, overflowed: u64) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail, and a family that contradicts itself would have been refused at the start.
        TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text).expect("registered metrics can be written");
        books.render(&mut text, overflowed);
        text
    }
}

impl<'a> DeploymentLabels<'a> {
    /// In the order of [`DEPLOYMENT`].
    const fn values(&self) -> [&'a str; 4] {
        [self.model, self.model_id, self.api_base, self.api_provider]
    }
}

fn journal_batch_rows(registry: &Registry) -> Histogram {
    let buckets = exponential_buckets(1.0, 2.0, 12).expect("these bounds increase");
    let help = "Holds and charges written to disk in one transaction.";
    let options = HistogramOpts::new("tollkeeper_journal_batch_rows", help).buckets(buckets);
    registered(registry, Histogram::with_opts(options))
}

fn deployment_state(registry: &Registry) -> IntGaugeVec {
    let help = "How a deployment is doing: 0 healthy, 1 degraded, 2 cooling down.";
    registered(registry, IntGaugeVec::new(Opts::new("litellm_deployment_state", help), &DEPLOYMENT))
}

fn deployment_cooled_down(registry: &Registry) -> IntCounterVec {
    let [model, model_id, api_base, api_provider] = DEPLOYMENT;
    let labels = [model, model_id, api_base, api_provider, "exception_status"];
    let help = "How often a deployment was sent to cool down.";
    registered(registry, IntCounterVec::new(Opts::new("litellm_deployment_cooled_down_total", help), &labels))
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    registered(registry, IntGauge::new(name, help))
}

/// Puts a metric on record. Names and labels are all in this file, so a clash is a mistake that any test finds.
fn registered<M: Collector + Clone + 'static>(registry: &Registry, metric: prometheus::Result<M>) -> M {
    let metric = metric.expect("names and labels are spelled as Prometheus wants them");
    registry.register(Box::new(metric.clone())).expect("every metric has a name of its own");
    metric
}

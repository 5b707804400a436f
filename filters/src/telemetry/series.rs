//! What one caller did with one model on one deployment: the numbers behind the metrics in [`super::families`].

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::money::NanoUsd;
use crate::telemetry::histogram::Histogram;
use crate::telemetry::labels::Labels;
use crate::telemetry::outcomes::{Outcome, Outcomes, Status};
use crate::telemetry::{Attempt, Finished, Refused};
use crate::usage::Usage;

/// The numbers of one combination of labels.
///
/// Counters of the `prometheus` crate would copy all labels into each of them, some twenty times a series. And money
/// is whole nano-dollars here, not floats: the sum over all series is the ledger's to the last digit.
#[derive(Debug)]
pub struct Series {
    labels: Labels,
    spend: AtomicI64,
    pub(super) requests: Count,
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) cache_read_tokens: Count,
    pub(super) cache_write_tokens: Count,
    pub(super) audio_input_tokens: Count,
    pub(super) audio_output_tokens: Count,
    pub(super) reasoning_tokens: Count,
    pub(super) images: Count,
    pub(super) total_latency: Histogram,
    pub(super) upstream_latency: Histogram,
    pub(super) time_to_first_token: Histogram,
    pub(super) overhead: Histogram,
    /// Of requests, whoever ended them.
    pub(super) answers: Outcomes,
    /// Of calls to the deployment, several per request when it was retried.
    pub(super) attempts: Outcomes,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Series {
    pub(super) fn new(labels: Labels) -> Self {
        Self {
            labels,
            spend: AtomicI64::new(0),
            requests: Count::default(),
            input_tokens: Count::default(),
            output_tokens: Count::default(),
            cache_read_tokens: Count::default(),
            cache_write_tokens: Count::default(),
            audio_input_tokens: Count::default(),
            audio_output_tokens: Count::default(),
            reasoning_tokens: Count::default(),
            images: Count::default(),
            total_latency: Histogram::default(),
            upstream_latency: Histogram::default(),
            time_to_first_token: Histogram::default(),
            overhead: Histogram::default(),
            answers: Outcomes::default(),
            attempts: Outcomes::default(),
        }
    }

    pub(super) const fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What was charged.
    pub(super) fn spend(&self) -> NanoUsd {
        NanoUsd(self.spend.load(Ordering::Relaxed))
    }

    pub(super) fn finish(&self, finished: &Finished<'_>) {
        let Finished { route, status, failure, usage, cost, .. } = *finished;
        self.answers.count(Outcome { route, status: Status::new(status), failure });
        // What broke before it cost anything is no request to LiteLLM's dashboards, which divide spend by these.
        if failure.is_none() || !cost.is_zero() {
            self.requests.add(1);
        }
        self.spend.fetch_add(cost.0, Ordering::Relaxed);
        self.add_tokens(usage);
        self.add_times(finished);
    }

    pub(super) fn refuse(&self, refused: &Refused) {
        let Refused { route, status, denial_type } = *refused;
        self.answers.count(Outcome { route, status: Status::new(status), failure: Some(denial_type) });
    }

    pub(super) fn attempt(&self, attempt: &Attempt) {
        let Attempt { route, status, failure } = *attempt;
        self.attempts.count(Outcome { route, status: Status::new(status), failure });
    }

    fn add_tokens(&self, usage: &Usage) {
        self.input_tokens.add(usage.prompt_tokens());
        self.output_tokens.add(usage.output_tokens);
        self.cache_read_tokens.add(usage.cache_read_tokens);
        self.cache_write_tokens.add(usage.cache_write_5m_tokens.saturating_add(usage.cache_write_1h_tokens));
        self.audio_input_tokens.add(usage.audio_input_tokens);
        self.audio_output_tokens.add(usage.audio_output_tokens);
        self.reasoning_tokens.add(usage.reasoning_tokens);
        self.images.add(usage.images);
    }

    fn add_times(&self, finished: &Finished<'_>) {
        self.total_latency.observe(finished.total);
        let parts = [
            (&self.upstream_latency, finished.upstream),
            (&self.time_to_first_token, finished.time_to_first_token),
            (&self.overhead, finished.overhead),
        ];
        for (histogram, took) in parts {
            took.into_iter().for_each(|took| histogram.observe(took));
        }
    }
}

impl Count {
    pub(super) fn add(&self, more: u64) {
        // Most kinds of token are not in most requests, and a line that is not written stays in every cache.
        if more > 0 {
            self.0.fetch_add(more, Ordering::Relaxed);
        }
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

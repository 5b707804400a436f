//! Every metric of a caller, under LiteLLM's names and with LiteLLM's labels, so that its dashboards work unchanged.
//!
//! The comment above a metric is its help text. Counters are shown once they are more than zero, histograms once
//! something was observed.

mod label_sets;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::money::NanoUsd;
use crate::telemetry::Series;
use crate::telemetry::exposition::{self, Kind};
use crate::telemetry::histogram::{Histogram, Reading};
use crate::telemetry::labels::Label;
use crate::telemetry::outcomes::{Outcome, Outcomes};

use self::label_sets::*;

/// Turns the list below into a table: the doc comment is the help text.
macro_rules! families {
    ($($(#[doc = $help:literal])+ $name:ident { $labels:ident } = $read:expr;)+) => {
        const FAMILIES: &[Family] = &[
            $(Family { name: stringify!($name), help: concat!($($help),+), labels: $labels, read: $read }),+
        ];
    };
}

families! {
    /// What was charged, in US dollars. Adds up to the ledger.
    litellm_spend_metric_total { SPEND } = Read::Money(Series::spend);
    /// Requests that a vendor answered or that cost something.
    litellm_requests_metric_total { REQUESTS } = Read::Count(|series| series.requests.get());
    /// Input and output tokens.
    litellm_total_tokens_metric_total { TOKENS } =
        Read::Count(|series| series.input_tokens.get() + series.output_tokens.get());
    /// Input tokens, those read from or written to a cache included.
    litellm_input_tokens_metric_total { TOKENS } = Read::Count(|series| series.input_tokens.get());
    /// Output tokens, reasoning and audio included.
    litellm_output_tokens_metric_total { TOKENS } = Read::Count(|series| series.output_tokens.get());
    /// Input tokens that a vendor read from its cache.
    litellm_input_cached_tokens_metric_total { TOKEN_PARTS } = Read::Count(|series| series.cache_read_tokens.get());
    /// Input tokens that a vendor wrote to its cache.
    litellm_input_cache_creation_tokens_metric_total { TOKEN_PARTS } =
        Read::Count(|series| series.cache_write_tokens.get());
    /// Input tokens that were audio.
    litellm_input_audio_tokens_metric_total { TOKEN_PARTS } = Read::Count(|series| series.audio_input_tokens.get());
    /// Output tokens spent on reasoning.
    litellm_output_reasoning_tokens_metric_total { TOKEN_PARTS } =
        Read::Count(|series| series.reasoning_tokens.get());
    /// Output tokens that were audio.
    litellm_output_audio_tokens_metric_total { TOKEN_PARTS } = Read::Count(|series| series.audio_output_tokens.get());
    /// Images generated, where the vendor bills by the image.
    litellm_images_generated_metric_total { TOKENS } = Read::Count(|series| series.images.get());
    /// Requests, whatever became of them.
    litellm_proxy_total_requests_metric_total { ANSWERS } =
        Read::Outcomes(|series| &series.answers, |_| true);
    /// Requests that were refused or failed.
    litellm_proxy_failed_requests_metric_total { FAILURES } =
        Read::Outcomes(|series| &series.answers, |outcome| !outcome.is_success());
    /// Seconds from a request's first byte to its answer's last.
    litellm_request_total_latency_metric { TOTAL_LATENCY } = Read::Times(|series| &series.total_latency);
    /// Seconds of it that the vendor took.
    litellm_llm_api_latency_metric { VENDOR_LATENCY } = Read::Times(|series| &series.upstream_latency);
    /// Seconds until the vendor's first token.
    litellm_llm_api_time_to_first_token_metric { VENDOR_LATENCY } =
        Read::Times(|series| &series.time_to_first_token);
    /// Seconds that the gateway itself took.
    litellm_overhead_latency_metric { OVERHEAD } = Read::Times(|series| &series.overhead);
    /// Calls to a deployment; a request that is retried makes several.
    litellm_deployment_total_requests_total { ATTEMPTS } =
        Read::Outcomes(|series| &series.attempts, |_| true);
    /// Calls that a deployment answered.
    litellm_deployment_success_responses_total { ATTEMPTS } =
        Read::Outcomes(|series| &series.attempts, Outcome::is_success);
    /// Calls that a deployment refused, failed or did not answer.
    litellm_deployment_failure_responses_total { ATTEMPT_FAILURES } =
        Read::Outcomes(|series| &series.attempts, |outcome| !outcome.is_success());
}

/// A metric: its name, its labels and where its values are.
struct Family {
    name: &'static str,
    help: &'static str,
    labels: &'static [Label],
    read: Read,
}

/// How a metric's values are read from a series.
enum Read {
    Count(fn(&Series) -> u64),
    Money(fn(&Series) -> NanoUsd),
    Times(fn(&Series) -> &Histogram),
    /// One value for each of the outcomes that pass, summed where their labels are the same.
    Outcomes(fn(&Series) -> &Outcomes, fn(&Outcome) -> bool),
}

/// A value, on its way into the text.
#[derive(Clone)]
enum Sample {
    Count(u64),
    Money(NanoUsd),
    Times(Reading),
}

/// Samples by their labels.
///
/// Two series can have the same labels in a metric that shows few of them, as when a key has moved to another team:
/// then they are one sample. Twice the same line would make Prometheus discard the whole scrape.
type Samples = BTreeMap<String, Sample>;

/// Writes every metric of every series.
pub(super) fn render(text: &mut String, callers: &[Arc<Series>]) {
    for family in FAMILIES {
        let mut samples = Samples::new();
        callers.iter().for_each(|series| family.collect(series, &mut samples));
        family.write(text, &samples);
    }
}

impl Family {
    fn collect(&self, series: &Series, samples: &mut Samples) {
        let mut put = |outcome: Option<&Outcome>, sample: Sample| {
            if sample.is_zero() {
                return;
            }
            let view = series.labels().view();
            let pairs = self.labels.iter().map(|label| (label.name(), label.value(&view, outcome)));
            let labels = exposition::labels(pairs);
            samples.entry(labels).and_modify(|sum| sum.add(&sample)).or_insert(sample);
        };
        match &self.read {
            Read::Count(read) => put(None, Sample::Count(read(series))),
            Read::Money(read) => put(None, Sample::Money(read(series))),
            Read::Times(read) => put(None, Sample::Times(read(series).read())),
            Read::Outcomes(read, passes) => {
                for (outcome, count) in read(series).read().iter().filter(|(outcome, _)| passes(outcome)) {
                    put(Some(outcome), Sample::Count(*count));
                }
            }
        }
    }

    fn write(&self, text: &mut String, samples: &Samples) {
        let kind = if matches!(self.read, Read::Times(_)) { Kind::Histogram } else { Kind::Counter };
        exposition::family(text, self.name, kind, self.help);
        for (labels, sample) in samples {
            match sample {
                Sample::Count(count) => exposition::sample(text, self.name, labels, count),
                Sample::Money(amount) => exposition::sample(text, self.name, labels, amount),
                Sample::Times(reading) => exposition::histogram(text, self.name, labels, reading),
            }
        }
    }
}

impl Sample {
    fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Money(amount) => amount.is_zero(),
            Self::Times(reading) => reading.count() == 0,
        }
    }

    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(sum), Self::Count(more)) => *sum += more,
            (Self::Money(sum), Self::Money(more)) => *sum = sum.saturating_add(*more),
            (Self::Times(sum), Self::Times(more)) => sum.add(more),
            _ => unreachable!("the samples of a family are of one kind"),
        }
    }
}

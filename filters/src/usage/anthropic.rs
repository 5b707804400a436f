//! Anthropic's Messages: usage in `message_start`, then again, cumulative and often partial, in `message_delta`.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{
    Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, TEXT, count, list, object, report,
    value,
};

pub(super) static MESSAGES: Dialect = Dialect {
    root: &object(&[
        ("type", KIND),
        ("delta", object(&[("text", TEXT), ("thinking", TEXT), ("partial_json", TEXT)])),
        ("content_block", object(&[("text", TEXT), ("thinking", TEXT), ("name", TEXT)])),
        ("message", object(&[("usage", USAGE), ("model", MODEL)])),
        ("usage", USAGE),
        ("model", MODEL),
        ("content", list(&[("text", TEXT), ("thinking", TEXT), ("name", TEXT), ("input", TEXT)])),
        ("error", ERROR),
    ]),
    is_cumulative: true,
    ends: &["message_stop"],
    event_is_image: false,
    bills_pieces: false,
    usage,
};

const USAGE: Node = report(&[
    ("input_tokens", count(Count::Prompt)),
    ("output_tokens", count(Count::Output)),
    ("cache_read_input_tokens", count(Count::CacheRead)),
    ("cache_creation_input_tokens", count(Count::CacheWrite)),
    (
        "cache_creation",
        object(&[
            ("ephemeral_5m_input_tokens", count(Count::CacheWrite5m)),
            ("ephemeral_1h_input_tokens", count(Count::CacheWrite1h)),
        ]),
    ),
    ("output_tokens_details", object(&[("thinking_tokens", count(Count::Reasoning))])),
    ("server_tool_use", object(&[("web_search_requests", count(Count::WebSearches))])),
    ("service_tier", SERVICE_TIER),
    (
        "iterations",
        list(&[
            ("type", value(Meaning::IterationKind)),
            ("input_tokens", value(Meaning::IterationCount(Count::Prompt))),
            ("output_tokens", value(Meaning::IterationCount(Count::Output))),
            ("cache_read_input_tokens", value(Meaning::IterationCount(Count::CacheRead))),
            ("cache_creation_input_tokens", value(Meaning::IterationCount(Count::CacheWrite))),
        ])
        .meaning(Meaning::Iterations),
    ),
]);

/// `input_tokens` is disjoint from what was read from or written to the cache.
fn usage(counts: &Counts, _model: Option<&str>) -> Usage {
    let (cache_write_5m, cache_write_1h) = cache_writes(counts);
    Usage {
        input_tokens: counts.of(Count::Prompt) + counts.of(Count::ExtraPrompt),
        cache_read_tokens: counts.of(Count::CacheRead) + counts.of(Count::ExtraCacheRead),
        cache_write_5m_tokens: cache_write_5m,
        cache_write_1h_tokens: cache_write_1h,
        output_tokens: counts.of(Count::Output) + counts.of(Count::ExtraOutput),
        reasoning_tokens: counts.of(Count::Reasoning),
        web_searches: counts.of(Count::WebSearches),
        ..Usage::default()
    }
}

/// Splits the sum of cache writes by lifetime. A later report may raise the sum alone: what is not known to live for an
/// hour is of the five-minute kind, unless every write so far was of the other.
fn cache_writes(counts: &Counts) -> (u64, u64) {
    let (short, long) = (counts.of(Count::CacheWrite5m), counts.of(Count::CacheWrite1h));
    let sum =
        counts.get(Count::CacheWrite).unwrap_or(short + long) + counts.of(Count::ExtraCacheWrite);
    let long = if short == 0 && long > 0 { sum } else { long.min(sum) };
    (sum - long, long)
}

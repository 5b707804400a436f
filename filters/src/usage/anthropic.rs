//! Anthropic's Messages: usage in `message_start`, then again, cumulative and often partial, in `message_delta`.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, TEXT, count, list, object, report, value};

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
    let sum = counts.get(Count::CacheWrite).unwrap_or(short + long) + counts.of(Count::ExtraCacheWrite);
    let long = if short == 0 && long > 0 { sum } else { long.min(sum) };
    (sum - long, long)
}

#[cfg(test)]
mod tests {
    use crate::endpoint::UsageFormat::Anthropic;
    use crate::usage::fixture::{Learned, learn};
    use crate::usage::{Framing, ServiceTier, Usage};

    const START: &str = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"model":"claude-sonnet-5","content":[],"usage":{"input_tokens":20,"#,
        r#""cache_read_input_tokens":300,"cache_creation_input_tokens":40,"#,
        r#""cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":10},"#,
        r#""output_tokens":1,"service_tier":"priority"}}   }"#,
        "\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n",
        "event: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Four and twenty blackbirds"}}"#,
        "\n\n",
    );

    fn stream(delta: &str) -> Learned {
        let delta = delta.replace('\n', " ");
        let delta = format!("event: message_delta\ndata: {{\"type\":\"message_delta\",\"usage\":{delta}}}\n\n");
        let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        learn(Anthropic, Framing::EventStream, &format!("{START}{delta}{stop}"))
    }

    fn started() -> Usage {
        Usage {
            input_tokens: 20,
            cache_read_tokens: 300,
            cache_write_5m_tokens: 30,
            cache_write_1h_tokens: 10,
            output_tokens: 1,
            service_tier: ServiceTier::Priority,
            ..Usage::default()
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_billed_for_what_was_seen_of_it() {
        let learned = learn(Anthropic, Framing::EventStream, START);

        assert_eq!((learned.usage, learned.finished), (Some(started()), false));
        let billable = learned.billable.unwrap();
        assert!((5..12).contains(&billable.output_tokens), "{billable:?}");
        assert_eq!(Usage { output_tokens: 1, ..billable }, started());
    }

    #[test]
    fn a_correction_that_cannot_be_believed_does_not_make_the_output_free() {
        let learned = stream(r#"{"output_tokens":-50}"#);

        assert_eq!((learned.usage, learned.unbelievable), (Some(started()), true));
        assert!(learned.billable.unwrap().output_tokens >= 5);
    }

    #[test]
    fn a_delta_replaces_what_it_names_and_leaves_the_rest() {
        let learned =
            stream(r#"{"output_tokens":50,"output_tokens_details":{"thinking_tokens":7},"input_tokens":null}"#);

        let expected = Usage { output_tokens: 50, reasoning_tokens: 7, ..started() };
        assert_eq!((learned.usage, learned.billable), (Some(expected), Some(expected)));
        assert!(learned.finished);
    }

    #[test]
    fn a_delta_may_raise_the_prompt_and_report_searches() {
        let learned = stream(
            r#"{"input_tokens":900,"cache_read_input_tokens":310,"output_tokens":60,
                "server_tool_use":{"web_search_requests":2,"web_fetch_requests":1}}"#,
        );

        let expected =
            Usage { input_tokens: 900, cache_read_tokens: 310, output_tokens: 60, web_searches: 2, ..started() };
        assert_eq!(learned.usage, Some(expected));
    }

    #[test]
    fn cache_writes_that_a_delta_adds_are_of_the_kind_that_was_there() {
        let usage = stream(r#"{"cache_creation_input_tokens":100,"output_tokens":2}"#).usage.unwrap();
        assert_eq!((usage.cache_write_5m_tokens, usage.cache_write_1h_tokens), (90, 10));

        let hour = stream(
            r#"{"cache_creation_input_tokens":100,"output_tokens":2,
                "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":10}}"#,
        );
        let usage = hour.usage.unwrap();
        assert_eq!((usage.cache_write_5m_tokens, usage.cache_write_1h_tokens), (0, 100));
    }

    #[test]
    fn the_samplings_that_compact_a_context_are_billed_on_top() {
        let learned = stream(
            r#"{"input_tokens":23,"output_tokens":10,"iterations":[
                {"type":"compaction","input_tokens":180,"output_tokens":35,"cache_read_input_tokens":5},
                {"type":"message","input_tokens":23,"output_tokens":10}]}"#,
        );

        let usage = learned.usage.unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens, usage.cache_read_tokens), (203, 45, 305));
    }

    #[test]
    fn a_document_is_read_like_a_stream() {
        let body = r#"{"type":"message","model":"claude-haiku-4-5","content":[{"type":"text","text":"usage: 5"},
            {"type":"tool_use","name":"f","input":{"usage":{"input_tokens":9}}}],"stop_reason":"tool_use",
            "usage":{"input_tokens":4,"cache_creation_input_tokens":426,"cache_read_input_tokens":14210,
            "cache_creation":{"ephemeral_5m_input_tokens":426,"ephemeral_1h_input_tokens":0},"output_tokens":290,
            "service_tier":"standard","server_tool_use":{"web_search_requests":0}}}"#;

        let learned = learn(Anthropic, Framing::Json, body);

        let expected = Usage {
            input_tokens: 4,
            cache_write_5m_tokens: 426,
            cache_read_tokens: 14210,
            output_tokens: 290,
            ..Usage::default()
        };
        assert_eq!((learned.usage, learned.finished), (Some(expected), true));
        assert_eq!(
            learned.text_bytes,
            (r"usage: 5".len() + "f".len() + r#"{"usage":{"input_tokens":9}}"#.len()) as u64
        );
    }

    #[test]
    fn an_error_event_is_an_error() {
        let body = format!(
            "{START}event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"overloaded_error\"}}}}\n\n"
        );

        let learned = learn(Anthropic, Framing::EventStream, &body);

        assert_eq!((learned.vendor_error, learned.finished, learned.usage), (true, false, Some(started())));
    }
}

//! OpenAI's wire formats, which a dozen vendors speak with numbers of their own: chat completions and Responses.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, TEXT, count, list, object, report, value};

/// Chat completions, completions and embeddings.
pub(super) static CHAT: Dialect = Dialect {
    root: &object(&[
        ("choices", list(&[("delta", MESSAGE), ("message", MESSAGE), ("text", TEXT)]).meaning(Meaning::Choices)),
        ("usage", USAGE),
        // Groq's streams, whether usage was asked for or not.
        ("x_groq", object(&[("usage", USAGE)])),
        ("model", MODEL),
        ("service_tier", SERVICE_TIER),
        ("error", ERROR),
        ("type", KIND),
    ]),
    is_cumulative: false,
    // Chat streams end with `[DONE]`, which is no document.
    ends: &[],
    event_is_image: false,
    bills_pieces: false,
    usage,
};

/// Responses, streamed or not, and what compacts them.
pub(super) static RESPONSES: Dialect = Dialect {
    root: &object(&[
        ("type", KIND),
        ("delta", TEXT),
        ("response", RESPONSE),
        ("output", OUTPUT),
        ("usage", USAGE),
        ("model", MODEL),
        ("service_tier", SERVICE_TIER),
        ("error", ERROR),
    ]),
    is_cumulative: false,
    ends: &["response.completed", "response.incomplete", "response.failed"],
    event_is_image: false,
    bills_pieces: false,
    usage,
};

/// The response inside an event. Its text came in the deltas before it and is not counted again.
const RESPONSE: Node = object(&[
    ("usage", USAGE),
    ("model", MODEL),
    ("service_tier", SERVICE_TIER),
    ("error", ERROR),
    ("output", list(&[("type", ITEM_KIND), ("action", ACTION)]).meaning(Meaning::OutputItems)),
]);

const OUTPUT: Node = list(&[
    ("type", ITEM_KIND),
    ("action", ACTION),
    ("content", list(&[("text", TEXT)])),
    ("summary", list(&[("text", TEXT)])),
    ("arguments", TEXT),
    ("input", TEXT),
])
.meaning(Meaning::OutputItems);

const ITEM_KIND: Node = value(Meaning::OutputItemKind);
const ACTION: Node = object(&[("type", value(Meaning::OutputItemAction))]);

const MESSAGE: Node = object(&[
    ("content", TEXT_OR_PARTS),
    ("reasoning_content", TEXT),
    ("reasoning", TEXT),
    ("refusal", TEXT),
    ("tool_calls", list(&[("function", FUNCTION)])),
    ("function_call", FUNCTION),
    ("audio", object(&[("transcript", TEXT)])),
]);

/// A string; or, at Mistral, parts of text and of thought.
const TEXT_OR_PARTS: Node = list(&[("text", TEXT), ("thinking", list(&[("text", TEXT)]))]).meaning(Meaning::Text);

const FUNCTION: Node = object(&[("name", TEXT), ("arguments", TEXT)]);

/// Both spellings: `prompt_tokens` of chat completions, `input_tokens` of everything newer.
pub(super) const USAGE: Node = report(&[
    ("prompt_tokens", count(Count::Prompt)),
    ("input_tokens", count(Count::Prompt)),
    ("completion_tokens", count(Count::Output)),
    ("output_tokens", count(Count::Output)),
    ("total_tokens", count(Count::Total)),
    ("prompt_tokens_details", PROMPT_DETAILS),
    ("prompt_token_details", PROMPT_DETAILS),
    ("input_tokens_details", PROMPT_DETAILS),
    ("input_token_details", PROMPT_DETAILS),
    ("completion_tokens_details", OUTPUT_DETAILS),
    ("output_tokens_details", OUTPUT_DETAILS),
    ("output_token_details", OUTPUT_DETAILS),
    // DeepSeek's, Mistral's and Moonshot's names for cached tokens.
    ("prompt_cache_hit_tokens", count(Count::CacheReadAlias)),
    ("num_cached_tokens", count(Count::CacheReadAlias)),
    ("cached_tokens", count(Count::CacheReadAlias)),
    ("server_side_tool_usage_details", object(&[("web_search_calls", count(Count::WebSearches))])),
    ("seconds", value(Meaning::RoundedUp(Count::AudioSeconds))),
    ("prompt_audio_seconds", value(Meaning::RoundedUp(Count::AudioSeconds))),
]);

const PROMPT_DETAILS: Node = object(&[
    ("cached_tokens", count(Count::CacheRead)),
    ("cache_write_tokens", count(Count::CacheWrite)),
    ("audio_tokens", count(Count::AudioInput)),
    ("image_tokens", count(Count::ImageInput)),
]);

const OUTPUT_DETAILS: Node = object(&[
    ("reasoning_tokens", count(Count::Reasoning)),
    ("audio_tokens", count(Count::AudioOutput)),
    ("image_tokens", count(Count::ImageOutput)),
]);

/// The prompt includes what was cached. What the total has beyond prompt and completion was generated too: xAI leaves
/// reasoning out of `completion_tokens`, Gemini's compatible endpoint does so without even naming it.
pub(super) fn usage(counts: &Counts, _model: Option<&str>) -> Usage {
    let (completion, total) = (counts.of(Count::Output), counts.of(Count::Total));
    let prompt = counts.get(Count::Prompt).unwrap_or(total.saturating_sub(completion));
    let cache_read = counts.get(Count::CacheRead).unwrap_or(counts.of(Count::CacheReadAlias));
    let cache_write = counts.of(Count::CacheWrite);
    let unnamed = unnamed_output(counts, prompt);
    Usage {
        input_tokens: prompt.saturating_sub(cache_read).saturating_sub(cache_write),
        cache_read_tokens: cache_read,
        cache_write_5m_tokens: cache_write,
        output_tokens: completion + unnamed,
        reasoning_tokens: counts.get(Count::Reasoning).unwrap_or(unnamed),
        audio_input_tokens: counts.of(Count::AudioInput),
        audio_output_tokens: counts.of(Count::AudioOutput),
        image_input_tokens: counts.of(Count::ImageInput),
        image_output_tokens: counts.of(Count::ImageOutput),
        audio_seconds: counts.of(Count::AudioSeconds),
        web_searches: counts.of(Count::WebSearches).max(counts.of(Count::SearchesSeen)),
        ..Usage::default()
    }
}

/// What the total has beyond prompt and completion. Where sound is reported in seconds, that is the sound's tokens.
fn unnamed_output(counts: &Counts, prompt: u64) -> u64 {
    match counts.get(Count::AudioSeconds) {
        Some(_) => 0,
        None => counts.of(Count::Total).saturating_sub(prompt).saturating_sub(counts.of(Count::Output)),
    }
}

#[cfg(test)]
mod tests {
    use crate::endpoint::UsageFormat::{OpenAiChat, OpenAiResponses};
    use crate::usage::fixture::{Learned, learn};
    use crate::usage::{Framing, ServiceTier, Usage};

    fn chat(usage: &str) -> Learned {
        let body = format!(r#"{{"id":"a","model":"m","choices":[{{"message":{{"content":"hi"}}}}],"usage":{usage}}}"#);
        learn(OpenAiChat, Framing::Json, &body)
    }

    fn counts(input: u64, cache_read: u64, output: u64, reasoning: u64) -> Option<Usage> {
        Some(Usage {
            input_tokens: input,
            cache_read_tokens: cache_read,
            output_tokens: output,
            reasoning_tokens: reasoning,
            ..Usage::default()
        })
    }

    #[test]
    fn a_report_that_cannot_be_believed_is_none_and_flagged() {
        for usage in [
            r#"{"prompt_tokens":-1,"completion_tokens":2}"#,
            r#"{"prompt_tokens":1.5,"completion_tokens":2}"#,
            r#"{"prompt_tokens":"1","completion_tokens":2}"#,
            r#"{"prompt_tokens":1,"completion_tokens":NaN}"#,
            r#"{"prompt_tokens":1,"completion_tokens":1e99}"#,
            r#"{"prompt_tokens":1,"completion_tokens":1099511627777}"#,
            r#"{"prompt_tokens":1,"completion_tokens":[2]}"#,
            r#"{"prompt_tokens":1,"completion_tokens":{"a":2}}"#,
            r#"{"prompt_tokens":1,"completion_tokens":true}"#,
            r#"{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":-1}}"#,
            r#""12""#,
            "12",
            "[]",
        ] {
            let learned = chat(usage);
            assert_eq!((learned.usage, learned.unbelievable), (None, true), "{usage}");
        }
    }

    #[test]
    fn null_or_nothing_is_no_report() {
        for usage in ["null", "{}", r#"{"prompt_tokens":null}"#, r#"{"cost":0.5}"#] {
            let learned = chat(usage);
            assert_eq!((learned.usage, learned.unbelievable), (None, false), "{usage}");
        }
    }

    #[test]
    fn a_believable_report_outlives_one_that_is_not() {
        let body = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n\
                    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":-4}}\n\n";

        let learned = learn(OpenAiChat, Framing::EventStream, body);

        assert_eq!((learned.usage, learned.unbelievable), (counts(3, 0, 4, 0), true));
    }

    #[test]
    fn the_prompt_includes_what_was_cached() {
        let usage = r#"{"prompt_tokens":100,"completion_tokens":9,"total_tokens":109,
            "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":30,"audio_tokens":2,"image_tokens":3},
            "completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":1,"image_tokens":2}}"#;

        let expected = Usage {
            input_tokens: 10,
            cache_read_tokens: 60,
            cache_write_5m_tokens: 30,
            output_tokens: 9,
            reasoning_tokens: 5,
            audio_input_tokens: 2,
            audio_output_tokens: 1,
            image_input_tokens: 3,
            image_output_tokens: 2,
            ..Usage::default()
        };
        assert_eq!(chat(usage).usage, Some(expected));
    }

    #[test]
    fn vendors_name_cached_tokens_in_ways_of_their_own() {
        for name in ["prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"] {
            let usage = format!(r#"{{"prompt_tokens":10,"completion_tokens":1,"{name}":8}}"#);
            assert_eq!(chat(&usage).usage, counts(2, 8, 1, 0), "{name}");
        }
    }

    #[test]
    fn what_the_total_has_beyond_prompt_and_completion_was_generated() {
        let named = r#"{"prompt_tokens":12,"completion_tokens":1,"total_tokens":241,
            "completion_tokens_details":{"reasoning_tokens":228}}"#;
        let unnamed = r#"{"prompt_tokens":12,"completion_tokens":1,"total_tokens":241}"#;

        assert_eq!(chat(named).usage, counts(12, 0, 229, 228));
        assert_eq!(chat(unnamed).usage, counts(12, 0, 229, 228));
    }

    #[test]
    fn a_total_alone_is_a_prompt() {
        assert_eq!(chat(r#"{"total_tokens":7}"#).usage, counts(7, 0, 0, 0));
    }

    #[test]
    fn seconds_of_sound_explain_a_total_that_tokens_do_not() {
        let usage = r#"{"prompt_audio_seconds":203,"prompt_tokens":4,"total_tokens":3264,"completion_tokens":635}"#;

        let learned = chat(usage).usage;

        assert_eq!(learned, Some(Usage { audio_seconds: 203, ..counts(4, 0, 635, 0).unwrap() }));
    }

    #[test]
    fn usage_in_what_the_model_wrote_is_no_usage() {
        let body = concat!(
            r#"data: {"choices":[{"delta":{"content":"{\"usage\":{\"prompt_tokens\":1}}"}}],"usage":null}"#,
            "\n\n",
            r#"data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"\"usage\":{\"prompt_tokens\":1}"}}]}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"delta":{"usage":{"prompt_tokens":1,"completion_tokens":1}}}]}"#,
            "\n\ndata: [DONE]\n\n",
        );

        let learned = learn(OpenAiChat, Framing::EventStream, body);

        assert_eq!((learned.usage, learned.unbelievable, learned.finished), (None, false, true));
    }

    #[test]
    fn groqs_own_place_for_usage_is_read_too() {
        let body = "data: {\"choices\":[],\"x_groq\":{\"id\":\"a\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}}\n\n";

        assert_eq!(learn(OpenAiChat, Framing::EventStream, body).usage, counts(3, 0, 4, 0));
    }

    #[test]
    fn a_later_report_replaces_an_earlier_one_whole() {
        let body = "data: {\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":4,\"cached_tokens\":20}}\n\n\
                    data: {\"usage\":{\"prompt_tokens\":31,\"completion_tokens\":5}}\n\n";

        assert_eq!(learn(OpenAiChat, Framing::EventStream, body).usage, counts(31, 0, 5, 0));
    }

    #[test]
    fn a_report_that_is_cut_off_is_none() {
        let body = "data: {\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":4";

        assert_eq!(learn(OpenAiChat, Framing::EventStream, body).usage, None);
        assert_eq!(learn(OpenAiChat, Framing::Json, &body[6..]).usage, None);
    }

    #[test]
    fn an_error_in_the_stream_is_seen() {
        let body = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";

        let learned = learn(OpenAiChat, Framing::EventStream, body);

        assert_eq!((learned.vendor_error, learned.finished, learned.usage), (true, false, None));
        assert!(!chat(r#"{"prompt_tokens":1}"#).vendor_error);
    }

    #[test]
    fn the_tier_and_the_model_are_the_ones_that_answered() {
        let body =
            r#"{"model":"gpt-5-2025-08-07","service_tier":"flex","usage":{"prompt_tokens":1,"completion_tokens":1}}"#;

        let learned = learn(OpenAiChat, Framing::Json, body);

        assert_eq!(learned.usage.map(|usage| usage.service_tier), Some(ServiceTier::Flex));
        assert_eq!(learned.model.as_deref(), Some("gpt-5-2025-08-07"));
    }

    #[test]
    fn a_response_reports_when_it_is_over_and_counts_the_searches_it_made() {
        let body = concat!(
            "event: response.created\n",
            r#"data: {"type":"response.created","response":{"status":"in_progress","usage":null,"error":null}}"#,
            "\n\nevent: response.output_text.delta\n",
            r#"data: {"type":"response.output_text.delta","delta":"four"}"#,
            "\n\nevent: response.audio.delta\n",
            r#"data: {"type":"response.audio.delta","delta":"UklGRg=="}"#,
            "\n\nevent: response.completed\n",
            r#"data: {"type":"response.completed","response":{"model":"gpt-5","service_tier":"default","output":["#,
            r#"{"type":"web_search_call","action":{"type":"search","query":"x"}},"#,
            r#"{"action":{"type":"open_page","url":"y"},"type":"web_search_call"},"#,
            r#"{"type":"web_search_call"},"#,
            r#"{"type":"message","content":[{"type":"output_text","text":"four"}]}],"#,
            r#""usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"#,
            r#""output_tokens_details":{"reasoning_tokens":2},"total_tokens":13}}}"#,
            "\n\n",
        );

        let learned = learn(OpenAiResponses, Framing::EventStream, body);

        assert_eq!(learned.usage, Some(Usage { web_searches: 2, ..counts(6, 4, 3, 2).unwrap() }));
        assert_eq!((learned.finished, learned.vendor_error, learned.text_bytes), (true, false, 4));
    }

    #[test]
    fn a_response_that_failed_is_over_and_an_error() {
        let body = "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"},\"usage\":null}}\n\n";

        let learned = learn(OpenAiResponses, Framing::EventStream, body);

        assert_eq!((learned.finished, learned.vendor_error, learned.usage), (true, true, None));
    }

    #[test]
    fn a_vendors_own_count_of_searches_is_taken() {
        let body = r#"{"object":"response","output":[],"usage":{"input_tokens":1,"output_tokens":1,
            "server_side_tool_usage_details":{"web_search_calls":3,"x_search_calls":1}}}"#;

        let usage = learn(OpenAiResponses, Framing::Json, body).usage;

        assert_eq!(usage.map(|usage| usage.web_searches), Some(3));
    }
}

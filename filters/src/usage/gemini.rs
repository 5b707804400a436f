//! Gemini's wire formats: `generateContent` with its streams, embeddings, and interactions.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{
    Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, Side, TEXT, count, list, object, report, value,
};

/// Every chunk reports the usage so far. Without `alt=sse` the chunks are the elements of one array.
pub(super) static GENERATE_CONTENT: Dialect = Dialect {
    root: &list(&[
        ("candidates", CANDIDATES),
        ("usageMetadata", USAGE_METADATA),
        ("modelVersion", MODEL),
        ("promptFeedback", object(&[("blockReason", value(Meaning::FinishReason))])),
        ("error", ERROR),
    ])
    .meaning(Meaning::Document),
    is_cumulative: true,
    ends: &[],
    event_is_image: false,
    bills_pieces: false,
    usage,
};

pub(super) static INTERACTIONS: Dialect = Dialect {
    root: &object(&[
        ("event_type", KIND),
        ("delta", object(&[("text", TEXT), ("arguments", TEXT), ("content", object(&[("text", TEXT)]))])),
        ("interaction", object(&[("usage", INTERACTION_USAGE), ("model", MODEL), ("service_tier", SERVICE_TIER)])),
        ("usage", INTERACTION_USAGE),
        ("model", MODEL),
        ("service_tier", SERVICE_TIER),
        ("steps", list(&[("text", TEXT), ("content", list(&[("text", TEXT)])), ("arguments", TEXT)])),
        ("error", ERROR),
    ]),
    is_cumulative: true,
    ends: &["interaction.completed", "interaction.complete"],
    event_is_image: false,
    bills_pieces: false,
    usage,
};

const CANDIDATES: Node = list(&[
    (
        "content",
        object(&[("parts", list(&[("text", TEXT), ("functionCall", FUNCTION_CALL), ("executableCode", CODE)]))]),
    ),
    ("finishReason", value(Meaning::FinishReason)),
    ("groundingMetadata", object(&[("webSearchQueries", list(&[]).meaning(Meaning::SearchQueries))])),
]);

const FUNCTION_CALL: Node = object(&[("name", TEXT), ("args", TEXT)]);
const CODE: Node = object(&[("code", TEXT)]);

const USAGE_METADATA: Node = report(&[
    ("promptTokenCount", count(Count::Prompt)),
    ("candidatesTokenCount", count(Count::Output)),
    ("thoughtsTokenCount", count(Count::Reasoning)),
    ("toolUsePromptTokenCount", count(Count::ToolPrompt)),
    ("cachedContentTokenCount", count(Count::CacheRead)),
    ("promptTokensDetails", by_modality(Side::Prompt)),
    ("promptTokenDetails", by_modality(Side::Prompt)),
    ("cacheTokensDetails", by_modality(Side::Cached)),
    ("candidatesTokensDetails", by_modality(Side::Output)),
    ("serviceTier", SERVICE_TIER),
    ("trafficType", SERVICE_TIER),
]);

const INTERACTION_USAGE: Node = report(&[
    ("total_input_tokens", count(Count::Prompt)),
    ("total_output_tokens", count(Count::Output)),
    ("total_thought_tokens", count(Count::Reasoning)),
    ("total_tool_use_tokens", count(Count::ToolPrompt)),
    ("total_cached_tokens", count(Count::CacheRead)),
    ("input_tokens_by_modality", by_modality(Side::Prompt)),
    ("cached_tokens_by_modality", by_modality(Side::Cached)),
    ("output_tokens_by_modality", by_modality(Side::Output)),
]);

const fn by_modality(side: Side) -> Node {
    list(MODALITY).meaning(Meaning::Modalities(side))
}

const MODALITY: &[(&str, Node)] = &[
    ("modality", value(Meaning::ModalityName)),
    ("tokenCount", value(Meaning::ModalityTokens)),
    ("tokens", value(Meaning::ModalityTokens)),
];

/// The prompt includes what was cached; thoughts come on top of what the candidates hold, and what tools fed back on
/// top of the prompt.
fn usage(counts: &Counts, model: Option<&str>) -> Usage {
    let (prompt, cache_read) = (counts.of(Count::Prompt), counts.of(Count::CacheRead));
    let (reasoning, searches) = (counts.of(Count::Reasoning), counts.of(Count::SearchesSeen));
    Usage {
        input_tokens: prompt.saturating_sub(cache_read) + counts.of(Count::ToolPrompt),
        cache_read_tokens: cache_read,
        output_tokens: counts.of(Count::Output) + reasoning,
        reasoning_tokens: reasoning,
        audio_input_tokens: counts.of(Count::AudioInput).saturating_sub(counts.of(Count::AudioCached)),
        audio_output_tokens: counts.of(Count::AudioOutput),
        image_input_tokens: counts.of(Count::ImageInput).saturating_sub(counts.of(Count::ImageCached)),
        image_output_tokens: counts.of(Count::ImageOutput),
        web_searches: if is_grounded_by_prompt(model) { searches.min(1) } else { searches },
        ..Usage::default()
    }
}

/// Up to Gemini 2.5, grounding is billed by the prompt that was grounded; since Gemini 3, by each search.
fn is_grounded_by_prompt(model: Option<&str>) -> bool {
    model.is_some_and(|model| model.starts_with("gemini-1") || model.starts_with("gemini-2"))
}

#[cfg(test)]
mod tests {
    use crate::endpoint::UsageFormat::{Gemini, GeminiInteractions};
    use crate::usage::fixture::learn;
    use crate::usage::{Framing, ServiceTier, Usage};

    const FIRST: &str = r#"{
  "candidates": [{"content": {"parts": [{"text": "usageMetadata"}], "role": "model"}, "index": 0}],
  "usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 40, "thoughtsTokenCount": 7,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 70}, {"tokenCount": 20, "modality": "AUDIO"},
      {"modality": "AUDIO", "tokenCount": 10}], "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}]},
  "modelVersion": "gemini-2.5-flash"
}"#;
    const LAST: &str = r#"{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"a": [1, "b c"]}}}]},
  "finishReason": "STOP", "groundingMetadata": {"webSearchQueries": ["a", "b"]}}],
  "usageMetadata": {"candidatesTokenCount": 9, "toolUsePromptTokenCount": 3, "totalTokenCount": 119,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 8}], "serviceTier": "FLEX"},
  "modelVersion": "gemini-2.5-flash"}"#;

    fn used() -> Usage {
        Usage {
            input_tokens: 63,
            cache_read_tokens: 40,
            output_tokens: 16,
            reasoning_tokens: 7,
            audio_input_tokens: 25,
            image_output_tokens: 8,
            web_searches: 1,
            service_tier: ServiceTier::Flex,
            ..Usage::default()
        }
    }

    #[test]
    fn every_chunk_of_a_stream_adds_to_what_is_known() {
        let compact = |chunk: &str| chunk.replace('\n', " ");
        let body = format!("data: {}\r\n\r\ndata: {}\r\n\r\n", compact(FIRST), compact(LAST));

        let learned = learn(Gemini, Framing::EventStream, &body);

        assert_eq!((learned.usage, learned.finished), (Some(used()), true));
        assert_eq!(learned.model.as_deref(), Some("gemini-2.5-flash"));
        assert_eq!(learned.text_bytes, "usageMetadataf".len() as u64 + r#"{"a":[1,"b c"]}"#.len() as u64);
    }

    #[test]
    fn a_stream_without_events_is_one_array() {
        let learned = learn(Gemini, Framing::JsonArray, &format!("[{FIRST}\n,\r\n{LAST}\n]\n"));

        assert_eq!((learned.usage, learned.finished), (Some(used()), true));
    }

    #[test]
    fn an_array_that_breaks_off_keeps_what_it_reported() {
        let learned = learn(Gemini, Framing::JsonArray, &format!("[{FIRST},{}", &LAST[..LAST.len() - 90]));

        let usage = learned.usage.unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens), (60, 7));
        assert!(learned.billable.unwrap().output_tokens >= usage.output_tokens);
    }

    #[test]
    fn traffic_without_counts_is_no_report() {
        let body = "data: {\"usageMetadata\": {\"trafficType\": \"ON_DEMAND\"}}\n\n";

        assert_eq!(learn(Gemini, Framing::EventStream, body).usage, None);
    }

    #[test]
    fn since_gemini_3_each_search_is_billed() {
        let body = LAST.replace("gemini-2.5-flash", "gemini-3-flash-preview");

        let usage = learn(Gemini, Framing::Json, &body).usage;

        assert_eq!(usage.map(|usage| usage.web_searches), Some(2));
    }

    #[test]
    fn a_refused_prompt_ends_the_answer() {
        let body = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"#;

        let learned = learn(Gemini, Framing::EventStream, &format!("data: {body}\n\n"));

        assert!(learned.finished);
        assert_eq!(learned.usage, Some(Usage { input_tokens: 4, ..Usage::default() }));
    }

    #[test]
    fn an_embedding_reports_its_prompt() {
        let body = r#"{"embeddings":[{"values":[0.1,-2e-5]}],
            "usageMetadata":{"promptTokenCount":4,"promptTokenDetails":[{"modality":"IMAGE","tokenCount":3}]}}"#;

        let usage = learn(Gemini, Framing::Json, body).usage;

        assert_eq!(usage, Some(Usage { input_tokens: 4, image_input_tokens: 3, ..Usage::default() }));
    }

    #[test]
    fn an_error_may_come_in_an_array_too() {
        let body = r#"[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]"#;

        let learned = learn(Gemini, Framing::JsonArray, body);

        assert_eq!((learned.vendor_error, learned.usage), (true, None));
    }

    #[test]
    fn an_interaction_reports_when_it_is_over() {
        let body = concat!(
            r#"data: {"interaction":{"status":"in_progress","model":"gemini-2.5-flash"},"event_type":"interaction.created"}"#,
            "\n\n",
            r#"data: {"index":1,"delta":{"text":"four","type":"text"},"event_type":"step.delta"}"#,
            "\n\n",
            r#"data: {"interaction":{"usage":{"total_tokens":121,"total_input_tokens":53,"total_cached_tokens":3,"#,
            r#""input_tokens_by_modality":[{"modality":"image","tokens":50}],"total_output_tokens":5,"#,
            r#""total_tool_use_tokens":2,"total_thought_tokens":61},"service_tier":"priority"},"#,
            r#""event_type":"interaction.completed"}"#,
            "\n\nevent: done\ndata: [DONE]\n\n",
        );

        let learned = learn(GeminiInteractions, Framing::EventStream, body);

        let expected = Usage {
            input_tokens: 52,
            cache_read_tokens: 3,
            output_tokens: 66,
            reasoning_tokens: 61,
            image_input_tokens: 50,
            service_tier: ServiceTier::Priority,
            ..Usage::default()
        };
        assert_eq!((learned.usage, learned.finished, learned.text_bytes), (Some(expected), true, 4));
    }
}

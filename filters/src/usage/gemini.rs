//! Gemini's wire formats: `generateContent` with its streams, embeddings, and interactions.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{
    Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, Side, TEXT, count, list, object,
    report, value,
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
        (
            "delta",
            object(&[("text", TEXT), ("arguments", TEXT), ("content", object(&[("text", TEXT)]))]),
        ),
        (
            "interaction",
            object(&[
                ("usage", INTERACTION_USAGE),
                ("model", MODEL),
                ("service_tier", SERVICE_TIER),
            ]),
        ),
        ("usage", INTERACTION_USAGE),
        ("model", MODEL),
        ("service_tier", SERVICE_TIER),
        (
            "steps",
            list(&[("text", TEXT), ("content", list(&[("text", TEXT)])), ("arguments", TEXT)]),
        ),
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
        object(&[(
            "parts",
            list(&[("text", TEXT), ("functionCall", FUNCTION_CALL), ("executableCode", CODE)]),
        )]),
    ),
    ("finishReason", value(Meaning::FinishReason)),
    (
        "groundingMetadata",
        object(&[("webSearchQueries", list(&[]).meaning(Meaning::SearchQueries))]),
    ),
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
        audio_input_tokens: counts
            .of(Count::AudioInput)
            .saturating_sub(counts.of(Count::AudioCached)),
        audio_output_tokens: counts.of(Count::AudioOutput),
        image_input_tokens: counts
            .of(Count::ImageInput)
            .saturating_sub(counts.of(Count::ImageCached)),
        image_output_tokens: counts.of(Count::ImageOutput),
        web_searches: if is_grounded_by_prompt(model) { searches.min(1) } else { searches },
        ..Usage::default()
    }
}

/// Up to Gemini 2.5, grounding is billed by the prompt that was grounded; since Gemini 3, by each search.
fn is_grounded_by_prompt(model: Option<&str>) -> bool {
    model.is_some_and(|model| model.starts_with("gemini-1") || model.starts_with("gemini-2"))
}

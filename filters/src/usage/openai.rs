//! OpenAI's wire formats, which a dozen vendors speak with numbers of their own: chat completions and Responses.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{
    Count, ERROR, KIND, MODEL, Meaning, Node, SERVICE_TIER, TEXT, count, list, object, report,
    value,
};

/// Chat completions, completions and embeddings.
pub(super) static CHAT: Dialect = Dialect {
    root: &object(&[
        (
            "choices",
            list(&[("delta", MESSAGE), ("message", MESSAGE), ("text", TEXT)])
                .meaning(Meaning::Choices),
        ),
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
const TEXT_OR_PARTS: Node =
    list(&[("text", TEXT), ("thinking", list(&[("text", TEXT)]))]).meaning(Meaning::Text);

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
        None => {
            counts.of(Count::Total).saturating_sub(prompt).saturating_sub(counts.of(Count::Output))
        }
    }
}

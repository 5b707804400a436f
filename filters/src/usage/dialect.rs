//! Which tree of names, and which arithmetic, belongs to which wire format.

use super::counts::Counts;
use super::layout::{ERROR, Node, object};
use super::{Usage, anthropic, gemini, openai, pieces};
use crate::endpoint::UsageFormat;

/// How one wire format reports usage.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) root: &'static Node,
    /// Whether a later report replaces an earlier one member by member, or whole.
    pub(super) is_cumulative: bool,
    /// The kinds of event that end a stream.
    pub(super) ends: &'static [&'static str],
    /// Whether such an event stands for one image.
    pub(super) event_is_image: bool,
    /// Whether an answer without a report is billed by what it holds.
    pub(super) bills_pieces: bool,
    /// Adds a report up, in the dialect's way. What is billed can depend on the model that answered.
    pub(super) usage: fn(&Counts, Option<&str>) -> Usage,
}

/// The rules of `format`.
pub(super) fn of(format: UsageFormat) -> &'static Dialect {
    match format {
        UsageFormat::OpenAiChat => &openai::CHAT,
        UsageFormat::OpenAiResponses => &openai::RESPONSES,
        UsageFormat::Anthropic => &anthropic::MESSAGES,
        UsageFormat::Gemini => &gemini::GENERATE_CONTENT,
        UsageFormat::GeminiInteractions => &gemini::INTERACTIONS,
        UsageFormat::Images => &pieces::IMAGES,
        UsageFormat::Transcription | UsageFormat::Speech => &pieces::AUDIO,
        UsageFormat::Rerank => &pieces::RERANK,
        UsageFormat::Free => &FREE,
    }
}

/// Says nothing that is billed.
static FREE: Dialect = Dialect {
    root: &object(&[("error", ERROR)]),
    is_cumulative: false,
    ends: &[],
    event_is_image: false,
    bills_pieces: false,
    usage: |_, _| Usage::default(),
};

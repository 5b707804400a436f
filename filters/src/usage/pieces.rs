//! What is billed by the piece where the model reports no tokens: images, seconds of sound, searches.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{
    Count, ERROR, KIND, MODEL, Meaning, Node, TEXT, count, list, object, report, value,
};
use super::openai;

/// `usage` where the model reports tokens; the images are counted either way.
pub(super) static IMAGES: Dialect = Dialect {
    root: &object(&[
        ("data", list(&[]).meaning(Meaning::Images)),
        ("usage", openai::USAGE),
        ("type", KIND),
        ("model", MODEL),
        ("error", ERROR),
    ]),
    is_cumulative: false,
    ends: &["image_generation.completed", "image_edit.completed"],
    event_is_image: true,
    bills_pieces: true,
    usage: |counts, model| Usage {
        images: counts.of(Count::ImagesSeen),
        ..openai::usage(counts, model)
    },
};

/// Transcripts, and speech that is streamed as events: tokens, or seconds, where the model reports them.
pub(super) static AUDIO: Dialect = Dialect {
    root: &object(&[
        ("usage", openai::USAGE),
        ("text", TEXT),
        ("delta", TEXT),
        ("type", KIND),
        ("model", MODEL),
        ("error", ERROR),
    ]),
    is_cumulative: false,
    ends: &["transcript.text.done", "speech.audio.done"],
    event_is_image: false,
    bills_pieces: false,
    usage: openai::usage,
};

/// `meta.billed_units.search_units`, or tokens, or else one search for one answer.
pub(super) static RERANK: Dialect = Dialect {
    root: &object(&[
        ("meta", object(&[("billed_units", BILLED_UNITS)])),
        ("usage", openai::USAGE),
        ("model", MODEL),
        ("error", ERROR),
    ]),
    is_cumulative: true,
    ends: &[],
    event_is_image: false,
    bills_pieces: true,
    usage: rerank_usage,
};

const BILLED_UNITS: Node = report(&[
    ("search_units", value(Meaning::RoundedUp(Count::SearchUnits))),
    ("input_tokens", count(Count::Prompt)),
    ("output_tokens", count(Count::Output)),
]);

fn rerank_usage(counts: &Counts, model: Option<&str>) -> Usage {
    let tokens = openai::usage(counts, model);
    let without_report = u64::from(tokens.total_tokens() == 0);
    Usage { search_units: counts.get(Count::SearchUnits).unwrap_or(without_report), ..tokens }
}

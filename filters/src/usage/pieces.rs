//! What is billed by the piece where the model reports no tokens: images, seconds of sound, searches.

use super::Usage;
use super::counts::Counts;
use super::dialect::Dialect;
use super::layout::{Count, ERROR, KIND, MODEL, Meaning, Node, TEXT, count, list, object, report, value};
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
    usage: |counts, model| Usage { images: counts.of(Count::ImagesSeen), ..openai::usage(counts, model) },
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

#[cfg(test)]
mod tests {
    use crate::endpoint::UsageFormat::{Free, Images, Rerank, Speech, Transcription};
    use crate::usage::fixture::learn;
    use crate::usage::{Framing, Usage};

    #[test]
    fn an_answer_that_failed_or_broke_off_has_no_pieces() {
        for body in [r#"{"error":{"message":"no"}}"#, r#"{"data":[{"url":"a"},{"url":"#] {
            assert_eq!(learn(Images, Framing::Json, body).usage, None, "{body}");
            assert_eq!(learn(Rerank, Framing::Json, body).usage, None, "{body}");
        }
    }

    #[test]
    fn images_are_counted_where_no_tokens_are_reported() {
        let body = r#"{"created":1,"data":[{"b64_json":"aaaa[{\"]}"},{"b64_json":"bbbb"}]}"#;

        assert_eq!(learn(Images, Framing::Json, body).usage, Some(Usage { images: 2, ..Usage::default() }));
    }

    #[test]
    fn images_that_report_tokens_have_both() {
        let body = r#"{"data":[{"b64_json":"aa"}],"usage":{"total_tokens":150,"input_tokens":50,"output_tokens":100,
            "input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens_details":{"image_tokens":100}}}"#;

        let expected = Usage {
            input_tokens: 50,
            output_tokens: 100,
            image_input_tokens: 40,
            image_output_tokens: 100,
            images: 1,
            ..Usage::default()
        };
        assert_eq!(learn(Images, Framing::Json, body).usage, Some(expected));
    }

    #[test]
    fn a_streamed_image_counts_when_it_is_whole() {
        let partial = "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"aa\"}\n\n";
        let whole = "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"aa\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}\n\n";

        assert_eq!(learn(Images, Framing::EventStream, partial).usage, None);
        let usage = learn(Images, Framing::EventStream, &format!("{partial}{whole}")).usage;
        assert_eq!(usage, Some(Usage { input_tokens: 5, output_tokens: 6, images: 1, ..Usage::default() }));
    }

    #[test]
    fn a_transcript_reports_seconds_or_tokens() {
        let seconds = r#"{"text":"hi","usage":{"type":"duration","seconds":8.2}}"#;
        let tokens = r#"{"text":"hi","usage":{"type":"tokens","input_tokens":14,"total_tokens":59,"output_tokens":45,
            "input_token_details":{"text_tokens":0,"audio_tokens":14}}}"#;
        let stream = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n\
                      data: {\"type\":\"transcript.text.done\",\"text\":\"hi\",\"usage\":{\"input_tokens\":14,\"output_tokens\":45,\"input_token_details\":{\"audio_tokens\":14}}}\n\n";

        let usage = |framing, body| learn(Transcription, framing, body).usage;

        let by_token = Usage { input_tokens: 14, audio_input_tokens: 14, output_tokens: 45, ..Usage::default() };
        assert_eq!(usage(Framing::Json, seconds), Some(Usage { audio_seconds: 9, ..Usage::default() }));
        assert_eq!(usage(Framing::Json, tokens), Some(by_token));
        assert_eq!(usage(Framing::EventStream, stream), Some(by_token));
        assert_eq!(usage(Framing::Json, r#"{"text":"hi"}"#), None);
    }

    #[test]
    fn a_rerank_is_billed_by_search_by_token_or_as_one() {
        let usage = |body| learn(Rerank, Framing::Json, body).usage.unwrap();

        let units = usage(r#"{"results":[],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":2}}}"#);
        let tokens = usage(r#"{"results":[],"usage":{"total_tokens":30}}"#);
        let neither = usage(r#"{"results":[{"index":0,"relevance_score":0.9}]}"#);

        assert_eq!(units, Usage { search_units: 2, ..Usage::default() });
        assert_eq!(tokens, Usage { input_tokens: 30, ..Usage::default() });
        assert_eq!(neither, Usage { search_units: 1, ..Usage::default() });
    }

    #[test]
    fn what_is_free_or_opaque_reports_nothing() {
        let body = r#"{"input_tokens":14,"usage":{"input_tokens":3}}"#;

        assert_eq!(learn(Free, Framing::Json, body).usage, None);
        let sound = learn(Speech, Framing::Opaque, body);
        assert_eq!((sound.usage, sound.finished), (None, true));
    }
}

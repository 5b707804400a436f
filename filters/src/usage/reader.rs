//! The reader that stands in the way of one answer: bytes in, the same bytes out, and what they said on the side.

use bytes::Bytes;

use super::dialect;
use super::json::Scanner;
use super::reading::Reading;
use super::sse::EventStream;
use super::tally::Tally;
use super::withhold::Withholding;
use crate::endpoint::UsageFormat;

/// How the body of one answer is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// One JSON document.
    Json,
    /// `text/event-stream`.
    EventStream,
    /// Gemini's streams without `alt=sse`: one array whose elements come one by one.
    JsonArray,
    /// Sound and the like: passed on, never looked at.
    Opaque,
}

/// Reads usage out of one answer as its bytes pass, wherever they are cut.
///
/// Never fails: bytes that are not what they should be teach it nothing and are passed on. Holds a few kilobytes, up to
/// 64 KiB of what the model wrote (to estimate from, should no usage come), and, only while withholding, one event.
#[derive(Debug)]
pub struct UsageReader {
    tally: Tally,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Document(Scanner),
    Events(EventStream),
    Withholding(Box<Withholding>),
    Opaque,
}

impl UsageReader {
    /// A reader for one answer.
    ///
    /// `withhold_usage` says that we added `stream_options.include_usage` and the client did not ask for it: the chunk
    /// that carries usage alone is then taken out. It matters to event streams of chat completions only.
    #[must_use]
    pub fn new(format: UsageFormat, framing: Framing, withhold_usage: bool) -> Self {
        let dialect = dialect::of(format);
        let withholds = withhold_usage && format == UsageFormat::OpenAiChat;
        let scanner = Scanner::new(dialect.root);
        let body = match framing {
            Framing::Json | Framing::JsonArray => Body::Document(scanner),
            Framing::EventStream if withholds => Body::Withholding(Box::new(Withholding::new(scanner))),
            Framing::EventStream => Body::Events(EventStream::new(scanner)),
            Framing::Opaque => Body::Opaque,
        };
        Self { tally: Tally::new(dialect), body }
    }

    /// Reads `chunk` and returns what the client gets in its place: the same bytes, uncopied, unless withholding.
    /// `end` marks the last call; its chunk may be empty.
    pub fn feed(&mut self, chunk: Bytes, end: bool) -> Bytes {
        let tally = &mut self.tally;
        match &mut self.body {
            Body::Document(scanner) => read_document(scanner, &chunk, tally),
            Body::Events(events) => read_events(events, &chunk, end, tally),
            Body::Withholding(withholding) => return withholding.feed(chunk, end, tally),
            Body::Opaque => tally.is_finished |= end,
        }
        chunk
    }

    /// What was learned so far; may be asked at any time.
    #[must_use]
    pub fn reading(&self) -> Reading<'_> {
        Reading::of(&self.tally)
    }
}

fn read_document(scanner: &mut Scanner, chunk: &[u8], tally: &mut Tally) {
    scanner.feed(chunk, tally);
    if scanner.is_complete() {
        tally.is_finished = true;
        tally.end_document();
    }
}

fn read_events(events: &mut EventStream, chunk: &[u8], end: bool, tally: &mut Tally) {
    let mut rest = chunk;
    while let Some(read) = events.advance(rest, tally) {
        events.end_event(tally);
        rest = &rest[read..];
    }
    if end {
        events.end_event(tally);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::usage::fixture::learn_in_pieces;

    const FORMATS: [UsageFormat; 10] = [
        UsageFormat::OpenAiChat,
        UsageFormat::OpenAiResponses,
        UsageFormat::Anthropic,
        UsageFormat::Gemini,
        UsageFormat::GeminiInteractions,
        UsageFormat::Images,
        UsageFormat::Transcription,
        UsageFormat::Speech,
        UsageFormat::Rerank,
        UsageFormat::Free,
    ];
    const FRAMINGS: [Framing; 4] = [Framing::Json, Framing::EventStream, Framing::JsonArray, Framing::Opaque];

    /// Pieces of every dialect and of none, so that what is put together at random gets past the first brace.
    const SCRAPS: [&str; 32] = [
        "data: ",
        "data:",
        "event: x",
        ": c",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "[DONE]",
        "\u{feff}",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u12",
        "\"usage\":{",
        "\"prompt_tokens\":5",
        "\"output_tokens\":-7",
        "\"usageMetadata\":{",
        "\"candidatesTokenCount\":3",
        "\"choices\":[]",
        "\"choices\":[{\"delta\":{\"content\":\"hi\"}}]",
        "\"error\":\"e\"",
        "\"type\":\"message_stop\"",
        "\"message\":{",
        "null",
        "1e999999",
        "data: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\n",
    ];

    fn cut<'a>(body: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        cuts.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect()
    }

    proptest! {
        /// Whatever comes: no panic, nothing lost, and no cut makes a difference.
        #[test]
        fn any_bytes_in_any_cutting_read_and_pass_the_same(
            scraps in prop::collection::vec(prop::sample::select(SCRAPS.as_slice()), 0..40),
            cuts in prop::collection::vec(any::<usize>(), 0..8),
            format in prop::sample::select(FORMATS.as_slice()),
            framing in prop::sample::select(FRAMINGS.as_slice()),
            withhold: bool,
        ) {
            let body = scraps.concat();

            let whole = learn_in_pieces(format, framing, withhold, [body.as_bytes()]);
            let pieces = learn_in_pieces(format, framing, withhold, cut(body.as_bytes(), &cuts));

            prop_assert_eq!(&pieces, &whole);
            prop_assert!(withhold || whole.passed == body);
            prop_assert!(whole.passed.len() <= body.len());
        }

        #[test]
        fn bytes_that_are_no_text_are_harmless_too(
            body in prop::collection::vec(any::<u8>(), 0..200),
            format in prop::sample::select(FORMATS.as_slice()),
            framing in prop::sample::select(FRAMINGS.as_slice()),
        ) {
            let mut reader = UsageReader::new(format, framing, true);

            let mut passed = reader.feed(body.clone().into(), false).to_vec();
            passed.extend_from_slice(&reader.feed(Bytes::new(), true));

            prop_assert_eq!(passed, body);
        }
    }

    #[test]
    fn an_idle_reader_is_small() {
        assert!(size_of::<UsageReader>() <= 1280, "{}", size_of::<UsageReader>());
    }

    #[test]
    fn bytes_pass_uncopied() {
        let chunk = Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"conte");

        for framing in FRAMINGS {
            let passed = UsageReader::new(UsageFormat::OpenAiChat, framing, false).feed(chunk.clone(), false);
            assert_eq!((passed.as_ptr(), passed.len()), (chunk.as_ptr(), chunk.len()));
        }
    }

    #[test]
    fn a_reader_may_move_between_threads() {
        fn is_send<T: Send>() {}
        is_send::<UsageReader>();
    }
}

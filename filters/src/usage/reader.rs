//! The reader that stands in the way of one answer: bytes in, the same bytes out, and what they said on the side.

use bytes::Bytes;

use super::Usage;
use super::dialect::{self, Dialect};
use super::json::Scanner;
use super::output::OutputSeen;
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
    dialect: &'static Dialect,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Document(Scanner),
    Events(EventStream),
    Withholding(Box<Withholding>),
    Opaque,
}

/// What an answer has said so far.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The vendor's own report, if a believable one has arrived. Prefer [`Self::billable`], which knows how old it is.
    pub usage: Option<Usage>,
    /// A report arrived that cannot be believed: negative, fractional, not a number, above 2⁴⁰. It was ignored.
    pub unbelievable: bool,
    /// What the model wrote, for an estimate when no report came.
    pub output: &'a OutputSeen,
    /// The answer said that it was over, in its dialect's way: `[DONE]`, `message_stop`, `response.completed`, a finish
    /// reason at Gemini, or a document that is complete.
    pub finished: bool,
    /// The vendor put an error into the body, whatever the status.
    pub vendor_error: bool,
    /// The model the vendor says it answered with, if its name has at most 128 bytes.
    pub model: Option<&'a str>,
    may_lag: bool,
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
            Framing::EventStream if withholds => {
                Body::Withholding(Box::new(Withholding::new(scanner)))
            }
            Framing::EventStream => Body::Events(EventStream::new(scanner)),
            Framing::Opaque => Body::Opaque,
        };
        Self { tally: Tally::new(dialect), dialect, body }
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
        let tally = &self.tally;
        Reading {
            usage: tally.usage(),
            unbelievable: tally.is_unbelievable(),
            output: &tally.output,
            finished: tally.is_finished,
            vendor_error: tally.is_vendor_error,
            model: tally.model.as_deref(),
            may_lag: tally.is_unbelievable() || (self.dialect.is_cumulative && !tally.is_finished),
        }
    }
}

impl Reading<'_> {
    /// The report, brought up to date: what it says of the output is raised to what was seen, where the stream broke off
    /// between two reports or the last one could not be believed. `None` if there was no report at all.
    #[must_use]
    pub fn billable(&self) -> Option<Usage> {
        let mut usage = self.usage?;
        if self.may_lag {
            usage.output_tokens = usage.output_tokens.max(self.estimated_output_tokens());
        }
        Some(usage)
    }

    /// Tokens that the output seen amounts to, in the vocabulary of the model that answered.
    #[must_use]
    pub fn estimated_output_tokens(&self) -> u64 {
        self.output.estimated_tokens(self.model.unwrap_or_default())
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

//! Takes the chunk that we asked for, and the client did not, out of an event stream; every other byte stays.

use bytes::{Bytes, BytesMut};

use super::json::Scanner;
use super::sse::EventStream;
use super::tally::Tally;

/// An event is held back until it is known whether it carries usage alone. Such an event has a few hundred bytes, so one
/// that outgrows this is let go unjudged.
const HELD_MAX_BYTES: usize = 64 * 1024;

/// An event stream, passed on event by event.
#[derive(Debug)]
pub(super) struct Withholding {
    events: EventStream,
    /// The event that is not complete.
    held: BytesMut,
    /// It was too long to hold: its rest passes as it comes.
    is_let_go: bool,
    /// The last event was taken out, and so must be a line end that comes after it.
    has_withheld: bool,
}

/// What one call passes on: a stretch of its chunk, uncopied, unless something comes before it.
struct Passed<'a> {
    chunk: &'a Bytes,
    before: BytesMut,
    from: usize,
}

impl Withholding {
    pub(super) fn new(scanner: Scanner) -> Self {
        let events = EventStream::new(scanner);
        Self { events, held: BytesMut::new(), is_let_go: false, has_withheld: false }
    }

    /// What the client gets of `chunk` and of what was held before it.
    pub(super) fn feed(&mut self, chunk: Bytes, end: bool, tally: &mut Tally) -> Bytes {
        let mut at = self.rest_of_last_event(&chunk);
        self.events.advance(&chunk[..at], tally);
        let from = if self.has_withheld { at } else { 0 };
        let mut passed = Passed { chunk: &chunk, before: BytesMut::new(), from };
        while let Some(read) = self.events.advance(&chunk[at..], tally) {
            self.end_event(at, at + read, &mut passed, tally);
            at += read;
        }
        if end {
            self.end_event(at, chunk.len(), &mut passed, tally);
            return passed.up_to(chunk.len());
        }
        self.hold(at, passed)
    }

    /// The length of the `\n` that belongs to the event before this chunk, which ended in `\r`.
    fn rest_of_last_event(&self, chunk: &[u8]) -> usize {
        let is_between_events = self.held.is_empty() && !self.is_let_go;
        usize::from(is_between_events && self.events.is_after_return() && chunk.first() == Some(&b'\n'))
    }

    /// Passes the event that ends with `from..to` of the chunk, or takes it out.
    fn end_event(&mut self, from: usize, to: usize, passed: &mut Passed<'_>, tally: &mut Tally) {
        let held = self.held.split();
        self.has_withheld = !self.is_let_go && self.events.has_whole_document() && tally.is_usage_only();
        self.is_let_go = false;
        self.events.end_event(tally);
        if self.has_withheld {
            passed.leave_out(from, to);
        } else if !held.is_empty() {
            passed.put_before(held);
        }
    }

    /// Keeps what the chunk has of an unfinished event, and passes the rest.
    fn hold(&mut self, from: usize, mut passed: Passed<'_>) -> Bytes {
        let chunk = passed.chunk;
        let begun = &chunk[from..];
        if !self.is_let_go && self.held.len() + begun.len() > HELD_MAX_BYTES {
            self.is_let_go = true;
            passed.put_before(self.held.split());
        }
        if self.is_let_go {
            return passed.up_to(chunk.len());
        }
        self.held.extend_from_slice(begun);
        passed.up_to(from)
    }
}

impl Passed<'_> {
    /// What was held belongs in front of the chunk: nothing of the chunk has passed yet.
    fn put_before(&mut self, held: BytesMut) {
        self.before.unsplit(held);
    }

    fn leave_out(&mut self, from: usize, to: usize) {
        self.before.extend_from_slice(&self.chunk[self.from..from]);
        self.from = to;
    }

    fn up_to(mut self, to: usize) -> Bytes {
        let rest = self.chunk.slice(self.from..to);
        if self.before.is_empty() {
            return rest;
        }
        self.before.extend_from_slice(&rest);
        self.before.freeze()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::endpoint::UsageFormat::{Anthropic, OpenAiChat};
    use crate::usage::fixture::learn_withholding;
    use crate::usage::{Framing, Usage, UsageReader};

    const CONTENT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}],\"usage\":null}";
    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}";
    const DONE: &str = "data: [DONE]";

    fn used() -> Option<Usage> {
        Some(Usage { input_tokens: 3, output_tokens: 4, ..Usage::default() })
    }

    fn withholding() -> UsageReader {
        UsageReader::new(OpenAiChat, Framing::EventStream, true)
    }

    #[test]
    fn only_the_chunk_with_usage_alone_is_taken_out_whatever_the_line_ends() {
        for end in ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n"] {
            let learned = learn_withholding(&[CONTENT, USAGE, DONE, ""].join(end));

            assert_eq!(learned.passed, [CONTENT, DONE, ""].join(end), "{end:?}");
            assert_eq!((learned.usage, learned.finished), (used(), true), "{end:?}");
        }
    }

    #[test]
    fn usage_beside_content_belongs_to_the_client() {
        let last = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}";
        let filtered = "data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}],\"usage\":null}";
        let body = [": a comment", filtered, CONTENT, last, DONE, ""].join("\n\n");

        let learned = learn_withholding(&body);

        assert_eq!((learned.passed, learned.usage), (body, used()));
    }

    #[test]
    fn the_order_of_members_and_the_space_between_them_make_no_difference() {
        let usage = "data:{ \"usage\" : {\"completion_tokens\":4,\"prompt_tokens\":3} , \"choices\" : [ ] }";

        let learned = learn_withholding(&[CONTENT, usage, DONE, ""].join("\n\n"));

        assert_eq!((learned.passed, learned.usage), ([CONTENT, DONE, ""].join("\n\n"), used()));
    }

    #[test]
    fn a_chunk_that_says_it_is_usage_in_its_text_is_passed() {
        let content = "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"choices\\\":[],\\\"usage\\\":{}\"}}]}";
        let body = [content, DONE, ""].join("\n\n");

        assert_eq!(learn_withholding(&body).passed, body);
    }

    #[test]
    fn a_usage_chunk_that_is_cut_off_is_passed_as_it_came() {
        for body in [&USAGE[..USAGE.len() - 1], "data: {\"choices\":[],\"usage\":{}", "data: {\"cho", "da", ": x", "\r"]
        {
            assert_eq!(learn_withholding(body).passed, body);
        }
    }

    #[test]
    fn a_usage_chunk_without_its_empty_line_is_taken_out_at_the_end() {
        let body = format!("{CONTENT}\n\n{USAGE}");

        let learned = learn_withholding(&body);

        assert_eq!((learned.passed, learned.usage), (format!("{CONTENT}\n\n"), used()));
    }

    #[test]
    fn other_dialects_are_never_touched() {
        let mut reader = UsageReader::new(Anthropic, Framing::EventStream, true);
        let chunk = Bytes::from_static(USAGE.as_bytes());

        let passed = reader.feed(chunk.clone(), false);

        assert_eq!((passed.as_ptr(), passed.len()), (chunk.as_ptr(), chunk.len()));
    }

    #[test]
    fn whole_events_pass_uncopied() {
        let chunk = Bytes::from(format!("{CONTENT}\n\n{CONTENT}\n\n"));

        let passed = withholding().feed(chunk.clone(), false);

        assert_eq!((passed.as_ptr(), passed.len()), (chunk.as_ptr(), chunk.len()));
    }

    #[test]
    fn an_event_is_held_until_it_is_whole() {
        let mut reader = withholding();
        let (first, second) = CONTENT.split_at(30);

        assert_eq!(reader.feed(first.into(), false), "");
        assert_eq!(reader.feed(second.into(), false), "");
        assert_eq!(reader.feed("\n\n".into(), false), format!("{CONTENT}\n\n"));
    }

    #[test]
    fn an_event_is_held_up_to_the_bound_and_let_go_past_it() {
        let mut reader = withholding();
        let begun = Bytes::from(vec![b'x'; HELD_MAX_BYTES]);

        assert_eq!(reader.feed(begun.clone(), false), "");
        let passed = reader.feed("y".into(), false);
        assert_eq!(passed.len(), HELD_MAX_BYTES + 1);

        assert_eq!(reader.feed("z".into(), false), "z");
        assert_eq!(reader.feed(format!("\n\n{USAGE}\n\n").into(), true), "\n\n");
        assert_eq!(reader.reading().usage, used());
    }
}

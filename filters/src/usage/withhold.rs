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
        let mut at = self.rest_of_withheld(&chunk);
        self.events.advance(&chunk[..at], tally);
        let mut passed = Passed { chunk: &chunk, before: BytesMut::new(), from: at };
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

    /// The length of the `\n` that belongs to an event that was taken out at its `\r`.
    fn rest_of_withheld(&self, chunk: &[u8]) -> usize {
        usize::from(
            self.has_withheld && self.events.is_after_return() && chunk.first() == Some(&b'\n'),
        )
    }

    /// Passes the event that ends with `from..to` of the chunk, or takes it out.
    fn end_event(&mut self, from: usize, to: usize, passed: &mut Passed<'_>, tally: &mut Tally) {
        let held = self.held.split();
        self.has_withheld =
            !self.is_let_go && self.events.has_whole_document() && tally.is_usage_only();
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

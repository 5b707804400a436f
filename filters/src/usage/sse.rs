//! Where the events of an event stream end, and what of it is data. Follows the standard: any line end, comments,
//! `data` with and without a space, several `data` lines to an event, a byte order mark.

use memchr::memchr2;

use super::json::Scanner;
use super::tally::Tally;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const DATA: &[u8] = b"data:";
/// What ends the streams of OpenAI's dialect in place of a document.
const DONE: &[u8] = b"[DONE]";

/// The lines of one event stream, cut anywhere.
#[derive(Debug)]
pub(super) struct EventStream {
    scanner: Scanner,
    line: Line,
    /// A line ended in `\r`: a `\n` that comes next belongs to it.
    is_after_return: bool,
    has_data: bool,
    done: Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// At the very start: so much of a byte order mark.
    Mark(usize),
    /// So much of `data:`.
    Name(usize),
    /// Behind the colon, where one space is not data.
    Colon,
    Data,
    /// A comment, or a field that says nothing about usage.
    Other,
}

/// How much of `[DONE]` the data of an event has spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    SoFar(usize),
    No,
}

impl EventStream {
    pub(super) fn new(scanner: Scanner) -> Self {
        let (line, done) = (Line::Mark(0), Done::SoFar(0));
        Self { scanner, line, is_after_return: false, has_data: false, done }
    }

    /// Whether a `\n` that comes next belongs to what came before.
    pub(super) fn is_after_return(&self) -> bool {
        self.is_after_return
    }

    /// Whether the data of the event read last is one JSON document, from end to end.
    pub(super) fn has_whole_document(&self) -> bool {
        self.scanner.is_complete()
    }

    /// Reads up to the end of an event, its empty line included, and returns the number of bytes read; or reads all
    /// there is and returns `None`. What the event said can be asked until [`Self::end_event`].
    pub(super) fn advance(&mut self, bytes: &[u8], tally: &mut Tally) -> Option<usize> {
        let mut at = self.rest_of_line_end(bytes);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let Some(length) = memchr2(b'\n', b'\r', rest) else {
                self.line(rest, tally);
                return None;
            };
            self.line(&rest[..length], tally);
            at += length + self.line_end(&rest[length..]);
            if self.was_empty_line() {
                return Some(at);
            }
        }
        None
    }

    /// Closes the account of an event, or of the unfinished one that a stream ends with.
    pub(super) fn end_event(&mut self, tally: &mut Tally) {
        tally.is_finished |= self.done == Done::SoFar(DONE.len());
        tally.end_document();
        self.scanner.reset();
        (self.has_data, self.done) = (false, Done::SoFar(0));
    }

    /// The length of the `\n` that a `\r` at the end of the last chunk was waiting for.
    fn rest_of_line_end(&mut self, bytes: &[u8]) -> usize {
        let Some(first) = bytes.first() else { return 0 };
        usize::from(std::mem::take(&mut self.is_after_return) && *first == b'\n')
    }

    fn line_end(&mut self, bytes: &[u8]) -> usize {
        self.is_after_return = bytes == b"\r";
        if bytes.starts_with(b"\r\n") { 2 } else { 1 }
    }

    fn was_empty_line(&mut self) -> bool {
        let line = std::mem::replace(&mut self.line, Line::Name(0));
        matches!(line, Line::Name(0) | Line::Mark(0))
    }

    /// Reads on in a line.
    fn line(&mut self, piece: &[u8], tally: &mut Tally) {
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            (self.line, rest) = match self.line {
                Line::Data => return self.data(rest, tally),
                Line::Mark(read) if BYTE_ORDER_MARK[read] == byte => (next_in_mark(read), after),
                Line::Mark(0) => (Line::Name(0), rest),
                Line::Name(read) if DATA[read] == byte => (self.next_in_name(read, tally), after),
                Line::Colon => (Line::Data, if byte == b' ' { after } else { rest }),
                Line::Mark(_) | Line::Name(_) | Line::Other => {
                    self.line = Line::Other;
                    return;
                }
            };
        }
    }

    fn next_in_name(&mut self, read: usize, tally: &mut Tally) -> Line {
        if read + 1 < DATA.len() {
            return Line::Name(read + 1);
        }
        if self.has_data {
            // Several data lines make one text, with line ends between them.
            self.data(b"\n", tally);
        }
        self.has_data = true;
        Line::Colon
    }

    fn data(&mut self, piece: &[u8], tally: &mut Tally) {
        if let Done::SoFar(read) = self.done {
            self.done = match DONE[read..].strip_prefix(piece) {
                Some(left) => Done::SoFar(DONE.len() - left.len()),
                None => Done::No,
            };
        }
        self.scanner.feed(piece, tally);
    }
}

fn next_in_mark(read: usize) -> Line {
    if read + 1 < BYTE_ORDER_MARK.len() { Line::Mark(read + 1) } else { Line::Name(0) }
}

#[cfg(test)]
mod tests {
    use crate::endpoint::UsageFormat::OpenAiChat;
    use crate::usage::Framing::EventStream;
    use crate::usage::fixture::learn;

    const REPORT: &str = "{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}";

    fn output_of(body: &str) -> Option<u64> {
        learn(OpenAiChat, EventStream, body).usage.map(|usage| usage.output_tokens)
    }

    #[test]
    fn what_is_not_data_is_not_read() {
        for body in [
            format!(": {REPORT}\n\n"),
            format!("event: {REPORT}\n\n"),
            format!("dat: {REPORT}\n\n"),
            format!("data {REPORT}\n\n"),
            format!("datax: {REPORT}\n\n"),
            format!(" data: {REPORT}\n\n"),
            format!("{REPORT}\n\n"),
        ] {
            assert_eq!(output_of(&body), None, "{body}");
        }
    }

    #[test]
    fn data_is_read_as_the_standard_has_it() {
        for body in [
            format!("data: {REPORT}\n\n"),
            format!("data:{REPORT}\n\n"),
            format!("data:  {REPORT}  \r\n\r\n"),
            format!("\u{feff}data: {REPORT}\r\r"),
            format!("id: 7\nevent: x\ndata: {REPORT}\nretry: 3\n\n"),
            format!(": PROCESSING\n\n: PROCESSING\n\ndata: {REPORT}\n\n"),
            format!("data: [DONE]\n\ndata: {REPORT}\n\n"),
            format!("data: {REPORT}"),
            format!("data: {{broken\n\ndata: {REPORT}\n\n"),
        ] {
            assert_eq!(output_of(&body), Some(4), "{body}");
        }
    }

    #[test]
    fn several_data_lines_make_one_document() {
        let body = "data: {\"usage\":\ndata: {\"prompt_tokens\":3,\ndata:\r\ndata: \"completion_tokens\":4}}\n\n";

        assert_eq!(output_of(body), Some(4));
    }

    #[test]
    fn two_events_are_not_one_document() {
        let body = "data: {\"usage\":\n\ndata: {\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n";

        assert_eq!(output_of(body), None);
    }

    #[test]
    fn only_the_word_itself_ends_a_stream() {
        for (body, finished) in [
            ("data: [DONE]\n\n", true),
            ("data:[DONE]\r\r", true),
            ("data: [DONE]", true),
            ("data: [DONE]x\n\n", false),
            ("data: [DON\n\n", false),
            ("data: \"[DONE]\"\n\n", false),
            ("data: [DO\ndata: NE]\n\n", false),
            ("event: [DONE]\n\n", false),
            ("", false),
            ("\n\n\n\r\n\r\r", false),
        ] {
            assert_eq!(learn(OpenAiChat, EventStream, body).finished, finished, "{body:?}");
        }
    }
}

//! Reads a JSON text as its bytes come, and tells a sink about the places that a [`Node`] tree names.
//!
//! Nothing is kept of a document but where we are in it, so an answer of any size is read in constant memory and a cut
//! between two bytes makes no difference. Everything the tree does not name is skipped at the speed of `memchr`. This
//! is no validator: text that is not JSON yields nothing from the first byte on that cannot be followed.

use memchr::memchr2;

use super::layout::{Meaning, Node};

/// Keys, numbers and words are read up to this size; nothing that we look for is longer.
const TOKEN_MAX_BYTES: usize = 128;

/// What a scanner finds, in document order.
pub(super) trait Sink {
    /// An object or a list begins.
    fn open(&mut self, meaning: Meaning);
    /// It is complete.
    fn close(&mut self, meaning: Meaning);
    /// One more element of a list begins.
    fn element(&mut self, meaning: Meaning);
    /// An element that is an object is complete.
    fn element_end(&mut self, meaning: Meaning);
    fn scalar(&mut self, meaning: Meaning, scalar: Scalar<'_>);
    /// A piece of a string that means text, its escapes still in it.
    fn text(&mut self, piece: &[u8]);
}

/// A value that is read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Null,
    /// A number, or a word that JSON does not know.
    Number(&'a [u8]),
    /// A string of up to 128 bytes, escapes and all.
    Word(&'a [u8]),
    /// Anything else: a longer string, a boolean, an object or array where none was expected.
    Other,
}

/// Where a scanner is in its document. A few hundred bytes, whatever the document.
#[derive(Debug)]
pub(super) struct Scanner {
    root: &'static Node,
    /// The objects and lists we are inside of: as many as the tree is deep.
    frames: Vec<Frame>,
    state: State,
    /// What the value that comes next means, if anything.
    next: Option<&'static Node>,
    token: Token,
    /// Whether the last byte was a backslash in a string.
    is_escaped: bool,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    node: &'static Node,
    container: Container,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Object,
    List,
    /// An object that is an element of a list.
    Element,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    /// A value, or the end of a list that has none.
    FirstElement,
    Member,
    Key,
    Colon,
    AfterValue,
    Text,
    Word,
    UnreadString,
    Number,
    UnreadNumber,
    /// Inside an object or array that the tree does not name. A tree of text is passed on, without its white space.
    Unread {
        depth: u64,
        in_string: bool,
        is_text: bool,
    },
    Complete,
    /// Not JSON: nothing more is read until the next document.
    Broken,
}

impl Scanner {
    pub(super) fn new(root: &'static Node) -> Self {
        let (frames, token) = (Vec::new(), Token::default());
        Self { root, frames, state: State::Value, next: Some(root), token, is_escaped: false }
    }

    /// Forgets the document, for the next one.
    pub(super) fn reset(&mut self) {
        self.frames.clear();
        self.token.clear();
        (self.state, self.next, self.is_escaped) = (State::Value, Some(self.root), false);
    }

    /// Whether a whole document has been read.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let read = match self.state {
                State::Complete | State::Broken => return,
                State::Key | State::Text | State::Word | State::UnreadString => {
                    self.string(rest, sink)
                }
                State::Number | State::UnreadNumber => self.number(rest, sink),
                State::Unread { .. } => self.unread(rest, sink),
                _ if byte.is_ascii_whitespace() => 1,
                _ => {
                    self.structure(byte, sink);
                    // The first byte of a number is read again, as part of it.
                    usize::from(!matches!(self.state, State::Number | State::UnreadNumber))
                }
            };
            rest = &rest[read..];
        }
    }

    fn structure(&mut self, byte: u8, sink: &mut impl Sink) {
        match (self.state, byte) {
            (State::Member, b'"') => self.state = State::Key,
            (State::Colon, b':') => self.state = State::Value,
            (State::Member | State::AfterValue, b'}') => self.close(b'}', sink),
            (State::FirstElement | State::AfterValue, b']') => self.close(b']', sink),
            (State::AfterValue, b',') => self.comma(sink),
            (State::FirstElement, _) => {
                self.begin_element(sink);
                self.begin_value(byte, sink);
            }
            (State::Value, _) => self.begin_value(byte, sink),
            _ => self.state = State::Broken,
        }
    }

    fn comma(&mut self, sink: &mut impl Sink) {
        match self.frames.last() {
            Some(Frame { container: Container::List, .. }) => self.begin_element(sink),
            _ => self.state = State::Member,
        }
    }

    fn begin_element(&mut self, sink: &mut impl Sink) {
        self.state = State::Value;
        self.next = self.frames.last().map(|list| list.node);
        if let Some(node) = self.next {
            sink.element(node.meaning);
        }
    }

    fn begin_value(&mut self, byte: u8, sink: &mut impl Sink) {
        let node = self.next.take();
        match byte {
            b'"' => self.begin_string(node),
            b'{' => self.begin_object(node, sink),
            b'[' => self.begin_array(node, sink),
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.state = if node.is_some() { State::Number } else { State::UnreadNumber };
                self.next = node;
            }
            _ => self.state = State::Broken,
        }
    }

    fn begin_string(&mut self, node: Option<&'static Node>) {
        self.state = match node.map(|node| node.meaning) {
            None | Some(Meaning::Passage) => State::UnreadString,
            Some(Meaning::Text) => State::Text,
            Some(_) => State::Word,
        };
        self.next = node;
    }

    fn begin_object(&mut self, node: Option<&'static Node>, sink: &mut impl Sink) {
        match node {
            Some(node) if !node.members.is_empty() => {
                let container =
                    if self.is_in_list() { Container::Element } else { Container::Object };
                self.frames.push(Frame { node, container });
                if container == Container::Object {
                    sink.open(node.meaning);
                }
                self.state = State::Member;
            }
            other => self.begin_unread(other, b'{', sink),
        }
    }

    fn begin_array(&mut self, node: Option<&'static Node>, sink: &mut impl Sink) {
        match node {
            Some(node) if node.is_list && !self.is_in_list() => {
                self.frames.push(Frame { node, container: Container::List });
                sink.open(node.meaning);
                self.state = State::FirstElement;
            }
            other => self.begin_unread(other, b'[', sink),
        }
    }

    /// Whether the innermost thing we are in is a list of what the tree names.
    fn is_in_list(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { container: Container::List, .. }))
    }

    fn begin_unread(&mut self, node: Option<&'static Node>, bracket: u8, sink: &mut impl Sink) {
        let is_text = node.is_some_and(|node| node.meaning == Meaning::Text);
        if is_text {
            sink.text(&[bracket]);
        } else if let Some(node) = node {
            sink.scalar(node.meaning, Scalar::Other);
        }
        self.state = State::Unread { depth: 1, in_string: false, is_text };
    }

    fn close(&mut self, bracket: u8, sink: &mut impl Sink) {
        let Some(Frame { node, container }) = self.frames.pop() else {
            self.state = State::Broken;
            return;
        };
        if (container == Container::List) != (bracket == b']') {
            self.state = State::Broken;
            return;
        }
        self.state = if self.frames.is_empty() { State::Complete } else { State::AfterValue };
        match container {
            Container::Element => sink.element_end(node.meaning),
            Container::Object | Container::List => sink.close(node.meaning),
        }
    }

    /// Reads on in a string; its opening quote is behind us.
    fn string(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let (length, is_over) = run_of_string(bytes, &mut self.is_escaped);
        match self.state {
            State::Text => sink.text(&bytes[..length]),
            State::Key | State::Word => self.token.push(&bytes[..length]),
            _ => {}
        }
        if !is_over {
            return length;
        }
        match self.state {
            State::Key => self.end_key(),
            State::Word => self.end_word(sink),
            _ => self.end_value(),
        }
        length + 1
    }

    fn end_key(&mut self) {
        let object = self.frames.last().map(|frame| frame.node);
        self.next = self.token.whole().and_then(|name| object?.member(name));
        self.token.clear();
        self.state = State::Colon;
    }

    fn end_word(&mut self, sink: &mut impl Sink) {
        let scalar = self.token.whole().map_or(Scalar::Other, Scalar::Word);
        if let Some(node) = self.next {
            sink.scalar(node.meaning, scalar);
        }
        self.end_value();
    }

    fn end_value(&mut self) {
        self.token.clear();
        self.state = if self.frames.is_empty() { State::Complete } else { State::AfterValue };
    }

    /// Reads on in a number, or in one of JSON's three words: up to the byte that cannot be part of it.
    fn number(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len());
        if self.state == State::Number {
            self.token.push(&bytes[..length]);
        }
        if length < bytes.len() {
            self.end_number(sink);
        }
        length
    }

    fn end_number(&mut self, sink: &mut impl Sink) {
        let scalar = match self.token.whole() {
            Some(b"null") => Scalar::Null,
            Some(b"true" | b"false") | None => Scalar::Other,
            Some(number) => Scalar::Number(number),
        };
        if let (State::Number, Some(node)) = (self.state, self.next) {
            sink.scalar(node.meaning, scalar);
        }
        self.end_value();
    }

    /// Reads on in something the tree does not name.
    fn unread(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let State::Unread { mut depth, mut in_string, is_text } = self.state else { return 0 };
        let mut at = 0;
        while at < bytes.len() {
            let (from, was_in_string) = (at, in_string);
            if in_string {
                let (length, is_over) = run_of_string(&bytes[at..], &mut self.is_escaped);
                at += length + usize::from(is_over);
                in_string = !is_over;
            } else {
                match bytes[at] {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
            }
            if is_text && (was_in_string || !bytes[from].is_ascii_whitespace()) {
                sink.text(&bytes[from..at]);
            }
            if depth == 0 {
                self.end_value();
                return at;
            }
        }
        self.state = State::Unread { depth, in_string, is_text };
        at
    }
}

/// How many of `bytes` are still in a string that began before them, and whether the next one is its closing quote.
fn run_of_string(bytes: &[u8], is_escaped: &mut bool) -> (usize, bool) {
    let mut at = usize::from(std::mem::take(is_escaped));
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return (at, true);
        }
        at += 2;
    }
    *is_escaped = at > bytes.len();
    (bytes.len(), false)
}

/// A short run of bytes, whole or known to be too long.
#[derive(Debug)]
struct Token {
    bytes: [u8; TOKEN_MAX_BYTES],
    length: usize,
    is_too_long: bool,
}

impl Default for Token {
    fn default() -> Self {
        Self { bytes: [0; TOKEN_MAX_BYTES], length: 0, is_too_long: false }
    }
}

impl Token {
    fn push(&mut self, more: &[u8]) {
        match self.bytes.get_mut(self.length..self.length + more.len()) {
            Some(room) => {
                room.copy_from_slice(more);
                self.length += more.len();
            }
            None => self.is_too_long = true,
        }
    }

    fn whole(&self) -> Option<&[u8]> {
        (!self.is_too_long).then(|| &self.bytes[..self.length])
    }

    fn clear(&mut self) {
        (self.length, self.is_too_long) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::layout::{Count, TEXT, count, list, object, report, value};

    static TREE: Node = object(&[
        ("usage", report(&[("n", count(Count::Prompt))])),
        ("list", list(&[("text", TEXT)]).meaning(Meaning::Choices)),
        ("model", value(Meaning::Model)),
        ("text", TEXT),
    ]);

    /// Writes down what it is told.
    #[derive(Default)]
    struct Log(String);

    impl Sink for Log {
        fn open(&mut self, meaning: Meaning) {
            self.0 += &format!("open {meaning:?}; ");
        }
        fn close(&mut self, meaning: Meaning) {
            self.0 += &format!("close {meaning:?}; ");
        }
        fn element(&mut self, _: Meaning) {
            self.0 += "element; ";
        }
        fn element_end(&mut self, _: Meaning) {
            self.0 += "element end; ";
        }
        fn scalar(&mut self, meaning: Meaning, scalar: Scalar<'_>) {
            let shown = match scalar {
                Scalar::Number(bytes) | Scalar::Word(bytes) => {
                    String::from_utf8_lossy(bytes).into_owned()
                }
                other => format!("{other:?}"),
            };
            self.0 += &format!("{meaning:?} {shown}; ");
        }
        fn text(&mut self, piece: &[u8]) {
            self.0 += &String::from_utf8_lossy(piece);
        }
    }

    /// What a scanner tells of a document, inside the object that is its root; the same for every cut.
    #[track_caller]
    fn told(document: &str) -> (String, bool) {
        let tell = |pieces: &[&[u8]]| {
            let (mut scanner, mut log) = (Scanner::new(&TREE), Log::default());
            pieces.iter().for_each(|piece| scanner.feed(piece, &mut log));
            let inside = log
                .0
                .trim_start_matches("open Passage; ")
                .trim_end_matches("close Passage; ")
                .to_owned();
            (inside, scanner.is_complete())
        };
        let whole = tell(&[document.as_bytes()]);
        for at in 0..document.len() {
            let (head, tail) = document.as_bytes().split_at(at);
            assert_eq!(tell(&[head, tail]), whole, "cut at {at}");
        }
        whole
    }

    #[test]
    fn what_is_not_json_is_not_complete() {
        for document in [
            "",
            "{",
            "{]",
            "}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\" 1}",
            "{1:2}",
            "{\"usage\":{\"n\":5]",
            "{\"text\":\"a",
            "@",
        ] {
            assert!(!told(document).1, "{document}");
        }
    }

    #[test]
    fn a_token_is_read_up_to_its_bound() {
        let model = |length: usize| told(&format!(r#"{{"model":"{}"}}"#, "m".repeat(length))).0;

        assert_eq!(model(0), "Model ; ");
        assert_eq!(model(TOKEN_MAX_BYTES), format!("Model {}; ", "m".repeat(TOKEN_MAX_BYTES)));
        assert_eq!(model(TOKEN_MAX_BYTES + 1), "Model Other; ");
    }

    #[test]
    fn a_key_that_is_too_long_is_nobodys() {
        let document = format!(r#"{{"usage{}":{{"n":1}},"model":"m"}}"#, "e".repeat(300));

        assert_eq!(told(&document), ("Model m; ".to_owned(), true));
    }

    #[test]
    fn what_the_tree_does_not_name_is_skipped_with_all_that_is_in_it() {
        let document = r#"{"a":{"usage":{"n":1},"s":"}\"]\\"},"b":[[{"model":"x"}],"]"],"c":-1.5e3,"d":null,"model":"m"}"#;

        assert_eq!(told(document), ("Model m; ".to_owned(), true));
    }

    #[test]
    fn what_the_tree_names_is_told_in_order() {
        let document = r#" { "usage" : { "n" : 12 , "x" : 1 } , "list":[ {"text":"a\"b"} , {} ], "model":null } "#;

        let expected = "open Report; Prompt 12; close Report; open Choices; element; a\\\"belement end; element; \
                        element end; close Choices; Model Null; ";
        assert_eq!(told(document), (expected.replace("Prompt 12", "Count(Prompt) 12"), true));
    }

    #[test]
    fn a_value_of_another_kind_than_the_tree_says_is_told_as_such() {
        assert_eq!(told(r#"{"usage":[{"n":1}],"list":{"text":"a"},"model":{"n":1}}"#).0, {
            "Report Other; open Choices; aclose Choices; Model Other; "
        });
        assert_eq!(
            told(r#"{"usage":{"n":[1]}}"#).0,
            "open Report; Count(Prompt) Other; close Report; "
        );
    }

    #[test]
    fn a_tree_of_text_is_passed_on_without_its_white_space() {
        let document = "{\"text\": {\"a\" : [1,\n\t\"b \\\" c\"], \"d\": {}}, \"model\":\"m\"}";

        assert_eq!(told(document).0, r#"{"a":[1,"b \" c"],"d":{}}Model m; "#);
    }

    #[test]
    fn nesting_has_no_bound_because_it_costs_nothing() {
        let deep = "[".repeat(100_000);
        let (mut scanner, mut log) = (Scanner::new(&TREE), Log::default());

        scanner.feed(format!(r#"{{"a":{deep}"#).as_bytes(), &mut log);
        scanner.feed("]".repeat(100_000).as_bytes(), &mut log);
        scanner.feed(br#","model":"m"}"#, &mut log);

        assert!(log.0.ends_with("Model m; close Passage; ") && scanner.is_complete());
    }
}

//! Reads a JSON text as its bytes come, and tells a sink about the places that a [`Node`] tree names.
//!
//! Nothing is kept of a document but where we are in it, so an answer of any size is read in constant memory and a cut
//! between two bytes makes no difference. Everything the tree does not name is skipped at the speed of `memchr`. This
//! is no validator: text that is not JSON yields nothing from the first byte on that cannot be followed.

mod token;

use memchr::memchr2;

use self::token::Token;
use super::layout::{Meaning, Node};

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
                State::Key | State::Text | State::Word | State::UnreadString => self.string(rest, sink),
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
                let container = if self.is_in_list() { Container::Element } else { Container::Object };
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
        let run = &bytes[..length];
        match (self.state, is_over) {
            (State::Key, true) => self.end_key(run),
            (State::Word, true) => self.end_word(run, sink),
            (State::Key | State::Word, false) => self.token.push(run),
            (State::Text, _) => sink.text(run),
            _ => {}
        }
        if is_over && matches!(self.state, State::Text | State::Word | State::UnreadString) {
            self.end_value();
        }
        length + usize::from(is_over)
    }

    fn end_key(&mut self, run: &[u8]) {
        let object = self.frames.last().map(|frame| frame.node);
        self.next = self.token.whole_with(run).and_then(|name| object?.member(name));
        self.token.clear();
        self.state = State::Colon;
    }

    fn end_word(&mut self, run: &[u8], sink: &mut impl Sink) {
        let scalar = self.token.whole_with(run).map_or(Scalar::Other, Scalar::Word);
        if let Some(node) = self.next {
            sink.scalar(node.meaning, scalar);
        }
    }

    fn end_value(&mut self) {
        self.token.clear();
        self.state = if self.frames.is_empty() { State::Complete } else { State::AfterValue };
    }

    /// Reads on in a number, or in one of JSON's three words: up to the byte that cannot be part of it.
    fn number(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len());
        let run = &bytes[..length];
        match (self.state, length < bytes.len()) {
            (State::Number, true) => self.end_number(run, sink),
            (State::Number, false) => self.token.push(run),
            (_, true) => self.end_value(),
            (_, false) => {}
        }
        length
    }

    fn end_number(&mut self, run: &[u8], sink: &mut impl Sink) {
        let scalar = match self.token.whole_with(run) {
            Some(b"null") => Scalar::Null,
            Some(b"true" | b"false") | None => Scalar::Other,
            Some(number) => Scalar::Number(number),
        };
        if let Some(node) = self.next {
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

#[cfg(test)]
mod tests;

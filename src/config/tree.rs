//! YAML as typed: every key and value with its place, and every scalar with its own text.
//!
//! Not serde: one wrong value must not hide the mistakes after it, a complaint needs the place of a key as much as that
//! of a value, and money is read from the digits that were typed, never from a float. So this walks the events of
//! serde-saphyr's own parser. What the values mean is not known here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::mistake::{Mistake, Place};

/// Values in one file, those repeated by aliases included: what keeps a file of nested aliases from filling memory.
const NODES_MAX: usize = 500_000;
/// Lists and mappings within each other.
const NESTING_MAX: usize = 64;

/// A value. Does not print itself: it may be a secret.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Map),
}

/// One scalar, as typed.
#[derive(Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Without quotes: the only form in which `5` is a number and `null` is nothing.
    pub(super) is_plain: bool,
}

/// A mapping, in the order of the file.
#[derive(Clone, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

impl Node {
    /// Whether it says nothing: `null`, `~` or no text at all.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// What it is, for complaints.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::Scalar(_) => 1,
            Value::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Value::Map(map) => 1 + map.entries.iter().map(|entry| entry.node.size()).sum::<usize>(),
        }
    }
}

impl Scalar {
    pub(super) fn is_null(&self) -> bool {
        self.is_plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Map {
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Reads one YAML document. What breaks the YAML itself ends the reading; repeated keys are all reported.
pub(super) fn parse(file: &Arc<PathBuf>, text: &str, mistakes: &mut Vec<Mistake>) -> Option<Node> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.block_nesting_limit = NESTING_MAX;
    options.flow_nesting_limit = NESTING_MAX;
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { parser, file, mistakes, anchors: HashMap::new(), nodes: 0 };
    match reader.document() {
        Ok(node) => Some(node),
        Err(fatal) => {
            mistakes.push(fatal);
            None
        }
    }
}

struct Reader<'text, 'a> {
    parser: Parser<'text, StrInput<'text>>,
    file: &'a Arc<PathBuf>,
    mistakes: &'a mut Vec<Mistake>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'text> Reader<'text, '_> {
    fn document(&mut self) -> Result<Node, Mistake> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(Mistake::at(self.place(span), "a second YAML document: a config file is one"));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                event => root = Some(self.node(event, span)?),
            }
        }
        let empty = Node { place: Place::start_of(self.file), value: Value::Map(Map::default()) };
        Ok(root.filter(|root| !root.is_null()).unwrap_or(empty))
    }

    fn node(&mut self, event: Event<'text>, span: Span) -> Result<Node, Mistake> {
        let place = self.place(span);
        self.count(1, &place)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, &place),
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.is_text(tag.as_deref(), &place);
                let is_plain = style == ScalarStyle::Plain && !is_text;
                (Value::Scalar(Scalar { text: text.into_owned(), is_plain }), anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.list()?, anchor),
            Event::MappingStart(_, anchor, _) => (self.map()?, anchor),
            _ => return Err(Mistake::at(place, "this YAML cannot be read here")),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, place: &Place) -> Result<Node, Mistake> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(Mistake::at(place.clone(), "this alias stands inside of what it repeats"));
        };
        self.count(node.size(), place)?;
        Ok(node)
    }

    fn list(&mut self) -> Result<Value, Mistake> {
        let mut items = Vec::new();
        loop {
            match self.expect_next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, Mistake> {
        let mut map = Map::default();
        let mut merged = Vec::new();
        loop {
            let key = match self.expect_next()? {
                (Event::MappingEnd, _) => break,
                (event, span) => self.node(event, span)?,
            };
            let (event, span) = self.expect_next()?;
            let node = self.node(event, span)?;
            match key.value {
                Value::Scalar(Scalar { text, is_plain: true }) if text == "<<" => merged.push(node),
                Value::Scalar(Scalar { text, .. }) => self.put(&mut map, text, key.place, node),
                _ => self.mistakes.push(Mistake::at(key.place, "a key must be a single word")),
            }
        }
        for node in merged {
            self.merge(&mut map, node);
        }
        Ok(Value::Map(map))
    }

    fn put(&mut self, map: &mut Map, key: String, key_place: Place, node: Node) {
        match map.entry(&key) {
            Some(first) => {
                let message =
                    format!("`{key}` is here for the second time; the first is in line {}", first.key_place.line);
                self.mistakes.push(Mistake::at(key_place, message));
            }
            None => map.entries.push(Entry { key, key_place, node }),
        }
    }

    /// Takes over what `<<` names; what the mapping says itself stands, and so does the earlier of two merged ones.
    fn merge(&mut self, map: &mut Map, node: Node) {
        match node.value {
            Value::Map(other) => {
                let new = other.entries.into_iter().filter(|entry| map.entry(&entry.key).is_none());
                map.entries.extend(new.collect::<Vec<_>>());
            }
            Value::List(items) => items.into_iter().for_each(|item| self.merge(map, item)),
            Value::Scalar(_) => self.mistakes.push(Mistake::at(node.place, "`<<` merges mappings only")),
        }
    }

    /// Whether a tag makes a scalar text. A tag of somebody's own is a mistake: nothing here would obey it.
    fn is_text(&mut self, tag: Option<&Tag>, place: &Place) -> bool {
        match tag.map(|tag| (tag, tag.core_suffix())) {
            None => false,
            Some((_, Some(suffix))) => suffix == "str",
            Some((tag, None)) => {
                self.mistakes.push(Mistake::at(place.clone(), format!("the tag `{}` is not known", tag.original())));
                false
            }
        }
    }

    fn count(&mut self, nodes: usize, place: &Place) -> Result<(), Mistake> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(Mistake::at(place.clone(), format!("more than {NODES_MAX} values, aliases counted")));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(Event<'text>, Span)>, Mistake> {
        self.parser.next_event().transpose().map_err(|error| self.not_yaml(&error))
    }

    fn expect_next(&mut self) -> Result<(Event<'text>, Span), Mistake> {
        self.next()?.ok_or_else(|| Mistake::at(Place::start_of(self.file), "the file ends in the middle"))
    }

    fn not_yaml(&self, error: &ScanError) -> Mistake {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        Mistake::at(Place { file: self.file.clone(), line, column }, format!("not YAML: {}", error.info()))
    }

    fn place(&self, span: Span) -> Place {
        Place { file: self.file.clone(), line: span.start.line(), column: span.start.col() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<String>) {
        let mut mistakes = Vec::new();
        let node = parse(&Arc::new(PathBuf::from("c.yaml")), text, &mut mistakes);
        (node, mistakes.iter().map(ToString::to_string).collect())
    }

    fn entry(node: &Node, key: &str) -> (String, usize, usize) {
        let Value::Map(map) = &node.value else { panic!("no mapping") };
        let node = &map.entry(key).unwrap().node;
        let Value::Scalar(scalar) = &node.value else { panic!("no scalar") };
        (scalar.text.clone(), node.place.line, node.place.column)
    }

    #[test]
    fn every_repeated_key_is_reported_and_the_first_one_stands() {
        let (node, mistakes) = read("a: 1\nb: 2\na: 3\nb: 4\n");

        assert_eq!(
            mistakes,
            [
                "c.yaml:3:1: `a` is here for the second time; the first is in line 1",
                "c.yaml:4:1: `b` is here for the second time; the first is in line 2",
            ]
        );
        assert_eq!(entry(&node.unwrap(), "a").0, "1");
    }

    #[test]
    fn what_is_not_yaml_is_reported_where_it_stops_being_yaml() {
        let (node, mistakes) = read("a: [1, 2\nb: 3\n");

        assert!(node.is_none());
        assert!(mistakes[0].starts_with("c.yaml:2:"), "{mistakes:?}");
    }

    #[test]
    fn digits_stay_as_they_were_typed_and_places_count_from_one() {
        let (node, mistakes) = read("a:\n  0.000000000003\nb: \"x\"\n");

        let node = node.unwrap();
        assert!(mistakes.is_empty());
        assert_eq!(entry(&node, "a"), ("0.000000000003".into(), 2, 3));
        assert_eq!(entry(&node, "b"), ("x".into(), 3, 4));
    }

    #[test]
    fn a_merged_mapping_gives_way_to_what_is_typed() {
        let (node, mistakes) = read("base: &base {x: 1, y: 2}\n<<: *base\ny: 3\n");

        let node = node.unwrap();
        assert!(mistakes.is_empty());
        assert_eq!((entry(&node, "x").0, entry(&node, "y").0), ("1".into(), "3".into()));
    }

    #[test]
    fn aliases_of_aliases_cannot_fill_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
        }

        let (node, mistakes) = read(&text);

        assert!(node.is_none());
        assert!(mistakes[0].contains("more than 500000 values"), "{mistakes:?}");
    }

    #[test]
    fn nesting_ends_at_its_bound() {
        assert!(read(&("[".repeat(NESTING_MAX) + &"]".repeat(NESTING_MAX))).1.is_empty());
        assert!(!read(&("[".repeat(NESTING_MAX + 1) + &"]".repeat(NESTING_MAX + 1))).1.is_empty());
    }

    #[test]
    fn an_empty_file_is_an_empty_mapping_and_a_second_document_a_mistake() {
        assert!(matches!(read("# nothing\n").0.unwrap().value, Value::Map(map) if map.entries.is_empty()));
        assert_eq!(read("a: 1\n---\nb: 2\n").1.len(), 1);
    }
}

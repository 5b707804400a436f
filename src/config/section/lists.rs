//! What a section holds several of: words, addresses, further sections, names with something each, prices.

use std::net::SocketAddr;

use super::values::address;
use super::{Expanded, Placed, Section};
use crate::config::schema::Shape;
use crate::config::tree::{Entry, Node, Value};

impl<'a> Section<'a> {
    /// A list of words, or the single one.
    pub(in crate::config) fn words(&self, key: &str) -> Vec<Placed> {
        if !self.has(key) {
            return self.default_words(key);
        }
        let placed = |word: Expanded<'_>| Placed { value: word.text, place: word.place.clone() };
        self.scalars(key).into_iter().map(placed).collect()
    }

    /// A list of addresses, or the single one.
    pub(in crate::config) fn addresses(&self, key: &str) -> Vec<SocketAddr> {
        if !self.has(key) {
            let defaults = self.default_words(key).into_iter();
            return defaults.filter_map(|word| address(&word.value).ok()).collect();
        }
        let read = |word: Expanded<'_>| {
            let address = address(&word.text);
            if let Err(reason) = &address {
                self.complain(word.place, format!("`{}`: {:?} {reason}", self.path_of(key), word.typed));
            }
            address.ok()
        };
        self.scalars(key).into_iter().filter_map(read).collect()
    }

    fn scalars(&self, key: &str) -> Vec<Expanded<'a>> {
        let items = match self.typed(key) {
            None => &[],
            Some(node) => match &node.value {
                Value::List(items) => items.as_slice(),
                _ => std::slice::from_ref(node),
            },
        };
        items.iter().filter_map(|item| self.scalar_in(key, item)).collect()
    }

    fn default_words(&self, key: &str) -> Vec<Placed> {
        let default = self.default_of(key);
        let words = default.trim_matches(['[', ']']).split(", ").map(|word| word.trim_matches('"'));
        let words = words.filter(|word| !word.is_empty() && *word != "null");
        words.map(|word| Placed { value: word.to_owned(), place: self.place.clone() }).collect()
    }

    /// The section at a key, at its defaults where it is left out.
    pub(in crate::config) fn section(&self, key: &str) -> Section<'a> {
        let Shape::Section(schema) = self.shape(key) else { unreachable!("`{key}` is a section in the table") };
        match self.typed(key) {
            Some(node) => Section::open(schema, node, self.reading),
            None => Section { schema, map: None, place: self.place, reading: self.reading },
        }
    }

    /// The sections listed at a key.
    pub(in crate::config) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Shape::Sections(schema) = self.shape(key) else {
            unreachable!("`{key}` is a list of sections in the table")
        };
        self.items(key).iter().map(|node| Section::open(schema, node, self.reading)).collect()
    }

    /// The names at a key, each with its section.
    pub(in crate::config) fn named(&self, key: &str) -> Vec<(Placed, Section<'a>)> {
        let Shape::Named(schema) = self.shape(key) else { unreachable!("`{key}` has named sections in the table") };
        let open = |(name, node)| (name, Section::open(schema, node, self.reading));
        self.free(key).into_iter().map(open).collect()
    }

    /// The names at a key, each with whatever is typed there.
    pub(in crate::config) fn free(&self, key: &str) -> Vec<(Placed, &'a Node)> {
        let Some(node) = self.typed(key) else { return Vec::new() };
        let Value::Map(map) = &node.value else {
            self.complain(&node.place, format!("`{}` must be a mapping, not {}", self.path_of(key), node.kind()));
            return Vec::new();
        };
        let named =
            |entry: &'a Entry| (Placed { value: entry.key.clone(), place: entry.key_place.clone() }, &entry.node);
        map.entries.iter().map(named).collect()
    }

    /// The values listed at a key.
    pub(in crate::config) fn items(&self, key: &str) -> &'a [Node] {
        match self.typed(key).map(|node| (&node.value, node)) {
            None => &[],
            Some((Value::List(items), _)) => items,
            Some((_, node)) => {
                self.complain(&node.place, format!("`{}` must be a list, not {}", self.path_of(key), node.kind()));
                &[]
            }
        }
    }

    /// The text of a value inside of a free-form knob.
    pub(in crate::config) fn text_in(&self, key: &str, node: &Node) -> Option<String> {
        self.scalar_in(key, node).map(|scalar| scalar.text)
    }

    /// The keys in which prices per unit are typed, with their text.
    pub(in crate::config) fn price_texts(&self) -> Vec<(&'a str, Placed)> {
        let prices = self.entries().filter(|entry| self.schema.is_price(&entry.key) && !entry.node.is_null());
        let text = |entry: &'a Entry| {
            let scalar = self.scalar_in(&entry.key, &entry.node)?;
            Some((entry.key.as_str(), Placed { value: scalar.text, place: entry.node.place.clone() }))
        };
        prices.filter_map(text).collect()
    }
}

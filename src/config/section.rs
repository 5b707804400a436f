//! One mapping of the file beside the table of what may stand there: the only way in which values are read.
//!
//! Every getter takes the default from the table when nothing is typed, complains with the place when something wrong is
//! typed, and then goes on with the default, so that one mistake does not hide the next.

use jiff::Timestamp;

pub(super) use self::values::not_money;

use super::mistake::{Mistake, Place};
use super::report::Report;
use super::schema::{Knob, Schema, Shape, nearest};
use super::tree::{Entry, Map, Node, Scalar, Value};
use super::variables::Variables;

mod lists;
mod values;

/// What every section is read with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) variables: &'a Variables<'a>,
    pub(super) report: &'a Report,
    pub(super) now: Timestamp,
}

/// A section, typed or left out.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    schema: &'static Schema,
    /// `None`: left out, so that everything is at its default.
    map: Option<&'a Map>,
    place: &'a Place,
    reading: Reading<'a>,
}

/// A scalar with its references looked up.
struct Expanded<'a> {
    text: String,
    /// As it stands in the file: what complaints repeat.
    typed: &'a str,
    /// Not in quotes, or looked up: may be a number.
    is_plain: bool,
    place: &'a Place,
}

/// A text with its place, for complaints that only come up later.
#[derive(Clone)]
pub(super) struct Placed {
    pub(super) value: String,
    pub(super) place: Place,
}

impl<'a> Section<'a> {
    /// Opens a section and complains about every key that does not belong.
    pub(super) fn open(schema: &'static Schema, node: &'a Node, reading: Reading<'a>) -> Self {
        let mut section = Self { schema, map: None, place: &node.place, reading };
        match &node.value {
            Value::Map(map) => section.map = Some(map),
            _ if node.is_null() => {}
            _ => section.complain(&node.place, format!("{} must be a mapping, not {}", section.name(), node.kind())),
        }
        section.entries().for_each(|entry| section.check_key(entry));
        section
    }

    fn check_key(&self, entry: &Entry) {
        let key = entry.key.as_str();
        match self.schema.knob(key) {
            Some(Knob { shape: Shape::NotBuilt, .. }) => self.check_off(entry),
            Some(Knob { shape: Shape::Unused, .. }) => {
                self.reading.report.unused(&self.path_of(key), "has no effect yet", &entry.key_place);
            }
            Some(_) => {}
            None if self.schema.is_price(key) => {}
            None if self.schema.foreign.contains(&key) => {
                self.reading.report.unused(&self.path_of(key), "is known to LiteLLM, not used here", &entry.key_place);
            }
            None => {
                let mistake = Mistake::at(entry.key_place.clone(), format!("unknown key `{key}` in {}", self.name()));
                self.reading.report.mistake(Mistake { hint: self.schema.advice(key), ..mistake });
            }
        }
    }

    fn check_off(&self, entry: &Entry) {
        let is_off = match &entry.node.value {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.entries.is_empty(),
            Value::Scalar(_) if entry.node.is_null() => true,
            Value::Scalar(scalar) => {
                self.expand(scalar, &entry.node.place).is_some_and(|value| is_false(&value.text) || value.text == "0")
            }
        };
        if !is_off {
            self.complain(
                &entry.key_place,
                format!("`{}` is not built yet: it must stay off", self.path_of(&entry.key)),
            );
        }
    }

    /// Its path, in words for complaints.
    pub(super) fn name(&self) -> String {
        if self.schema.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.schema.path) }
    }

    fn path_of(&self, key: &str) -> String {
        if self.schema.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.schema.path) }
    }

    pub(super) fn place(&self) -> &'a Place {
        self.place
    }

    /// The place of a key's value, or of the section where it is left out.
    pub(super) fn place_of(&self, key: &str) -> &'a Place {
        self.typed(key).map_or(self.place, |node| &node.place)
    }

    pub(super) fn reading(&self) -> Reading<'a> {
        self.reading
    }

    pub(super) fn complain(&self, place: &Place, message: impl Into<String>) {
        self.reading.report.mistake(Mistake::at(place.clone(), message));
    }

    pub(super) fn warn(&self, place: &Place, message: impl Into<String>) {
        self.reading.report.warn(Mistake::at(place.clone(), message));
    }

    fn entries(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.map.into_iter().flat_map(|map| &map.entries)
    }

    /// What is typed at a key; `null` is nothing.
    fn typed(&self, key: &str) -> Option<&'a Node> {
        self.map?.entry(key).map(|entry| &entry.node).filter(|node| !node.is_null())
    }

    /// Whether anything is typed at a key, be it wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        self.typed(key).is_some()
    }

    fn default_of(&self, key: &str) -> &'static str {
        self.schema.knob(key).expect("only keys of the table are read").default
    }

    fn expand<'n>(&self, scalar: &'n Scalar, place: &'n Place) -> Option<Expanded<'n>> {
        match self.reading.variables.expand(&scalar.text) {
            Ok(Some(text)) => Some(Expanded { text, typed: &scalar.text, is_plain: true, place }),
            Ok(None) => {
                Some(Expanded { text: scalar.text.clone(), typed: &scalar.text, is_plain: scalar.is_plain, place })
            }
            Err(reason) => {
                self.complain(place, reason);
                None
            }
        }
    }

    fn scalar_in<'n>(&self, key: &str, node: &'n Node) -> Option<Expanded<'n>> {
        match &node.value {
            Value::Scalar(scalar) => self.expand(scalar, &node.place),
            _ => {
                self.complain(
                    &node.place,
                    format!("`{}` must be a single value, not {}", self.path_of(key), node.kind()),
                );
                None
            }
        }
    }

    fn scalar(&self, key: &str) -> Option<Expanded<'a>> {
        let node = self.typed(key)?;
        self.scalar_in(key, node)
    }

    /// Reads what is typed at a key or else its default, through `read`; complains with the reason that `read` gives.
    fn value<T>(&self, key: &str, read: impl Fn(&str, bool) -> Result<T, String>) -> Option<T> {
        let fallback = || match self.default_of(key) {
            "null" => None,
            default => Some(read(default, true).expect("the defaults in the table can be read")),
        };
        let Some(scalar) = self.scalar(key) else { return fallback() };
        match read(&scalar.text, scalar.is_plain) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.complain(scalar.place, format!("`{}`: {:?} {reason}", self.path_of(key), scalar.typed));
                fallback()
            }
        }
    }

    fn shape(&self, key: &str) -> &'static Shape {
        &self.schema.knob(key).expect("only keys of the table are read").shape
    }
}

fn is_false(text: &str) -> bool {
    matches!(text, "false" | "False" | "FALSE")
}

/// Adds "did you mean" to a complaint about a name.
pub(super) fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}

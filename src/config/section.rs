//! One mapping of the file beside the table of what may stand there: the only way in which values are read.
//!
//! Every getter takes the default from the table when nothing is typed, complains with the place when something wrong is
//! typed, and then goes on with the default, so that one mistake does not hide the next.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use filters::money::{NanoUsd, NotMoney};
use filters::state::catalog::Secret;
use filters::state::ledger::Window;
use jiff::Timestamp;

use super::mistake::{Mistake, Place};
use super::report::Report;
use super::schema::{Knob, Schema, Shape, nearest};
use super::tree::{Entry, Map, Node, Scalar, Value};
use super::variables::Variables;
use super::window;

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

/// A value with its place, for complaints that only come up later.
#[derive(Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

impl<'a> Section<'a> {
    /// Opens a section and complains about every key that does not belong.
    pub(super) fn open(schema: &'static Schema, node: &'a Node, reading: Reading<'a>) -> Self {
        let mut section = Self { schema, map: None, place: &node.place, reading };
        match &node.value {
            Value::Map(map) => section.map = Some(map),
            _ if node.is_null() => {}
            _ => section.complain(
                &node.place,
                format!("{} must be a mapping, not {}", section.name(), node.kind()),
            ),
        }
        section.entries().for_each(|entry| section.check_key(entry));
        section
    }

    fn check_key(&self, entry: &Entry) {
        let key = entry.key.as_str();
        match self.schema.knob(key) {
            Some(Knob { shape: Shape::NotBuilt, .. }) => self.check_off(entry),
            Some(Knob { shape: Shape::Unused, .. }) => {
                self.reading.report.unused(
                    &self.path_of(key),
                    "has no effect yet",
                    &entry.key_place,
                );
            }
            Some(_) => {}
            None if self.schema.is_price(key) => {}
            None if self.schema.foreign.contains(&key) => {
                self.reading.report.unused(
                    &self.path_of(key),
                    "is known to LiteLLM, not used here",
                    &entry.key_place,
                );
            }
            None => {
                let mistake = Mistake::at(
                    entry.key_place.clone(),
                    format!("unknown key `{key}` in {}", self.name()),
                );
                self.reading.report.mistake(Mistake { hint: self.schema.advice(key), ..mistake });
            }
        }
    }

    fn check_off(&self, entry: &Entry) {
        let is_off = match &entry.node.value {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.entries.is_empty(),
            Value::Scalar(_) if entry.node.is_null() => true,
            Value::Scalar(scalar) => self
                .expand(scalar, &entry.node.place)
                .is_some_and(|value| is_false(&value.text) || value.text == "0"),
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
        if self.schema.path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.schema.path)
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.schema.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.schema.path)
        }
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
            Ok(None) => Some(Expanded {
                text: scalar.text.clone(),
                typed: &scalar.text,
                is_plain: scalar.is_plain,
                place,
            }),
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
                self.complain(
                    scalar.place,
                    format!("`{}`: {:?} {reason}", self.path_of(key), scalar.typed),
                );
                fallback()
            }
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.value(
            key,
            |text, _| if text.is_empty() { Err("is empty".into()) } else { Ok(text.to_owned()) },
        )
    }

    /// A text with its place, where there is no default.
    pub(super) fn placed(&self, key: &str) -> Option<Placed<String>> {
        let value = self.text(key)?;
        Some(Placed { value, place: self.place_of(key).clone() })
    }

    /// A secret. No complaint repeats it.
    pub(super) fn secret(&self, key: &str) -> Option<Secret> {
        let scalar = self.scalar(key)?;
        if scalar.text.is_empty() {
            self.complain(scalar.place, format!("`{}` is empty", self.path_of(key)));
            return None;
        }
        Some(Secret::new(scalar.text))
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        let read = |text: &str, _| match text {
            "true" | "True" | "TRUE" => Ok(true),
            text if is_false(text) => Ok(false),
            _ => Err("is neither true nor false".to_owned()),
        };
        self.value(key, read).expect("flags have a default")
    }

    pub(super) fn count(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        self.value(key, |text, is_plain| {
            let count = number(text, is_plain)?.parse().map_err(|_| "is not a whole number")?;
            within(count, &range)
        })
    }

    /// A length of time in seconds, decimals allowed. Not money, so a float may carry it.
    pub(super) fn seconds(&self, key: &str, range: RangeInclusive<u64>) -> Option<Duration> {
        self.value(key, |text, is_plain| {
            let seconds: f64 =
                number(text, is_plain)?.parse().map_err(|_| "is not a number of seconds")?;
            let span =
                Duration::try_from_secs_f64(seconds).map_err(|_| "is not a number of seconds")?;
            if span < Duration::from_secs(*range.start())
                || span > Duration::from_secs(*range.end())
            {
                return Err(out_of(&range));
            }
            Ok(span)
        })
    }

    /// An amount of dollars, from its digits.
    pub(super) fn dollars(&self, key: &str) -> Option<NanoUsd> {
        self.value(key, |text, is_plain| {
            NanoUsd::parse(number(text, is_plain)?).map_err(|error| not_money(&error).to_owned())
        })
    }

    pub(super) fn window(&self, key: &str) -> Option<Window> {
        self.value(key, |text, _| window::parse(text, self.reading.now).map_err(str::to_owned))
    }

    pub(super) fn address(&self, key: &str) -> Option<SocketAddr> {
        self.value(key, |text, _| address(text))
    }

    pub(super) fn addresses(&self, key: &str) -> Vec<SocketAddr> {
        let read = |word: Placed<String>| match address(&word.value) {
            Ok(address) => Some(address),
            Err(reason) => {
                self.complain(&word.place, format!("`{}` {reason}", self.path_of(key)));
                None
            }
        };
        self.words(key).into_iter().filter_map(read).collect()
    }

    pub(super) fn timestamp(&self, key: &str) -> Option<Timestamp> {
        let unreadable = "is no moment: write it as 2026-12-31T23:59:59Z";
        self.value(key, |text, _| text.parse().map_err(|_| unreadable.to_owned()))
    }

    /// One of the words that `meanings` lists, as what it means.
    pub(super) fn word<T: Copy>(&self, key: &str, meanings: &[(&str, T)]) -> Option<T> {
        debug_assert!(
            matches!(self.shape(key), Shape::Word(words) if words.iter().eq(meanings.iter().map(|(word, _)| word))),
            "`{key}` lists the words of the table"
        );
        self.value(key, |text, _| {
            let meaning =
                meanings.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
            meaning.ok_or_else(|| {
                format!("is none of {}", listed(meanings.iter().map(|(word, _)| *word)))
            })
        })
    }

    /// A list of words, or the single one.
    pub(super) fn words(&self, key: &str) -> Vec<Placed<String>> {
        let Some(node) = self.typed(key) else { return self.default_words(key) };
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let placed = |item: &Node| {
            self.scalar_in(key, item)
                .map(|scalar| Placed { value: scalar.text, place: item.place.clone() })
        };
        items.iter().filter_map(placed).collect()
    }

    fn default_words(&self, key: &str) -> Vec<Placed<String>> {
        let default = self.default_of(key);
        let words = default.trim_matches(['[', ']']).split(", ").map(|word| word.trim_matches('"'));
        let words = words.filter(|word| !word.is_empty() && *word != "null");
        words.map(|word| Placed { value: word.to_owned(), place: self.place.clone() }).collect()
    }

    /// The section at a key, at its defaults where it is left out.
    pub(super) fn section(&self, key: &str) -> Section<'a> {
        let Shape::Section(schema) = self.shape(key) else {
            unreachable!("`{key}` is a section in the table")
        };
        match self.typed(key) {
            Some(node) => Section::open(schema, node, self.reading),
            None => Section { schema, map: None, place: self.place, reading: self.reading },
        }
    }

    /// The sections listed at a key.
    pub(super) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Shape::Sections(schema) = self.shape(key) else {
            unreachable!("`{key}` is a list of sections in the table")
        };
        self.items(key).iter().map(|node| Section::open(schema, node, self.reading)).collect()
    }

    /// The names at a key, each with its section.
    pub(super) fn named(&self, key: &str) -> Vec<(Placed<String>, Section<'a>)> {
        let Shape::Named(schema) = self.shape(key) else {
            unreachable!("`{key}` has named sections in the table")
        };
        let open = |(name, node)| (name, Section::open(schema, node, self.reading));
        self.free(key).into_iter().map(open).collect()
    }

    /// The names at a key, each with whatever is typed there.
    pub(super) fn free(&self, key: &str) -> Vec<(Placed<String>, &'a Node)> {
        let Some(node) = self.typed(key) else { return Vec::new() };
        let Value::Map(map) = &node.value else {
            self.complain(
                &node.place,
                format!("`{}` must be a mapping, not {}", self.path_of(key), node.kind()),
            );
            return Vec::new();
        };
        let named = |entry: &'a Entry| {
            (Placed { value: entry.key.clone(), place: entry.key_place.clone() }, &entry.node)
        };
        map.entries.iter().map(named).collect()
    }

    /// The values listed at a key.
    pub(super) fn items(&self, key: &str) -> &'a [Node] {
        match self.typed(key).map(|node| (&node.value, node)) {
            None => &[],
            Some((Value::List(items), _)) => items,
            Some((_, node)) => {
                self.complain(
                    &node.place,
                    format!("`{}` must be a list, not {}", self.path_of(key), node.kind()),
                );
                &[]
            }
        }
    }

    /// The text of a value inside of a free-form knob.
    pub(super) fn text_in(&self, key: &str, node: &Node) -> Option<String> {
        self.scalar_in(key, node).map(|scalar| scalar.text)
    }

    /// The keys in which prices per unit are typed, with their text.
    pub(super) fn price_texts(&self) -> Vec<(&'a str, Placed<String>)> {
        let prices = self
            .entries()
            .filter(|entry| self.schema.is_price(&entry.key) && !entry.node.is_null());
        let text = |entry: &'a Entry| {
            let scalar = self.scalar_in(&entry.key, &entry.node)?;
            Some((
                entry.key.as_str(),
                Placed { value: scalar.text, place: entry.node.place.clone() },
            ))
        };
        prices.filter_map(text).collect()
    }

    fn shape(&self, key: &str) -> &'static Shape {
        &self.schema.knob(key).expect("only keys of the table are read").shape
    }
}

fn is_false(text: &str) -> bool {
    matches!(text, "false" | "False" | "FALSE")
}

/// Text in quotes is no number: who typed it meant something else, or will be surprised elsewhere.
fn number(text: &str, is_plain: bool) -> Result<&str, String> {
    if is_plain { Ok(text) } else { Err("is text, not a number: leave out the quotes".into()) }
}

fn within(count: u64, range: &RangeInclusive<u64>) -> Result<u64, String> {
    if range.contains(&count) { Ok(count) } else { Err(out_of(range)) }
}

fn out_of(range: &RangeInclusive<u64>) -> String {
    format!("is outside of {} to {}", range.start(), range.end())
}

/// What is wrong with an amount, without repeating it: it may have come from a variable.
pub(super) fn not_money(error: &NotMoney) -> &'static str {
    match error {
        NotMoney::Unreadable(_) => "is not a decimal number of dollars",
        NotMoney::Negative(_) => "is negative",
        NotMoney::TooLarge(_) => "is more than an amount can hold",
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is not an IP address with a port, such as 127.0.0.1:4000".into())
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Adds "did you mean" to a complaint about a name.
pub(super) fn suggest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}

//! Every knob there is, as one table: its key, what is typed there, its default and what it does.
//!
//! The table is what unknown keys are checked against, where the nearest key is looked for, where defaults come from, and
//! what the reference file `conf/tollkeeper.yaml` is printed from. What a value means is decided in `resolve`.

pub(super) use self::file::FILE;

mod file;
mod foreign;
mod models;
mod people;
mod policy;
mod process;
mod routing;

/// One section of the file, or one entry of a list of sections.
pub(super) struct Schema {
    /// Where it stands, for complaints: `general_settings`, `teams[].keys[]`; empty for the whole file.
    pub(super) path: &'static str,
    /// In groups, so that what teams, users and keys share is written once.
    pub(super) knobs: &'static [&'static [Knob]],
    /// LiteLLM's keys that have no effect here, and may be ignored without letting anybody do more than before.
    pub(super) foreign: &'static [&'static str],
    /// Whether LiteLLM's prices per unit may stand here too: a whole family of keys.
    pub(super) has_prices: bool,
}

/// One key.
pub(super) struct Knob {
    pub(super) key: &'static str,
    pub(super) shape: Shape,
    /// As typed. `null` where there is none.
    pub(super) default: &'static str,
    pub(super) doc: &'static str,
}

/// What is typed at a key.
pub(super) enum Shape {
    Text,
    /// Never repeated in a complaint.
    Secret,
    Flag,
    Count,
    Seconds,
    Dollars,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A list of words; a single one will do.
    Words,
    Section(&'static Schema),
    Sections(&'static Schema),
    /// Names, each with a section.
    Named(&'static Schema),
    /// Names, each with something that the reader of the knob knows.
    Free,
    /// Known, but not built yet: switched on it is a mistake, as ignoring it would be worse than refusing it.
    NotBuilt,
    /// Describes something that is not built yet, and is harmless while that is off.
    Unused,
}

const fn knob(key: &'static str, shape: Shape, default: &'static str, doc: &'static str) -> Knob {
    Knob { key, shape, default, doc }
}

const fn not_built(key: &'static str, doc: &'static str) -> Knob {
    Knob { key, shape: Shape::NotBuilt, default: "null", doc }
}

const fn unused(key: &'static str, doc: &'static str) -> Knob {
    Knob { key, shape: Shape::Unused, default: "null", doc }
}

impl Schema {
    pub(super) fn knobs(&self) -> impl Iterator<Item = &'static Knob> {
        self.knobs.iter().copied().flatten()
    }

    pub(super) fn knob(&self, key: &str) -> Option<&'static Knob> {
        self.knobs().find(|knob| knob.key == key)
    }

    /// Whether `key` spells a price per unit, in a section that may hold some.
    pub(super) fn is_price(&self, key: &str) -> bool {
        self.has_prices && foreign::is_price(key)
    }

    /// What an unknown key was probably meant to be.
    pub(super) fn advice(&self, key: &str) -> Option<String> {
        let known = self.knobs().map(|knob| knob.key).chain(self.foreign.iter().copied());
        if let Some(near) = nearest(key, known) {
            return Some(format!("did you mean `{near}`?"));
        }
        let home = FILE.knobs().find_map(|knob| match &knob.shape {
            Shape::Section(schema) if schema.knob(key).is_some() => Some(schema.path),
            _ => None,
        });
        home.map(|path| format!("`{key}` belongs in `{path}`"))
    }
}

/// The candidate that takes the fewest slips of the finger to become `word`, if these are few.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
    let nearest = candidates.into_iter().map(|candidate| (distance(candidate), candidate)).min()?;
    (nearest.0 <= 1 + word.chars().count() / 4).then_some(nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_schema(schema: &'static Schema, found: &mut Vec<&'static Schema>) {
        found.push(schema);
        for knob in schema.knobs() {
            if let Shape::Section(inner) | Shape::Sections(inner) | Shape::Named(inner) = knob.shape {
                every_schema(inner, found);
            }
        }
    }

    #[test]
    fn no_key_is_in_the_table_twice_and_each_is_explained() {
        let mut schemas = Vec::new();
        every_schema(&FILE, &mut schemas);
        for schema in schemas {
            let mut seen = std::collections::BTreeSet::new();
            for key in schema.knobs().map(|knob| knob.key).chain(schema.foreign.iter().copied()) {
                assert!(seen.insert(key), "`{key}` is twice in `{}`", schema.path);
            }
            assert!(schema.knobs().all(|knob| knob.doc.ends_with('.')), "{}", schema.path);
        }
    }

    #[test]
    fn a_slip_finds_its_key_and_a_stranger_finds_none() {
        let Shape::Section(server) = FILE.knob("server").unwrap().shape else { panic!("a section") };
        assert_eq!(server.advice("max_body_byte"), Some("did you mean `max_body_bytes`?".into()));
        assert_eq!(server.advice("Listen"), Some("did you mean `listen`?".into()));
        assert_eq!(server.advice("master_key"), Some("`master_key` belongs in `general_settings`".into()));
        assert_eq!(server.advice("frobnicate"), None);
    }
}

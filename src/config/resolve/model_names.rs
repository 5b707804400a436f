//! The names that lists of allowed models may use, to catch the ones that lead nowhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use filters::state::catalog::{Catalog, Model};

use crate::config::mistake::Mistake;
use crate::config::section::{Placed, Section, suggest};

/// LiteLLM's words in place of a model's name.
const SPECIAL: &[&str] = &["all-proxy-models", "all-team-models", "no-default-models"];

/// Models, other names and access groups.
pub(super) struct ModelNames {
    models: Vec<Names>,
    known: BTreeSet<String>,
}

/// Every word that means one model.
struct Names {
    name: String,
    others: Vec<String>,
}

impl ModelNames {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let names = |model: &Arc<Model>| {
            let aliases = catalog.aliases().filter(|(_, target)| target.name == model.name);
            let aliases = aliases.map(|(alias, _)| alias.to_owned());
            Names {
                name: model.name.to_string(),
                others: aliases.chain(model.access_groups.clone()).collect(),
            }
        };
        let models: Vec<_> = catalog.models().map(names).collect();
        let mut known: BTreeSet<String> = SPECIAL.iter().map(|&word| word.to_owned()).collect();
        for model in &models {
            known.insert(model.name.clone());
            known.extend(model.others.iter().cloned());
        }
        Self { models, known }
    }

    /// The allowed models less the blocked ones, each by its own name, since no word says "all but". `no-default-models`
    /// where none is left: an empty list would mean all of them.
    pub(super) fn without(&self, allowed: &[String], blocked: &[String]) -> Vec<String> {
        let is_meant =
            |words: &[String], model: &Names| words.iter().any(|word| model.is_meant_by(word));
        let is_allowed = |model: &&Names| allowed.is_empty() || is_meant(allowed, model);
        let left = self.models.iter().filter(is_allowed).filter(|model| !is_meant(blocked, model));
        let left: Vec<_> = left.map(|model| model.name.clone()).collect();
        if left.is_empty() { vec!["no-default-models".to_owned()] } else { left }
    }

    /// The names listed at a key. One that leads nowhere is kept: the model may come later, through the API.
    pub(super) fn checked(&self, section: Section<'_>, key: &str) -> Vec<String> {
        let names = section.words(key);
        names.iter().for_each(|name| self.check(section, name));
        names.into_iter().map(|name| name.value).collect()
    }

    /// Warns about a name that leads nowhere.
    pub(super) fn check(&self, section: Section<'_>, name: &Placed) {
        if self.known.contains(&name.value) || name.value.contains('*') {
            return;
        }
        let warning = Mistake::at(
            name.place.clone(),
            format!("`{}` is no model, alias or access group", name.value),
        );
        let hint = suggest(&name.value, self.known.iter().map(String::as_str));
        section.reading().report.warn(Mistake { hint, ..warning });
    }
}

impl Names {
    fn is_meant_by(&self, word: &str) -> bool {
        word == "all-proxy-models"
            || glob(word, &self.name)
            || self.others.iter().any(|other| other == word)
    }
}

/// Whether `name` is what `pattern` says, `*` standing for anything. Quadratic at worst, over a name.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(prefix) else { return false };
    rest.is_empty()
        || (0..=tail.len())
            .filter(|&start| tail.is_char_boundary(start))
            .any(|start| glob(rest, &tail[start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_everything_else_for_itself() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "x"),
            ("gpt-*", "gpt-4o"),
            ("*-4*", "gpt-4o"),
            ("a*b*c", "abbc"),
            ("ä*", "äö"),
        ] {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("gpt-*", "Gpt-4o"), ("gpt-*", "gpt"), ("*b", "abc"), ("", "x"), ("a*b*c", "acb")]
        {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }
}

//! The names that lists of allowed models may use, to catch the ones that lead nowhere.

use std::collections::BTreeSet;

use filters::state::catalog::Catalog;

use crate::config::mistake::Mistake;
use crate::config::section::{Placed, Section, suggest};

/// LiteLLM's words in place of a model's name.
const SPECIAL: &[&str] = &["all-proxy-models", "all-team-models", "no-default-models"];

/// Models, other names and access groups.
pub(super) struct ModelNames {
    models: Vec<String>,
    known: BTreeSet<String>,
}

impl ModelNames {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let models: Vec<_> = catalog.models().map(|model| model.name.to_string()).collect();
        let mut known: BTreeSet<String> = models.iter().cloned().collect();
        known.extend(catalog.models().flat_map(|model| model.access_groups.clone()));
        known.extend(catalog.aliases().map(|(alias, _)| alias.to_owned()));
        known.extend(SPECIAL.iter().map(|&word| word.to_owned()));
        Self { models, known }
    }

    /// Every model's own name, in the order of the file.
    pub(super) fn all(&self) -> Vec<String> {
        self.models.clone()
    }

    /// The names listed at a key. One that leads nowhere is kept: the model may come later, through the API.
    pub(super) fn checked(&self, section: Section<'_>, key: &str) -> Vec<String> {
        let names = section.words(key);
        names.iter().for_each(|name| self.check(section, name));
        names.into_iter().map(|name| name.value).collect()
    }

    /// Warns about a name that leads nowhere.
    pub(super) fn check(&self, section: Section<'_>, name: &Placed<String>) {
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

//! The names that lists of allowed models may use, to catch the ones that lead nowhere.

use std::collections::BTreeSet;

use filters::state::catalog::Catalog;

use crate::config::mistake::Mistake;
use crate::config::section::{Placed, Section, suggest};

/// LiteLLM's words in place of a model's name.
const SPECIAL: &[&str] = &["all-proxy-models", "all-team-models", "no-default-models"];

/// Models, other names and access groups.
pub(super) struct ModelNames {
    known: BTreeSet<String>,
}

impl ModelNames {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let special = SPECIAL.iter().map(|&word| word.to_owned());
        let aliases = catalog.aliases().map(|(alias, _)| alias.to_owned());
        let of_models = catalog
            .models()
            .flat_map(|model| std::iter::once(model.name.to_string()).chain(model.access_groups.iter().cloned()));
        Self { known: special.chain(aliases).chain(of_models).collect() }
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
        let warning = Mistake::at(name.place.clone(), format!("`{}` is no model, alias or access group", name.value));
        let hint = suggest(&name.value, self.known.iter().map(String::as_str));
        section.reading().report.warn(Mistake { hint, ..warning });
    }
}

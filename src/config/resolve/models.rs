//! `model_list`: models with their deployments, wildcards spelled out, other names and fallbacks put in place.

use std::collections::BTreeMap;
use std::sync::Arc;

use filters::state::catalog::{Catalog, Model};
use filters::state::ledger::Budget;

use super::aliases;
use super::deployments::{Template, template};
use super::once::Once;
use super::routing::fallbacks;
use super::wildcard::Wildcard;
use crate::config::Prices;
use crate::config::mistake::{Mistake, Place};
use crate::config::section::{Placed, Section, suggest};
use crate::config::settings::Routing;

/// What the models resolve to.
pub(super) struct Models {
    pub(super) catalog: Catalog,
    /// Caps of single deployments, by id.
    pub(super) budgets: BTreeMap<Arc<str>, Budget>,
}

pub(super) fn models(file: Section<'_>, routing: &Routing, prices: &dyn Prices) -> Models {
    let entries = file.sections("model_list");
    let templates: Vec<_> = entries.into_iter().filter_map(|entry| template(entry, routing)).collect();
    let (wildcards, plain): (Vec<_>, Vec<_>) = templates.iter().partition(|entry| entry.name.value.contains('*'));
    let mut models =
        Builder { file, routing, prices, models: Vec::new(), budgets: BTreeMap::new(), ids: Once::default() };
    for entry in plain {
        models.add(entry, &entry.name.value, &entry.upstream.model);
    }
    let explicit: Vec<_> = models.models.iter().map(|model| model.name.clone()).collect();
    for entry in wildcards {
        models.expand(entry, &explicit);
    }
    let aliases = aliases::aliases(file.section("router_settings"), &models.models);
    models.put_fallbacks(&aliases);
    Models { catalog: Catalog::new(models.models, aliases), budgets: models.budgets }
}

struct Builder<'a> {
    file: Section<'a>,
    routing: &'a Routing,
    prices: &'a dyn Prices,
    models: Vec<Model>,
    budgets: BTreeMap<Arc<str>, Budget>,
    /// Typed ids; derived ones give way to each other.
    ids: Once,
}

impl Builder<'_> {
    /// Adds every priced model of the provider that the entry covers and that has no entry of its own.
    fn expand(&mut self, entry: &Template<'_>, explicit: &[Arc<str>]) {
        let place = &entry.name.place;
        let (Some(public), Some(upstream)) =
            (Wildcard::parse(&entry.name.value), Wildcard::parse(&entry.upstream.model))
        else {
            let message = "a wildcard needs one `*` in `model_name` and one in `litellm_params.model`";
            return self.file.complain(place, message);
        };
        let known = self.prices.models(&entry.upstream.provider);
        let covered: Vec<_> = known.iter().filter_map(|model| Some((model, upstream.capture(model)?))).collect();
        if covered.is_empty() {
            self.file
                .warn(place, format!("`{}` stands for no model: none that it covers has a price", entry.name.value));
        }
        for (model, captured) in covered {
            let name = public.fill(captured);
            if !explicit.iter().any(|explicit| **explicit == *name) {
                self.add(entry, &name, model);
            }
        }
    }

    fn add(&mut self, entry: &Template<'_>, name: &str, upstream_model: &str) {
        let id = self.id(entry, name, upstream_model);
        let deployment = Arc::new(entry.deployment(upstream_model, id.clone(), self.prices));
        if deployment.price.is_none() {
            self.warn_of_no_price(&entry.name.place, name);
        }
        if entry.budget != Budget::default() {
            self.budgets.insert(id, entry.budget.clone());
        }
        let index = self.models.iter().position(|model| *model.name == *name).unwrap_or_else(|| {
            let (name, deployments) = (Arc::from(name), Vec::new());
            self.models.push(Model { name, deployments, access_groups: Vec::new(), fallbacks: Vec::new() });
            self.models.len() - 1
        });
        let model = &mut self.models[index];
        model.deployments.push(deployment);
        let new = entry.access_groups.iter().filter(|group| !model.access_groups.contains(group));
        let new: Vec<_> = new.cloned().collect();
        model.access_groups.extend(new);
    }

    /// The typed id, or one derived. The same model behind two credentials derives twice the same: the later is numbered.
    fn id(&mut self, entry: &Template<'_>, name: &str, upstream_model: &str) -> Arc<str> {
        if let Some(id) = &entry.id {
            let what = format!("the model id `{}`", id.value);
            if !entry.name.value.contains('*') {
                self.ids.take(self.file, &id.value, &what, &id.place);
                return Arc::from(id.value.as_str());
            }
            return Arc::from(format!("{}-{upstream_model}", id.value));
        }
        let derived = entry.derived_id(name, upstream_model);
        let is_taken = |id: &str| self.models.iter().flat_map(|model| &model.deployments).any(|other| *other.id == *id);
        if !is_taken(&derived) {
            return Arc::from(derived);
        }
        let numbered = (2..).map(|number| format!("{derived}-{number}")).find(|id| !is_taken(id));
        Arc::from(numbered.expect("numbers do not run out"))
    }

    fn warn_of_no_price(&self, place: &Place, name: &str) {
        let message = if self.routing.allow_unpriced_models {
            format!("`{name}` has no price: it is served free of charge")
        } else {
            format!(
                "`{name}` has no price: it is refused until one is typed, or `general_settings.allow_unpriced_models`"
            )
        };
        self.file.warn(place, message);
    }

    fn put_fallbacks(&mut self, aliases: &[(String, String)]) {
        let names: Vec<Arc<str>> = self.models.iter().map(|model| model.name.clone()).collect();
        let resolve = |name: &str| {
            let target = aliases.iter().find(|(alias, _)| alias == name).map_or(name, |(_, target)| target.as_str());
            names.iter().find(|model| ***model == *target).cloned()
        };
        for (of, others) in fallbacks(self.file) {
            let others: Vec<_> =
                others.iter().filter_map(|other| self.fallback(other, resolve(&other.value), &names)).collect();
            let target = resolve(&of);
            for model in &mut self.models {
                if of == "*" || target.as_ref() == Some(&model.name) {
                    let new = others.iter().filter(|other| **other != model.name && !model.fallbacks.contains(other));
                    let new: Vec<_> = new.cloned().collect();
                    model.fallbacks.extend(new);
                }
            }
        }
    }

    fn fallback(&self, typed: &Placed, found: Option<Arc<str>>, names: &[Arc<str>]) -> Option<Arc<str>> {
        if found.is_none() {
            let warning = Mistake::at(typed.place.clone(), format!("the fallback `{}` is no model", typed.value));
            let hint = suggest(&typed.value, names.iter().map(|name| &**name));
            self.file.reading().report.warn(Mistake { hint, ..warning });
        }
        found
    }
}

//! Step 4: which model is meant, and may the caller use it?
//!
//! The name is resolved once: the caller's own aliases, then the gateway's. Access, price, limits, budgets and every
//! fallback use the model found here, so no spelling opens one door and goes through another. Names match exactly, letter
//! case included.

use std::sync::Arc;

use crate::denial::Denial;
use crate::principal::Principal;
use crate::state::State;
use crate::state::catalog::{Catalog, Model};

/// The model that `asked` means, if the caller may use it.
pub fn grant(state: &State, principal: &Principal, asked: &str) -> Result<Arc<Model>, Denial> {
    let catalog = state.catalog();
    let name = principal.alias(asked);
    let Some(model) = catalog.resolve(name) else {
        // To somebody with a list, a model that is not on it and one that does not exist look the same.
        return Err(match restriction(principal) {
            Some(by) => Denial::ModelDenied { by, model: asked.to_owned() },
            None => Denial::ModelNotFound { model: asked.to_owned() },
        });
    };
    match denied_by(state, principal, model) {
        None => Ok(model.clone()),
        Some(by) => Err(Denial::ModelDenied { by, model: asked.to_owned() }),
    }
}

/// Whose list keeps the caller from `model`; `None` if nobody's.
#[must_use]
pub fn denied_by(state: &State, principal: &Principal, model: &Model) -> Option<&'static str> {
    if state.settings().blocked_models.iter().any(|entry| matches(entry, model)) {
        return Some("gateway");
    }
    let team = principal.team.as_ref().map(|team| team.object.allowance.models.as_slice());
    principal
        .allowances()
        .into_iter()
        .find(|bound| !allows(&bound.allowance.models, team, model))
        .map(|bound| bound.whose)
}

/// Every model the caller may use: what `/v1/models` lists.
pub fn usable<'a>(
    state: &'a State,
    principal: &'a Principal,
    catalog: &'a Catalog,
) -> impl Iterator<Item = &'a Arc<Model>> {
    catalog.models().filter(|model| denied_by(state, principal, model).is_none())
}

/// Whose list restricts the caller at all.
fn restriction(principal: &Principal) -> Option<&'static str> {
    let restricts = |entry: &String| !matches!(entry.as_str(), "*" | "all-proxy-models");
    let bounds = principal.allowances();
    bounds.iter().find(|bound| bound.allowance.models.iter().any(restricts)).map(|bound| bound.whose)
}

/// Whether a list allows `model`. An empty one allows everything; `team` is what `all-team-models` stands for.
fn allows(list: &[String], team: Option<&[String]>, model: &Model) -> bool {
    list.is_empty()
        || list.iter().any(|entry| match entry.as_str() {
            "all-team-models" => team.is_none_or(|team| allows(team, None, model)),
            "no-default-models" => false,
            entry => matches(entry, model),
        })
}

/// Whether one entry of a list names `model`: its name, a wildcard over names or over a provider's models, or one of its
/// access groups.
fn matches(entry: &str, model: &Model) -> bool {
    if matches!(entry, "*" | "all-proxy-models") || entry == &*model.name {
        return true;
    }
    if let Some((before, after)) = entry.split_once('*') {
        let by_name =
            |name: &str| name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after);
        let of_provider = after.is_empty() && before.ends_with('/') && {
            let provider = &before[..before.len() - 1];
            model.deployments.iter().all(|deployment| &*deployment.provider_name == provider)
                && !model.deployments.is_empty()
        };
        return by_name(&model.name) || of_provider;
    }
    model.access_groups.iter().any(|group| group == entry)
}

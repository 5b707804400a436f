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
    entry == "all-proxy-models"
        || glob(entry, &model.name)
        || is_of_provider(entry, model)
        || model.access_groups.iter().any(|group| group == entry)
}

/// Whether `name` is what `pattern` says, `*` standing for anything. Quadratic at worst, over a name.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(prefix) else { return false };
    rest.is_empty()
        || (0..=tail.len()).filter(|&start| tail.is_char_boundary(start)).any(|start| glob(rest, &tail[start..]))
}

/// `anthropic/*` also means models with names of their own that Anthropic alone serves.
fn is_of_provider(entry: &str, model: &Model) -> bool {
    let Some(provider) = entry.strip_suffix("/*") else { return false };
    let deployments = &model.deployments;
    !deployments.is_empty() && deployments.iter().all(|deployment| &*deployment.provider_name == provider)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::catalog::{ApiBase, Deployment, Limits, ProviderKind};

    fn model(name: &str) -> Model {
        let base = ApiBase { tls: false, host: "h".into(), port: 1, path_prefix: String::new() };
        let deployment = Deployment {
            id: "d".into(),
            provider: ProviderKind::Anthropic,
            provider_name: "anthropic".into(),
            upstream_model: "m".into(),
            base,
            credential: None,
            api_version: None,
            price: None,
            limits: Limits::default(),
            weight: 1,
            order: 0,
            timeout: Duration::from_secs(1),
        };
        Model {
            name: name.into(),
            deployments: vec![Arc::new(deployment)],
            access_groups: vec!["beta-models".into()],
            fallbacks: Vec::new(),
        }
    }

    fn allows_one(entry: &str, name: &str) -> bool {
        allows(&[entry.to_owned()], None, &model(name))
    }

    #[test]
    fn names_match_exactly_and_stars_stand_for_anything() {
        for entry in ["claude", "*", "all-proxy-models", "cl*", "*de", "c*u*e", "anthropic/*", "beta-models"] {
            assert!(allows_one(entry, "claude"), "{entry}");
        }
        for entry in [
            "Claude",
            "CLAUDE",
            "claude ",
            "claud",
            "claude-2",
            "anthropic/claude",
            "openai/*",
            "a*b*c",
            "",
            "beta",
            "no-default-models",
        ] {
            assert!(!allows_one(entry, "claude"), "{entry}");
        }
    }

    #[test]
    fn an_empty_list_allows_everything_and_a_teams_list_stands_behind_its_word() {
        let (claude, team) = (model("claude"), vec!["gpt".to_owned()]);
        assert!(allows(&[], None, &claude));
        assert!(!allows(&["all-team-models".into()], Some(&team), &claude));
        assert!(allows(&["all-team-models".into()], Some(&team), &model("gpt")));
        assert!(allows(&["all-team-models".into()], Some(&[]), &claude));
        assert!(allows(&["all-team-models".into()], None, &claude));
    }
}

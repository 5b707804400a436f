//! `router_settings.model_group_alias`: other names for models.

use filters::state::catalog::Model;

use crate::config::mistake::{Mistake, Place};
use crate::config::section::{Placed, Section, suggest};
use crate::config::tree::{Node, Value};

/// Aliases that lead to a model, with the model's name.
pub(super) fn aliases(section: Section<'_>, models: &[Model]) -> Vec<(String, String)> {
    let typed = section.free("model_group_alias");
    typed.into_iter().filter_map(|(alias, node)| one(section, &alias, node, models)).collect()
}

fn one(section: Section<'_>, alias: &Placed, node: &Node, models: &[Model]) -> Option<(String, String)> {
    let target = target(section, alias, node)?;
    if models.iter().any(|model| *model.name == *alias.value) {
        section.complain(&alias.place, format!("the alias `{}` is also a model's name", alias.value));
        return None;
    }
    if models.iter().any(|model| *model.name == *target.value) {
        return Some((alias.value.clone(), target.value));
    }
    let mistake = Mistake::at(target.place.clone(), format!("the alias `{}` leads to no model", alias.value));
    let hint = suggest(&target.value, models.iter().map(|model| &*model.name));
    section.reading().report.mistake(Mistake { hint, ..mistake });
    None
}

/// `alias: model`, or LiteLLM's longer `alias: {model: …, hidden: …}`.
fn target(section: Section<'_>, alias: &Placed, node: &Node) -> Option<Placed> {
    let Value::Map(map) = &node.value else { return placed(section, node) };
    let mut target = None;
    for entry in &map.entries {
        match entry.key.as_str() {
            "model" => target = placed(section, &entry.node),
            "hidden" => section.warn(&entry.key_place, "`hidden` has no effect here: aliases are listed"),
            other => complain_of_key(section, &entry.key_place, other),
        }
    }
    if target.is_none() {
        section.complain(&node.place, format!("the alias `{}` names no `model`", alias.value));
    }
    target
}

fn complain_of_key(section: Section<'_>, place: &Place, key: &str) {
    section.complain(place, format!("unknown key `{key}` in `router_settings.model_group_alias`"));
}

fn placed(section: Section<'_>, node: &Node) -> Option<Placed> {
    let value = section.text_in("model_group_alias", node)?;
    Some(Placed { value, place: node.place.clone() })
}

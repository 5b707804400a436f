//! What an organization, a team, a user or a key may use and spend: the words that all of them share.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use filters::money::NanoUsd;
use filters::state::catalog::Limits;
use filters::state::identity::Allowance;
use filters::state::ledger::{Budget, Mode, Window};

use super::model_names::ModelNames;
use crate::config::section::{Section, not_money};
use crate::config::tree::{Node, Value};
use crate::config::window;

/// Limits in a minute. Zero is a limit: nothing at all.
pub(super) const LIMIT: RangeInclusive<u64> = 0..=1_000_000_000_000;

pub(super) const MODES: &[(&str, Mode)] =
    &[("strict", Mode::Strict), ("standard", Mode::Standard), ("soft", Mode::Soft)];

/// Reads everything that `Allowance` holds.
pub(super) fn allowance(section: Section<'_>, names: &ModelNames) -> Allowance {
    let mut allowance = Allowance {
        models: names.checked(section, "models"),
        budget: Budget {
            soft: section.dollars("soft_budget"),
            mode: section.word("budget_mode", MODES),
            ..budget(section, "max_budget", "budget_duration")
        },
        limits: Limits {
            requests_per_minute: section.count("rpm_limit", LIMIT),
            tokens_per_minute: section.count("tpm_limit", LIMIT),
            parallel_requests: section.count("max_parallel_requests", LIMIT),
        },
        blocked: section.flag("blocked"),
        ..Allowance::default()
    };
    allowance.model_budgets = model_budgets(section, names);
    for (model, limit) in model_limits(section, "model_rpm_limit", names) {
        allowance.model_limits.entry(model).or_default().requests_per_minute = Some(limit);
    }
    for (model, limit) in model_limits(section, "model_tpm_limit", names) {
        allowance.model_limits.entry(model).or_default().tokens_per_minute = Some(limit);
    }
    allowance
}

/// A cap and how long it lasts, from two keys.
pub(super) fn budget(section: Section<'_>, max: &str, duration: &str) -> Budget {
    Budget { max: section.dollars(max), window: section.window(duration), ..Budget::default() }
}

fn model_limits(section: Section<'_>, key: &str, names: &ModelNames) -> Vec<(String, u64)> {
    let mut limits = Vec::new();
    for (model, node) in section.free(key) {
        names.check(section, &model);
        match section.text_in(key, node).map(|text| text.parse::<u64>()) {
            Some(Ok(limit)) if LIMIT.contains(&limit) => limits.push((model.value, limit)),
            Some(_) => section.complain(&node.place, format!("`{key}` of `{}` is not a whole number", model.value)),
            None => {}
        }
    }
    limits
}

fn model_budgets(section: Section<'_>, names: &ModelNames) -> BTreeMap<String, Budget> {
    let mut budgets = BTreeMap::new();
    for (model, node) in section.free("model_max_budget") {
        names.check(section, &model);
        budgets.insert(model.value, model_budget(section, node));
    }
    budgets
}

/// `{max_budget, budget_duration}`, in LiteLLM's older words `{budget_limit, time_period}`, or just the dollars.
fn model_budget(section: Section<'_>, node: &Node) -> Budget {
    let Value::Map(map) = &node.value else {
        return Budget { max: dollars(section, node), ..Budget::default() };
    };
    let mut budget = Budget::default();
    for entry in map.entries.iter().filter(|entry| !entry.node.is_null()) {
        match entry.key.as_str() {
            "max_budget" | "budget_limit" => budget.max = dollars(section, &entry.node),
            "budget_duration" | "time_period" => budget.window = duration(section, &entry.node),
            other => section.complain(&entry.key_place, format!("unknown key `{other}` in `model_max_budget`")),
        }
    }
    budget
}

fn dollars(section: Section<'_>, node: &Node) -> Option<NanoUsd> {
    let text = section.text_in("model_max_budget", node)?;
    let amount = NanoUsd::parse(&text);
    if let Err(error) = &amount {
        section.complain(&node.place, format!("`model_max_budget` {}", not_money(error)));
    }
    amount.ok()
}

fn duration(section: Section<'_>, node: &Node) -> Option<Window> {
    let text = section.text_in("model_max_budget", node)?;
    let window = window::parse(&text, section.reading().now);
    if let Err(reason) = window {
        section.complain(&node.place, format!("`budget_duration` {reason}"));
    }
    window.ok()
}

//! Budgets as gauges. Nothing is kept here: the lines come from the ledger when somebody scrapes, so they are there
//! before an object's first request and can never disagree with what is enforced.

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

use crate::money::NanoUsd;
use crate::telemetry::exposition::{self, Kind};

/// One budget, as the ledger has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetLine {
    pub owner: BudgetOwner,
    /// `None`: no cap, shown as `+Inf` remaining.
    pub max: Option<NanoUsd>,
    /// Charged in this window. What is on hold is not yet spent, and not subtracted.
    pub spent: NanoUsd,
    /// Until the window ends; `None` if it never does.
    pub resets_in: Option<Duration>,
}

/// Whose budget it is, in the words of its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BudgetOwner {
    Team { id: Arc<str>, alias: Arc<str> },
    Organization { id: Arc<str>, alias: Arc<str> },
    Key { hash: Arc<str>, alias: Option<Arc<str>> },
    User { id: Arc<str> },
    Provider { name: Arc<str> },
}

/// Dollars, or as many as there are numbers.
enum Remaining {
    Unlimited,
    Dollars(NanoUsd),
}

/// What one kind of owner's gauges are called, by LiteLLM.
struct Names {
    remaining: &'static str,
    max: Option<&'static str>,
    hours: Option<&'static str>,
}

/// All kinds of owner, in the order they are written.
const NAMES: [Names; 5] = [
    Names {
        remaining: "litellm_remaining_team_budget_metric",
        max: Some("litellm_team_max_budget_metric"),
        hours: Some("litellm_team_budget_remaining_hours_metric"),
    },
    Names {
        remaining: "litellm_remaining_org_budget_metric",
        max: Some("litellm_org_max_budget_metric"),
        hours: Some("litellm_org_budget_remaining_hours_metric"),
    },
    Names {
        remaining: "litellm_remaining_api_key_budget_metric",
        max: Some("litellm_api_key_max_budget_metric"),
        hours: Some("litellm_api_key_budget_remaining_hours_metric"),
    },
    Names {
        remaining: "litellm_remaining_user_budget_metric",
        max: Some("litellm_user_max_budget_metric"),
        hours: Some("litellm_user_budget_remaining_hours_metric"),
    },
    Names { remaining: "litellm_provider_remaining_budget_metric", max: None, hours: None },
];

impl BudgetLine {
    /// Whether it is a key's that has never asked for anything: there are too many of those for a line each.
    pub(super) fn is_idle_keys(&self, keys_in_use: &HashSet<&str>) -> bool {
        matches!(&self.owner, BudgetOwner::Key { hash, .. } if !keys_in_use.contains(&**hash))
    }

    fn remaining(&self) -> Remaining {
        self.max.map_or(Remaining::Unlimited, |max| Remaining::Dollars(max - self.spent))
    }
}

/// Writes the gauges of all budgets.
pub(super) fn render(text: &mut String, lines: impl Iterator<Item = BudgetLine>) {
    let lines: Vec<(usize, String, BudgetLine)> =
        lines.map(|line| (line.owner.kind(), line.owner.labels(), line)).collect();
    for (kind, names) in NAMES.iter().enumerate() {
        let of_kind = || lines.iter().filter(move |(of, ..)| *of == kind).map(|(_, labels, line)| (labels, line));
        let remaining = of_kind().map(|(labels, line)| (labels, Some(line.remaining())));
        gauge(text, Some(names.remaining), "Dollars left of the budget in its window.", remaining);
        let max = of_kind().map(|(labels, line)| (labels, line.max));
        gauge(text, names.max, "The budget in dollars.", max);
        let hours = of_kind().map(|(labels, line)| (labels, line.resets_in.map(|left| left.as_secs_f64() / 3_600.0)));
        gauge(text, names.hours, "Hours until the budget's window ends.", hours);
    }
}

/// Writes one gauge for all who have a value for it.
fn gauge<'a, V: Display>(
    text: &mut String,
    name: Option<&str>,
    help: &str,
    samples: impl Iterator<Item = (&'a String, Option<V>)>,
) {
    let Some(name) = name else { return };
    exposition::family(text, name, Kind::Gauge, help);
    for (labels, value) in samples {
        value.into_iter().for_each(|value| exposition::sample(text, name, labels, value));
    }
}

impl BudgetOwner {
    /// Its place in [`NAMES`].
    const fn kind(&self) -> usize {
        match self {
            Self::Team { .. } => 0,
            Self::Organization { .. } => 1,
            Self::Key { .. } => 2,
            Self::User { .. } => 3,
            Self::Provider { .. } => 4,
        }
    }

    fn labels(&self) -> String {
        match self {
            Self::Team { id, alias } => exposition::labels([("team", &**id), ("team_alias", alias)]),
            Self::Organization { id, alias } => exposition::labels([("org_id", &**id), ("org_alias", alias)]),
            Self::Key { hash, alias } => {
                let alias = alias.as_deref().unwrap_or("None");
                exposition::labels([("hashed_api_key", &**hash), ("api_key_alias", alias)])
            }
            Self::User { id } => exposition::labels([("user", &**id)]),
            Self::Provider { name } => exposition::labels([("api_provider", &**name)]),
        }
    }
}

impl Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("+Inf"),
            Self::Dollars(amount) => write!(f, "{amount}"),
        }
    }
}

//! Caps that belong to no team, user or key, and how all caps behave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use filters::state::ledger::{Budget, Mode};
use jiff::tz::TimeZone;

use super::allowance::{MODES, budget};
use crate::config::section::Section;
use crate::config::settings::{Budgets, OnBlock};

/// A client that waits longer has given up.
const WAIT_SECONDS_MAX: u64 = 60;
const STATUSES: [u16; 4] = [400, 402, 422, 429];

pub(super) fn budgets(file: Section<'_>, deployments: BTreeMap<Arc<str>, Budget>) -> Budgets {
    let (general, litellm) = (file.section("general_settings"), file.section("litellm_settings"));
    let on_block = [("cut", OnBlock::Cut), ("finish", OnBlock::Finish)];
    Budgets {
        gateway: budget(litellm, "max_budget", "budget_duration"),
        providers: providers(file.section("router_settings")),
        deployments,
        tags: tags(litellm),
        default_mode: general.word("budget_mode", MODES).unwrap_or(Mode::Strict),
        time_zone: time_zone(litellm),
        exceeded_status: exceeded_status(litellm),
        wait: general.seconds("budget_wait", 0..=WAIT_SECONDS_MAX).unwrap_or(Duration::ZERO),
        on_block: general.word("on_block", &on_block).unwrap_or(OnBlock::Cut),
        all_key_gauges: litellm.flag("prometheus_initialize_budget_metrics"),
    }
}

fn tags(section: Section<'_>) -> BTreeMap<Arc<str>, Budget> {
    let tags = section.named("tag_budget_config").into_iter();
    tags.map(|(tag, cap)| (Arc::from(tag.value), budget(cap, "max_budget", "budget_duration"))).collect()
}

fn providers(section: Section<'_>) -> BTreeMap<Arc<str>, Budget> {
    let cap = |section: Section<'_>| {
        let older = budget(section, "budget_limit", "time_period");
        let newer = budget(section, "max_budget", "budget_duration");
        Budget { max: older.max.or(newer.max), window: older.window.or(newer.window), ..older }
    };
    let providers = section.named("provider_budget_config").into_iter();
    providers.map(|(provider, section)| (Arc::from(provider.value), cap(section))).collect()
}

fn time_zone(section: Section<'_>) -> TimeZone {
    let name = section.text("timezone").unwrap_or_default();
    if name == "UTC" {
        return TimeZone::UTC;
    }
    TimeZone::get(&name).unwrap_or_else(|_| {
        let message = "`litellm_settings.timezone` is no time zone of this system: write it as Europe/Berlin";
        section.complain(section.place_of("timezone"), message);
        TimeZone::UTC
    })
}

fn exceeded_status(section: Section<'_>) -> u16 {
    let status = section.count("budget_exceeded_status_code", 0..=999).unwrap_or_default();
    match STATUSES.into_iter().find(|&known| u64::from(known) == status) {
        Some(status) => status,
        None => {
            let message = "`litellm_settings.budget_exceeded_status_code` is none of 400, 402, 422 and 429";
            section.complain(section.place_of("budget_exceeded_status_code"), message);
            STATUSES[0]
        }
    }
}

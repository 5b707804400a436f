//! How vendors are called, and when another is tried.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::section::{Placed, Section};
use crate::config::settings::{OnClientDisconnect, Routing};
use crate::config::tree::{Map, Node, Value};

const RETRIES_MAX: u64 = 10;
const DAY_SECONDS: u64 = 86_400;
const FAILS_MAX: u64 = 1_000_000;

pub(super) fn routing(file: Section<'_>) -> Routing {
    let general = file.section("general_settings");
    let (litellm, router) = (file.section("litellm_settings"), file.section("router_settings"));
    let on_disconnect = [("abort", OnClientDisconnect::Abort), ("drain", OnClientDisconnect::Drain)];
    let retries = litellm.count("num_retries", 0..=RETRIES_MAX);
    let silence = litellm.seconds("request_timeout", 1..=DAY_SECONDS);
    Routing {
        on_client_disconnect: general.word("on_client_disconnect", &on_disconnect).unwrap_or(OnClientDisconnect::Abort),
        allow_unpriced_models: general.flag("allow_unpriced_models"),
        retries: small(router.count("num_retries", 0..=RETRIES_MAX).or(retries)),
        allowed_fails: small(router.count("allowed_fails", 0..=FAILS_MAX)),
        cooldown: router.seconds("cooldown_time", 0..=DAY_SECONDS).unwrap_or(Duration::ZERO),
        vendor_timeout: router.seconds("timeout", 1..=DAY_SECONDS).or(silence).unwrap_or_default(),
    }
}

/// A number whose range ends far below `u32`'s.
fn small(number: Option<u64>) -> u32 {
    u32::try_from(number.unwrap_or_default()).unwrap_or(u32::MAX)
}

/// Which models stand in for which, in the order of the file: `fallbacks` of both sections together.
pub(super) fn fallbacks(file: Section<'_>) -> BTreeMap<String, Vec<Placed>> {
    let mut fallbacks: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for section in [file.section("router_settings"), file.section("litellm_settings")] {
        for item in section.items("fallbacks") {
            let Value::Map(map) = &item.value else {
                section.complain(&item.place, "a fallback is written as {model: [other models]}");
                continue;
            };
            for (model, others) in fallback(section, map) {
                fallbacks.entry(model).or_default().extend(others);
            }
        }
    }
    fallbacks
}

fn fallback(section: Section<'_>, map: &Map) -> Vec<(String, Vec<Placed>)> {
    let other = |node: &Node| {
        let value = section.text_in("fallbacks", node)?;
        Some(Placed { value, place: node.place.clone() })
    };
    let others = |node: &Node| match &node.value {
        Value::List(items) => items.iter().filter_map(other).collect(),
        _ => other(node).into_iter().collect(),
    };
    map.entries.iter().map(|entry| (entry.key.clone(), others(&entry.node))).collect()
}

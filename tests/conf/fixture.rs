//! A config text with an environment and a price book that no test shares.

use std::path::Path;
use std::sync::Arc;

use filters::money::PicoUsd;
use filters::state::pricing::{Mode, Price, TokenLimits};
use jiff::Timestamp;
use tollkeeper::config::{self, Examined, Prices, Resolved, Surroundings, TypedPrice};

/// When every fixture is read.
pub(super) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// A master key that will do, and nothing else.
pub(super) const MASTER: &str = "general_settings: {master_key: sk-0f7e31b92c5d4a86}\n";

/// A price book of a few models.
pub(super) struct Book;

/// Some price: what it says does not matter to the config.
fn price() -> Arc<Price> {
    let keys = [("input_cost_per_token", PicoUsd(1)), ("output_cost_per_token", PicoUsd(1))];
    Arc::new(Price::from_cost_keys("some", Mode::default(), TokenLimits::default(), keys).unwrap())
}

impl Prices for Book {
    fn find(&self, provider: &str, model: &str) -> Option<Arc<Price>> {
        self.models(provider).iter().any(|known| known == model).then(price)
    }

    fn models(&self, provider: &str) -> Vec<String> {
        let models: &[&str] = match provider {
            "anthropic" => &["claude-opus-4", "claude-haiku-4", "claude-3-5-sonnet-20241022"],
            "openai" => &["gpt-4o", "gpt-4o-mini"],
            "azure" => &["gpt-4o"],
            "gemini" => &["gemini-2.5-flash"],
            _ => &[],
        };
        models.iter().map(|&model| model.to_owned()).collect()
    }

    fn typed(&self, typed: &TypedPrice) -> Result<Arc<Price>, String> {
        match typed.per_unit.iter().find(|(key, _)| key == "input_cost_per_query") {
            Some(_) => Err("`input_cost_per_query` is not understood".into()),
            None => Ok(price()),
        }
    }
}

/// Variables that the examples name; whose names begin with `NO` are not set.
pub(super) fn environment(name: &str) -> Option<String> {
    match name {
        "DEMO_LISTEN" => return Some("127.0.0.1:0".into()),
        "DEMO_VENDOR" => return Some("http://127.0.0.1:9".into()),
        _ => {}
    }
    (!name.starts_with("NO")).then(|| format!("sk-{:0>16}-{name}", name.len() * 7_654_321))
}

pub(super) fn examine_file(path: &Path) -> Examined {
    config::examine(path, &Surroundings { environment: &environment, prices: &Book, now: now() })
}

pub(super) fn examine(text: &str) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, text).unwrap();
    examine_file(&path)
}

/// What the text means; it must have no mistake.
pub(super) fn resolved(text: &str) -> Resolved {
    let examined = examine(text);
    assert!(examined.mistakes.is_empty(), "{examined}");
    examined.resolved.unwrap()
}

/// Mistakes as `line:column: message (hint)`.
pub(super) fn mistakes(text: &str) -> Vec<String> {
    listed(&examine(text).mistakes)
}

/// Warnings in the same form.
pub(super) fn warnings(text: &str) -> Vec<String> {
    listed(&examine(text).warnings)
}

fn listed(findings: &[config::Mistake]) -> Vec<String> {
    let brief = |finding: &config::Mistake| {
        let text = finding.to_string();
        text.split_once("c.yaml:").map_or(text.clone(), |(_, rest)| rest.to_owned())
    };
    findings.iter().map(brief).collect()
}

//! The master key: refused while strangers could guess it.

use filters::state::catalog::Secret;

use crate::config::mistake::Mistake;
use crate::config::section::Section;

const LENGTH_MIN: usize = 16;

/// Keys that stand in manuals and examples, where everybody can read them.
const PUBLICLY_KNOWN: &[&str] = &[
    "pllm_sk_master_",
    "pllm_sk_master_key",
    "sk-1234",
    "sk-12345",
    "sk-123456",
    "sk-1234567890",
    "sk-1234567890abcdef",
    "sk-admin",
    "sk-change-me",
    "sk-changeme",
    "sk-litellm",
    "sk-litellm-master-key",
    "sk-master",
    "sk-master-key",
    "sk-my-master-key",
    "sk-proxy-master-key",
    "sk-test",
    "sk-your-master-key",
    "sk-your-master-key-here",
];

/// The master key, or a complaint with a fresh one to use instead.
pub(super) fn master_key(section: Section<'_>) -> Option<Secret> {
    let typed = section.secret("master_key");
    let wrong = match &typed {
        None if section.has("master_key") => return None,
        None => "there is no `general_settings.master_key`",
        Some(key) if PUBLICLY_KNOWN.contains(&key.expose()) => {
            "`general_settings.master_key` is publicly known: it stands in manuals"
        }
        Some(key) if key.expose().chars().count() < LENGTH_MIN => {
            "`general_settings.master_key` has fewer than 16 characters"
        }
        Some(_) => return typed,
    };
    let mistake = Mistake::at(section.place_of("master_key").clone(), wrong);
    let hint = fresh().map(|key| format!("here is a fresh one to use: {key}"));
    section.reading().report.mistake(Mistake { hint, ..mistake });
    None
}

/// A new key that nobody can guess, unless the system has no randomness to give.
pub(in crate::config) fn fresh() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(format!("sk-{}", hex::encode(bytes)))
}

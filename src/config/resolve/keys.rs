//! Virtual keys, of a team or of a user.

use std::collections::BTreeMap;
use std::sync::Arc;

use filters::state::catalog::Limits;
use filters::state::identity::{Allowance, Key, KeyHash, OrganizationId, TeamId, UserId};

use super::allowance::allowance;
use super::model_names::ModelNames;
use super::once::Once;
use crate::config::section::Section;
use crate::config::settings::Access;

/// Whose keys are being read.
#[derive(Clone)]
pub(super) struct Owner {
    pub(super) team: Option<TeamId>,
    pub(super) user: Option<UserId>,
    pub(super) organization: Option<OrganizationId>,
}

/// What reading keys needs, and what it has seen so far.
pub(super) struct Keys<'a> {
    pub(super) names: &'a ModelNames,
    pub(super) access: Option<&'a Access>,
    pub(super) hashes: Once,
}

const SECRET_LENGTH_MIN: usize = 16;

impl Keys<'_> {
    /// Reads the keys of one owner, whose aliases must differ.
    pub(super) fn read(&mut self, sections: Vec<Section<'_>>, owner: &Owner) -> Vec<Key> {
        let mut aliases = Once::default();
        sections.into_iter().filter_map(|section| self.key(section, owner, &mut aliases)).collect()
    }

    fn key(&mut self, section: Section<'_>, owner: &Owner, aliases: &mut Once) -> Option<Key> {
        let alias = section.placed("key_alias");
        if let Some(alias) = &alias {
            aliases.take(section, &alias.value, &format!("the key alias `{}`", alias.value), &alias.place);
        }
        let allowance = self.allowance(section, owner);
        let user = section.text("user_id").map(|id| UserId::from(id.as_str())).or_else(|| owner.user.clone());
        let (model_aliases, expires_at) = (model_aliases(section, "aliases"), section.timestamp("expires"));
        let tags = section.words("tags").into_iter().map(|tag| tag.value).collect();
        let (hash, display) = self.identify(section)?;
        Some(Key {
            hash,
            display: Arc::from(display),
            alias: alias.map(|alias| Arc::from(alias.value)),
            team: owner.team.clone(),
            user,
            organization: owner.organization.clone(),
            allowance,
            model_aliases,
            expires_at,
            tags,
        })
    }

    /// What is typed, with the defaults for keys filled in.
    fn allowance(&self, section: Section<'_>, owner: &Owner) -> Allowance {
        let mut allowance = allowance(section, self.names);
        let Some(access) = self.access else { return allowance };
        allowance.limits = or_default(allowance.limits, access.default_key_limits);
        if owner.team.is_none() && allowance.models.is_empty() {
            allowance.models.clone_from(&access.default_models);
        }
        allowance
    }

    /// The hash that a key is known by, and what people recognise it by.
    fn identify(&mut self, section: Section<'_>) -> Option<(KeyHash, String)> {
        let found = match (section.has("key"), section.has("key_hash")) {
            (true, false) => self.of_secret(section),
            (false, true) => of_hash(section),
            _ => {
                section.complain(section.place(), format!("{} needs either `key` or `key_hash`", section.name()));
                None
            }
        };
        let (hash, _) = found.as_ref()?;
        let place = section.place_of(if section.has("key") { "key" } else { "key_hash" });
        self.hashes.take(section, &hash.to_string(), "this key", place);
        found
    }

    fn of_secret(&self, section: Section<'_>) -> Option<(KeyHash, String)> {
        let secret = section.secret("key")?;
        let (secret, place) = (secret.expose(), section.place_of("key"));
        if !secret.starts_with("sk-") || secret.chars().count() < SECRET_LENGTH_MIN {
            section.complain(
                place,
                format!("{}: `key` must start with sk- and have at least 16 characters", section.name()),
            );
            return None;
        }
        if self.access.is_some_and(|access| access.master_key.expose() == secret) {
            section.complain(place, format!("{}: `key` is the master key", section.name()));
        }
        if looks_guessable(secret) {
            section.warn(place, format!("{}: `key` looks guessable", section.name()));
        }
        let tail: String = secret.chars().skip(secret.chars().count() - 4).collect();
        Some((KeyHash::of(secret), format!("sk-...{tail}")))
    }
}

fn of_hash(section: Section<'_>) -> Option<(KeyHash, String)> {
    let text = section.text("key_hash")?;
    let hash = KeyHash::from_hex(&text);
    if hash.is_none() {
        let message = format!("{}: `key_hash` must be 64 hex digits, the SHA-256 of the secret", section.name());
        section.complain(section.place_of("key_hash"), message);
    }
    // The secret is unknown here, so nothing of it can be shown.
    hash.map(|hash| (hash, "sk-...".to_owned()))
}

fn or_default(own: Limits, default: Limits) -> Limits {
    Limits {
        requests_per_minute: own.requests_per_minute.or(default.requests_per_minute),
        tokens_per_minute: own.tokens_per_minute.or(default.tokens_per_minute),
        parallel_requests: own.parallel_requests.or(default.parallel_requests),
    }
}

/// Names for models that hold for one team or key.
pub(super) fn model_aliases(section: Section<'_>, key: &str) -> BTreeMap<String, String> {
    let typed = section.free(key).into_iter();
    typed.filter_map(|(alias, node)| Some((alias.value, section.text_in(key, node)?))).collect()
}

/// Whether a secret is made of a word that people choose, or of too few different characters to be random. A random
/// secret of 16 characters has about a dozen different ones; fewer than nine is a matter of one in millions.
fn looks_guessable(secret: &str) -> bool {
    const WORDS: [&str; 12] =
        ["1234", "abcd", "admin", "change", "demo", "example", "hello", "key", "pass", "secret", "test", "your"];
    let rest = secret.trim_start_matches("sk-").to_lowercase();
    let different: std::collections::BTreeSet<char> = rest.chars().collect();
    different.len() < 9 || WORDS.iter().any(|word| rest.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_secret_does_not_look_guessable_and_a_chosen_one_does() {
        for secret in ["sk-aaaaaaaaaaaaaaaa", "sk-my-test-0f7e31b92c", "sk-1234567890abcdef", "sk-changeme-0f7e31b92c"]
        {
            assert!(looks_guessable(secret), "{secret}");
        }
        for secret in ["sk-0f7e31b92c5d4a86", "sk-Zr8qLw2nTgXv5BcHj"] {
            assert!(!looks_guessable(secret), "{secret}");
        }
    }
}

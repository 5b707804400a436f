//! Prices in LiteLLM's words: `input_cost_per_token`, `cache_read_input_token_cost_above_200k_tokens_priority`, …
//!
//! A key is a base name, then for prompts above a length `_above_{N}k_tokens`, then for a service tier `_batches`, `_flex` or
//! `_priority`. A key that we cannot bill by is refused: ignored, it would make something free.

use std::sync::Arc;

use super::Price;
use super::figures::{Figures, Part};
use super::list::{Incomplete, LongPrompt, Mode, PriceList, TokenLimits};
use super::units::Unit;
use crate::money::PicoUsd;
use crate::usage::ServiceTier;

/// Why keys make no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCostKeys {
    #[error("{0} is not a price that can be billed by")]
    Unknown(String),
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
}

/// What one key is about.
struct CostKey {
    subject: Subject,
    above_tokens: Option<u64>,
    tier: ServiceTier,
}

enum Subject {
    Token(Part),
    Piece(Unit),
}

/// Whether [`Price::from_cost_keys`] knows this key.
#[must_use]
pub fn is_cost_key(key: &str) -> bool {
    CostKey::parse(key).is_some()
}

impl Price {
    /// Makes a price of a config file's own figures, each in dollars per unit as LiteLLM writes them.
    ///
    /// Two keys for one thing (`input_cost_per_second` and `output_cost_per_second`) are two quotes: the dearer stands.
    /// `id` should change whenever the figures do.
    pub fn from_cost_keys<K: AsRef<str>>(
        id: impl Into<Arc<str>>,
        mode: Mode,
        limits: TokenLimits,
        keys: impl IntoIterator<Item = (K, PicoUsd)>,
    ) -> Result<Self, NotCostKeys> {
        let mut list = PriceList { mode, limits, ..PriceList::default() };
        for (key, price) in keys {
            let unknown = || NotCostKeys::Unknown(key.as_ref().to_owned());
            CostKey::parse(key.as_ref()).ok_or_else(unknown)?.put(&mut list, price);
        }
        Ok(list.price(id)?)
    }
}

impl CostKey {
    fn parse(key: &str) -> Option<Self> {
        let (rest, tier) = split_tier(key);
        let (name, above_tokens) = split_length(rest);
        let is_plain = above_tokens.is_none() && tier == ServiceTier::Standard;
        let subject = match token_part(name) {
            Some(part) => Subject::Token(part),
            None => Subject::Piece(unit(name).filter(|_| is_plain)?),
        };
        Some(Self { subject, above_tokens, tier })
    }

    fn put(&self, list: &mut PriceList, price: PicoUsd) {
        match self.subject {
            Subject::Piece(unit) => list.fees.set_dearest(unit, price),
            Subject::Token(part) => {
                let listed = &mut figures(list, self.above_tokens, self.tier)[part];
                *listed = Some(listed.map_or(price, |listed| listed.max(price)));
            }
        }
    }
}

fn figures(list: &mut PriceList, above_tokens: Option<u64>, tier: ServiceTier) -> &mut Figures {
    let Some(above_tokens) = above_tokens else { return list.tiers.of_mut(tier) };
    let known = list.long_prompts.iter().position(|long| long.above_tokens == above_tokens);
    let place = known.unwrap_or_else(|| {
        list.long_prompts.push(LongPrompt { above_tokens, ..LongPrompt::default() });
        list.long_prompts.len() - 1
    });
    list.long_prompts[place].tiers.of_mut(tier)
}

fn split_tier(key: &str) -> (&str, ServiceTier) {
    let tiers = [("_batches", ServiceTier::Batch), ("_flex", ServiceTier::Flex), ("_priority", ServiceTier::Priority)];
    let found = tiers.into_iter().find_map(|(suffix, tier)| Some((key.strip_suffix(suffix)?, tier)));
    found.unwrap_or((key, ServiceTier::Standard))
}

fn split_length(key: &str) -> (&str, Option<u64>) {
    let length = |key| {
        let (name, thousands) = str::strip_suffix(key, "k_tokens")?.rsplit_once("_above_")?;
        let is_number = thousands.bytes().all(|b| b.is_ascii_digit());
        let tokens = thousands.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(1000)?;
        Some((name, Some(tokens)))
    };
    length(key).unwrap_or((key, None))
}

fn token_part(name: &str) -> Option<Part> {
    Some(match name {
        "input_cost_per_token" => Part::Input,
        "output_cost_per_token" => Part::Output,
        "cache_read_input_token_cost" | "input_cost_per_token_cache_hit" | "cache_read_input_audio_token_cost" => {
            Part::CacheRead
        }
        "cache_creation_input_token_cost" | "cache_creation_input_audio_token_cost" => Part::CacheWrite5m,
        "cache_creation_input_token_cost_above_1hr" => Part::CacheWrite1h,
        "cache_creation_input_token_cost_above_12hr" => Part::CacheWrite12h,
        "output_cost_per_reasoning_token" => Part::Reasoning,
        "input_cost_per_audio_token" => Part::AudioInput,
        "output_cost_per_audio_token" => Part::AudioOutput,
        "input_cost_per_image_token" => Part::ImageInput,
        "output_cost_per_image_token" => Part::ImageOutput,
        _ => return None,
    })
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        // LiteLLM quotes generated images under either name.
        "input_cost_per_image" | "output_cost_per_image" => Unit::Image,
        "input_cost_per_second" | "output_cost_per_second" | "input_cost_per_audio_per_second" => Unit::AudioSecond,
        "input_cost_per_character" | "output_cost_per_character" => Unit::Character,
        "input_cost_per_query" => Unit::SearchUnit,
        "input_cost_per_request" => Unit::Request,
        "search_context_size_low" | "search_context_size_medium" | "search_context_size_high" => Unit::WebSearch,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::NanoUsd;
    use crate::usage::Usage;

    fn price(keys: &[(&str, u64)]) -> Result<Price, NotCostKeys> {
        let keys = keys.iter().map(|(key, pico)| (*key, PicoUsd(*pico)));
        Price::from_cost_keys("demo@config", Mode::Chat, TokenLimits::default(), keys)
    }

    fn cost(price: &Price, usage: &Usage) -> NanoUsd {
        price.cost(usage, "2026-11-20T12:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_key_that_nothing_is_billed_by_is_refused() {
        for key in [
            "input_cost_per_pixel",
            "input_cost_per_token_above_k_tokens",
            "input_cost_per_token_above_+1k_tokens",
            "input_cost_per_token_above_99999999999999999999k_tokens",
            "input_cost_per_image_batches",
            "input_cost_per_token_priority_above_200k_tokens",
            "Input_cost_per_token",
            "",
        ] {
            assert!(!is_cost_key(key), "{key}");
            assert_eq!(price(&[(key, 1)]).unwrap_err(), NotCostKeys::Unknown(key.to_owned()));
        }
    }

    #[test]
    fn input_alone_is_refused_because_output_would_be_free() {
        let refusal = price(&[("input_cost_per_token", 3)]).unwrap_err();

        assert_eq!(refusal.to_string(), "there is no price for output (zero must be written)");
    }

    #[test]
    fn two_figures_make_a_price() {
        let price = price(&[("input_cost_per_token", 3_000_000), ("output_cost_per_token", 15_000_000)]).unwrap();

        let usage = Usage { input_tokens: 1000, output_tokens: 100, ..Usage::default() };

        assert_eq!(cost(&price, &usage), NanoUsd(4_500_000));
        assert_eq!(&**price.id(), "demo@config");
    }

    #[test]
    fn length_and_tier_in_a_key_are_understood() {
        let price = price(&[
            ("input_cost_per_token", 1000),
            ("output_cost_per_token", 1000),
            ("input_cost_per_token_above_200k_tokens", 2000),
            ("input_cost_per_token_priority", 3000),
            ("input_cost_per_token_above_200k_tokens_priority", 7000),
        ])
        .unwrap();
        let costs = |input_tokens, service_tier| {
            cost(&price, &Usage { input_tokens, service_tier, ..Usage::default() }).0
                / i64::try_from(input_tokens).unwrap()
        };

        assert_eq!(costs(200_000, ServiceTier::Standard), 1);
        assert_eq!(costs(200_001, ServiceTier::Standard), 2);
        assert_eq!(costs(200_000, ServiceTier::Priority), 3);
        assert_eq!(costs(200_001, ServiceTier::Priority), 7);
    }

    #[test]
    fn one_thing_quoted_as_input_and_as_output_is_billed_once_at_the_dearer() {
        let whisper = price(&[("input_cost_per_second", 100_000_000), ("output_cost_per_second", 90_000_000)]).unwrap();

        assert_eq!(cost(&whisper, &Usage { audio_seconds: 60, ..Usage::default() }), NanoUsd(6_000_000));
    }
}

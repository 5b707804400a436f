//! What is billed by the piece rather than by the token: images, seconds, characters, searches, the request itself.

use crate::money::PicoUsd;
use crate::usage::Usage;

/// A thing that is billed by the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    Image,
    AudioSecond,
    Character,
    SearchUnit,
    WebSearch,
    /// The call itself, once each.
    Request,
}

impl Unit {
    pub const ALL: [Self; 6] =
        [Self::Image, Self::AudioSecond, Self::Character, Self::SearchUnit, Self::WebSearch, Self::Request];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::AudioSecond => "second of audio",
            Self::Character => "character",
            Self::SearchUnit => "rerank search",
            Self::WebSearch => "web search",
            Self::Request => "request",
        }
    }

    /// How many of them an exchange used.
    pub(super) const fn count(self, usage: &Usage) -> u64 {
        match self {
            Self::Image => usage.images,
            Self::AudioSecond => usage.audio_seconds,
            Self::Character => usage.characters,
            Self::SearchUnit => usage.search_units,
            Self::WebSearch => usage.web_searches,
            Self::Request => 1,
        }
    }
}

/// Prices by the piece; `None` is not listed, which is not the same as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees([Option<PicoUsd>; Unit::ALL.len()]);

impl Fees {
    #[must_use]
    pub fn listed(&self, unit: Unit) -> Option<PicoUsd> {
        self.0[unit as usize]
    }

    pub fn set(&mut self, unit: Unit, price: PicoUsd) {
        self.0[unit as usize] = Some(price);
    }

    /// Sets the price, or keeps the listed one if that is dearer: for lists that quote one thing in several ways.
    pub fn set_dearest(&mut self, unit: Unit, price: PicoUsd) {
        self.set(unit, self.listed(unit).map_or(price, |listed| listed.max(price)));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The sum for so many of each, in pico-dollars; what has no price counts for nothing. `None` on overflow.
    pub(super) fn total(&self, count: impl Fn(Unit) -> u64) -> Option<u128> {
        Unit::ALL
            .into_iter()
            .try_fold(0_u128, |sum, unit| sum.checked_add(self.listed(unit).unwrap_or_default().times(count(unit))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_place_of_its_own() {
        for (place, unit) in Unit::ALL.into_iter().enumerate() {
            assert_eq!(unit as usize, place, "{unit:?}");
        }
    }

    #[test]
    fn a_thing_quoted_twice_costs_its_dearest_quote() {
        let mut fees = Fees::default();

        fees.set_dearest(Unit::Image, PicoUsd(4));
        fees.set_dearest(Unit::Image, PicoUsd(3));

        assert_eq!(fees.listed(Unit::Image), Some(PicoUsd(4)));
    }
}

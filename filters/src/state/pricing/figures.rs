//! The token figures of a price list: what each kind of token costs, where the vendor says so.

use std::ops::{Index, IndexMut};

use crate::money::PicoUsd;

/// A kind of token that a vendor may price by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Input,
    CacheRead,
    /// Kept five minutes, or for as long as the vendor pleases.
    CacheWrite5m,
    CacheWrite1h,
    /// Kept twelve hours. No vendor counts these apart, so they only raise bounds.
    CacheWrite12h,
    AudioInput,
    ImageInput,
    Output,
    Reasoning,
    AudioOutput,
    ImageOutput,
}

impl Part {
    /// Parts of the prompt first, then parts of the output.
    pub const ALL: [Self; 11] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite1h,
        Self::CacheWrite12h,
        Self::AudioInput,
        Self::ImageInput,
        Self::Output,
        Self::Reasoning,
        Self::AudioOutput,
        Self::ImageOutput,
    ];

    /// The part whose price moves this one's where a tier lists nothing of its own.
    #[must_use]
    pub const fn leader(self) -> Self {
        if self.is_output() { Self::Output } else { Self::Input }
    }

    /// Whether it is generated rather than sent.
    #[must_use]
    pub const fn is_output(self) -> bool {
        matches!(self, Self::Output | Self::Reasoning | Self::AudioOutput | Self::ImageOutput)
    }

    #[must_use]
    pub const fn is_cache_write(self) -> bool {
        matches!(self, Self::CacheWrite5m | Self::CacheWrite1h | Self::CacheWrite12h)
    }
}

/// Prices per token as a list has them; `None` is not listed, which is not the same as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures([Option<PicoUsd>; Part::ALL.len()]);

impl Figures {
    /// Works out every part from its own entry and a rule.
    pub(super) fn from_rule(rule: impl Fn(Part) -> Option<PicoUsd>) -> Self {
        Self(Part::ALL.map(rule))
    }

    /// Whether nothing is listed at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

impl Index<Part> for Figures {
    type Output = Option<PicoUsd>;

    fn index(&self, part: Part) -> &Option<PicoUsd> {
        &self.0[part as usize]
    }
}

impl IndexMut<Part> for Figures {
    fn index_mut(&mut self, part: Part) -> &mut Option<PicoUsd> {
        &mut self.0[part as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_place_of_its_own() {
        for (place, part) in Part::ALL.into_iter().enumerate() {
            assert_eq!(part as usize, place, "{part:?}");
        }
    }
}

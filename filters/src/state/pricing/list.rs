//! A price list as a vendor publishes it: what is listed, with its gaps. Made complete, it becomes a [`Price`].

use std::sync::Arc;

use jiff::civil::Date;

use super::Price;
use super::figures::{Figures, Part};
use super::hours::PeakHours;
use super::ratio::Discount;
use super::schedule::Schedule;
use super::units::{Fees, Unit};
use crate::usage::ServiceTier;

/// What a vendor lists for one model.
#[derive(Clone, Debug, Default)]
pub struct PriceList {
    pub mode: Mode,
    pub limits: TokenLimits,
    pub retires: Option<Date>,
    pub tiers: Tiers,
    /// What batch takes off every figure it does not list.
    pub batch_discount: Option<Discount>,
    /// In any order; no two with the same threshold.
    pub long_prompts: Vec<LongPrompt>,
    pub off_peak: Option<OffPeak>,
    pub fees: Fees,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    #[default]
    Chat,
    Responses,
    Completion,
    Embedding,
    Rerank,
    Moderation,
    Image,
    Transcription,
    Speech,
}

/// How many tokens a model takes and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenLimits {
    pub context_window: Option<u64>,
    /// Where sources disagree, the widest: what a prompt that we cannot see may be long.
    pub context_window_widest: Option<u64>,
    pub max_output: Option<u64>,
}

/// The figures of each of the vendor's service tiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tiers {
    pub standard: Figures,
    pub batch: Figures,
    pub flex: Figures,
    pub priority: Figures,
}

/// Prices of a request whose whole prompt, cached or not, has more than `above_tokens` tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LongPrompt {
    pub above_tokens: u64,
    pub tiers: Tiers,
}

/// Prices outside peak hours. The standard figures are those at peak.
#[derive(Clone, Debug, Default)]
pub struct OffPeak {
    pub peak_hours: PeakHours,
    pub figures: Figures,
}

/// Why a list is not enough to bill by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    #[error("nothing has a price")]
    Nothing,
    #[error("there is no price for input (zero must be written)")]
    Input,
    #[error("there is no price for output (zero must be written)")]
    Output,
    #[error("a tier has prices for tokens where the standard tier has none")]
    Standard,
    #[error("two prices for prompts above {0} tokens")]
    SameThreshold(u64),
}

impl Mode {
    pub const ALL: [Self; 9] = [
        Self::Chat,
        Self::Responses,
        Self::Completion,
        Self::Embedding,
        Self::Rerank,
        Self::Moderation,
        Self::Image,
        Self::Transcription,
        Self::Speech,
    ];

    /// Its word in the price book.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Completion => "completion",
            Self::Embedding => "embedding",
            Self::Rerank => "rerank",
            Self::Moderation => "moderation",
            Self::Image => "image",
            Self::Transcription => "transcription",
            Self::Speech => "speech",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether its answers are tokens at all: an embedding or a ranking is not.
    #[must_use]
    pub const fn generates_tokens(self) -> bool {
        !matches!(self, Self::Embedding | Self::Rerank | Self::Moderation)
    }
}

impl TokenLimits {
    /// The longest prompt that any source allows.
    pub(super) fn prompt_max(&self) -> Option<u64> {
        self.context_window.max(self.context_window_widest)
    }
}

impl Tiers {
    pub(super) fn of(&self, tier: ServiceTier) -> &Figures {
        match tier {
            ServiceTier::Standard => &self.standard,
            ServiceTier::Batch => &self.batch,
            ServiceTier::Flex => &self.flex,
            ServiceTier::Priority => &self.priority,
        }
    }

    pub(super) fn of_mut(&mut self, tier: ServiceTier) -> &mut Figures {
        match tier {
            ServiceTier::Standard => &mut self.standard,
            ServiceTier::Batch => &mut self.batch,
            ServiceTier::Flex => &mut self.flex,
            ServiceTier::Priority => &mut self.priority,
        }
    }
}

impl PriceList {
    /// Makes it a price under an id that no other figures will ever have.
    pub fn price(&self, id: impl Into<Arc<str>>) -> Result<Price, Incomplete> {
        self.check()?;
        let tokens = (!self.tiers.standard.is_empty()).then(|| Schedule::of(self));
        Ok(Price {
            id: id.into(),
            mode: self.mode,
            limits: self.limits,
            retires: self.retires,
            tokens,
            fees: self.fees,
        })
    }

    fn check(&self) -> Result<(), Incomplete> {
        if self.tiers.standard.is_empty() {
            return self.check_units_alone();
        }
        let lists = |is_output| {
            Part::ALL.into_iter().any(|part| part.is_output() == is_output && self.tiers.standard[part].is_some())
        };
        if !lists(false) {
            return Err(Incomplete::Input);
        }
        if !lists(true) && self.mode.generates_tokens() && !self.bills_output_by_the_piece() {
            return Err(Incomplete::Output);
        }
        self.check_thresholds()
    }

    fn check_units_alone(&self) -> Result<(), Incomplete> {
        let has_tiers = self.tiers != Tiers::default() || !self.long_prompts.is_empty() || self.off_peak.is_some();
        match (has_tiers, self.fees.is_empty()) {
            (true, _) => Err(Incomplete::Standard),
            (false, true) => Err(Incomplete::Nothing),
            (false, false) => Ok(()),
        }
    }

    fn bills_output_by_the_piece(&self) -> bool {
        [Unit::Image, Unit::AudioSecond, Unit::Character].into_iter().any(|unit| self.fees.listed(unit).is_some())
    }

    fn check_thresholds(&self) -> Result<(), Incomplete> {
        let mut thresholds: Vec<_> = self.long_prompts.iter().map(|long| long.above_tokens).collect();
        thresholds.sort_unstable();
        match thresholds.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Incomplete::SameThreshold(pair[0])),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::PicoUsd;

    fn list(parts: &[Part]) -> PriceList {
        let mut list = PriceList::default();
        for part in parts {
            list.tiers.standard[*part] = Some(PicoUsd(1));
        }
        list
    }

    fn refusal(list: &PriceList) -> Option<Incomplete> {
        list.price("test").err()
    }

    #[test]
    fn a_list_that_leaves_tokens_without_a_price_is_refused() {
        assert_eq!(refusal(&list(&[])), Some(Incomplete::Nothing));
        assert_eq!(refusal(&list(&[Part::Output])), Some(Incomplete::Input));
        assert_eq!(refusal(&list(&[Part::Input, Part::CacheRead])), Some(Incomplete::Output));
        assert_eq!(refusal(&list(&[Part::Input, Part::Output])), None);
    }

    #[test]
    fn what_generates_no_tokens_needs_no_price_for_them() {
        let embedding = PriceList { mode: Mode::Embedding, ..list(&[Part::Input]) };

        assert_eq!(refusal(&embedding), None);
    }

    #[test]
    fn a_model_may_be_billed_by_the_piece_alone() {
        let mut whisper = list(&[]);
        whisper.fees.set(Unit::AudioSecond, PicoUsd(100));

        assert_eq!(refusal(&whisper), None);

        whisper.tiers.flex[Part::Input] = Some(PicoUsd(1));
        assert_eq!(refusal(&whisper), Some(Incomplete::Standard));
    }

    #[test]
    fn two_prices_for_one_length_are_refused() {
        let mut twice = list(&[Part::Input, Part::Output]);
        twice.long_prompts = vec![LongPrompt { above_tokens: 200_000, ..LongPrompt::default() }; 2];

        assert_eq!(refusal(&twice), Some(Incomplete::SameThreshold(200_000)));
    }
}

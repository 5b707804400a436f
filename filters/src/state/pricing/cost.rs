//! What a request cost: its usage at the prices of its length, tier and hour, rounded up once.

use jiff::Timestamp;

use super::Price;
use super::units::Unit;
use crate::money::{NanoUsd, nano_ceil};
use crate::usage::Usage;

/// The counts are so absurd that their price does not fit an amount. Nothing was charged for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cost of this usage is more than an amount can hold")]
pub struct CostOverflow;

/// Something a usage reports that the price says nothing about, so that it cost nothing: a reason for an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpriced {
    #[error("tokens were used, and the model has no price for them")]
    Tokens,
    #[error("a {} was used, and the model has no price for one", .0.name())]
    Unit(Unit),
}

impl Price {
    /// What this usage costs. `at` is when the request was admitted: that hour decides between peak and off-peak, however
    /// long the answer took.
    pub fn cost(&self, usage: &Usage, at: Timestamp) -> Result<NanoUsd, CostOverflow> {
        let tokens = match &self.tokens {
            Some(schedule) => schedule.row(usage.prompt_tokens(), usage.service_tier, at).cost(usage),
            None => Some(0),
        };
        let units = self.fees.total(|unit| unit.count(usage));
        let pico = tokens.zip(units).and_then(|(tokens, units)| tokens.checked_add(units));
        pico.and_then(nano_ceil).ok_or(CostOverflow)
    }

    /// What of this usage [`Price::cost`] left out for want of a price.
    ///
    /// Images, seconds and characters without a price are no gap where the same answer is billed by its tokens.
    #[must_use]
    pub fn unpriced(&self, usage: &Usage) -> Option<Unpriced> {
        let is_billed_by_token = self.bills_tokens() && usage.total_tokens() > 0;
        let is_gap = |unit: &Unit| unit.count(usage) > 0 && !self.bills(*unit);
        if is_gap(&Unit::WebSearch) {
            return Some(Unpriced::Unit(Unit::WebSearch));
        }
        let pieces = [Unit::Image, Unit::AudioSecond, Unit::Character, Unit::SearchUnit];
        if let Some(unit) = pieces.into_iter().find(is_gap).filter(|_| !is_billed_by_token) {
            return Some(Unpriced::Unit(unit));
        }
        let is_billed = self.bills_tokens() || Unit::ALL.iter().any(|unit| unit.count(usage) > 0 && self.bills(*unit));
        (usage.total_tokens() > 0 && !is_billed).then_some(Unpriced::Tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::PicoUsd;
    use crate::state::pricing::{Part, PriceList};

    fn per_token() -> PriceList {
        let mut list = PriceList::default();
        list.tiers.standard[Part::Input] = Some(PicoUsd(1));
        list.tiers.standard[Part::Output] = Some(PicoUsd(1));
        list
    }

    fn unpriced(list: &PriceList, usage: Usage) -> Option<Unpriced> {
        list.price("test").unwrap().unpriced(&usage)
    }

    #[test]
    fn absurd_counts_are_an_error_and_never_a_small_amount() {
        let mut list = per_token();
        list.tiers.standard[Part::Input] = Some(PicoUsd(1_000_000));
        let price = list.price("test").unwrap();
        let absurd = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };

        assert_eq!(price.cost(&absurd, Timestamp::UNIX_EPOCH), Err(CostOverflow));
    }

    #[test]
    fn the_smallest_fraction_of_a_nano_dollar_is_charged_as_one() {
        let price = per_token().price("test").unwrap();
        let cost = |input_tokens| price.cost(&Usage { input_tokens, ..Usage::default() }, Timestamp::UNIX_EPOCH);

        assert_eq!([cost(0), cost(1), cost(1000), cost(1001)].map(|cost| cost.unwrap().0), [0, 1, 1, 2]);
    }

    #[test]
    fn what_went_unbilled_is_named() {
        let mut per_second = PriceList::default();
        per_second.fees.set(Unit::AudioSecond, PicoUsd(1));
        let tokens = Usage { input_tokens: 1, ..Usage::default() };

        assert_eq!(unpriced(&per_token(), Usage { web_searches: 1, ..tokens }), Some(Unpriced::Unit(Unit::WebSearch)));
        assert_eq!(unpriced(&per_token(), Usage { images: 1, ..Usage::default() }), Some(Unpriced::Unit(Unit::Image)));
        assert_eq!(unpriced(&per_second, tokens), Some(Unpriced::Tokens));
    }

    #[test]
    fn images_billed_by_their_tokens_are_no_gap() {
        let usage = Usage { images: 1, output_tokens: 4000, ..Usage::default() };

        assert_eq!(unpriced(&per_token(), usage), None);
    }
}

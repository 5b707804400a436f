//! What a request can cost before it is sent: a proven bound for strict budgets, a likely figure for the others.

use super::Price;
use super::rates::Rates;
use super::schedule::Schedule;
use super::units::Unit;
use crate::money::{NanoUsd, nano_ceil};
use crate::usage::ServiceTier;

/// What a request could use at most. [`Price::bound`] is as true as these numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The whole prompt, cached or not, images and audio included: exact, or never less than the vendor will count.
    pub input_tokens: u64,
    /// For one choice, reasoning included; `None`: not limited, so the model's own maximum.
    pub output_tokens: Option<u64>,
    /// How many answers are asked for (`n`); each may be as long as the limit, the prompt is billed once.
    pub choices: u64,
    /// Earlier responses, files, URLs, server tools: the prompt may be longer than what we see, up to the context window.
    pub hidden_input: bool,
    /// Images to generate. Zero for a model that bills them by the token: see [`Price::bills`].
    pub images: u64,
    pub audio_seconds: u64,
    pub characters: u64,
    pub search_units: u64,
    /// The use limit of the web search tool.
    pub web_searches: u64,
    pub tier: TierAsked,
}

/// The service tier that a request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TierAsked {
    /// None, or `auto`: the vendor's settings for our account decide, and we do not know them.
    #[default]
    Unstated,
    /// This one, or standard where the vendor has no room in it.
    Named(ServiceTier),
}

/// Why there is no bound: the missing knowledge is named, so that a refusal can say what would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbounded {
    #[error("the request sets no output limit, and the price book has no maximum output for this model")]
    MaxOutput,
    #[error("the request refers to input that is not in it, and the price book has no context window for this model")]
    ContextWindow,
    #[error("the price book has no price for a {} of this model", .0.name())]
    UnitPrice(Unit),
    #[error("the price book has no price for tokens of this model")]
    TokenPrice,
    #[error("what it could cost is more than an amount can hold")]
    TooLarge,
}

/// What an answer without a limit is taken to have, where only the likely cost matters.
const LIKELY_OUTPUT_TOKENS: u64 = 4096;

const ANY_TIER: &[ServiceTier] = &[ServiceTier::Standard, ServiceTier::Batch, ServiceTier::Flex, ServiceTier::Priority];

impl Default for Demand {
    fn default() -> Self {
        Self {
            input_tokens: 0,
            output_tokens: None,
            choices: 1,
            hidden_input: false,
            images: 0,
            audio_seconds: 0,
            characters: 0,
            search_units: 0,
            web_searches: 0,
            tier: TierAsked::Unstated,
        }
    }
}

impl Demand {
    const fn count(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Image => self.images,
            Unit::AudioSecond => self.audio_seconds,
            Unit::Character => self.characters,
            Unit::SearchUnit => self.search_units,
            Unit::WebSearch => self.web_searches,
            Unit::Request => 1,
        }
    }
}

impl TierAsked {
    const fn possible(self) -> &'static [ServiceTier] {
        match self {
            Self::Unstated => ANY_TIER,
            Self::Named(ServiceTier::Standard) => &[ServiceTier::Standard],
            Self::Named(ServiceTier::Batch) => &[ServiceTier::Standard, ServiceTier::Batch],
            Self::Named(ServiceTier::Flex) => &[ServiceTier::Standard, ServiceTier::Flex],
            Self::Named(ServiceTier::Priority) => &[ServiceTier::Standard, ServiceTier::Priority],
        }
    }
}

/// The largest numbers of tokens that a request can be billed for.
struct TokenBounds {
    input: u64,
    output: u64,
}

impl TokenBounds {
    fn cost(&self, row: &Rates) -> Option<u128> {
        row.dearest_input().times(self.input).checked_add(row.dearest_output().times(self.output))
    }
}

impl Price {
    /// The most that a request can cost: no usage within `demand` has a higher [`Price::cost`], at any time.
    ///
    /// A request is billed by one row of the price list, so this is the dearest row it could fall into, with every token
    /// billed as the dearest kind it could be.
    pub fn bound(&self, demand: &Demand) -> Result<NanoUsd, Unbounded> {
        let tokens = self.token_bound(demand)?;
        let units = self.unit_bound(demand)?;
        tokens.checked_add(units).and_then(nano_ceil).ok_or(Unbounded::TooLarge)
    }

    /// The highest output limit per choice, up to `demand`'s own, under which the bound is at most `available`; `None` if
    /// even an empty answer could cost more, or if there is no bound.
    #[must_use]
    pub fn output_limit_within(&self, demand: &Demand, available: NanoUsd) -> Option<u64> {
        let fits = |limit| {
            let limited = Demand { output_tokens: Some(limit), ..*demand };
            self.bound(&limited).is_ok_and(|bound| bound <= available)
        };
        let wanted = self.output_per_choice(demand).ok()?;
        let (mut low, mut high) = (0, wanted);
        if !fits(low) {
            return None;
        }
        // The bound grows with the limit, so halving finds the last one that fits in at most 64 steps.
        while low < high {
            let middle = high - (high - low) / 2;
            if fits(middle) { low = middle } else { high = middle - 1 }
        }
        Some(low)
    }

    /// The likely cost: visible input and output at the standard price of short prompts, at peak. Not a bound.
    #[must_use]
    pub fn estimate(&self, demand: &Demand) -> NanoUsd {
        let likely = || LIKELY_OUTPUT_TOKENS.min(self.limits.max_output.unwrap_or(u64::MAX));
        let output = demand.output_tokens.unwrap_or_else(|| if self.mode.generates_tokens() { likely() } else { 0 });
        let bounds = TokenBounds { input: demand.input_tokens, output: output.saturating_mul(demand.choices) };
        let tokens = self.tokens.as_ref().map_or(Some(0), |schedule| plain_cost(schedule, &bounds));
        let units = self.fees.total(|unit| demand.count(unit));
        let pico = tokens.zip(units).and_then(|(tokens, units)| tokens.checked_add(units));
        pico.and_then(nano_ceil).unwrap_or(NanoUsd::MAX)
    }

    fn token_bound(&self, demand: &Demand) -> Result<u128, Unbounded> {
        let Some(schedule) = &self.tokens else { return self.billed_by_the_piece(demand) };
        let bounds = TokenBounds { input: self.input_bound(demand)?, output: self.output_bound(demand)? };
        // Where the prompt is hidden, so is its length: no tier for long prompts can be ruled out.
        let prompt_tokens_max = if demand.hidden_input { u64::MAX } else { bounds.input };
        let mut rows = schedule.reachable(prompt_tokens_max, demand.tier.possible());
        rows.try_fold(0, |most, row| bounds.cost(row).map(|cost| cost.max(most))).ok_or(Unbounded::TooLarge)
    }

    /// A model without token prices costs nothing for tokens, provided that something else is counted.
    fn billed_by_the_piece(&self, demand: &Demand) -> Result<u128, Unbounded> {
        let is_counted = Unit::ALL.into_iter().any(|unit| demand.count(unit) > 0 && self.bills(unit));
        if is_counted { Ok(0) } else { Err(Unbounded::TokenPrice) }
    }

    fn input_bound(&self, demand: &Demand) -> Result<u64, Unbounded> {
        if !demand.hidden_input {
            return Ok(demand.input_tokens);
        }
        let window = self.limits.prompt_max().ok_or(Unbounded::ContextWindow)?;
        Ok(window.max(demand.input_tokens))
    }

    fn output_bound(&self, demand: &Demand) -> Result<u64, Unbounded> {
        self.output_per_choice(demand)?.checked_mul(demand.choices).ok_or(Unbounded::TooLarge)
    }

    fn output_per_choice(&self, demand: &Demand) -> Result<u64, Unbounded> {
        let unlimited = if self.mode.generates_tokens() { self.limits.max_output } else { Some(0) };
        demand.output_tokens.or(unlimited).ok_or(Unbounded::MaxOutput)
    }

    fn unit_bound(&self, demand: &Demand) -> Result<u128, Unbounded> {
        let is_gap = |unit: &Unit| *unit != Unit::Request && demand.count(*unit) > 0 && !self.bills(*unit);
        match Unit::ALL.into_iter().find(is_gap) {
            Some(unit) => Err(Unbounded::UnitPrice(unit)),
            None => self.fees.total(|unit| demand.count(unit)).ok_or(Unbounded::TooLarge),
        }
    }
}

fn plain_cost(schedule: &Schedule, bounds: &TokenBounds) -> Option<u128> {
    let row = schedule.plain();
    row.get(super::Part::Input).times(bounds.input).checked_add(row.get(super::Part::Output).times(bounds.output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::PicoUsd;
    use crate::state::pricing::{LongPrompt, Mode, Part, PriceList, TokenLimits};

    /// A nano-dollar a prompt token, ten a generated one.
    fn list() -> PriceList {
        let mut list = PriceList::default();
        list.tiers.standard[Part::Input] = Some(PicoUsd(1000));
        list.tiers.standard[Part::Output] = Some(PicoUsd(10_000));
        list
    }

    fn bound(list: &PriceList, demand: &Demand) -> Result<i64, Unbounded> {
        list.price("test").unwrap().bound(demand).map(|bound| bound.0)
    }

    fn asking(input_tokens: u64, output_tokens: u64) -> Demand {
        Demand { input_tokens, output_tokens: Some(output_tokens), ..Demand::default() }
    }

    #[test]
    fn a_request_without_a_limit_needs_the_models_maximum() {
        let unlimited = Demand { output_tokens: None, ..asking(5, 0) };

        assert_eq!(bound(&list(), &unlimited), Err(Unbounded::MaxOutput));

        let known = TokenLimits { max_output: Some(7), ..TokenLimits::default() };
        assert_eq!(bound(&PriceList { limits: known, ..list() }, &unlimited), Ok(75));
        assert_eq!(bound(&PriceList { mode: Mode::Embedding, ..list() }, &unlimited), Ok(5));
    }

    #[test]
    fn hidden_input_counts_as_the_widest_context_window() {
        let hidden = Demand { hidden_input: true, ..asking(5, 0) };

        assert_eq!(bound(&list(), &hidden), Err(Unbounded::ContextWindow));

        let limits = TokenLimits { context_window: Some(100), context_window_widest: Some(900), max_output: None };
        assert_eq!(bound(&PriceList { limits, ..list() }, &hidden), Ok(900));
        assert_eq!(bound(&PriceList { limits, ..list() }, &Demand { input_tokens: 901, ..hidden }), Ok(901));
    }

    #[test]
    fn what_is_counted_and_has_no_price_has_no_bound() {
        let searching = Demand { web_searches: 1, ..asking(5, 0) };
        let mut by_the_piece = PriceList::default();
        by_the_piece.fees.set(Unit::AudioSecond, PicoUsd(1000));

        assert_eq!(bound(&list(), &searching), Err(Unbounded::UnitPrice(Unit::WebSearch)));
        assert_eq!(bound(&by_the_piece, &asking(5, 5)), Err(Unbounded::TokenPrice));
        assert_eq!(bound(&by_the_piece, &Demand { audio_seconds: 60, ..asking(5, 5) }), Ok(60));
    }

    #[test]
    fn absurd_numbers_have_no_bound_and_do_not_wrap() {
        assert_eq!(bound(&list(), &asking(u64::MAX, u64::MAX)), Err(Unbounded::TooLarge));
        assert_eq!(bound(&list(), &Demand { choices: u64::MAX, ..asking(0, 2) }), Err(Unbounded::TooLarge));
    }

    #[test]
    fn every_choice_may_be_as_long_as_the_limit_and_the_prompt_is_billed_once() {
        assert_eq!(bound(&list(), &Demand { choices: 3, ..asking(5, 2) }), Ok(5 + 3 * 20));
        assert_eq!(bound(&list(), &asking(0, 0)), Ok(0));
    }

    #[test]
    fn a_tier_for_long_prompts_counts_from_the_first_token_above_it() {
        let mut list = list();
        let mut long = LongPrompt { above_tokens: 100, ..LongPrompt::default() };
        long.tiers.standard[Part::Input] = Some(PicoUsd(2000));
        list.long_prompts = vec![long];

        assert_eq!(bound(&list, &asking(100, 0)), Ok(100));
        assert_eq!(bound(&list, &asking(101, 0)), Ok(202));
    }

    #[test]
    fn an_unstated_tier_may_be_the_dearest_and_a_named_one_is_believed() {
        let mut list = list();
        list.tiers.priority[Part::Input] = Some(PicoUsd(3000));
        list.tiers.flex[Part::Input] = Some(PicoUsd(500));
        let asked = |tier| bound(&list, &Demand { tier, ..asking(100, 0) });

        assert_eq!(asked(TierAsked::Unstated), Ok(300));
        assert_eq!(asked(TierAsked::Named(ServiceTier::Priority)), Ok(300));
        assert_eq!(asked(TierAsked::Named(ServiceTier::Standard)), Ok(100));
        assert_eq!(asked(TierAsked::Named(ServiceTier::Flex)), Ok(100), "the vendor may fall back to standard");
    }

    #[test]
    fn an_estimate_takes_an_unlimited_answer_to_be_of_usual_length() {
        let price = list().price("test").unwrap();

        assert_eq!(price.estimate(&asking(5, 2)), NanoUsd(25));
        assert_eq!(price.estimate(&Demand { output_tokens: None, ..asking(5, 0) }), NanoUsd(5 + 40_960));
        assert_eq!(price.estimate(&asking(u64::MAX, u64::MAX)), NanoUsd::MAX);
    }
}

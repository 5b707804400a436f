//! One row of prices that a whole request is billed by, without gaps: which figure stands in where none is listed.

use super::figures::{Figures, Part};
use super::ratio::{Discount, Ratio};
use crate::money::PicoUsd;
use crate::usage::Usage;

/// A price for every kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rates([PicoUsd; Part::ALL.len()]);

impl Rates {
    /// Fills the gaps of a list. What has neither a figure nor a stand-in costs as much as input.
    pub(super) fn of(listed: &Figures) -> Self {
        Self(Part::ALL.map(|part| price(listed, part)))
    }

    pub(super) fn get(&self, part: Part) -> PicoUsd {
        self.0[part as usize]
    }

    /// The dearest way a prompt token can be billed.
    pub(super) fn dearest_input(&self) -> PicoUsd {
        self.dearest(false)
    }

    /// The dearest way a generated token can be billed.
    pub(super) fn dearest_output(&self) -> PicoUsd {
        self.dearest(true)
    }

    fn dearest(&self, is_output: bool) -> PicoUsd {
        let side = Part::ALL.into_iter().filter(|part| part.is_output() == is_output);
        side.map(|part| self.get(part)).max().unwrap_or_default()
    }

    /// The price of these tokens in pico-dollars, unrounded; `None` if it does not fit.
    pub(super) fn cost(&self, usage: &Usage) -> Option<u128> {
        counts(usage).into_iter().try_fold(0_u128, |sum, (part, tokens)| sum.checked_add(self.get(part).times(tokens)))
    }
}

fn price(listed: &Figures, part: Part) -> PicoUsd {
    let input = || plain_input(listed);
    let stand_in = || match part {
        Part::CacheWrite1h | Part::CacheWrite12h => dearest(listed, Part::is_cache_write).max(Some(input())),
        part if part.is_output() => listed[Part::Output].or(dearest(listed, Part::is_output)),
        _ => None,
    };
    listed[part].or_else(stand_in).unwrap_or_else(input)
}

/// Some models list images or audio alone: then text costs as much as the dearest of those.
fn plain_input(listed: &Figures) -> PicoUsd {
    listed[Part::Input].or(dearest(listed, |part| !part.is_output())).unwrap_or_default()
}

fn dearest(listed: &Figures, is_meant: impl Fn(Part) -> bool) -> Option<PicoUsd> {
    Part::ALL.into_iter().filter(|part| is_meant(*part)).filter_map(|part| listed[part]).max()
}

/// Splits a usage into parts that share no token. A part that claims more than the whole it belongs to is cut to it.
fn counts(usage: &Usage) -> [(Part, u64); 10] {
    let audio_input = usage.audio_input_tokens.min(usage.input_tokens);
    let image_input = usage.image_input_tokens.min(usage.input_tokens - audio_input);
    let audio_output = usage.audio_output_tokens.min(usage.output_tokens);
    let image_output = usage.image_output_tokens.min(usage.output_tokens - audio_output);
    let reasoning = usage.reasoning_tokens.min(usage.output_tokens - audio_output - image_output);
    [
        (Part::Input, usage.input_tokens - audio_input - image_input),
        (Part::AudioInput, audio_input),
        (Part::ImageInput, image_input),
        (Part::CacheRead, usage.cache_read_tokens),
        (Part::CacheWrite5m, usage.cache_write_5m_tokens),
        (Part::CacheWrite1h, usage.cache_write_1h_tokens),
        (Part::Output, usage.output_tokens - audio_output - image_output - reasoning),
        (Part::AudioOutput, audio_output),
        (Part::ImageOutput, image_output),
        (Part::Reasoning, reasoning),
    ]
}

/// What applies where a tier replaces some of the standard figures: the tier's own, else the standard one, raised in
/// proportion where the tier raises the input or output that the figure belongs to. Never lowered: that a discount on
/// input extends to cache reads is for the vendor to say.
pub(super) fn over_standard(standard: &Figures, tier: &Figures) -> Figures {
    Figures::from_rule(|part| {
        tier[part].or_else(|| standard[part].map(|price| raised(price, standard, tier, part.leader())))
    })
}

fn raised(price: PicoUsd, standard: &Figures, tier: &Figures, leader: Part) -> PicoUsd {
    match (standard[leader], tier[leader]) {
        (Some(from), Some(to)) => Ratio::new(from, to).at_least_one().apply(price),
        _ => price,
    }
}

/// What applies under a discount on everything that the tier does not list.
pub(super) fn over_discount(standard: &Figures, tier: &Figures, discount: Discount) -> Figures {
    Figures::from_rule(|part| tier[part].or_else(|| standard[part].map(|price| discount.apply(price))))
}

/// What applies where two tiers meet, such as priority and a long prompt: one's figures in the proportion the other has
/// to standard.
pub(super) fn combined(standard: &Figures, one: &Figures, other: &Figures) -> Figures {
    Figures::from_rule(|part| match (standard[part], one[part], other[part]) {
        (Some(standard), Some(one), Some(other)) => Some(Ratio::new(standard, other).apply(one)),
        (None, one, other) => one.max(other),
        (_, one, other) => one.or(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(listed: &[(Part, u64)]) -> Figures {
        let mut figures = Figures::default();
        for (part, price) in listed {
            figures[*part] = Some(PicoUsd(*price));
        }
        figures
    }

    #[test]
    fn what_is_not_listed_is_never_free() {
        let rates = Rates::of(&figures(&[(Part::Input, 3), (Part::Output, 15)]));

        for part in Part::ALL {
            let expected = if part.is_output() { 15 } else { 3 };
            assert_eq!(rates.get(part), PicoUsd(expected), "{part:?}");
        }
    }

    #[test]
    fn an_unlisted_hour_long_write_costs_the_dearest_listed_write() {
        let rates = Rates::of(&figures(&[(Part::Input, 4), (Part::CacheWrite5m, 5), (Part::CacheWrite12h, 10)]));

        assert_eq!(rates.get(Part::CacheWrite1h), PicoUsd(10));
        assert_eq!(rates.dearest_input(), PicoUsd(10));
    }

    #[test]
    fn parts_that_claim_more_than_their_whole_are_cut_to_it() {
        let rates =
            Rates::of(&figures(&[(Part::Input, 1), (Part::Output, 10), (Part::AudioInput, 2), (Part::Reasoning, 20)]));
        let usage = Usage {
            input_tokens: 5,
            audio_input_tokens: 9,
            image_input_tokens: 9,
            output_tokens: 4,
            reasoning_tokens: u64::MAX,
            ..Usage::default()
        };

        assert_eq!(rates.cost(&usage), Some(5 * 2 + 4 * 20));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error_and_never_wraps() {
        let rates = Rates::of(&figures(&[(Part::Input, u64::MAX), (Part::Output, u64::MAX)]));
        let usage = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };

        assert_eq!(rates.cost(&usage), None);
    }

    #[test]
    fn a_dearer_tier_raises_what_it_does_not_list_and_a_cheaper_one_leaves_it() {
        let standard =
            figures(&[(Part::Input, 4), (Part::Output, 20), (Part::CacheRead, 1), (Part::CacheWrite12h, 10)]);

        let long = over_standard(&standard, &figures(&[(Part::Input, 8), (Part::Output, 30)]));
        let flex = over_standard(&standard, &figures(&[(Part::Input, 2), (Part::Output, 10)]));

        assert_eq!((long[Part::CacheRead], long[Part::CacheWrite12h]), (Some(PicoUsd(2)), Some(PicoUsd(20))));
        assert_eq!((flex[Part::CacheRead], flex[Part::CacheWrite12h]), (Some(PicoUsd(1)), Some(PicoUsd(10))));
    }

    #[test]
    fn flex_on_a_long_prompt_is_half_of_the_long_prompt_price() {
        let standard = figures(&[(Part::Input, 4), (Part::Output, 20), (Part::CacheRead, 1)]);
        let long = over_standard(&standard, &figures(&[(Part::Input, 8), (Part::Output, 30)]));
        let flex = over_standard(&standard, &figures(&[(Part::Input, 2), (Part::Output, 10)]));

        let both = combined(&standard, &long, &flex);

        assert_eq!((both[Part::Input], both[Part::Output]), (Some(PicoUsd(4)), Some(PicoUsd(15))));
        assert_eq!(both[Part::CacheRead], Some(PicoUsd(2)), "flex lists none, so the long prompt's stands");
    }
}

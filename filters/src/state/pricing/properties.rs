//! What must hold for every price list, every demand and every usage within it.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::figures::{Figures, Part};
use super::{
    Demand, LongPrompt, OffPeak, PeakHours, Price, PriceList, TierAsked, Tiers, TokenLimits, Unbounded, Unit,
    WeeklyRange,
};
use crate::money::{NanoUsd, PicoUsd};
use crate::usage::{ServiceTier, Usage};

const TIERS: [ServiceTier; 4] = [ServiceTier::Standard, ServiceTier::Batch, ServiceTier::Flex, ServiceTier::Priority];

/// Any figures at all, listed or not, in no sensible order: the bound may not rely on vendors being sensible.
fn figures() -> impl Strategy<Value = Figures> {
    let price = prop_oneof![1 => Just(0), 1 => Just(1), 18 => 0..200_000_000_u64].prop_map(PicoUsd);
    vec(proptest::option::of(price), Part::ALL.len())
        .prop_map(|prices| Figures::from_rule(|part| prices[part as usize]))
}

fn complete_figures() -> impl Strategy<Value = Figures> {
    (figures(), 0..100_000_000_u64, 0..200_000_000_u64).prop_map(|(mut figures, input, output)| {
        figures[Part::Input] = Some(PicoUsd(input));
        figures[Part::Output] = Some(PicoUsd(output));
        figures
    })
}

fn tiers(standard: impl Strategy<Value = Figures>) -> impl Strategy<Value = Tiers> {
    (standard, figures(), figures(), figures()).prop_map(|(standard, batch, flex, priority)| Tiers {
        standard,
        batch,
        flex,
        priority,
    })
}

fn long_prompts() -> impl Strategy<Value = Vec<LongPrompt>> {
    let tiers = vec(tiers(figures()), 0..3);
    let thresholds = proptest::sample::subsequence(vec![0_u64, 100, 1000, 200_000], 0..3);
    (thresholds, tiers).prop_map(|(thresholds, tiers)| {
        let pairs = thresholds.into_iter().zip(tiers);
        pairs.map(|(above_tokens, tiers)| LongPrompt { above_tokens, tiers }).collect()
    })
}

fn price() -> impl Strategy<Value = Price> {
    let discount = proptest::option::of(0..=100_u32);
    let off_peak = proptest::option::of(figures());
    (tiers(complete_figures()), long_prompts(), off_peak, discount, vec(0..50_000_000_000_u64, Unit::ALL.len()))
        .prop_map(|(tiers, long_prompts, off_peak, discount, fees)| {
            let peak_hours = PeakHours::new(vec![WeeklyRange::parse("Mon-Fri 01:00-04:00").unwrap()]);
            let mut list = PriceList { tiers, long_prompts, ..PriceList::default() };
            list.off_peak = off_peak.map(|figures| OffPeak { peak_hours, figures });
            list.batch_discount = discount.map(|percent| super::Discount::parse(&format!("{percent}e-2")).unwrap());
            list.limits = TokenLimits {
                context_window: Some(150_000),
                context_window_widest: Some(300_000),
                max_output: Some(5_000),
            };
            for (unit, fee) in Unit::ALL.into_iter().zip(fees) {
                list.fees.set(unit, PicoUsd(fee));
            }
            list.price("random").unwrap()
        })
}

fn tier_asked() -> impl Strategy<Value = TierAsked> {
    let named = proptest::sample::select(TIERS.to_vec()).prop_map(TierAsked::Named);
    prop_oneof![Just(TierAsked::Unstated), named]
}

fn demand() -> impl Strategy<Value = Demand> {
    let input = prop_oneof![0..2000_u64, 0..400_000_u64];
    let output = proptest::option::of(0..10_000_u64);
    (input, output, 0..4_u64, any::<bool>(), [0..5_u64, 0..900, 0..9000, 0..5, 0..9], tier_asked()).prop_map(
        |(input_tokens, output_tokens, choices, hidden_input, units, tier)| Demand {
            input_tokens,
            output_tokens,
            choices,
            hidden_input,
            images: units[0],
            audio_seconds: units[1],
            characters: units[2],
            search_units: units[3],
            web_searches: units[4],
            tier,
        },
    )
}

/// Parts per thousand of what a demand allows, one for each count of a usage.
type Shares = [u16; 16];

/// A usage that keeps within a demand. Parts of a whole may claim more than the whole, as a careless vendor would.
fn usage_within(demand: &Demand, shares: &Shares) -> Usage {
    let input = if demand.hidden_input { demand.input_tokens.max(300_000) } else { demand.input_tokens };
    let output = demand.output_tokens.unwrap_or(5_000) * demand.choices;
    let share = |whole: u64, place: usize| whole * u64::from(shares[place]) / 1000;
    let prompt = share(input, 0);
    let (cache_read_tokens, cache_write_5m_tokens) = (share(prompt, 1) / 3, share(prompt, 2) / 3);
    let cache_write_1h_tokens = share(prompt, 3) / 3;
    let possible = match demand.tier {
        TierAsked::Unstated => TIERS.to_vec(),
        TierAsked::Named(tier) => vec![ServiceTier::Standard, tier],
    };
    Usage {
        input_tokens: prompt - cache_read_tokens - cache_write_5m_tokens - cache_write_1h_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        output_tokens: share(output, 4),
        reasoning_tokens: share(output, 5),
        audio_input_tokens: share(input, 6),
        audio_output_tokens: share(output, 7),
        image_input_tokens: share(input, 8),
        image_output_tokens: share(output, 9),
        images: share(demand.images, 10),
        audio_seconds: share(demand.audio_seconds, 11),
        characters: share(demand.characters, 12),
        search_units: share(demand.search_units, 13),
        web_searches: share(demand.web_searches, 14),
        service_tier: possible[usize::from(shares[15]) % possible.len()],
    }
}

fn shares() -> impl Strategy<Value = Shares> {
    let share = prop_oneof![1 => Just(0_u16), 2 => Just(1000), 3 => 0..=1000_u16];
    vec(share, 16).prop_map(|shares| shares.try_into().unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000..1_900_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// The bound, where one that does not fit an amount is above every amount: random proportions multiply without limit.
fn bound(price: &Price, demand: &Demand) -> NanoUsd {
    match price.bound(demand) {
        Err(Unbounded::TooLarge) => NanoUsd::MAX,
        bound => bound.unwrap(),
    }
}

/// Every way of having one more of something.
fn one_more(usage: &Usage) -> Vec<Usage> {
    let counts: [fn(&mut Usage) -> &mut u64; 10] = [
        |usage| &mut usage.input_tokens,
        |usage| &mut usage.cache_read_tokens,
        |usage| &mut usage.cache_write_5m_tokens,
        |usage| &mut usage.cache_write_1h_tokens,
        |usage| &mut usage.output_tokens,
        |usage| &mut usage.images,
        |usage| &mut usage.audio_seconds,
        |usage| &mut usage.characters,
        |usage| &mut usage.search_units,
        |usage| &mut usage.web_searches,
    ];
    let grown = |count: fn(&mut Usage) -> &mut u64| {
        let mut usage = *usage;
        *count(&mut usage) += 1;
        usage
    };
    counts.into_iter().map(grown).collect()
}

/// Every way of asking for one more of something.
fn one_more_asked(demand: &Demand) -> Vec<Demand> {
    vec![
        Demand { input_tokens: demand.input_tokens + 1, ..*demand },
        Demand { output_tokens: demand.output_tokens.map(|limit| limit + 1), ..*demand },
        Demand { choices: demand.choices + 1, ..*demand },
        Demand { images: demand.images + 1, ..*demand },
        Demand { audio_seconds: demand.audio_seconds + 1, ..*demand },
        Demand { characters: demand.characters + 1, ..*demand },
        Demand { search_units: demand.search_units + 1, ..*demand },
        Demand { web_searches: demand.web_searches + 1, ..*demand },
        Demand { hidden_input: true, ..*demand },
        Demand { tier: TierAsked::Unstated, ..*demand },
    ]
}

/// A list with plain figures only, and what any usage costs under it worked out in the most obvious way.
fn naive_pico(figures: &Figures, usage: &Usage) -> u128 {
    let price = |part| u128::from(figures[part].unwrap().0);
    let tokens = [
        (Part::Input, usage.input_tokens),
        (Part::CacheRead, usage.cache_read_tokens),
        (Part::CacheWrite5m, usage.cache_write_5m_tokens),
        (Part::CacheWrite1h, usage.cache_write_1h_tokens),
        (Part::Output, usage.output_tokens),
    ];
    tokens.into_iter().map(|(part, count)| price(part) * u128::from(count)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The heart of strict budgets.
    #[test]
    fn no_usage_within_a_demand_costs_more_than_its_bound(
        price in price(), demand in demand(), shares in shares(), at in time()
    ) {
        let usage = usage_within(&demand, &shares);

        let cost = price.cost(&usage, at).unwrap_or(NanoUsd::MAX);

        prop_assert!(cost <= bound(&price, &demand), "{usage:?}");
    }

    #[test]
    fn asking_for_more_never_lowers_the_bound(price in price(), demand in demand()) {
        let asked = bound(&price, &demand);

        for more in one_more_asked(&demand) {
            prop_assert!(asked <= bound(&price, &more), "{more:?}");
        }
    }

    /// On lists as vendors make them, where long prompts are not cheaper.
    #[test]
    fn using_more_never_costs_less(
        figures in complete_figures(), times in 1..4_u64, demand in demand(), shares in shares(), at in time()
    ) {
        let mut list = PriceList::default();
        list.tiers.standard = figures;
        let dearer = Figures::from_rule(|part| figures[part].map(|price| PicoUsd(price.0 * times)));
        list.long_prompts = vec![LongPrompt { above_tokens: 1000, tiers: Tiers { standard: dearer, ..Tiers::default() } }];
        let price = list.price("random").unwrap();
        // Parts have prices of their own, so growing a part may well be cheaper: the wholes grow here.
        let parts_unknown = Usage { reasoning_tokens: 0, audio_input_tokens: 0, audio_output_tokens: 0,
            image_input_tokens: 0, image_output_tokens: 0, ..usage_within(&demand, &shares) };

        for more in one_more(&parts_unknown) {
            prop_assert!(price.cost(&parts_unknown, at).unwrap() <= price.cost(&more, at).unwrap(), "{more:?}");
        }
    }

    #[test]
    fn a_cost_is_the_exact_sum_rounded_up_once(
        prices in vec(0..400_000_000_u64, Part::ALL.len()), counts in [0..1_u64 << 40, 0..1 << 40, 0..1 << 20, 0..99, 0..9]
    ) {
        let mut list = PriceList::default();
        list.tiers.standard = Figures::from_rule(|part| Some(PicoUsd(prices[part as usize])));
        let usage = Usage { input_tokens: counts[0], cache_read_tokens: counts[1], cache_write_5m_tokens: counts[2],
            cache_write_1h_tokens: counts[3], output_tokens: counts[4], ..Usage::default() };
        let exact = naive_pico(&list.tiers.standard, &usage);

        let cost = list.price("random").unwrap().cost(&usage, Timestamp::UNIX_EPOCH);

        let nano = exact / 1000 + u128::from(!exact.is_multiple_of(1000));
        prop_assert_eq!(cost.ok(), i64::try_from(nano).ok().map(NanoUsd));
    }

    #[test]
    fn no_counts_make_it_panic(price in price(), counts in vec(any::<u64>(), 16), at in time()) {
        let usage = Usage {
            input_tokens: counts[0], cache_read_tokens: counts[1], cache_write_5m_tokens: counts[2],
            cache_write_1h_tokens: counts[3], output_tokens: counts[4], reasoning_tokens: counts[5],
            audio_input_tokens: counts[6], audio_output_tokens: counts[7], image_input_tokens: counts[8],
            image_output_tokens: counts[9], images: counts[10], audio_seconds: counts[11], characters: counts[12],
            search_units: counts[13], web_searches: counts[14], service_tier: ServiceTier::Flex,
        };
        let demand = Demand { input_tokens: counts[0], output_tokens: Some(counts[1]), choices: counts[2],
            images: counts[3], ..Demand::default() };

        let _ = price.cost(&usage, at);
        let _ = price.bound(&demand);
        let _ = price.estimate(&demand);
    }

    #[test]
    fn a_lowered_output_limit_is_the_highest_that_fits(price in price(), demand in demand(), available in 0..900_000_000_i64) {
        let available = NanoUsd(available);
        let bound_at = |limit| bound(&price, &Demand { output_tokens: Some(limit), ..demand });

        match price.output_limit_within(&demand, available) {
            None => prop_assert!(bound_at(0) > available),
            Some(limit) => {
                prop_assert!(bound_at(limit) <= available);
                let is_all = limit == demand.output_tokens.unwrap_or(5_000);
                prop_assert!(is_all || bound_at(limit + 1) > available);
            }
        }
    }
}

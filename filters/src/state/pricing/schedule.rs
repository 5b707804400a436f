//! Which row of prices a request is billed by: its prompt's length, the service tier and the hour decide.
//!
//! Every row is worked out once, when the price is made, so that settling looks one up and multiplies.

use jiff::Timestamp;

use super::figures::Figures;
use super::hours::PeakHours;
use super::list::{LongPrompt, PriceList};
use super::rates::{Rates, combined, over_discount, over_standard};
use crate::usage::ServiceTier;

/// All the rows of one model.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Shortest prompts first; the first has no threshold.
    bands: Vec<Band>,
    peak_hours: Option<PeakHours>,
}

/// The rows for prompts of more than so many tokens: the whole request is billed by one band.
#[derive(Debug)]
struct Band {
    above_tokens: Option<u64>,
    rows: Rows,
    off_peak: Option<Rows>,
}

#[derive(Debug)]
struct Rows {
    standard: Rates,
    batch: Rates,
    flex: Rates,
    priority: Rates,
}

impl Schedule {
    pub(super) fn of(list: &PriceList) -> Self {
        let short = Band::of(list, None);
        let mut long: Vec<_> = list.long_prompts.iter().map(|long| Band::of(list, Some(long))).collect();
        long.sort_by_key(|band| band.above_tokens);
        let bands = std::iter::once(short).chain(long).collect();
        Self { bands, peak_hours: list.off_peak.as_ref().map(|off_peak| off_peak.peak_hours.clone()) }
    }

    /// The row that bills a request with so long a prompt, in this tier, admitted at this time.
    pub(super) fn row(&self, prompt_tokens: u64, tier: ServiceTier, at: Timestamp) -> &Rates {
        let is_peak = self.peak_hours.as_ref().is_none_or(|hours| hours.contain(at));
        let band = self.bands.iter().rev().find(|band| band.applies_to(prompt_tokens));
        band.unwrap_or_else(|| self.short()).rows(is_peak).tier(tier)
    }

    /// The row for short prompts in the standard tier at peak hours: what price lists show first.
    pub(super) fn plain(&self) -> &Rates {
        &self.short().rows.standard
    }

    /// Every row that can bill a request whose prompt has at most so many tokens, in any of these tiers, at any hour.
    pub(super) fn reachable(&self, prompt_tokens_max: u64, tiers: &[ServiceTier]) -> impl Iterator<Item = &Rates> {
        let bands = self.bands.iter().filter(move |band| band.applies_to(prompt_tokens_max));
        let rows = bands.flat_map(|band| std::iter::once(&band.rows).chain(&band.off_peak));
        rows.flat_map(move |rows| tiers.iter().map(move |tier| rows.tier(*tier)))
    }

    fn short(&self) -> &Band {
        self.bands.first().expect("a schedule has a band without a threshold")
    }
}

impl Band {
    fn of(list: &PriceList, long: Option<&LongPrompt>) -> Self {
        let figures = |tier| band_figures(list, long, tier);
        let off_peak = list.off_peak.as_ref().map(|off_peak| {
            let discounted = over_standard(&list.tiers.standard, &off_peak.figures);
            Rows::of(|tier| combined(&list.tiers.standard, &figures(tier), &discounted))
        });
        Self { above_tokens: long.map(|long| long.above_tokens), rows: Rows::of(figures), off_peak }
    }

    fn applies_to(&self, prompt_tokens: u64) -> bool {
        self.above_tokens.is_none_or(|above| prompt_tokens > above)
    }

    fn rows(&self, is_peak: bool) -> &Rows {
        if is_peak { &self.rows } else { self.off_peak.as_ref().unwrap_or(&self.rows) }
    }
}

impl Rows {
    fn of(figures: impl Fn(ServiceTier) -> Figures) -> Self {
        let rates = |tier| Rates::of(&figures(tier));
        Self {
            standard: rates(ServiceTier::Standard),
            batch: rates(ServiceTier::Batch),
            flex: rates(ServiceTier::Flex),
            priority: rates(ServiceTier::Priority),
        }
    }

    fn tier(&self, tier: ServiceTier) -> &Rates {
        match tier {
            ServiceTier::Standard => &self.standard,
            ServiceTier::Batch => &self.batch,
            ServiceTier::Flex => &self.flex,
            ServiceTier::Priority => &self.priority,
        }
    }
}

/// What a tier costs for prompts of one band, gaps left open.
fn band_figures(list: &PriceList, long: Option<&LongPrompt>, tier: ServiceTier) -> Figures {
    let standard = &list.tiers.standard;
    let short = tier_figures(list, tier);
    let Some(long) = long else { return short };
    let long_standard = over_standard(standard, &long.tiers.standard);
    if tier == ServiceTier::Standard {
        return long_standard;
    }
    let worked_out = combined(standard, &long_standard, &short);
    Figures::from_rule(|part| long.tiers.of(tier)[part].or(worked_out[part]))
}

/// What a tier costs for short prompts, gaps left open.
fn tier_figures(list: &PriceList, tier: ServiceTier) -> Figures {
    let standard = &list.tiers.standard;
    match (tier, list.batch_discount) {
        (ServiceTier::Standard, _) => *standard,
        (ServiceTier::Batch, Some(discount)) => over_discount(standard, &list.tiers.batch, discount),
        _ => over_standard(standard, list.tiers.of(tier)),
    }
}

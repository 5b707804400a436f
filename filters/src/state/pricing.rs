//! Usage × price = money: what a request cost, what it can cost at most, and what it will likely cost.
//!
//! A [`Price`] is one model at one time, with every rule of its vendor already worked out: long prompts, service tiers,
//! off-peak hours. It never changes, so a hold pins the one it was made with and is settled at the same figures.
//! Nothing here reads files or wire formats.
//!
//! Where a vendor's list is silent, the dearest reading that makes sense applies, so that a gap never makes a token free:
//!
//! | not listed | is billed as |
//! |---|---|
//! | a cache read, a short-lived cache write | input |
//! | a long-lived cache write | the dearest of the listed writes and input |
//! | reasoning, audio, images | the output or input they are part of |
//! | batch | its discount if listed, else standard |
//! | flex | standard |
//! | priority | standard: the one gap that can be too cheap, as no vendor offers it where it has no price |
//! | anything in a tier that lists only some figures | standard, raised (never lowered) as that tier raises input or output |
//! | a flex, batch or priority price for long prompts | the long-prompt price in the proportion of that tier to standard |

mod book;
mod cost;
mod cost_keys;
mod demand;
mod figures;
mod hours;
mod list;
mod rates;
mod ratio;
mod schedule;
mod units;

#[cfg(test)]
mod properties;

use std::sync::Arc;

use jiff::civil::Date;

pub use book::{BookEntry, Overlap, PriceBook};
pub use cost::{CostOverflow, Unpriced};
pub use cost_keys::{NotCostKeys, is_cost_key};
pub use demand::{Demand, TierAsked, Unbounded};
pub use figures::{Figures, Part};
pub use hours::{NotHours, PeakHours, WeeklyRange};
pub use list::{Incomplete, LongPrompt, Mode, OffPeak, PriceList, Tiers, TokenLimits};
pub use ratio::{Discount, NotADiscount};
pub use units::{Fees, Unit};

use schedule::Schedule;

/// What one model costs at one time. Immutable and shared.
#[derive(Debug)]
pub struct Price {
    id: Arc<str>,
    mode: Mode,
    limits: TokenLimits,
    retires: Option<Date>,
    /// `None`: the model is billed by its units alone (seconds, images, characters).
    tokens: Option<Schedule>,
    fees: Fees,
}

impl Price {
    /// Identifies these very figures, such as `openai/gpt-4o@2026-11-20`: pinned in holds and written into records.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The longest prompt the model is said to take.
    #[must_use]
    pub fn context_window_tokens(&self) -> Option<u64> {
        self.limits.context_window
    }

    /// The most the model writes in one choice.
    #[must_use]
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.limits.max_output
    }

    /// The day the vendor has announced to switch the model off. It is priced until its list is changed all the same.
    #[must_use]
    pub fn retires(&self) -> Option<Date> {
        self.retires
    }

    /// Whether tokens have a price, or only units have.
    #[must_use]
    pub fn bills_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Whether this unit has a price of its own.
    #[must_use]
    pub fn bills(&self, unit: Unit) -> bool {
        self.fees.listed(unit).is_some()
    }
}

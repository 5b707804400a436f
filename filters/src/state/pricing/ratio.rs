//! Proportions between prices, kept exact: how much dearer a tier is, or how much a discount takes off.

use crate::money::{NotMoney, PicoUsd};

/// How many for how many: a price of `from` becomes one of `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    to: u64,
    from: u64,
}

impl Ratio {
    pub(super) fn new(from: PicoUsd, to: PicoUsd) -> Self {
        Self { to: to.0, from: from.0 }
    }

    /// The same, but never a reduction.
    pub(super) fn at_least_one(self) -> Self {
        Self { to: self.to.max(self.from), from: self.from }
    }

    /// The price in this proportion, rounded up to a whole pico-dollar.
    ///
    /// From a price of zero nothing can be scaled: then the dearer of `price` and `to` applies.
    pub(super) fn apply(self, price: PicoUsd) -> PicoUsd {
        if self.from == 0 {
            return price.max(PicoUsd(self.to));
        }
        let scaled = (u128::from(price.0) * u128::from(self.to)).div_ceil(u128::from(self.from));
        PicoUsd(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

/// A part of the standard price that is taken off, between nothing and all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discount {
    millionths: u64,
}

/// Why a decimal is not a discount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADiscount {
    #[error(transparent)]
    Unreadable(#[from] NotMoney),
    #[error("{0:?} takes off more than the whole price")]
    MoreThanAll(String),
}

const WHOLE: u64 = 1_000_000;

impl Discount {
    /// Reads a fraction such as `0.5`, to the sixth decimal.
    pub fn parse(text: &str) -> Result<Self, NotADiscount> {
        // A fraction in millionths is read by the same rules as dollars in pico-dollars per million.
        let millionths = PicoUsd::parse_per_million(text)?.0;
        if millionths > WHOLE { Err(NotADiscount::MoreThanAll(text.to_owned())) } else { Ok(Self { millionths }) }
    }

    pub(super) fn apply(self, price: PicoUsd) -> PicoUsd {
        Ratio { to: WHOLE - self.millionths, from: WHOLE }.apply(price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_of_more_than_everything_is_refused() {
        for text in ["1.000001", "2", "-0.5", "half", "", "nan"] {
            assert!(Discount::parse(text).is_err(), "{text}");
        }
        assert_eq!(Discount::parse("1").unwrap().apply(PicoUsd(7)), PicoUsd(0));
        assert_eq!(Discount::parse("0").unwrap().apply(PicoUsd(7)), PicoUsd(7));
    }

    #[test]
    fn a_discount_rounds_against_the_customer() {
        assert_eq!(Discount::parse("0.5").unwrap().apply(PicoUsd(3)), PicoUsd(2));
    }

    #[test]
    fn a_proportion_to_nothing_takes_the_dearer_price() {
        let ratio = Ratio::new(PicoUsd(0), PicoUsd(5));

        assert_eq!(ratio.apply(PicoUsd(0)), PicoUsd(5));
        assert_eq!(ratio.apply(PicoUsd(9)), PicoUsd(9));
    }

    #[test]
    fn a_proportion_beyond_the_largest_price_stays_there() {
        assert_eq!(Ratio::new(PicoUsd(1), PicoUsd(u64::MAX)).apply(PicoUsd(2)), PicoUsd(u64::MAX));
    }
}

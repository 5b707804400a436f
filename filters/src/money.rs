//! Money as integers: prices in pico-dollars, amounts in nano-dollars.
//!
//! A price per token is below a micro-dollar, so it needs twelve decimals; an amount that people are charged is well
//! served by nine. Decimal text is read and written at the edges and nothing in between is a float.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

/// An amount in nano-dollars (10⁻⁹ USD). Up to about nine billion dollars either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i64);

/// A price of one unit (a token, a request, an image) in pico-dollars (10⁻¹² USD).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicoUsd(pub u64);

/// Why a decimal is not an amount or a price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    #[error("{0:?} is not a decimal number of dollars")]
    Unreadable(String),
    #[error("{0:?} is negative")]
    Negative(String),
    #[error("{0:?} is more than an amount can hold")]
    TooLarge(String),
}

impl NanoUsd {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(i64::MAX);

    /// Whole dollars, for tests and defaults.
    #[must_use]
    pub const fn dollars(dollars: i64) -> Self {
        Self(dollars * 1_000_000_000)
    }

    /// Reads a dollar amount such as `200`, `0.01` or `1e-3`. Refuses what is negative, NaN or infinite; digits past
    /// the ninth decimal are rounded up, so that a cap is never silently tighter than its text by more than a nano-dollar.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        let units = scaled(text, 9)?;
        i64::try_from(units).map(Self).map_err(|_| NotMoney::TooLarge(text.to_owned()))
    }

    /// The sum, or `MAX`: an account that is full stays full.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// As a float of dollars, for metrics and JSON: display only.
    #[must_use]
    pub fn as_dollars_lossy(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl PicoUsd {
    /// Reads a price per unit such as `0.000003` or `3e-06`.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        let units = scaled(text, 12)?;
        u64::try_from(units).map(Self).map_err(|_| NotMoney::TooLarge(text.to_owned()))
    }

    /// Reads a price per million units, as price lists quote them (`3` = $3 per million tokens).
    pub fn parse_per_million(text: &str) -> Result<Self, NotMoney> {
        let units = scaled(text, 6)?;
        u64::try_from(units).map(Self).map_err(|_| NotMoney::TooLarge(text.to_owned()))
    }

    /// Units times price, in pico-dollars. A `u128` cannot overflow here; round once, at the end, with [`nano_ceil`].
    #[must_use]
    pub fn times(self, units: u64) -> u128 {
        u128::from(self.0) * u128::from(units)
    }
}

/// Pico-dollars to nano-dollars, rounded up, or `None` if the amount does not fit.
#[must_use]
pub fn nano_ceil(pico: u128) -> Option<NanoUsd> {
    i64::try_from(pico.div_ceil(1000)).ok().map(NanoUsd)
}

/// Reads a non-negative decimal and scales it by ten to the `decimals`, rounding up.
fn scaled(text: &str, decimals: i32) -> Result<u128, NotMoney> {
    let unreadable = || NotMoney::Unreadable(text.to_owned());
    let trimmed = text.trim();
    let (mantissa, exponent) = match trimmed.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, i32::from_str(exponent).map_err(|_| unreadable())?),
        None => (trimmed, 0),
    };
    if mantissa.starts_with('-') {
        return Err(NotMoney::Negative(text.to_owned()));
    }
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 38 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unreadable());
    }
    let value = u128::from_str(&digits).map_err(|_| unreadable())?;
    let fraction_len = i32::try_from(fraction.len()).map_err(|_| unreadable())?;
    let shift = exponent.checked_add(decimals).and_then(|s| s.checked_sub(fraction_len)).ok_or_else(unreadable)?;
    let too_large = || NotMoney::TooLarge(text.to_owned());
    if value == 0 {
        return Ok(0);
    }
    match u32::try_from(shift) {
        Ok(up) => 10_u128.checked_pow(up).and_then(|p| value.checked_mul(p)).ok_or_else(too_large),
        Err(_) => Ok(10_u128.checked_pow(shift.unsigned_abs()).map_or(1, |p| value.div_ceil(p))),
    }
}

impl fmt::Display for NanoUsd {
    /// Dollars without a sign for the currency: `0.0105`, `200`, `-1.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, units) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (dollars, nanos) = (units / 1_000_000_000, units % 1_000_000_000);
        if nanos == 0 {
            return write!(f, "{sign}{dollars}");
        }
        let fraction = format!("{nanos:09}");
        write!(f, "{sign}{dollars}.{}", fraction.trim_end_matches('0'))
    }
}

impl Add for NanoUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for NanoUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for NanoUsd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for NanoUsd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for NanoUsd {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl std::iter::Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_print_as_people_write_them() {
        for (text, nano) in
            [("200", 200_000_000_000), ("0.01", 10_000_000), ("1e-3", 1_000_000), ("0.0000000001", 1), ("0", 0)]
        {
            assert_eq!(NanoUsd::parse(text), Ok(NanoUsd(nano)), "{text}");
        }
        assert_eq!(NanoUsd(10_500_000).to_string(), "0.0105");
        assert_eq!(NanoUsd(-1_500_000_000).to_string(), "-1.5");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in
            ["", ".", "-1", "-0", "NaN", "inf", "Infinity", "1e400", "0x10", "1_000", "1,5", "1e", "--1", "true"]
        {
            assert!(NanoUsd::parse(text).is_err(), "{text}");
        }
        assert_eq!(NanoUsd::parse("1e-320"), Ok(NanoUsd(1)));
        assert!(NanoUsd::parse("1e308").is_err());
    }

    #[test]
    fn a_price_per_token_and_per_million_agree() {
        assert_eq!(PicoUsd::parse("0.000003"), PicoUsd::parse_per_million("3"));
        assert_eq!(PicoUsd::parse("3e-06"), Ok(PicoUsd(3_000_000)));
        assert_eq!(nano_ceil(PicoUsd(3_000_001).times(1)), Some(NanoUsd(3001)));
    }
}

//! The single values of a section: texts, secrets, numbers, money, times, words.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use filters::money::{NanoUsd, NotMoney};
use filters::state::catalog::Secret;
use filters::state::ledger::Window;
use jiff::Timestamp;

use super::{Placed, Section, is_false};
use crate::config::schema::Shape;
use crate::config::window;

impl Section<'_> {
    pub(in crate::config) fn text(&self, key: &str) -> Option<String> {
        self.value(key, |text, _| if text.is_empty() { Err("is empty".into()) } else { Ok(text.to_owned()) })
    }

    /// A text with its place, where there is no default.
    pub(in crate::config) fn placed(&self, key: &str) -> Option<Placed> {
        let value = self.text(key)?;
        Some(Placed { value, place: self.place_of(key).clone() })
    }

    /// A secret. No complaint repeats it.
    pub(in crate::config) fn secret(&self, key: &str) -> Option<Secret> {
        let scalar = self.scalar(key)?;
        if scalar.text.is_empty() {
            self.complain(scalar.place, format!("`{}` is empty", self.path_of(key)));
            return None;
        }
        Some(Secret::new(scalar.text))
    }

    pub(in crate::config) fn flag(&self, key: &str) -> bool {
        let read = |text: &str, _| match text {
            "true" | "True" | "TRUE" => Ok(true),
            text if is_false(text) => Ok(false),
            _ => Err("is neither true nor false".to_owned()),
        };
        self.value(key, read).expect("flags have a default")
    }

    pub(in crate::config) fn count(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        self.value(key, |text, is_plain| {
            let count = number(text, is_plain)?.parse().map_err(|_| "is not a whole number")?;
            within(count, &range)
        })
    }

    /// A length of time in seconds, decimals allowed. Not money, so a float may carry it.
    pub(in crate::config) fn seconds(&self, key: &str, range: RangeInclusive<u64>) -> Option<Duration> {
        self.value(key, |text, is_plain| {
            let seconds: f64 = number(text, is_plain)?.parse().map_err(|_| "is not a number of seconds")?;
            let span = Duration::try_from_secs_f64(seconds).map_err(|_| "is not a number of seconds")?;
            if span < Duration::from_secs(*range.start()) || span > Duration::from_secs(*range.end()) {
                return Err(out_of(&range));
            }
            Ok(span)
        })
    }

    /// An amount of dollars, from its digits.
    pub(in crate::config) fn dollars(&self, key: &str) -> Option<NanoUsd> {
        self.value(key, |text, is_plain| {
            NanoUsd::parse(number(text, is_plain)?).map_err(|error| not_money(&error).to_owned())
        })
    }

    pub(in crate::config) fn window(&self, key: &str) -> Option<Window> {
        self.value(key, |text, _| window::parse(text, self.reading.now).map_err(str::to_owned))
    }

    pub(in crate::config) fn address(&self, key: &str) -> Option<SocketAddr> {
        self.value(key, |text, _| address(text))
    }

    pub(in crate::config) fn timestamp(&self, key: &str) -> Option<Timestamp> {
        let unreadable = "is no moment: write it as 2026-12-31T23:59:59Z";
        self.value(key, |text, _| text.parse().map_err(|_| unreadable.to_owned()))
    }

    /// One of the words that `meanings` lists, as what it means.
    pub(in crate::config) fn word<T: Copy>(&self, key: &str, meanings: &[(&str, T)]) -> Option<T> {
        debug_assert!(
            matches!(self.shape(key), Shape::Word(words) if words.iter().eq(meanings.iter().map(|(word, _)| word))),
            "`{key}` lists the words of the table"
        );
        self.value(key, |text, _| {
            let meaning = meanings.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
            meaning.ok_or_else(|| format!("is none of {}", listed(meanings.iter().map(|(word, _)| *word))))
        })
    }
}

/// Text in quotes is no number: who typed it meant something else, or will be surprised elsewhere.
fn number(text: &str, is_plain: bool) -> Result<&str, String> {
    if is_plain { Ok(text) } else { Err("is text, not a number: leave out the quotes".into()) }
}

fn within(count: u64, range: &RangeInclusive<u64>) -> Result<u64, String> {
    if range.contains(&count) { Ok(count) } else { Err(out_of(range)) }
}

fn out_of(range: &RangeInclusive<u64>) -> String {
    format!("is outside of {} to {}", range.start(), range.end())
}

/// What is wrong with an amount, without repeating it: it may have come from a variable.
pub(in crate::config) fn not_money(error: &NotMoney) -> &'static str {
    match error {
        NotMoney::Unreadable(_) => "is not a decimal number of dollars",
        NotMoney::Negative(_) => "is negative",
        NotMoney::TooLarge(_) => "is more than an amount can hold",
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is not an IP address with a port, such as 127.0.0.1:4000".into())
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

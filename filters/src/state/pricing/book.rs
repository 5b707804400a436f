//! The price book: which price a model has at a given time.
//!
//! A model matches by its exact id, then by its id without a date suffix, never by a prefix: `gpt-4o` must not price
//! `gpt-4o-audio`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Price;

/// All prices we know.
#[derive(Debug)]
pub struct PriceBook {
    as_of: Date,
    providers: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Listing>>,
}

#[derive(Debug)]
enum Listing {
    /// One after another in time, without overlap.
    Priced(Vec<BookEntry>),
    /// Known and left without a price, for this reason.
    Unconfirmed(Arc<str>),
}

/// A price and the time it is in force.
#[derive(Clone, Debug)]
pub struct BookEntry {
    pub price: Arc<Price>,
    /// `None`: as long as anyone remembers.
    pub valid_from: Option<Timestamp>,
    /// The first moment at which it no longer applies; `None`: until further notice.
    pub valid_until: Option<Timestamp>,
}

/// A model has another entry for the same time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider}/{model} has two entries for the same time")]
pub struct Overlap {
    pub provider: Arc<str>,
    pub model: Arc<str>,
}

impl PriceBook {
    /// An empty book. `as_of` is the day its figures were collected.
    #[must_use]
    pub fn new(as_of: Date) -> Self {
        Self { as_of, providers: BTreeMap::new() }
    }

    /// The day its figures were collected.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The price in force at `at`: by exact id, then by the id without its date suffix (`-20250219`, `-2025-02-19`).
    ///
    /// An id that is in the book itself, be it expired or unconfirmed, is never looked up without its date: a snapshot may
    /// cost more than its successor.
    #[must_use]
    pub fn find(&self, provider: &str, model: &str, at: Timestamp) -> Option<Arc<Price>> {
        self.listing(provider, model)?.in_force(at).cloned()
    }

    /// Why a model that is known has no price; `None` if it has one, or is not known at all.
    #[must_use]
    pub fn unconfirmed(&self, provider: &str, model: &str) -> Option<&str> {
        match self.listing(provider, model)? {
            Listing::Unconfirmed(reason) => Some(reason),
            Listing::Priced(_) => None,
        }
    }

    /// The models of a provider that have a price at `at`, in alphabetical order.
    pub fn models(&self, provider: &str, at: Timestamp) -> impl Iterator<Item = (&Arc<str>, &Arc<Price>)> {
        let models = self.providers.get(provider).into_iter().flatten();
        models.filter_map(move |(model, listing)| Some((model, listing.in_force(at)?)))
    }

    /// Adds a price. A model may have several, for times that do not overlap.
    pub fn insert(&mut self, provider: &str, model: &str, entry: BookEntry) -> Result<(), Overlap> {
        let overlap = || Overlap { provider: provider.into(), model: model.into() };
        let models = self.providers.entry(provider.into()).or_default();
        match models.entry(model.into()).or_insert_with(|| Listing::Priced(Vec::new())) {
            Listing::Priced(entries) if !entries.iter().any(|other| other.overlaps(&entry)) => {
                entries.push(entry);
                Ok(())
            }
            _ => Err(overlap()),
        }
    }

    /// Notes that a model is known and has no price that we would bill by.
    pub fn leave_unpriced(&mut self, provider: &str, model: &str, reason: &str) -> Result<(), Overlap> {
        let models = self.providers.entry(provider.into()).or_default();
        if models.contains_key(model) {
            return Err(Overlap { provider: provider.into(), model: model.into() });
        }
        models.insert(model.into(), Listing::Unconfirmed(reason.into()));
        Ok(())
    }

    fn listing(&self, provider: &str, model: &str) -> Option<&Listing> {
        let models = self.providers.get(provider)?;
        models.get(model).or_else(|| models.get(without_date(model)?))
    }
}

impl Listing {
    fn in_force(&self, at: Timestamp) -> Option<&Arc<Price>> {
        match self {
            Self::Priced(entries) => entries.iter().find(|entry| entry.is_in_force(at)).map(|entry| &entry.price),
            Self::Unconfirmed(_) => None,
        }
    }
}

impl BookEntry {
    fn is_in_force(&self, at: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end_of = |one: &Self, other: &Self| match (one.valid_from, other.valid_until) {
            (Some(from), Some(until)) => from < until,
            _ => true,
        };
        begins_before_end_of(self, other) && begins_before_end_of(other, self)
    }
}

/// The id without `-20250219` or `-2025-02-19` at its end, if that is a day that exists.
fn without_date(model: &str) -> Option<&str> {
    let cut = |digits: usize| model.len().checked_sub(digits + 1).and_then(|at| model.split_at_checked(at));
    let (compact, dashed) = (cut(8), cut(10));
    let is_date = |suffix: &str| suffix.strip_prefix('-').is_some_and(|text| day(text).is_some());
    [compact, dashed]
        .into_iter()
        .flatten()
        .find(|(name, suffix)| !name.is_empty() && is_date(suffix))
        .map(|(name, _)| name)
}

/// Reads `20250219` or `2025-02-19`.
fn day(text: &str) -> Option<Date> {
    let digits = text.replace('-', "");
    let is_dashed = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) || (text.len() == 10 && !is_dashed) {
        return None;
    }
    Date::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::PicoUsd;
    use crate::state::pricing::{Part, PriceList};

    fn price(id: &str) -> Arc<Price> {
        let mut list = PriceList::default();
        list.tiers.standard[Part::Input] = Some(PicoUsd(1));
        list.tiers.standard[Part::Output] = Some(PicoUsd(1));
        Arc::new(list.price(id).unwrap())
    }

    fn entry(id: &str, from: Option<&str>, until: Option<&str>) -> BookEntry {
        let time = |text: &str| text.parse().unwrap();
        BookEntry { price: price(id), valid_from: from.map(time), valid_until: until.map(time) }
    }

    fn book(models: &[&str]) -> PriceBook {
        let mut book = PriceBook::new(Date::constant(2026, 11, 20));
        for model in models {
            book.insert("openai", model, entry(model, None, None)).unwrap();
        }
        book
    }

    fn found(book: &PriceBook, model: &str, at: &str) -> Option<String> {
        book.find("openai", model, at.parse().unwrap()).map(|price| price.id().to_string())
    }

    const TODAY: &str = "2026-11-20T12:00:00Z";

    #[test]
    fn a_model_never_matches_by_prefix_nor_by_something_like_a_date() {
        let book = book(&["gpt-4o"]);

        for model in [
            "gpt-4o-audio",
            "gpt-4",
            "GPT-4o",
            "gpt-4o-20251301",
            "gpt-4o-2025-02-30",
            "gpt-4o-2025-0219",
            "gpt-4o-1",
            "gpt-4o20250219",
            "-20250219",
            "",
            "gpt-4o-２０２５０２１９",
        ] {
            assert_eq!(found(&book, model, TODAY), None, "{model}");
        }
        assert!(book.find("azure", "gpt-4o", TODAY.parse().unwrap()).is_none());
    }

    #[test]
    fn a_dated_id_is_priced_as_its_model() {
        let book = book(&["gpt-4o"]);

        for model in ["gpt-4o", "gpt-4o-20250219", "gpt-4o-2025-02-19"] {
            assert_eq!(found(&book, model, TODAY).as_deref(), Some("gpt-4o"), "{model}");
        }
    }

    #[test]
    fn a_dated_id_with_an_entry_of_its_own_uses_that_alone() {
        let mut book = book(&["gpt-4o", "gpt-4o-2025-02-19"]);
        book.leave_unpriced("openai", "gpt-4o-2024-05-13", "dearer than its successor").unwrap();

        assert_eq!(found(&book, "gpt-4o-2025-02-19", TODAY).as_deref(), Some("gpt-4o-2025-02-19"));
        assert_eq!(found(&book, "gpt-4o-2024-05-13", TODAY), None);
        assert_eq!(book.unconfirmed("openai", "gpt-4o-2024-05-13"), Some("dearer than its successor"));
        assert_eq!(book.unconfirmed("openai", "gpt-4o"), None);
    }

    #[test]
    fn a_price_is_in_force_from_its_first_moment_and_not_at_its_last() {
        let mut book = book(&[]);
        book.insert("openai", "m", entry("old", None, Some("2026-11-01T00:00:00Z"))).unwrap();
        book.insert("openai", "m", entry("new", Some("2026-11-01T00:00:00Z"), Some("2026-12-01T00:00:00Z"))).unwrap();

        assert_eq!(found(&book, "m", "2026-10-31T23:59:59.999Z").as_deref(), Some("old"));
        assert_eq!(found(&book, "m", "2026-11-01T00:00:00Z").as_deref(), Some("new"));
        assert_eq!(found(&book, "m", "2026-12-01T00:00:00Z"), None);
    }

    #[test]
    fn two_prices_for_the_same_time_are_refused() {
        let mut book = book(&["m"]);
        book.insert("openai", "n", entry("n", Some("2026-11-01T00:00:00Z"), None)).unwrap();

        assert!(book.insert("openai", "m", entry("again", Some("2030-01-01T00:00:00Z"), None)).is_err());
        assert!(book.insert("openai", "n", entry("again", None, Some("2026-11-01T00:00:01Z"))).is_err());
        assert!(book.leave_unpriced("openai", "m", "both").is_err());
        assert!(book.insert("openai", "n", entry("before", None, Some("2026-11-01T00:00:00Z"))).is_ok());
    }

    #[test]
    fn models_are_listed_while_they_have_a_price() {
        let mut book = book(&["b", "a"]);
        book.leave_unpriced("openai", "c", "unknown").unwrap();

        let names: Vec<_> = book.models("openai", TODAY.parse().unwrap()).map(|(name, _)| name.to_string()).collect();

        assert_eq!(names, ["a", "b"]);
    }
}

//! What an entry of the price book means: texts become figures, days and words, and every mistake is noted.

use std::sync::Arc;

use filters::money::{NotMoney, PicoUsd};
use filters::state::pricing::{
    self, BookEntry, Discount, Mode, Part, PeakHours, PriceList, Tiers, TokenLimits, Unit, WeeklyRange,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_saphyr::Spanned;

use super::file::{Entry, Fees, Figures, LongPrompt, OffPeak, Text};
use super::{Mistake, day};

/// A unit, what is typed for it, and how many of it that is quoted for.
type Quote<'a> = (Unit, &'a Text, fn(&str) -> Result<PicoUsd, NotMoney>);

/// Collects the mistakes of a file while its texts are read.
pub(super) struct Reader<'a> {
    pub(super) mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    /// Reads one entry; `None` if there are mistakes in it. `as_of` names prices that have no first day of their own.
    pub(super) fn entry(&mut self, provider: &str, entry: &Entry, as_of: Date) -> Option<BookEntry> {
        let mistakes_before = self.mistakes.len();
        let valid_from = self.day(&entry.valid_from);
        let valid_until = self.day(&entry.valid_until);
        if let (Some(from), Some(until)) = (valid_from, valid_until)
            && from >= until
        {
            self.note(&entry.model, format!("{} ends before it begins", entry.model.value));
        }
        let list = self.list(entry);
        if self.mistakes.len() > mistakes_before {
            // What is missing now may only be what could not be read.
            return None;
        }
        let id = format!("{provider}/{}@{}", entry.model.value, valid_from.unwrap_or(as_of));
        let price = list.price(id).map_err(|incomplete| {
            self.note(&entry.model, format!("{provider}/{}: {incomplete}", entry.model.value));
        });
        let [valid_from, valid_until] = [valid_from, valid_until].map(|day| day.and_then(midnight));
        Some(BookEntry { price: Arc::new(price.ok()?), valid_from, valid_until })
    }

    fn list(&mut self, entry: &Entry) -> PriceList {
        PriceList {
            mode: self.read(&entry.mode, mode).unwrap_or_default(),
            limits: TokenLimits {
                context_window: entry.context_window,
                context_window_widest: entry.context_window_widest,
                max_output: entry.max_output,
            },
            retires: self.day(&entry.retires),
            tiers: self.tiers([&entry.standard, &entry.batch, &entry.flex, &entry.priority]),
            batch_discount: self.read(&entry.batch_discount, Discount::parse),
            long_prompts: entry.long_prompts.iter().map(|long| self.long_prompt(long)).collect(),
            off_peak: entry.off_peak.as_ref().map(|off_peak| self.off_peak(off_peak)),
            fees: self.fees(&entry.fees),
        }
    }

    fn long_prompt(&mut self, long: &LongPrompt) -> pricing::LongPrompt {
        let tiers = self.tiers([&long.standard, &long.batch, &long.flex, &long.priority]);
        pricing::LongPrompt { above_tokens: long.above_tokens, tiers }
    }

    fn tiers(&mut self, figures: [&Figures; 4]) -> Tiers {
        let [standard, batch, flex, priority] = figures.map(|figures| self.figures(figures));
        Tiers { standard, batch, flex, priority }
    }

    fn off_peak(&mut self, off_peak: &OffPeak) -> pricing::OffPeak {
        let ranges = off_peak.peak_hours.iter().filter_map(|text| self.read_text(text, WeeklyRange::parse)).collect();
        pricing::OffPeak { peak_hours: PeakHours::new(ranges), figures: self.figures(&off_peak.standard) }
    }

    fn figures(&mut self, typed: &Figures) -> pricing::Figures {
        let mut figures = pricing::Figures::default();
        for part in Part::ALL {
            figures[part] = self.read(typed.text(part), PicoUsd::parse_per_million);
        }
        figures
    }

    fn fees(&mut self, typed: &Fees) -> pricing::Fees {
        let mut fees = pricing::Fees::default();
        let quotes: [Quote<'_>; 6] = [
            (Unit::Image, &typed.per_image, PicoUsd::parse),
            (Unit::AudioSecond, &typed.per_audio_second, PicoUsd::parse),
            (Unit::Character, &typed.per_1m_characters, PicoUsd::parse_per_million),
            (Unit::SearchUnit, &typed.per_1k_searches, per_thousand),
            (Unit::WebSearch, &typed.per_1k_web_searches, per_thousand),
            (Unit::Request, &typed.per_request, PicoUsd::parse),
        ];
        for (unit, text, parse) in quotes {
            if let Some(price) = self.read(text, parse) {
                fees.set(unit, price);
            }
        }
        fees
    }

    pub(super) fn day(&mut self, text: &Text) -> Option<Date> {
        self.read(text, day)
    }

    fn read<T, E: ToString>(&mut self, text: &Text, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        self.read_text(text.as_ref()?, parse)
    }

    pub(super) fn read_text<T, E: ToString>(
        &mut self,
        text: &Spanned<String>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(&text.value).map_err(|refusal| self.note(text, refusal)).ok()
    }

    pub(super) fn note(&mut self, place: &Spanned<String>, message: impl ToString) {
        let (line, column) = (place.referenced.line(), place.referenced.column());
        self.mistakes.push(Mistake { line, column, message: message.to_string() });
    }
}

impl Figures {
    fn text(&self, part: Part) -> &Text {
        match part {
            Part::Input => &self.input,
            Part::CacheRead => &self.cache_read,
            Part::CacheWrite5m => &self.cache_write_5m,
            Part::CacheWrite1h => &self.cache_write_1h,
            Part::CacheWrite12h => &self.cache_write_12h,
            Part::AudioInput => &self.audio_input,
            Part::ImageInput => &self.image_input,
            Part::Output => &self.output,
            Part::Reasoning => &self.reasoning,
            Part::AudioOutput => &self.audio_output,
            Part::ImageOutput => &self.image_output,
        }
    }
}

fn mode(word: &str) -> Result<Mode, String> {
    Mode::from_name(word).ok_or_else(|| {
        let known = Mode::ALL.map(Mode::name).join(", ");
        format!("{word:?} is not a mode (known: {known})")
    })
}

/// Reads dollars per thousand.
fn per_thousand(text: &str) -> Result<PicoUsd, NotMoney> {
    let per_million = PicoUsd::parse_per_million(text)?;
    per_million.0.checked_mul(1000).map(PicoUsd).ok_or_else(|| NotMoney::TooLarge(text.to_owned()))
}

/// The first moment of a day in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
}

//! `prices.yaml`: the price book as people write it, read into the one that bills.
//!
//! Every figure is read as the decimal text it is written as: the parser hands scalars over unconverted, so no price is
//! ever a float. All mistakes in a file are reported, each with its place, except for what is no YAML or has an unknown
//! key, where reading ends at the first.

mod entry;
mod file;

use filters::state::pricing::PriceBook;
use jiff::civil::Date;

use entry::Reader;
use file::File;

/// The book that comes with this version.
const BUILT_IN: &str = include_str!("../../conf/prices.yaml");

/// Why a text is no price book.
#[derive(Debug, thiserror::Error)]
pub enum NotAPriceBook {
    #[error("{0}")]
    Unreadable(Box<serde_saphyr::Error>),
    #[error("{}", listed(.0))]
    Mistakes(Vec<Mistake>),
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct Mistake {
    pub line: u64,
    pub column: u64,
    pub message: String,
}

/// Reads a price book.
pub fn parse(text: &str) -> Result<PriceBook, NotAPriceBook> {
    let file: File = serde_saphyr::from_str(text).map_err(|error| NotAPriceBook::Unreadable(Box::new(error)))?;
    let mut mistakes = Vec::new();
    let book = read(&file, &mut Reader { mistakes: &mut mistakes });
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    if mistakes.is_empty() { Ok(book) } else { Err(NotAPriceBook::Mistakes(mistakes)) }
}

/// The price book that comes with this version.
#[must_use]
pub fn built_in() -> PriceBook {
    parse(BUILT_IN).expect("the book that comes with this version is read by a test")
}

fn read(file: &File, reader: &mut Reader<'_>) -> PriceBook {
    let mut book = PriceBook::new(reader.read_text(&file.as_of, day).unwrap_or(Date::ZERO));
    let prices = file.prices.iter().flat_map(|(provider, entries)| entries.iter().map(move |entry| (provider, entry)));
    for (provider, entry) in prices {
        let Some(price) = reader.entry(provider, entry, book.as_of()) else { continue };
        if let Err(overlap) = book.insert(provider, &entry.model.value, price) {
            reader.note(&entry.model, overlap);
        }
    }
    for (provider, models) in &file.unconfirmed {
        for (model, reason) in models {
            if let Err(overlap) = book.leave_unpriced(provider, model, &reason.value) {
                reader.note(reason, overlap);
            }
        }
    }
    book
}

/// Reads a day such as `2026-11-20`, and no other spelling of one.
fn day(text: &str) -> Result<Date, String> {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    day.ok_or_else(|| format!("{text:?} is not a day such as 2026-11-20"))
}

fn listed(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;

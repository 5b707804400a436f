//! The comparison of sources that the built-in book was written from, figure by figure. It is not part of this repository:
//! where it is absent there is nothing to compare with.

use std::collections::HashMap;

use filters::money::PicoUsd;
use filters::state::pricing::{Price, PriceBook, Unit};
use filters::usage::{ServiceTier, Usage};

use super::{at, built_in};

/// Weekday, outside DeepSeek's peak; and within it.
const OFF_PEAK: &str = "2026-11-20T12:00:00Z";
const PEAK: &str = "2026-11-20T02:00:00Z";

type Row = HashMap<String, String>;

#[test]
fn every_figure_of_the_sources_is_what_the_book_bills() {
    let comparison = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/prices.csv");
    let Ok(text) = std::fs::read_to_string(comparison)
        .or_else(|_| std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/prices.csv")))
    else {
        println!("skipped: no comparison of sources to check against");
        return;
    };
    let book = built_in();
    let rows = rows(&text);
    assert!(rows.len() > 100, "the comparison has {} rows", rows.len());

    for row in &rows {
        let wrong = differences(&book, row);
        assert!(wrong.is_empty(), "{}/{}: {wrong:?}", row["provider"], row["model"]);
    }
}

/// What a row says otherwise than the book does.
fn differences(book: &PriceBook, row: &Row) -> Vec<String> {
    let provider = match row["provider"].as_str() {
        "google" => "gemini",
        "vertex" => "vertex_ai",
        same => same,
    };
    let price = book.find(provider, &row["model"], at(PEAK));
    if row["confidence"] != "high" {
        let is_explained = price.is_none() && book.unconfirmed(provider, &row["model"]).is_some();
        return if is_explained { Vec::new() } else { vec!["must be unconfirmed".to_owned()] };
    }
    let Some(price) = price else { return vec!["has no price".to_owned()] };
    let mut wrong = wrong_figures(&price, row);
    wrong.extend(wrong_facts(&price, row));
    wrong
}

fn wrong_figures(price: &Price, row: &Row) -> Vec<String> {
    let long = row["tier_above"].parse().unwrap_or(u64::MAX);
    let checks = FIGURES.iter().chain(if long == u64::MAX { &[] } else { LONG_FIGURES });
    let offered = checks.filter(|(column, ..)| !row[*column].is_empty());
    let wrong = offered.filter(|(column, tier, usage)| {
        let listed = PicoUsd::parse_per_million(&row[*column]).unwrap();
        // Half a million tokens are a short prompt to nobody; ten thousand are a long one to nobody.
        let count = if column.starts_with("tier_") { 1_000_000 } else { 10_000 };
        let usage = Usage { service_tier: *tier, ..usage(count) };
        let expected = i64::try_from(listed.times(count).div_ceil(1000)).unwrap();
        price.cost(&usage, at(PEAK)).unwrap().0 != expected
    });
    wrong.map(|(column, ..)| (*column).to_owned()).collect()
}

type Check = (&'static str, ServiceTier, fn(u64) -> Usage);

const FIGURES: &[Check] = &[
    ("input", ServiceTier::Standard, input),
    ("output", ServiceTier::Standard, output),
    ("cache_read", ServiceTier::Standard, cache_read),
    ("cache_write_5m", ServiceTier::Standard, cache_write_5m),
    ("cache_write_1h", ServiceTier::Standard, cache_write_1h),
    // Billed for the hour-long writes of vendors that list no hour.
    ("cache_write_12h", ServiceTier::Standard, cache_write_1h),
    ("batch_input", ServiceTier::Batch, input),
    ("batch_output", ServiceTier::Batch, output),
    ("flex_input", ServiceTier::Flex, input),
    ("flex_output", ServiceTier::Flex, output),
    ("priority_input", ServiceTier::Priority, input),
    ("priority_output", ServiceTier::Priority, output),
    ("reasoning_output", ServiceTier::Standard, reasoning),
    ("audio_input", ServiceTier::Standard, audio_input),
    ("audio_output", ServiceTier::Standard, audio_output),
];

const LONG_FIGURES: &[Check] = &[
    ("tier_input", ServiceTier::Standard, input),
    ("tier_cache_read", ServiceTier::Standard, cache_read),
    ("tier_cache_write", ServiceTier::Standard, cache_write_5m),
];

fn input(tokens: u64) -> Usage {
    Usage { input_tokens: tokens, ..Usage::default() }
}

fn output(tokens: u64) -> Usage {
    Usage { output_tokens: tokens, ..Usage::default() }
}

fn cache_read(tokens: u64) -> Usage {
    Usage { cache_read_tokens: tokens, ..Usage::default() }
}

fn cache_write_5m(tokens: u64) -> Usage {
    Usage { cache_write_5m_tokens: tokens, ..Usage::default() }
}

fn cache_write_1h(tokens: u64) -> Usage {
    Usage { cache_write_1h_tokens: tokens, ..Usage::default() }
}

fn reasoning(tokens: u64) -> Usage {
    Usage { output_tokens: tokens, reasoning_tokens: tokens, ..Usage::default() }
}

fn audio_input(tokens: u64) -> Usage {
    Usage { input_tokens: tokens, audio_input_tokens: tokens, ..Usage::default() }
}

fn audio_output(tokens: u64) -> Usage {
    Usage { output_tokens: tokens, audio_output_tokens: tokens, ..Usage::default() }
}

/// What is no plain price of a token: limits, fees, days, the output of long prompts and off-peak hours.
fn wrong_facts(price: &Price, row: &Row) -> Vec<String> {
    let generates = price.mode().generates_tokens();
    let facts = [
        ("mode", price.mode().name().to_owned()),
        ("context_window", text(price.context_window_tokens())),
        ("max_output", if generates { text(price.max_output_tokens()) } else { row["max_output"].clone() }),
        ("retires", text(price.retires())),
        ("web_search_per_1k", text(web_search_dollars_per_1k(price))),
        ("tier_output", text(long_output(price, row))),
        ("offpeak", off_peak(price, row)),
    ];
    facts
        .into_iter()
        .filter(|(column, ours)| *ours != row[*column])
        .map(|(column, ours)| format!("{column}: {ours}"))
        .collect()
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn web_search_dollars_per_1k(price: &Price) -> Option<String> {
    let thousand = Usage { web_searches: 1000, ..Usage::default() };
    price.bills(Unit::WebSearch).then(|| price.cost(&thousand, at(PEAK)).unwrap().to_string())
}

/// Dollars per million tokens generated after a prompt just above the threshold, from two costs.
fn long_output(price: &Price, row: &Row) -> Option<String> {
    let above: u64 = row["tier_above"].parse().ok()?;
    let prompt = Usage { input_tokens: above + 1, ..Usage::default() };
    let both = Usage { output_tokens: 1_000_000, ..prompt };
    let cost = |usage| price.cost(&usage, at(PEAK)).unwrap();
    Some((cost(both) - cost(prompt)).to_string())
}

/// In the words of the comparison.
fn off_peak(price: &Price, row: &Row) -> String {
    if row["offpeak"].is_empty() {
        return String::new();
    }
    let cost = |usage| price.cost(&usage, at(OFF_PEAK)).unwrap();
    let million = 1_000_000;
    let figures = [input(million), output(million), cache_read(million)].map(|usage| cost(usage).to_string());
    format!("{} outside 01:00-04:00 and 06:00-10:00 UTC Mon-Fri", figures.join("/"))
}

fn rows(csv: &str) -> Vec<Row> {
    let mut lines = csv.lines().map(cells);
    let header = lines.next().unwrap();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

/// The cells of a line, whose quotes hold commas and nothing worse.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(character),
        }
    }
    cells
}

//! The format, its refusals, and the book that comes with this version.

use filters::money::NanoUsd;
use filters::state::pricing::{Demand, PriceBook};
use filters::usage::{ServiceTier, Usage};
use jiff::Timestamp;

use super::*;

mod sources;

/// A Friday, outside DeepSeek's peak hours.
const TODAY: &str = "2026-11-20T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A book with one provider `p`, whose entries are given.
fn book(entries: &str) -> Result<PriceBook, NotAPriceBook> {
    parse(&format!("as_of: 2026-11-20\nprices:\n  p:\n{entries}\n"))
}

fn refusal(entries: &str) -> String {
    book(entries).unwrap_err().to_string()
}

fn dollars(book: &PriceBook, provider: &str, model: &str, usage: &Usage, time: &str) -> String {
    let price = book.find(provider, model, at(time)).unwrap_or_else(|| panic!("no price for {provider}/{model}"));
    price.cost(usage, at(time)).unwrap().to_string()
}

#[test]
fn every_mistake_is_reported_with_its_place() {
    let refusal = refusal(
        "    - model: a\n      mode: chatty\n      standard: {input: -1, output: .nan, cache_read: 1e400}\n    - \
         model: b\n      standard: {input: 1}\n      retires: 2026-13-01\n      batch_discount: 1.5\n    - model: c\n      standard: {input: 1}",
    );

    insta::assert_snapshot!(refusal);
}

#[test]
fn what_is_no_decimal_is_no_price() {
    for figure in ["-1", "-0", ".nan", ".inf", "-.inf", "true", "0x10", "1_000", "\"\"", "1,5", "[1]", "{a: 1}"] {
        let entry = format!("    - model: a\n      standard: {{input: {figure}, output: 1}}");

        assert!(book(&entry).is_err(), "{figure}");
    }
}

#[test]
fn an_unknown_key_is_a_mistake() {
    let refusal = refusal("    - model: a\n      standard: {input: 1, output: 1, cached: 1}");

    assert!(refusal.contains("cached") && refusal.contains("line 5"), "{refusal}");
}

#[test]
fn a_model_listed_twice_for_one_time_is_a_mistake() {
    let plain = "    - {model: a, standard: {input: 1, output: 1}}";
    let before = "    - {model: a, valid_until: 2026-11-01, standard: {input: 2, output: 2}}";
    let since = "    - {model: a, valid_from: 2026-11-01, standard: {input: 1, output: 1}}";

    assert!(refusal(&format!("{plain}\n{plain}")).contains("two entries for the same time"));
    assert!(refusal(&format!("{plain}\n{before}")).contains("two entries for the same time"));
    assert!(
        refusal("    - {model: a, valid_from: 2026-11-02, valid_until: 2026-11-01, standard: {input: 1, output: 1}}")
            .contains("ends before it begins")
    );
    assert!(book(&format!("{before}\n{since}")).is_ok());
}

#[test]
fn a_model_cannot_be_both_priced_and_unconfirmed() {
    let text =
        "as_of: 2026-11-20\nprices:\n  p: [{model: a, standard: {input: 1, output: 1}}]\nunconfirmed:\n  p: {a: why}";

    assert!(parse(text).unwrap_err().to_string().contains("5:"));
}

#[test]
fn a_price_changes_on_its_day_and_says_so_in_its_id() {
    let book = book(
        "    - {model: a, valid_until: 2026-11-01, standard: {input: 2, output: 2}}\n    - {model: a, valid_from: \
         2026-11-01, standard: {input: 1, output: 1}}",
    )
    .unwrap();

    let id = |time| book.find("p", "a", at(time)).unwrap().id().to_string();

    assert_eq!(id("2026-10-31T23:59:59Z"), "p/a@2026-11-20");
    assert_eq!(id("2026-11-01T00:00:00Z"), "p/a@2026-11-01");
}

#[test]
fn figures_keep_every_digit_they_are_written_with() {
    let book = book("    - {model: a, standard: {input: 0.000001, output: 123456.789012}}").unwrap();
    let usage = Usage { input_tokens: 1000, output_tokens: 1_000_000, ..Usage::default() };

    assert_eq!(dollars(&book, "p", "a", &usage, TODAY), "123456.789012001");
}

#[test]
fn fees_are_per_what_their_names_say() {
    let book = book(
        "    - model: a\n      fees: {per_image: 0.04, per_audio_second: 0.0001, per_1m_characters: 15, \
         per_1k_searches: 2, per_1k_web_searches: 10, per_request: 0.5}",
    )
    .unwrap();
    let one = |change: fn(&mut Usage)| {
        let mut usage = Usage::default();
        change(&mut usage);
        dollars(&book, "p", "a", &usage, TODAY)
    };

    assert_eq!(one(|_| ()), "0.5");
    assert_eq!(one(|usage| usage.images = 1), "0.54");
    assert_eq!(one(|usage| usage.audio_seconds = 60), "0.506");
    assert_eq!(one(|usage| usage.characters = 1000), "0.515");
    assert_eq!(one(|usage| usage.search_units = 1), "0.502");
    assert_eq!(one(|usage| usage.web_searches = 1), "0.51");
}

#[test]
fn off_peak_applies_outside_the_hours_named() {
    let book = built_in();
    let usage = Usage { output_tokens: 1_000_000, ..Usage::default() };

    assert_eq!(dollars(&book, "deepseek", "deepseek-flash", &usage, "2026-11-20T02:00:00Z"), "1.2");
    assert_eq!(dollars(&book, "deepseek", "deepseek-flash", &usage, "2026-11-20T05:00:00Z"), "0.6");
    assert_eq!(dollars(&book, "deepseek", "deepseek-flash", &usage, "2026-11-21T02:00:00Z"), "0.6", "a Saturday");
}

#[test]
fn the_built_in_book_prices_known_requests_as_their_vendors_would() {
    let book = built_in();
    let models = [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o-2024-08-06"),
        ("openai", "gpt-5.6"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("anthropic", "claude-haiku-5-5"),
        ("gemini", "gemini-2.5-flash"),
        ("gemini", "gemini-2.5-pro"),
        ("mistral", "codestral-embed"),
        ("deepseek", "deepseek-v4-pro"),
        ("xai", "grok-4.3"),
    ];

    let table: Vec<_> = models.iter().map(|(provider, model)| price_line(&book, provider, model)).collect();

    insta::assert_snapshot!(table.join("\n"));
}

/// What some requests of a model cost, in dollars.
fn price_line(book: &PriceBook, provider: &str, model: &str) -> String {
    let cost = |usage: Usage| dollars(book, provider, model, &usage, TODAY);
    let million = 1_000_000;
    let short = Usage { input_tokens: 10_000, output_tokens: 1000, ..Usage::default() };
    let price = book.find(provider, model, at(TODAY)).unwrap();
    let demand = Demand { input_tokens: 10_000, output_tokens: Some(1000), ..Demand::default() };
    format!(
        "{}: 10k+1k {}, batch {}, flex {}, priority {}; 1M in {}, cached {}, written {} or {}; bound {}, likely {}",
        price.id(),
        cost(short),
        cost(Usage { service_tier: ServiceTier::Batch, ..short }),
        cost(Usage { service_tier: ServiceTier::Flex, ..short }),
        cost(Usage { service_tier: ServiceTier::Priority, ..short }),
        cost(Usage { input_tokens: million, ..Usage::default() }),
        cost(Usage { cache_read_tokens: million, ..Usage::default() }),
        cost(Usage { cache_write_5m_tokens: million, ..Usage::default() }),
        cost(Usage { cache_write_1h_tokens: million, ..Usage::default() }),
        price.bound(&demand).unwrap(),
        price.estimate(&demand),
    )
}

#[test]
fn what_no_two_sources_agree_on_has_no_price_and_a_reason() {
    let book = built_in();

    for (provider, model) in [("openai", "gpt-6-astra-law"), ("openai", "gpt-4o-2024-05-13"), ("azure", "gpt-4o")] {
        assert!(book.find(provider, model, at(TODAY)).is_none(), "{model}");
        assert!(book.unconfirmed(provider, model).is_some(), "{model}");
    }
    assert_eq!(book.unconfirmed("openai", "gpt-4o"), None);
}

#[test]
fn a_search_is_a_hundredth_of_a_dollar_where_a_thousand_cost_ten() {
    let usage = Usage { web_searches: 1, ..Usage::default() };
    let cost = built_in().find("anthropic", "claude-opus-5", at(TODAY)).unwrap().cost(&usage, at(TODAY));

    assert_eq!(cost, Ok(NanoUsd(10_000_000)));
}

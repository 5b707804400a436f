//! What a config file is read with: the environment, the built-in price book, the time.

use std::sync::Arc;

use filters::clock;
use filters::state::pricing::{Mode, Price, PriceBook, TokenLimits};
use jiff::Timestamp;

use crate::config::{Prices, Surroundings, TypedPrice, price_book};

/// Calls `act` with the surroundings of this moment.
pub(super) fn with_surroundings<T>(
    environment: &dyn Fn(&str) -> Option<String>,
    act: impl FnOnce(&Surroundings<'_>) -> T,
) -> T {
    let now = clock::now().wall;
    let prices = BookPrices { book: price_book::built_in(), now };
    act(&Surroundings { environment, prices: &prices, now })
}

/// The built-in price book, as of now.
struct BookPrices {
    book: PriceBook,
    now: Timestamp,
}

impl Prices for BookPrices {
    fn find(&self, provider: &str, model: &str) -> Option<Arc<Price>> {
        self.book.find(provider, model, self.now)
    }

    fn models(&self, provider: &str) -> Vec<String> {
        self.book.models(provider, self.now).map(|(model, _)| model.to_string()).collect()
    }

    /// Typed figures stand alone: mixing them with a book's would make a price that nobody has quoted. Only the model's
    /// size is taken from the book, where it is not typed.
    fn typed(&self, typed: &TypedPrice) -> Result<Arc<Price>, String> {
        let book = typed.book.as_deref();
        let limits = TokenLimits {
            context_window: typed.input_tokens_max.or(book.and_then(Price::context_window_tokens)),
            context_window_widest: None,
            max_output: typed.output_tokens_max.or(book.and_then(Price::max_output_tokens)),
        };
        let mode = book.map_or(Mode::default(), Price::mode);
        let figures: String = typed.per_unit.iter().map(|(key, price)| format!(";{key}={}", price.0)).collect();
        let id = format!("{}@config{figures}", typed.name);
        Price::from_cost_keys(id, mode, limits, typed.per_unit.iter().map(|(key, price)| (key, *price)))
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }
}

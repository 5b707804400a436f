//! What a config file means depends on more than its text: the environment, the price book and the time.
//!
//! All three are handed in, so that a test never touches the process's own and `check` agrees with `serve`.

use std::fmt;
use std::sync::Arc;

use filters::money::PicoUsd;
use filters::state::pricing::Price;
use jiff::Timestamp;

/// Everything a config file is read with besides its text.
pub struct Surroundings<'a> {
    /// Looks up an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    pub prices: &'a dyn Prices,
    /// The beginning of the first fixed window of every cap declared in the file. A caller that has seen the cap before
    /// keeps its older beginning.
    pub now: Timestamp,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Prices of models: the price book as the config needs it.
pub trait Prices {
    /// The price of a vendor's model, `None` if the book has none.
    fn find(&self, provider: &str, model: &str) -> Option<Arc<Price>>;

    /// The vendor's models that have a price: what `anthropic/*` in a `model_list` stands for.
    fn models(&self, provider: &str) -> Vec<String>;

    /// The price that the keys of a `model_list` entry spell out, or why they make none.
    fn typed(&self, typed: &TypedPrice) -> Result<Arc<Price>, String>;
}

/// What a `model_list` entry says about its price and size.
#[derive(Clone, Debug, Default)]
pub struct TypedPrice {
    /// `provider/upstream model`.
    pub name: String,
    /// LiteLLM's words, such as `input_cost_per_token`, with the price of one unit.
    pub per_unit: Vec<(String, PicoUsd)>,
    /// `max_input_tokens`: the context window.
    pub input_tokens_max: Option<u64>,
    /// `max_output_tokens`, or `max_tokens`.
    pub output_tokens_max: Option<u64>,
    /// What the price book has for it: whatever is not typed may be taken from here.
    pub book: Option<Arc<Price>>,
}

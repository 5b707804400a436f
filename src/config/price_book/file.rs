//! What is typed in a price book: its keys, and every figure as the text it is written as, with its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

/// A text that may be left out: a decimal, a day or a word, read by what knows its meaning.
pub(super) type Text = Option<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) as_of: Spanned<String>,
    /// By provider.
    #[serde(default)]
    pub(super) prices: BTreeMap<String, Vec<Entry>>,
    /// By provider and model: why it has no price.
    #[serde(default)]
    pub(super) unconfirmed: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
}

/// One model's price list, for one time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) model: Spanned<String>,
    pub(super) valid_from: Text,
    pub(super) valid_until: Text,
    pub(super) mode: Text,
    pub(super) context_window: Option<u64>,
    pub(super) context_window_widest: Option<u64>,
    pub(super) max_output: Option<u64>,
    #[serde(default)]
    pub(super) standard: Figures,
    #[serde(default)]
    pub(super) long_prompts: Vec<LongPrompt>,
    #[serde(default)]
    pub(super) batch: Figures,
    pub(super) batch_discount: Text,
    #[serde(default)]
    pub(super) flex: Figures,
    #[serde(default)]
    pub(super) priority: Figures,
    pub(super) off_peak: Option<OffPeak>,
    #[serde(default)]
    pub(super) fees: Fees,
    pub(super) retires: Text,
}

/// Dollars per million tokens.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Figures {
    pub(super) input: Text,
    pub(super) output: Text,
    pub(super) cache_read: Text,
    pub(super) cache_write_5m: Text,
    pub(super) cache_write_1h: Text,
    pub(super) cache_write_12h: Text,
    pub(super) reasoning: Text,
    pub(super) audio_input: Text,
    pub(super) audio_output: Text,
    pub(super) image_input: Text,
    pub(super) image_output: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LongPrompt {
    pub(super) above_tokens: u64,
    #[serde(default)]
    pub(super) standard: Figures,
    #[serde(default)]
    pub(super) batch: Figures,
    #[serde(default)]
    pub(super) flex: Figures,
    #[serde(default)]
    pub(super) priority: Figures,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OffPeak {
    pub(super) peak_hours: Vec<Spanned<String>>,
    pub(super) standard: Figures,
}

/// Dollars for one, a thousand or a million, as the name says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Fees {
    pub(super) per_image: Text,
    pub(super) per_audio_second: Text,
    pub(super) per_1m_characters: Text,
    pub(super) per_1k_searches: Text,
    pub(super) per_1k_web_searches: Text,
    pub(super) per_request: Text,
}

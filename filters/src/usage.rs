//! What an exchange used: token and unit counts, read out of vendor bytes as they pass.
//!
//! Knows wire formats, not money: [`crate::state::pricing`] turns a [`Usage`] into a cost. Knows bytes, not HTTP: whoever
//! feeds a [`UsageReader`] has seen the status and the content type.
//!
//! From the inside out: `layout` says where in a vendor's JSON a number stands, `json` finds it in bytes that are cut
//! anywhere, `sse` does so for event streams, `report` and `tally` keep what was found, and `openai`, `anthropic`,
//! `gemini` and `pieces` say what each vendor's numbers add up to.

mod anthropic;
mod counts;
mod dialect;
mod escape;
mod estimate;
#[cfg(test)]
mod fixture;
mod gemini;
mod json;
mod layout;
mod openai;
mod output;
mod pieces;
mod reader;
mod reading;
mod report;
mod sse;
mod tally;
mod withhold;

pub use self::estimate::{bound_tokens_of_text, tokens_of_text};
pub use self::output::OutputSeen;
pub use self::reader::{Framing, UsageReader};
pub use self::reading::Reading;

/// Token and unit counts of one exchange.
///
/// `input_tokens`, `cache_read_tokens` and the cache writes are disjoint: their sum is the whole prompt, whichever way
/// the vendor reports it. `output_tokens` is everything generated; reasoning and audio are parts of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens neither read from nor written to a cache; audio and image input are part of it.
    pub input_tokens: u64,
    pub cache_read_tokens: u64,
    /// Written to a cache that lives five minutes, or for as long as the vendor pleases.
    pub cache_write_5m_tokens: u64,
    pub cache_write_1h_tokens: u64,
    /// All generated tokens, reasoning and audio included.
    pub output_tokens: u64,
    /// Of `output_tokens`.
    pub reasoning_tokens: u64,
    /// Of `input_tokens`.
    pub audio_input_tokens: u64,
    /// Of `output_tokens`.
    pub audio_output_tokens: u64,
    /// Of `input_tokens`.
    pub image_input_tokens: u64,
    /// Of `output_tokens`.
    pub image_output_tokens: u64,
    /// Images generated, for models that are billed by the image.
    pub images: u64,
    /// Seconds of audio, rounded up, for models that are billed by the second.
    pub audio_seconds: u64,
    /// Characters of text to speak, for models that are billed by the character.
    pub characters: u64,
    /// Searches a rerank model billed.
    pub search_units: u64,
    /// Web searches the vendor ran for the model.
    pub web_searches: u64,
    pub service_tier: ServiceTier,
}

/// The vendor's price class for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceTier {
    #[default]
    Standard,
    Batch,
    Flex,
    Priority,
}

impl Usage {
    /// The whole prompt: what long-prompt price tiers and token limits look at.
    #[must_use]
    pub fn prompt_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_read_tokens)
            .saturating_add(self.cache_write_5m_tokens)
            .saturating_add(self.cache_write_1h_tokens)
    }

    /// Prompt and output together: what token limits count.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens().saturating_add(self.output_tokens)
    }
}

impl ServiceTier {
    /// The tier that a vendor's word stands for; `None` for a word that says nothing of price, such as `auto`.
    fn of_vendor(word: &[u8]) -> Option<Self> {
        match word.to_ascii_lowercase().as_slice() {
            b"default" | b"standard" | b"on_demand" => Some(Self::Standard),
            b"batch" => Some(Self::Batch),
            b"flex" | b"on_demand_flex" => Some(Self::Flex),
            b"priority" | b"on_demand_priority" => Some(Self::Priority),
            _ => None,
        }
    }
}

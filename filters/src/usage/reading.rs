//! What a reader has learned of an answer, and what of it is to be billed.

use super::Usage;
use super::output::OutputSeen;
use super::tally::Tally;

/// What an answer has said so far.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The vendor's own report, if a believable one has arrived. Prefer [`Self::billable`], which knows how old it is.
    pub usage: Option<Usage>,
    /// A report arrived that cannot be believed: negative, fractional, not a number, above 2⁴⁰. It was ignored.
    pub unbelievable: bool,
    /// What the model wrote, for an estimate when no report came.
    pub output: &'a OutputSeen,
    /// The answer said that it was over, in its dialect's way: `[DONE]`, `message_stop`, `response.completed`, a finish
    /// reason at Gemini, or a document that is complete.
    pub finished: bool,
    /// The vendor put an error into the body, whatever the status.
    pub vendor_error: bool,
    /// The model the vendor says it answered with, if its name has at most 128 bytes.
    pub model: Option<&'a str>,
    /// The report may be older than the output.
    may_lag: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn of(tally: &'a Tally) -> Self {
        Self {
            usage: tally.usage(),
            unbelievable: tally.is_unbelievable(),
            output: &tally.output,
            finished: tally.is_finished,
            vendor_error: tally.is_vendor_error,
            model: tally.model.as_deref(),
            may_lag: tally.may_lag(),
        }
    }

    /// The report, brought up to date: what it says of the output is raised to what was seen, where the stream broke off
    /// between two reports or the last one could not be believed. `None` if there was no report at all.
    #[must_use]
    pub fn billable(&self) -> Option<Usage> {
        let mut usage = self.usage?;
        if self.may_lag {
            usage.output_tokens = usage.output_tokens.max(self.estimated_output_tokens());
        }
        Some(usage)
    }

    /// Whether the report may be older than the output, so that what is billed is partly counted by us.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.may_lag
    }

    /// Tokens that the output seen amounts to, in the vocabulary of the model that answered.
    #[must_use]
    pub fn estimated_output_tokens(&self) -> u64 {
        self.output.estimated_tokens(self.model.unwrap_or_default())
    }
}

//! How many tokens a text is: near enough for a bill that the vendor never sent, and as a bound that always holds.

use bpe_openai::{Tokenizer, cl100k_base, o200k_base};

/// What a vendor adds around the text of one request that no byte of it shows: separators, and the hidden prompt that
/// explains tools to a model (Anthropic's longest published one is 530 tokens).
const REQUEST_OVERHEAD_TOKENS: u64 = 1024;

/// About how many tokens `text` is to `model`.
///
/// Exact for OpenAI's models, whose vocabularies are public. Anthropic's and Google's are not; theirs is the count of
/// OpenAI's newest, scaled by what was measured on answers whose true count is known.
///
/// The first call loads a vocabulary, which takes some tens of milliseconds and some tens of megabytes.
#[must_use]
pub fn tokens_of_text(text: &str, model: &str) -> u64 {
    let counted = tokenizer(model).count(text) as u64;
    let Percent(percent) = scale(model);
    counted.saturating_mul(percent).div_ceil(100)
}

/// More tokens than any request of so many bytes can be, counting its whole JSON body.
///
/// The vocabularies in use reach down to single bytes, so no token is made of less than one, and the JSON around a
/// message is longer than the tokens that separate messages. Content that is not text (images, documents) is not
/// covered, nor what the request only points to.
#[must_use]
pub fn bound_tokens_of_text(bytes: u64) -> u64 {
    bytes.saturating_add(REQUEST_OVERHEAD_TOKENS)
}

fn tokenizer(model: &str) -> &'static Tokenizer {
    let is_older = ["gpt-3.5", "gpt-35", "text-embedding-", "davinci-002", "babbage-002"];
    let is_gpt_4 =
        model.starts_with("gpt-4") && !["gpt-4o", "gpt-4.1", "gpt-4.5"].iter().any(|new| model.starts_with(new));
    if is_gpt_4 || is_older.iter().any(|older| model.starts_with(older)) { cl100k_base() } else { o200k_base() }
}

struct Percent(u64);

/// How many tokens a model makes of what is a hundred to OpenAI's newest vocabulary.
fn scale(model: &str) -> Percent {
    let is_mistral = model.contains("stral");
    Percent(if model.contains("claude") {
        120
    } else if is_mistral {
        115
    } else {
        100
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_models_are_counted_with_the_older_vocabulary() {
        let text = "ভাষা মডেল";

        let (older, newer) = (tokens_of_text(text, "gpt-4-turbo"), tokens_of_text(text, "gpt-4o"));

        assert!(older > newer, "{older} {newer}");
        assert_eq!(tokens_of_text(text, "gpt-3.5-turbo-0125"), older);
        assert_eq!(tokens_of_text(text, "gpt-4.1-mini"), newer);
        assert_eq!(tokens_of_text(text, "gpt-5"), newer);
    }

    #[test]
    fn a_known_sentence_has_its_known_count() {
        assert_eq!(tokens_of_text("The quick brown fox jumps over the lazy dog.", "gpt-4o"), 10);
        assert_eq!(tokens_of_text("", "gpt-4o"), 0);
    }

    #[test]
    fn no_text_has_more_tokens_than_its_bound() {
        for text in ["", "a", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "\u{0}\u{1}\u{2}", "zzzzqqqq", "﷽﷽﷽"] {
            let bytes = text.len() as u64;
            for model in ["gpt-4o", "gpt-4", "claude-sonnet-4-5"] {
                assert!(tokens_of_text(text, model) <= bound_tokens_of_text(bytes), "{text} {model}");
            }
        }
        assert_eq!(bound_tokens_of_text(u64::MAX), u64::MAX);
    }
}

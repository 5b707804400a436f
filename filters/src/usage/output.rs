//! How much a model has written, for answers whose usage never comes.

use super::escape::unescaped;
use super::estimate::tokens_of_text;

/// Text is kept up to this size, which is some 16,000 tokens: longer than all but a few answers. A longer one is taken
/// to go on as it began.
const KEPT_MAX_BYTES: usize = 64 * 1024;

/// The text of one answer: what was said, thought, and handed to tools.
///
/// Counting tokens costs far more than passing bytes on, and nearly every answer reports its usage. So the text is only
/// kept, up to a bound, and counted if somebody asks.
#[derive(Clone, Debug, Default)]
pub struct OutputSeen {
    /// Still with its JSON escapes.
    kept: Vec<u8>,
    bytes: u64,
}

impl OutputSeen {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let room = KEPT_MAX_BYTES.saturating_sub(self.kept.len()).min(piece.len());
        self.kept.extend_from_slice(&piece[..room]);
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
    }

    /// Bytes of text so far, JSON escapes included.
    #[must_use]
    pub fn text_bytes(&self) -> u64 {
        self.bytes
    }

    /// Tokens of `model` that the text amounts to. Takes milliseconds for a long text: not for the hot path.
    #[must_use]
    pub fn estimated_tokens(&self, model: &str) -> u64 {
        let kept = self.kept.len() as u64;
        let tokens = tokens_of_text(&unescaped(&self.kept), model);
        if self.bytes <= kept {
            return tokens;
        }
        let scaled = (u128::from(tokens) * u128::from(self.bytes)).div_ceil(u128::from(kept));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_nothing_used() {
        let seen = OutputSeen::default();

        assert_eq!((seen.text_bytes(), seen.estimated_tokens("gpt-4o")), (0, 0));
    }

    #[test]
    fn text_is_counted_the_same_however_it_came_in() {
        let (mut whole, mut pieces) = (OutputSeen::default(), OutputSeen::default());
        let text = br#"The \"capital\" of M\u00e9xico is Mexico City \ud83d\ude00.\n"#;

        whole.push(text);
        text.iter().for_each(|byte| pieces.push(&[*byte]));

        assert_eq!(whole.estimated_tokens("gpt-4o"), pieces.estimated_tokens("gpt-4o"));
    }

    #[test]
    fn a_text_past_what_is_kept_counts_in_proportion() {
        let mut seen = OutputSeen::default();
        let line = b"The quick brown fox jumps over the lazy dog. ";
        let lines = KEPT_MAX_BYTES / line.len() + 1;

        (0..2 * lines).for_each(|_| seen.push(line));

        assert_eq!(seen.kept.len(), KEPT_MAX_BYTES);
        let exact = 2 * lines as u64 * 10;
        assert!(seen.estimated_tokens("gpt-4o").abs_diff(exact) <= exact / 100, "{}", seen.estimated_tokens("gpt-4o"));
    }

    #[test]
    fn a_text_of_exactly_the_bound_is_kept_whole() {
        let mut seen = OutputSeen::default();

        seen.push(&vec![b'a'; KEPT_MAX_BYTES]);
        assert_eq!((seen.kept.len(), seen.bytes), (KEPT_MAX_BYTES, KEPT_MAX_BYTES as u64));

        seen.push(b"a");
        assert_eq!((seen.kept.len(), seen.bytes), (KEPT_MAX_BYTES, KEPT_MAX_BYTES as u64 + 1));
    }
}

//! `anthropic/*` in a `model_list`: every priced model that the pattern covers, under the name the other pattern gives it.

/// Names with the place of a `*` in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wildcard<'a> {
    prefix: &'a str,
    suffix: &'a str,
}

impl<'a> Wildcard<'a> {
    /// Reads a pattern with exactly one `*`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (prefix, suffix) = text.split_once('*')?;
        (!suffix.contains('*')).then_some(Self { prefix, suffix })
    }

    /// What the `*` stands for in `name`.
    pub(super) fn capture<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.prefix)?.strip_suffix(self.suffix)
    }

    /// The name in which the `*` stands for `captured`.
    pub(super) fn fill(&self, captured: &str) -> String {
        format!("{}{captured}{}", self.prefix, self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_one_star() {
        assert!(Wildcard::parse("claude").is_none());
        assert!(Wildcard::parse("*-*").is_none());
    }

    #[test]
    fn what_a_star_stands_for_moves_to_the_other_name() {
        let upstream = Wildcard::parse("claude-*-latest").unwrap();
        let public = Wildcard::parse("anthropic/*").unwrap();

        assert_eq!(
            upstream.capture("claude-haiku-latest").map(|name| public.fill(name)),
            Some("anthropic/haiku".into())
        );
        assert_eq!(upstream.capture("claude-haiku"), None);
        assert_eq!(upstream.capture("claude-latest"), None);
    }
}

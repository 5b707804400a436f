//! The prompt cache: what a prompt with `cache_control` marks writes the first time, it reads every time after.
//!
//! Entries do not age; the vendor is not kept that long. A prompt without marks never touches the cache.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use filters::usage::Usage;
use serde_json::Value;

use crate::demo::tokens;

/// Prefixes remembered; the oldest go first.
const ENTRIES_MAX: usize = 1024;

/// The prefixes of prompts that have been written, by their hash.
#[derive(Debug, Default)]
pub(in crate::demo) struct PromptCache {
    // Not a Tokio mutex: nothing is awaited while it is held.
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    known: HashSet<u64>,
    by_age: VecDeque<u64>,
}

impl Entries {
    /// Remembers a prefix.
    fn insert(&mut self, prefix: u64) {
        if !self.known.insert(prefix) {
            return;
        }
        self.by_age.push_back(prefix);
        if self.by_age.len() > ENTRIES_MAX
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

/// A marked place in a prompt: everything before it can be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    prefix: u64,
    tokens: u64,
    lives_an_hour: bool,
}

impl PromptCache {
    /// Moves tokens of `usage` from input to cache reads and writes, as the marks in `body` say.
    pub(in crate::demo) fn apply(&self, body: &Value, usage: &mut Usage) {
        let marks = marks(body);
        if marks.is_empty() {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let read = marks.iter().rposition(|mark| entries.known.contains(&mark.prefix));
        let mut cached_tokens = read.map_or(0, |read| marks[read].tokens);
        usage.input_tokens = usage.input_tokens.saturating_sub(cached_tokens);
        usage.cache_read_tokens += cached_tokens;
        for mark in &marks[read.map_or(0, |read| read + 1)..] {
            let written = mark.tokens - cached_tokens;
            cached_tokens = mark.tokens;
            usage.input_tokens = usage.input_tokens.saturating_sub(written);
            if mark.lives_an_hour {
                usage.cache_write_1h_tokens += written;
            } else {
                usage.cache_write_5m_tokens += written;
            }
            entries.insert(mark.prefix);
        }
    }
}

/// The marks of a prompt in the order in which it is read: tools, system, messages.
fn marks(body: &Value) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut hasher = DefaultHasher::new();
    let mut counted = 0;
    body.get("model").and_then(Value::as_str).hash(&mut hasher);
    for (field, block) in blocks(body) {
        without_mark(block).to_string().hash(&mut hasher);
        counted += tokens::of_field(field, block);
        if let Some(control) = block.get("cache_control").filter(|control| control.is_object()) {
            let lives_an_hour = control.get("ttl").is_some_and(|ttl| ttl == "1h");
            marks.push(Mark { prefix: hasher.finish(), tokens: counted, lives_an_hour });
        }
    }
    marks
}

/// The blocks that can carry a mark, each with the field it stands under.
fn blocks(body: &Value) -> Vec<(&str, &Value)> {
    let mut blocks = Vec::new();
    for field in ["tools", "system"] {
        push_items(&mut blocks, field, body.get(field));
    }
    for message in body.get("messages").and_then(Value::as_array).into_iter().flatten() {
        push_items(&mut blocks, "content", message.get("content"));
    }
    blocks
}

/// A list is its items; a plain string is a block of its own.
fn push_items<'a>(blocks: &mut Vec<(&'a str, &'a Value)>, field: &'a str, value: Option<&'a Value>) {
    match value {
        Some(Value::Array(items)) => blocks.extend(items.iter().map(|item| (field, item))),
        Some(value) => blocks.push((field, value)),
        None => {}
    }
}

/// A block as the cache compares it: clients move their marks from turn to turn.
fn without_mark(block: &Value) -> Value {
    let mut block = block.clone();
    if let Some(fields) = block.as_object_mut() {
        fields.remove("cache_control");
    }
    block
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usage(cache: &PromptCache, body: &Value) -> [u64; 4] {
        let input_tokens = tokens::of_fields(body, &["tools", "system", "messages"]);
        let mut usage = Usage { input_tokens, ..Usage::default() };
        cache.apply(body, &mut usage);
        [usage.input_tokens, usage.cache_write_5m_tokens, usage.cache_write_1h_tokens, usage.cache_read_tokens]
    }

    #[test]
    fn a_prompt_without_marks_is_plain_input() {
        let cache = PromptCache::default();

        let body = json!({"system": "a b", "messages": [{"role": "user", "content": "c"}]});

        assert_eq!(usage(&cache, &body), [3, 0, 0, 0]);
        assert_eq!(usage(&cache, &body), [3, 0, 0, 0]);
    }

    #[test]
    fn what_is_written_once_is_read_after_for_each_lifetime() {
        let cache = PromptCache::default();
        let (hour, minutes) = (json!({"type": "ephemeral", "ttl": "1h"}), json!({"type": "ephemeral"}));
        let body = json!({
            "system": [{"type": "text", "text": "a b", "cache_control": hour}],
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": "c", "cache_control": minutes}, {"type": "text", "text": "d"}]}]});

        assert_eq!(usage(&cache, &body), [1, 1, 2, 0]);
        assert_eq!(usage(&cache, &body), [1, 0, 0, 3]);
    }

    #[test]
    fn a_longer_prompt_reads_the_prefix_it_shares_and_writes_the_rest() {
        let cache = PromptCache::default();
        let block = |text: &str, marked: bool| {
            let mark = if marked { json!({"type": "ephemeral"}) } else { Value::Null };
            json!({"type": "text", "text": text, "cache_control": mark})
        };
        let first = json!({"messages": [{"content": [block("a b", true)]}]});
        let second = json!({"messages": [{"content": [block("a b", true)]}, {"content": [block("c d e", true)]}]});

        usage(&cache, &first);

        assert_eq!(usage(&cache, &second), [0, 3, 0, 2]);
    }
}

//! How many tokens something is. One word is one token: simple enough to count by eye in a test.

use serde_json::Value;

/// Tokens of one image, sound or document.
pub const MEDIA_TOKENS: u64 = 85;

/// The most bytes of a tool call's arguments that make one token.
const ARGUMENT_BYTES: usize = 8;

/// Fields whose strings a model reads. Roles, ids and types are not text.
const TEXT_FIELDS: [&str; 14] = [
    "arguments",
    "content",
    "description",
    "documents",
    "input",
    "instructions",
    "name",
    "output",
    "prompt",
    "query",
    "result",
    "system",
    "text",
    "thinking",
];

/// Fields that hold a picture, a sound or a document, in any dialect.
const MEDIA_FIELDS: [&str; 9] =
    ["data", "file", "fileData", "file_data", "image_url", "inlineData", "inline_data", "input_audio", "source"];

/// The tokens of a text.
pub(super) fn of_text(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// The tokens of everything a model would read in `value`, which stands under `field`.
pub(super) fn of_field(field: &str, value: &Value) -> u64 {
    match value {
        // A prompt that is tokens already.
        Value::Number(_) if matches!(field, "input" | "prompt") => 1,
        Value::String(text) if TEXT_FIELDS.contains(&field) => of_text(text),
        Value::Object(_) | Value::String(_) if MEDIA_FIELDS.contains(&field) => MEDIA_TOKENS,
        Value::Array(items) => items.iter().map(|item| of_field(field, item)).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| of_field(name, value)).sum(),
        _ => 0,
    }
}

/// The tokens of those of `fields` that `body` has.
pub(super) fn of_fields(body: &Value, fields: &[&str]) -> u64 {
    fields.iter().filter_map(|field| Some(of_field(field, body.get(field)?))).sum()
}

/// The pieces in which a stream brings the arguments of a tool call; each is one token.
pub(super) fn argument_pieces(arguments: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = arguments;
    while !rest.is_empty() {
        // No character is longer than a piece, so there is always something before the boundary.
        let (piece, after) = rest.split_at(rest.floor_char_boundary(ARGUMENT_BYTES));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The tokens of a call of a tool: one for its name, and those of its arguments.
pub(super) fn of_call(arguments: &str) -> u64 {
    1 + argument_pieces(arguments).len() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_is_a_token_and_roles_are_none() {
        let body = json!({"messages": [{"role": "user", "content": "one two"}], "model": "not counted"});

        assert_eq!(of_fields(&body, &["messages"]), 2);
    }

    #[test]
    fn parts_count_like_plain_text_and_an_image_has_its_own_price() {
        let body = json!({"messages": [{"content": [
            {"type": "text", "text": "one two"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]}]});

        assert_eq!(of_fields(&body, &["messages"]), 2 + MEDIA_TOKENS);
    }

    #[test]
    fn an_absent_field_and_an_empty_text_count_nothing() {
        assert_eq!(of_fields(&json!({"messages": ""}), &["messages", "system"]), 0);
    }

    #[test]
    fn the_pieces_of_arguments_are_their_tokens_and_lose_nothing() {
        for arguments in ["", "12345678", "123456789", "{\"ü\":\"日本語日本語\"}"] {
            let pieces = argument_pieces(arguments);

            assert_eq!(pieces.concat(), arguments);
            assert!(pieces.iter().all(|piece| (1..=ARGUMENT_BYTES).contains(&piece.len())));
            assert_eq!(of_call(arguments), 1 + pieces.len() as u64);
        }
    }
}

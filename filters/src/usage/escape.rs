//! JSON's escapes in reverse, for text that was gathered from many strings.

use std::borrow::Cow;

/// A text out of the inside of JSON strings, run together. Forgiving: what is no escape stands for itself, so that the
/// text of tool arguments, with quotes of its own, passes too.
pub(super) fn unescaped(json: &[u8]) -> Cow<'_, str> {
    if !json.contains(&b'\\') {
        return String::from_utf8_lossy(json);
    }
    let mut text = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after.first()) {
            (b'\\', Some(b'u')) => push_code_point(&after[1..], &mut text),
            (b'\\', Some(&letter)) => {
                text.push(control_character(letter));
                &after[1..]
            }
            _ => {
                text.push(byte);
                after
            }
        };
    }
    Cow::Owned(String::from_utf8_lossy(&text).into_owned())
}

fn control_character(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        other => other,
    }
}

/// Reads the digits of a `\u` escape, and of the one after it where the two are one character; returns what follows.
fn push_code_point<'a>(digits: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let Some((unit, rest)) = code_unit(digits) else { return digits };
    let pair = rest.strip_prefix(b"\\u").and_then(code_unit);
    let (units, rest) = match pair {
        Some((low, after)) if (0xD800..0xDC00).contains(&unit) => ([unit, low], after),
        _ => ([unit, 0], rest),
    };
    if let Some(Ok(character)) = char::decode_utf16(units).next() {
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    rest
}

fn code_unit(digits: &[u8]) -> Option<(u16, &[u8])> {
    let (hex, rest) = digits.split_at_checked(4)?;
    let hex = std::str::from_utf8(hex).ok()?;
    u16::from_str_radix(hex, 16).ok().map(|unit| (unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_the_characters_they_stand_for() {
        for (json, text) in [
            (r#"a\n\t\"b\"\\"#, "a\n\t\"b\"\\"),
            (r"\u00e9\ud83d\ude00!", "é😀!"),
            (r"\ud83d alone", " alone"),
            (r"\u12", "12"),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r"\", r"\"),
        ] {
            assert_eq!(unescaped(json.as_bytes()), text, "{json}");
        }
    }
}

//! Control characters, made visible: an alias with a line break or an escape sequence in it must not forge a line or
//! paint the terminal.
//!
//! `tracing-subscriber` escapes what a terminal obeys, but lets line breaks through, so this goes further.

use std::fmt::{self, Write};

/// Passes text on with every control character written as Rust would (`\n`, `\u{1b}`).
pub(super) struct Escaping<W>(pub(super) W);

impl<W: Write> Write for Escaping<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(is_unsafe) {
            let unsafe_at = part.char_indices().next_back().filter(|(_, last)| is_unsafe(*last));
            let Some((at, control)) = unsafe_at else {
                self.0.write_str(part)?;
                continue;
            };
            self.0.write_str(&part[..at])?;
            write!(self.0, "{}", control.escape_default())?;
        }
        Ok(())
    }
}

/// Control characters, and those that turn the direction of text or break lines where Unicode is understood.
pub(super) fn is_unsafe(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut escaping = Escaping(String::new());
        escaping.write_str(text).unwrap();
        escaping.0
    }

    #[test]
    fn control_characters_become_visible_and_nothing_else_changes() {
        assert_eq!(escaped("a\r\nb\x1b[31mc\0\u{9b}d"), r"a\r\nb\u{1b}[31mc\u{0}\u{9b}d");
        assert_eq!(escaped("Zoë's \"größtes\" \\ 模型"), "Zoë's \"größtes\" \\ 模型");
        assert_eq!(escaped("gnp.\u{202e}exe\u{2028}"), r"gnp.\u{202e}exe\u{2028}");
        assert_eq!(escaped(""), "");
    }
}

//! Makes visible what JSON leaves as it is: it escapes line breaks and `ESC`, but a terminal also obeys controls above
//! ASCII, and text can be turned around.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::telemetry::escape::is_unsafe;

/// Makes writers for lines of JSON.
#[derive(Debug)]
pub(super) struct JsonEscaping<W>(pub(super) W);

impl<'writer, W: MakeWriter<'writer>> MakeWriter<'writer> for JsonEscaping<W> {
    type Writer = JsonEscaping<W::Writer>;

    fn make_writer(&'writer self) -> Self::Writer {
        JsonEscaping(self.0.make_writer())
    }
}

impl<W: Write> Write for JsonEscaping<W> {
    /// Writes a whole line; what is escaped can only be inside a string, since nothing else in JSON is beyond ASCII.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(escaped(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(line: &str) -> String {
    let escape = |mut text: String, character: char| {
        if is_unsafe(character) && character != '\n' {
            text.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            text.push(character);
        }
        text
    };
    line.chars().fold(String::with_capacity(line.len()), escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_reads_back_as_it_was() {
        const NAME: &str = "a\u{9b}31m\u{7f}\u{202e}é";
        let line = format!("{}\n", serde_json::json!({ "name": NAME }));

        let escaped = escaped(&line);

        assert_eq!(escaped, "{\"name\":\"a\\u009b31m\\u007f\\u202eé\"}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap()["name"], NAME);
    }
}

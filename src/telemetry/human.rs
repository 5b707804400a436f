//! How the fields of a line look to people: the message first, then `name=value`.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use crate::telemetry::escape::Escaping;

/// The field that holds the message.
const MESSAGE: &str = "message";

/// Fields of lines from the `log` crate that say where they come from, which the line's head does already.
const LOG_ORIGIN: &str = "log.";

/// Writes fields so that no value can end the line.
#[derive(Debug)]
pub(super) struct HumanFields;

impl<'writer> FormatFields<'writer> for HumanFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line { writer: Escaping(writer), is_empty: true, result: Ok(()) };
        fields.record(&mut Only { line: &mut line, message: true });
        fields.record(&mut Only { line: &mut line, message: false });
        line.result
    }
}

struct Line<'writer> {
    writer: Escaping<Writer<'writer>>,
    is_empty: bool,
    /// The first error; visitors cannot return one.
    result: fmt::Result,
}

/// Visits the message alone, or all but the message.
struct Only<'line, 'writer> {
    line: &'line mut Line<'writer>,
    message: bool,
}

impl Visit for Only<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        // Quoted only where spaces would make it hard to see where it ends.
        if value.is_empty() || value.contains(char::is_whitespace) {
            self.record_debug(field, &value);
        } else {
            self.record_debug(field, &format_args!("{value}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if self.line.result.is_ok() && self.shows(field.name()) {
            self.line.result = self.line.write(field.name(), value);
        }
    }
}

impl Only<'_, '_> {
    fn shows(&self, name: &str) -> bool {
        (name == MESSAGE) == self.message && !name.starts_with(LOG_ORIGIN)
    }
}

impl Line<'_> {
    fn write(&mut self, name: &str, value: &dyn Debug) -> fmt::Result {
        if !self.is_empty {
            self.writer.write_char(' ')?;
        }
        self.is_empty = false;
        if name == MESSAGE { write!(self.writer, "{value:?}") } else { write!(self.writer, "{name}={value:?}") }
    }
}

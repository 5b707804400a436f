//! Writes Prometheus' text format (0.0.4).

use std::fmt::{self, Display, Write};

use crate::telemetry::histogram::Reading;

/// What kind of metric a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Starts a family: what its metrics mean and of what kind they are.
pub(super) fn family(text: &mut String, name: &str, kind: Kind, help: &str) {
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    line(text, format_args!("# HELP {name} {}", help.trim()));
    line(text, format_args!("# TYPE {name} {kind}"));
}

/// Writes one value. `labels` is what [`labels`] made, or empty.
pub(super) fn sample(text: &mut String, name: &str, labels: &str, value: impl Display) {
    if labels.is_empty() {
        line(text, format_args!("{name} {value}"));
    } else {
        line(text, format_args!("{name}{{{labels}}} {value}"));
    }
}

/// Writes a histogram: its buckets, its sum in seconds and its count.
pub(super) fn histogram(text: &mut String, name: &str, labels: &str, reading: &Reading) {
    let comma = if labels.is_empty() { "" } else { "," };
    for (bound, count) in reading.buckets() {
        line(text, format_args!("{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}"));
    }
    sample(text, &format!("{name}_sum"), labels, reading.sum_seconds());
    sample(text, &format!("{name}_count"), labels, reading.count());
}

/// Joins labels as they stand between the braces.
pub(super) fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{name}=\"{}\"", Escaped(value)).expect("a String takes everything");
    }
    text
}

/// A label's value with what would end it escaped: aliases are typed by people.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str(r"\\")?,
                '"' => f.write_str(r#"\""#)?,
                '\n' => f.write_str(r"\n")?,
                // A carriage return or an escape sequence is legal here and a nuisance everywhere after.
                control if control.is_control() => f.write_char(char::REPLACEMENT_CHARACTER)?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

fn line(text: &mut String, line: fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_itself_or_its_line() {
        let escaped = labels([("team", "a\"b\\c\nd{}\r\x1b[31m")]);

        assert_eq!(escaped, "team=\"a\\\"b\\\\c\\nd{}\u{fffd}\u{fffd}[31m\"");
    }

    #[test]
    fn a_family_reads_as_prometheus_wants_it() {
        let mut text = String::new();

        family(&mut text, "gate_total", Kind::Counter, " Opened gates. ");
        sample(&mut text, "gate_total", &labels([("team", "red"), ("user", "None")]), 3);
        sample(&mut text, "gate_total", "", "0.5");

        assert_eq!(
            text,
            "# HELP gate_total Opened gates.\n# TYPE gate_total counter\n\
             gate_total{team=\"red\",user=\"None\"} 3\ngate_total 0.5\n"
        );
    }
}

//! The reference file `conf/tollkeeper.yaml`: the table of knobs, printed as a config file with everything at its default.

use std::fmt::Write as _;

use super::schema::{FILE, Knob, Schema, Shape};

const WIDTH: usize = 118;

const HEAD: &str = "\
# Every knob of Tollkeeper at its default. Generated from the table in src/config/schema: change it there.
#
# A value may stand elsewhere: ${VAR} and ${VAR:default} anywhere in it, or alone os.environ/VAR and file:/path/to/secret.
# Relative paths are relative to the working directory. `tollkeeper check --config FILE` names every mistake.
";

/// Prints the table.
#[must_use]
pub fn reference() -> String {
    let mut page = Page { text: HEAD.to_owned(), told: Vec::new() };
    for knob in FILE.knobs() {
        page.text.push('\n');
        page.knob(knob, 0);
    }
    page.text
}

struct Page {
    text: String,
    /// Groups of knobs that have been told: what several kinds of entries share is told once.
    told: Vec<&'static [Knob]>,
}

impl Page {
    fn knob(&mut self, knob: &Knob, indent: usize) {
        match &knob.shape {
            Shape::NotBuilt => self.comment(&format!("{}: not built yet. {}", knob.key, knob.doc), indent),
            Shape::Unused => self.comment(&format!("{}: no effect yet. {}", knob.key, knob.doc), indent),
            Shape::Section(schema) => {
                self.comment(knob.doc, indent);
                let is_empty = schema.knobs().all(|knob| matches!(knob.shape, Shape::NotBuilt | Shape::Unused));
                self.line(&format!("{}:{}", knob.key, if is_empty { " {}" } else { "" }), indent);
                schema.knobs().for_each(|knob| self.knob(knob, indent + 2));
            }
            Shape::Sections(schema) | Shape::Named(schema) => {
                self.comment(knob.doc, indent);
                self.comment(
                    if matches!(knob.shape, Shape::Named(_)) { "For each name:" } else { "Each entry:" },
                    indent,
                );
                self.fields(schema, indent, 2);
                self.line(&format!("{}: {}", knob.key, shown(knob)), indent);
            }
            _ => {
                self.comment(&explained(knob), indent);
                self.line(&format!("{}: {}", knob.key, shown(knob)), indent);
            }
        }
    }

    /// The knobs of an entry: a list of any length has no default to show, so they are told in comments.
    fn fields(&mut self, schema: &Schema, indent: usize, depth: usize) {
        let prefix = format!("{}# {}", " ".repeat(indent), " ".repeat(depth));
        for &group in schema.knobs {
            if self.told.iter().any(|told| std::ptr::eq(*told, group)) {
                let [first, .., last] = group else { continue };
                let text = format!("{} … {}: as above.", first.key, last.key);
                self.wrapped(&text, &prefix, "    ");
                continue;
            }
            self.told.push(group);
            group.iter().for_each(|knob| self.field(knob, indent, depth, &prefix));
        }
    }

    fn field(&mut self, knob: &Knob, indent: usize, depth: usize, prefix: &str) {
        let default = match knob.default {
            "null" | "[]" => String::new(),
            default => format!(" ({default})"),
        };
        let status = match knob.shape {
            Shape::NotBuilt => "not built yet. ",
            Shape::Unused => "no effect yet. ",
            _ => "",
        };
        let text = format!("{}{default}: {status}{}", knob.key, explained(knob));
        self.wrapped(&text, prefix, "    ");
        if let Shape::Section(inner) | Shape::Sections(inner) | Shape::Named(inner) = &knob.shape {
            self.fields(inner, indent, depth + 4);
        }
    }

    fn comment(&mut self, text: &str, indent: usize) {
        self.wrapped(text, &format!("{}# ", " ".repeat(indent)), "");
    }

    /// Breaks lines between words; those after the first hang.
    fn wrapped(&mut self, text: &str, prefix: &str, hang: &str) {
        let mut line = prefix.to_owned();
        let mut is_fresh = true;
        for word in text.split(' ') {
            if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line, 0);
                line = format!("{prefix}{hang}");
                is_fresh = true;
            }
            if !is_fresh {
                line.push(' ');
            }
            line.push_str(word);
            is_fresh = false;
        }
        self.line(&line, 0);
    }

    fn line(&mut self, text: &str, indent: usize) {
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }
}

/// What a knob does, with the words that may be typed there where the sentence does not name them all.
fn explained(knob: &Knob) -> String {
    match knob.shape {
        Shape::Word(words) if !words.iter().all(|word| knob.doc.contains(word)) => {
            format!("{} One of {}.", knob.doc, words.join(", "))
        }
        _ => knob.doc.to_owned(),
    }
}

/// The default; for the one knob without which nothing starts, what an operator would write.
fn shown(knob: &Knob) -> &'static str {
    match (knob.key, knob.default) {
        ("master_key", _) => "${TOLLKEEPER_MASTER_KEY}",
        (_, "null") if matches!(knob.shape, Shape::Free | Shape::Named(_)) => "{}",
        (_, default) => default,
    }
}

//! `tollkeeper check`: what is wrong with a config file, without starting anything.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::config::{self, Resolved, Surroundings};

/// Prints every mistake and warning to `stderr`, and what the file declares to `stdout` if it will do.
///
/// The exit code is 0 for a file that `serve` would start with, else 1.
pub fn run(
    path: &Path,
    surroundings: &Surroundings<'_>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> io::Result<ExitCode> {
    let examined = config::examine(path, surroundings);
    write!(stderr, "{examined}")?;
    match &examined.resolved {
        Some(resolved) => {
            writeln!(stdout, "ok: {}", summary(resolved))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            writeln!(stderr, "{}: {}", path.display(), counted(examined.mistakes.len(), "mistake"))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn summary(resolved: &Resolved) -> String {
    let counts = [
        counted(resolved.catalog.models().count(), "model"),
        counted(resolved.declared.teams.len(), "team"),
        counted(resolved.declared.keys.len(), "key"),
    ];
    counts.join(", ")
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

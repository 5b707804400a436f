//! The config file: what is typed, what it means, and every mistake in it with its place.
//!
//! [`examine`] gives the whole meaning together with all that is wrong; nothing here listens, opens a database or changes
//! anything, so that `tollkeeper check` and a reload can use it freely.
//!
//! The way through: `file` reads the files into one `tree` that keeps every place; a `section` lays a part of the tree
//! beside its `schema`, the table of knobs; `resolve` turns sections into the words of the data plane.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use filters::state::catalog::Catalog;
use filters::state::identity::Declared;

pub use self::mistake::{Mistake, Place, Warnings};
pub use self::reference::reference;
pub use self::roles::{Roles, TeamRole, UserRole};
pub use self::settings::{
    Access, Budgets, JournalSync, OnBlock, OnClientDisconnect, Recovery, Routing, Server, Settings, Storage,
    TlsListener,
};
pub use self::surroundings::{Prices, Surroundings, TypedPrice};

use self::file::Sources;
use self::report::Report;
use self::schema::FILE;
use self::section::{Reading, Section};
use self::tree::{Node, Value};
use self::variables::Variables;

mod file;
mod mistake;
pub mod price_book;
mod reference;
mod report;
mod resolve;
mod roles;
mod schema;
mod section;
mod settings;
mod surroundings;
mod tree;
mod variables;
mod window;

/// What a config file means, in the words of the data plane.
#[derive(Debug)]
pub struct Resolved {
    pub settings: Settings,
    pub catalog: Catalog,
    pub declared: Declared,
    /// What the declared people may do on the management API.
    pub roles: Roles,
}

/// Everything that can be said of a config file.
#[derive(Debug)]
pub struct Examined {
    /// `None` as soon as there is one mistake: half a config is none.
    pub resolved: Option<Resolved>,
    pub mistakes: Vec<Mistake>,
    pub warnings: Warnings,
    /// The file and those it includes, as far as they could be read: what a reload watches.
    pub files: Vec<PathBuf>,
}

/// Reads a config file and all that it includes.
///
/// Relative paths in the file are relative to the working directory, as LiteLLM has it, except `include:`, which is
/// relative to the file that says it.
pub fn load(path: &Path, surroundings: &Surroundings<'_>) -> Result<(Resolved, Warnings), Vec<Mistake>> {
    let examined = examine(path, surroundings);
    match examined.resolved {
        Some(resolved) => Ok((resolved, examined.warnings)),
        None => Err(examined.mistakes),
    }
}

/// Reads a config file and tells all that is wrong with it, warnings too when there are mistakes.
#[must_use]
pub fn examine(path: &Path, surroundings: &Surroundings<'_>) -> Examined {
    let mut unreadable = Vec::new();
    let sources = file::read(path, &mut unreadable);
    let report = Report::default();
    unreadable.into_iter().for_each(|mistake| report.mistake(mistake));
    let resolved = sources.as_ref().and_then(|sources| interpret(sources, surroundings, &report));
    let (mistakes, warnings) = report.into_findings();
    let files = sources.map(|sources| sources.files).unwrap_or_default();
    Examined { resolved: resolved.filter(|_| mistakes.is_empty()), mistakes, warnings, files }
}

/// A new master key that nobody can guess, to offer to who has none. `None` if the system has no randomness to give.
#[must_use]
pub fn fresh_master_key() -> Option<String> {
    resolve::fresh_master_key()
}

fn interpret(sources: &Sources, surroundings: &Surroundings<'_>, report: &Report) -> Option<Resolved> {
    let environment = surroundings.environment;
    let process = Variables { environment, declared: BTreeMap::new() };
    let declared = declared_variables(&sources.root, &process, report);
    let variables = Variables { environment, declared };
    let reading = Reading { variables: &variables, report, now: surroundings.now };
    resolve::resolve(Section::open(&FILE, &sources.root, reading), surroundings.prices)
}

/// `environment_variables`, whose values may refer to the process's own.
fn declared_variables(root: &Node, process: &Variables<'_>, report: &Report) -> BTreeMap<String, String> {
    let Value::Map(map) = &root.value else { return BTreeMap::new() };
    let Some(Value::Map(typed)) = map.entry("environment_variables").map(|entry| &entry.node.value) else {
        return BTreeMap::new();
    };
    let value = |node: &Node| match &node.value {
        Value::Scalar(scalar) => process.expand(&scalar.text).map(|value| value.unwrap_or_else(|| scalar.text.clone())),
        _ => Err(format!("a variable must be a single value, not {}", node.kind())),
    };
    let mut variables = BTreeMap::new();
    for entry in &typed.entries {
        match value(&entry.node) {
            Ok(value) => drop(variables.insert(entry.key.clone(), value)),
            Err(reason) => report.mistake(Mistake::at(entry.node.place.clone(), reason)),
        }
    }
    variables
}

impl fmt::Display for Examined {
    /// Every mistake and every warning, one a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mistakes.iter().try_for_each(|mistake| writeln!(f, "error: {mistake}"))?;
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}

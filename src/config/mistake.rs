//! What is wrong with a config file, and where: the one form in which every complaint reaches people.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place in a config file; lines and columns count characters from one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: Arc<PathBuf>,
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// The first character of a file, for what is wrong with the whole of it.
    #[must_use]
    pub fn start_of(file: &Path) -> Self {
        Self { file: Arc::new(file.to_owned()), line: 1, column: 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// One thing that is wrong, or, among [`Warnings`], worth knowing. Never carries a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    pub place: Place,
    pub message: String,
    /// What to do about it: "did you mean `max_budget`?".
    pub hint: Option<String>,
}

/// What does not stop the gateway but an operator should know, in the order of the file.
pub type Warnings = Vec<Mistake>;

impl Mistake {
    #[must_use]
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

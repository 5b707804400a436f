//! Where complaints are gathered while a file is read, so that the first never hides the second.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::mistake::{Mistake, Place, Warnings};

/// Mistakes and warnings so far. Shared by everything that reads one file, on one thread.
#[derive(Default)]
pub(super) struct Report {
    mistakes: RefCell<Vec<Mistake>>,
    warnings: RefCell<Vec<Mistake>>,
    /// Keys that do nothing, each with the first place it stands at: one warning a key, not one a model.
    unused: RefCell<BTreeMap<String, Mistake>>,
}

impl Report {
    pub(super) fn mistake(&self, mistake: Mistake) {
        self.mistakes.borrow_mut().push(mistake);
    }

    pub(super) fn warn(&self, warning: Mistake) {
        self.warnings.borrow_mut().push(warning);
    }

    /// Notes a key that is known and does nothing.
    pub(super) fn unused(&self, path: &str, reason: &str, place: &Place) {
        let warning = || Mistake::at(place.clone(), format!("`{path}` {reason}"));
        self.unused.borrow_mut().entry(path.to_owned()).or_insert_with(warning);
    }

    /// Everything that was found, each once, in the order of the file.
    pub(super) fn into_findings(self) -> (Vec<Mistake>, Warnings) {
        let mut warnings = self.warnings.into_inner();
        warnings.extend(self.unused.into_inner().into_values());
        (in_order(self.mistakes.into_inner()), in_order(warnings))
    }
}

fn in_order(mut findings: Vec<Mistake>) -> Vec<Mistake> {
    findings.sort();
    findings.dedup();
    findings
}

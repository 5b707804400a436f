//! Names that may be taken only once, and the complaint that names both places.

use std::collections::HashMap;

use crate::config::mistake::Place;
use crate::config::section::Section;

/// The names taken so far.
#[derive(Default)]
pub(super) struct Once {
    taken: HashMap<String, Place>,
}

impl Once {
    /// Takes a name; complains when it is taken already. `what` names the thing without repeating a secret.
    pub(super) fn take(&mut self, section: Section<'_>, name: &str, what: &str, place: &Place) -> bool {
        if let Some(first) = self.taken.get(name) {
            section.complain(place, format!("{what} is here for the second time; the first is at {first}"));
            return false;
        }
        self.taken.insert(name.to_owned(), place.clone());
        true
    }
}

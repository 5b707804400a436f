//! Whose stored responses are whose. All teams share a vendor account, so the vendor would show any of them to anybody
//! who knows an id; only this keeps one team's answers from the next.
//!
//! Kept in memory, bounded: after a restart, or when there are too many, an id is unknown, and unknown is not found.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::state::identity::{KeyHash, TeamId};

/// Ids remembered; the oldest are forgotten first.
const RESPONSES_MAX: usize = 100_000;

/// Who may see a response: everybody in the team, or the key alone where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Master,
    Team(TeamId),
    Key(KeyHash),
}

/// Where a stored response is, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub owner: Owner,
    /// The public name of the model that wrote it.
    pub model: Arc<str>,
    /// The deployment that has it: another one does not know it.
    pub deployment: Arc<str>,
}

/// The owners of stored responses.
#[derive(Debug, Default)]
pub struct ResponseOwners {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<Arc<str>, Stored, ahash::RandomState>,
    oldest_first: VecDeque<Arc<str>>,
}

impl ResponseOwners {
    /// Remembers whose a response is.
    pub fn remember(&self, id: &str, stored: Stored) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let id = Arc::<str>::from(id);
        if known.by_id.insert(id.clone(), stored).is_none() {
            known.oldest_first.push_back(id);
        }
        if known.oldest_first.len() > RESPONSES_MAX
            && let Some(oldest) = known.oldest_first.pop_front()
        {
            known.by_id.remove(&oldest);
        }
    }

    /// The response, if it is `owner`'s. Somebody else's and an unknown one are the same: not there.
    #[must_use]
    pub fn find(&self, id: &str, owner: &Owner) -> Option<Stored> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_id.get(id).filter(|stored| stored.owner == *owner).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(team: &str) -> Stored {
        Stored { owner: Owner::Team(TeamId::from(team)), model: "m".into(), deployment: "d".into() }
    }

    #[test]
    fn only_the_owner_finds_a_response() {
        let owners = ResponseOwners::default();
        owners.remember("resp_1", stored("a"));

        assert_eq!(owners.find("resp_1", &Owner::Team(TeamId::from("b"))), None);
        assert_eq!(owners.find("resp_2", &Owner::Team(TeamId::from("a"))), None);
        assert_eq!(owners.find("resp_1", &Owner::Team(TeamId::from("a"))), Some(stored("a")));
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let owners = ResponseOwners::default();
        for n in 0..=RESPONSES_MAX {
            owners.remember(&n.to_string(), stored("a"));
        }

        let owner = Owner::Team(TeamId::from("a"));
        assert!(owners.find("0", &owner).is_none());
        assert!(owners.find("1", &owner).is_some());
    }
}

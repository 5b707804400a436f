//! Who may ask: organizations, teams, users and keys, in one read-only index that is published whole.
//!
//! Balances and counters do not live here but in the ledger and the limiter, which an entry points to: a new index never
//! loses or resets what was spent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::state::catalog::Limits;
use crate::state::ledger::{Account, AccountId, Budget, Ledger, Scope};

/// Makes a type for the id of one kind of object, so that a team's cannot be passed for a user's.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Arc<str>);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(Arc::from(id))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// Identifies an organization.
    OrganizationId
}
id! {
    /// Identifies a team.
    TeamId
}
id! {
    /// Identifies a person.
    UserId
}

/// The SHA-256 of a key's secret: its public id, as in LiteLLM. Prints as hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// Hashes a secret as it was presented.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads 64 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({self})")
    }
}

/// What an object may use and spend, as declared; the same words on every kind of object.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    /// Names, wildcards, access groups and LiteLLM's special words. Empty allows every model.
    pub models: Vec<String>,
    pub budget: Budget,
    /// Budgets for one model each.
    pub model_budgets: BTreeMap<String, Budget>,
    pub limits: Limits,
    /// Limits for one model each.
    pub model_limits: BTreeMap<String, Limits>,
    pub blocked: bool,
}

/// An organization, as declared.
#[derive(Clone, Debug)]
pub struct Organization {
    pub id: OrganizationId,
    pub alias: Arc<str>,
    pub allowance: Allowance,
}

/// A team, as declared.
#[derive(Clone, Debug)]
pub struct Team {
    pub id: TeamId,
    pub alias: Arc<str>,
    pub organization: Option<OrganizationId>,
    pub allowance: Allowance,
    /// Other names for models, for this team alone. Access is checked on what they stand for.
    pub model_aliases: BTreeMap<String, String>,
    /// Budgets and limits of single members.
    pub members: BTreeMap<UserId, Allowance>,
    /// Tags every request of the team carries.
    pub tags: Vec<String>,
}

/// A person, as declared.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub email: Option<Arc<str>>,
    pub organization: Option<OrganizationId>,
    pub allowance: Allowance,
}

/// A virtual key, as declared.
#[derive(Clone, Debug)]
pub struct Key {
    pub hash: KeyHash,
    /// `sk-...` and the last four characters of the secret, for people to recognise it by.
    pub display: Arc<str>,
    pub alias: Option<Arc<str>>,
    pub team: Option<TeamId>,
    pub user: Option<UserId>,
    pub organization: Option<OrganizationId>,
    pub allowance: Allowance,
    pub model_aliases: BTreeMap<String, String>,
    pub expires_at: Option<Timestamp>,
    pub tags: Vec<String>,
}

/// Everything that is declared: what an index is built from.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    pub organizations: Vec<Organization>,
    pub teams: Vec<Team>,
    pub users: Vec<User>,
    pub keys: Vec<Key>,
}

/// A declared object with the account its spend is on.
#[derive(Debug)]
pub struct Entry<T> {
    pub object: T,
    pub account: Arc<Account>,
}

type Map<K, V> = imbl::GenericHashMap<K, V, ahash::RandomState, imbl::shared_ptr::DefaultSharedPtr>;

/// The index the request path looks callers up in. Cloning shares; changing one entry copies a path, not the index.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub organizations: Map<OrganizationId, Arc<Entry<Organization>>>,
    pub teams: Map<TeamId, Arc<Entry<Team>>>,
    pub users: Map<UserId, Arc<Entry<User>>>,
    pub keys: Map<KeyHash, Arc<Entry<Key>>>,
}

impl Identity {
    /// Builds an index, opening every object's account in the ledger under its declared budget.
    #[must_use]
    pub fn new(declared: Declared, ledger: &Ledger) -> Self {
        let mut index = Self::default();
        for object in declared.organizations {
            index.put_organization(object, ledger);
        }
        for object in declared.teams {
            index.put_team(object, ledger);
        }
        for object in declared.users {
            index.put_user(object, ledger);
        }
        for object in declared.keys {
            index.put_key(object, ledger);
        }
        index
    }

    pub fn put_organization(&mut self, object: Organization, ledger: &Ledger) {
        let account = open(Scope::Organization(object.id.clone()), &object.allowance, ledger);
        self.organizations.insert(object.id.clone(), Arc::new(Entry { object, account }));
    }

    pub fn put_team(&mut self, object: Team, ledger: &Ledger) {
        for (user, allowance) in &object.members {
            open(Scope::Member(object.id.clone(), user.clone()), allowance, ledger);
        }
        let account = open(Scope::Team(object.id.clone()), &object.allowance, ledger);
        self.teams.insert(object.id.clone(), Arc::new(Entry { object, account }));
    }

    pub fn put_user(&mut self, object: User, ledger: &Ledger) {
        let account = open(Scope::User(object.id.clone()), &object.allowance, ledger);
        self.users.insert(object.id.clone(), Arc::new(Entry { object, account }));
    }

    pub fn put_key(&mut self, object: Key, ledger: &Ledger) {
        let account = open(Scope::Key(object.hash), &object.allowance, ledger);
        self.keys.insert(object.hash, Arc::new(Entry { object, account }));
    }
}

/// Opens the account of an object, and one for each model it has a budget for.
fn open(scope: Scope, allowance: &Allowance, ledger: &Ledger) -> Arc<Account> {
    for (model, budget) in &allowance.model_budgets {
        ledger.open(AccountId::for_model(scope.clone(), model), budget.clone());
    }
    ledger.open(AccountId::whole(scope), allowance.budget.clone())
}

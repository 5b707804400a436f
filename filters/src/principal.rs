//! Who a request counts as: a key with its team, user and organization, or the master key.
//!
//! Which accounts it is charged to and which limits bind it follow from here and from nothing else, so that no step can
//! forget one of them.

use std::sync::Arc;

use crate::state::identity::{Allowance, Entry, Key, Organization, Team, User};
use crate::state::ledger::{Account, AccountId, Ledger, Scope};

/// Who a request counts as.
#[derive(Clone, Debug)]
pub struct Principal {
    /// `None` for the master key.
    pub key: Option<Arc<Entry<Key>>>,
    pub team: Option<Arc<Entry<Team>>>,
    /// The key's user; for the master key the user it acts as.
    pub user: Option<Arc<Entry<User>>>,
    pub organization: Option<Arc<Entry<Organization>>>,
}

impl Principal {
    #[must_use]
    pub fn is_master(&self) -> bool {
        self.key.is_none()
    }

    /// What binds it, from the narrowest scope to the widest, each with the name of whose it is in errors.
    #[must_use]
    pub fn allowances(&self) -> Vec<Bound<'_>> {
        let mut bounds = Vec::with_capacity(5);
        if let Some(key) = &self.key {
            let scope = Scope::Key(key.object.hash);
            bounds.push(Bound { scope, whose: "key", allowance: &key.object.allowance });
        }
        if let Some((team, user)) = self.membership()
            && let Some(allowance) = team.members.get(&user.id)
        {
            let scope = Scope::Member(team.id.clone(), user.id.clone());
            bounds.push(Bound { scope, whose: "team_member", allowance });
        }
        if let Some(user) = &self.user {
            let scope = Scope::User(user.object.id.clone());
            bounds.push(Bound { scope, whose: "user", allowance: &user.object.allowance });
        }
        if let Some(team) = &self.team {
            let scope = Scope::Team(team.object.id.clone());
            bounds.push(Bound { scope, whose: "team", allowance: &team.object.allowance });
        }
        if let Some(organization) = &self.organization {
            let scope = Scope::Organization(organization.object.id.clone());
            bounds.push(Bound { scope, whose: "org", allowance: &organization.object.allowance });
        }
        bounds
    }

    /// Tags the request carries: its key's and its team's. Tags are given by whoever manages those, not by the caller.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let of_key = self.key.iter().flat_map(|key| &key.object.tags);
        of_key.chain(self.team.iter().flat_map(|team| &team.object.tags)).map(String::as_str)
    }

    /// Every account that a request for `model` counts towards, but for those of the target that will serve it.
    #[must_use]
    pub fn accounts(&self, model: &str, ledger: &Ledger, gateway: &Arc<Account>) -> Vec<Arc<Account>> {
        let mut accounts = Vec::with_capacity(8);
        accounts.push(gateway.clone());
        accounts.extend(self.organization.iter().map(|entry| entry.account.clone()));
        accounts.extend(self.team.iter().map(|entry| entry.account.clone()));
        accounts.extend(self.user.iter().map(|entry| entry.account.clone()));
        accounts.extend(self.key.iter().map(|entry| entry.account.clone()));
        if let Some((team, user)) = self.membership() {
            let member = Scope::Member(team.id.clone(), user.id.clone());
            accounts.extend(ledger.account(&AccountId::whole(member)));
        }
        accounts.extend(self.tags().filter_map(|tag| ledger.account(&AccountId::whole(Scope::Tag(Arc::from(tag))))));
        let per_model = self.allowances().into_iter().filter(|bound| bound.allowance.model_budgets.contains_key(model));
        accounts.extend(per_model.filter_map(|bound| ledger.account(&AccountId::for_model(bound.scope, model))));
        accounts
    }

    /// What `name` stands for, where the key or the team has a name of its own for a model.
    #[must_use]
    pub fn alias<'a>(&'a self, name: &'a str) -> &'a str {
        let of_key = self.key.as_ref().and_then(|key| key.object.model_aliases.get(name));
        let of_team = || self.team.as_ref().and_then(|team| team.object.model_aliases.get(name));
        of_key.or_else(of_team).map_or(name, String::as_str)
    }

    fn membership(&self) -> Option<(&Team, &User)> {
        Some((&self.team.as_ref()?.object, &self.user.as_ref()?.object))
    }
}

/// One scope that binds a principal, and how.
#[derive(Clone, Debug)]
pub struct Bound<'a> {
    pub scope: Scope,
    /// `key`, `team`, `user`, `org`, `team_member`: the word in errors.
    pub whose: &'static str,
    pub allowance: &'a Allowance,
}

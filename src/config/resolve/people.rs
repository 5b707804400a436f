//! `organizations`, `users` and `teams`, with their keys: who is declared, and in which role.

use std::sync::Arc;

use filters::state::identity::{Allowance, Declared, Organization, OrganizationId, Team, TeamId, User, UserId};

use super::allowance::allowance;
use super::keys::{Keys, Owner, model_aliases};
use super::members::{Member, members};
use super::model_names::ModelNames;
use super::once::Once;
use crate::config::mistake::Mistake;
use crate::config::roles::{Roles, UserRole};
use crate::config::section::{Placed, Section, suggest};
use crate::config::settings::Access;

const ROLES: &[(&str, UserRole)] = &[
    ("proxy_admin", UserRole::ProxyAdmin),
    ("proxy_admin_viewer", UserRole::ProxyAdminViewer),
    ("org_admin", UserRole::OrgAdmin),
    ("internal_user", UserRole::InternalUser),
    ("internal_user_viewer", UserRole::InternalUserViewer),
];

/// Reads everybody. `access` is missing where the master key is, which is no reason to hide mistakes made here.
pub(super) fn people(file: Section<'_>, names: &ModelNames, access: Option<&Access>) -> (Declared, Roles) {
    let mut reader = Reader {
        names,
        access,
        keys: Keys { names, access, hashes: Once::default() },
        declared: Declared::default(),
        roles: Roles::default(),
        user_ids: Once::default(),
        team_ids: Once::default(),
        team_aliases: Once::default(),
        organization_ids: Once::default(),
    };
    file.sections("organizations").into_iter().for_each(|section| reader.organization(section));
    file.sections("users").into_iter().for_each(|section| reader.user(section));
    file.sections("teams").into_iter().for_each(|section| reader.team(section));
    (reader.declared, reader.roles)
}

struct Reader<'a> {
    names: &'a ModelNames,
    access: Option<&'a Access>,
    keys: Keys<'a>,
    declared: Declared,
    roles: Roles,
    user_ids: Once,
    team_ids: Once,
    team_aliases: Once,
    organization_ids: Once,
}

impl Reader<'_> {
    fn organization(&mut self, section: Section<'_>) {
        let allowance = allowance(section, self.names);
        let Some((id, alias)) = id_and_alias(section, "organization_id", "organization_alias") else {
            return;
        };
        let what = format!("the organization `{}`", id.value);
        if self.organization_ids.take(section, &id.value, &what, &id.place) {
            let (id, alias) = (OrganizationId::from(id.value.as_str()), Arc::from(alias.value));
            self.declared.organizations.push(Organization { id, alias, allowance });
        }
    }

    fn user(&mut self, section: Section<'_>) {
        let role = section.word("user_role", ROLES).unwrap_or_default();
        let allowance = allowance(section, self.names);
        let organization = self.organization_of(section);
        let email = section.text("user_email").map(Arc::from);
        let Some((id, _)) = id_and_alias(section, "user_id", "user_email") else { return };
        if !self.user_ids.take(section, &id.value, &format!("the user `{}`", id.value), &id.place) {
            return;
        }
        let id = UserId::from(id.value.as_str());
        let owner = Owner { team: None, user: Some(id.clone()), organization: organization.clone() };
        self.roles.users.insert(id.clone(), role);
        self.keys(section, &owner);
        self.declared.users.push(User { id, email, organization, allowance });
    }

    fn team(&mut self, section: Section<'_>) {
        let mut allowance = allowance(section, self.names);
        if let Some(access) = self.access.filter(|_| allowance.models.is_empty()) {
            allowance.models.clone_from(&access.default_models);
        }
        let organization = self.organization_of(section);
        let members = members(section, &self.declared.users, self.names);
        let Some((id, alias)) = id_and_alias(section, "team_id", "team_alias") else { return };
        let is_new = self.team_ids.take(section, &id.value, &format!("the team id `{}`", id.value), &id.place);
        let what = format!("the team alias `{}`", alias.value);
        if !is_new || !self.team_aliases.take(section, &alias.value, &what, &alias.place) {
            return;
        }
        let id = TeamId::from(id.value.as_str());
        let owner = Owner { team: Some(id.clone()), user: None, organization: organization.clone() };
        self.keys(section, &owner);
        let tags = section.words("tags").into_iter().map(|tag| tag.value).collect();
        let model_aliases = model_aliases(section, "model_aliases");
        let members = members.into_iter().map(|member| self.join(&id, member)).collect();
        let alias = Arc::from(alias.value);
        self.declared.teams.push(Team { id, alias, organization, allowance, model_aliases, members, tags });
    }

    fn join(&mut self, team: &TeamId, member: Member) -> (UserId, Allowance) {
        self.roles.members.insert((team.clone(), member.user.clone()), member.role);
        self.make_if_missing(&member.user, member.email);
        (member.user, member.allowance)
    }

    /// Makes a user who is named but declared nowhere, with the least rights, as LiteLLM does.
    fn make_if_missing(&mut self, user: &UserId, email: Option<String>) {
        if self.roles.users.contains_key(user) {
            return;
        }
        self.roles.users.insert(user.clone(), UserRole::default());
        let (id, email) = (user.clone(), email.map(Arc::from));
        self.declared.users.push(User { id, email, organization: None, allowance: Allowance::default() });
    }

    fn keys(&mut self, section: Section<'_>, owner: &Owner) {
        let keys = self.keys.read(section.sections("keys"), owner);
        for user in keys.iter().filter_map(|key| key.user.as_ref()) {
            self.make_if_missing(user, None);
        }
        self.declared.keys.extend(keys);
    }

    fn organization_of(&self, section: Section<'_>) -> Option<OrganizationId> {
        let typed = section.placed("organization_id")?;
        let id = OrganizationId::from(typed.value.as_str());
        let declared = &self.declared.organizations;
        if !declared.iter().any(|organization| organization.id == id) {
            let message = format!("`{}` is no organization of this file", typed.value);
            let hint = suggest(&typed.value, declared.iter().map(|organization| organization.id.as_str()));
            section.reading().report.mistake(Mistake { hint, ..Mistake::at(typed.place, message) });
        }
        Some(id)
    }
}

/// An id with the name that stands in for it where none is typed.
fn id_and_alias(section: Section<'_>, id: &str, alias: &str) -> Option<(Placed, Placed)> {
    let (typed, named) = (section.placed(id), section.placed(alias));
    if typed.is_none() && named.is_none() {
        section.complain(section.place(), format!("{} needs `{alias}` or `{id}`", section.name()));
    }
    let fallback = typed.clone().or_else(|| named.clone())?;
    Some((fallback.clone(), named.unwrap_or(fallback)))
}

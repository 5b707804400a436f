//! `members_with_roles`: who is in a team, with which role and which share.

use filters::state::catalog::Limits;
use filters::state::identity::{Allowance, User, UserId};
use filters::state::ledger::Budget;

use super::allowance::{LIMIT, budget};
use super::model_names::ModelNames;
use crate::config::roles::TeamRole;
use crate::config::section::Section;

/// One member, as declared.
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) email: Option<String>,
    pub(super) role: TeamRole,
    pub(super) allowance: Allowance,
}

const ROLES: &[(&str, TeamRole)] = &[
    ("admin", TeamRole::Owner),
    ("owner", TeamRole::Owner),
    ("lead", TeamRole::Lead),
    ("user", TeamRole::User),
    ("viewer", TeamRole::Viewer),
];

/// Reads a team's members. What the team says of all its members holds for those who have nothing of their own.
pub(super) fn members(team: Section<'_>, users: &[User], names: &ModelNames) -> Vec<Member> {
    let shared = Allowance {
        budget: budget(team, "team_member_budget", "team_member_budget_duration"),
        limits: Limits {
            requests_per_minute: team.count("team_member_rpm_limit", LIMIT),
            tokens_per_minute: team.count("team_member_tpm_limit", LIMIT),
            parallel_requests: None,
        },
        ..Allowance::default()
    };
    let sections = team.sections("members_with_roles").into_iter();
    sections.filter_map(|section| member(section, users, names, &shared)).collect()
}

fn member(section: Section<'_>, users: &[User], names: &ModelNames, shared: &Allowance) -> Option<Member> {
    let own = budget(section, "max_budget_in_team", "budget_duration");
    let allowance = Allowance {
        models: names.checked(section, "allowed_models"),
        budget: if own == Budget::default() { shared.budget.clone() } else { own },
        limits: Limits {
            requests_per_minute: section.count("rpm_limit", LIMIT).or(shared.limits.requests_per_minute),
            tokens_per_minute: section.count("tpm_limit", LIMIT).or(shared.limits.tokens_per_minute),
            parallel_requests: None,
        },
        ..Allowance::default()
    };
    let role = section.word("role", ROLES).unwrap_or_default();
    let (id, email) = (section.text("user_id"), section.text("user_email"));
    let declared = email.as_deref().and_then(|email| users.iter().find(|user| user.email.as_deref() == Some(email)));
    let user = match (id, declared) {
        (Some(id), _) => UserId::from(id.as_str()),
        (None, Some(user)) => user.id.clone(),
        (None, None) => UserId::from(email.as_deref().or_else(|| needs_a_name(section))?),
    };
    Some(Member { user, email, role, allowance })
}

fn needs_a_name(section: Section<'_>) -> Option<&'static str> {
    section.complain(section.place(), format!("{} needs `user_id` or `user_email`", section.name()));
    None
}

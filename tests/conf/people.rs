//! Organizations, teams, members, users and keys.

use filters::money::NanoUsd;
use filters::state::identity::{KeyHash, TeamId, UserId};
use filters::state::ledger::{Mode, Window};
use tollkeeper::config::{TeamRole, UserRole};

use super::fixture::{MASTER, mistakes, now, resolved, warnings};

const MODELS: &str = "model_list:
  - {model_name: gpt-4o, litellm_params: {model: openai/gpt-4o}, model_info: {access_groups: [strong]}}
  - {model_name: small, litellm_params: {model: openai/gpt-4o-mini}}
";

fn with(text: &str) -> String {
    format!("{MASTER}{MODELS}{text}")
}

#[test]
fn a_key_that_is_none_is_refused() {
    for (key, wrong) in [
        ("key: nosk-0123456789abcdef", "must start with sk-"),
        ("key: sk-0123456789ab", "at least 16 characters"),
        ("key_hash: abc", "64 hex digits"),
        ("key_alias: a", "needs either `key` or `key_hash`"),
        ("key: sk-0f7e31b92c5d4a87, key_hash: abc", "needs either `key` or `key_hash`"),
        ("key: sk-0f7e31b92c5d4a86", "is the master key"),
        ("key: sk-0f7e31b92c5d4a87, duration: 30d", "`teams[].keys[].duration` is not built yet"),
        ("key: sk-0f7e31b92c5d4a87, expires: tomorrow", "is no moment"),
    ] {
        let mistakes = mistakes(&with(&format!("teams: [{{team_alias: t, keys: [{{{key}}}]}}]\n")));
        assert_eq!(mistakes.len(), 1, "{key}: {mistakes:?}");
        assert!(mistakes[0].contains(wrong), "{key}: {mistakes:?}");
    }
}

#[test]
fn what_must_differ_and_does_not_is_refused_with_both_places() {
    let text = with(
        "\
teams:
  - {team_alias: a, keys: [{key: sk-0f7e31b92c5d4a87, key_alias: k}, {key: sk-0f7e31b92c5d4a88, key_alias: k}]}
  - {team_alias: b, keys: [{key: sk-0f7e31b92c5d4a87, key_alias: k}]}
  - {team_alias: a}
users: [{user_id: u}, {user_id: u}]
",
    );

    let mistakes = mistakes(&text);

    let starts: Vec<_> = mistakes.iter().map(|mistake| mistake.split(" is here").next().unwrap()).collect();
    assert_eq!(starts, ["6:108: the key alias `k`", "7:34: this key", "8:18: the team id `a`", "9:33: the user `u`"]);
    assert!(mistakes[1].ends_with("c.yaml:6:34"), "{mistakes:?}");
}

#[test]
fn a_team_is_read_in_full() {
    let text = with(
        "\
organizations: [{organization_alias: org, max_budget: 1000}]
users: [{user_id: ada, user_email: ada@example.com, user_role: proxy_admin}]
teams:
  - team_alias: Pilot
    team_id: team-1
    organization_id: org
    max_budget: 0.000000001
    soft_budget: 3
    budget_duration: week
    budget_mode: standard
    models: [strong, 'gpt-*']
    rpm_limit: 600
    model_rpm_limit: {gpt-4o: 5}
    model_max_budget: {gpt-4o: {budget_limit: 7, time_period: 1h}}
    model_aliases: {best: gpt-4o}
    tags: [pilot]
    team_member_budget: 11
    members_with_roles: [{user_email: ada@example.com, role: admin}, {user_id: bob, role: viewer, max_budget_in_team: 12}]
    keys: [{key: sk-0f7e31b92c5d4a87, key_alias: alice, user_id: ada, max_budget: 50, expires: 2027-01-01T00:00:00Z}]
",
    );

    let resolved = resolved(&text);

    let team = &resolved.declared.teams[0];
    assert_eq!((team.id.as_str(), &*team.alias), ("team-1", "Pilot"));
    assert_eq!(team.organization.as_ref().unwrap().as_str(), "org");
    assert_eq!(team.allowance.budget.max, Some(NanoUsd(1)), "not through a float");
    assert_eq!((team.allowance.budget.window, team.allowance.budget.mode), (Some(Window::Week), Some(Mode::Standard)));
    assert_eq!(team.allowance.limits.requests_per_minute, Some(600));
    assert_eq!(team.allowance.model_limits["gpt-4o"].requests_per_minute, Some(5));
    assert_eq!(team.allowance.model_budgets["gpt-4o"].window, Some(Window::Every { seconds: 3600, since: now() }));
    assert_eq!(team.model_aliases["best"], "gpt-4o");
    let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
    assert_eq!(team.members[&ada].budget.max, Some(NanoUsd::dollars(11)));
    assert_eq!(team.members[&bob].budget.max, Some(NanoUsd::dollars(12)));
    assert_eq!(resolved.roles.members[&(TeamId::from("team-1"), ada.clone())], TeamRole::Owner);
    assert_eq!(resolved.roles.users[&ada], UserRole::ProxyAdmin);
    assert_eq!(resolved.roles.users[&bob], UserRole::InternalUserViewer, "made with the least rights");
    let key = &resolved.declared.keys[0];
    assert_eq!(key.hash, KeyHash::of("sk-0f7e31b92c5d4a87"));
    assert_eq!((&*key.display, key.alias.as_deref()), ("sk-...4a87", Some("alice")));
    assert_eq!((key.team.as_ref(), key.user.as_ref()), (Some(&team.id), Some(&ada)));
    assert_eq!(key.organization, team.organization);
    assert!(key.expires_at.is_some());
}

#[test]
fn defaults_reach_those_who_say_nothing() {
    let text = with(
        "\
rate_limits: {default_rpm: 100, default_tpm: 1000, default_parallel: 10}
models: {default_allowed: [small], default_blocked: [strong]}
users: [{user_id: u, keys: [{key: sk-0f7e31b92c5d4a89}]}]
teams: [{team_alias: t, keys: [{key: sk-0f7e31b92c5d4a87}, {key: sk-0f7e31b92c5d4a88, rpm_limit: 5, models: [strong]}]}]
",
    );

    let resolved = resolved(&text);

    let [own, plain, special] = &resolved.declared.keys[..] else { panic!("three keys") };
    assert_eq!(own.allowance.models, ["small"]);
    assert_eq!(resolved.settings.access.blocked_models, ["strong"], "for whoever lists it, too");
    assert_eq!(resolved.declared.teams[0].allowance.models, ["small"]);
    assert!(plain.allowance.models.is_empty(), "a team's key has what the team has");
    assert_eq!(plain.allowance.limits.requests_per_minute, Some(100));
    assert_eq!(special.allowance.limits.requests_per_minute, Some(5));
    assert_eq!(special.allowance.limits.tokens_per_minute, Some(1000));
    assert_eq!(special.allowance.models, ["strong"]);
}

#[test]
fn a_name_that_leads_nowhere_is_warned_about_and_a_guessable_key_too() {
    let text = with(
        "teams: [{team_alias: t, models: [gpt-4p, 'x-*', all-proxy-models, strong], keys: [{key: sk-my-test-key-0001}]}]\n",
    );

    let warnings = warnings(&text);

    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].ends_with("`gpt-4p` is no model, alias or access group (did you mean `gpt-4o`?)"),
        "{warnings:?}"
    );
    assert!(warnings[1].contains("looks guessable"), "{warnings:?}");
}

#[test]
fn an_organization_that_is_not_declared_is_refused() {
    let text = with(
        "organizations: [{organization_alias: engineering}]\nteams: [{team_alias: t, organization_id: enginering}]\n",
    );

    assert!(mistakes(&text)[0].contains("did you mean `engineering`?"));
}

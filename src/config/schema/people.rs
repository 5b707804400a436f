//! The knobs of organizations, teams, members, users and keys.

use super::{Knob, Schema, Shape, foreign, knob, not_built};

/// What all of them may use and spend, in the same words.
static ALLOWANCE: &[Knob] = &[
    knob(
        "models",
        Shape::Words,
        "[]",
        "Models it may use: names, wildcards such as claude-*, access groups. Empty: all.",
    ),
    knob("max_budget", Shape::Dollars, "null", "Cap in dollars. 0: nothing; null: no cap."),
    knob("soft_budget", Shape::Dollars, "null", "Dollars above which a warning is given."),
    knob(
        "budget_duration",
        Shape::Text,
        "null",
        "How long the cap lasts: 30d from when it was set, or day, week, month, year.",
    ),
    knob(
        "budget_mode",
        Shape::Word(&["strict", "standard", "soft"]),
        "null",
        "How the cap is enforced, instead of general_settings.budget_mode.",
    ),
    knob(
        "model_max_budget",
        Shape::Free,
        "null",
        "Caps for single models: {gpt-4o: {max_budget: 10, budget_duration: 1d}}, or just the dollars.",
    ),
    knob("rpm_limit", Shape::Count, "null", "Requests a minute."),
    knob("tpm_limit", Shape::Count, "null", "Tokens a minute."),
    knob("max_parallel_requests", Shape::Count, "null", "Requests at once."),
    knob("model_rpm_limit", Shape::Free, "null", "Requests a minute for single models: {gpt-4o: 60}."),
    knob("model_tpm_limit", Shape::Free, "null", "Tokens a minute for single models."),
    knob("blocked", Shape::Flag, "false", "Whether it is turned away."),
    not_built("clamp_output", "Lowering the output limit to what fits."),
    not_built("temp_budget_increase", "A cap raised for a while."),
    not_built("temp_budget_expiry", "When a raised cap falls back."),
    not_built("budget_limits", "Several caps with windows of their own."),
    not_built("tpd_limit", "Tokens a day."),
    not_built("allowed_routes", "Routes it may call."),
    not_built("guardrails", "Checks of prompts and answers."),
    not_built("budget_id", "A cap kept elsewhere."),
    not_built("tag_rpm_limit", "Requests a minute by tag."),
    not_built("object_permission", "Access to tools and stores."),
];

pub(super) static ORGANIZATION: Schema = Schema {
    path: "organizations[]",
    knobs: &[ORGANIZATION_KNOBS, ALLOWANCE],
    foreign: foreign::ORGANIZATION,
    has_prices: false,
};

const ORGANIZATION_KNOBS: &[Knob] = &[
    knob("organization_alias", Shape::Text, "null", "Its name."),
    knob("organization_id", Shape::Text, "null", "Its id; the name by default."),
];

pub(super) static TEAM: Schema =
    Schema { path: "teams[]", knobs: &[TEAM_KNOBS, ALLOWANCE], foreign: foreign::TEAM, has_prices: false };

const TEAM_KNOBS: &[Knob] = &[
    knob("team_alias", Shape::Text, "null", "Its name."),
    knob("team_id", Shape::Text, "null", "Its id; the name by default."),
    knob("organization_id", Shape::Text, "null", "The organization it belongs to."),
    knob("model_aliases", Shape::Free, "null", "Other names for models, for this team alone."),
    knob("tags", Shape::Words, "[]", "Tags that its requests carry."),
    knob("members_with_roles", Shape::Sections(&MEMBER), "[]", "Its people."),
    knob("team_member_budget", Shape::Dollars, "null", "Cap of each member who has none of their own, in dollars."),
    knob("team_member_budget_duration", Shape::Text, "null", "How long that cap lasts."),
    knob(
        "team_member_rpm_limit",
        Shape::Count,
        "null",
        "Requests a minute of each member who has no limit of their own.",
    ),
    knob(
        "team_member_tpm_limit",
        Shape::Count,
        "null",
        "Tokens a minute of each member who has no limit of their own.",
    ),
    not_built("team_member_model_max_budget", "Members' caps for single models."),
    knob("keys", Shape::Sections(&KEY), "[]", "Its virtual keys."),
];

static MEMBER: Schema =
    Schema { path: "teams[].members_with_roles[]", knobs: &[MEMBER_KNOBS], foreign: &[], has_prices: false };

const MEMBER_KNOBS: &[Knob] = &[
    knob("user_id", Shape::Text, "null", "Who; a user that is not listed under users is made."),
    knob("user_email", Shape::Text, "null", "Who, by e-mail address."),
    knob(
        "role",
        Shape::Word(&["admin", "owner", "lead", "user", "viewer"]),
        "user",
        "What they may do in the team; admin and owner are the same.",
    ),
    knob("max_budget_in_team", Shape::Dollars, "null", "What they may spend in this team, in dollars."),
    knob("budget_duration", Shape::Text, "null", "How long that cap lasts."),
    knob("rpm_limit", Shape::Count, "null", "Requests a minute in this team."),
    knob("tpm_limit", Shape::Count, "null", "Tokens a minute in this team."),
    knob("allowed_models", Shape::Words, "[]", "Models they may use in this team. Empty: the team's."),
];

pub(super) static USER: Schema =
    Schema { path: "users[]", knobs: &[USER_KNOBS, ALLOWANCE], foreign: foreign::USER, has_prices: false };

const USER_KNOBS: &[Knob] = &[
    knob("user_id", Shape::Text, "null", "Their id; the e-mail address by default."),
    knob("user_email", Shape::Text, "null", "Their e-mail address."),
    knob(
        "user_role",
        Shape::Word(&["proxy_admin", "proxy_admin_viewer", "org_admin", "internal_user", "internal_user_viewer"]),
        "internal_user_viewer",
        "What they may do on the management API.",
    ),
    knob("organization_id", Shape::Text, "null", "The organization they belong to."),
    knob("keys", Shape::Sections(&USER_KEY), "[]", "Virtual keys of their own."),
];

static KEY: Schema =
    Schema { path: "teams[].keys[]", knobs: &[KEY_KNOBS, ALLOWANCE], foreign: foreign::KEY, has_prices: false };

static USER_KEY: Schema =
    Schema { path: "users[].keys[]", knobs: &[KEY_KNOBS, ALLOWANCE], foreign: foreign::KEY, has_prices: false };

static KEY_KNOBS: &[Knob] = &[
    knob("key_alias", Shape::Text, "null", "Its name."),
    knob("key", Shape::Secret, "null", "The secret: sk- and so many more characters that there are 16."),
    knob("key_hash", Shape::Text, "null", "Instead of the secret: its SHA-256 in 64 hex digits."),
    knob("user_id", Shape::Text, "null", "Whose it is."),
    knob("aliases", Shape::Free, "null", "Other names for models, for this key alone."),
    knob("tags", Shape::Words, "[]", "Tags that its requests carry."),
    knob("expires", Shape::Text, "null", "The moment after which it is refused, such as 2026-12-31T23:59:59Z."),
    not_built("duration", "A time to live: a file has no beginning to count it from, so say when the key expires."),
    not_built("key_type", "What kinds of routes it may call."),
    not_built("permissions", "Single rights."),
    not_built("allowed_cache_controls", "What it may ask of a cache."),
    not_built("enforced_params", "Requests must carry certain fields."),
];

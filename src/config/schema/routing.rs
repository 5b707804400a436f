//! The knobs of LiteLLM's two sections for calls: the whole gateway's cap, retries, fallbacks, other names.

use super::{Knob, Schema, Shape, foreign, knob, not_built};

pub(super) static LITELLM: Schema =
    Schema { path: "litellm_settings", knobs: &[LITELLM_KNOBS], foreign: foreign::LITELLM, has_prices: false };

const LITELLM_KNOBS: &[Knob] = &[
    knob(
        "max_budget",
        Shape::Dollars,
        "null",
        "What the whole gateway may spend, in dollars. 0: nothing; null: no cap.",
    ),
    knob(
        "budget_duration",
        Shape::Text,
        "null",
        "After which spend starts from nothing: 30s, 30m, 24h, 7d, 4w from when the cap was set, or a calendar day, week, month, year.",
    ),
    knob(
        "budget_exceeded_status_code",
        Shape::Count,
        "400",
        "The status of a refusal over a budget: 400, 402, 422 or 429. Some clients retry 429 for minutes.",
    ),
    knob("timezone", Shape::Text, "UTC", "Where calendar windows begin and end, such as Europe/Berlin."),
    knob(
        "request_timeout",
        Shape::Seconds,
        "600",
        "Seconds for which a vendor may be silent, before its answer and within it.",
    ),
    knob("num_retries", Shape::Count, "2", "Further attempts when a vendor fails before its answer has begun."),
    knob(
        "fallbacks",
        Shape::Free,
        "[]",
        "Other models to try when every deployment of one has failed: a list such as [{claude-3-sonnet: [gpt-4o]}]; \"*\" stands for every model.",
    ),
    knob(
        "default_team_params",
        Shape::Section(&DEFAULT_TEAM),
        "null",
        "What a team gets that is created through the API without saying.",
    ),
    knob("tag_budget_config", Shape::Named(&TAG), "null", "Caps for tags."),
    knob(
        "prometheus_initialize_budget_metrics",
        Shape::Flag,
        "false",
        "Show every key's budget gauges before its first request.",
    ),
    not_built("upperbound_key_generate_params", "The most that a created key may get."),
    not_built("guardrails", "Checks of prompts and answers."),
    not_built("max_user_budget", "What any caller may spend that is named in a request."),
    not_built("max_end_user_budget", "What any caller may spend that is named in a request."),
    not_built("default_max_internal_user_budget", "What a created user may spend."),
    not_built("max_internal_user_budget", "What a created user may spend."),
];

static DEFAULT_TEAM: Schema = Schema {
    path: "litellm_settings.default_team_params",
    knobs: &[DEFAULT_TEAM_KNOBS],
    foreign: &["team_member_permissions", "organization_id"],
    has_prices: false,
};

const DEFAULT_TEAM_KNOBS: &[Knob] = &[
    knob("models", Shape::Words, "[]", "Models. Empty: all."),
    knob("max_budget", Shape::Dollars, "null", "Cap in dollars."),
    knob("budget_duration", Shape::Text, "null", "How long the cap lasts."),
    knob("rpm_limit", Shape::Count, "null", "Requests a minute."),
    knob("tpm_limit", Shape::Count, "null", "Tokens a minute."),
];

static TAG: Schema = Schema {
    path: "litellm_settings.tag_budget_config.*",
    knobs: &[&[
        knob("max_budget", Shape::Dollars, "null", "Cap in dollars."),
        knob("budget_duration", Shape::Text, "null", "How long the cap lasts."),
    ]],
    foreign: &[],
    has_prices: false,
};

pub(super) static ROUTER: Schema =
    Schema { path: "router_settings", knobs: &[ROUTER_KNOBS], foreign: foreign::ROUTER, has_prices: false };

const ROUTER_KNOBS: &[Knob] = &[
    knob(
        "model_group_alias",
        Shape::Free,
        "null",
        "Other names for models: {sonnet: claude-3-sonnet}. Access is checked on what a name stands for.",
    ),
    knob("fallbacks", Shape::Free, "[]", "As litellm_settings.fallbacks."),
    knob("num_retries", Shape::Count, "null", "As litellm_settings.num_retries, and goes before it."),
    knob("timeout", Shape::Seconds, "null", "As litellm_settings.request_timeout, and goes before it."),
    knob("allowed_fails", Shape::Count, "3", "Failures in a minute after which a deployment cools down."),
    knob("cooldown_time", Shape::Seconds, "5", "Seconds for which it then is passed over."),
    knob(
        "provider_budget_config",
        Shape::Named(&PROVIDER),
        "null",
        "Caps for what is spent at a provider: {openai: {budget_limit: 100, time_period: 1d}}.",
    ),
    not_built("enable_tag_filtering", "Deployments by tag."),
];

static PROVIDER: Schema = Schema {
    path: "router_settings.provider_budget_config.*",
    knobs: &[&[
        knob("budget_limit", Shape::Dollars, "null", "Cap in dollars."),
        knob("max_budget", Shape::Dollars, "null", "The same, in the word used elsewhere."),
        knob("time_period", Shape::Text, "null", "How long the cap lasts."),
        knob("budget_duration", Shape::Text, "null", "The same, in the word used elsewhere."),
    ]],
    foreign: &[],
    has_prices: false,
};

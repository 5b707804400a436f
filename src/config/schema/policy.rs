//! The sections that a predecessor of this gateway had: defaults for everybody, alerts, an identity provider.

use super::{Knob, Schema, Shape, knob, not_built, unused};

pub(super) static RATE_LIMITS: Schema =
    Schema { path: "rate_limits", knobs: &[RATE_LIMITS_KNOBS], foreign: &[], has_prices: false };

const RATE_LIMITS_KNOBS: &[Knob] = &[
    knob("default_tpm", Shape::Count, "null", "Tokens a minute."),
    knob("default_rpm", Shape::Count, "null", "Requests a minute."),
    knob(
        "default_parallel",
        Shape::Count,
        "null",
        "Requests at once; goes before general_settings.max_parallel_requests.",
    ),
];

pub(super) static MODELS: Schema = Schema { path: "models", knobs: &[MODELS_KNOBS], foreign: &[], has_prices: false };

const MODELS_KNOBS: &[Knob] = &[
    knob("default_allowed", Shape::Words, "[]", "Models. Empty: all."),
    knob("default_blocked", Shape::Words, "[]", "Models that are taken off these."),
];

pub(super) static BUDGET: Schema = Schema { path: "budget", knobs: &[BUDGET_KNOBS], foreign: &[], has_prices: false };

const BUDGET_KNOBS: &[Knob] = &[
    not_built("enable_alerts", "Telling people when a cap is near."),
    unused("alert_webhook", "Where to tell them."),
    unused("alert_email", "Where to tell them."),
    unused("alert_thresholds", "When to tell them, in percent of a cap."),
];

pub(super) static AUTH: Schema = Schema { path: "auth", knobs: &[AUTH_KNOBS], foreign: &[], has_prices: false };

const AUTH_KNOBS: &[Knob] = &[knob("dex", Shape::Section(&DEX), "null", "An OpenID Connect provider.")];

static DEX: Schema = Schema { path: "auth.dex", knobs: &[DEX_KNOBS], foreign: &[], has_prices: false };

const DEX_KNOBS: &[Knob] = &[
    not_built("enabled", "Whether people sign in there."),
    unused("issuer", "The provider's address."),
    unused("client_id", "What the provider calls this gateway."),
    unused("client_secret", "The secret shared with the provider."),
    unused("redirect_url", "Where the provider sends people back to."),
    unused("scopes", "What is asked of the provider."),
    unused("auto_create_users", "Whether a first sign-in makes a user."),
    unused("default_role", "The role of a user who was made so."),
    unused("admin_groups", "Groups whose members are admins."),
    unused("group_mapping", "Groups and what they become."),
];

pub(super) static DEX_MAPPING: Schema =
    Schema { path: "dex_mapping", knobs: &[DEX_MAPPING_KNOBS], foreign: &[], has_prices: false };

const DEX_MAPPING_KNOBS: &[Knob] = &[
    unused("group_to_team", "Groups and the teams they become."),
    unused("group_to_role", "Groups and the roles they become."),
    unused("auto_create_teams", "Whether such a team is made when it is missing."),
];

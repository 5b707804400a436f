//! The sections of the file.

use super::{Knob, Schema, Shape, foreign, knob, models, people, policy, process, routing};

pub(in crate::config) static FILE: Schema =
    Schema { path: "", knobs: &[KNOBS], foreign: foreign::FILE, has_prices: false };

const KNOBS: &[Knob] = &[
    knob("server", Shape::Section(&process::SERVER), "null", "Where the process listens and what it lets in."),
    knob(
        "general_settings",
        Shape::Section(&process::GENERAL),
        "null",
        "Who is the master, where the books are, what happens in a pinch.",
    ),
    knob(
        "litellm_settings",
        Shape::Section(&routing::LITELLM),
        "null",
        "The whole gateway's cap, and the calls to vendors.",
    ),
    knob(
        "router_settings",
        Shape::Section(&routing::ROUTER),
        "null",
        "Other names for models, and what to do when a vendor fails.",
    ),
    knob(
        "model_list",
        Shape::Sections(&models::MODEL),
        "[]",
        "What can be asked for and who serves it. Entries with the same name share the traffic.",
    ),
    knob("organizations", Shape::Sections(&people::ORGANIZATION), "[]", "Groups of teams with a cap in common."),
    knob("teams", Shape::Sections(&people::TEAM), "[]", "Teams, their caps, members and keys."),
    knob("users", Shape::Sections(&people::USER), "[]", "People, their caps, roles and own keys."),
    knob(
        "rate_limits",
        Shape::Section(&policy::RATE_LIMITS),
        "null",
        "What a key may use in a minute that says nothing of its own.",
    ),
    knob(
        "models",
        Shape::Section(&policy::MODELS),
        "null",
        "What a team, or a key without a team, may use that names no models.",
    ),
    knob("budget", Shape::Section(&policy::BUDGET), "null", "Alerts on budgets."),
    knob("auth", Shape::Section(&policy::AUTH), "null", "Signing in through an identity provider."),
    knob(
        "dex_mapping",
        Shape::Section(&policy::DEX_MAPPING),
        "null",
        "What the groups of an identity provider become. Without effect while auth.dex is off.",
    ),
    knob(
        "include",
        Shape::Words,
        "[]",
        "Further files, relative to this one. Lists are joined, sections are filled up; the same key in two files is a mistake.",
    ),
    knob(
        "environment_variables",
        Shape::Free,
        "null",
        "Variables for this file alone; the process's own environment goes before.",
    ),
    super::not_built("guardrails", "Checks of prompts and answers."),
    super::not_built("credential_list", "Named credentials of vendors."),
];

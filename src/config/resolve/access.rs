//! Who gets in with the master key, and what callers may use whose declaration does not say.

use filters::state::catalog::Limits;
use filters::state::identity::Allowance;

use super::allowance::{LIMIT, budget};
use super::master_key;
use super::model_names::ModelNames;
use crate::config::section::Section;
use crate::config::settings::Access;

/// `None` without a master key that will do, which has been reported.
pub(super) fn access(file: Section<'_>, names: &ModelNames) -> Option<Access> {
    let general = file.section("general_settings");
    let key = master_key::master_key(general);
    let key_header_name = key_header_name(general);
    let default_key_limits = default_key_limits(file.section("rate_limits"), general);
    let gateway_limits =
        Limits { parallel_requests: general.count("global_max_parallel_requests", LIMIT), ..Limits::default() };
    let models = file.section("models");
    let default_models = names.checked(models, "default_allowed");
    let blocked_models = names.checked(models, "default_blocked");
    let default_team = default_team(file.section("litellm_settings").section("default_team_params"), names);
    Some(Access {
        master_key: key?,
        key_header_name,
        default_key_limits,
        gateway_limits,
        default_models,
        blocked_models,
        default_team,
    })
}

fn key_header_name(section: Section<'_>) -> Option<String> {
    let name = section.placed("litellm_key_header_name")?;
    match http::HeaderName::from_bytes(name.value.as_bytes()) {
        Ok(header) => Some(header.as_str().to_owned()),
        Err(_) => {
            section.complain(&name.place, "`general_settings.litellm_key_header_name` cannot be a header's name");
            None
        }
    }
}

fn default_key_limits(section: Section<'_>, general: Section<'_>) -> Limits {
    let parallel = general.count("max_parallel_requests", LIMIT);
    Limits {
        requests_per_minute: section.count("default_rpm", LIMIT),
        tokens_per_minute: section.count("default_tpm", LIMIT),
        parallel_requests: section.count("default_parallel", LIMIT).or(parallel),
    }
}

fn default_team(section: Section<'_>, names: &ModelNames) -> Allowance {
    Allowance {
        models: names.checked(section, "models"),
        budget: budget(section, "max_budget", "budget_duration"),
        limits: Limits {
            requests_per_minute: section.count("rpm_limit", LIMIT),
            tokens_per_minute: section.count("tpm_limit", LIMIT),
            parallel_requests: None,
        },
        ..Allowance::default()
    }
}

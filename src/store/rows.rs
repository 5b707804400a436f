//! Rows of the spend log and of what is on hold: which field goes into which column.

use std::sync::Arc;

use filters::state::ledger::{Attribution, ChargedEntry, Flags, HeldEntry};
use filters::usage::ServiceTier;
use rusqlite::{Connection, params};

pub(super) const IS_ESTIMATED: i64 = 1;
const IS_UNBELIEVABLE: i64 = 2;
const IS_OVERRUN: i64 = 4;
pub(super) const IS_RECOVERED: i64 = 8;
const IS_STREAMING: i64 = 16;

const INSERT_HOLD: &str = "
    INSERT OR IGNORE INTO holds (request, part, admitted_at, postings, key_hash, key_alias, team, user, organization,
        model, route, tags, price_version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

const INSERT_SPEND: &str = "
    INSERT OR IGNORE INTO spend (request, attempt, admitted_at, cost, postings, key_hash, key_alias, team, user,
        organization, model, route, tags, price_version, provider, deployment, upstream_model, outcome, flags, status,
        duration_ms, first_byte_ms, service_tier, input_tokens, cache_read_tokens, cache_write_5m_tokens,
        cache_write_1h_tokens, output_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens,
        image_input_tokens, image_output_tokens, images, audio_seconds, characters, search_units, web_searches)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38)";

/// Writes a part of a hold, once.
pub(super) fn insert_hold(held: &HeldEntry, postings: &str, connection: &Connection) -> rusqlite::Result<()> {
    let of = held.attribution.as_ref();
    connection.prepare_cached(INSERT_HOLD)?.execute(params![
        held.request.0.to_be_bytes(),
        held.part,
        held.admitted_at.as_microsecond(),
        postings,
        of.key.map(|key| key.0),
        of.key_alias,
        of.team.as_ref().map(|team| team.as_str()),
        of.user.as_ref().map(|user| user.as_str()),
        of.organization.as_ref().map(|organization| organization.as_str()),
        of.model,
        of.route,
        tags(of),
        of.price_version,
    ])?;
    Ok(())
}

/// Writes a charge, once, and says whether it was new.
pub(super) fn insert_spend(charged: &ChargedEntry, postings: &str, connection: &Connection) -> rusqlite::Result<bool> {
    let (of, record) = (charged.attribution.as_ref(), &charged.record);
    let (target, usage) = (record.target.as_deref(), &record.usage);
    let inserted = connection.prepare_cached(INSERT_SPEND)?.execute(params![
        charged.request.0.to_be_bytes(),
        charged.attempt,
        charged.admitted_at.as_microsecond(),
        charged.cost.0,
        postings,
        of.key.map(|key| key.0),
        of.key_alias,
        of.team.as_ref().map(|team| team.as_str()),
        of.user.as_ref().map(|user| user.as_str()),
        of.organization.as_ref().map(|organization| organization.as_str()),
        of.model,
        of.route,
        tags(of),
        target.and_then(|target| target.price_version.as_ref()).or(of.price_version.as_ref()),
        target.map(|target| &target.provider),
        target.map(|target| &target.deployment),
        target.map(|target| &target.upstream_model),
        record.outcome.name(),
        bits(record.flags),
        record.status,
        integer(record.duration_ms),
        record.first_byte_ms.map(integer),
        tier(usage.service_tier),
        integer(usage.input_tokens),
        integer(usage.cache_read_tokens),
        integer(usage.cache_write_5m_tokens),
        integer(usage.cache_write_1h_tokens),
        integer(usage.output_tokens),
        integer(usage.reasoning_tokens),
        integer(usage.audio_input_tokens),
        integer(usage.audio_output_tokens),
        integer(usage.image_input_tokens),
        integer(usage.image_output_tokens),
        integer(usage.images),
        integer(usage.audio_seconds),
        integer(usage.characters),
        integer(usage.search_units),
        integer(usage.web_searches),
    ])?;
    Ok(inserted > 0)
}

/// SQLite's integers are signed; a count beyond them is none that can be.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn tags(of: &Attribution) -> Option<String> {
    let tags: Vec<&str> = of.tags.iter().map(Arc::as_ref).collect();
    (!tags.is_empty()).then(|| serde_json::json!(tags).to_string())
}

fn bits(flags: Flags) -> i64 {
    let set = [
        (flags.is_estimated, IS_ESTIMATED),
        (flags.is_unbelievable, IS_UNBELIEVABLE),
        (flags.is_overrun, IS_OVERRUN),
        (flags.is_recovered, IS_RECOVERED),
        (flags.is_streaming, IS_STREAMING),
    ];
    set.iter().filter(|(is_set, _)| *is_set).map(|(_, bit)| bit).sum()
}

const fn tier(tier: ServiceTier) -> &'static str {
    match tier {
        ServiceTier::Standard => "standard",
        ServiceTier::Batch => "batch",
        ServiceTier::Flex => "flex",
        ServiceTier::Priority => "priority",
    }
}

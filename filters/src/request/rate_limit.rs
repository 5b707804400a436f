//! Step 5: requests, tokens and parallel requests, of everybody whose limits the request falls under.
//!
//! Tokens are reserved by what the request is likely to use and corrected by step 11. Free endpoints take no part: Claude
//! Code counts tokens 26 times at once.

use std::sync::Arc;

use crate::clock::Now;
use crate::denial::Denial;
use crate::endpoint::Endpoint;
use crate::principal::{Bound, Principal};
use crate::request::body::Body;
use crate::state::State;
use crate::state::catalog::Limits;
use crate::state::ledger::Scope;
use crate::state::limiter::{Ask, Counter, LimitScope, Slot};

/// Tokens that an answer is expected to have where the request sets no limit.
const OUTPUT_TOKENS_ASSUMED: u64 = 1024;

/// Bytes of a body that make a token, about: for an expectation, not for a bound.
const BYTES_PER_TOKEN: u64 = 4;

/// A place within every limit, or the limit that has none left.
pub fn take(state: &State, principal: &Principal, model: &str, tokens: u64, now: Now) -> Result<Slot, Denial> {
    let counters = counters(state, principal, model);
    let asks: Vec<Ask<'_>> = counters.iter().map(|(counter, limits)| Ask { counter, limits: *limits }).collect();
    state
        .limiter
        .take(&asks, tokens, now.monotonic)
        .map_err(|limited| Denial::RateLimited { limited: Box::new(limited), now: now.wall })
}

/// A place that no limit counts, for endpoints that are free.
#[must_use]
pub fn uncounted(state: &State, now: Now) -> Slot {
    state.limiter.take(&[], 0, now.monotonic).expect("without counters nothing can refuse")
}

/// What the request will likely use. Counting tokens exactly would cost more than it is worth: step 11 corrects it.
#[must_use]
pub fn expected_tokens(endpoint: Endpoint, body: &Body) -> u64 {
    let text = (body.bytes.len() as u64).saturating_sub(body.facts.image_bytes) / BYTES_PER_TOKEN;
    let output = body.facts.output_limit(endpoint).unwrap_or(OUTPUT_TOKENS_ASSUMED).min(OUTPUT_TOKENS_ASSUMED);
    text.saturating_add(output.saturating_mul(body.facts.choices))
}

/// The counters of everything that has limits.
fn counters(state: &State, principal: &Principal, model: &str) -> Vec<(Arc<Counter>, Limits)> {
    let mut found = Vec::with_capacity(6);
    let mut add = |scope: LimitScope, limits: Limits| {
        if limits != Limits::default() {
            found.push((state.limiter.counter(&scope), limits));
        }
    };
    add(LimitScope::Gateway, state.settings().gateway_limits);
    for bound in principal.allowances() {
        if let Some(scope) = limit_scope(&bound) {
            add(scope, bound.allowance.limits);
        }
        if let Some((scope, limits)) = model_limits(&bound, model) {
            add(scope, limits);
        }
    }
    found
}

fn limit_scope(bound: &Bound<'_>) -> Option<LimitScope> {
    Some(match &bound.scope {
        Scope::Key(hash) => LimitScope::Key(*hash),
        Scope::Team(id) => LimitScope::Team(id.clone()),
        Scope::Member(team, user) => LimitScope::Member(team.clone(), user.clone()),
        Scope::User(id) => LimitScope::User(id.clone()),
        Scope::Organization(id) => LimitScope::Organization(id.clone()),
        _ => return None,
    })
}

fn model_limits(bound: &Bound<'_>, model: &str) -> Option<(LimitScope, Limits)> {
    let limits = *bound.allowance.model_limits.get(model)?;
    let scope = match &bound.scope {
        Scope::Key(hash) => LimitScope::KeyModel(*hash, Arc::from(model)),
        Scope::Team(id) => LimitScope::TeamModel(id.clone(), Arc::from(model)),
        _ => return None,
    };
    Some((scope, limits))
}

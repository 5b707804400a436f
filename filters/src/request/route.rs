//! Step 7: which deployment serves it? Asked again when one fails, before the first byte of an answer.
//!
//! The plan is made once, before the hold, so that the hold covers the dearest target in it: the model's deployments that
//! serve the endpoint, then those of its fallbacks that the caller may use as well. Nothing outside the plan is ever tried.

use std::sync::Arc;

use crate::clock::Now;
use crate::denial::Denial;
use crate::principal::Principal;
use crate::request::accept::Call;
use crate::request::model_access;
use crate::state::State;
use crate::state::catalog::{Deployment, Limits, Model};
use crate::state::ledger::{Account, AccountId, Hold, NoHold, Scope};
use crate::state::limiter::{Ask, LimitScope, Slot};

/// One place a request may go to.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub model: Arc<Model>,
    pub deployment: Arc<Deployment>,
    /// 0 for the model that was asked for, 1 for its first fallback, and so on.
    fallback: u32,
    tried: bool,
}

/// Everywhere a request may go.
#[derive(Clone, Debug)]
pub struct Plan {
    candidates: Vec<Candidate>,
    /// Attempts that may still be made.
    attempts_left: u32,
}

/// A target that is being tried, with what is held of its own caps and limits.
#[derive(Debug)]
pub struct Target {
    pub model: Arc<Model>,
    pub deployment: Arc<Deployment>,
    /// Accounts of the provider and the deployment, where they have caps.
    pub accounts: Vec<Arc<Account>>,
    /// Freed when the target is given up or done with.
    pub slot: Slot,
}

/// Everywhere the request may go; never empty.
///
/// `stored_at` is the deployment that has an earlier response the request refers to: no other one knows it.
pub fn plan(
    state: &State,
    principal: &Principal,
    model: &Arc<Model>,
    call: &Call,
    stored_at: Option<&str>,
) -> Result<Plan, Denial> {
    let catalog = state.catalog();
    let fallbacks = model.fallbacks.iter().filter_map(|name| catalog.resolve(name));
    let allowed = fallbacks.filter(|fallback| model_access::denied_by(state, principal, fallback).is_none());
    let mut candidates = Vec::new();
    for (index, model) in std::iter::once(model).chain(allowed).enumerate() {
        let serving = model.deployments.iter().filter(|deployment| serves(deployment, call, stored_at));
        candidates.extend(serving.map(|deployment| Candidate {
            model: model.clone(),
            deployment: deployment.clone(),
            fallback: u32::try_from(index).unwrap_or(u32::MAX),
            tried: false,
        }));
    }
    if candidates.is_empty() {
        return Err(Denial::EndpointNotServed { model: model.name.to_string(), route: call.endpoint.route() });
    }
    if !state.settings().allow_unpriced_models && call.endpoint.needs_price() && !call.endpoint.is_free() {
        candidates.retain(|candidate| candidate.deployment.price.is_some());
        if candidates.is_empty() {
            return Err(Denial::Unpriced { model: model.name.to_string() });
        }
    }
    Ok(Plan { candidates, attempts_left: state.settings().retries.saturating_add(1) })
}

fn serves(deployment: &Deployment, call: &Call, stored_at: Option<&str>) -> bool {
    deployment.provider.serves(call.endpoint)
        && call.provider.is_none_or(|provider| deployment.provider == provider)
        && stored_at.is_none_or(|id| &*deployment.id == id)
}

impl Plan {
    /// Every place the request may go to: what a hold has to cover.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter()
    }

    /// Whether there is somewhere left to try.
    #[must_use]
    pub fn has_another(&self) -> bool {
        self.attempts_left > 0 && self.candidates.iter().any(|candidate| !candidate.tried)
    }

    /// Allows the last target to be tried once more: its connection turned out to have been closed before it was used.
    pub fn allow_again(&mut self, deployment: &Deployment) {
        self.attempts_left += 1;
        for candidate in self.candidates.iter_mut().filter(|candidate| candidate.deployment.id == deployment.id) {
            candidate.tried = false;
        }
    }

    /// The next target, with its own caps held and its own limits taken. Targets that are full are passed over; the
    /// refusal of the last one is the answer when there is no other.
    pub fn next(&mut self, state: &State, hold: &mut Hold, tokens: u64, now: Now) -> Result<Target, Option<Denial>> {
        let mut refusal = None;
        while self.attempts_left > 0 {
            let Some(index) = self.pick(state, now) else { break };
            self.candidates[index].tried = true;
            let Candidate { model, deployment, .. } = self.candidates[index].clone();
            match take(state, &deployment, hold, tokens, now) {
                Ok((accounts, slot)) => {
                    self.attempts_left -= 1;
                    return Ok(Target { model, deployment, accounts, slot });
                }
                Err(denial) => refusal = Some(denial),
            }
        }
        Err(refusal)
    }

    /// The best candidate not yet tried: by fallback, then health, then order, then by lot among equals by weight.
    fn pick(&self, state: &State, now: Now) -> Option<usize> {
        let rank = |candidate: &Candidate| {
            let cooling = state.health.is_cooling(&candidate.deployment.id, now.monotonic);
            (cooling, candidate.fallback, candidate.deployment.order)
        };
        let untried = || self.candidates.iter().enumerate().filter(|(_, candidate)| !candidate.tried);
        if untried().nth(1).is_none() {
            return untried().next().map(|(index, _)| index);
        }
        let best = untried().map(|(_, candidate)| rank(candidate)).min()?;
        let equals: Vec<(usize, u32)> = untried()
            .filter(|(_, candidate)| rank(candidate) == best)
            .map(|(index, candidate)| (index, candidate.deployment.weight))
            .collect();
        draw(&equals)
    }
}

/// Draws one by its weight; among weights of zero, the first.
fn draw(weighted: &[(usize, u32)]) -> Option<usize> {
    let total: u64 = weighted.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut ticket = getrandom::u64().unwrap_or(0) % total.max(1);
    for (index, weight) in weighted {
        match ticket.checked_sub(u64::from(*weight)) {
            Some(rest) if total > 0 => ticket = rest,
            _ => return Some(*index),
        }
    }
    weighted.first().map(|(index, _)| *index)
}

/// Takes a target's own limits and holds on its own caps.
fn take(
    state: &State,
    deployment: &Deployment,
    hold: &mut Hold,
    tokens: u64,
    now: Now,
) -> Result<(Vec<Arc<Account>>, Slot), Denial> {
    let limited = (deployment.limits != Limits::default())
        .then(|| state.limiter.counter(&LimitScope::Deployment(deployment.id.clone())));
    let asks: Vec<Ask<'_>> = limited.iter().map(|counter| Ask { counter, limits: deployment.limits }).collect();
    let slot = state
        .limiter
        .take(&asks, tokens, now.monotonic)
        .map_err(|limited| Denial::RateLimited { limited: Box::new(limited), now: now.wall })?;
    let scopes = [Scope::Provider(deployment.provider_name.clone()), Scope::Deployment(deployment.id.clone())];
    let accounts: Vec<_> =
        scopes.into_iter().filter_map(|scope| state.ledger.account(&AccountId::whole(scope))).collect();
    match hold.extend(&accounts, now) {
        Ok(()) => Ok((accounts, slot)),
        Err(NoHold::JournalDown(_)) => Err(Denial::Unavailable { reason: "its journal cannot be written" }),
        Err(NoHold::Refused(refused)) => {
            let named = format!("Deployment={}", deployment.id);
            Err(Denial::OverBudget { refused, named, status: 429 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_follows_the_weights() {
        let weighted = [(0, 3), (1, 1), (2, 0)];
        let mut drawn = [0_u32; 3];
        for _ in 0..4000 {
            drawn[draw(&weighted).unwrap()] += 1;
        }

        assert!((2700..3300).contains(&drawn[0]), "{drawn:?}");
        assert_eq!(drawn[2], 0);
        assert_eq!(draw(&[(7, 0), (8, 0)]), Some(7));
        assert_eq!(draw(&[]), None);
    }
}

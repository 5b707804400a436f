//! What the outside hears of a request when it has ended: its metrics and its one line in the log.

use std::sync::Arc;
use std::time::Instant;

use crate::clock::Now;
use crate::context::{Admitted, Attempt, Context};
use crate::principal::Principal;
use crate::settle::Settlement;
use crate::state::State;
use crate::state::catalog::Deployment;
use crate::telemetry::{self, AccessLine, DeploymentLabels, DeploymentState, Finished, RequestLabels, Series};

/// Counts and logs a request that has ended with `status` (499: the client hung up before an answer).
pub(crate) fn report(context: &Context, status: u16, now: Now) {
    let settlement = context.settlement.unwrap_or_default();
    let attempt = context.attempt.as_deref();
    match (&context.denial, context.admitted.as_deref()) {
        (Some(denial), admitted) => refused(context, admitted, denial.kind(), status),
        (None, Some(admitted)) => finished(context, admitted, attempt, &settlement, status, now),
        (None, None) => {}
    }
    log(context, attempt, &settlement, status, now);
}

/// Counts a call of a deployment that was given up for another one.
pub(crate) fn attempt_given_up(context: &Context, attempt: &Attempt) {
    let Some(admitted) = context.admitted.as_deref() else { return };
    let deployment = &attempt.target.deployment;
    let series = series(context, Some(&admitted.principal), Some(&admitted.model.name), Some(deployment));
    attempt_ended(context, &series, attempt, Some("upstream_error"));
    context.state.telemetry.gateway().retried(&deployment.provider_name, "upstream_error");
}

fn attempt_ended(context: &Context, series: &Series, attempt: &Attempt, failure: Option<&'static str>) {
    let status = attempt.status.unwrap_or(0);
    context.state.telemetry.attempt_finished(series, &telemetry::Attempt { route: context.route, status, failure });
}

/// Counts a deployment that was sent to cool down.
pub(crate) fn cooled_down(state: &State, deployment: &Deployment, status: u16) {
    let labels = DeploymentLabels {
        model: &deployment.upstream_model,
        model_id: &deployment.id,
        api_base: &deployment.base.host,
        api_provider: &deployment.provider_name,
    };
    state.telemetry.gateway().deployment_cooled_down(&labels, status);
    state.telemetry.gateway().deployment_is(&labels, DeploymentState::Down);
}

fn refused(context: &Context, admitted: Option<&Admitted>, denial_type: &'static str, status: u16) {
    let principal = admitted.map(|admitted| &admitted.principal).or(context.principal.as_ref());
    let series = series(context, principal, context.model.as_deref(), None);
    context.state.telemetry.refused(&series, &telemetry::Refused { route: context.route, status, denial_type });
}

fn finished(
    context: &Context,
    admitted: &Admitted,
    attempt: Option<&Attempt>,
    settlement: &Settlement,
    status: u16,
    now: Now,
) {
    let deployment = attempt.map(|attempt| &*attempt.target.deployment);
    let series = series(context, Some(&admitted.principal), Some(&admitted.model.name), deployment);
    let failure = context.failure.map(|failure| failure.answer().kind);
    if let Some(attempt) = attempt {
        attempt_ended(context, &series, attempt, failure);
    }
    let since = |from: Instant| now.monotonic.saturating_duration_since(from);
    let total = since(context.started.monotonic);
    let upstream = attempt.map(|attempt| since(attempt.started));
    context.state.telemetry.request_finished(
        &series,
        &Finished {
            route: context.route,
            status,
            failure,
            usage: &settlement.usage,
            cost: settlement.cost,
            is_estimated: settlement.is_estimated,
            total,
            upstream,
            time_to_first_token: attempt
                .and_then(|attempt| Some(attempt.first_byte?.saturating_duration_since(attempt.started))),
            overhead: upstream.map(|upstream| total.saturating_sub(upstream)),
        },
    );
    if settlement.is_unbelievable
        && let Some(deployment) = deployment
    {
        context.state.telemetry.gateway().usage_unbelievable(&deployment.provider_name);
    }
}

fn series(
    context: &Context,
    principal: Option<&Principal>,
    model: Option<&str>,
    deployment: Option<&Deployment>,
) -> Arc<Series> {
    let key = principal.and_then(|principal| principal.key.as_ref());
    let key_hash = key.map(|key| key.object.hash.to_string());
    let team = principal.and_then(|principal| principal.team.as_ref());
    let organization = principal.and_then(|principal| principal.organization.as_ref());
    context.state.telemetry.series(&RequestLabels {
        key_hash: key_hash.as_deref(),
        key_alias: key.and_then(|key| key.object.alias.as_deref()),
        team: team.map(|team| team.object.id.as_str()),
        team_alias: team.map(|team| &*team.object.alias),
        user: principal.and_then(|principal| Some(principal.user.as_ref()?.object.id.as_str())),
        user_email: None,
        organization: organization.map(|entry| entry.object.id.as_str()),
        organization_alias: organization.map(|entry| &*entry.object.alias),
        requested_model: model,
        model: deployment.map(|deployment| &*deployment.upstream_model),
        model_id: deployment.map(|deployment| &*deployment.id),
        api_provider: deployment.map(|deployment| &*deployment.provider_name),
        api_base: deployment.map(|deployment| deployment.base.host.as_str()),
    })
}

fn log(context: &Context, attempt: Option<&Attempt>, settlement: &Settlement, status: u16, now: Now) {
    let principal = context.admitted.as_deref().map(|admitted| &admitted.principal).or(context.principal.as_ref());
    let since_start = |at: Instant| at.saturating_duration_since(context.started.monotonic);
    let line = AccessLine {
        request_id: &context.request_id.to_string(),
        route: context.route,
        status,
        model: context.model.as_deref(),
        deployment: attempt.map(|attempt| &*attempt.target.deployment.id),
        key: principal.and_then(|principal| Some(principal.key.as_ref()?.object.hash)),
        team: principal.and_then(|principal| Some(principal.team.as_ref()?.object.id.as_str())),
        usage: settlement.usage,
        cost: settlement.cost,
        duration: since_start(now.monotonic),
        time_to_first_token: attempt.and_then(|attempt| attempt.first_byte).map(since_start),
        denial_type: context
            .denial
            .as_ref()
            .map(|denial| denial.kind())
            .or(context.failure.map(|failure| failure.answer().kind)),
        is_streaming: attempt.and_then(|attempt| attempt.meter.as_ref()).is_some_and(|meter| meter.is_event_stream()),
        is_estimated: settlement.is_estimated,
    };
    context.state.access_log.write(&line, now.monotonic);
}

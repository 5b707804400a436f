//! `/metrics`: with the master key on the gateway's port, or without on a listener of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use filters::clock::{self, Now};
use filters::money::NanoUsd;
use filters::state::State;
use filters::state::ledger::{Account, AccountId, Scope};
use filters::telemetry::{Books, BudgetLine, BudgetOwner};
use http::header;
use pingora::apps::http_app::ServeHttp;
use pingora::protocols::http::ServerSession;
use pingora::services::listening::Service;

use super::caller::Admin;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn metrics(_: Admin, Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], render(&state))
}

/// All metrics. Money and budgets are read from the ledger as it is now.
fn render(state: &State) -> String {
    let now = clock::now();
    let overrun = state.ledger.account(&AccountId::whole(Scope::Overrun));
    let gateway = state.gateway_account.status(now);
    let books = Books {
        holds_open: u64::from(gateway.holds),
        held: gateway.held,
        overrun: overrun.map_or(NanoUsd::ZERO, |account| account.status(now).lifetime),
        journal_lag: Duration::ZERO,
        journal_healthy: state.ledger.journal().is_healthy(),
    };
    state.telemetry.render(&books, budgets(state, now))
}

/// One line for every team, organization, key and user.
fn budgets(state: &State, now: Now) -> Vec<BudgetLine> {
    let identity = state.identity();
    let teams = identity.teams.values().map(|entry| {
        let owner = BudgetOwner::Team { id: entry.object.id.0.clone(), alias: entry.object.alias.clone() };
        line(owner, &entry.account, now)
    });
    let organizations = identity.organizations.values().map(|entry| {
        let owner = BudgetOwner::Organization { id: entry.object.id.0.clone(), alias: entry.object.alias.clone() };
        line(owner, &entry.account, now)
    });
    let keys = identity.keys.values().map(|entry| {
        let hash = entry.object.hash.to_string().into();
        line(BudgetOwner::Key { hash, alias: entry.object.alias.clone() }, &entry.account, now)
    });
    let users = identity
        .users
        .values()
        .map(|entry| line(BudgetOwner::User { id: entry.object.id.0.clone() }, &entry.account, now));
    teams.chain(organizations).chain(keys).chain(users).collect()
}

fn line(owner: BudgetOwner, account: &Account, now: Now) -> BudgetLine {
    let status = account.status(now);
    let resets_in =
        status.resets_at.map(|at| Duration::try_from(at.duration_since(now.wall)).unwrap_or(Duration::ZERO));
    BudgetLine { owner, max: status.cap, spent: status.spent, resets_in }
}

/// A listener that serves nothing but the metrics, to whoever can reach it.
pub(crate) fn listener(state: Arc<State>, address: SocketAddr) -> Service<OpenMetrics> {
    let mut service = Service::new("metrics".into(), OpenMetrics { state });
    service.add_tcp(&address.to_string());
    service
}

/// The metrics without a key.
pub(crate) struct OpenMetrics {
    state: Arc<State>,
}

#[async_trait]
impl ServeHttp for OpenMetrics {
    async fn response(&self, session: &mut ServerSession) -> http::Response<Vec<u8>> {
        let is_metrics = session.req_header().uri.path() == "/metrics";
        let (status, body) = if is_metrics { (200, render(&self.state).into_bytes()) } else { (404, Vec::new()) };
        let response = http::Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::CONTENT_LENGTH, body.len())
            .body(body);
        response.unwrap_or_default()
    }
}

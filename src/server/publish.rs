//! From what the config file means to what requests are decided with.

use std::sync::Arc;

use filters::money::NanoUsd;
use filters::request::authenticate::MASTER_USER;
use filters::state::State;
use filters::state::identity::{Allowance, Declared, Identity, KeyHash, User, UserId};
use filters::state::ledger::{AccountId, Ledger, LedgerEvent, LedgerEvents, LedgerSettings, Scope};
use filters::state::settings::{BodyLimits, OnDisconnect, Settings as RequestSettings};
use filters::telemetry::{Telemetry, TelemetryOptions};

use crate::config::{JournalSync, OnClientDisconnect, Recovery, Resolved, Settings};
use crate::server::{Shared, StartError};
use crate::store::{RecoveryPolicy, Store, StoreSettings, Synchronous};

/// Opens the books and builds everything that requests look at.
pub(super) fn state(resolved: Resolved) -> Result<Shared, StartError> {
    let settings = &resolved.settings;
    let options = TelemetryOptions {
        version: env!("CARGO_PKG_VERSION"),
        idle_key_budgets: settings.budgets.all_key_gauges,
        ..TelemetryOptions::default()
    };
    let telemetry = Arc::new(Telemetry::new(options));
    let ledger = ledger(settings, &telemetry)?;
    let gateway = ledger.open(AccountId::whole(Scope::Gateway), settings.budgets.gateway.clone());
    open_targets(settings, &ledger);
    let identity = Identity::new(with_master_user(resolved.declared), &ledger);
    let mut requests = requests(settings);
    // Blocking one name of a model blocks the model.
    for word in &mut requests.blocked_models {
        if let Some(model) = resolved.catalog.resolve(word) {
            *word = model.name.to_string();
        }
    }
    Ok(Arc::new(State::new(requests, resolved.catalog, identity, ledger, gateway, telemetry)))
}

fn ledger(settings: &Settings, telemetry: &Arc<Telemetry>) -> Result<Arc<Ledger>, StartError> {
    let storage = &settings.storage;
    let store_settings = StoreSettings {
        synchronous: match storage.journal_sync {
            JournalSync::Full => Synchronous::Full,
            JournalSync::Normal => Synchronous::Normal,
        },
        recovery: match storage.recovery {
            Recovery::ChargeHold => RecoveryPolicy::ChargeHold,
            Recovery::Release => RecoveryPolicy::Release,
        },
        ..StoreSettings::default()
    };
    let store = Store::open(&storage.database, store_settings)?;
    let recovered = store.recovered();
    if recovered.requests > 0 {
        tracing::warn!(
            requests = recovered.requests,
            "the last process died with {} requests running: settled by the recovery policy",
            recovered.requests
        );
    }
    let ledger_settings = LedgerSettings {
        time_zone: settings.budgets.time_zone.clone(),
        default_mode: settings.budgets.default_mode,
        events: Arc::new(Observer { telemetry: telemetry.clone() }),
    };
    Ok(store.into_ledger(ledger_settings)?)
}

/// Accounts of providers, deployments and tags: only those with a cap are kept.
fn open_targets(settings: &Settings, ledger: &Ledger) {
    let budgets = &settings.budgets;
    let providers = budgets.providers.iter().map(|(name, budget)| (Scope::Provider(name.clone()), budget));
    let deployments = budgets.deployments.iter().map(|(id, budget)| (Scope::Deployment(id.clone()), budget));
    let tags = budgets.tags.iter().map(|(tag, budget)| (Scope::Tag(tag.clone()), budget));
    for (scope, budget) in providers.chain(deployments).chain(tags) {
        ledger.open(AccountId::whole(scope), budget.clone());
    }
}

/// The master key acts as a user, whose spend is on an account like anyone's.
fn with_master_user(mut declared: Declared) -> Declared {
    let id = UserId::from(MASTER_USER);
    if declared.users.iter().all(|user| user.id != id) {
        declared.users.push(User { id, email: None, organization: None, allowance: Allowance::default() });
    }
    declared
}

/// What requests depend on.
fn requests(settings: &Settings) -> RequestSettings {
    RequestSettings {
        master_key: KeyHash::of(settings.access.master_key.expose()),
        key_header_name: settings.access.key_header_name.clone(),
        body: BodyLimits { bytes_max: settings.server.body_max_bytes, timeout: settings.server.client_timeout },
        on_disconnect: match settings.routing.on_client_disconnect {
            OnClientDisconnect::Abort => OnDisconnect::Abort,
            OnClientDisconnect::Drain => OnDisconnect::Drain,
        },
        allow_unpriced_models: settings.routing.allow_unpriced_models,
        blocked_models: settings.access.blocked_models.clone(),
        gateway_limits: settings.access.gateway_limits,
        retries: settings.routing.retries,
        allowed_fails: settings.routing.allowed_fails,
        cooldown: settings.routing.cooldown,
        budget_exceeded_status: settings.budgets.exceeded_status,
        budget_wait: settings.budgets.wait,
        client_write_timeout: settings.server.client_timeout,
    }
}

/// Tells people what the ledger wants them to hear.
#[derive(Debug)]
struct Observer {
    telemetry: Arc<Telemetry>,
}

impl LedgerEvents for Observer {
    fn observe(&self, event: LedgerEvent<'_>) {
        match event {
            LedgerEvent::Overrun { request, held, cost } => {
                let beyond = NanoUsd(cost.0.saturating_sub(held.0));
                tracing::error!(request.id = %request, "a vendor billed ${beyond} more than the hold of request {request}");
            }
            LedgerEvent::HoldDropped { request, charged } => {
                self.telemetry.gateway().hold_dropped();
                tracing::error!(request.id = %request, "the hold of request {request} was dropped: ${charged} charged");
            }
            LedgerEvent::SoftCapReached { account, spent, soft } => {
                tracing::warn!("{:?} has spent ${spent}, its soft cap is ${soft}", account.scope);
            }
            LedgerEvent::CapPassed { account, spent, cap } => {
                tracing::warn!("{:?} has spent ${spent}, its cap is ${cap}", account.scope);
            }
        }
    }
}

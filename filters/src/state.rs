//! What the steps decide with: in memory, published by the control plane.

pub mod catalog;
pub mod health;
pub mod identity;
pub mod ledger;
pub mod limiter;
pub mod pricing;
pub mod resolver;
pub mod responses;
pub mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};

use crate::clock;
use crate::telemetry::{AccessLog, Telemetry};
use catalog::Catalog;
use health::Health;
use identity::Identity;
use ledger::{Account, Ledger};
use limiter::{Limiter, Sieve, SieveLimits};
use resolver::Resolver;
use responses::ResponseOwners;
use settings::Settings;

/// Everything a request can look at. Read-mostly parts are published whole; balances and counters live on behind them.
#[derive(Debug)]
pub struct State {
    settings: ArcSwap<Settings>,
    catalog: ArcSwap<Catalog>,
    identity: ArcSwap<Identity>,
    pub ledger: Arc<Ledger>,
    /// The account of the whole gateway, on every request.
    pub gateway_account: Arc<Account>,
    pub limiter: Limiter,
    pub sieve: Sieve,
    pub health: Health,
    pub resolver: Resolver,
    pub responses: ResponseOwners,
    pub telemetry: Arc<Telemetry>,
    pub access_log: AccessLog,
    draining: AtomicBool,
}

/// Lines about refused strangers that the log takes in a second.
const STRANGERS_LOGGED_PER_SECOND: u64 = 10;

impl State {
    #[must_use]
    pub fn new(
        settings: Settings,
        catalog: Catalog,
        identity: Identity,
        ledger: Arc<Ledger>,
        gateway_account: Arc<Account>,
        telemetry: Arc<Telemetry>,
    ) -> Self {
        Self {
            settings: ArcSwap::from_pointee(settings),
            catalog: ArcSwap::from_pointee(catalog),
            identity: ArcSwap::from_pointee(identity),
            ledger,
            gateway_account,
            limiter: Limiter::new(clock::instant()),
            sieve: Sieve::new(SieveLimits::default(), clock::instant()),
            health: Health::default(),
            resolver: Resolver::default(),
            responses: ResponseOwners::default(),
            telemetry,
            access_log: AccessLog::new(STRANGERS_LOGGED_PER_SECOND),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on the process is on its way out: it says that it is not ready.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn settings(&self) -> Guard<Arc<Settings>> {
        self.settings.load()
    }

    #[must_use]
    pub fn catalog(&self) -> Guard<Arc<Catalog>> {
        self.catalog.load()
    }

    #[must_use]
    pub fn identity(&self) -> Guard<Arc<Identity>> {
        self.identity.load()
    }

    /// Publishes a new index of callers: it governs the very next request.
    pub fn publish_identity(&self, identity: Identity) {
        self.identity.store(Arc::new(identity));
    }

    /// Publishes new models.
    pub fn publish_catalog(&self, catalog: Catalog) {
        self.catalog.store(Arc::new(catalog));
    }

    /// Publishes new settings.
    pub fn publish_settings(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
    }
}

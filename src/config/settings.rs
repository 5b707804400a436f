//! What the operator chose: every knob of the config file that is not a model, a team, a user or a key.
//!
//! Grouped by the part that reads them, not by the section of the file they are typed in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use filters::state::catalog::{Limits, Secret};
use filters::state::identity::Allowance;
use filters::state::ledger::{Budget, Mode};
use jiff::tz::TimeZone;

/// Every knob.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: Server,
    pub access: Access,
    pub budgets: Budgets,
    pub routing: Routing,
    pub storage: Storage,
}

/// Where the process listens and what it lets in.
#[derive(Clone, Debug)]
pub struct Server {
    /// Plain HTTP.
    pub listen: Vec<SocketAddr>,
    pub tls: Vec<TlsListener>,
    /// A listener of its own for `/metrics`, without a key.
    pub metrics_listen: Option<SocketAddr>,
    /// A listener of its own for the management API, which is then absent from the others.
    pub admin_listen: Option<SocketAddr>,
    pub body_max_bytes: usize,
    /// How long running requests may finish after the signal to stop.
    pub drain_timeout: Duration,
    /// How long a client may take to send its request.
    pub client_timeout: Duration,
    /// Origins whose pages may call the gateway from a browser.
    pub cors_origins: Vec<String>,
    /// `None`: one for each core.
    pub threads: Option<usize>,
}

/// A listener for HTTP/1.1 and h2 over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsListener {
    pub listen: SocketAddr,
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Who gets in, and what those may use who are declared without a word about it.
#[derive(Clone, Debug)]
pub struct Access {
    pub master_key: Secret,
    /// One more header in which a key may be presented, in lower case.
    pub key_header_name: Option<String>,
    /// For keys that set none of their own. Already applied to the declared ones.
    pub default_key_limits: Limits,
    /// The whole gateway's.
    pub gateway_limits: Limits,
    /// For teams, and keys without a team, that name no models. Already applied to the declared ones; empty: all models.
    pub default_models: Vec<String>,
    /// Models that nobody may use, whatever another list says.
    pub blocked_models: Vec<String>,
    /// What a team gets that is created without saying. Not applied to the declared ones, as in LiteLLM.
    pub default_team: Allowance,
}

/// Caps that belong to no team, user or key, and how all caps behave.
#[derive(Clone, Debug)]
pub struct Budgets {
    /// The whole gateway's.
    pub gateway: Budget,
    /// By the provider's name.
    pub providers: BTreeMap<Arc<str>, Budget>,
    /// By the deployment's id.
    pub deployments: BTreeMap<Arc<str>, Budget>,
    pub tags: BTreeMap<Arc<str>, Budget>,
    pub default_mode: Mode,
    /// For calendar windows.
    pub time_zone: TimeZone,
    /// 400, 402, 422 or 429.
    pub exceeded_status: u16,
    /// How long a request waits for the holds of others to come back.
    pub wait: Duration,
    pub on_block: OnBlock,
    /// Whether every key's gauges exist before its first request.
    pub all_key_gauges: bool,
}

/// What happens to a running answer when its key, team or user is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBlock {
    Cut,
    Finish,
}

/// How vendors are called, and when another is tried.
#[derive(Clone, Debug)]
pub struct Routing {
    pub on_client_disconnect: OnClientDisconnect,
    pub allow_unpriced_models: bool,
    /// Further attempts after the first.
    pub retries: u32,
    /// Failures in a minute that a deployment may have before it cools down.
    pub allowed_fails: u32,
    pub cooldown: Duration,
    /// For deployments that set none of their own. Already applied to the declared ones.
    pub vendor_timeout: Duration,
}

/// What happens upstream when the client hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnClientDisconnect {
    /// The vendor is cut, what passed is charged.
    Abort,
    /// The answer is read on within a cap, and what is reported is charged.
    Drain,
}

/// Where the books are, and how hard they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The SQLite file, relative to the working directory.
    pub database: PathBuf,
    pub journal_sync: JournalSync,
    pub recovery: Recovery,
}

/// When a journal entry counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalSync {
    /// On the disk: survives a power cut.
    Full,
    /// With the operating system: survives a crash of the process.
    Normal,
}

/// What becomes of a hold whose process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    ChargeHold,
    Release,
}

//! The operator's choices that requests depend on.

use std::time::Duration;

use crate::state::catalog::Limits;
use crate::state::identity::KeyHash;

/// How large a request body may be, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    pub bytes_max: usize,
    pub timeout: Duration,
}

/// What happens to the vendor's answer when the client hangs up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDisconnect {
    /// The vendor is cut off; what passed is charged.
    #[default]
    Abort,
    /// The answer is read to its end, so that the usage it reports is charged.
    Drain,
}

/// The operator's choices, published whole.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The digest of the master key: the key itself is not kept.
    pub master_key: KeyHash,
    /// One more header in which a key may be presented, in lower case.
    pub key_header_name: Option<String>,
    pub body: BodyLimits,
    pub on_disconnect: OnDisconnect,
    pub allow_unpriced_models: bool,
    /// Models that nobody may use, whatever other lists say.
    pub blocked_models: Vec<String>,
    /// Limits of the whole gateway.
    pub gateway_limits: Limits,
    /// Further attempts after the first.
    pub retries: u32,
    /// Failures in a minute that a deployment may have before it cools down.
    pub allowed_fails: u32,
    pub cooldown: Duration,
    /// 400, 402, 422 or 429.
    pub budget_exceeded_status: u16,
    /// How long a request waits for the holds of others to come back.
    pub budget_wait: Duration,
    /// How long a client may stall while it is being answered.
    pub client_write_timeout: Duration,
}

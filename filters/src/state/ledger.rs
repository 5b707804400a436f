//! The ledger: accounts, holds and charges. The only module where money moves.
//!
//! SKELETON: interface only; the ledger's author replaces the bodies.

use std::sync::Arc;

use jiff::Timestamp;

use crate::money::NanoUsd;
use crate::state::identity::{KeyHash, OrganizationId, TeamId, UserId};
use crate::usage::Usage;

/// Whose money it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole gateway.
    Gateway,
    /// What vendors billed beyond a strict hold: an alarm, never a cap.
    Overrun,
    Organization(OrganizationId),
    Team(TeamId),
    Member(TeamId, UserId),
    User(UserId),
    Key(KeyHash),
    Tag(Arc<str>),
    Provider(Arc<str>),
    Deployment(Arc<str>),
}

/// One account: a scope's whole spend, or its spend on one model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    pub scope: Scope,
    pub model: Option<Arc<str>>,
}

impl AccountId {
    #[must_use]
    pub fn whole(scope: Scope) -> Self {
        Self { scope, model: None }
    }

    #[must_use]
    pub fn for_model(scope: Scope, model: &str) -> Self {
        Self { scope, model: Some(Arc::from(model)) }
    }
}

/// How a cap is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The hold is a proven upper bound: no charge ever takes the account past its cap.
    #[default]
    Strict,
    /// Admitted while spent + held < cap, the hold being an estimate: the last request may overshoot.
    Standard,
    /// Warns only.
    Soft,
}

/// How long a cap lasts before spend starts again from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Fixed lengths in seconds, one after another from `since`.
    Every { seconds: i64, since: Timestamp },
    Day,
    Week,
    Month,
    Year,
}

/// What an account may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// `None`: no cap. Zero: nothing at all.
    pub max: Option<NanoUsd>,
    pub soft: Option<NanoUsd>,
    /// `None`: the cap is for ever.
    pub window: Option<Window>,
    /// `None`: the ledger's own default.
    pub mode: Option<Mode>,
}

/// An account's balance, its cap and the window it is in.
#[derive(Debug)]
pub struct Account {
    id: AccountId,
}

impl Account {
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.id
    }
}

/// The ledger. See the design for the whole interface.
#[derive(Debug)]
pub struct Ledger {}

impl Ledger {
    /// The account, opened if it is new; its budget becomes `budget`, its balance stays.
    pub fn open(&self, _id: AccountId, _budget: Budget) -> Arc<Account> {
        unimplemented!()
    }
}

/// What the journal keeps about a charge besides the money.
#[derive(Clone, Debug, Default)]
pub struct Skeleton {
    pub usage: Usage,
}

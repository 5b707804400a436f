//! What a charge is remembered by besides the money: who asked, for what, and how it went.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::state::identity::{KeyHash, OrganizationId, TeamId, UserId};
use crate::usage::Usage;

/// Identifies one request for ever: the key under which it is charged exactly once. Prints as a UUID.
///
/// Always made here, never taken from a client, who could otherwise make two requests pass for one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u128);

impl RequestId {
    /// A fresh id. Its first 48 bits are the time (UUID version 7), so that the journal's rows lie in the order in which
    /// they came.
    #[must_use]
    pub fn generate(now: Timestamp) -> Self {
        let milliseconds = u128::from(now.as_millisecond().unsigned_abs()) << 80;
        let random = random() & !(u128::MAX << 80);
        let version_and_variant = (0x7 << 76) | (0b10 << 62);
        let kept = !((0xf << 76) | (0b11 << 62));
        Self(milliseconds | (random & kept) | version_and_variant)
    }
}

/// How many ids are made of one call of the operating system.
const POOL: usize = 64;

/// A random number, out of a pool of the thread's own: a system call for each request would be seen in a profile.
fn random() -> u128 {
    thread_local! {
        static LEFT: RefCell<Vec<u128>> = const { RefCell::new(Vec::new()) };
    }
    LEFT.with_borrow_mut(|left| {
        if left.is_empty() {
            let mut bytes = [0; POOL * 16];
            getrandom::fill(&mut bytes).expect("the operating system has random numbers");
            left.extend(bytes.as_chunks().0.iter().map(|chunk| u128::from_le_bytes(*chunk)));
        }
        left.pop().expect("the pool was just filled")
    })
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            id >> 96,
            (id >> 80) & 0xffff,
            (id >> 64) & 0xffff,
            (id >> 48) & 0xffff,
            id & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

/// Who asked and what for: known when the hold is taken, the same for every attempt, so it is shared and not copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    pub key: Option<KeyHash>,
    pub key_alias: Option<Arc<str>>,
    pub team: Option<TeamId>,
    pub user: Option<UserId>,
    pub organization: Option<OrganizationId>,
    /// The public name that was asked for, aliases resolved.
    pub model: Arc<str>,
    /// The endpoint's name, as in metrics.
    pub route: &'static str,
    pub tags: Vec<Arc<str>>,
    /// The price that the bound was worked out with, so that a hold charged after a crash can be explained.
    pub price_version: Option<Arc<str>>,
}

/// Who served an attempt, and at which price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub provider: Arc<str>,
    pub deployment: Arc<str>,
    pub upstream_model: Arc<str>,
    pub price_version: Option<Arc<str>>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    #[default]
    Completed,
    /// The client hung up.
    ClientGone,
    /// The vendor failed or broke off, and billed all the same.
    UpstreamFailed,
    /// We ended the stream.
    Cut,
    /// The hold was dropped: a fault of ours, charged in full.
    Abandoned,
    /// The process died while it ran.
    Recovered,
}

impl Outcome {
    /// Its name in the spend log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::ClientGone => "client_gone",
            Self::UpstreamFailed => "upstream_failed",
            Self::Cut => "cut",
            Self::Abandoned => "abandoned",
            Self::Recovered => "recovered",
        }
    }
}

/// What an auditor should know about a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Counted by us, for want of the vendor's own figure.
    pub is_estimated: bool,
    /// The vendor reported something that cannot be.
    pub is_unbelievable: bool,
    /// The vendor billed more than a strict hold; the rest is on the overrun account. Set by the ledger.
    pub is_overrun: bool,
    /// Charged after a crash, by the recovery policy. Set by the journal.
    pub is_recovered: bool,
    pub is_streaming: bool,
}

/// One billed attempt, or a free one: what goes into the spend log beside its cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChargeRecord {
    pub usage: Usage,
    pub outcome: Outcome,
    pub flags: Flags,
    pub target: Option<Arc<Target>>,
    /// The HTTP status the client saw; 0 where it saw none.
    pub status: u16,
    /// From admission to the end.
    pub duration_ms: u64,
    /// From admission to the first byte of the answer.
    pub first_byte_ms: Option<u64>,
}

//! What the ledger wants people to hear of. It says so here and knows nothing of logs or metrics.

use std::fmt::Debug;

use crate::money::NanoUsd;
use crate::state::ledger::{AccountId, RequestId};

/// Something that happened to money and that a person may want to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerEvent<'a> {
    /// A vendor billed more than a strict hold. An alarm: either the vendor lies or our bound is wrong.
    Overrun { request: RequestId, held: NanoUsd, cost: NanoUsd },
    /// A charge took an account to its soft cap or past it. Once per crossing.
    SoftCapReached { account: &'a AccountId, spent: NanoUsd, soft: NanoUsd },
    /// A charge took an account past its cap, which only `standard` and `soft` allow. Once per crossing.
    CapPassed { account: &'a AccountId, spent: NanoUsd, cap: NanoUsd },
    /// A hold was dropped without being charged or released: a fault of ours. What it held was charged.
    HoldDropped { request: RequestId, charged: NanoUsd },
}

/// Hears of ledger events, on the request's own thread and outside every lock: it must not block.
pub trait LedgerEvents: Debug + Send + Sync {
    fn observe(&self, event: LedgerEvent<'_>);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl LedgerEvents for Unobserved {
    fn observe(&self, _event: LedgerEvent<'_>) {}
}

//! What the steps decide with: in memory, published by the control plane.

pub mod catalog;
pub mod identity;
pub mod ledger;
pub mod limiter;
pub mod pricing;

//! One test binary: the modules are the areas.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod conf;
mod demo;
mod ledger;
mod readme;
mod tidy;
mod usage;

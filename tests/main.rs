//! One test binary: the modules are the areas.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod clients;
mod conf;
mod demo;
mod fixtures;
mod ledger;
mod proxy;
mod readme;
mod tidy;
mod usage;

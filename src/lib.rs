//! Tollkeeper: the process and the control plane around the data plane in `filters`.

pub mod config;
pub mod demo;
pub mod store;
pub mod telemetry;

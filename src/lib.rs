//! Tollkeeper: the process and the control plane around the data plane in `filters`.

pub mod cli;
pub mod config;
pub mod demo;
pub mod store;

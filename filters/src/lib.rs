//! Tollkeeper's data plane: what happens to a request, step by step.

pub mod clock;
pub mod endpoint;
pub mod money;
pub mod state;
pub mod telemetry;
pub mod usage;

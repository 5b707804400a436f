//! Tollkeeper's data plane: what happens to a request, step by step.
//!
//! | step | file | does |
//! |---|---|---|
//! | 1 accept | [`request::accept`] | which endpoint, which dialect; or the local service's? |
//! | 2 authenticate | [`request::authenticate`] | key → principal, before the body is read |
//! | 3 body | [`request::body`] | whole, bounded, read once |
//! | 4 model_access | [`request::model_access`] | name → model; may they use it? |
//! | 5 rate_limit | [`request::rate_limit`] | requests, tokens, parallel requests |
//! | 6 reserve | [`request::reserve`] | hold what it can cost, on every budget or on none |
//! | 7 route | [`request::route`] | which deployment; asked again when one fails |
//! | 8 upstream | [`request::upstream`] | the request as the vendor sees it |
//! | 9 head | [`response::head`] | headers in and out, by allow-list |
//! | 10 meter | [`response::meter`] | count what passes |
//! | 11 settle | [`settle`] | hold → charge |
//!
//! Steps 1 to 6 run in [`Gateway::admit`], which gives [`context::Admitted`] or a [`denial::Denial`]; what comes later
//! takes the former, so it cannot run for a request that was turned away.

pub mod answer;
pub mod clock;
pub mod context;
pub mod denial;
pub mod endpoint;
pub mod failure;
mod gateway;
pub mod local;
mod media_type;
pub mod money;
pub mod principal;
mod proxy;
mod report;
pub mod request;
pub mod response;
pub mod settle;
pub mod state;
pub mod telemetry;
pub mod usage;

pub use gateway::Gateway;

//! What one request carries from phase to phase.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use pingora::protocols::l4::socket::SocketAddr;

use crate::clock::{self, Now};
use crate::denial::Denial;
use crate::endpoint::{Dialect, Endpoint};
use crate::failure::Failure;
use crate::principal::Principal;
use crate::request::accept::Call;
use crate::request::body::Body;
use crate::request::body::replay::{LateHeaders, ReplayHandle};
use crate::request::route::{Plan, Target};
use crate::response::meter::Meter;
use crate::settle::{self, Settlement};
use crate::state::State;
use crate::state::catalog::Model;
use crate::state::ledger::{Hold, Outcome, RequestId};
use crate::state::limiter::Slot;
use crate::telemetry::InFlight;

/// The proof that steps 1 to 6 were passed. Every later phase takes it, so none can run for a request that was not.
#[derive(Debug)]
pub struct Admitted {
    pub call: Call,
    pub principal: Principal,
    /// The model that was asked for, aliases resolved.
    pub model: Arc<Model>,
    pub body: Body,
    pub plan: Plan,
    /// What the limits of tokens have reserved for it.
    pub expected_tokens: u64,
    pub slot: Slot,
    /// `None` once it is charged or released.
    pub hold: Option<Hold>,
}

impl Admitted {
    /// Whether the caller asked for a stream: in the body, or by the endpoint.
    #[must_use]
    pub fn asks_for_stream(&self) -> bool {
        self.body.facts.stream || self.call.endpoint == Endpoint::StreamGenerateContent
    }
}

/// The attempt that is running: which target, and what has come from it.
#[derive(Debug)]
pub struct Attempt {
    pub target: Target,
    pub started: Instant,
    /// Whether `stream_options.include_usage` was added for us, so that its chunk is not for the client.
    pub usage_injected: bool,
    /// Whether the request is on its way to the vendor.
    pub is_sent: bool,
    /// The status the vendor answered with.
    pub status: Option<u16>,
    pub first_byte: Option<Instant>,
    /// Follows the answer. `None` before its head.
    pub meter: Option<Meter>,
}

/// One request, from its first byte to its log line.
#[derive(Debug)]
pub struct Context {
    pub state: Arc<State>,
    pub request_id: RequestId,
    pub started: Now,
    pub dialect: Dialect,
    pub route: &'static str,
    pub client: Option<IpAddr>,
    /// Who asks, as soon as it is known; for the metrics of refusals.
    pub principal: Option<Principal>,
    /// The public name of the model, as soon as it is known to exist.
    pub model: Option<Arc<str>>,
    pub admitted: Option<Box<Admitted>>,
    pub attempt: Option<Box<Attempt>>,
    pub late_headers: LateHeaders,
    pub replay: Option<ReplayHandle>,
    /// Why it was turned away, or broke, for the log line and the client.
    pub denial: Option<Denial>,
    pub failure: Option<Failure>,
    pub settlement: Option<Settlement>,
    pub in_flight: Option<InFlight>,
}

impl Context {
    #[must_use]
    pub fn new(state: Arc<State>, started: Now) -> Self {
        Self {
            request_id: RequestId::generate(started.wall),
            state,
            started,
            dialect: Dialect::OpenAi,
            route: "other",
            client: None,
            principal: None,
            model: None,
            admitted: None,
            attempt: None,
            late_headers: LateHeaders::default(),
            replay: None,
            denial: None,
            failure: None,
            settlement: None,
            in_flight: None,
        }
    }

    /// Whether the answer has begun, so that no other attempt may be made.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.meter.is_some())
    }
}

/// The address a client calls from.
#[must_use]
pub fn client_ip(address: Option<&SocketAddr>) -> Option<IpAddr> {
    address.and_then(SocketAddr::as_inet).map(std::net::SocketAddr::ip)
}

impl Drop for Context {
    /// A request that ends without its last phase (a panic, a runtime that is shut down) is settled all the same: an answer
    /// on what passed of it; an attempt that nobody answered yet by the hold itself, which charges what it holds; and one
    /// that was never made, not at all.
    fn drop(&mut self) {
        let is_unanswered = self.attempt.as_ref().is_some_and(|attempt| attempt.status.is_none());
        if !is_unanswered {
            settle::settle(self, Outcome::Abandoned, clock::now());
        }
    }
}

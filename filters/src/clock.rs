//! The only place that asks the time; everything else is handed it.

#![expect(clippy::disallowed_methods, reason = "this is where the time comes from")]

use std::time::Instant;

use jiff::Timestamp;

/// One reading of both clocks: wall time for windows and expiry, monotonic time for limits and latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub wall: Timestamp,
    pub monotonic: Instant,
}

/// Reads both clocks.
pub fn now() -> Now {
    Now { wall: Timestamp::now(), monotonic: Instant::now() }
}

/// Reads the monotonic clock alone, for latencies.
pub fn instant() -> Instant {
    Instant::now()
}

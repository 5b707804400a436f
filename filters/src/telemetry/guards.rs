//! What is going on right now: gauges that go down by themselves, however a request ends.

use prometheus::IntGauge;

/// A request in flight.
#[derive(Debug)]
pub struct InFlight(IntGauge);

/// Bytes of a request's body that are in memory.
#[derive(Debug)]
pub struct Buffered {
    gauge: IntGauge,
    bytes: i64,
}

impl InFlight {
    pub(super) fn new(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Buffered {
    pub(super) const fn new(gauge: IntGauge) -> Self {
        Self { gauge, bytes: 0 }
    }

    /// Adds what has just arrived.
    pub fn grow(&mut self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.gauge.add(bytes);
    }
}

impl Drop for Buffered {
    fn drop(&mut self) {
        self.gauge.sub(self.bytes);
    }
}

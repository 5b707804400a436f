//! The ledger's and the journal's own numbers, read when somebody scrapes.

use std::fmt::Display;
use std::time::Duration;

use crate::money::NanoUsd;
use crate::telemetry::exposition::{self, Kind};

/// The state of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// How many requests have money on hold.
    pub holds_open: u64,
    pub held: NanoUsd,
    /// What vendors billed beyond strict holds, since the books were opened.
    pub overrun: NanoUsd,
    /// How long the oldest entry has been waiting to be on disk.
    pub journal_lag: Duration,
    /// Whether the journal can write. If not, nothing is sent to any vendor.
    pub journal_healthy: bool,
}

impl Books {
    pub(super) fn render(&self, text: &mut String, overflowed: u64) {
        let mut put = |name: &str, kind, help: &str, value: &dyn Display| {
            exposition::family(text, name, kind, help);
            exposition::sample(text, name, "", value);
        };
        put("tollkeeper_holds_open", Kind::Gauge, "Requests that have money on hold.", &self.holds_open);
        put("tollkeeper_held_usd", Kind::Gauge, "Dollars on hold.", &self.held);
        put("tollkeeper_overrun_usd_total", Kind::Counter, "Dollars billed beyond strict holds.", &self.overrun);
        let lag_seconds = self.journal_lag.as_secs_f64();
        put("tollkeeper_journal_lag_seconds", Kind::Gauge, "Age of the oldest entry not yet on disk.", &lag_seconds);
        let healthy = u8::from(self.journal_healthy);
        put("tollkeeper_journal_healthy", Kind::Gauge, "1 while the journal can write, else 0.", &healthy);
        let help = "Requests counted under labels that all say other, because there were too many combinations.";
        put("tollkeeper_metric_series_overflowed_total", Kind::Counter, help, &overflowed);
    }
}

//! Is this address guessing keys? Counts failed authentications by source, in fixed memory.
//!
//! A count-min sketch: whoever shares all its cells with others is counted too high, never too low. Good enough to slow
//! guessing down. Ask it only about those whose key was not recognised: then an attacker cannot lock out a colleague
//! behind the same address who has a right one.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pingora_limits::estimator::Estimator;

/// Independent rows and cells of the sketch: 32 KiB, and with a thousand guessing addresses at once still near exact.
const ROWS: usize = 4;
const CELLS: usize = 1024;

/// How many failures are taken for mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SieveLimits {
    pub failures_max: u64,
    /// The same for loopback, where a reverse proxy or a developer sits: generous, but not open.
    pub loopback_failures_max: u64,
    /// Failures are forgotten at the end of each interval, wherever in it they happened.
    pub interval: Duration,
}

impl Default for SieveLimits {
    fn default() -> Self {
        Self { failures_max: 60, loopback_failures_max: 1_000, interval: Duration::from_secs(10) }
    }
}

/// Failed authentications by source address.
pub struct Sieve {
    limits: SieveLimits,
    epoch: Instant,
    /// Which interval since the epoch the sketch counts.
    interval: AtomicU64,
    failures: Estimator,
}

impl Sieve {
    /// An empty sieve; `epoch` is any instant before the first failure.
    #[must_use]
    pub fn new(limits: SieveLimits, epoch: Instant) -> Self {
        Self { limits, epoch, interval: AtomicU64::new(0), failures: Estimator::new(ROWS, CELLS) }
    }

    /// Counts a failed authentication.
    pub fn note_failure(&self, address: IpAddr, now: Instant) {
        self.begin_interval(now);
        self.failures.incr(source(address), 1);
    }

    /// Whether so many have failed from there in this interval that the next one is told to wait (429) instead of what
    /// was wrong with its key.
    #[must_use]
    pub fn too_many_failures(&self, address: IpAddr, now: Instant) -> bool {
        self.begin_interval(now);
        let max = if is_loopback(address) { self.limits.loopback_failures_max } else { self.limits.failures_max };
        // A sketch cell cannot be negative: it is only ever raised or reset.
        u64::try_from(self.failures.get(source(address))).unwrap_or(0) >= max
    }

    /// How long until the interval ends, for `retry-after`.
    #[must_use]
    pub fn resets_in(&self, now: Instant) -> Duration {
        let into = now.saturating_duration_since(self.epoch).as_nanos() % self.length_nanos();
        Duration::from_nanos(u64::try_from(self.length_nanos() - into).unwrap_or(u64::MAX))
    }

    fn begin_interval(&self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.epoch).as_nanos();
        let interval = u64::try_from(elapsed / self.length_nanos()).unwrap_or(u64::MAX);
        // Whoever moves the number on clears the sketch. A failure noted in between may be lost: it is one.
        if self.interval.fetch_max(interval, Ordering::AcqRel) < interval {
            self.failures.reset();
        }
    }

    fn length_nanos(&self) -> u128 {
        self.limits.interval.as_nanos().max(1)
    }
}

impl std::fmt::Debug for Sieve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sieve").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Who is behind an address: an IPv6 customer has at least a /64 to guess from, so the rest of it says nothing.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn sieve(failures_max: u64) -> (Sieve, Instant) {
        let start = crate::clock::instant();
        (Sieve::new(SieveLimits { failures_max, ..SieveLimits::default() }, start), start)
    }

    fn fail(sieve: &Sieve, address: IpAddr, times: u64, now: Instant) {
        (0..times).for_each(|_| sieve.note_failure(address, now));
    }

    #[test]
    fn an_address_is_stopped_at_the_limit_and_not_one_before() {
        let (sieve, now) = sieve(60);

        fail(&sieve, STRANGER, 59, now);
        assert!(!sieve.too_many_failures(STRANGER, now));
        fail(&sieve, STRANGER, 1, now);
        assert!(sieve.too_many_failures(STRANGER, now));
    }

    #[test]
    fn a_limit_of_zero_stops_everyone() {
        let (sieve, now) = sieve(0);

        assert!(sieve.too_many_failures(STRANGER, now));
    }

    #[test]
    fn others_are_not_stopped() {
        let (sieve, now) = sieve(60);

        fail(&sieve, STRANGER, 10_000, now);

        assert!(!sieve.too_many_failures("192.0.2.8".parse().unwrap(), now));
    }

    #[test]
    fn an_address_is_forgiven_when_the_interval_ends() {
        let (sieve, start) = sieve(60);
        let at = |ms| start + Duration::from_millis(ms);

        fail(&sieve, STRANGER, 60, at(4_000));

        assert!(sieve.too_many_failures(STRANGER, at(9_999)));
        assert_eq!(sieve.resets_in(at(9_000)), Duration::from_secs(1));
        assert!(!sieve.too_many_failures(STRANGER, at(10_000)));
    }

    #[test]
    fn a_whole_ipv6_network_is_one_source() {
        let (sieve, now) = sieve(60);
        let neighbour = |host: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host));

        (0..60).for_each(|host| sieve.note_failure(neighbour(host), now));

        assert!(sieve.too_many_failures(neighbour(999), now));
        assert!(!sieve.too_many_failures("2001:db8:0:2::1".parse().unwrap(), now));
    }

    #[test]
    fn loopback_is_granted_more_in_all_its_spellings() {
        let (sieve, now) = sieve(60);

        for loopback in ["127.0.0.1", "::1"].map(|address| address.parse().unwrap()) {
            fail(&sieve, loopback, 999, now);
            assert!(!sieve.too_many_failures(loopback, now));
            fail(&sieve, loopback, 1, now);
            assert!(sieve.too_many_failures(loopback, now));
        }
        assert!(sieve.too_many_failures("::ffff:127.0.0.1".parse().unwrap(), now));
    }
}

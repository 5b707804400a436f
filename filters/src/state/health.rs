//! Which deployments are cooling down: a deployment that keeps failing is passed over for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures older than this are forgotten.
const FAILURE_MEMORY: Duration = Duration::from_secs(60);

/// More failures than this in a minute are not counted apart.
const FAILURES_MAX: usize = 64;

/// What is known about deployments from the traffic itself; no vendor is probed.
#[derive(Debug, Default)]
pub struct Health {
    // A plain mutex: touched on failures, and read once per attempt of models that have any.
    deployments: Mutex<HashMap<Arc<str>, Record>>,
}

#[derive(Debug, Default)]
struct Record {
    failures: VecDeque<Instant>,
    cooling_until: Option<Instant>,
}

impl Health {
    /// Notes that a deployment failed; cools it down once it has failed more than `allowed_fails` times in a minute.
    /// Whether it began to cool down just now.
    pub fn failed(&self, deployment: &Arc<str>, allowed_fails: u32, cooldown: Duration, now: Instant) -> bool {
        let mut deployments = self.deployments.lock().unwrap_or_else(PoisonError::into_inner);
        let record = deployments.entry(deployment.clone()).or_default();
        record.failures.retain(|at| now.duration_since(*at) < FAILURE_MEMORY);
        if record.failures.len() == FAILURES_MAX {
            record.failures.pop_front();
        }
        record.failures.push_back(now);
        if record.failures.len() <= allowed_fails as usize {
            return false;
        }
        record.failures.clear();
        record.cooling_until = now.checked_add(cooldown);
        true
    }

    /// Notes that a deployment works again: what it failed before does not count towards the next cool-down.
    pub fn succeeded(&self, deployment: &str) {
        let mut deployments = self.deployments.lock().unwrap_or_else(PoisonError::into_inner);
        if !deployments.is_empty() {
            deployments.remove(deployment);
        }
    }

    #[must_use]
    pub fn is_cooling(&self, deployment: &str, now: Instant) -> bool {
        let deployments = self.deployments.lock().unwrap_or_else(PoisonError::into_inner);
        deployments.get(deployment).and_then(|record| record.cooling_until).is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_cools_down_after_one_failure_too_many_and_comes_back() {
        let (health, id, start) = (Health::default(), Arc::<str>::from("d"), crate::clock::instant());
        let cooldown = Duration::from_secs(5);

        assert!(!health.failed(&id, 2, cooldown, start));
        assert!(!health.failed(&id, 2, cooldown, start));
        assert!(!health.is_cooling("d", start));
        assert!(health.failed(&id, 2, cooldown, start));

        assert!(health.is_cooling("d", start + Duration::from_secs(4)));
        assert!(!health.is_cooling("d", start + cooldown));
        assert!(!health.is_cooling("other", start));
    }

    #[test]
    fn failures_that_are_far_apart_or_followed_by_success_do_not_add_up() {
        let (health, id, start) = (Health::default(), Arc::<str>::from("d"), crate::clock::instant());
        let minute = Duration::from_secs(60);

        assert!(!health.failed(&id, 1, minute, start));
        assert!(!health.failed(&id, 1, minute, start + minute));
        health.succeeded("d");
        assert!(!health.failed(&id, 1, minute, start + minute));
    }
}

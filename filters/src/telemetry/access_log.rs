//! One line for every request that has ended: who asked for what, how it ended, what it cost.
//!
//! Never in it: keys, prompts, completions, e-mail addresses. A flood of 401s writes a few lines a second and how many
//! more there were, so that guessing keys does not fill the disk.

mod flood;

use std::time::{Duration, Instant};

use tracing::info;

use crate::money::NanoUsd;
use crate::state::identity::KeyHash;
use crate::usage::Usage;

use self::flood::Flood;

/// How many hex digits of a key's hash name it: enough to find it by, too few to take it for the whole hash.
const KEY_ID_DIGITS: usize = 12;

/// What a line says.
#[derive(Clone, Copy, Debug)]
pub struct AccessLine<'a> {
    pub request_id: &'a str,
    pub route: &'static str,
    pub status: u16,
    /// The model that was asked for, if it is configured.
    pub model: Option<&'a str>,
    /// The deployment's id.
    pub deployment: Option<&'a str>,
    pub key: Option<KeyHash>,
    /// The team's id.
    pub team: Option<&'a str>,
    pub usage: Usage,
    pub cost: NanoUsd,
    pub duration: Duration,
    pub time_to_first_token: Option<Duration>,
    /// The error's `type`, if it was refused or failed.
    pub denial_type: Option<&'static str>,
    pub is_streaming: bool,
    /// Whether the usage was estimated because the vendor reported none.
    pub is_estimated: bool,
}

/// Writes the lines, as `tracing` events with the target `access`.
#[derive(Debug)]
pub struct AccessLog {
    strangers: Flood,
}

impl AccessLog {
    /// A log that writes at most so many 401s a second.
    #[must_use]
    pub const fn new(strangers_per_second_max: u64) -> Self {
        Self { strangers: Flood::new(strangers_per_second_max) }
    }

    /// Writes the line of a request that has ended, unless it is one of too many strangers.
    pub fn write(&self, line: &AccessLine<'_>, now: Instant) {
        if line.status != 401 {
            return line.write();
        }
        let verdict = self.strangers.next(now);
        if let Some(left_out) = verdict.left_out {
            info!(target: "access", status = 401, requests.left_out = left_out, "left out {left_out} more answered 401");
        }
        if verdict.is_written {
            line.write();
        }
    }
}

impl AccessLine<'_> {
    fn write(&self) {
        let key_id = self.key.map(|hash| hash.to_string());
        let usage = &self.usage;
        let duration_ms = millis(self.duration);
        info!(
            target: "access",
            {
            request.id = self.request_id,
            route = self.route,
            status = self.status,
            model = self.model,
            deployment = self.deployment,
            key.id = key_id.as_deref().and_then(|id| id.get(..KEY_ID_DIGITS)),
            team = self.team,
            input_tokens = usage.prompt_tokens(),
            cache_read_tokens = usage.cache_read_tokens,
            output_tokens = usage.output_tokens,
            cost.usd = %self.cost,
            duration_ms,
            ttft_ms = self.time_to_first_token.map(millis),
            denial = self.denial_type,
            stream = self.is_streaming,
            estimated = self.is_estimated,
            },
            "{} answered {}", self.route, self.status
        );
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

//! A refusal of the limiter, with everything a client needs to know when to come back.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::state::limiter::LimitScope;

/// The longest `retry-after` we send: some SDKs sleep through whatever they are told.
const RETRY_AFTER_SECONDS_MAX: u64 = 60;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Requests in any minute.
    Requests,
    /// Tokens in any minute.
    Tokens,
    /// Requests that run at the same time.
    Parallel,
}

/// A limit that a request does not fit in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} limit {limit} of {} {scope} has {remaining} left, the request needs {needs}", scope.label())]
pub struct Limited {
    pub scope: LimitScope,
    pub kind: LimitKind,
    pub limit: u64,
    pub remaining: u64,
    /// What this request would have taken: tokens, or one.
    pub needs: u64,
    /// When it would fit if nobody else came; `None` if it never can, because it needs more than the whole limit.
    pub resets_in: Option<Duration>,
}

impl Limited {
    /// Whether no wait can cure it: the request alone is larger than the limit, or the limit is zero.
    #[must_use]
    pub const fn never_fits(&self) -> bool {
        self.resets_in.is_none()
    }

    /// Whole seconds for `retry-after`, rounded up so that a client that obeys is not refused again; `None` if a retry
    /// is pointless.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let left = self.resets_in?;
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Some(seconds.clamp(1, RETRY_AFTER_SECONDS_MAX))
    }

    /// The text for the client, worded as LiteLLM's.
    #[must_use]
    pub fn message(&self, wall: Timestamp) -> String {
        let Self { scope, kind, limit, remaining, needs, .. } = self;
        let about = format!("Rate limit exceeded for {}: {scope}. Limit type: {kind}.", scope.label());
        let Some(left) = self.resets_in else {
            return format!("{about} Current limit: {limit}. This request needs {needs}: it can never pass.");
        };
        let reset = reset_time(wall, left).strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("{about} Current limit: {limit}, Remaining: {remaining}. Limit resets at: {reset}")
    }

    /// Whether waiting out `other` still leaves one waiting for this one.
    pub(super) fn outlasts(&self, other: &Self) -> bool {
        // `None` is for ever, and `Option` would sort it first.
        let wait = |limited: &Self| limited.resets_in.unwrap_or(Duration::MAX);
        wait(self) > wait(other)
    }
}

/// The second by which it will have reset, so rounded up.
fn reset_time(wall: Timestamp, left: Duration) -> Timestamp {
    let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX);
    let reset = wall.checked_add(left).unwrap_or(Timestamp::MAX);
    let part = i64::from(reset.subsec_nanosecond() > 0);
    Timestamp::from_second(reset.as_second() + part).unwrap_or(Timestamp::MAX)
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Parallel => "max_parallel_requests",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(resets_in: Option<Duration>) -> Limited {
        let scope = LimitScope::Team("red".into());
        Limited { scope, kind: LimitKind::Tokens, limit: 100, remaining: 3, needs: 500, resets_in }
    }

    #[test]
    fn retry_after_is_the_seconds_really_left_rounded_up() {
        for (ms, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60), (60_001, 60)] {
            assert_eq!(limited(Some(Duration::from_millis(ms))).retry_after_seconds(), Some(seconds), "{ms} ms");
        }
        assert_eq!(limited(None).retry_after_seconds(), None);
    }

    #[test]
    fn the_client_reads_litellms_words() {
        let wall: Timestamp = "2026-11-20T10:00:00.5Z".parse().unwrap();

        insta::assert_snapshot!(
            limited(Some(Duration::from_secs(30))).message(wall),
            @"Rate limit exceeded for team: red. Limit type: tokens. Current limit: 100, Remaining: 3. Limit resets at: 2026-11-20 10:00:31 UTC"
        );
        insta::assert_snapshot!(
            limited(None).message(wall),
            @"Rate limit exceeded for team: red. Limit type: tokens. Current limit: 100. This request needs 500: it can never pass."
        );
    }

    #[test]
    fn for_ever_outlasts_every_wait() {
        let (for_ever, minute) = (limited(None), limited(Some(Duration::from_secs(60))));

        assert!(for_ever.outlasts(&minute) && !minute.outlasts(&for_ever));
    }
}

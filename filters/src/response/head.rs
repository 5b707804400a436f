//! Step 9: the head of the answer. In: is it an answer at all, or should another deployment be asked? Out: only headers
//! that we chose, and the gateway's own.

use http::header::{CONTENT_LENGTH, HeaderName};
use pingora::Result;
use pingora::http::ResponseHeader;

use crate::clock::Now;
use crate::context::{Admitted, Attempt, Context};
use crate::money::NanoUsd;

/// What may pass from a vendor to a client. Not its account's limits, ids and addresses.
const PASSED: [&str; 14] = [
    "content-type",
    "content-length",
    "content-disposition",
    "transfer-encoding",
    "content-encoding",
    "cache-control",
    "date",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "request-id",
    "openai-processing-ms",
    "openai-model",
    "openai-version",
];

/// What to do with a vendor's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 2xx: metered and passed on.
    Answer,
    /// Passed on as the vendor's own error.
    Error,
    /// Another deployment may do better: 408, 429 and 5xx.
    Failing,
    /// 3xx: never followed and never passed on.
    Redirect,
}

/// Judges a final status.
#[must_use]
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..300 => Verdict::Answer,
        300..400 => Verdict::Redirect,
        408 | 429 | 500.. => Verdict::Failing,
        _ => Verdict::Error,
    }
}

/// Takes out what must not pass, and the length where the body will be changed.
pub fn incoming(head: &mut ResponseHeader, body_changes: bool) {
    let unwanted: Vec<HeaderName> =
        head.headers.keys().filter(|name| !PASSED.contains(&name.as_str())).cloned().collect();
    for name in unwanted {
        head.remove_header(&name);
    }
    if body_changes {
        head.remove_header(&CONTENT_LENGTH);
    }
}

/// Adds the gateway's own headers.
pub fn outgoing(
    head: &mut ResponseHeader,
    context: &Context,
    admitted: &Admitted,
    attempt: &Attempt,
    now: Now,
) -> Result<()> {
    let id = context.request_id.to_string();
    head.insert_header("x-request-id", &id)?;
    head.insert_header("x-litellm-call-id", id)?;
    head.insert_header("x-litellm-model-group", &*admitted.model.name)?;
    head.insert_header("x-litellm-model-id", &*attempt.target.deployment.id)?;
    head.insert_header("x-litellm-overhead-duration-ms", overhead_ms(context, attempt))?;
    for (name, value) in admitted.slot.headers(now.monotonic).pairs() {
        head.insert_header(name, value)?;
    }
    for (name, value) in key_headers(admitted, now) {
        head.insert_header(name, value)?;
    }
    Ok(())
}

/// What a key has spent of what: as of now, so with this request in it once it is charged.
pub fn key_headers(admitted: &Admitted, now: Now) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let status = admitted.principal.key.as_ref().map(|key| key.account.status(now));
    let spend = status.map(|status| ("x-litellm-key-spend", status.spent.to_string()));
    let cap = status.and_then(|status| status.cap).map(|cap: NanoUsd| ("x-litellm-key-max-budget", cap.to_string()));
    spend.into_iter().chain(cap)
}

/// Our own share of the time until the vendor was asked, in milliseconds with three decimals.
fn overhead_ms(context: &Context, attempt: &Attempt) -> String {
    let ours = attempt.started.saturating_duration_since(context.started.monotonic);
    format!("{:.3}", ours.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_we_chose_pass() {
        let mut head = ResponseHeader::build(200, None).unwrap();
        for name in [
            "content-type",
            "openai-organization",
            "set-cookie",
            "server",
            "x-ratelimit-limit-requests",
            "content-length",
            "anthropic-organization-id",
            "cf-ray",
            "location",
            "via",
            "request-id",
        ] {
            head.insert_header(name, "1").unwrap();
        }

        incoming(&mut head, true);

        let mut left: Vec<_> = head.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-type", "request-id"]);
    }

    #[test]
    fn a_status_says_what_to_do() {
        for (status, expected) in [
            (200, Verdict::Answer),
            (204, Verdict::Answer),
            (301, Verdict::Redirect),
            (307, Verdict::Redirect),
            (400, Verdict::Error),
            (401, Verdict::Error),
            (404, Verdict::Error),
            (408, Verdict::Failing),
            (429, Verdict::Failing),
            (500, Verdict::Failing),
            (529, Verdict::Failing),
        ] {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }
}

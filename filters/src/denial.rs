//! We refused: why, and so with what status, words and advice. Nothing a [`Denial`] turns away reaches a vendor or is
//! charged for.

use jiff::Timestamp;

use crate::answer::{Answer, Retry};
use crate::money::NanoUsd;
use crate::state::ledger::Refused;
use crate::state::limiter::Limited;

/// Why a request is turned away.
#[derive(Clone, Debug)]
pub enum Denial {
    /// Two servers could find its end in two places. Its connection ends: nothing that follows can be trusted.
    Ambiguous {
        what: &'static str,
    },
    NoKey,
    /// What was presented cannot be a key.
    MalformedKey,
    TwoCredentials,
    CredentialInQuery,
    UnknownKey,
    TooManyFailures,
    ExpiredKey {
        at: Timestamp,
        now: Timestamp,
    },
    /// `what` is the thing blocked, as the message names it: `Key`, `Team=Pilot-Team`.
    Blocked {
        what: String,
        unblock: &'static str,
    },
    /// The caller is known, and may not do this.
    Forbidden {
        message: String,
    },
    /// `by` is whose list says no: `key`, `team`, `user`, `org`, `gateway`.
    ModelDenied {
        by: &'static str,
        model: String,
    },
    ModelNotFound {
        model: String,
    },
    /// The model exists, but no provider of it serves this endpoint.
    EndpointNotServed {
        model: String,
        route: &'static str,
    },
    Unpriced {
        model: String,
    },
    /// A stored response that is not there, or not theirs: the same to whoever asks.
    ResponseNotFound {
        id: String,
    },
    OverBudget {
        refused: Box<Refused>,
        named: String,
        status: u16,
    },
    BudgetHeld {
        refused: Box<Refused>,
        named: String,
    },
    /// `strict` needs an upper bound of what the request can cost, and there is none.
    Unbounded {
        message: String,
    },
    RateLimited {
        limited: Box<Limited>,
        now: Timestamp,
    },
    BodyTooLarge {
        limit_bytes: usize,
    },
    BadBody {
        message: String,
        param: Option<String>,
    },
    UnsupportedMediaType {
        message: String,
    },
    BodyTimeout,
    UnsupportedEndpoint {
        path: String,
    },
    MethodNotAllowed,
    UpgradeRequired,
    /// We cannot account for it now, so it is not sent.
    Unavailable {
        reason: &'static str,
    },
}

const MODEL_DENIED: &str = "Check the models available to you (GET /v1/models) and try again.";

impl Denial {
    /// What the caller is told.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let (status, kind) = self.status_and_kind();
        Answer { status, kind, code: None, message: self.message(), param: self.param(), retry: self.retry() }
    }

    /// The machine-readable word: the error's `type`, and the label of the refusal in metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.status_and_kind().1
    }

    fn status_and_kind(&self) -> (u16, &'static str) {
        match self {
            Self::NoKey
            | Self::MalformedKey
            | Self::TwoCredentials
            | Self::CredentialInQuery
            | Self::Blocked { .. } => (401, "auth_error"),
            Self::UnknownKey => (401, "token_not_found_in_db"),
            Self::ExpiredKey { .. } => (401, "expired_key"),
            Self::TooManyFailures | Self::RateLimited { .. } => (429, "throttling_error"),
            Self::Forbidden { .. } => (403, "auth_error"),
            Self::ModelDenied { by, .. } => (403, model_denied_kind(by)),
            Self::ModelNotFound { .. } => (404, "model_not_found"),
            Self::ResponseNotFound { .. } => (404, "not_found_error"),
            Self::EndpointNotServed { .. } | Self::UnsupportedEndpoint { .. } => (404, "unsupported_endpoint"),
            Self::Unpriced { .. } => (403, "model_cost_map_missing"),
            Self::OverBudget { status, .. } => (*status, "budget_exceeded"),
            Self::BudgetHeld { .. } => (429, "budget_held"),
            Self::BodyTooLarge { .. } => (413, "invalid_request_error"),
            Self::UnsupportedMediaType { .. } => (415, "invalid_request_error"),
            Self::Ambiguous { .. } | Self::BadBody { .. } | Self::Unbounded { .. } => (400, "invalid_request_error"),
            Self::BodyTimeout => (408, "invalid_request_error"),
            Self::MethodNotAllowed => (405, "invalid_request_error"),
            Self::UpgradeRequired => (426, "invalid_request_error"),
            Self::Unavailable { .. } => (503, "unavailable"),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::RateLimited { limited, .. } => limited.retry_after_seconds().map_or(Retry::Never, Retry::After),
            Self::TooManyFailures => Retry::After(10),
            Self::BudgetHeld { .. } => Retry::After(2),
            Self::Unavailable { .. } | Self::BodyTimeout => Retry::Maybe,
            _ => Retry::Never,
        }
    }

    fn param(&self) -> Option<String> {
        match self {
            Self::UnknownKey => Some("key".into()),
            Self::ModelDenied { .. } | Self::ModelNotFound { .. } | Self::Unpriced { .. } => Some("model".into()),
            Self::BadBody { param, .. } => param.clone(),
            // LiteLLM's spelling, which its users' scripts compare with.
            Self::NoKey | Self::MalformedKey | Self::Blocked { .. } => Some("None".into()),
            _ => None,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Ambiguous { what } => format!("The request could be read in two ways: {what}."),
            Self::NoKey => "Authentication Error, No api key passed in.".into(),
            Self::MalformedKey => "Authentication Error, Malformed API Key passed in. A virtual key starts with 'sk-' \
                                   and is sent as 'Authorization: Bearer sk-…' or in 'x-api-key'."
                .into(),
            Self::TwoCredentials => "Authentication Error, Two different API keys passed in. Send one.".into(),
            Self::CredentialInQuery => {
                "Authentication Error, API key passed in the query string, where logs keep it. Send it in a header."
                    .into()
            }
            Self::UnknownKey => "Authentication Error, Invalid API key provided.".into(),
            Self::TooManyFailures => {
                "Too many failed attempts to authenticate from this address. Wait a little.".into()
            }
            Self::ExpiredKey { at, now } => {
                format!("Authentication Error - Expired Key. Key Expiry time {at} and current time {now}")
            }
            Self::Blocked { what, unblock } => {
                format!("Authentication Error, {what} is blocked. Update via `{unblock}` if you're an admin.")
            }
            Self::ModelDenied { model, .. } => format!(
                "The requested model '{model}' is not available for this API key, or the model name is invalid. {MODEL_DENIED}"
            ),
            Self::ModelNotFound { model } => format!("The model '{model}' does not exist. {MODEL_DENIED}"),
            Self::EndpointNotServed { model, route } => {
                format!("The model '{model}' is not served on {route} by its provider.")
            }
            Self::Unpriced { model } => format!(
                "The model '{model}' has no price, so its use could not be charged. Give it one \
                 (`input_cost_per_token`, `output_cost_per_token`) or set `general_settings.allow_unpriced_models: true`."
            ),
            Self::ResponseNotFound { id } => format!("There is no response '{id}'."),
            Self::OverBudget { refused, named, .. } => over_budget(refused, named),
            Self::BudgetHeld { refused, named } => format!(
                "{} It fits as soon as running requests have given back what they hold: try again.",
                over_budget(refused, named)
            ),
            Self::RateLimited { limited, now } => limited.message(*now),
            Self::BodyTooLarge { limit_bytes } => {
                format!("The request body is larger than {limit_bytes} bytes, the most this gateway accepts.")
            }
            Self::BodyTimeout => "The request body did not arrive in time.".into(),
            Self::UnsupportedEndpoint { path } => {
                format!("{path} is not an endpoint of this gateway: it is not known, or it could not be metered.")
            }
            Self::MethodNotAllowed => "This endpoint is not called with that method.".into(),
            Self::UpgradeRequired => "WebSocket is not offered here. Use plain HTTP.".into(),
            Self::Unavailable { reason } => format!("The gateway cannot account for requests just now: {reason}."),
            Self::Forbidden { message }
            | Self::Unbounded { message }
            | Self::BadBody { message, .. }
            | Self::UnsupportedMediaType { message } => message.clone(),
        }
    }
}

fn model_denied_kind(by: &str) -> &'static str {
    match by {
        "team" => "team_model_access_denied",
        "user" => "user_model_access_denied",
        "org" => "org_model_access_denied",
        _ => "key_model_access_denied",
    }
}

/// Begins with the words every LiteLLM dashboard and script looks for, then says what they leave out.
fn over_budget(refused: &Refused, named: &str) -> String {
    let max = refused.cap;
    let mut message =
        format!("Budget has been exceeded! Current cost: ${}, Max budget: ${max}. {named}.", refused.spent);
    if refused.held > NanoUsd::ZERO {
        let requests = if refused.holds == 1 { "request" } else { "requests" };
        message.push_str(&format!(" On hold: ${} by {} running {requests}.", refused.held, refused.holds));
    }
    message.push_str(&format!(" This request could cost up to ${}.", refused.bound));
    if let Some(at) = refused.resets_at {
        message.push_str(&format!(" The budget resets at {at}."));
    }
    message
}

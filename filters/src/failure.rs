//! It broke: whose fault, and so with what status. A [`Failure`] is about an upstream that did not do its part; what
//! happens to the money is for step 11.

use pingora::{Error, ErrorSource, ErrorType};

use crate::answer::{Answer, Retry};

/// What broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection could be made, or it broke before an answer.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// It answered with a redirect, which is never followed: it could lead anywhere.
    Redirected,
    /// The answer broke off in the middle.
    BrokeOff,
    /// It sent what is not HTTP.
    Unreadable,
    /// The request is not HTTP that can be sent on.
    BadRequest,
    /// A fault of ours.
    Internal,
}

impl Failure {
    /// What an error of Pingora's means for the caller; `None` if the caller is the one who has gone.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        use ErrorType::{ConnectTimedout, ReadTimedout, TLSHandshakeTimedout, WriteTimedout};
        match (error.esource(), error.etype()) {
            (ErrorSource::Downstream, ErrorType::InvalidHTTPHeader) => Some(Self::BadRequest),
            (ErrorSource::Downstream, _) => None,
            (ErrorSource::Upstream, ConnectTimedout | TLSHandshakeTimedout | ReadTimedout | WriteTimedout) => {
                Some(Self::TimedOut)
            }
            (ErrorSource::Upstream, ErrorType::InvalidHTTPHeader | ErrorType::H1Error | ErrorType::H2Error) => {
                Some(Self::Unreadable)
            }
            (ErrorSource::Upstream, _) => Some(Self::Unreachable),
            (ErrorSource::Internal | ErrorSource::Unset, _) => Some(Self::Internal),
        }
    }

    /// What the caller is told: nothing of the vendor's address.
    #[must_use]
    pub fn answer(self) -> Answer {
        let (status, kind, message) = match self {
            Self::Unreachable => (502, "upstream_error", "The model's provider could not be reached."),
            Self::TimedOut => (504, "upstream_error", "The model's provider did not answer in time."),
            Self::Redirected => {
                (502, "upstream_error", "The model's provider answered with a redirect, which is not followed.")
            }
            Self::BrokeOff => (502, "upstream_error", "The model's provider broke off in the middle of its answer."),
            Self::Unreadable => (502, "upstream_error", "The model's provider sent an answer that cannot be read."),
            Self::BadRequest => (400, "invalid_request_error", "The request's head is not HTTP that can be sent on."),
            Self::Internal => (500, "internal_server_error", "Something went wrong in the gateway."),
        };
        Answer { status, kind, code: None, message: message.to_owned(), param: None, retry: Retry::Maybe }
    }
}

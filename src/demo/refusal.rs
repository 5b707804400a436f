//! The vendor's errors, each in the shape of the dialect it answers.

use axum::http::StatusCode;
use filters::endpoint::Dialect;
use serde_json::{Value, json};

use super::reply::Reply;

/// An error of that status.
pub(super) fn refusal(dialect: Dialect, status: StatusCode, message: &str) -> Reply {
    Reply::json(status, &body(dialect, status, message))
}

/// The body of an error.
fn body(dialect: Dialect, status: StatusCode, message: &str) -> Value {
    match dialect {
        Dialect::OpenAi => {
            let (kind, code) = (openai_type(status), openai_code(status));
            json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
        }
        Dialect::Anthropic => json!({"type": "error", "request_id": "req_demo",
            "error": {"type": anthropic_type(status), "message": message}}),
        Dialect::Gemini => {
            json!({"error": {"code": status.as_u16(), "message": message, "status": gemini_status(status)}})
        }
    }
}

const fn openai_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "requests",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

const fn openai_code(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        401 => Some("invalid_api_key"),
        404 => Some("model_not_found"),
        429 => Some("rate_limit_exceeded"),
        _ => None,
    }
}

const fn anthropic_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

const fn gemini_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

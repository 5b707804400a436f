//! Errors of the local routes, in OpenAI's shape.

use axum::response::{IntoResponse, Response};
use filters::answer::{Answer, Retry};
use filters::denial::Denial;
use filters::endpoint::Dialect;
use http::{StatusCode, Uri, header};

/// An error as an axum response.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Answer);

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self(denial.answer())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = self.0.body(Dialect::OpenAi, "");
        let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if self.0.retry == Retry::Never {
            response.headers_mut().insert("x-should-retry", http::HeaderValue::from_static("false"));
        }
        response
    }
}

fn refusal(status: u16, message: String) -> Refusal {
    Refusal(Answer { status, kind: "not_found_error", code: None, message, param: None, retry: Retry::Never })
}

pub(super) async fn not_found(uri: Uri) -> Refusal {
    let path: String = uri.path().chars().take(100).collect();
    refusal(404, format!("There is nothing at {path}."))
}

pub(super) async fn method_not_allowed() -> Refusal {
    refusal(405, "This is not called with that method.".into())
}

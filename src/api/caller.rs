//! Who calls a local route.

use axum::extract::FromRequestParts;
use filters::clock;
use filters::denial::Denial;
use filters::principal::Principal;
use filters::request::authenticate;
use filters::state::State;
use http::request::Parts;
use pingora::http::RequestHeader;
use std::sync::Arc;

use super::refusal::Refusal;

/// A caller with a valid key.
#[derive(Debug)]
pub(super) struct Caller(pub(super) Principal);

/// A caller with the master key.
#[derive(Debug)]
pub(super) struct Admin;

impl FromRequestParts<Arc<State>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Refusal> {
        let head = RequestHeader::from(parts.clone());
        Ok(Self(authenticate::principal(state, &head, false, clock::now().wall)?))
    }
}

impl FromRequestParts<Arc<State>> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Refusal> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        if principal.is_master() {
            return Ok(Self);
        }
        Err(Denial::Forbidden { message: "This is for administrators: use the master key.".into() }.into())
    }
}

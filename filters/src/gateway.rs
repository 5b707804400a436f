//! The order of the steps. One step never calls another: only this file knows what comes after what.

use std::sync::Arc;

use pingora::http::RequestHeader;
use pingora::proxy::Session;

use crate::clock;
use crate::context::{Admitted, Context, client_ip};
use crate::denial::Denial;
use crate::endpoint::{Dialect, Endpoint};
use crate::local::LocalService;
use crate::principal::Principal;
use crate::request::accept::{Call, Route};
use crate::request::{accept, authenticate, body, model_access, rate_limit, reserve, route};
use crate::state::State;
use crate::state::catalog::Model;
use crate::state::responses::{Owner, Stored};

/// The data plane: a state to decide with, and a local service for what is not an LLM endpoint.
#[derive(Clone, Debug)]
pub struct Gateway {
    pub(crate) state: Arc<State>,
    pub(crate) local: Arc<dyn LocalService>,
}

impl Gateway {
    #[must_use]
    pub fn new(state: Arc<State>, local: Arc<dyn LocalService>) -> Self {
        Self { state, local }
    }

    /// Step 1: whom is it for?
    pub(crate) fn accept(&self, session: &Session, context: &mut Context) -> Result<Route, Denial> {
        context.client = client_ip(session.client_addr());
        context.dialect = accept::dialect(session.req_header());
        if session.as_http2().is_none() {
            accept::framing::check(session.req_header(), &session.to_h1_raw())?;
        }
        let route = accept::route(session.req_header())?;
        if let Route::Llm(call) = &route {
            context.route = call.endpoint.route();
            context.dialect = call.endpoint.dialect();
        }
        Ok(route)
    }

    /// Steps 2 to 6. Either everything this request needs, or the reason it is turned away.
    pub(crate) async fn admit(
        &self,
        session: &mut Session,
        call: Call,
        context: &mut Context,
    ) -> Result<Box<Admitted>, Denial> {
        let (state, now) = (&self.state, context.started);
        let principal = self.authenticate(session.req_header(), &call, context)?;
        context.principal = Some(principal.clone());
        let body = body::read(session, call.endpoint, state.settings().body).await?;
        let stored = self.earlier_response(&principal, &call, &body)?;
        let model = model_access::grant(state, &principal, &asked(&call, &body, stored.as_ref())?)?;
        context.model = Some(model.name.clone());
        let plan = route::plan(state, &principal, &model, &call, stored.as_ref().map(|stored| &*stored.deployment))?;
        let expected_tokens = rate_limit::expected_tokens(call.endpoint, &body);
        let slot = match call.endpoint.is_free() {
            true => rate_limit::uncounted(state, now),
            false => rate_limit::take(state, &principal, &model.name, expected_tokens, now)?,
        };
        let ask = reserve::Ask {
            request: context.request_id,
            principal: &principal,
            endpoint: call.endpoint,
            model: &model.name,
            body: &body,
            plan: &plan,
        };
        let hold = Some(reserve::hold(state, ask, now).await?);
        Ok(Box::new(Admitted { call, principal, model, body, plan, expected_tokens, slot, hold }))
    }

    /// Step 2, with the sieve around it: whoever keeps guessing is not even looked up.
    fn authenticate(&self, head: &RequestHeader, call: &Call, context: &Context) -> Result<Principal, Denial> {
        let (state, now) = (&self.state, clock::now());
        let in_query = call.endpoint.dialect() == Dialect::Gemini;
        let found = authenticate::principal(state, head, in_query, now.wall);
        let Some(client) = context.client else { return found };
        found.map_err(|denial| {
            let too_many = state.sieve.too_many_failures(client, now.monotonic);
            state.sieve.note_failure(client, now.monotonic);
            state.telemetry.gateway().authentication_failed(denial.kind());
            if too_many { Denial::TooManyFailures } else { denial }
        })
    }

    /// The stored response a request refers to, if it is the caller's. Somebody else's does not exist for them.
    fn earlier_response(
        &self,
        principal: &Principal,
        call: &Call,
        body: &body::Body,
    ) -> Result<Option<Stored>, Denial> {
        let in_path = call.response.as_ref().map(|stored| &stored.id);
        let Some(id) = in_path.or(body.facts.previous_response_id.as_ref()) else { return Ok(None) };
        match self.state.responses.find(id, &owner(principal)) {
            Some(stored) => Ok(Some(stored)),
            None => Err(Denial::ResponseNotFound { id: id.clone() }),
        }
    }
}

/// Whose a response is that this principal makes.
pub(crate) fn owner(principal: &Principal) -> Owner {
    match (&principal.team, &principal.key) {
        (Some(team), _) => Owner::Team(team.object.id.clone()),
        (None, Some(key)) => Owner::Key(key.object.hash),
        (None, None) => Owner::Master,
    }
}

/// The model a request names: in the path where the endpoint has it there, else in the body; that of the stored response
/// where it names none.
fn asked(call: &Call, body: &body::Body, stored: Option<&Stored>) -> Result<String, Denial> {
    let named = call.model_in_path.clone().or_else(|| body.facts.model.as_ref().map(|(name, _)| name.clone()));
    let of_response =
        || stored.filter(|_| call.endpoint == Endpoint::ResponseById).map(|stored| stored.model.to_string());
    named.or_else(of_response).filter(|name| !name.is_empty()).ok_or_else(|| Denial::BadBody {
        message: "The request names no model. Set 'model'.".into(),
        param: Some("model".into()),
    })
}

/// Remembers whose a stored response is, and where.
pub(crate) fn remember_response(state: &State, admitted: &Admitted, model: &Model, deployment: &Arc<str>, id: &str) {
    let stored =
        Stored { owner: owner(&admitted.principal), model: model.name.clone(), deployment: deployment.clone() };
    state.responses.remember(id, stored);
}

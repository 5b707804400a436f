//! Pingora's phases, in the order of a request's life. Each hands on to the step it stands for.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::upstreams::peer::{HttpPeer, Peer};
use pingora::{Error, ErrorSource, ErrorType, Result};

use crate::answer::Answer;
use crate::clock;
use crate::context::{Admitted, Attempt, Context};
use crate::denial::Denial;
use crate::failure::Failure;
use crate::gateway::{Gateway, remember_response};
use crate::media_type;
use crate::report;
use crate::request::accept::Route;
use crate::request::body::replay::{HeldBack, ReplayHandle};
use crate::request::{body, upstream};
use crate::response::head::{self, Verdict};
use crate::response::meter::Meter;
use crate::settle;
use crate::state::catalog::Deployment;
use crate::state::ledger::Outcome;

/// How long a connection to a vendor may take to be made, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection to a vendor is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

const JOURNAL_DOWN: Denial = Denial::Unavailable { reason: "its journal cannot be written" };

/// The status in the log of a request whose client hung up before it was answered.
const CLIENT_CLOSED: u16 = 499;

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        Context::new(self.state.clone(), clock::now())
    }

    /// Steps 1 to 6. `Ok(true)`: it is answered already.
    async fn request_filter(&self, session: &mut Session, context: &mut Context) -> Result<bool> {
        context.in_flight = Some(self.state.telemetry.in_flight());
        let admitted = match self.accept(session, context) {
            Ok(Route::Local) => return self.serve_locally(session, context).await,
            Ok(Route::Llm(call)) => self.admit(session, call, context).await,
            Err(denial) => Err(denial),
        };
        match admitted {
            Ok(admitted) => {
                // We ask for no compression; who compresses all the same is metered all the same.
                session.upstream_compression.adjust_decompression(true);
                session.set_write_timeout(Some(self.state.settings().client_write_timeout));
                context.replay = Some(self.replay(session, &admitted, context));
                context.admitted = Some(admitted);
                Ok(false)
            }
            Err(denial) => {
                match denial {
                    Denial::Ambiguous { .. } => session.set_keepalive(None),
                    _ => body::drain(session).await,
                }
                write_answer(session, context, denial.answer()).await?;
                context.denial = Some(denial);
                Ok(true)
            }
        }
    }

    /// Step 7, once for each attempt.
    async fn upstream_peer(&self, _session: &mut Session, context: &mut Context) -> Result<Box<HttpPeer>> {
        self.give_up_attempt(context);
        let now = clock::now();
        let admitted = admitted(context)?;
        let Some(hold) = admitted.hold.as_mut() else { return Err(internal("the hold is settled already")) };
        let target = match admitted.plan.next(&self.state, hold, admitted.expected_tokens, now) {
            Ok(target) => target,
            Err(Some(denial)) => return Err(self.turn_away(context, denial)),
            Err(None) => return Err(Error::explain(ErrorType::ConnectError, "nowhere left to try").into_up()),
        };
        let deployment = target.deployment.clone();
        context.attempt = Some(Box::new(Attempt {
            target,
            started: now.monotonic,
            usage_injected: false,
            is_sent: false,
            status: None,
            first_byte: None,
            meter: None,
        }));
        self.peer(&deployment, now.monotonic).await
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        context: &mut Context,
        error: Box<Error>,
    ) -> Box<Error> {
        self.attempt_failed(context, error, false)
    }

    /// Step 8.
    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        context: &mut Context,
    ) -> Result<()> {
        let (Some(admitted), Some(attempt)) = (context.admitted.as_deref(), context.attempt.as_deref_mut()) else {
            return Err(internal("a request that was not admitted"));
        };
        let deployment = &attempt.target.deployment;
        let prepared = upstream::body(&admitted.call, &admitted.body, deployment);
        let key_header = self.state.settings().key_header_name.clone();
        upstream::head(request, &admitted.call, deployment, key_header.as_deref(), prepared.bytes.len())?;
        attempt.usage_injected = prepared.usage_injected;
        attempt.is_sent = true;
        if let Some(replay) = &context.replay {
            replay.send(prepared.bytes);
        }
        Ok(())
    }

    /// Step 9, in: is it an answer, or should another deployment be asked?
    async fn upstream_response_filter(
        &self,
        _session: &mut Session,
        response: &mut ResponseHeader,
        context: &mut Context,
    ) -> Result<()> {
        if response.status.is_informational() {
            return Ok(());
        }
        let status = response.status.as_u16();
        let (Some(admitted), Some(attempt)) = (context.admitted.as_deref_mut(), context.attempt.as_deref_mut()) else {
            return Err(internal("an answer to a request that was not admitted"));
        };
        attempt.status = Some(status);
        attempt.first_byte = Some(clock::instant());
        let meter = match head::verdict(status) {
            Verdict::Redirect => {
                context.failure = Some(Failure::Redirected);
                return Err(Error::explain(ErrorType::HTTPStatus(502), "the vendor redirects").into_up());
            }
            Verdict::Failing if admitted.plan.has_another() => {
                let mut error = Error::explain(ErrorType::HTTPStatus(status), "the vendor fails").into_up();
                error.set_retry(true);
                return Err(error);
            }
            Verdict::Answer => Meter::answer(
                admitted.call.endpoint,
                media_type::is_event_stream(&response.headers),
                attempt.usage_injected,
            ),
            Verdict::Failing | Verdict::Error => Meter::error(attempt.target.deployment.credential.clone()),
        };
        head::incoming(response, meter.changes_body());
        attempt.meter = Some(meter);
        self.note_status(context, status);
        Ok(())
    }

    /// Step 9, out. No byte of an answer leaves before the journal has the hold.
    async fn response_filter(
        &self,
        _session: &mut Session,
        response: &mut ResponseHeader,
        context: &mut Context,
    ) -> Result<()> {
        if response.status.is_informational() {
            return Ok(());
        }
        // An answer that is held back asks at its end.
        let streamed = context.admitted.as_deref().filter(|admitted| admitted.asks_for_stream());
        if let Some(hold) = streamed.and_then(|admitted| admitted.hold.as_ref())
            && hold.committed().await.is_err()
        {
            return Err(self.turn_away(context, JOURNAL_DOWN));
        }
        let (Some(admitted), Some(attempt)) = (context.admitted.as_deref(), context.attempt.as_deref()) else {
            return Err(internal("an answer to a request that was not admitted"));
        };
        head::outgoing(response, context, admitted, attempt, clock::now())?;
        if let Some(admitted) = context.admitted.as_deref_mut() {
            admitted.body.free();
        }
        Ok(())
    }

    /// Step 10, and step 11 as soon as the answer is complete.
    fn response_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        context: &mut Context,
    ) -> Result<Option<Duration>> {
        let Some(attempt) = context.attempt.as_deref_mut() else { return Ok(None) };
        let Some(meter) = attempt.meter.as_mut() else { return Ok(None) };
        let passed = meter.feed(body.take().unwrap_or_default(), end);
        *body = (!passed.is_empty()).then_some(passed);
        let response_id = meter.take_response_id();
        let admitted = context.admitted.as_deref();
        let is_complete = end || admitted.is_some_and(|admitted| settle::is_complete(admitted, attempt));
        if let (Some(id), Some(admitted)) = (response_id, admitted) {
            remember_response(&self.state, admitted, &attempt.target.model, &attempt.target.deployment.id, &id);
        }
        if is_complete {
            settle::settle(context, Outcome::Completed, clock::now());
        }
        Ok(None)
    }

    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        _session: &mut Session,
        error: Box<Error>,
        context: &mut Context,
        reused: bool,
    ) -> Box<Error> {
        self.attempt_failed(context, error, reused)
    }

    /// Tells the client what broke: an error in its dialect, or the end of a stream that has begun.
    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, context: &mut Context) -> FailToProxy {
        unwrap_session(session, context);
        if *error.etype() == ErrorType::HTTPStatus(body::replay::NOT_ACCOUNTED_FOR)
            && *error.esource() == ErrorSource::Internal
        {
            context.denial.get_or_insert(JOURNAL_DOWN);
        }
        let refused = context.denial.as_ref().map(Denial::answer);
        if refused.is_none() && context.failure.is_none() {
            context.failure = Failure::of(error);
        }
        let Some(answer) = refused.or_else(|| context.failure.map(Failure::answer)) else {
            return FailToProxy { error_code: 0, can_reuse_downstream: false };
        };
        let error_code = answer.status;
        let begun = session.response_written().is_some_and(|head| !head.status.is_informational());
        let written =
            if begun { end_stream(session, context).await } else { write_answer(session, context, answer).await };
        if let Err(error) = written {
            tracing::debug!(%error, "the client did not take the error");
        }
        FailToProxy { error_code, can_reuse_downstream: false }
    }

    /// The end: what is not settled yet is, and the request is counted and logged.
    async fn logging(&self, session: &mut Session, error: Option<&Error>, context: &mut Context) {
        unwrap_session(session, context);
        let now = clock::now();
        settle::settle(context, outcome(error), now);
        let status = session.response_written().map_or(CLIENT_CLOSED, |head| head.status.as_u16());
        report::report(context, status, now);
    }

    /// Every request has its own line; Pingora's would say it again, at `error` for each client that hangs up.
    fn suppress_error_log(&self, _session: &Session, _context: &Context, _error: &Error) -> bool {
        true
    }
}

impl Gateway {
    /// Puts the buffered body in front of the session, and behind it, for an answer that is not streamed, the gate.
    fn replay(&self, session: &mut Session, admitted: &Admitted, context: &Context) -> ReplayHandle {
        upstream::forget_hop(session.req_header_mut());
        let gate = admitted.hold.as_ref().filter(|_| !admitted.asks_for_stream());
        let held_back = gate.map(|hold| HeldBack::new(context.late_headers.clone(), Box::pin(hold.committed())));
        body::replay::wrap(session, admitted.body.bytes.clone(), self.state.settings().on_disconnect, held_back)
    }

    async fn serve_locally(&self, session: &mut Session, context: &mut Context) -> Result<bool> {
        self.local.serve(session, context.request_id).await?;
        Ok(true)
    }

    /// A connection to where the deployment is.
    async fn peer(&self, deployment: &Deployment, now: std::time::Instant) -> Result<Box<HttpPeer>> {
        let base = &deployment.base;
        let address = self.state.resolver.address(&base.host, base.port, now).await.map_err(|error| {
            tracing::warn!(host = base.host, %error, "the name {} cannot be resolved", base.host);
            let mut error = Error::explain(ErrorType::ConnectError, "the vendor's name cannot be resolved").into_up();
            error.set_retry(true);
            error
        })?;
        let mut peer = HttpPeer::new(address, base.tls, base.host.clone());
        peer.options.connection_timeout = Some(CONNECT_TIMEOUT);
        peer.options.total_connection_timeout = Some(CONNECT_TIMEOUT);
        peer.options.read_timeout = Some(deployment.timeout);
        peer.options.write_timeout = Some(deployment.timeout);
        peer.options.idle_timeout = Some(IDLE_TIMEOUT);
        debug_assert!(!base.tls || !peer.sni().is_empty(), "without a name Pingora verifies nothing");
        Ok(Box::new(peer))
    }

    /// Lets go of what the last attempt held of its target's own caps and limits.
    fn give_up_attempt(&self, context: &mut Context) {
        let Some(attempt) = context.attempt.take() else { return };
        report::attempt_given_up(context, &attempt);
        if let Some(hold) = context.admitted.as_deref_mut().and_then(|admitted| admitted.hold.as_mut()) {
            hold.retract(&attempt.target.accounts);
        }
    }

    /// Decides whether another attempt is made. Only before an answer has begun, and only if the fault is the vendor's.
    fn attempt_failed(&self, context: &mut Context, mut error: Box<Error>, reused: bool) -> Box<Error> {
        let is_upstreams =
            *error.esource() == ErrorSource::Upstream || !reused && error.etype() == &ErrorType::ConnectError;
        if !is_upstreams || context.has_answer() || context.denial.is_some() {
            error.set_retry(false);
            return error;
        }
        error.as_up();
        let Some(attempt) = context.attempt.as_deref() else { return error };
        let deployment = attempt.target.deployment.clone();
        let status = attempt.status;
        let Some(admitted) = context.admitted.as_deref_mut() else { return error };
        if reused && status.is_none() && is_broken(error.etype()) {
            // The vendor had closed an idle connection just before we used it: nobody's failure.
            admitted.plan.allow_again(&deployment);
        } else {
            tracing::warn!(deployment = %deployment.id, %error, "an attempt at deployment {} failed", deployment.id);
            self.note_failure(&deployment, status.unwrap_or(0));
        }
        let has_another = context.admitted.as_deref().is_some_and(|admitted| admitted.plan.has_another());
        error.set_retry(has_another && context.failure != Some(Failure::Redirected));
        error
    }

    /// Keeps score of a deployment that failed, with `status` if it answered at all.
    fn note_failure(&self, deployment: &Deployment, status: u16) {
        let settings = self.state.settings();
        let (allowed_fails, cooldown) = (settings.allowed_fails, settings.cooldown);
        if self.state.health.failed(&deployment.id, allowed_fails, cooldown, clock::instant()) {
            tracing::warn!(deployment = %deployment.id, "deployment {} cools down for {cooldown:?}", deployment.id);
            report::cooled_down(&self.state, deployment, status);
        }
    }

    /// Keeps score of a deployment by what it answered.
    fn note_status(&self, context: &Context, status: u16) {
        let Some(attempt) = context.attempt.as_deref() else { return };
        let deployment = &attempt.target.deployment;
        match head::verdict(status) {
            Verdict::Answer => self.state.health.succeeded(&deployment.id),
            Verdict::Failing => self.note_failure(deployment, status),
            Verdict::Error | Verdict::Redirect => {}
        }
    }

    fn turn_away(&self, context: &mut Context, denial: Denial) -> Box<Error> {
        let status = denial.answer().status;
        context.denial = Some(denial);
        internal_status(status)
    }
}

fn admitted(context: &mut Context) -> Result<&mut Admitted> {
    context.admitted.as_deref_mut().ok_or_else(|| internal("a request that was not admitted"))
}

fn internal(what: &'static str) -> Box<Error> {
    Error::explain(ErrorType::InternalError, what).into_in()
}

fn internal_status(status: u16) -> Box<Error> {
    Error::explain(ErrorType::HTTPStatus(status), "turned away").into_in()
}

/// Whether a connection broke, rather than was slow or spoke nonsense.
fn is_broken(kind: &ErrorType) -> bool {
    matches!(kind, ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError | ErrorType::H2Error)
}

fn unwrap_session(session: &mut Session, context: &mut Context) {
    if let Some(replay) = context.replay.take() {
        body::replay::unwrap(session, replay);
    }
}

fn outcome(error: Option<&Error>) -> Outcome {
    match error.map(Error::esource) {
        None => Outcome::Completed,
        Some(ErrorSource::Downstream) => Outcome::ClientGone,
        Some(_) => Outcome::UpstreamFailed,
    }
}

/// Answers with an error in the caller's dialect.
async fn write_answer(session: &mut Session, context: &Context, answer: Answer) -> Result<()> {
    let id = context.request_id.to_string();
    let user_agent = session.req_header().headers.get("user-agent").and_then(|value| value.to_str().ok());
    let answer = answer.for_client(user_agent);
    let body = answer.body(context.dialect, &id);
    let head = answer.head(body.len(), &id)?;
    let without_body = session.req_header().method == http::Method::HEAD;
    session.write_response_header(Box::new(head), without_body).await?;
    if !without_body {
        session.write_response_body(Some(body), true).await?;
    }
    Ok(())
}

/// Ends a stream that has begun with its dialect's error event, and without the dialect's clean end: several SDKs take a
/// stream that just stops for success.
async fn end_stream(session: &mut Session, context: &Context) -> Result<()> {
    let meter = context.attempt.as_deref().and_then(|attempt| attempt.meter.as_ref());
    let is_h2 = session.as_http2().is_some();
    if meter.is_some_and(Meter::is_event_stream) {
        let event = Failure::BrokeOff.answer().event(context.dialect, &context.request_id.to_string());
        // A half-sent event would swallow ours.
        let separated = Bytes::from([b"\n\n", event.as_ref()].concat());
        session.write_response_body(Some(separated), is_h2).await?;
        if is_h2 {
            // A reset would overtake the event, which says more than a reset does.
            return Ok(());
        }
    }
    session.downstream_session.shutdown().await;
    Ok(())
}

//! Pingora's session in, an axum router's answer out, on the gateway's own port: nothing but the data plane listens, so
//! nothing is missed when its sockets are handed over.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::{Bytes, BytesMut};
use filters::state::ledger::RequestId;
use futures::StreamExt;
use http::{HeaderValue, Method, Request, header};
use http_body::Body as _;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{ErrorType, OrErr, Result};
use tower::ServiceExt;

/// A management request is a page of JSON.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Answers the session's request with the router, and returns the status.
pub(super) async fn serve(session: &mut Session, router: &Router, id: RequestId) -> Result<u16> {
    let Some(body) = body(session).await? else {
        session.respond_error(413).await?;
        return Ok(413);
    };
    let mut request = Request::from_parts(session.req_header().as_owned_parts(), Body::from(body));
    if let Some(address) = session.client_addr().and_then(|address| address.as_inet()).copied() {
        request.extensions_mut().insert(ConnectInfo(address));
    }
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    write(session, response, id).await
}

/// The whole body, or `None` if it is too large.
async fn body(session: &mut Session) -> Result<Option<Bytes>> {
    let mut body = BytesMut::new();
    while let Some(chunk) = session.read_request_body().await? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

async fn write(session: &mut Session, response: http::Response<Body>, id: RequestId) -> Result<u16> {
    let (mut parts, body) = response.into_parts();
    let status = parts.status.as_u16();
    let value =
        HeaderValue::from_str(&id.to_string()).or_err(ErrorType::InternalError, "a request id is a header value")?;
    parts.headers.insert("x-request-id", value);
    let exact = body.size_hint().exact();
    let mut head: ResponseHeader = parts.into();
    match exact {
        Some(bytes) => head.insert_header(header::CONTENT_LENGTH, bytes)?,
        None => head.insert_header(header::TRANSFER_ENCODING, "chunked")?,
    }
    let is_empty = session.req_header().method == Method::HEAD || exact == Some(0);
    session.write_response_header(Box::new(head), is_empty).await?;
    if !is_empty {
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.or_err(ErrorType::InternalError, "the router's answer broke off")?;
            session.write_response_body(Some(chunk), false).await?;
        }
        session.write_response_body(None, true).await?;
    }
    Ok(status)
}

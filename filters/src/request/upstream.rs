//! Step 8: the request as the vendor sees it: its path, our credential, the headers that may travel on, the model by the
//! vendor's name, and a wish for usage where streams do not carry it unasked.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName};
use pingora::http::RequestHeader;
use pingora::{ErrorType, OrErr, Result};

use crate::endpoint::{Dialect, Endpoint};
use crate::request::accept::Call;
use crate::request::body::Body;
use crate::request::body::splice::{Edit, splice};
use crate::state::catalog::{CredentialStyle, Deployment, ProviderKind};

/// Anthropic's API wants a version; clients that come with a bearer token sometimes send none.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Headers that are the gateway's own, or somebody's on the way, and never a vendor's business: credentials in all their
/// headers, hops, overrides, framing, and the vendor account that a client would choose.
const DROPPED: [&str; 27] = [
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "cookie",
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "content-length",
    "upgrade",
    "expect",
    "accept-encoding",
    "forwarded",
    "x-real-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-method-override",
    "openai-organization",
    "openai-project",
    "x-goog-user-project",
    "via",
];

const DROPPED_PREFIXES: [&str; 2] = ["x-litellm-", "x-forwarded-"];

/// A body for one vendor, and whether a usage chunk was asked for that the client did not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub bytes: Bytes,
    pub usage_injected: bool,
}

/// The body with the model by the vendor's name, and usage asked for where streams do not carry it unasked.
#[must_use]
pub fn body(call: &Call, body: &Body, deployment: &Deployment) -> Prepared {
    let mut edits = Vec::new();
    if let Some(edit) = model_edit(call, body, deployment) {
        edits.push(edit);
    }
    let usage_injected = wants_usage(call.endpoint, body, deployment.provider);
    if usage_injected {
        edits.push(usage_edit(body));
    }
    Prepared { bytes: splice(&body.bytes, merge_insertions(edits)), usage_injected }
}

fn model_edit(call: &Call, body: &Body, deployment: &Deployment) -> Option<Edit> {
    let is_gemini_path = call.endpoint.dialect() == Dialect::Gemini && call.model_in_path.is_some();
    let name = if is_gemini_path {
        format!("models/{}", deployment.upstream_model)
    } else {
        deployment.upstream_model.to_string()
    };
    let written = if body.is_multipart { name.clone() } else { serde_json::Value::from(name.clone()).to_string() };
    match &body.facts.model {
        Some((asked, _)) if *asked == name => None,
        Some((_, span)) => Some(Edit { span: span.clone(), with: written.into_bytes() }),
        // An Azure client has it in the path alone; everybody else's vendor wants it in the body.
        None if call.endpoint.dialect() == Dialect::OpenAi && call.model_in_path.is_some() && !body.is_multipart => {
            let at = body.facts.after_open;
            Some(Edit { span: at..at, with: member("model", &written, body) })
        }
        None => None,
    }
}

/// A first member for the body's object.
fn member(name: &str, value: &str, body: &Body) -> Vec<u8> {
    let is_empty = body.bytes[body.facts.after_open..].trim_ascii_start().starts_with(b"}");
    format!("\"{name}\":{value}{}", if is_empty { "" } else { "," }).into_bytes()
}

fn wants_usage(endpoint: Endpoint, body: &Body, provider: ProviderKind) -> bool {
    // Mistral refuses the option, and reports usage without it.
    body.facts.stream
        && matches!(endpoint, Endpoint::ChatCompletions | Endpoint::Completions)
        && provider != ProviderKind::Mistral
        && !matches!(body.facts.include_usage, Some((true, _)))
}

fn usage_edit(body: &Body) -> Edit {
    let facts = &body.facts;
    if let Some((_, span)) = &facts.include_usage {
        return Edit { span: span.clone(), with: b"true".to_vec() };
    }
    if let Some(span) = &facts.stream_options_null {
        return Edit { span: span.clone(), with: br#"{"include_usage":true}"#.to_vec() };
    }
    match facts.stream_options {
        Some((at, true)) => Edit { span: at..at, with: br#""include_usage":true,"#.to_vec() },
        Some((at, false)) => Edit { span: at..at, with: br#""include_usage":true"#.to_vec() },
        None => Edit {
            span: facts.after_open..facts.after_open,
            with: member("stream_options", r#"{"include_usage":true}"#, body),
        },
    }
}

/// Two insertions at the same place become one, so that edits never overlap.
fn merge_insertions(edits: Vec<Edit>) -> Vec<Edit> {
    let mut merged: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match merged.iter_mut().find(|other| other.span == edit.span) {
            Some(other) => other.with.extend_from_slice(&edit.with),
            None => merged.push(edit),
        }
    }
    merged
}

/// Turns the client's head, as Pingora has copied it, into the vendor's.
pub fn head(
    head: &mut RequestHeader,
    call: &Call,
    deployment: &Deployment,
    key_header: Option<&str>,
    body_bytes: usize,
) -> Result<()> {
    strip(head, key_header);
    let target = target(call, deployment);
    head.set_uri(target.parse().or_err(ErrorType::InternalError, "the vendor's path is not a URI")?);
    head.insert_header(HOST, host(deployment))?;
    head.insert_header(ACCEPT_ENCODING, "identity")?;
    if body_bytes > 0 || call.response.is_none() {
        head.insert_header(CONTENT_LENGTH, body_bytes)?;
    }
    let dialect = call.endpoint.dialect();
    if dialect == Dialect::Anthropic && !head.headers.contains_key("anthropic-version") {
        head.insert_header("anthropic-version", ANTHROPIC_VERSION)?;
    }
    credential(head, deployment, dialect)
}

/// Removes what `Connection` says is for this hop alone, and the word itself, so that it cannot take away what we add.
pub fn forget_hop(head: &mut RequestHeader) {
    // Named all the same, these stay: without them there is no request.
    const KEPT: [&str; 4] = ["host", "content-length", "content-type", "anthropic-version"];
    let values = head.headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    for name in named.iter().filter(|name| !KEPT.contains(&name.as_str())) {
        head.remove_header(name.as_str());
    }
    head.remove_header(&CONNECTION);
}

/// Removes what is not for the vendor, before anything of ours is added.
fn strip(head: &mut RequestHeader, key_header: Option<&str>) {
    let is_dropped = |name: &&HeaderName| {
        let text = name.as_str();
        DROPPED.contains(&text)
            || DROPPED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            || Some(text) == key_header
    };
    let dropped: Vec<HeaderName> = head.headers.keys().filter(is_dropped).cloned().collect();
    for name in &dropped {
        head.remove_header(name);
    }
}

fn credential(head: &mut RequestHeader, deployment: &Deployment, dialect: Dialect) -> Result<()> {
    let Some(secret) = &deployment.credential else { return Ok(()) };
    match deployment.provider.credential_style(dialect) {
        CredentialStyle::Bearer => head.insert_header(AUTHORIZATION, format!("Bearer {}", secret.expose())),
        CredentialStyle::XApiKey => head.insert_header("x-api-key", secret.expose()),
        CredentialStyle::ApiKey => head.insert_header("api-key", secret.expose()),
        CredentialStyle::XGoogApiKey => head.insert_header("x-goog-api-key", secret.expose()),
    }
}

fn host(deployment: &Deployment) -> String {
    let base = &deployment.base;
    let usual = if base.tls { 443 } else { 80 };
    if base.port == usual { base.host.clone() } else { format!("{}:{}", base.host, base.port) }
}

/// The vendor's path and query: from our table, never from the caller's path.
fn target(call: &Call, deployment: &Deployment) -> String {
    let path = path(call, deployment);
    let query = query(call, deployment);
    let prefix = &deployment.base.path_prefix;
    query.map_or_else(|| format!("{prefix}{path}"), |query| format!("{prefix}{path}?{query}"))
}

fn path(call: &Call, deployment: &Deployment) -> String {
    let (endpoint, model) = (call.endpoint, &deployment.upstream_model);
    match endpoint.dialect() {
        Dialect::Anthropic if deployment.provider == ProviderKind::DeepSeek => {
            format!("/anthropic{}", endpoint.route())
        }
        Dialect::Anthropic => endpoint.route().to_owned(),
        Dialect::Gemini if endpoint == Endpoint::Interactions => format!("/{}/interactions", call.gemini_version),
        Dialect::Gemini => {
            let action = endpoint.route().rsplit(':').next().unwrap_or_default();
            format!("/{}/models/{}:{action}", call.gemini_version, escaped(model))
        }
        Dialect::OpenAi => openai_path(call, deployment),
    }
}

fn openai_path(call: &Call, deployment: &Deployment) -> String {
    let suffix = match &call.response {
        Some(stored) if stored.cancel => format!("/responses/{}/cancel", stored.id),
        Some(stored) if stored.input_items => format!("/responses/{}/input_items", stored.id),
        Some(stored) => format!("/responses/{}", stored.id),
        None => call.endpoint.route().trim_start_matches("/v1").to_owned(),
    };
    match deployment.provider {
        ProviderKind::Gemini => format!("/v1beta/openai{suffix}"),
        // Azure has two APIs: by deployment and dated version, or OpenAI's own under `/openai/v1`.
        ProviderKind::Azure if by_deployment(call, deployment) => {
            format!("/openai/deployments/{}{suffix}", escaped(&deployment.upstream_model))
        }
        ProviderKind::Azure => format!("/openai/v1{suffix}"),
        _ => format!("/v1{suffix}"),
    }
}

fn by_deployment(call: &Call, deployment: &Deployment) -> bool {
    let is_response = matches!(
        call.endpoint,
        Endpoint::Responses | Endpoint::ResponsesCompact | Endpoint::ResponsesInputTokens | Endpoint::ResponseById
    );
    deployment.api_version.is_some() && !is_response
}

fn query(call: &Call, deployment: &Deployment) -> Option<String> {
    let pairs = call.query.iter().flat_map(|query| query.split('&'));
    // The version of Azure's API is the deployment's, and nobody else's business.
    let mut kept: Vec<String> = pairs.filter(|pair| !pair.starts_with("api-version=")).map(str::to_owned).collect();
    if deployment.provider == ProviderKind::Azure && by_deployment(call, deployment) {
        kept.extend(deployment.api_version.iter().map(|version| format!("api-version={version}")));
    }
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// A model's name as one segment of a path.
fn escaped(model: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@/".contains(&byte);
    model.bytes().map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

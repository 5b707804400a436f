//! Step 1: which endpoint is meant, and in which dialect? Or is it for the local (management) service?
//!
//! Paths are matched whole and as sent: no case folding, no `..`, no doubled slashes, nothing percent-encoded outside a
//! model's name. What the vendor is sent is built from this table, never from the caller's path.

pub mod framing;

use http::Method;
use pingora::http::RequestHeader;

use crate::denial::Denial;
use crate::endpoint::{Dialect, Endpoint};
use crate::state::catalog::ProviderKind;

/// Whom a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// An LLM endpoint: authenticated, checked, limited, held for and charged.
    Llm(Call),
    /// Everything else, and none of it reaches a vendor.
    Local,
}

/// A call of an LLM endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub endpoint: Endpoint,
    /// The model, on the endpoints that have it in the path, decoded.
    pub model_in_path: Option<String>,
    /// Pass-through (`/{provider}/…`): only this provider may serve it.
    pub provider: Option<ProviderKind>,
    /// The API version in a Gemini path: `v1beta`, or `v1` as newer SDKs call it.
    pub gemini_version: &'static str,
    /// Which stored response, and whether it is to be cancelled.
    pub response: Option<StoredResponse>,
    /// The query without a credential, to travel on.
    pub query: Option<String>,
}

/// One stored response, for `GET`, `DELETE` and `cancel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    pub id: String,
    pub cancel: bool,
    /// `/input_items` of it.
    pub input_items: bool,
}

/// OpenAI's endpoints, without the `/v1` that is optional before them.
const OPENAI_PATHS: [(&str, Endpoint); 14] = [
    ("/chat/completions", Endpoint::ChatCompletions),
    ("/completions", Endpoint::Completions),
    ("/responses", Endpoint::Responses),
    ("/responses/compact", Endpoint::ResponsesCompact),
    ("/responses/input_tokens", Endpoint::ResponsesInputTokens),
    ("/embeddings", Endpoint::Embeddings),
    ("/moderations", Endpoint::Moderations),
    ("/images/generations", Endpoint::ImagesGenerations),
    ("/images/edits", Endpoint::ImagesEdits),
    ("/images/variations", Endpoint::ImagesVariations),
    ("/audio/speech", Endpoint::AudioSpeech),
    ("/audio/transcriptions", Endpoint::AudioTranscriptions),
    ("/audio/translations", Endpoint::AudioTranslations),
    ("/rerank", Endpoint::Rerank),
];

const GEMINI_ACTIONS: [(&str, Endpoint); 5] = [
    ("generateContent", Endpoint::GenerateContent),
    ("streamGenerateContent", Endpoint::StreamGenerateContent),
    ("countTokens", Endpoint::GeminiCountTokens),
    ("embedContent", Endpoint::EmbedContent),
    ("batchEmbedContents", Endpoint::BatchEmbedContents),
];

/// The dialect an error is told in, whatever becomes of the request.
#[must_use]
pub fn dialect(head: &RequestHeader) -> Dialect {
    let path = head.uri.path();
    let path = pass_through(path).map_or(path, |(_, rest)| rest);
    if path.starts_with("/v1/messages") {
        Dialect::Anthropic
    } else if path.starts_with("/v1beta/") && !path.starts_with("/v1beta/openai/")
        || path.starts_with("/v1/models/") && path.contains(':')
    {
        Dialect::Gemini
    } else {
        Dialect::OpenAi
    }
}

/// Decides whom the request is for.
pub fn route(head: &RequestHeader) -> Result<Route, Denial> {
    let path = head.uri.path();
    let (provider, rest) = pass_through(path).map_or((None, path), |(kind, rest)| (Some(kind), rest));
    let Some(mut call) = endpoint(rest).or_else(|| provider.is_some().then(|| endpoint(path)).flatten()) else {
        return if is_llm_path(path) {
            Err(Denial::UnsupportedEndpoint { path: shown(path) })
        } else {
            Ok(Route::Local)
        };
    };
    if call.model_in_path.is_none() || call.endpoint.dialect() == Dialect::Gemini {
        // `/openai/…` is also how Azure's clients call: any provider of OpenAI's dialect may answer it.
        call.provider = provider.filter(|kind| *kind != ProviderKind::OpenAi);
    }
    if head.headers.contains_key("upgrade") {
        return Err(Denial::UpgradeRequired);
    }
    check_method(&head.method, &call)?;
    call.query = query(head.uri.query(), call.endpoint.dialect())?;
    Ok(Route::Llm(call))
}

/// `/anthropic/v1/messages` → Anthropic, `/v1/messages`.
fn pass_through(path: &str) -> Option<(ProviderKind, &str)> {
    let (first, _) = path.strip_prefix('/')?.split_once('/')?;
    Some((ProviderKind::from_name(first)?, &path[first.len() + 1..]))
}

/// A path that looks like an LLM endpoint and is none is refused here, so that it is refused in the caller's dialect.
fn is_llm_path(path: &str) -> bool {
    let ours = path == "/v1/models" || path.starts_with("/v1/models/") && !path.contains(':');
    let looks_llm =
        ["/v1/", "/v1beta/", "/openai/"].iter().any(|prefix| path.starts_with(prefix)) || pass_through(path).is_some();
    looks_llm && !ours
}

fn endpoint(path: &str) -> Option<Call> {
    openai(path).or_else(|| anthropic(path)).or_else(|| gemini(path)).or_else(|| azure(path))
}

fn call(endpoint: Endpoint) -> Call {
    Call { endpoint, model_in_path: None, provider: None, gemini_version: "v1beta", response: None, query: None }
}

fn openai(path: &str) -> Option<Call> {
    let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let known = OPENAI_PATHS.iter().find(|(known, _)| *known == path).map(|(_, endpoint)| call(*endpoint));
    known.or_else(|| stored_response(path.strip_prefix("/responses/")?))
}

fn stored_response(rest: &str) -> Option<Call> {
    let (id, action) = rest.split_once('/').map_or((rest, ""), |(id, action)| (id, action));
    let plain =
        !id.is_empty() && id.len() <= 512 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (plain && matches!(action, "" | "cancel" | "input_items")).then(|| Call {
        response: Some(StoredResponse {
            id: id.to_owned(),
            cancel: action == "cancel",
            input_items: action == "input_items",
        }),
        ..call(Endpoint::ResponseById)
    })
}

fn anthropic(path: &str) -> Option<Call> {
    match path {
        "/v1/messages" => Some(call(Endpoint::Messages)),
        "/v1/messages/count_tokens" => Some(call(Endpoint::CountTokens)),
        _ => None,
    }
}

fn gemini(path: &str) -> Option<Call> {
    let (gemini_version, rest) = match path.strip_prefix("/v1beta/") {
        Some(rest) => ("v1beta", rest),
        None => ("v1", path.strip_prefix("/v1/")?),
    };
    if rest == "interactions" {
        return Some(Call { gemini_version, ..call(Endpoint::Interactions) });
    }
    if let Some(openai_path) = rest.strip_prefix("openai") {
        return OPENAI_PATHS.iter().find(|(known, _)| *known == openai_path).map(|(_, endpoint)| call(*endpoint));
    }
    let (model, action) = rest.strip_prefix("models/")?.rsplit_once(':')?;
    let endpoint = GEMINI_ACTIONS.iter().find(|(known, _)| *known == action)?.1;
    Some(Call { model_in_path: Some(decode(model)?), gemini_version, ..call(endpoint) })
}

fn azure(path: &str) -> Option<Call> {
    let (model, rest) = path.strip_prefix("/openai/deployments/")?.split_once('/')?;
    let endpoint = OPENAI_PATHS.iter().find(|(known, _)| known.strip_prefix('/') == Some(rest))?.1;
    Some(Call { model_in_path: Some(decode(model)?), ..call(endpoint) })
}

/// A model's name out of a path: percent-decoded once, and nothing left in it that could mean something in a path.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let pair = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    let odd = name.is_empty()
        || name.len() > 256
        || name.chars().any(|c| c.is_control() || c.is_whitespace() || "\\%?#;".contains(c));
    (!odd && !name.split('/').any(|part| part.is_empty() || part == "." || part == "..")).then_some(name)
}

fn check_method(method: &Method, call: &Call) -> Result<(), Denial> {
    let fits = match &call.response {
        Some(StoredResponse { cancel: true, .. }) | None => method == Method::POST,
        Some(StoredResponse { input_items: true, .. }) => method == Method::GET,
        Some(_) => method == Method::GET || method == Method::DELETE,
    };
    if fits { Ok(()) } else { Err(Denial::MethodNotAllowed) }
}

/// The query as the vendor gets it. A credential in it is refused, but for Gemini's `key`, which is taken out (step 2 has
/// looked at it) before anything is logged or sent on.
fn query(query: Option<&str>, dialect: Dialect) -> Result<Option<String>, Denial> {
    let Some(query) = query else { return Ok(None) };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        match name {
            "key" if dialect == Dialect::Gemini => {}
            "key" | "api_key" | "api-key" | "access_token" | "token" => return Err(Denial::CredentialInQuery),
            // The model is decided by the body or the path: another one here could only confuse somebody.
            "model" => {
                return Err(Denial::BadBody {
                    message: "The model belongs into the body.".into(),
                    param: Some("model".into()),
                });
            }
            _ => kept.push(pair),
        }
    }
    Ok((!kept.is_empty()).then(|| kept.join("&")))
}

/// A path in an error text: short, and without what a terminal would act on.
fn shown(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, target: &str) -> RequestHeader {
        RequestHeader::build(method, target.as_bytes(), None).unwrap()
    }

    fn llm(method: &str, target: &str) -> Call {
        match route(&head(method, target)) {
            Ok(Route::Llm(call)) => call,
            other => panic!("{target}: {other:?}"),
        }
    }

    #[test]
    fn tricky_paths_are_no_endpoint() {
        for target in [
            "/v1//chat/completions",
            "/v1/./chat/completions",
            "/v1/x/../chat/completions",
            "/V1/chat/completions",
            "/v1/Chat/Completions",
            "/v1/chat/completions/",
            "/v1/chat%2fcompletions",
            "/v1/chat/completions;x",
            "/v1/chat/completions%00",
            "/v1/messages/batches",
            "/v1/batches",
            "/v1/files",
            "/v1/fine_tuning/jobs",
            "/v1/realtime",
            "/v1/assistants",
            "/v1/videos",
            "/v1beta/models/:generateContent",
            "/v1beta/models/a/../b:generateContent",
            "/v1beta/models/a%2f..%2fb:generateContent",
            "/v1beta/models/a%5cb:generateContent",
            "/v1beta/models/a%00:generateContent",
            "/v1beta/models/a:batchGenerateContent",
            "/v1beta/cachedContents",
            "/openai/deployments/a/../chat/completions",
            "/openai/deployments//chat/completions",
            "/anthropic/v1/complete",
            "/openai/v1/files",
            "/v1/responses/a/b",
            "/v1/responses/a%2fb",
            "/v1/responses/..",
        ] {
            assert!(!matches!(route(&head("POST", target)), Ok(Route::Llm(_))), "{target}");
        }
    }

    #[test]
    fn what_is_no_llm_path_is_for_the_local_service() {
        for target in [
            "/",
            "/health/liveliness",
            "/key/info",
            "/metrics",
            "/v1/models",
            "/v1/models/gpt-4o",
            "/models",
            "/api/hello",
        ] {
            assert_eq!(route(&head("GET", target)).unwrap(), Route::Local, "{target}");
        }
    }

    #[test]
    fn every_endpoint_is_found_under_each_of_its_names() {
        for (path, endpoint) in OPENAI_PATHS {
            for prefix in ["", "/v1", "/openai", "/openai/v1", "/groq/v1", "/v1beta/openai"] {
                assert_eq!(llm("POST", &format!("{prefix}{path}")).endpoint, endpoint, "{prefix}{path}");
            }
            let azure = llm("POST", &format!("/openai/deployments/my-gpt{path}?api-version=1"));
            assert_eq!(
                (azure.endpoint, azure.model_in_path.as_deref(), azure.query.as_deref()),
                (endpoint, Some("my-gpt"), Some("api-version=1"))
            );
        }
        assert_eq!(llm("POST", "/v1/messages?beta=true").query.as_deref(), Some("beta=true"));
        assert_eq!(llm("POST", "/v1/messages/count_tokens").endpoint, Endpoint::CountTokens);
        assert_eq!(llm("POST", "/anthropic/v1/messages").provider, Some(ProviderKind::Anthropic));
        for (action, endpoint) in GEMINI_ACTIONS {
            for prefix in ["/v1beta", "/v1", "/gemini/v1beta"] {
                let found = llm("POST", &format!("{prefix}/models/gemini-2.5-flash:{action}?alt=sse"));
                assert_eq!((found.endpoint, found.model_in_path.as_deref()), (endpoint, Some("gemini-2.5-flash")));
            }
        }
        assert_eq!(llm("POST", "/v1/models/ft%3Ax:generateContent").model_in_path.as_deref(), Some("ft:x"));
        assert_eq!(llm("DELETE", "/v1/responses/resp_1").endpoint, Endpoint::ResponseById);
        assert!(llm("POST", "/v1/responses/resp_1/cancel").response.unwrap().cancel);
    }

    #[test]
    fn a_key_in_the_query_is_refused_but_for_gemini_where_it_is_taken_out() {
        assert!(matches!(route(&head("POST", "/v1/chat/completions?key=sk-x")), Err(Denial::CredentialInQuery)));
        assert!(matches!(route(&head("POST", "/v1/messages?api_key=sk-x")), Err(Denial::CredentialInQuery)));
        assert_eq!(llm("POST", "/v1beta/models/g:generateContent?key=sk-x").query, None);
        assert_eq!(llm("POST", "/v1beta/models/g:generateContent?alt=sse&key=sk-x").query.as_deref(), Some("alt=sse"));
        assert!(matches!(route(&head("POST", "/v1/chat/completions?model=x")), Err(Denial::BadBody { .. })));
    }

    #[test]
    fn methods_and_upgrades_are_checked() {
        assert!(matches!(route(&head("GET", "/v1/chat/completions")), Err(Denial::MethodNotAllowed)));
        assert!(matches!(route(&head("TRACE", "/v1/messages")), Err(Denial::MethodNotAllowed)));
        let mut upgrade = head("GET", "/v1/responses");
        upgrade.append_header("upgrade", "websocket").unwrap();
        assert!(matches!(route(&upgrade), Err(Denial::UpgradeRequired)));
    }

    #[test]
    fn errors_are_told_in_the_dialect_of_the_path() {
        for (target, expected) in [
            ("/v1/messages", Dialect::Anthropic),
            ("/anthropic/v1/messages/batches", Dialect::Anthropic),
            ("/v1beta/models/x:generateContent", Dialect::Gemini),
            ("/v1/models/x:generateContent", Dialect::Gemini),
            ("/v1beta/openai/chat/completions", Dialect::OpenAi),
            ("/nothing", Dialect::OpenAi),
        ] {
            assert_eq!(dialect(&head("POST", target)), expected, "{target}");
        }
    }
}

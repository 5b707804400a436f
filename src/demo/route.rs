//! Which endpoint a path is, at this vendor: its own paths, Azure's spelling of them, and the gateways' habits.

use axum::http::Method;
use filters::endpoint::Endpoint;

/// What a request is for, and what its path says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// A model is asked; `name` is the model, or the id of a stored response, where the path has one.
    Model { endpoint: Endpoint, name: Option<&'a str> },
    /// The models on offer.
    Models,
}

/// The route of a request, if the vendor has one for it.
pub(super) fn route<'a>(method: &Method, path: &'a str) -> Option<Route<'a>> {
    if let Some(path) = path.strip_prefix("/openai/deployments/") {
        let (deployment, path) = path.split_once('/')?;
        return Some(Route::Model { endpoint: openai(method, path)?.0, name: Some(deployment) });
    }
    let path = VERSIONS.iter().find_map(|version| path.strip_prefix(version))?;
    if path == "models" || path.starts_with("models/") && *method == Method::GET {
        return Some(Route::Models);
    }
    let (endpoint, name) = match path.strip_prefix("models/") {
        Some(call) => gemini(call)?,
        None => openai(method, path)?,
    };
    Some(Route::Model { endpoint, name })
}

/// What stands before an endpoint's own path, longest first.
const VERSIONS: [&str; 5] = ["/v1beta/openai/", "/openai/v1/", "/v1beta/", "/v1alpha/", "/v1/"];

/// The endpoints that are told by their path, OpenAI's, Anthropic's and Gemini's interactions.
fn openai<'a>(method: &Method, path: &'a str) -> Option<(Endpoint, Option<&'a str>)> {
    use Endpoint::*;
    let endpoint = match path {
        "chat/completions" => ChatCompletions,
        "completions" => Completions,
        "responses" => Responses,
        "responses/compact" => ResponsesCompact,
        "responses/input_tokens" => ResponsesInputTokens,
        "embeddings" => Embeddings,
        "moderations" => Moderations,
        "images/generations" => ImagesGenerations,
        "images/edits" => ImagesEdits,
        "images/variations" => ImagesVariations,
        "audio/speech" => AudioSpeech,
        "audio/transcriptions" => AudioTranscriptions,
        "audio/translations" => AudioTranslations,
        "rerank" => Rerank,
        "messages" => Messages,
        "messages/count_tokens" => CountTokens,
        "interactions" => Interactions,
        _ => return stored_response(method, path).map(|id| (ResponseById, Some(id))),
    };
    (*method == Method::POST).then_some((endpoint, None))
}

/// The id of the stored response that a path names.
fn stored_response<'a>(method: &Method, path: &'a str) -> Option<&'a str> {
    let id = path.strip_prefix("responses/")?;
    match *method {
        Method::POST => id.strip_suffix("/cancel"),
        Method::GET | Method::DELETE => id.split('/').next(),
        _ => None,
    }
}

/// The endpoint and the model in `gemini-2.5-flash:generateContent`.
fn gemini(call: &str) -> Option<(Endpoint, Option<&str>)> {
    let (model, verb) = call.split_once(':')?;
    let endpoint = match verb {
        "generateContent" => Endpoint::GenerateContent,
        "streamGenerateContent" => Endpoint::StreamGenerateContent,
        "countTokens" => Endpoint::GeminiCountTokens,
        "embedContent" => Endpoint::EmbedContent,
        "batchEmbedContents" => Endpoint::BatchEmbedContents,
        _ => return None,
    };
    Some((endpoint, Some(model)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str) -> Option<Route<'_>> {
        route(&Method::POST, path)
    }

    #[test]
    fn an_unknown_path_or_method_has_no_route() {
        for path in ["/", "/v1/", "/v1/nothing", "/v1/responses/abc", "/v1/models/x:unknown", "/chat/completions"] {
            assert_eq!(post(path), None, "{path}");
        }
        assert_eq!(route(&Method::GET, "/v1/chat/completions"), None);
    }

    #[test]
    fn each_dialect_finds_its_own_spelling() {
        let chat = Endpoint::ChatCompletions;
        for path in ["/v1/chat/completions", "/openai/v1/chat/completions", "/v1beta/openai/chat/completions"] {
            assert_eq!(post(path), Some(Route::Model { endpoint: chat, name: None }), "{path}");
        }
        let azure = Route::Model { endpoint: chat, name: Some("gpt") };
        assert_eq!(post("/openai/deployments/gpt/chat/completions"), Some(azure));
        let gemini = Route::Model { endpoint: Endpoint::GenerateContent, name: Some("gemini-x") };
        assert_eq!(post("/v1beta/models/gemini-x:generateContent"), Some(gemini));
    }

    #[test]
    fn a_stored_response_is_found_by_its_id() {
        let stored = Some(Route::Model { endpoint: Endpoint::ResponseById, name: Some("resp_1") });

        assert_eq!(route(&Method::GET, "/v1/responses/resp_1"), stored);
        assert_eq!(route(&Method::GET, "/v1/responses/resp_1/input_items"), stored);
        assert_eq!(route(&Method::DELETE, "/v1/responses/resp_1"), stored);
        assert_eq!(post("/v1/responses/resp_1/cancel"), stored);
    }
}

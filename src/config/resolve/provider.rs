//! Whose model it is: from `litellm_params.model`, as LiteLLM reads it.

use filters::state::catalog::ProviderKind;

use crate::config::mistake::Mistake;
use crate::config::section::{Placed, Section, suggest};

/// A provider and what it calls the model.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Upstream {
    pub(super) kind: ProviderKind,
    /// As the config has it: another than the kind's for OpenAI-compatible servers.
    pub(super) provider: String,
    pub(super) model: String,
}

/// Providers whose requests must be signed.
const SIGNED: &[&str] = &["bedrock", "bedrock_converse", "sagemaker", "sagemaker_chat", "vertex_ai", "vertex_ai_beta"];

/// LiteLLM's other names for providers that we know.
const SYNONYMS: &[(&str, ProviderKind)] = &[
    ("hosted_vllm", ProviderKind::Vllm),
    ("ollama_chat", ProviderKind::Ollama),
    ("text-completion-openai", ProviderKind::OpenAi),
    ("azure_text", ProviderKind::Azure),
    ("google", ProviderKind::Gemini),
];

/// Models whose name alone says whose they are.
const FAMILIES: &[(&str, ProviderKind)] = &[
    ("claude-", ProviderKind::Anthropic),
    ("gemini-", ProviderKind::Gemini),
    ("gpt-", ProviderKind::OpenAi),
    ("chatgpt-", ProviderKind::OpenAi),
    ("o1", ProviderKind::OpenAi),
    ("o3", ProviderKind::OpenAi),
    ("o4", ProviderKind::OpenAi),
    ("text-embedding-", ProviderKind::OpenAi),
    ("omni-moderation-", ProviderKind::OpenAi),
    ("dall-e-", ProviderKind::OpenAi),
    ("whisper-", ProviderKind::OpenAi),
    ("tts-", ProviderKind::OpenAi),
];

/// Finds the provider, or complains why there is none to be found.
pub(super) fn upstream(params: Section<'_>) -> Option<Upstream> {
    let provider = params.text("custom_llm_provider");
    let Some(model) = params.placed("model") else {
        if !params.has("model") {
            params.complain(params.place(), format!("{} needs `model`", params.name()));
        }
        return None;
    };
    let has_base = params.has("api_base") || params.has("base_url");
    match (&provider, model.value.split_once('/')) {
        (Some(provider), Some((first, rest))) if first == provider => named(params, &model, provider, rest, has_base),
        (Some(provider), _) => named(params, &model, provider, &model.value, has_base),
        (None, Some((provider, rest))) => named(params, &model, provider, rest, has_base),
        (None, None) => inferred(params, &model, has_base),
    }
}

fn named(params: Section<'_>, typed: &Placed, name: &str, model: &str, has_base: bool) -> Option<Upstream> {
    if SIGNED.contains(&name) {
        params.complain(&typed.place, format!("`{name}` needs request signing, which is not built yet"));
        return None;
    }
    if let Some(kind) = known(name) {
        return Some(Upstream { kind, provider: kind.name().to_owned(), model: model.to_owned() });
    }
    if has_base {
        let message = format!("`{name}` is no provider known by name: it is called as an OpenAI-compatible server");
        params.warn(&typed.place, message);
        let kind = ProviderKind::OpenAiCompatible;
        return Some(Upstream { kind, provider: name.to_owned(), model: model.to_owned() });
    }
    let names = ProviderKind::ALL.map(ProviderKind::name);
    let message = format!("`{name}` is no provider known by name, and there is no `api_base` to reach it at");
    let mistake = Mistake::at(typed.place.clone(), message);
    params.reading().report.mistake(Mistake { hint: suggest(name, names), ..mistake });
    None
}

fn known(name: &str) -> Option<ProviderKind> {
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == name).map(|(_, kind)| *kind);
    ProviderKind::from_name(name).or(synonym)
}

fn inferred(params: Section<'_>, model: &Placed, has_base: bool) -> Option<Upstream> {
    let family = FAMILIES.iter().find(|(prefix, _)| model.value.starts_with(prefix)).map(|(_, kind)| *kind);
    let Some(kind) = family.or(has_base.then_some(ProviderKind::OpenAiCompatible)) else {
        let message = format!("`{}` does not say whose model it is: write it as provider/{0}", model.value);
        params.complain(&model.place, message);
        return None;
    };
    Some(Upstream { kind, provider: kind.name().to_owned(), model: model.value.clone() })
}

/// Where the provider's credential usually stands in the environment.
pub(super) const fn usual_variable(kind: ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::OpenAi => Some("OPENAI_API_KEY"),
        ProviderKind::Anthropic => Some("ANTHROPIC_API_KEY"),
        ProviderKind::Gemini => Some("GEMINI_API_KEY"),
        ProviderKind::Mistral => Some("MISTRAL_API_KEY"),
        ProviderKind::Groq => Some("GROQ_API_KEY"),
        ProviderKind::DeepSeek => Some("DEEPSEEK_API_KEY"),
        ProviderKind::XAi => Some("XAI_API_KEY"),
        ProviderKind::OpenRouter => Some("OPENROUTER_API_KEY"),
        ProviderKind::Azure | ProviderKind::Ollama | ProviderKind::Vllm | ProviderKind::OpenAiCompatible => None,
    }
}

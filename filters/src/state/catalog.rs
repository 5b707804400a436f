//! What can be asked for and who serves it: models, aliases, deployments, providers, credentials.
//!
//! One read-only catalog, published whole. Names match exactly, letter case included.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::endpoint::{Dialect, Endpoint};
use crate::state::pricing::Price;

/// A vendor credential or other secret: cannot be printed, and is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The secret itself. Every use is a place to look at when asking where secrets go.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The vendors known by name: how they are addressed and how they want their credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    OpenAi,
    Anthropic,
    Gemini,
    Azure,
    Mistral,
    Groq,
    DeepSeek,
    XAi,
    OpenRouter,
    Ollama,
    Vllm,
    /// Any other server that speaks OpenAI's dialect at its `api_base`.
    OpenAiCompatible,
}

/// How a provider wants its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialStyle {
    Bearer,
    XApiKey,
    ApiKey,
    XGoogApiKey,
}

impl ProviderKind {
    pub const ALL: [Self; 12] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::Azure,
        Self::Mistral,
        Self::Groq,
        Self::DeepSeek,
        Self::XAi,
        Self::OpenRouter,
        Self::Ollama,
        Self::Vllm,
        Self::OpenAiCompatible,
    ];

    /// Its name in `litellm_params.model` (before the slash), in the price book, in metrics and in `/{provider}/…`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Azure => "azure",
            Self::Mistral => "mistral",
            Self::Groq => "groq",
            Self::DeepSeek => "deepseek",
            Self::XAi => "xai",
            Self::OpenRouter => "openrouter",
            Self::Ollama => "ollama",
            Self::Vllm => "vllm",
            Self::OpenAiCompatible => "openai_compatible",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Where it is reached unless the config says otherwise; `None` where the config must say.
    ///
    /// The path, where there is one, is what stands in front of `/v1/…` in the vendor's own paths.
    #[must_use]
    pub const fn default_base(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com"),
            Self::Mistral => Some("https://api.mistral.ai"),
            Self::Groq => Some("https://api.groq.com/openai"),
            Self::DeepSeek => Some("https://api.deepseek.com"),
            Self::XAi => Some("https://api.x.ai"),
            Self::OpenRouter => Some("https://openrouter.ai/api"),
            Self::Ollama => Some("http://127.0.0.1:11434"),
            Self::Azure | Self::Vllm | Self::OpenAiCompatible => None,
        }
    }

    /// How the credential is sent on an endpoint of `dialect`: Gemini's and Anthropic's OpenAI-compatible endpoints
    /// take a bearer token, their own endpoints their own header.
    #[must_use]
    pub const fn credential_style(self, dialect: Dialect) -> CredentialStyle {
        match (self, dialect) {
            (Self::Anthropic, Dialect::Anthropic) => CredentialStyle::XApiKey,
            (Self::Gemini, Dialect::Gemini) => CredentialStyle::XGoogApiKey,
            (Self::Azure, _) => CredentialStyle::ApiKey,
            _ => CredentialStyle::Bearer,
        }
    }

    /// Whether the provider serves the endpoint natively; we translate nothing.
    #[must_use]
    pub const fn serves(self, endpoint: Endpoint) -> bool {
        match endpoint.dialect() {
            Dialect::Anthropic => {
                matches!(self, Self::Anthropic | Self::OpenAiCompatible | Self::DeepSeek | Self::OpenRouter)
            }
            Dialect::Gemini => matches!(self, Self::Gemini),
            Dialect::OpenAi => match self {
                Self::Anthropic => matches!(endpoint, Endpoint::ChatCompletions),
                Self::Gemini => {
                    matches!(endpoint, Endpoint::ChatCompletions | Endpoint::Embeddings | Endpoint::ImagesGenerations)
                }
                _ => true,
            },
        }
    }
}

/// Where a deployment is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiBase {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// In front of the vendor's own path; without a slash at the end, empty for none.
    pub path_prefix: String,
}

/// Requests, tokens and parallel requests that an object may use in a minute; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub requests_per_minute: Option<u64>,
    pub tokens_per_minute: Option<u64>,
    pub parallel_requests: Option<u64>,
}

/// One place that serves a model.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Stable across restarts: `model_info.id`, or derived from the provider, model and address.
    pub id: Arc<str>,
    pub provider: ProviderKind,
    /// The provider's name as the config has it: differs from the kind's for OpenAI-compatible ones.
    pub provider_name: Arc<str>,
    /// What the vendor calls the model (Azure: the deployment's name).
    pub upstream_model: Arc<str>,
    pub base: ApiBase,
    pub credential: Option<Secret>,
    /// Azure's `api-version` query parameter.
    pub api_version: Option<String>,
    /// `None`: unpriced, and refused unless the operator allows unpriced models.
    pub price: Option<Arc<Price>>,
    pub limits: Limits,
    /// Relative share of traffic among the deployments of a model with the same `order`.
    pub weight: u32,
    /// Lower first: a higher one is used only when every lower one is cooling down or full.
    pub order: u32,
    /// How long the vendor may be silent: before the head, and between two chunks.
    pub timeout: Duration,
}

/// One name that can be asked for.
#[derive(Clone, Debug)]
pub struct Model {
    pub name: Arc<str>,
    pub deployments: Vec<Arc<Deployment>>,
    /// `model_info.access_groups`: names that stand for this model in allowlists.
    pub access_groups: Vec<String>,
    /// Other models to try when every deployment has failed (`router_settings.fallbacks`).
    pub fallbacks: Vec<Arc<str>>,
}

/// All models and their other names.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    models: HashMap<Arc<str>, Arc<Model>, ahash::RandomState>,
    /// In the order of the config, for listings.
    names: Vec<Arc<str>>,
    aliases: HashMap<String, Arc<str>, ahash::RandomState>,
}

impl Catalog {
    /// Builds a catalog. An alias that names no model, or that is also a model's name, is the caller's mistake to
    /// report: here the model wins and the alias leads nowhere.
    #[must_use]
    pub fn new(models: Vec<Model>, aliases: impl IntoIterator<Item = (String, String)>) -> Self {
        let names = models.iter().map(|model| model.name.clone()).collect();
        let models = models.into_iter().map(|model| (model.name.clone(), Arc::new(model))).collect();
        let aliases = aliases.into_iter().map(|(alias, target)| (alias, Arc::from(target))).collect();
        Self { models, names, aliases }
    }

    /// The model a caller means: its own name, or what an alias stands for. One step, so aliases cannot chain.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<&Arc<Model>> {
        self.models.get(name).or_else(|| self.models.get(self.aliases.get(name)?.as_ref()))
    }

    /// All models in the order of the config.
    pub fn models(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.names.iter().filter_map(|name| self.models.get(name.as_ref()))
    }

    /// Other names and the model each stands for.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &Arc<Model>)> {
        self.aliases.iter().filter_map(|(alias, target)| Some((alias.as_str(), self.models.get(target)?)))
    }
}

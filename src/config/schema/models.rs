//! The knobs of one `model_list` entry.

use super::{Knob, Schema, Shape, foreign, knob, not_built};

pub(super) static MODEL: Schema =
    Schema { path: "model_list[]", knobs: &[MODEL_KNOBS], foreign: &[], has_prices: false };

const MODEL_KNOBS: &[Knob] = &[
    knob(
        "model_name",
        Shape::Text,
        "null",
        "The name callers ask for. With one *, every priced model that litellm_params.model covers.",
    ),
    knob("litellm_params", Shape::Section(&PARAMS), "null", "Who serves it."),
    knob("model_info", Shape::Section(&INFO), "null", "What else is known of it."),
];

static PARAMS: Schema =
    Schema { path: "model_list[].litellm_params", knobs: &[PARAMS_KNOBS], foreign: foreign::PARAMS, has_prices: true };

const PARAMS_KNOBS: &[Knob] = &[
    knob(
        "model",
        Shape::Text,
        "null",
        "provider/upstream name, such as anthropic/claude-3-haiku-20240307. Providers: openai, anthropic, gemini, azure, mistral, groq, deepseek, xai, openrouter, ollama, vllm, and any other name with an api_base that speaks OpenAI's dialect.",
    ),
    knob("custom_llm_provider", Shape::Text, "null", "The provider, where model does not begin with it."),
    knob(
        "api_key",
        Shape::Secret,
        "null",
        "The vendor's credential. Left out at the provider's own address: its usual variable, such as ANTHROPIC_API_KEY.",
    ),
    knob(
        "api_base",
        Shape::Text,
        "null",
        "Where it is reached; the provider's own address by default. A /v1 at the end is understood and taken off.",
    ),
    knob("base_url", Shape::Text, "null", "The same, as OpenAI's clients call it."),
    knob("api_version", Shape::Text, "null", "Azure's api-version."),
    knob("rpm", Shape::Count, "null", "Requests a minute that this deployment takes."),
    knob("tpm", Shape::Count, "null", "Tokens a minute that it takes."),
    knob("max_parallel_requests", Shape::Count, "null", "Requests it takes at once."),
    knob("weight", Shape::Count, "1", "Its share of the traffic among deployments of the same order."),
    knob("order", Shape::Count, "1", "Lower first; a higher one is asked when every lower one is full or failing."),
    knob(
        "timeout",
        Shape::Seconds,
        "null",
        "Seconds for which it may be silent, instead of litellm_settings.request_timeout.",
    ),
    knob("max_budget", Shape::Dollars, "null", "What may be spent on this deployment, in dollars."),
    knob("budget_duration", Shape::Text, "null", "How long that cap lasts."),
    not_built("litellm_credential_name", "A credential of credential_list."),
    not_built("guardrails", "Checks of prompts and answers."),
    not_built("ssl_ca", "A certificate authority of one's own."),
];

static INFO: Schema =
    Schema { path: "model_list[].model_info", knobs: &[INFO_KNOBS], foreign: foreign::INFO, has_prices: true };

const INFO_KNOBS: &[Knob] = &[
    knob("id", Shape::Text, "null", "Its name in logs and metrics. Left out: made of provider, model and address."),
    knob(
        "base_model",
        Shape::Text,
        "null",
        "The model whose price applies, where the upstream name does not say: azure/gpt-4o for a deployment called prod-4.",
    ),
    knob("access_groups", Shape::Words, "[]", "Names that stand for this model in lists of allowed models."),
    knob("max_input_tokens", Shape::Count, "null", "The context window, where the price book does not say."),
    knob("max_output_tokens", Shape::Count, "null", "The longest answer, where the price book does not say."),
    knob("max_tokens", Shape::Count, "null", "The same, in LiteLLM's older word."),
    not_built("team_id", "A model for one team alone."),
];

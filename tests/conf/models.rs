//! `model_list`: providers, addresses, credentials, wildcards, prices, other names.

use std::time::Duration;

use filters::money::NanoUsd;
use filters::state::catalog::{Deployment, ProviderKind};

use super::fixture::{MASTER, mistakes, resolved, warnings};

fn with(entries: &str) -> String {
    format!("{MASTER}model_list:\n{entries}")
}

/// The one deployment of a model whose `litellm_params` are given.
fn deployment(params: &str) -> Deployment {
    let resolved = resolved(&with(&format!("  - {{model_name: m, litellm_params: {{{params}}}}}\n")));
    (*resolved.catalog.resolve("m").unwrap().deployments[0]).clone()
}

#[test]
fn a_provider_that_cannot_be_known_is_refused() {
    for (params, wrong) in [
        ("model: mystery-model", "does not say whose model it is"),
        ("model: nobody/x", "`nobody` is no provider known by name"),
        ("model: antropic/x", "did you mean `anthropic`?"),
        ("model: vertex_ai/gemini-pro", "needs request signing"),
        ("model: sagemaker/x", "needs request signing"),
        ("model: azure/x", "`azure` needs an `api_base`"),
        ("model: vllm/x", "`vllm` needs an `api_base`"),
        ("api_key: x", "needs `model`"),
    ] {
        let mistakes = mistakes(&with(&format!("  - {{model_name: m, litellm_params: {{{params}}}}}\n")));
        assert_eq!(mistakes.len(), 1, "{params}: {mistakes:?}");
        assert!(mistakes[0].contains(wrong), "{params}: {mistakes:?}");
    }
}

#[test]
fn the_provider_follows_from_the_prefix_or_the_family() {
    for (params, kind, provider, model) in [
        ("model: anthropic/claude-x", ProviderKind::Anthropic, "anthropic", "claude-x"),
        ("model: claude-x", ProviderKind::Anthropic, "anthropic", "claude-x"),
        ("model: gpt-4o", ProviderKind::OpenAi, "openai", "gpt-4o"),
        ("model: o3-mini", ProviderKind::OpenAi, "openai", "o3-mini"),
        ("model: gemini-2.5-flash", ProviderKind::Gemini, "gemini", "gemini-2.5-flash"),
        ("model: openrouter/meta/llama", ProviderKind::OpenRouter, "openrouter", "meta/llama"),
        ("model: x, api_base: 'http://h/v1'", ProviderKind::OpenAiCompatible, "openai_compatible", "x"),
        ("model: openai/x, api_base: 'http://h/v1'", ProviderKind::OpenAiCompatible, "openai", "x"),
        ("model: house/x, api_base: 'http://h/v1'", ProviderKind::OpenAiCompatible, "house", "x"),
        ("model: hosted_vllm/a/b, api_base: 'http://h/v1'", ProviderKind::Vllm, "vllm", "a/b"),
        ("model: x, custom_llm_provider: groq", ProviderKind::Groq, "groq", "x"),
    ] {
        let found = deployment(params);
        assert_eq!(
            (found.provider, &*found.provider_name, &*found.upstream_model),
            (kind, provider, model),
            "{params}"
        );
    }
}

#[test]
fn the_usual_variable_is_a_credential_at_the_providers_own_address_only() {
    let own = deployment("model: anthropic/claude-opus-4").credential.unwrap();
    assert!(own.expose().ends_with("ANTHROPIC_API_KEY"));

    for elsewhere in ["api_base: 'http://127.0.0.1:9'", "base_url: 'http://127.0.0.1:9'"] {
        let elsewhere = deployment(&format!("model: anthropic/claude-opus-4, {elsewhere}"));
        assert!(elsewhere.credential.is_none());
    }
}

#[test]
fn an_entry_is_read_in_full() {
    let text = with(
        "  - model_name: m
    litellm_params: {model: azure/prod, api_base: 'https://a.example:8443/x/', api_key: k, api_version: '2024-10-21',
      rpm: 5, tpm: 6, max_parallel_requests: 7, weight: 3, order: 2, timeout: 2.5, max_budget: 9.5}
    model_info: {id: mine, access_groups: [beta], base_model: azure/gpt-4o}
",
    );

    let resolved = resolved(&text);

    let model = resolved.catalog.resolve("m").unwrap();
    let found = &model.deployments[0];
    assert_eq!(model.access_groups, ["beta"]);
    assert_eq!((&*found.id, found.weight, found.order, found.timeout), ("mine", 3, 2, Duration::from_millis(2500)));
    assert_eq!((found.base.host.as_str(), found.base.port, found.base.path_prefix.as_str()), ("a.example", 8443, "/x"));
    assert_eq!(found.api_version.as_deref(), Some("2024-10-21"));
    assert_eq!(found.limits.tokens_per_minute, Some(6));
    assert!(found.price.is_some());
    assert_eq!(resolved.settings.budgets.deployments["mine"].max, Some(NanoUsd(9_500_000_000)));
}

#[test]
fn entries_of_one_name_share_it_and_have_ids_of_their_own_that_stay() {
    let text = with(
        "  - {model_name: m, litellm_params: {model: openai/gpt-4o, api_key: one}}
  - {model_name: m, litellm_params: {model: openai/gpt-4o, api_key: two}}
",
    );
    let ids = || {
        let resolved = resolved(&text);
        let ids: Vec<_> = resolved.catalog.resolve("m").unwrap().deployments.iter().map(|d| d.id.to_string()).collect();
        ids
    };

    assert_eq!(ids().len(), 2);
    assert_ne!(ids()[0], ids()[1]);
    assert_eq!(ids(), ids());
}

#[test]
fn a_typed_id_is_nobody_elses() {
    let text = with(
        "  - {model_name: a, litellm_params: {model: openai/gpt-4o}, model_info: {id: same}}
  - {model_name: b, litellm_params: {model: openai/gpt-4o}, model_info: {id: same}}
",
    );

    let mistakes = mistakes(&text);

    assert!(mistakes[0].starts_with("4:78: the model id `same` is here for the second time"), "{mistakes:?}");
    assert!(mistakes[0].ends_with("c.yaml:3:78"), "{mistakes:?}");
}

#[test]
fn a_wildcard_stands_for_the_priced_models_and_leaves_explicit_ones_alone() {
    let text = with(
        "  - {model_name: 'anthropic/*', litellm_params: {model: 'anthropic/*'}}
  - {model_name: 'anthropic/claude-opus-4', litellm_params: {model: openai/gpt-4o}}
  - {model_name: '*', litellm_params: {model: 'gemini/*'}}
",
    );

    let resolved = resolved(&text);

    let names: Vec<_> = resolved.catalog.models().map(|model| model.name.to_string()).collect();
    assert_eq!(
        names,
        [
            "anthropic/claude-opus-4",
            "anthropic/claude-haiku-4",
            "anthropic/claude-3-5-sonnet-20241022",
            "gemini-2.5-flash",
        ]
    );
    let explicit = &resolved.catalog.resolve("anthropic/claude-opus-4").unwrap().deployments;
    assert_eq!((explicit.len(), &*explicit[0].upstream_model), (1, "gpt-4o"));
}

#[test]
fn a_model_without_a_price_is_warned_about() {
    let entry = with("  - {model_name: m, litellm_params: {model: openai/unheard-of}}\n");

    assert!(warnings(&entry)[0].contains("`m` has no price: it is refused until"));
    assert!(deployment("model: openai/unheard-of, input_cost_per_token: 0.000001").price.is_some());
}

#[test]
fn a_price_that_is_none_is_refused() {
    for price in
        ["input_cost_per_token: -1", "input_cost_per_token: cheap", "input_cost_per_query: 1", "input_cost_per_tokn: 1"]
    {
        let text = with(&format!("  - {{model_name: m, litellm_params: {{model: openai/gpt-4o, {price}}}}}\n"));
        assert_eq!(mistakes(&text).len(), 1, "{price}");
    }
}

#[test]
fn an_alias_leads_to_a_model_and_is_none_itself() {
    let models = "  - {model_name: gpt-4o, litellm_params: {model: openai/gpt-4o}}
  - {model_name: gpt-4o-mini, litellm_params: {model: openai/gpt-4o-mini}}
";
    let with_aliases =
        |aliases: &str| format!("{}router_settings: {{model_group_alias: {{{aliases}}}}}\n", with(models));

    let good = resolved(&with_aliases("fast: gpt-4o-mini, big: {model: gpt-4o, hidden: true}"));
    assert_eq!(&*good.catalog.resolve("fast").unwrap().name, "gpt-4o-mini");
    assert_eq!(&*good.catalog.resolve("big").unwrap().name, "gpt-4o");

    assert!(mistakes(&with_aliases("gpt-4o: gpt-4o-mini"))[0].contains("is also a model's name"));
    assert!(mistakes(&with_aliases("fast: gpt-4p"))[0].contains("leads to no model (did you mean `gpt-4o`?)"));
    assert!(
        mistakes(&with_aliases("fast: gpt-4o, faster: fast"))[0].contains("leads to no model"),
        "aliases do not chain"
    );
}

#[test]
fn fallbacks_of_both_sections_are_put_on_their_models() {
    let text = format!(
        "{}litellm_settings: {{fallbacks: [{{a: [b, nowhere]}}]}}\nrouter_settings: {{fallbacks: [{{'*': c}}]}}\n",
        with(
            "  - {model_name: a, litellm_params: &p {model: openai/gpt-4o}}\n  - {model_name: b, litellm_params: *p}\n  - {model_name: c, litellm_params: *p}\n"
        )
    );

    let resolved = resolved(&text);

    let fallbacks = |name: &str| {
        resolved.catalog.resolve(name).unwrap().fallbacks.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        (fallbacks("a"), fallbacks("b"), fallbacks("c")),
        (vec!["c".into(), "b".into()], vec!["c".into()], vec![])
    );
    assert!(warnings(&text).iter().any(|warning| warning.contains("the fallback `nowhere` is no model")));
}

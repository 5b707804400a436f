//! One `model_list` entry: the deployments it declares.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use filters::money::PicoUsd;
use filters::state::catalog::{ApiBase, Deployment, Limits, ProviderKind, Secret};
use filters::state::ledger::Budget;
use filters::state::pricing::Price;
use sha2::{Digest, Sha256};

use super::allowance::{LIMIT, budget};
use super::api_base::api_base;
use super::provider::{Upstream, upstream, usual_variable};
use crate::config::section::{Placed, Section, not_money};
use crate::config::settings::Routing;
use crate::config::{Prices, TypedPrice};

const DAY_SECONDS: u64 = 86_400;
const TOKENS_MAX: RangeInclusive<u64> = 1..=1_000_000_000;
const SHARE: RangeInclusive<u64> = 0..=1_000_000;

/// What an entry says that holds for every deployment it declares: more than one only where it is a wildcard.
pub(super) struct Template<'a> {
    params: Section<'a>,
    info: Section<'a>,
    pub(super) name: Placed,
    pub(super) upstream: Upstream,
    base: ApiBase,
    credential: Option<Secret>,
    pub(super) access_groups: Vec<String>,
    pub(super) id: Option<Placed>,
    pub(super) budget: Budget,
    limits: Limits,
    typed_price: TypedPrice,
    /// Of the upstream's that is named; a wildcard's models have their own.
    base_model: Option<String>,
    weight: u32,
    order: u32,
    timeout: Duration,
}

/// Reads an entry. Everything in it is read, so that all its mistakes show, before what is missing ends it.
pub(super) fn template<'a>(entry: Section<'a>, routing: &Routing) -> Option<Template<'a>> {
    let (params, info) = (entry.section("litellm_params"), entry.section("model_info"));
    let name = entry.placed("model_name");
    if name.is_none() && !entry.has("model_name") {
        entry.complain(entry.place(), format!("{} needs `model_name`", entry.name()));
    }
    let upstream = upstream(params).map(|upstream| addressed(params, upstream));
    let base = upstream.as_ref().and_then(|upstream| api_base(params, upstream.kind));
    let credential = upstream.as_ref().and_then(|upstream| credential(params, upstream.kind));
    let template = Template {
        params,
        info,
        name: name?,
        upstream: upstream?,
        base: base?,
        credential,
        access_groups: info.words("access_groups").into_iter().map(|group| group.value).collect(),
        id: info.placed("id"),
        budget: budget(params, "max_budget", "budget_duration"),
        limits: limits(params),
        typed_price: typed_price(params, info),
        base_model: info.text("base_model"),
        weight: share(params, "weight"),
        order: share(params, "order"),
        timeout: params.seconds("timeout", 1..=DAY_SECONDS).unwrap_or(routing.vendor_timeout),
    };
    Some(template)
}

/// OpenAI's dialect at somebody else's address: no longer OpenAI's own server, though its prices apply.
fn addressed(params: Section<'_>, upstream: Upstream) -> Upstream {
    let is_elsewhere = params.has("api_base") || params.has("base_url");
    match upstream.kind {
        ProviderKind::OpenAi if is_elsewhere => Upstream { kind: ProviderKind::OpenAiCompatible, ..upstream },
        _ => upstream,
    }
}

/// The typed credential, or the provider's usual variable. That one is sent to the provider's own address only: at
/// another it would be a gift to whoever answers there.
fn credential(params: Section<'_>, kind: ProviderKind) -> Option<Secret> {
    if params.has("api_key") || params.has("api_base") || params.has("base_url") {
        return params.secret("api_key");
    }
    let variable = usual_variable(kind)?;
    let found = params.reading().variables.lookup(variable).filter(|value| !value.is_empty());
    if found.is_none() {
        params.complain(params.place(), format!("no `api_key`, and the environment variable {variable} is not set"));
    }
    found.map(Secret::new)
}

fn limits(params: Section<'_>) -> Limits {
    Limits {
        requests_per_minute: params.count("rpm", LIMIT),
        tokens_per_minute: params.count("tpm", LIMIT),
        parallel_requests: params.count("max_parallel_requests", LIMIT),
    }
}

fn share(params: Section<'_>, key: &str) -> u32 {
    params.count(key, SHARE).and_then(|share| u32::try_from(share).ok()).unwrap_or(1)
}

fn typed_price(params: Section<'_>, info: Section<'_>) -> TypedPrice {
    let mut per_unit: Vec<(String, PicoUsd)> = Vec::new();
    for section in [params, info] {
        for (key, typed) in section.price_texts() {
            match PicoUsd::parse(&typed.value) {
                Ok(price) if per_unit.iter().all(|(other, _)| other != key) => per_unit.push((key.to_owned(), price)),
                // LiteLLM itself repeats prices in `model_info`; what `litellm_params` says goes before.
                Ok(_) => {}
                Err(error) => section.complain(&typed.place, format!("`{key}` {}", not_money(&error))),
            }
        }
    }
    let older_output = info.count("max_tokens", TOKENS_MAX);
    TypedPrice {
        per_unit,
        input_tokens_max: info.count("max_input_tokens", TOKENS_MAX),
        output_tokens_max: info.count("max_output_tokens", TOKENS_MAX).or(older_output),
        ..TypedPrice::default()
    }
}

impl Template<'_> {
    /// The deployment of one upstream model under one public name. `id` where none is typed.
    pub(super) fn deployment(&self, upstream_model: &str, id: Arc<str>, prices: &dyn Prices) -> Deployment {
        Deployment {
            id,
            provider: self.upstream.kind,
            provider_name: Arc::from(self.upstream.provider.as_str()),
            upstream_model: Arc::from(upstream_model),
            base: self.base.clone(),
            credential: self.credential.clone(),
            api_version: self.params.text("api_version"),
            price: self.price(upstream_model, prices),
            limits: self.limits,
            weight: self.weight,
            order: self.order,
            timeout: self.timeout,
        }
    }

    /// An id that stays the same while the public name, the provider, its model and its address do. The address is
    /// hashed: ids are shown to callers.
    pub(super) fn derived_id(&self, name: &str, upstream_model: &str) -> String {
        let base = format!("{}:{}{}", self.base.host, self.base.port, self.base.path_prefix);
        let identity = [name, &self.upstream.provider, upstream_model, &base].join("\n");
        format!("{name}-{}", hex::encode(&Sha256::digest(identity.as_bytes())[..4]))
    }

    fn price(&self, upstream_model: &str, prices: &dyn Prices) -> Option<Arc<Price>> {
        let book = self.book_price(upstream_model, prices);
        let typed = &self.typed_price;
        let is_typed = !typed.per_unit.is_empty();
        if !is_typed && (book.is_none() || (typed.input_tokens_max.is_none() && typed.output_tokens_max.is_none())) {
            return book;
        }
        let name = format!("{}/{upstream_model}", self.upstream.provider);
        match prices.typed(&TypedPrice { name, book, ..typed.clone() }) {
            Ok(price) => Some(price),
            Err(reason) => {
                self.info.complain(self.params.place(), format!("the price of `{}`: {reason}", self.name.value));
                None
            }
        }
    }

    /// The book's price of `base_model`, which may name its provider, or else of the upstream model.
    fn book_price(&self, upstream_model: &str, prices: &dyn Prices) -> Option<Arc<Price>> {
        let model = self.base_model.as_deref().unwrap_or(upstream_model);
        let with_provider = model.split_once('/').and_then(|(provider, model)| prices.find(provider, model));
        with_provider.or_else(|| prices.find(&self.upstream.provider, model))
    }
}

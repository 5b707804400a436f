//! Step 6: hold what the request can cost, on every budget it falls under or on none.
//!
//! The hold covers the dearest place the request may go to. Under `strict` it is a proven upper bound: a byte of text is
//! at most a token, an image at most the vendor's published maximum, and whatever hides its input counts as the model's
//! whole context window.

use std::sync::Arc;

use crate::clock::Now;
use crate::denial::Denial;
use crate::endpoint::{Endpoint, UsageFormat};
use crate::money::NanoUsd;
use crate::principal::Principal;
use crate::request::body::{Body, Facts};
use crate::request::route::{Candidate, Plan};
use crate::state::State;
use crate::state::catalog::ProviderKind;
use crate::state::identity::{TeamId, UserId};
use crate::state::ledger::{Account, Attribution, Hold, HoldRequest, Mode, NoHold, Refused, RequestId, Scope};
use crate::state::pricing::{Demand, Price, TierAsked, Unbounded as Missing, Unit};

/// Tokens that vendors put around a conversation: roles, separators, the frame of the prompt.
const FRAME_TOKENS: u64 = 64;

/// Tokens that vendors add to explain tools to the model; Anthropic publishes up to 530, others less.
const TOOL_FRAME_TOKENS: u64 = 1024;

/// Tokens that a second of sound comes to at most; vendors say 10 to 32.
const AUDIO_TOKENS_PER_SECOND: u64 = 32;

/// How often a tool that the vendor runs is assumed to be used where the request sets no limit. Vendors stop their own
/// loops at about ten.
const SERVER_TOOL_USES: u64 = 20;

/// A request that has passed steps 1 to 5 and asks for its hold.
#[derive(Debug)]
pub struct Ask<'a> {
    pub request: RequestId,
    pub principal: &'a Principal,
    pub endpoint: Endpoint,
    /// The public name of the model.
    pub model: &'a Arc<str>,
    pub body: &'a Body,
    pub plan: &'a Plan,
}

/// Holds what the request can cost, waiting a little for the holds of others if only they are in the way.
pub async fn hold(state: &State, ask: Ask<'_>, now: Now) -> Result<Hold, Denial> {
    let accounts = match ask.endpoint.is_free() {
        true => Vec::new(),
        false => ask.principal.accounts(ask.model, &state.ledger, &state.gateway_account),
    };
    let worst = worst(&ask, &accounts)?;
    let request = HoldRequest {
        request: ask.request,
        accounts,
        bound: worst.bound,
        estimate: worst.estimate,
        attribution: Arc::new(attribution(&ask, worst.price_id)),
    };
    let patience = state.settings().budget_wait;
    let held = match state.ledger.hold_within(request, now, patience).await {
        Err(NoHold::Refused(refused)) => return Err(denial(state, ask.principal, refused)),
        Err(NoHold::JournalDown(_)) => return Err(Denial::Unavailable { reason: "its journal cannot be written" }),
        Ok(held) => held,
    };
    Ok(held)
}

#[derive(Default)]
struct Worst {
    bound: NanoUsd,
    estimate: NanoUsd,
    price_id: Option<Arc<str>>,
}

/// What the request can cost at the dearest place in its plan.
fn worst(ask: &Ask<'_>, accounts: &[Arc<Account>]) -> Result<Worst, Denial> {
    let mut worst = Worst::default();
    if ask.endpoint.is_free() {
        return Ok(worst);
    }
    let is_bounded = accounts.iter().any(|account| account.mode() == Mode::Strict && account.budget().max.is_some());
    if is_bounded && ask.body.facts.background {
        return Err(unbounded(
            "a response made in the background goes on after the request, so its cost cannot be held for",
        ));
    }
    for candidate in ask.plan.candidates() {
        let Some(price) = &candidate.deployment.price else { continue };
        let demand = demand(ask.endpoint, ask.body, candidate, price);
        let estimate = price.estimate(&demand);
        let bound = match price.bound(&demand) {
            Ok(bound) => bound,
            // Nobody's cap depends on the bound: a likely figure will do.
            // A search is a fee on top of tokens; whatever else has no price would be free.
            Err(missing @ (Missing::UnitPrice(_) | Missing::TokenPrice))
                if missing != Missing::UnitPrice(Unit::WebSearch) && ask.endpoint.needs_price() =>
            {
                return Err(Denial::Unpriced { model: candidate.model.name.to_string() });
            }
            Err(_) if !is_bounded => estimate,
            Err(missing) => return Err(unbounded(&missing.to_string())),
        };
        if bound >= worst.bound {
            worst.bound = bound;
            worst.price_id = Some(price.id().clone());
        }
        worst.estimate = worst.estimate.max(estimate);
    }
    Ok(worst)
}

fn unbounded(why: &str) -> Denial {
    let message = format!(
        "This request has no upper bound of its cost, which a strict budget needs: {why}. Set an output limit, or ask \
         your administrator for the budget mode 'standard'."
    );
    Denial::Unbounded { message }
}

/// What the request could use at most, at one candidate. What the model's price does not bill by the piece is billed by
/// the token.
fn demand(endpoint: Endpoint, body: &Body, candidate: &Candidate, price: &Price) -> Demand {
    let facts = &body.facts;
    let pieces = |unit, count| if price.bills(unit) || !price.bills_tokens() { count } else { 0 };
    let text_bytes = body.length.saturating_sub(facts.image_bytes).saturating_sub(facts.audio_bytes);
    let frame = FRAME_TOKENS + if facts.has_tools { TOOL_FRAME_TOKENS } else { 0 };
    let image_tokens = facts.images.saturating_mul(image_tokens_max(candidate));
    let audio_seconds = audio_seconds_max(endpoint, facts);
    let audio_tokens = audio_seconds.saturating_mul(AUDIO_TOKENS_PER_SECOND);
    Demand {
        input_tokens: text_bytes.saturating_add(frame).saturating_add(image_tokens).saturating_add(audio_tokens),
        output_tokens: if endpoint.generates_text() {
            facts.output_limit(endpoint)
        } else {
            output_tokens_elsewhere(endpoint)
        },
        // Each prompt of a list gets as many answers as are asked for.
        choices: facts.choices.saturating_mul(facts.prompts.max(1)),
        hidden_input: facts.hidden_input.is_some(),
        images: pieces(Unit::Image, if endpoint.usage_format() == UsageFormat::Images { facts.choices } else { 0 }),
        audio_seconds: pieces(Unit::AudioSecond, audio_seconds),
        characters: pieces(Unit::Character, if endpoint == Endpoint::AudioSpeech { facts.characters } else { 0 }),
        search_units: pieces(Unit::SearchUnit, search_units_max(endpoint, body)),
        web_searches: web_searches_max(facts),
        tier: facts.service_tier.map_or(TierAsked::Unstated, TierAsked::Named),
    }
}

/// Output tokens of endpoints that write no text: none where there are none, else the model's maximum.
fn output_tokens_elsewhere(endpoint: Endpoint) -> Option<u64> {
    use Endpoint::*;
    match endpoint {
        Embeddings | EmbedContent | BatchEmbedContents | Rerank | Moderations => Some(0),
        _ => None,
    }
}

/// An upload's seconds follow from its bytes: at the lowest bit rate that speech is sent with, 4 kbit/s, a second is 500.
fn audio_seconds_max(endpoint: Endpoint, facts: &Facts) -> u64 {
    match endpoint {
        Endpoint::AudioTranscriptions | Endpoint::AudioTranslations => facts.audio_bytes.div_ceil(500),
        _ => 0,
    }
}

/// A search is up to a hundred documents, where a long one counts as several of 500 tokens, which are at least as many
/// bytes.
fn search_units_max(endpoint: Endpoint, body: &Body) -> u64 {
    match endpoint {
        Endpoint::Rerank => (body.facts.documents + body.length / 500).div_ceil(100).max(1),
        _ => 0,
    }
}

fn web_searches_max(facts: &Facts) -> u64 {
    if facts.server_tools == 0 { 0 } else { facts.server_tool_uses.unwrap_or(SERVER_TOOL_USES) }
}

/// The most tokens a vendor counts for one image, by what it publishes, at the highest detail.
fn image_tokens_max(candidate: &Candidate) -> u64 {
    let model: &str = &candidate.deployment.upstream_model;
    match candidate.deployment.provider {
        ProviderKind::Anthropic => 5_000,
        ProviderKind::Gemini => 8_192,
        // Its tiles are priced up instead of its tokens: 2,833 and eight of 5,667.
        _ if model.contains("gpt-4o-mini") => 48_169,
        _ => 12_000,
    }
}

fn attribution(ask: &Ask<'_>, price_version: Option<Arc<str>>) -> Attribution {
    let principal = ask.principal;
    Attribution {
        key: principal.key.as_ref().map(|key| key.object.hash),
        key_alias: principal.key.as_ref().and_then(|key| key.object.alias.clone()),
        team: principal.team.as_ref().map(|team| team.object.id.clone()),
        user: principal.user.as_ref().map(|user| user.object.id.clone()),
        organization: principal.organization.as_ref().map(|organization| organization.object.id.clone()),
        model: ask.model.clone(),
        route: ask.endpoint.route(),
        tags: principal.tags().map(Arc::from).collect(),
        price_version,
    }
}

fn denial(state: &State, principal: &Principal, refused: Box<Refused>) -> Denial {
    let named = named(principal, refused.account.id().scope.clone(), refused.account.id().model.as_deref());
    if refused.would_fit_without_holds {
        Denial::BudgetHeld { refused, named }
    } else {
        Denial::OverBudget { refused, named, status: state.settings().budget_exceeded_status }
    }
}

/// Whose budget it is, as people know it: `Team=Pilot-Team`.
fn named(principal: &Principal, scope: Scope, model: Option<&str>) -> String {
    let team_alias = |id: &TeamId| principal.team.as_ref().map_or(id.to_string(), |team| team.object.alias.to_string());
    let member = |team: &TeamId, user: &UserId| format!("TeamMember={user}:{}", team_alias(team));
    let whose = match &scope {
        Scope::Gateway | Scope::Overrun => "Gateway".to_owned(),
        Scope::Organization(id) => {
            let alias = principal.organization.as_ref().map(|entry| entry.object.alias.to_string());
            format!("Organization={}", alias.unwrap_or_else(|| id.to_string()))
        }
        Scope::Team(id) => format!("Team={}", team_alias(id)),
        Scope::Member(team, user) => member(team, user),
        Scope::User(id) => format!("User={id}"),
        Scope::Key(_) => {
            let key = principal.key.as_ref();
            let alias = key.map(|key| key.object.alias.clone().unwrap_or_else(|| key.object.display.clone()));
            format!("Key={}", alias.as_deref().unwrap_or("master"))
        }
        Scope::Tag(tag) => format!("Tag={tag}"),
        Scope::Provider(name) => format!("Provider={name}"),
        Scope::Deployment(id) => format!("Deployment={id}"),
    };
    model.map_or(whose.clone(), |model| format!("{whose}, Model={model}"))
}

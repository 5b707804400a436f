//! Step 11: the hold becomes a charge, by what happened. Runs when the answer is complete, before its last byte goes out,
//! so that a client's next request finds the books settled; else when the request is logged; else when it is dropped.
//!
//! Usage that the vendor reported is believed; where there is none, what passed is counted. What never reached a vendor,
//! or was refused by it, costs nothing.

use std::sync::Arc;
use std::time::Instant;

use crate::clock::Now;
use crate::context::{Admitted, Attempt, Context};
use crate::endpoint::UsageFormat;
use crate::money::NanoUsd;
use crate::response::head;
use crate::response::meter::Meter;
use crate::state::ledger::{ChargeRecord, Flags, Hold, Outcome, Target};
use crate::state::pricing::{Unit, Unpriced};
use crate::usage::{Reading, Usage, tokens_of_text};

/// What a request turned out to have used and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    pub usage: Usage,
    pub cost: NanoUsd,
    pub is_estimated: bool,
    pub is_unbelievable: bool,
}

/// Tokens that a vendor may have had on the way when its stream was cut: one event's worth.
const IN_FLIGHT_TOKENS: u64 = 8;

/// Settles the request, once; later calls do nothing.
pub fn settle(context: &mut Context, outcome: Outcome, now: Now) {
    let Some(mut admitted) = context.admitted.take() else { return };
    if let Some(hold) = admitted.hold.take() {
        match context.attempt.take() {
            Some(mut attempt) if is_billed(&attempt, outcome) => {
                charge(context, &mut admitted, &mut attempt, hold, outcome, now);
                context.attempt = Some(attempt);
            }
            unanswered => {
                admitted.slot.give_back_tokens();
                hold.release();
                context.attempt = unanswered;
            }
        }
    }
    context.admitted = Some(admitted);
}

fn charge(
    context: &mut Context,
    admitted: &mut Admitted,
    attempt: &mut Attempt,
    hold: Hold,
    outcome: Outcome,
    now: Now,
) {
    let settlement = work_out(admitted, attempt, hold.amount(), context.started);
    let record = record(context, attempt, &settlement, outcome, now);
    // Tokens first: whoever waits for the money should find their limit free as well.
    let tokens = settlement.usage.total_tokens();
    admitted.slot.settle(tokens);
    attempt.target.slot.settle(tokens);
    hold.charge(settlement.cost, record);
    let cost = std::iter::once(("x-litellm-response-cost", settlement.cost.to_string()));
    context.late_headers.add(cost.chain(head::key_headers(admitted, now)));
    context.settlement = Some(settlement);
}

/// Whether the vendor bills the attempt: it answered with a 2xx, or it has the request and the client did not stay for an
/// answer. An error costs nothing, nor does a vendor that never answered.
fn is_billed(attempt: &Attempt, outcome: Outcome) -> bool {
    match attempt.status {
        Some(status) => (200..300).contains(&status),
        None => attempt.is_sent && outcome == Outcome::ClientGone,
    }
}

/// Whether the answer has said, with its usage, that it is over, so that nothing more will be billed. Gemini's finish
/// reason is no such word: events after it still correct the counts.
#[must_use]
pub fn is_complete(admitted: &Admitted, attempt: &Attempt) -> bool {
    let says_when_it_ends =
        !matches!(admitted.call.endpoint.usage_format(), UsageFormat::Gemini | UsageFormat::GeminiInteractions);
    says_when_it_ends
        && attempt
            .meter
            .as_ref()
            .and_then(Meter::reading)
            .is_some_and(|reading| reading.finished && reading.usage.is_some())
}

fn work_out(admitted: &Admitted, attempt: &Attempt, held: NanoUsd, started: Now) -> Settlement {
    let reading = attempt.meter.as_ref().and_then(Meter::reading);
    let is_unbelievable = reading.as_ref().is_some_and(|reading| reading.unbelievable);
    let (usage, is_estimated) = usage(admitted, attempt, reading.as_ref());
    // A response that is made in the background has only begun: what it will use is not known here, so its hold is paid.
    let goes_on = admitted.body.facts.background && is_estimated;
    let cost = if goes_on { held } else { cost(admitted, attempt, &usage, held, started) };
    Settlement { usage, cost, is_estimated, is_unbelievable }
}

fn cost(admitted: &Admitted, attempt: &Attempt, usage: &Usage, held: NanoUsd, started: Now) -> NanoUsd {
    match &attempt.target.deployment.price {
        _ if admitted.call.endpoint.is_free() => NanoUsd::ZERO,
        None => NanoUsd::ZERO,
        // Beyond all money is a vendor's mistake, and what has no price must not be free: the hold is what was agreed to.
        // (A search is a fee on top of tokens, which are charged.)
        Some(price) => match price.unpriced(usage) {
            None | Some(Unpriced::Unit(Unit::WebSearch)) => price.cost(usage, started.wall).unwrap_or(held),
            Some(_) => held,
        },
    }
}

/// The usage to charge, and whether it is ours rather than the vendor's.
fn usage(admitted: &Admitted, attempt: &Attempt, reading: Option<&Reading<'_>>) -> (Usage, bool) {
    let facts = &admitted.body.facts;
    let reported = reading.and_then(Reading::billable);
    match (admitted.call.endpoint.usage_format(), reported) {
        (_, Some(usage)) if reading.is_some_and(Reading::is_behind) => (with_what_was_on_its_way(usage, reading), true),
        (_, Some(usage)) => (usage, false),
        (UsageFormat::Free, None) if admitted.call.endpoint.is_free() => (Usage::default(), false),
        // Vendors give moderation away and report nothing; what an operator wants for it is a matter of our own count.
        (UsageFormat::Free, None) => (estimated(admitted, attempt, reading), false),
        (UsageFormat::Speech, None) => (Usage { characters: facts.characters, ..Usage::default() }, false),
        (UsageFormat::Rerank, None) => (Usage { search_units: 1, ..Usage::default() }, false),
        (UsageFormat::Images, None) => (Usage { images: facts.choices, ..Usage::default() }, true),
        (_, None) => (estimated(admitted, attempt, reading), true),
    }
}

/// A report that is behind what passed says nothing of the last event, which the vendor may have sent already.
fn with_what_was_on_its_way(usage: Usage, reading: Option<&Reading<'_>>) -> Usage {
    Usage { output_tokens: usage.output_tokens.saturating_add(in_flight(reading)), ..usage }
}

fn in_flight(reading: Option<&Reading<'_>>) -> u64 {
    if reading.is_some_and(|reading| reading.finished) { 0 } else { IN_FLIGHT_TOKENS }
}

/// What passed, counted by us.
fn estimated(admitted: &Admitted, attempt: &Attempt, reading: Option<&Reading<'_>>) -> Usage {
    let model = &attempt.target.deployment.upstream_model;
    let seen = reading.map_or(0, |reading| reading.output.estimated_tokens(model));
    let output_tokens = if admitted.call.endpoint.generates_text() { seen + in_flight(reading) } else { 0 };
    Usage { input_tokens: input_tokens(admitted, model), output_tokens, ..Usage::default() }
}

/// The prompt's tokens by a tokenizer, or by its length where the prompt has been freed.
fn input_tokens(admitted: &Admitted, model: &str) -> u64 {
    match std::str::from_utf8(&admitted.body.bytes) {
        Ok(text) if !text.is_empty() => tokens_of_text(text, model),
        _ => admitted.body.estimated_tokens(),
    }
}

fn record(context: &Context, attempt: &Attempt, settlement: &Settlement, outcome: Outcome, now: Now) -> ChargeRecord {
    let deployment = &attempt.target.deployment;
    let flags = Flags {
        is_estimated: settlement.is_estimated,
        is_unbelievable: settlement.is_unbelievable,
        is_streaming: attempt.meter.as_ref().is_some_and(|meter| meter.is_event_stream()),
        ..Flags::default()
    };
    let target = Target {
        provider: deployment.provider_name.clone(),
        deployment: deployment.id.clone(),
        upstream_model: deployment.upstream_model.clone(),
        price_version: deployment.price.as_ref().map(|price| price.id().clone()),
    };
    ChargeRecord {
        usage: settlement.usage,
        outcome,
        flags,
        target: Some(Arc::new(target)),
        status: attempt.status.unwrap_or(0),
        duration_ms: milliseconds(context.started.monotonic, now.monotonic),
        first_byte_ms: attempt.first_byte.map(|at| milliseconds(context.started.monotonic, at)),
    }
}

fn milliseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}

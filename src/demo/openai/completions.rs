//! `/v1/completions`: the old way, a bare text in and a bare text out.

use std::collections::VecDeque;

use filters::usage::Usage;
use serde_json::{Value, json};

use super::chat::{includes_usage, usage_document};
use crate::demo::{
    answer::{Answer, Finish},
    call::{CREATED, Call},
    prompt::Prompt,
    reply::{Event, Reply, sse},
};

/// Answers a completion: every prompt of the request gets `n` answers, all alike.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let prompts = call.body.get("prompt").and_then(Value::as_array).filter(|prompts| !is_tokens(prompts));
    let prompts = prompts.map_or(1, |prompts| prompts.len() as u64);
    let prompt = Prompt { choices: call.prompt.choices * prompts, ..call.prompt.clone() };
    let answer = Answer::compose(&prompt, call.faults);
    let usage = answer.usage(&prompt, call.faults);
    if call.is_streaming() {
        return Reply::events(call.model, usage, events(call, &answer, &usage, prompt.choices));
    }
    let choice = |index| choice(index, &answer.text(), Some(finish_reason(&answer)));
    let choices: Vec<Value> = (0..prompt.choices).map(choice).collect();
    let mut body = envelope(call, choices);
    if let Some(usage) = call.faults.reported(usage_document(&usage)) {
        body["usage"] = usage;
    }
    Reply::billed(call.model, usage, &body)
}

/// Whether a list is one prompt in tokens rather than several in words.
fn is_tokens(prompts: &[Value]) -> bool {
    prompts.iter().all(Value::is_number)
}

fn envelope(call: &Call<'_>, choices: Vec<Value>) -> Value {
    json!({"id": call.id("cmpl-"), "object": "text_completion", "created": CREATED, "model": call.model,
        "choices": choices})
}

fn choice(index: u64, text: &str, finish_reason: Option<&str>) -> Value {
    json!({"text": text, "index": index, "logprobs": null, "finish_reason": finish_reason})
}

const fn finish_reason(answer: &Answer) -> &'static str {
    match answer.finish {
        Finish::Length => "length",
        _ => "stop",
    }
}

/// The whole stream, choice after choice.
fn events(call: &Call<'_>, answer: &Answer, usage: &Usage, choices: u64) -> VecDeque<Event> {
    let includes_usage = includes_usage(call);
    let chunk = |choices: Vec<Value>| {
        let mut chunk = envelope(call, choices);
        if includes_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    let text = |index, text: &str, finish: Option<&str>| sse(&chunk(vec![choice(index, text, finish)]));
    let mut events = VecDeque::new();
    for index in 0..choices {
        let pieces = answer.pieces().iter();
        // Reasoning is never shown in this dialect, only billed.
        events.extend(answer.reasoning.iter().map(|_| Event::reasoning(text(index, "", None))));
        events.extend(pieces.map(|piece| Event::token(text(index, piece, None))));
        events.push_back(Event::free(text(index, "", Some(finish_reason(answer)))));
    }
    if let Some(usage) = call.faults.reported(usage_document(usage)).filter(|_| includes_usage) {
        let mut last = chunk(Vec::new());
        last["usage"] = usage;
        events.push_back(Event::free(sse(&last)));
    }
    events.push_back(Event::free("data: [DONE]\n\n"));
    events
}

//! `/v1beta/interactions`: an answer as a list of steps, whole and streamed.

use std::collections::VecDeque;

use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{
    answer::{Answer, Content, Finish},
    call::Call,
    reply::{Event, Reply, named_sse},
    tokens::argument_pieces,
    tools::ToolCall,
};

/// Answers an interaction.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = answer.usage(call.prompt, call.faults);
    if call.is_streaming() {
        return Reply::events(call.model, usage, events(call, &answer, &usage));
    }
    let mut body = finished(call, &answer, &usage);
    body["steps"] = steps(call, &answer).into();
    Reply::billed(call.model, usage, &body)
}

/// The interaction in the state that `status` names.
fn envelope(call: &Call<'_>, status: &str) -> Value {
    json!({"id": call.id("v1_"), "status": status, "object": "interaction", "model": call.model})
}

/// The interaction once it has ended, without its steps.
fn finished(call: &Call<'_>, answer: &Answer, usage: &Usage) -> Value {
    let mut body = envelope(call, status(&answer.finish));
    body["created"] = CREATED.into();
    body["updated"] = CREATED.into();
    body["service_tier"] = "standard".into();
    if let Some(usage) = call.faults.reported(usage_document(usage)) {
        body["usage"] = usage;
    }
    body
}

/// [`crate::demo::call::CREATED`] as this API writes times.
const CREATED: &str = "2026-09-21T14:13:20Z";

const fn status(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) => "completed",
        Finish::Length => "incomplete",
        Finish::Tool => "requires_action",
    }
}

/// Token counts in the words of this API: thoughts stand beside the output.
fn usage_document(usage: &Usage) -> Value {
    json!({
        "total_tokens": usage.total_tokens(),
        "total_input_tokens": usage.prompt_tokens(),
        "input_tokens_by_modality": [{"modality": "text", "tokens": usage.prompt_tokens()}],
        "total_cached_tokens": usage.cache_read_tokens,
        "total_output_tokens": usage.output_tokens - usage.reasoning_tokens,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": usage.reasoning_tokens})
}

/// Stands for the proof of origin that comes with thoughts.
const SIGNATURE: &str = "ZGVtbw==";

/// The steps of a whole interaction.
fn steps(call: &Call<'_>, answer: &Answer) -> Vec<Value> {
    let mut steps = Vec::new();
    if !answer.reasoning.is_empty() {
        steps.push(json!({"type": "thought", "signature": SIGNATURE}));
    }
    steps.push(match &answer.content {
        Content::Text(pieces) => {
            json!({"type": "model_output", "content": [{"type": "text", "text": pieces.concat()}]})
        }
        Content::Tool(tool) => function_call(call, tool, &tool.arguments),
    });
    steps
}

/// A call of a function with those arguments; a stream opens it with none.
fn function_call(call: &Call<'_>, tool: &ToolCall, arguments: &str) -> Value {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    json!({"type": "function_call", "id": call.id(""), "name": tool.name, "arguments": arguments})
}

/// An event whose document is `fields` and its own name.
fn event(name: &str, fields: Value) -> String {
    named_sse(name, "event_type", &fields)
}

/// The whole stream.
fn events(call: &Call<'_>, answer: &Answer, usage: &Usage) -> VecDeque<Event> {
    let created = json!({"interaction": envelope(call, "in_progress")});
    let update = json!({"interaction_id": call.id("v1_"), "status": "in_progress"});
    let mut events = VecDeque::from([
        Event::free(event("interaction.created", created)),
        Event::free(event("interaction.status_update", update)),
    ]);
    let mut index = 0;
    if !answer.reasoning.is_empty() {
        push_thought(&mut events, answer);
        index += 1;
    }
    match &answer.content {
        Content::Text(pieces) => {
            let delta = |piece: &String| Event::token(delta(index, json!({"type": "text", "text": piece})));
            push_step(&mut events, index, json!({"type": "model_output"}), pieces.iter().map(delta).collect());
        }
        Content::Tool(tool) => push_call(&mut events, index, call, tool),
    }
    events
        .push_back(Event::free(event("interaction.completed", json!({"interaction": finished(call, answer, usage)}))));
    events.push_back(Event::free("event: done\ndata: [DONE]\n\n"));
    events
}

/// One delta of a step.
fn delta(index: u64, delta: Value) -> String {
    event("step.delta", json!({"index": index, "delta": delta}))
}

/// A step from its start to its stop.
fn push_step(events: &mut VecDeque<Event>, index: u64, step: Value, deltas: Vec<Event>) {
    events.push_back(Event::free(event("step.start", json!({"index": index, "step": step}))));
    events.extend(deltas);
    events.push_back(Event::free(event("step.stop", json!({"index": index}))));
}

/// What was thought: only its proof is shown, and it pays for all of it.
fn push_thought(events: &mut VecDeque<Event>, answer: &Answer) {
    let tokens = answer.reasoning_tokens();
    let signature = delta(0, json!({"type": "thought_signature", "signature": SIGNATURE}));
    let signature = Event { output_tokens: tokens, reasoning_tokens: tokens, ..Event::free(signature) };
    push_step(events, 0, json!({"type": "thought"}), vec![signature]);
}

/// The call of a function. An empty delta pays for the name.
fn push_call(events: &mut VecDeque<Event>, index: u64, call: &Call<'_>, tool: &ToolCall) {
    let arguments = |piece: &str| Event::token(delta(index, json!({"type": "arguments_delta", "arguments": piece})));
    let deltas = std::iter::once("").chain(argument_pieces(&tool.arguments)).map(arguments).collect();
    push_step(events, index, function_call(call, tool, "{}"), deltas);
}

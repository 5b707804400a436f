//! `/v1/chat/completions`, whole and streamed: OpenAI's own shape, also served for Azure, Anthropic and Gemini.

use std::collections::VecDeque;

use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{
    answer::{Answer, Content, Finish},
    call::{CREATED, Call},
    openai::service_tier,
    reply::{Event, Reply},
    tokens::argument_pieces,
    tools::ToolCall,
};

/// Answers a chat completion.
pub(super) fn answer(call: &Call<'_>) -> Reply {
    let answer = Answer::compose(call.prompt, call.faults);
    let usage = answer.usage(call.prompt, call.faults);
    if call.is_streaming() {
        return Reply::events(call.model, usage, events(call, &answer, &usage));
    }
    let choices: Vec<Value> = (0..call.prompt.choices).map(|index| choice(call, &answer, index)).collect();
    let mut body = json!({
        "id": call.id("chatcmpl-"), "object": "chat.completion", "created": CREATED, "model": call.model,
        "choices": choices, "service_tier": service_tier(call), "system_fingerprint": "fp_demo"});
    if let Some(usage) = call.faults.reported(usage_document(&usage)) {
        body["usage"] = usage;
    }
    Reply::billed(call.model, usage, &body)
}

/// One whole choice.
fn choice(call: &Call<'_>, answer: &Answer, index: u64) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
    match &answer.content {
        Content::Text(pieces) => message["content"] = pieces.concat().into(),
        Content::Tool(tool) => message["tool_calls"] = json!([tool_call(call, tool)]),
    }
    json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish_reason(&answer.finish)})
}

/// A call of a tool, as it stands in a whole answer.
fn tool_call(call: &Call<'_>, tool: &ToolCall) -> Value {
    let id = call.id("call_");
    if tool.is_free_text {
        return json!({"id": id, "type": "custom", "custom": {"name": tool.name, "input": tool.arguments}});
    }
    json!({"id": id, "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}})
}

const fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) => "stop",
        Finish::Length => "length",
        Finish::Tool => "tool_calls",
    }
}

/// Token counts in OpenAI's words.
pub(super) fn usage_document(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt_tokens(),
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens, "audio_tokens": usage.audio_input_tokens},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens, "audio_tokens": usage.audio_output_tokens,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}})
}

/// The whole stream, choice after choice.
fn events(call: &Call<'_>, answer: &Answer, usage: &Usage) -> VecDeque<Event> {
    let stream = Stream::new(call);
    let mut events = VecDeque::new();
    for index in 0..call.prompt.choices {
        stream.push_choice(&mut events, answer, index);
    }
    if let Some(usage) = call.faults.reported(usage_document(usage)).filter(|_| stream.includes_usage) {
        events.push_back(Event::free(stream.chunk("[]", Some(&usage))));
    }
    events.push_back(Event::free("data: [DONE]\n\n"));
    events
}

/// Whether the client asked for the chunk with the usage.
pub(super) fn includes_usage(call: &Call<'_>) -> bool {
    call.body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true))
}

/// What all chunks of a stream share.
struct Stream<'a> {
    call: &'a Call<'a>,
    includes_usage: bool,
    /// A chunk up to its choices. Rendered once: the benches stream more chunks than anything else.
    head: String,
}

impl<'a> Stream<'a> {
    fn new(call: &'a Call<'a>) -> Self {
        let fields = json!({
            "id": call.id("chatcmpl-"), "object": "chat.completion.chunk", "created": CREATED, "model": call.model,
            "service_tier": service_tier(call), "system_fingerprint": "fp_demo"});
        let fields = fields.to_string();
        let head = format!("data: {},\"choices\":", fields.strip_suffix('}').expect("the fields are an object"));
        Self { call, includes_usage: includes_usage(call), head }
    }

    /// A chunk around `choices`. Where usage was asked for, every chunk but the last says `null`.
    fn chunk(&self, choices: &str, usage: Option<&Value>) -> String {
        let head = &self.head;
        match usage {
            Some(usage) => format!("{head}{choices},\"usage\":{usage}}}\n\n"),
            None if self.includes_usage => format!("{head}{choices},\"usage\":null}}\n\n"),
            None => format!("{head}{choices}}}\n\n"),
        }
    }

    /// A chunk with one delta.
    fn delta(&self, index: u64, delta: Value, finish_reason: Option<&str>) -> String {
        let finish_reason = Value::from(finish_reason);
        let choice =
            format!(r#"[{{"index":{index},"delta":{delta},"logprobs":null,"finish_reason":{finish_reason}}}]"#);
        self.chunk(&choice, None)
    }

    /// The chunks of one choice. Reasoning is never shown in this dialect, only billed: with the first chunk.
    fn push_choice(&self, events: &mut VecDeque<Event>, answer: &Answer, index: u64) {
        let reasoning_tokens = answer.reasoning_tokens();
        let opening = |delta: Value, content_tokens: u64| Event {
            bytes: self.delta(index, delta, None).into(),
            output_tokens: reasoning_tokens + content_tokens,
            reasoning_tokens,
        };
        match &answer.content {
            Content::Text(pieces) => {
                events.push_back(opening(json!({"role": "assistant", "content": "", "refusal": null}), 0));
                let delta = |piece: &String| self.delta(index, json!({"content": piece}), None);
                events.extend(pieces.iter().map(|piece| Event::token(delta(piece))));
            }
            Content::Tool(tool) => {
                let mut call = tool_call(self.call, tool);
                call["index"] = 0.into();
                let (field, input) = if tool.is_free_text { ("custom", "input") } else { ("function", "arguments") };
                call[field][input] = "".into();
                events.push_back(opening(json!({"role": "assistant", "content": null, "tool_calls": [call]}), 1));
                for piece in argument_pieces(&tool.arguments) {
                    let delta = json!({"tool_calls": [{"index": 0, field: {input: piece}}]});
                    events.push_back(Event::token(self.delta(index, delta, None)));
                }
            }
        }
        events.push_back(Event::free(self.delta(index, json!({}), Some(finish_reason(&answer.finish)))));
    }
}

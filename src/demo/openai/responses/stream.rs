//! The events of a streamed response, in the order in which the real vendor sends them.

use std::collections::VecDeque;

use filters::usage::Usage;
use serde_json::{Value, json};

use super::{message_item, reasoning_item, response, status, text_part, tool_item};
use crate::demo::{
    answer::{Answer, Content},
    call::Call,
    reply::{Event, named_sse},
    tokens::argument_pieces,
    tools::ToolCall,
};

/// The whole stream; `done` is the finished object.
pub(super) fn events(call: &Call<'_>, answer: &Answer, usage: &Usage, done: Value) -> VecDeque<Event> {
    debug_assert_eq!(usage.output_tokens, answer.output_tokens(), "there is one answer to a response");
    let mut stream = Stream { call, events: VecDeque::new(), items: 0 };
    for name in ["response.created", "response.in_progress"] {
        stream.push(name, json!({"response": response(call, "in_progress", Vec::new(), None)}), Event::free);
    }
    if !answer.reasoning.is_empty() {
        stream.push_reasoning(&answer.reasoning);
    }
    match &answer.content {
        Content::Text(pieces) => stream.push_message(pieces, status(&answer.finish)),
        Content::Tool(tool) => stream.push_tool(tool),
    }
    let end = format!("response.{}", status(&answer.finish));
    stream.push(&end, json!({"response": done}), Event::free);
    stream.events
}

/// A stream being written.
struct Stream<'a> {
    call: &'a Call<'a>,
    events: VecDeque<Event>,
    /// Output items already done.
    items: u64,
}

impl Stream<'_> {
    /// Adds an event: `fields`, its own name and its number.
    fn push(&mut self, name: &str, mut fields: Value, make: fn(String) -> Event) {
        fields["sequence_number"] = self.events.len().into();
        self.events.push_back(make(named_sse(name, "type", &fields)));
    }

    /// Adds an event about the item that is being written.
    fn push_of_item(&mut self, name: &str, id: &str, mut fields: Value, make: fn(String) -> Event) {
        fields["item_id"] = id.into();
        fields["output_index"] = self.items.into();
        self.push(name, fields, make);
    }

    fn open_item(&mut self, item: &Value, make: fn(String) -> Event) {
        self.push("response.output_item.added", json!({"output_index": self.items, "item": item}), make);
    }

    fn close_item(&mut self, item: &Value) {
        self.push("response.output_item.done", json!({"output_index": self.items, "item": item}), Event::free);
        self.items += 1;
    }

    /// What was thought, as a summary of one part.
    fn push_reasoning(&mut self, pieces: &[String]) {
        let id = self.call.id("rs_");
        let item = reasoning_item(self.call, &pieces.concat());
        let part = |text: &str| json!({"summary_index": 0, "part": {"type": "summary_text", "text": text}});
        let mut opening = item.clone();
        opening["summary"] = json!([]);
        self.open_item(&opening, Event::free);
        self.push_of_item("response.reasoning_summary_part.added", &id, part(""), Event::free);
        for piece in pieces {
            let fields = json!({"summary_index": 0, "delta": piece});
            self.push_of_item("response.reasoning_summary_text.delta", &id, fields, Event::reasoning);
        }
        let text = json!({"summary_index": 0, "text": pieces.concat()});
        self.push_of_item("response.reasoning_summary_text.done", &id, text, Event::free);
        self.push_of_item("response.reasoning_summary_part.done", &id, part(&pieces.concat()), Event::free);
        self.close_item(&item);
    }

    /// What was said, as a message of one part.
    fn push_message(&mut self, pieces: &[String], status: &str) {
        let id = self.call.id("msg_");
        let text = pieces.concat();
        let part = |text: &str| json!({"content_index": 0, "part": text_part(text)});
        self.open_item(&message_item(self.call, "in_progress", Vec::new()), Event::free);
        self.push_of_item("response.content_part.added", &id, part(""), Event::free);
        for piece in pieces {
            let fields = json!({"content_index": 0, "delta": piece, "logprobs": []});
            self.push_of_item("response.output_text.delta", &id, fields, Event::token);
        }
        let fields = json!({"content_index": 0, "text": text, "logprobs": []});
        self.push_of_item("response.output_text.done", &id, fields, Event::free);
        self.push_of_item("response.content_part.done", &id, part(&text), Event::free);
        self.close_item(&message_item(self.call, status, vec![text_part(&text)]));
    }

    /// The call of a tool. Its opening pays for the name.
    fn push_tool(&mut self, tool: &ToolCall) {
        let (prefix, name, field) = if tool.is_free_text {
            ("ctc_", "response.custom_tool_call_input", "input")
        } else {
            ("fc_", "response.function_call_arguments", "arguments")
        };
        let id = self.call.id(prefix);
        self.open_item(&tool_item(self.call, tool, "in_progress", ""), Event::token);
        for piece in argument_pieces(&tool.arguments) {
            self.push_of_item(&format!("{name}.delta"), &id, json!({"delta": piece}), Event::token);
        }
        self.push_of_item(&format!("{name}.done"), &id, json!({field: tool.arguments}), Event::free);
        self.close_item(&tool_item(self.call, tool, "completed", &tool.arguments));
    }
}

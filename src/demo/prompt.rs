//! What a request asks of the model, read from its body whatever the dialect.
//!
//! The dialects name the same few things differently and never in a way that collides, so one table of places serves
//! them all. Nothing is refused: what cannot be read is absent.

use serde_json::Value;

use super::{
    tokens,
    tools::{Choice, Tool},
};

/// What the model is to do.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompt {
    pub(super) input_tokens: u64,
    /// The last thing the user said.
    pub(super) text: String,
    /// What a tool returned, if that is the last message.
    pub(super) tool_result: Option<String>,
    pub(super) tools: Vec<Tool>,
    pub(super) tool_choice: Choice,
    pub(super) output_max_tokens: Option<u64>,
    /// Answers wanted to the one prompt.
    pub(super) choices: u64,
    pub(super) is_reasoning: bool,
    /// The schema that the answer has to fit.
    pub(super) answer_schema: Option<Value>,
    pub(super) stop: Vec<String>,
}

/// Where the prompt stands: everything here is counted as input.
pub(super) const PROMPT_FIELDS: [&str; 14] = [
    "tools",
    "system",
    "systemInstruction",
    "system_instruction",
    "instructions",
    "messages",
    "contents",
    "content",
    "requests",
    "input",
    "prompt",
    "query",
    "documents",
    "generateContentRequest",
];

/// The most answers to one prompt.
const CHOICES_MAX: u64 = 128;

impl Prompt {
    /// Reads a request body of any dialect.
    pub(super) fn read(body: &Value) -> Self {
        let turns = turns(body);
        Self {
            input_tokens: tokens::of_fields(body, &PROMPT_FIELDS),
            text: last_text(body, turns).unwrap_or_default().to_owned(),
            tool_result: tool_result(turns).map(str::to_owned),
            tools: tools(body),
            tool_choice: choice(body),
            output_max_tokens: first(body, &OUTPUT_LIMITS).and_then(Value::as_u64),
            choices: first(body, &CHOICE_COUNTS).and_then(Value::as_u64).unwrap_or(1).clamp(1, CHOICES_MAX),
            is_reasoning: first(body, &REASONING).is_some_and(is_wanted),
            answer_schema: first(body, &ANSWER_SCHEMAS).filter(|schema| schema.is_object()).cloned(),
            stop: first(body, &STOPS).map(strings).unwrap_or_default(),
        }
    }
}

const OUTPUT_LIMITS: [&str; 5] = [
    "/max_completion_tokens",
    "/max_tokens",
    "/max_output_tokens",
    "/generationConfig/maxOutputTokens",
    "/generation_config/max_output_tokens",
];
const CHOICE_COUNTS: [&str; 2] = ["/n", "/generationConfig/candidateCount"];
const REASONING: [&str; 5] = [
    "/reasoning_effort",
    "/reasoning/effort",
    "/thinking/type",
    "/generationConfig/thinkingConfig",
    "/generation_config/thinking_level",
];
const ANSWER_SCHEMAS: [&str; 7] = [
    "/response_format/json_schema/schema",
    "/text/format/schema",
    "/output_config/format/schema",
    "/output_format/schema",
    "/generationConfig/responseJsonSchema",
    "/generationConfig/responseSchema",
    "/response_format/schema",
];
const STOPS: [&str; 3] = ["/stop", "/stop_sequences", "/generationConfig/stopSequences"];

/// What stands at the first of `pointers` that leads to something.
fn first<'a>(body: &'a Value, pointers: &[&str]) -> Option<&'a Value> {
    pointers.iter().find_map(|pointer| body.pointer(pointer)).filter(|value| !value.is_null())
}

/// Whether a setting switches reasoning on.
fn is_wanted(setting: &Value) -> bool {
    match setting {
        Value::String(effort) => !matches!(effort.as_str(), "none" | "disabled"),
        Value::Object(config) => config.get("thinkingBudget").and_then(Value::as_i64) != Some(0),
        _ => false,
    }
}

/// One string or several.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The conversation, oldest turn first; empty where the prompt is a mere string.
fn turns(body: &Value) -> &[Value] {
    let turns = ["messages", "contents", "input"].iter().find_map(|field| body.get(field)?.as_array());
    turns.map(Vec::as_slice).unwrap_or_default()
}

/// The last thing the user said, or the whole prompt where it is a mere string.
fn last_text<'a>(body: &'a Value, turns: &'a [Value]) -> Option<&'a str> {
    let spoken = turns.iter().rev().filter(|turn| is_from_user(turn)).find_map(text);
    let plain = || ["input", "prompt", "query", "content"].iter().find_map(|field| text(body.get(field)?));
    spoken.or_else(plain)
}

/// Whether a turn is the user's: Gemini and the bare items of the newer dialects may not say so.
fn is_from_user(turn: &Value) -> bool {
    turn.get("role").is_none_or(|role| role == "user")
}

/// Whether a turn is an instruction from whoever built the client, which some clients put last.
fn is_from_operator(turn: &Value) -> bool {
    turn.get("role").is_some_and(|role| role == "system" || role == "developer")
}

/// The last text of a turn, a part, or a plain string.
fn text(value: &Value) -> Option<&str> {
    text_in(value, &["text", "content", "parts"])
}

/// The last string within, going by the first of `fields` that leads to one.
fn text_in<'a>(value: &'a Value, fields: &[&str]) -> Option<&'a str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(parts) => parts.iter().rev().find_map(|part| text_in(part, fields)),
        Value::Object(within) => fields.iter().find_map(|field| text_in(within.get(*field)?, fields)),
        _ => None,
    }
}

/// Where what a tool returned may stand.
const RESULT_FIELDS: [&str; 7] = ["text", "content", "parts", "output", "functionResponse", "response", "result"];

/// What a tool returned, if the conversation ends with that; empty where it is no text.
fn tool_result(turns: &[Value]) -> Option<&str> {
    let last = turns.iter().rev().find(|turn| !is_from_operator(turn))?;
    is_tool_result(last).then(|| text_in(last, &RESULT_FIELDS).unwrap_or_default())
}

/// Whether a turn hands back what a tool returned.
fn is_tool_result(turn: &Value) -> bool {
    const KINDS: [&str; 4] = ["tool_result", "function_call_output", "custom_tool_call_output", "function_result"];
    let is_kind = |value: &Value| value.get("type").and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind));
    let is_result = |part: &Value| is_kind(part) || part.get("functionResponse").is_some();
    let parts = turn.get("content").or_else(|| turn.get("parts")).and_then(Value::as_array);
    is_kind(turn)
        || turn.get("role").is_some_and(|role| role == "tool" || role == "function")
        || parts.is_some_and(|parts| parts.iter().any(is_result))
}

/// The tools on offer, without those that the vendor runs itself.
fn tools(body: &Value) -> Vec<Tool> {
    let offered = body.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    offered.iter().flat_map(declarations).filter_map(tool).collect()
}

/// The declarations within one entry of `tools`: Gemini groups them, the others list them.
fn declarations(entry: &Value) -> &[Value] {
    let group = entry.get("functionDeclarations").or_else(|| entry.get("function_declarations"));
    match group.and_then(Value::as_array) {
        Some(declarations) => declarations,
        None => std::slice::from_ref(entry),
    }
}

/// One declared tool.
fn tool(declaration: &Value) -> Option<Tool> {
    let function = declaration.get("function").unwrap_or(declaration);
    let name = function.get("name")?.as_str()?.to_owned();
    let kind = declaration.get("type").and_then(Value::as_str);
    let schema = SCHEMA_FIELDS.iter().find_map(|field| function.get(field)).cloned();
    match kind {
        Some("custom") if schema.is_none() => Some(Tool { name, parameters: None }),
        None | Some("function" | "custom") => Some(Tool { name, parameters: Some(schema.unwrap_or_default()) }),
        Some(_) => None,
    }
}

/// What the schema of a tool's arguments is called.
const SCHEMA_FIELDS: [&str; 4] = ["parameters", "input_schema", "parametersJsonSchema", "parameters_json_schema"];

/// What may be done with the tools.
fn choice(body: &Value) -> Choice {
    if let Some(config) = body.pointer("/toolConfig/functionCallingConfig") {
        return gemini_choice(config);
    }
    let Some(choice) = body.get("tool_choice") else { return Choice::Auto };
    let name = choice.pointer("/function/name").or_else(|| choice.get("name")).and_then(Value::as_str);
    match (choice.as_str().or_else(|| choice.get("type")?.as_str()), name) {
        (_, Some(name)) => Choice::Named(name.to_owned()),
        (Some("none"), _) => Choice::Forbidden,
        (Some("required" | "any"), _) => Choice::Required,
        _ => Choice::Auto,
    }
}

/// Gemini's words for it.
fn gemini_choice(config: &Value) -> Choice {
    match config.get("mode").and_then(Value::as_str) {
        Some("NONE") => Choice::Forbidden,
        Some("ANY") => match config.pointer("/allowedFunctionNames/0").and_then(Value::as_str) {
            Some(name) => Choice::Named(name.to_owned()),
            None => Choice::Required,
        },
        _ => Choice::Auto,
    }
}

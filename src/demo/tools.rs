//! Whether a request asks for one of its tools, and the call that answers it.

use serde_json::{Value, json};

use super::schema;

/// Up to this many tools, any mention of one is taken for a wish; beyond, only plain words are.
pub const FEW_TOOLS: usize = 3;

/// A tool that the request offers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tool {
    pub(super) name: String,
    /// The JSON schema of its arguments; `None` for a tool that takes free text.
    pub(super) parameters: Option<Value>,
}

/// What the request lets the model do with its tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Choice {
    #[default]
    Auto,
    Forbidden,
    Required,
    Named(String),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ToolCall {
    pub(super) name: String,
    /// A JSON object, or free text where `is_free_text`.
    pub(super) arguments: String,
    pub(super) is_free_text: bool,
}

/// The call that `text` asks for, if it asks for any.
pub(super) fn call(tools: &[Tool], choice: &Choice, text: &str) -> Option<ToolCall> {
    let tool = match choice {
        Choice::Forbidden => return None,
        Choice::Named(name) => tools.iter().find(|tool| tool.name == *name),
        Choice::Required => named(tools, text).or(tools.first()),
        Choice::Auto => named(tools, text).or_else(|| mentioned(tools, text)),
    }?;
    let given = given_arguments(tool, text);
    let arguments = given.unwrap_or_else(|| match &tool.parameters {
        Some(parameters) => schema::example(parameters),
        None => json!("demo"),
    });
    let arguments = match (&tool.parameters, arguments) {
        (None, Value::String(text)) => text,
        (_, arguments) => arguments.to_string(),
    };
    Some(ToolCall { name: tool.name.clone(), arguments, is_free_text: tool.parameters.is_none() })
}

/// The tool that is named in so many words.
fn named<'a>(tools: &'a [Tool], text: &str) -> Option<&'a Tool> {
    tools.iter().find(|tool| after_wish(tool, text).is_some())
}

/// Any tool that is mentioned, where so few are offered that a mention means it.
fn mentioned<'a>(tools: &'a [Tool], text: &str) -> Option<&'a Tool> {
    if tools.len() > FEW_TOOLS {
        return None;
    }
    let any = || tools.first().filter(|_| text.to_ascii_lowercase().contains("tool"));
    tools.iter().find(|tool| text.contains(&tool.name)).or_else(any)
}

/// What follows the wish for this tool.
fn after_wish<'a>(tool: &Tool, text: &'a str) -> Option<&'a str> {
    ["use the tool ", "call "].iter().find_map(|wish| {
        let (_, rest) = text.split_once(&format!("{wish}{}", tool.name))?;
        // `call read` must not be heard in `call read_file`.
        let ends = rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '-');
        ends.then_some(rest)
    })
}

/// The arguments that stand behind the wish as a JSON object.
fn given_arguments(tool: &Tool, text: &str) -> Option<Value> {
    let rest = after_wish(tool, text)?.trim_start();
    let value = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()?;
    value.is_object().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(names: &[&str]) -> Vec<Tool> {
        names
            .iter()
            .map(|name| Tool { name: (*name).to_owned(), parameters: Some(json!({"type": "object"})) })
            .collect()
    }

    fn called(names: &[&str], choice: Choice, text: &str) -> Option<String> {
        call(&tools(names), &choice, text).map(|call| call.name)
    }

    #[test]
    fn a_mention_is_no_wish_when_many_tools_are_offered() {
        let many = ["a1", "b2", "c3", "d4"];

        assert_eq!(called(&many, Choice::Auto, "your tools are a1 and b2"), None);
        assert_eq!(called(&many[..3], Choice::Auto, "the tool please"), Some("a1".to_owned()));
        assert_eq!(called(&many, Choice::Auto, "now use the tool b2."), Some("b2".to_owned()));
    }

    #[test]
    fn a_name_that_begins_another_is_not_mistaken_for_it() {
        let called = called(&["read", "read_file", "x", "y"], Choice::Auto, "call read_file");

        assert_eq!(called.as_deref(), Some("read_file"));
    }

    #[test]
    fn the_choice_of_the_request_has_the_last_word() {
        assert_eq!(called(&["a", "b"], Choice::Forbidden, "call a"), None);
        assert_eq!(called(&["a", "b"], Choice::Required, "hello"), Some("a".to_owned()));
        assert_eq!(called(&["a", "b"], Choice::Named("b".to_owned()), "call a"), Some("b".to_owned()));
    }

    #[test]
    fn arguments_given_in_the_text_are_passed_on() {
        let call = call(&tools(&["sh"]), &Choice::Auto, r#"call sh {"cmd": "ls"} thanks"#).unwrap();

        assert_eq!(call.arguments, r#"{"cmd":"ls"}"#);
    }
}

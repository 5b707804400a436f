//! What the vendor says to a prompt, before any dialect puts it into words of its own.

use filters::usage::Usage;

use super::{
    fault::Faults,
    prompt::Prompt,
    schema, tokens,
    tools::{self, ToolCall},
};

/// Words of the user's text that are repeated; the coding agents send whole files.
const ECHO_MAX_WORDS: usize = 400;

/// One answer. Every piece of reasoning and text is one token, white space and all.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) reasoning: Vec<String>,
    pub(super) content: Content,
    pub(super) finish: Finish,
}

/// What the model produced.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(Vec<String>),
    Tool(ToolCall),
}

/// Why it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    Length,
    Tool,
    StopSequence(String),
}

impl Answer {
    /// Composes the answer to a prompt.
    pub(super) fn compose(prompt: &Prompt, faults: &Faults) -> Self {
        let limit = prompt.output_max_tokens.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut reasoning = if prompt.is_reasoning { reasoning(prompt) } else { Vec::new() };
        reasoning.truncate(limit);
        if let Some(call) = called_tool(prompt) {
            return Self { reasoning, content: Content::Tool(call), finish: Finish::Tool };
        }
        let (text, stop) = until_stop(text(prompt, faults), &prompt.stop);
        let mut pieces = pieces(&text);
        let room = limit - reasoning.len();
        let finish = match stop {
            _ if pieces.len() > room => Finish::Length,
            Some(stop) => Finish::StopSequence(stop),
            None => Finish::Stop,
        };
        pieces.truncate(room);
        Self { reasoning, content: Content::Text(pieces), finish }
    }

    /// The text, empty where a tool is called instead.
    pub(super) fn text(&self) -> String {
        self.pieces().concat()
    }

    /// The words of the text, none where a tool is called instead.
    pub(super) fn pieces(&self) -> &[String] {
        match &self.content {
            Content::Text(pieces) => pieces,
            Content::Tool(_) => &[],
        }
    }

    /// All that was generated for one choice, reasoning included.
    pub(super) fn output_tokens(&self) -> u64 {
        let content = match &self.content {
            Content::Text(pieces) => pieces.len() as u64,
            Content::Tool(call) => tokens::of_call(&call.arguments),
        };
        self.reasoning_tokens() + content
    }

    /// Tokens of the reasoning.
    pub(super) fn reasoning_tokens(&self) -> u64 {
        self.reasoning.len() as u64
    }

    /// What the exchange used, `choices` such answers included.
    pub(super) fn usage(&self, prompt: &Prompt, faults: &Faults) -> Usage {
        let cache_read_tokens = faults.cached_tokens.unwrap_or(0).min(prompt.input_tokens);
        Usage {
            input_tokens: prompt.input_tokens - cache_read_tokens,
            cache_read_tokens,
            output_tokens: self.output_tokens() * prompt.choices,
            reasoning_tokens: self.reasoning_tokens() * prompt.choices,
            ..Usage::default()
        }
    }
}

/// The tool that the prompt asks for, unless it brings the result of one.
fn called_tool(prompt: &Prompt) -> Option<ToolCall> {
    if prompt.tool_result.is_some() {
        return None;
    }
    tools::call(&prompt.tools, &prompt.tool_choice, &prompt.text)
}

/// What goes through the model's mind.
fn reasoning(prompt: &Prompt) -> Vec<String> {
    pieces(&format!("The prompt has {} tokens, so I repeat its last text.", prompt.input_tokens))
}

/// What the model says, as long as it likes.
fn text(prompt: &Prompt, faults: &Faults) -> String {
    if let Some(schema) = &prompt.answer_schema {
        return schema::example(schema).to_string();
    }
    if let Some(length) = faults.length_tokens {
        return "word ".repeat(usize::try_from(length).unwrap_or(usize::MAX)).trim_end().to_owned();
    }
    let (opening, heard) = match &prompt.tool_result {
        Some(result) => ("The tool has answered:", result),
        None => ("You said:", &prompt.text),
    };
    let echo = pieces(heard.trim());
    format!("{opening} {}", echo.into_iter().take(ECHO_MAX_WORDS).collect::<String>())
}

/// The text up to the first of the stop sequences, and which one it was.
fn until_stop(mut text: String, stops: &[String]) -> (String, Option<String>) {
    let found = stops.iter().filter(|stop| !stop.is_empty());
    let found = found.filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min_by_key(|(at, _)| *at);
    let stop = found.map(|(at, stop)| {
        text.truncate(at);
        stop.clone()
    });
    (text, stop)
}

/// Cuts a text into words, each with the white space before it: concatenated, they are the text.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    let mut is_in_word = false;
    for character in text.chars() {
        if is_in_word && character.is_whitespace() {
            pieces.push(std::mem::take(&mut piece));
        }
        is_in_word = !character.is_whitespace();
        piece.push(character);
    }
    match pieces.last_mut() {
        // White space at the end belongs to the last word: alone it is no token.
        Some(last) if !is_in_word => last.push_str(&piece),
        _ if piece.is_empty() => {}
        _ => pieces.push(piece),
    }
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(body: serde_json::Value) -> Answer {
        Answer::compose(&Prompt::read(&body), &Faults::default())
    }

    #[test]
    fn the_pieces_of_a_text_are_its_tokens_and_lose_nothing() {
        for text in ["", " ", "one", "one  two\nthree ", " lead", "a b c"] {
            let pieces = pieces(text);

            assert_eq!(pieces.concat(), text);
            assert_eq!(pieces.iter().filter(|piece| !piece.trim().is_empty()).count() as u64, tokens::of_text(text));
        }
    }

    #[test]
    fn an_answer_never_passes_the_output_limit_reasoning_included() {
        for limit in [0, 1, 4, 5] {
            let answer = answer(json!({"max_tokens": limit, "messages": [{"role": "user", "content": "a b c"}]}));

            assert_eq!(answer.output_tokens(), limit);
            assert_eq!(answer.finish, if limit < 5 { Finish::Length } else { Finish::Stop });
        }
        let reasoned = answer(json!({"max_tokens": 3, "reasoning_effort": "low", "messages": []}));
        assert_eq!((reasoned.output_tokens(), reasoned.reasoning_tokens()), (3, 3));
    }

    #[test]
    fn a_stop_sequence_ends_the_answer_before_it() {
        let answer = answer(json!({"stop": ["zzz", "b"], "messages": [{"role": "user", "content": "a b c"}]}));

        assert_eq!(answer.text(), "You said: a ");
        assert_eq!(answer.finish, Finish::StopSequence("b".to_owned()));
    }

    #[test]
    fn the_result_of_a_tool_is_answered_with_text() {
        let tools = json!([{"type": "function", "function": {"name": "sum", "parameters": {"type": "object"}}}]);
        let user = json!({"role": "user", "content": "call sum"});

        let asked = answer(json!({"tools": tools, "messages": [user]}));
        let result = json!({"role": "tool", "content": "3"});
        let note = json!({"role": "system", "content": "some clients put these last"});
        let told = answer(json!({"tools": tools, "messages": [user, result, note]}));

        assert_eq!(asked.finish, Finish::Tool);
        assert_eq!(told.text(), "The tool has answered: 3");
    }

    #[test]
    fn the_result_of_a_tool_is_repeated_whatever_the_dialect() {
        for turns in [
            json!({"messages": [{"role": "tool", "content": [{"type": "text", "text": "found it"}]}]}),
            json!({"input": [{"type": "function_call_output", "output": "found it"}]}),
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "found it"}]}]}),
            json!({"contents": [{"parts": [{"functionResponse": {"response": {"output": "found it"}}}]}]}),
        ] {
            assert_eq!(answer(turns.clone()).text(), "The tool has answered: found it", "{turns}");
        }
    }
}

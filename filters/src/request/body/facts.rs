//! What a JSON body says that we act on: the model, the limits, and what makes the request cost more than its bytes show.
//!
//! One pass over the tokens of [`super::json`]. Where we read an object, a key that we read may occur once and in one
//! spelling: a second one, or one in another letter case, is refused, because the vendor's parser might follow that one.

use std::borrow::Cow;

use super::json::{Malformed, Scanner, Span, Token};
use super::places::{self, Field, Place};
use crate::endpoint::{Dialect, Endpoint};
use crate::usage::ServiceTier;

/// What a body says. Spans are places in the body's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub model: Option<(String, Span)>,
    pub stream: bool,
    pub include_usage: Option<(bool, Span)>,
    /// Where a member of `stream_options` can be inserted: after its opening brace. `true` if it has others.
    pub stream_options: Option<(usize, bool)>,
    /// Span of a `stream_options: null`.
    pub stream_options_null: Option<Span>,
    /// Just after the opening brace of the body, where a first member can be inserted.
    pub after_open: usize,
    /// Output limits by the names they were given under, in tokens; `None` for a null, which lifts the limit.
    pub output_limits: Vec<(&'static str, Option<u64>)>,
    /// Answers asked for (`n`, `best_of`, `candidateCount`), at least one.
    pub choices: u64,
    /// `None`: none named, so the vendor's settings decide.
    pub service_tier: Option<ServiceTier>,
    /// `background: true`: the vendor works on after we have gone.
    pub background: bool,
    pub images: u64,
    /// Bytes of the body that are the content of those images, so not text.
    pub image_bytes: u64,
    /// Bytes of a recording that was uploaded.
    pub audio_bytes: u64,
    /// What makes the prompt larger than the body shows, if anything does.
    pub hidden_input: Option<&'static str>,
    /// Tools of any kind: vendors put words of their own around them.
    pub has_tools: bool,
    /// Tools that the vendor runs itself.
    pub server_tools: u64,
    /// How often those may be used, where the request says so.
    pub server_tool_uses: Option<u64>,
    pub previous_response_id: Option<String>,
    /// Who the client says it acts for: recorded, never trusted.
    pub end_user: Option<String>,
    /// Documents to be ranked.
    pub documents: u64,
    /// Prompts in a list of them: each gets answers of its own.
    pub prompts: u64,
    /// Characters of text to speak.
    pub characters: u64,
}

impl Facts {
    /// The output limit that the vendor will keep to, in tokens for each choice: of the endpoint's own fields the largest.
    /// Another endpoint's field limits nothing, and a null may be taken for no limit.
    #[must_use]
    pub fn output_limit(&self, endpoint: Endpoint) -> Option<u64> {
        let names: &[&str] = match endpoint {
            Endpoint::ChatCompletions => &["max_tokens", "max_completion_tokens"],
            Endpoint::Completions | Endpoint::Messages => &["max_tokens"],
            Endpoint::Responses | Endpoint::ResponsesCompact => &["max_output_tokens"],
            _ => &["maxOutputTokens"],
        };
        let own = self.output_limits.iter().filter(|(name, _)| names.contains(name));
        let limits: Option<Vec<u64>> = own.map(|(_, limit)| *limit).collect();
        limits?.into_iter().max()
    }
}

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the request body cannot be read as JSON: {0}")]
    Malformed(#[from] Malformed),
    #[error("the request body must be a JSON object")]
    NotAnObject,
    #[error("the key {0:?} occurs twice in one object")]
    Duplicate(String),
    #[error("the key {found:?} is not {meant:?}, but another parser might take it for that")]
    Misspelt { found: String, meant: &'static str },
    #[error("{field:?} must be {wanted}")]
    WrongType { field: &'static str, wanted: &'static str },
}

impl Unreadable {
    /// The field the error is about, for the error's `param`.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Duplicate(field) => Some(field),
            Self::Misspelt { meant, .. } => Some(meant),
            Self::WrongType { field, .. } => Some(field),
            Self::Malformed(_) | Self::NotAnObject => None,
        }
    }
}

/// Reads a body in `dialect`.
pub fn read(body: &[u8], dialect: Dialect) -> Result<Facts, Unreadable> {
    let mut reader = Reader {
        body,
        scanner: Scanner::new(body)?,
        levels: Vec::with_capacity(16),
        facts: Facts { choices: 1, ..Facts::default() },
    };
    if reader.scanner.next_token()? != Some(Token::ObjectStart) {
        return Err(Unreadable::NotAnObject);
    }
    reader.facts.after_open = reader.scanner.position();
    reader.levels.push(Level::new(Place::root(dialect)));
    while let Some(token) = reader.scanner.next_token()? {
        reader.token(token)?;
    }
    Ok(reader.facts)
}

/// One open object or array.
#[derive(Debug)]
struct Level {
    place: Place,
    /// One bit for each field of the place that has occurred.
    seen: u32,
    /// The field whose value comes next, in an object.
    field: Option<Field>,
    /// What a media object has shown so far.
    media: Media,
    /// An item of a conversation that has an id.
    has_id: bool,
    /// It has more than that.
    has_substance: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Media {
    is_image: bool,
    data_bytes: u64,
    refers: bool,
}

impl Level {
    fn new(place: Place) -> Self {
        let media = Media { is_image: place == Place::Image, ..Media::default() };
        Self { place, seen: 0, field: None, media, has_id: false, has_substance: false }
    }
}

struct Reader<'a> {
    body: &'a [u8],
    scanner: Scanner<'a>,
    levels: Vec<Level>,
    facts: Facts,
}

impl Reader<'_> {
    fn token(&mut self, token: Token) -> Result<(), Unreadable> {
        match token {
            Token::Key(span) => self.key(&span),
            Token::ObjectStart => self.open(true),
            Token::ArrayStart => self.open(false),
            Token::ObjectEnd | Token::ArrayEnd => {
                self.close();
                Ok(())
            }
            value => self.scalar(value),
        }
    }

    fn key(&mut self, span: &Span) -> Result<(), Unreadable> {
        let body = self.body;
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        level.field = None;
        if level.place == Place::GeminiTool {
            let key = text(body, span);
            if !matches!(&*key, "functionDeclarations" | "function_declarations") {
                self.server_tool();
            }
            return Ok(());
        }
        let fields = level.place.fields();
        if fields.is_empty() {
            return Ok(());
        }
        let key = text(body, span);
        if level.place == Place::Blocks {
            level.has_id |= key == "id";
            level.has_substance |= places::is_substance(&key);
        }
        match fields.iter().position(|(name, _)| *name == key) {
            Some(found) => {
                let field = fields[found].1;
                // Two spellings of one name (`max_output_tokens`, `maxOutputTokens`) are one key to a vendor that takes both.
                let first = fields.iter().position(|(name, _)| places::is_same_name(name, &key)).unwrap_or(found);
                let bit = 1 << first;
                if level.seen & bit != 0 {
                    return Err(Unreadable::Duplicate(key.into_owned()));
                }
                level.seen |= bit;
                level.field = Some(field);
            }
            None => {
                if let Some((meant, _)) = fields.iter().find(|(name, _)| places::looks_like(&key, name)) {
                    return Err(Unreadable::Misspelt { found: key.into_owned(), meant });
                }
            }
        }
        Ok(())
    }

    /// The field that the value at hand belongs to, if its object is one we read.
    fn field(&mut self) -> Option<Field> {
        self.levels.last_mut().and_then(|level| level.field.take())
    }

    fn open(&mut self, is_object: bool) -> Result<(), Unreadable> {
        let parent = self.levels.last().map_or(Place::Elsewhere, |level| level.place);
        self.element(parent, !is_object);
        let field = self.field();
        if let Some(wanted) = field.and_then(Field::scalar_type) {
            let (name, wanted) = (field.map_or("", Field::name), wanted);
            return Err(Unreadable::WrongType { field: name, wanted });
        }
        let place = parent.child(field, is_object);
        match field {
            Some(Field::StreamOptions) if !is_object => {
                return Err(Unreadable::WrongType { field: "stream_options", wanted: "an object" });
            }
            Some(Field::StreamOptions) => {
                let at = self.scanner.position();
                self.facts.stream_options = Some((at, !self.body[at..].trim_ascii_start().starts_with(b"}")));
            }
            Some(Field::HidesInput(what)) => self.facts.hidden_input = Some(what),
            Some(Field::Prompt) if is_object => self.facts.hidden_input = Some("a stored prompt"),
            Some(Field::WebSearchOptions) => self.server_tool(),
            Some(Field::Tools) => self.facts.has_tools = true,
            _ => {}
        }
        self.levels.push(Level::new(place));
        Ok(())
    }

    /// Counts an element of a list in which elements count. A list of numbers is one prompt, given as tokens.
    fn element(&mut self, list: Place, is_prompt: bool) {
        match list {
            Place::Documents => self.facts.documents += 1,
            Place::Prompts if is_prompt => self.facts.prompts += 1,
            _ => {}
        }
    }

    fn close(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        if matches!(level.place, Place::Media | Place::Image) {
            self.media(level.media);
        }
        if level.has_id && !level.has_substance {
            self.facts.hidden_input = Some("an item of an earlier response");
        }
    }

    /// A media object is complete: an image has a published maximum; anything else could be as long as the model reads.
    fn media(&mut self, media: Media) {
        if media.is_image {
            self.facts.images += 1;
            self.facts.image_bytes += media.data_bytes;
        } else if media.data_bytes > 0 || media.refers {
            self.facts.hidden_input = Some("a document, audio or video");
        }
    }

    fn server_tool(&mut self) {
        self.facts.server_tools += 1;
        self.facts.hidden_input = Some("a tool that the vendor runs");
    }

    fn scalar(&mut self, value: Token) -> Result<(), Unreadable> {
        let parent = self.levels.last().map_or(Place::Elsewhere, |level| level.place);
        self.element(parent, matches!(value, Token::String(_)));
        let Some(field) = self.field() else { return Ok(()) };
        if value == Token::Null {
            self.null(field);
            return Ok(());
        }
        match (field, &value) {
            (Field::Model, Token::String(span)) => self.facts.model = Some((self.owned(span), span.clone())),
            (Field::Stream, Token::Bool(on)) => self.facts.stream = *on,
            (Field::IncludeUsage, Token::Bool(on)) => {
                let end = self.scanner.position();
                let word = if *on { "true" } else { "false" };
                self.facts.include_usage = Some((*on, end - word.len()..end));
            }
            (Field::Background, Token::Bool(on)) => self.facts.background = *on,
            (Field::OutputLimit(name), Token::Number(span)) => {
                let limit = self.count(field, span)?;
                self.facts.output_limits.push((name, Some(limit)));
            }
            (Field::Choices(_), Token::Number(span)) => {
                self.facts.choices = self.facts.choices.max(self.count(field, span)?)
            }
            (Field::ToolUses, Token::Number(span)) => {
                let uses = self.count(field, span)?;
                self.facts.server_tool_uses = Some(self.facts.server_tool_uses.unwrap_or(0).saturating_add(uses));
            }
            (Field::ServiceTier, Token::String(span)) => self.facts.service_tier = tier(&text(self.body, span)),
            (Field::PreviousResponse, Token::String(span)) => {
                self.facts.previous_response_id = Some(self.owned(span));
                self.facts.hidden_input = Some("an earlier response");
            }
            (Field::EndUser, Token::String(span)) => self.facts.end_user = Some(self.owned(span)),
            (Field::Input, Token::String(span)) => self.facts.characters = text(self.body, span).chars().count() as u64,
            (Field::ToolType, Token::String(span)) if runs_at_the_vendor(&text(self.body, span)) => self.server_tool(),
            (Field::ItemType, Token::String(span)) if text(self.body, span) == "item_reference" => {
                self.facts.hidden_input = Some("an item of an earlier response");
            }
            (Field::HidesInput(what), _) => self.facts.hidden_input = Some(what),
            (Field::ImageUrl, Token::String(span)) => self.image_url(span),
            (Field::MediaType | Field::MediaKind, Token::String(span)) => self.media_type(span),
            (Field::MediaData(_), Token::String(span)) => self.media_data(span),
            (Field::MediaReference, Token::String(_)) => self.with_media(|media| media.refers = true),
            _ => {
                if let Some(wanted) = field.scalar_type() {
                    return Err(Unreadable::WrongType { field: field.name(), wanted });
                }
            }
        }
        Ok(())
    }

    fn null(&mut self, field: Field) {
        match field {
            Field::StreamOptions => {
                let end = self.scanner.position();
                self.facts.stream_options_null = Some(end - b"null".len()..end);
            }
            Field::OutputLimit(name) => self.facts.output_limits.push((name, None)),
            _ => {}
        }
    }

    /// `"image_url": "data:image/png;base64,…"`, or an address the vendor fetches the image from.
    fn image_url(&mut self, span: &Span) {
        self.media(Media { is_image: true, data_bytes: span.len() as u64, refers: true });
    }

    fn media_type(&mut self, span: &Span) {
        let is_image = text(self.body, span).starts_with("image");
        self.with_media(|media| media.is_image |= is_image);
    }

    fn media_data(&mut self, span: &Span) {
        let data = &self.body[span.start + 1..];
        let (is_image, bytes) = (data.starts_with(b"data:image/"), span.len() as u64);
        self.with_media(|media| {
            media.is_image |= is_image;
            media.data_bytes += bytes;
        });
    }

    fn with_media(&mut self, change: impl FnOnce(&mut Media)) {
        if let Some(level) = self.levels.last_mut() {
            change(&mut level.media);
        }
    }

    fn owned(&self, span: &Span) -> String {
        text(self.body, span).into_owned()
    }

    /// A whole number of zero or more; other spellings of one (`5.0`, `5e0`) are for no parser to interpret.
    fn count(&self, field: Field, span: &Span) -> Result<u64, Unreadable> {
        let digits = &self.body[span.clone()];
        std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(Unreadable::WrongType { field: field.name(), wanted: "a whole number, zero or more" })
    }
}

/// The text of a string or key token. The scanner has accepted it, so it decodes.
fn text<'a>(body: &'a [u8], span: &Span) -> Cow<'a, str> {
    let quoted = &body[span.clone()];
    let inner = &quoted[1..quoted.len() - 1];
    if memchr::memchr(b'\\', inner).is_none() {
        return String::from_utf8_lossy(inner);
    }
    serde_json::from_slice::<String>(quoted).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Owned)
}

fn tier(name: &str) -> Option<ServiceTier> {
    match name {
        "default" | "standard" | "standard_only" => Some(ServiceTier::Standard),
        "flex" => Some(ServiceTier::Flex),
        "priority" | "fast" => Some(ServiceTier::Priority),
        "batch" => Some(ServiceTier::Batch),
        _ => None,
    }
}

/// Tools that the caller runs, or that only look through the request's own tools. Every other type (web search, code
/// execution, MCP, …) runs at the vendor and can read or bill what the request does not show.
fn runs_at_the_vendor(tool_type: &str) -> bool {
    const AT_THE_CALLER: [&str; 10] = [
        "function",
        "custom",
        "bash",
        "text_editor",
        "computer",
        "computer_use_preview",
        "memory",
        "local_shell",
        "apply_patch",
        "namespace",
    ];
    let family = tool_type.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    !AT_THE_CALLER.contains(&family) && !family.starts_with("tool_search")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openai(body: &str) -> Result<Facts, Unreadable> {
        read(body.as_bytes(), Dialect::OpenAi)
    }

    fn anthropic(body: &str) -> Facts {
        read(body.as_bytes(), Dialect::Anthropic).unwrap()
    }

    fn gemini(body: &str) -> Result<Facts, Unreadable> {
        read(body.as_bytes(), Dialect::Gemini)
    }

    #[test]
    fn a_governed_key_may_occur_once_and_in_one_spelling() {
        for body in [
            r#"{"model":"a","model":"b"}"#,
            r#"{"model":"a","mod\u0065l":"b"}"#,
            r#"{"model":"a","x":1,"model":"a"}"#,
            r#"{"model":"a","Model":"b"}"#,
            r#"{"model":"a"," model":"b"}"#,
            r#"{"model":"a","model\u0000":"b"}"#,
            r#"{"model":"a","\uFEFFmodel":"b"}"#,
            r#"{"model":"a","\u017Ftream":true}"#,
            r#"{"model":"a","MAX_TOKENS":1}"#,
            r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}"#,
            r#"{"model":"a","messages":[{"content":"a","content":"b"}]}"#,
            r#"{"model":"a","tools":[{"type":"function","type":"web_search"}]}"#,
        ] {
            assert!(openai(body).is_err(), "{body}");
        }
        assert!(gemini(r#"{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":9}}"#).is_err());
        assert!(gemini(r#"{"generationConfig":{},"generation_config":{}}"#).is_err());
    }

    #[test]
    fn what_we_do_not_read_may_be_named_anything() {
        let body = r#"{"model":"a","messages":[{"role":"user","content":"x","Role":1,"MODEL":"z"}],"metadata":{"model":1,"Model":2},
            "tools":[{"type":"function","function":{"parameters":{"properties":{"model":{},"Model":{}}}}}]}"#;

        assert_eq!(openai(body).unwrap().model.unwrap().0, "a");
    }

    #[test]
    fn different_keys_that_mean_the_same_to_us_may_stand_side_by_side() {
        let body = r#"{"model":"a","system":"x","messages":[{"content":"y","output":"z"}],"max_tokens":1}"#;
        assert_eq!(anthropic(body).output_limit(Endpoint::Messages), Some(1));
        assert!(gemini(r#"{"systemInstruction":{},"contents":[{"parts":[{"text":"x"}]}]}"#).is_ok());
    }

    #[test]
    fn only_the_endpoints_own_fields_limit_its_output_and_a_null_lifts_the_limit() {
        let limit = |body, endpoint| openai(body).unwrap().output_limit(endpoint);
        let foreign = r#"{"model":"a","max_output_tokens":1}"#;
        assert_eq!(limit(foreign, Endpoint::ChatCompletions), None);
        assert_eq!(limit(foreign, Endpoint::Responses), Some(1));
        assert_eq!(limit(r#"{"model":"a","max_tokens":1}"#, Endpoint::Responses), None);
        assert_eq!(limit(r#"{"max_completion_tokens":null,"max_tokens":1}"#, Endpoint::ChatCompletions), None);
        assert_eq!(limit(r#"{"max_completion_tokens":5}"#, Endpoint::Completions), None);
    }

    #[test]
    fn prompts_and_documents_are_counted() {
        for (prompt, prompts) in [(r#""x""#, 0), (r#"["x","y"]"#, 2), ("[1,2,3]", 0), ("[[1,2],[3]]", 2)] {
            assert_eq!(openai(&format!(r#"{{"model":"a","prompt":{prompt}}}"#)).unwrap().prompts, prompts, "{prompt}");
        }
        assert_eq!(openai(r#"{"model":"a","documents":["x",{"text":["y"]}]}"#).unwrap().documents, 2);
    }

    #[test]
    fn wrong_types_are_refused_with_the_field_named() {
        for (body, field) in [
            (r#"{"model":["a"]}"#, "model"),
            (r#"{"model":{"a":1}}"#, "model"),
            (r#"{"model":1}"#, "model"),
            (r#"{"model":"a","stream":"true"}"#, "stream"),
            (r#"{"model":"a","stream":1}"#, "stream"),
            (r#"{"model":"a","max_tokens":"5"}"#, "max_tokens"),
            (r#"{"model":"a","max_tokens":-5}"#, "max_tokens"),
            (r#"{"model":"a","max_tokens":5.0}"#, "max_tokens"),
            (r#"{"model":"a","n":1e3}"#, "n"),
            (r#"{"model":"a","stream_options":[]}"#, "stream_options"),
        ] {
            assert_eq!(openai(body).unwrap_err().field(), Some(field), "{body}");
        }
        assert_eq!(openai("[]"), Err(Unreadable::NotAnObject));
        assert_eq!(openai(r#""model""#), Err(Unreadable::NotAnObject));
    }

    #[test]
    fn limits_and_choices_are_read_at_their_largest() {
        let facts = openai(r#"{"model":"a","max_tokens":5,"max_completion_tokens":9,"n":2,"best_of":4,"stream":null}"#)
            .unwrap();
        assert_eq!((facts.output_limit(Endpoint::ChatCompletions), facts.choices, facts.stream), (Some(9), 4, false));

        let facts = gemini(r#"{"generation_config":{"max_output_tokens":7,"candidateCount":3}}"#).unwrap();
        assert_eq!((facts.output_limit(Endpoint::GenerateContent), facts.choices), (Some(7), 3));
    }

    #[test]
    fn images_are_counted_and_what_else_hides_input_is_named() {
        let facts = openai(
            r#"{"model":"a","messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"text","text":"https://x"}]}]}"#,
        )
        .unwrap();
        assert_eq!((facts.images, facts.image_bytes, facts.hidden_input), (1, 28, None));

        let facts = anthropic(
            r#"{"model":"a","messages":[{"content":[{"type":"tool_result","content":[{"type":"image",
            "source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"type":"tool_use","input":{"url":1,"URL":2}}]}]}"#,
        );
        assert_eq!((facts.images, facts.hidden_input), (1, None));

        let pdf = r#"{"model":"a","messages":[{"content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}]}]}"#;
        assert!(anthropic(pdf).hidden_input.is_some());
        assert!(
            gemini(r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://x/y"}}]}]}"#)
                .unwrap()
                .hidden_input
                .is_some()
        );
        assert!(gemini(r#"{"cachedContent":"c/1"}"#).unwrap().hidden_input.is_some());
        assert!(openai(r#"{"model":"a","previous_response_id":"resp_1"}"#).unwrap().hidden_input.is_some());
        for item in [
            r#"{"type":"item_reference","id":"x"}"#,
            r#"{"id":"msg_1"}"#,
            r#"{"type":"reasoning","id":"rs_1","summary":[]}"#,
            r#"{"role":"assistant","audio":{"id":"audio_1"}}"#,
        ] {
            let body = format!(r#"{{"model":"a","input":[{item}]}}"#);
            assert!(openai(&body).unwrap().hidden_input.is_some(), "{item}");
        }
        for item in [
            r#"{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"x"}]}"#,
            r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}"#,
            r#"{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"}"#,
        ] {
            let body = format!(r#"{{"model":"a","input":[{item}]}}"#);
            assert_eq!(openai(&body).unwrap().hidden_input, None, "{item}");
        }
    }

    #[test]
    fn tools_that_run_at_the_vendor_are_told_from_the_callers_own() {
        let own = r#"{"model":"a","tools":[{"name":"x","input_schema":{}},{"type":"custom","name":"y"},{"type":"bash_20250124"},
            {"type":"text_editor_20250728"},{"type":"computer_20250124"}]}"#;
        assert_eq!(anthropic(own).server_tools, 0);

        let search = anthropic(r#"{"model":"a","tools":[{"type":"web_search_20250305","max_uses":3}]}"#);
        assert_eq!((search.server_tools, search.server_tool_uses), (1, Some(3)));
        assert_eq!(openai(r#"{"model":"a","web_search_options":{}}"#).unwrap().server_tools, 1);
        assert_eq!(openai(r#"{"model":"a","tools":[{"type":"mcp"},{"type":"function"}]}"#).unwrap().server_tools, 1);
        assert_eq!(gemini(r#"{"tools":[{"googleSearch":{}},{"functionDeclarations":[]}]}"#).unwrap().server_tools, 1);
    }

    #[test]
    fn the_place_to_ask_for_usage_is_found() {
        let body = r#"{"model":"a","stream":true,"stream_options":{ "x":1}}"#;
        let facts = openai(body).unwrap();
        let (at, has_members) = facts.stream_options.unwrap();
        assert_eq!((&body[at..at + 4], has_members), (" \"x\"", true));
        assert_eq!(facts.after_open, 1);

        assert_eq!(openai(r#"{"stream_options":{ }}"#).unwrap().stream_options, Some((19, false)));
        assert_eq!(openai(r#"{"stream_options":null}"#).unwrap().stream_options_null, Some(18..22));
    }
}

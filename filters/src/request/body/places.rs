//! Where in a body we read, and which keys there: the tables behind [`super::facts`].

use crate::endpoint::Dialect;

/// A kind of object (or list of them) in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    OpenAiRoot,
    AnthropicRoot,
    GeminiRoot,
    StreamOptions,
    GenerationConfig,
    Metadata,
    /// The conversation: messages and input items, their parts, and what stands inside those.
    Blocks,
    /// An image, a file or a recording, in one of the shapes vendors have for them.
    Media,
    /// The same where the key has already said that it is an image.
    Image,
    Tools,
    GeminiTools,
    GeminiTool,
    /// Documents to be ranked, which are only counted.
    Documents,
    /// Prompts to be completed, likewise.
    Prompts,
    /// Nothing here is read.
    Elsewhere,
}

/// What a key means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Model,
    Stream,
    StreamOptions,
    IncludeUsage,
    /// A limit of output tokens, by the name it has in errors. Different names may stand side by side.
    OutputLimit(&'static str),
    /// How many answers are asked for.
    Choices(&'static str),
    ServiceTier,
    Background,
    PreviousResponse,
    HidesInput(&'static str),
    WebSearchOptions,
    ToolUses,
    ToolType,
    ItemType,
    EndUser,
    Metadata,
    /// The conversation, or a text that may be billed by the character.
    Input,
    Documents,
    /// Text, or an object that names a stored prompt.
    Prompt,
    Blocks,
    Tools,
    GenerationConfig,
    ImageUrl,
    MediaObject,
    /// What the data is, by its MIME type.
    MediaType,
    /// What the object is, by its own word.
    MediaKind,
    /// The data, or where it is; the names are fields of their own.
    MediaData(&'static str),
    MediaReference,
}

impl Field {
    /// Its name in errors.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Stream => "stream",
            Self::StreamOptions => "stream_options",
            Self::IncludeUsage => "include_usage",
            Self::OutputLimit(name) | Self::Choices(name) => name,
            Self::Background => "background",
            Self::ServiceTier => "service_tier",
            Self::PreviousResponse => "previous_response_id",
            Self::ToolUses => "max_uses",
            _ => "body",
        }
    }

    /// What its value must be, where any other type could be taken for something else.
    pub(super) const fn scalar_type(self) -> Option<&'static str> {
        match self {
            Self::Model | Self::ServiceTier | Self::PreviousResponse => Some("a string"),
            Self::Stream | Self::IncludeUsage | Self::Background => Some("true or false"),
            Self::OutputLimit(_) | Self::Choices(_) | Self::ToolUses => Some("a whole number, zero or more"),
            _ => None,
        }
    }
}

const OPENAI_ROOT: &[(&str, Field)] = &[
    ("model", Field::Model),
    ("stream", Field::Stream),
    ("stream_options", Field::StreamOptions),
    ("messages", Field::Blocks),
    ("input", Field::Input),
    ("tools", Field::Tools),
    ("service_tier", Field::ServiceTier),
    ("background", Field::Background),
    ("previous_response_id", Field::PreviousResponse),
    ("conversation", Field::HidesInput("a stored conversation")),
    ("prompt", Field::Prompt),
    ("documents", Field::Documents),
    ("web_search_options", Field::WebSearchOptions),
    ("max_tool_calls", Field::ToolUses),
    ("user", Field::EndUser),
    ("n", Field::Choices("n")),
    ("best_of", Field::Choices("best_of")),
    ("max_tokens", Field::OutputLimit("max_tokens")),
    ("max_completion_tokens", Field::OutputLimit("max_completion_tokens")),
    ("max_output_tokens", Field::OutputLimit("max_output_tokens")),
];

const ANTHROPIC_ROOT: &[(&str, Field)] = &[
    ("model", Field::Model),
    ("stream", Field::Stream),
    ("messages", Field::Blocks),
    ("system", Field::Blocks),
    ("tools", Field::Tools),
    ("max_tokens", Field::OutputLimit("max_tokens")),
    ("service_tier", Field::ServiceTier),
    ("metadata", Field::Metadata),
    ("container", Field::HidesInput("a container")),
    ("mcp_servers", Field::HidesInput("a tool that the vendor runs")),
];

const GEMINI_ROOT: &[(&str, Field)] = &[
    ("model", Field::Model),
    ("stream", Field::Stream),
    ("contents", Field::Blocks),
    ("input", Field::Blocks),
    ("systemInstruction", Field::Blocks),
    ("system_instruction", Field::Blocks),
    ("tools", Field::Tools),
    ("generationConfig", Field::GenerationConfig),
    ("generation_config", Field::GenerationConfig),
    ("cachedContent", Field::HidesInput("cached content")),
    ("cached_content", Field::HidesInput("cached content")),
    ("previous_interaction_id", Field::PreviousResponse),
    ("background", Field::Background),
    ("agent", Field::HidesInput("an agent")),
];

const STREAM_OPTIONS: &[(&str, Field)] = &[("include_usage", Field::IncludeUsage)];

const GENERATION_CONFIG: &[(&str, Field)] = &[
    ("maxOutputTokens", Field::OutputLimit("maxOutputTokens")),
    ("max_output_tokens", Field::OutputLimit("maxOutputTokens")),
    ("candidateCount", Field::Choices("candidateCount")),
    ("candidate_count", Field::Choices("candidateCount")),
];

const METADATA: &[(&str, Field)] = &[("user_id", Field::EndUser)];

const BLOCKS: &[(&str, Field)] = &[
    ("type", Field::ItemType),
    ("content", Field::Blocks),
    ("parts", Field::Blocks),
    ("output", Field::Blocks),
    ("image_url", Field::ImageUrl),
    ("source", Field::MediaObject),
    ("file", Field::MediaObject),
    ("input_audio", Field::MediaObject),
    ("audio", Field::MediaObject),
    ("inlineData", Field::MediaObject),
    ("inline_data", Field::MediaObject),
    ("fileData", Field::HidesInput("a file")),
    ("file_data", Field::HidesInput("a file")),
    ("file_id", Field::HidesInput("a file")),
    ("file_url", Field::HidesInput("a file")),
    ("video_url", Field::HidesInput("a video")),
    ("document_url", Field::HidesInput("a document")),
    ("uri", Field::HidesInput("a file")),
    ("data", Field::HidesInput("inline data")),
];

const MEDIA: &[(&str, Field)] = &[
    ("type", Field::MediaKind),
    ("media_type", Field::MediaType),
    ("mimeType", Field::MediaType),
    ("mime_type", Field::MediaType),
    ("data", Field::MediaData("data")),
    ("url", Field::MediaData("url")),
    ("file_data", Field::MediaData("file_data")),
    ("file_id", Field::MediaReference),
    ("id", Field::MediaReference),
    ("content", Field::Blocks),
];

/// Keys that an item of a conversation can have without holding anything itself.
const BARE: [&str; 5] = ["id", "type", "role", "status", "summary"];

/// Whether a key of an item is more than a reference to what the vendor has stored.
pub(super) fn is_substance(key: &str) -> bool {
    !BARE.contains(&key)
}

const TOOLS: &[(&str, Field)] = &[("type", Field::ToolType), ("max_uses", Field::ToolUses)];

impl Place {
    pub(super) const fn root(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenAi => Self::OpenAiRoot,
            Dialect::Anthropic => Self::AnthropicRoot,
            Dialect::Gemini => Self::GeminiRoot,
        }
    }

    /// The keys that are read here: at most 32, as each has a bit of its own.
    pub(super) const fn fields(self) -> &'static [(&'static str, Field)] {
        match self {
            Self::OpenAiRoot => OPENAI_ROOT,
            Self::AnthropicRoot => ANTHROPIC_ROOT,
            Self::GeminiRoot => GEMINI_ROOT,
            Self::StreamOptions => STREAM_OPTIONS,
            Self::GenerationConfig => GENERATION_CONFIG,
            Self::Metadata => METADATA,
            Self::Blocks => BLOCKS,
            Self::Media | Self::Image => MEDIA,
            Self::Tools => TOOLS,
            Self::GeminiTools | Self::GeminiTool | Self::Documents | Self::Prompts | Self::Elsewhere => &[],
        }
    }

    /// What the value of `field` is when it is an object or a list; elements of a list are what the list is.
    pub(super) const fn child(self, field: Option<Field>, is_object: bool) -> Self {
        match (self, field) {
            (Self::Blocks, None) => Self::Blocks,
            (Self::Tools, None) => Self::Tools,
            (Self::GeminiTools, None) if is_object => Self::GeminiTool,
            (_, Some(Field::StreamOptions)) => Self::StreamOptions,
            (_, Some(Field::GenerationConfig)) => Self::GenerationConfig,
            (_, Some(Field::Metadata)) => Self::Metadata,
            (_, Some(Field::Documents)) if !is_object => Self::Documents,
            (_, Some(Field::Prompt)) if !is_object => Self::Prompts,
            (_, Some(Field::Blocks | Field::Input)) => Self::Blocks,
            (_, Some(Field::ImageUrl)) => Self::Image,
            (_, Some(Field::MediaObject)) => Self::Media,
            (Self::GeminiRoot, Some(Field::Tools)) => Self::GeminiTools,
            (_, Some(Field::Tools)) => Self::Tools,
            _ => Self::Elsewhere,
        }
    }
}

/// Whether a careless parser could take `key` for `name`: other letter case (as Unicode folds it), or spaces, NULs and
/// byte order marks around it.
pub(super) fn looks_like(key: &str, name: &str) -> bool {
    let trimmed = key.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
    trimmed.chars().map(fold).eq(name.chars().map(fold))
}

/// Whether two keys are one name, in snake case and in camel case.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name| str::bytes(name).filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase());
    one == other || letters(one).eq(letters(other))
}

/// Simple case folding, with the two letters outside ASCII that fold into it: the long s and the Kelvin sign.
fn fold(c: char) -> char {
    match c {
        '\u{017F}' => 's',
        '\u{212A}' => 'k',
        _ => c.to_ascii_lowercase(),
    }
}

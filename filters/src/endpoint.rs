//! The LLM endpoints we serve, the wire format each speaks, and how each is metered.
//!
//! A path that is not in this table is not an LLM endpoint: it goes to the local (management) service or is refused.
//! So nothing can pass through unmetered by being forgotten.

/// A wire format: what requests, answers and errors look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    OpenAi,
    Anthropic,
    Gemini,
}

/// What a caller can ask for, whatever path they used for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    ChatCompletions,
    Completions,
    Responses,
    ResponsesCompact,
    ResponsesInputTokens,
    /// `GET`, `DELETE` or `cancel` of one stored response.
    ResponseById,
    Embeddings,
    Moderations,
    ImagesGenerations,
    ImagesEdits,
    ImagesVariations,
    AudioSpeech,
    AudioTranscriptions,
    AudioTranslations,
    Rerank,
    Messages,
    CountTokens,
    GenerateContent,
    StreamGenerateContent,
    GeminiCountTokens,
    EmbedContent,
    BatchEmbedContents,
    Interactions,
}

/// Where the usage of an answer stands, or that there is none to pay for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UsageFormat {
    /// `usage.prompt_tokens`, `usage.completion_tokens`; streams carry it in their last chunk, when asked.
    OpenAiChat,
    /// `usage.input_tokens`; streams carry it in `response.completed` and its kin.
    OpenAiResponses,
    /// `usage` in `message_start`, cumulative in `message_delta`.
    Anthropic,
    /// `usageMetadata`, cumulative in every chunk.
    Gemini,
    /// `usage.total_input_tokens` and so on.
    GeminiInteractions,
    /// `usage` where the model reports it, else the number of images.
    Images,
    /// `usage` (tokens or seconds) where the model reports it.
    Transcription,
    /// Nothing in the answer: billed by the characters sent.
    Speech,
    /// `meta.billed_units.search_units` or `usage`, else one request.
    Rerank,
    /// Free of charge at every vendor: counted, never billed.
    Free,
}

impl Endpoint {
    /// The wire format its requests, answers and errors are in.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        use Endpoint::*;
        match self {
            Messages | CountTokens => Dialect::Anthropic,
            GenerateContent
            | StreamGenerateContent
            | GeminiCountTokens
            | EmbedContent
            | BatchEmbedContents
            | Interactions => Dialect::Gemini,
            _ => Dialect::OpenAi,
        }
    }

    /// How its answers are metered.
    #[must_use]
    pub const fn usage_format(self) -> UsageFormat {
        use Endpoint::*;
        match self {
            ChatCompletions | Completions | Embeddings => UsageFormat::OpenAiChat,
            Responses | ResponsesCompact => UsageFormat::OpenAiResponses,
            Messages => UsageFormat::Anthropic,
            GenerateContent | StreamGenerateContent | EmbedContent | BatchEmbedContents => UsageFormat::Gemini,
            Interactions => UsageFormat::GeminiInteractions,
            ImagesGenerations | ImagesEdits | ImagesVariations => UsageFormat::Images,
            AudioTranscriptions | AudioTranslations => UsageFormat::Transcription,
            AudioSpeech => UsageFormat::Speech,
            Rerank => UsageFormat::Rerank,
            Moderations | CountTokens | GeminiCountTokens | ResponsesInputTokens | ResponseById => UsageFormat::Free,
        }
    }

    /// Whether the answer is text that a model writes, so that an output limit and a context window apply.
    #[must_use]
    pub const fn generates_text(self) -> bool {
        use Endpoint::*;
        matches!(
            self,
            ChatCompletions
                | Completions
                | Responses
                | ResponsesCompact
                | Messages
                | GenerateContent
                | StreamGenerateContent
                | Interactions
        )
    }

    /// Whether it costs nothing and so is neither held for nor counted against request limits.
    #[must_use]
    pub const fn is_free(self) -> bool {
        matches!(self.usage_format(), UsageFormat::Free) && self.needs_price()
    }

    /// Whether a model without a price is refused on it. Vendors give moderation away, so it needs none; where a model has
    /// one all the same, it is charged.
    #[must_use]
    pub const fn needs_price(self) -> bool {
        !matches!(self, Self::Moderations)
    }

    /// Its name in metrics and logs: the path users know, without the model.
    #[must_use]
    pub const fn route(self) -> &'static str {
        use Endpoint::*;
        match self {
            ChatCompletions => "/v1/chat/completions",
            Completions => "/v1/completions",
            Responses => "/v1/responses",
            ResponsesCompact => "/v1/responses/compact",
            ResponsesInputTokens => "/v1/responses/input_tokens",
            ResponseById => "/v1/responses/{id}",
            Embeddings => "/v1/embeddings",
            Moderations => "/v1/moderations",
            ImagesGenerations => "/v1/images/generations",
            ImagesEdits => "/v1/images/edits",
            ImagesVariations => "/v1/images/variations",
            AudioSpeech => "/v1/audio/speech",
            AudioTranscriptions => "/v1/audio/transcriptions",
            AudioTranslations => "/v1/audio/translations",
            Rerank => "/v1/rerank",
            Messages => "/v1/messages",
            CountTokens => "/v1/messages/count_tokens",
            GenerateContent => "/v1beta/models/{model}:generateContent",
            StreamGenerateContent => "/v1beta/models/{model}:streamGenerateContent",
            GeminiCountTokens => "/v1beta/models/{model}:countTokens",
            EmbedContent => "/v1beta/models/{model}:embedContent",
            BatchEmbedContents => "/v1beta/models/{model}:batchEmbedContents",
            Interactions => "/v1beta/interactions",
        }
    }
}

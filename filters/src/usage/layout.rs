//! Where in a vendor's JSON something stands that we count, as a tree of member names.
//!
//! A dialect is described by one static [`Node`] and read by the [`Scanner`](super::json::Scanner), which looks at
//! nothing that the tree does not name. The trees know names, not arithmetic: a dialect's `usage` function adds up.

/// What the value at one place means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing itself; its members may.
    Passage,
    /// A whole document, where several may come as the elements of one array.
    Document,
    /// The usage object.
    Report,
    /// A whole number in a usage object.
    Count(Count),
    /// A number that a vendor may report with a fraction, and bills rounded up.
    RoundedUp(Count),
    /// `[{"modality": "AUDIO", "tokenCount": 5}, …]`: token counts of one side, by kind of content.
    Modalities(Side),
    ModalityName,
    ModalityTokens,
    /// Anthropic's `usage.iterations`: the samplings behind one answer.
    Iterations,
    IterationKind,
    IterationCount(Count),
    /// Text that the model wrote, or a whole tree of it (tool arguments).
    Text,
    Model,
    ServiceTier,
    /// What kind of event this document is.
    Kind,
    Error,
    /// The list of choices of a chat answer: an empty one marks the chunk that carries usage alone.
    Choices,
    FinishReason,
    /// The items of a Responses answer.
    OutputItems,
    OutputItemKind,
    OutputItemAction,
    SearchQueries,
    Images,
}

/// Which side of the exchange a modality list speaks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Prompt,
    Cached,
    Output,
}

/// One number of a vendor's report, by what it says rather than by what the vendor calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Count {
    /// The prompt: whole or without its cached part, as the dialect has it.
    Prompt,
    Output,
    Total,
    CacheRead,
    /// The same number under a vendor's older name for it.
    CacheReadAlias,
    CacheWrite,
    CacheWrite5m,
    CacheWrite1h,
    Reasoning,
    /// Reported beside the prompt, billed like it.
    ToolPrompt,
    AudioInput,
    AudioCached,
    AudioOutput,
    ImageInput,
    ImageCached,
    ImageOutput,
    AudioSeconds,
    WebSearches,
    SearchUnits,
    /// Samplings that the vendor bills on top of what its report sums up.
    ExtraPrompt,
    ExtraOutput,
    ExtraCacheRead,
    ExtraCacheWrite,
    /// Not reported but seen in the answer.
    ImagesSeen,
    SearchesSeen,
}

impl Count {
    pub(super) const NUMBER: usize = Self::SearchesSeen as usize + 1;
}

/// One place in a document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) meaning: Meaning,
    /// Whether an array here is a list of what the node describes. Any other array has no meaning.
    pub(super) is_list: bool,
    pub(super) members: &'static [(&'static str, Node)],
}

impl Node {
    pub(super) fn member(&'static self, name: &[u8]) -> Option<&'static Self> {
        self.members.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, node)| node)
    }

    /// The same place, holding an array of what was described.
    pub(super) const fn listed(mut self) -> Self {
        self.is_list = true;
        self
    }

    pub(super) const fn meaning(mut self, meaning: Meaning) -> Self {
        self.meaning = meaning;
        self
    }
}

/// An object of which only these members matter.
pub(super) const fn object(members: &'static [(&'static str, Node)]) -> Node {
    Node { meaning: Meaning::Passage, is_list: false, members }
}

/// An array of such objects.
pub(super) const fn list(members: &'static [(&'static str, Node)]) -> Node {
    object(members).listed()
}

/// A value without members that matter.
pub(super) const fn value(meaning: Meaning) -> Node {
    Node { meaning, is_list: false, members: &[] }
}

pub(super) const fn count(count: Count) -> Node {
    value(Meaning::Count(count))
}

/// The usage object.
pub(super) const fn report(members: &'static [(&'static str, Node)]) -> Node {
    object(members).meaning(Meaning::Report)
}

pub(super) const TEXT: Node = value(Meaning::Text);
pub(super) const MODEL: Node = value(Meaning::Model);
pub(super) const SERVICE_TIER: Node = value(Meaning::ServiceTier);
pub(super) const KIND: Node = value(Meaning::Kind);
pub(super) const ERROR: Node = value(Meaning::Error);

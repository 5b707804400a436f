//! What has been learned from the documents of one answer: the sink of the [`Scanner`](super::json::Scanner).

use super::dialect::Dialect;
use super::json::{Scalar, Sink};
use super::layout::{Count, Meaning};
use super::output::OutputSeen;
use super::report::Reports;
use super::{ServiceTier, Usage};

/// What has been learned so far, and what the document that is being read has said.
#[derive(Debug)]
pub(super) struct Tally {
    dialect: &'static Dialect,
    reports: Reports,
    pub(super) output: OutputSeen,
    pub(super) is_finished: bool,
    pub(super) is_vendor_error: bool,
    pub(super) model: Option<Box<str>>,
    service_tier: ServiceTier,
    images: u64,
    searches: u64,
    document: Document,
}

/// The document (an SSE event, an array element, a whole body) that is being read.
#[derive(Debug, Default)]
struct Document {
    has_report: bool,
    has_no_choices: bool,
    ends_answer: bool,
    /// Its text is encoded sound.
    is_sound: bool,
    searches: u64,
    item: OutputItem,
}

#[derive(Debug, Default)]
struct OutputItem {
    is_web_search: bool,
    /// Opening a page that was found, or finding something in it: not billed.
    is_free_action: bool,
}

impl Tally {
    pub(super) fn new(dialect: &'static Dialect) -> Self {
        Self {
            dialect,
            reports: Reports::new(dialect.is_cumulative),
            output: OutputSeen::default(),
            is_finished: false,
            is_vendor_error: false,
            model: None,
            service_tier: ServiceTier::default(),
            images: 0,
            searches: 0,
            document: Document::default(),
        }
    }

    /// The vendor's report, if there is a believable one. What is billed by the piece reports itself by being there.
    pub(super) fn usage(&self) -> Option<Usage> {
        let is_own_report = self.dialect.bills_pieces && self.is_finished && !self.is_vendor_error;
        let latest = self.reports.latest().copied();
        let mut counts = if is_own_report { latest.unwrap_or_default() } else { latest? };
        counts.set(Count::ImagesSeen, self.images);
        counts.set(Count::SearchesSeen, self.searches);
        Some(Usage { service_tier: self.service_tier, ..(self.dialect.usage)(&counts, self.model.as_deref()) })
    }

    /// Whether a report came that could not be believed, and was ignored.
    pub(super) fn is_unbelievable(&self) -> bool {
        self.reports.is_unbelievable
    }

    /// Whether the latest report may be older than the output: a stream of cumulative reports broke off between two of
    /// them, or the last could not be believed.
    pub(super) fn may_lag(&self) -> bool {
        self.is_unbelievable() || (self.dialect.is_cumulative && !self.is_finished)
    }

    /// Whether the document read last carries usage and nothing that a client waits for.
    pub(super) fn is_usage_only(&self) -> bool {
        self.document.has_report && self.document.has_no_choices
    }

    /// Closes one document's account. [`Self::is_usage_only`] speaks of the next one from here on.
    pub(super) fn end_document(&mut self) {
        self.reports.abandon();
        let document = std::mem::take(&mut self.document);
        self.searches = self.searches.max(document.searches);
        if document.ends_answer {
            self.is_finished = true;
            self.images += u64::from(self.dialect.event_is_image);
        }
    }

    fn word(&mut self, meaning: Meaning, word: &[u8]) {
        match meaning {
            Meaning::Kind => self.kind(word),
            Meaning::Model => self.model(word),
            Meaning::ServiceTier => self.service_tier = ServiceTier::of_vendor(word).unwrap_or(self.service_tier),
            Meaning::FinishReason => self.is_finished = true,
            Meaning::ModalityName | Meaning::IterationKind => self.reports.element_kind(word),
            Meaning::OutputItemKind => self.document.item.is_web_search = word == b"web_search_call",
            Meaning::OutputItemAction => self.document.item.is_free_action = word != b"search",
            _ => {}
        }
    }

    fn kind(&mut self, kind: &[u8]) {
        self.document.ends_answer = self.dialect.ends.iter().any(|end| end.as_bytes() == kind);
        self.document.is_sound = kind.ends_with(b"audio.delta");
        self.is_vendor_error |= matches!(kind, b"error" | b"response.failed");
    }

    fn model(&mut self, model: &[u8]) {
        // Every chunk names the model: the common case is the one we know, and must not allocate.
        let is_known = self.model.as_deref().is_some_and(|known| known.as_bytes() == model);
        if !is_known && !model.contains(&b'\\') {
            self.model = std::str::from_utf8(model).ok().map(Into::into);
        }
    }

    fn number(&mut self, meaning: Meaning, number: Option<&[u8]>) {
        match meaning {
            Meaning::Count(count) => self.reports.count(count, number),
            Meaning::RoundedUp(count) => self.reports.count_rounded_up(count, number),
            Meaning::ModalityTokens => self.reports.element_tokens(number),
            Meaning::IterationCount(count) => self.reports.iteration_count(count, number),
            Meaning::Report => self.reports.is_unbelievable = true,
            Meaning::Error => self.is_vendor_error = true,
            _ => {}
        }
    }
}

impl Sink for Tally {
    fn open(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Report => {
                self.document.has_report = true;
                self.reports.begin();
            }
            Meaning::Choices => self.document.has_no_choices = true,
            Meaning::Modalities(side) => self.reports.begin_modalities(side),
            Meaning::Iterations => self.reports.begin_iterations(),
            _ => {}
        }
    }

    fn close(&mut self, meaning: Meaning) {
        if meaning == Meaning::Report {
            self.reports.end();
        }
    }

    fn element(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Choices => self.document.has_no_choices = false,
            Meaning::SearchQueries => self.document.searches += 1,
            Meaning::Images => self.images += 1,
            Meaning::Modalities(_) | Meaning::Iterations => self.reports.begin_element(),
            Meaning::OutputItems => self.document.item = OutputItem::default(),
            _ => {}
        }
    }

    fn element_end(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Document => self.end_document(),
            Meaning::Modalities(side) => self.reports.end_modality(side),
            Meaning::Iterations => self.reports.end_iteration(),
            Meaning::OutputItems => {
                let OutputItem { is_web_search, is_free_action } = self.document.item;
                self.document.searches += u64::from(is_web_search && !is_free_action);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, meaning: Meaning, scalar: Scalar<'_>) {
        match scalar {
            Scalar::Null => {}
            Scalar::Number(number) => self.number(meaning, Some(number)),
            // A string or an object is not a number: whatever wants one hears so.
            Scalar::Word(word) => {
                self.word(meaning, word);
                self.number(meaning, None);
            }
            Scalar::Other => self.number(meaning, None),
        }
    }

    fn text(&mut self, piece: &[u8]) {
        if !self.document.is_sound {
            self.output.push(piece);
        }
    }
}

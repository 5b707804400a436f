//! How the reports of one answer become one: each is drafted as it is read, and counts only when it is whole.

use super::counts::{Counts, rounded_up, whole};
use super::layout::{Count, Side};

/// The reports of one answer so far.
#[derive(Debug)]
pub(super) struct Reports {
    /// Whether a later report replaces an earlier one member by member, or whole.
    is_cumulative: bool,
    latest: Option<Counts>,
    draft: Option<Draft>,
    /// A report came that cannot be believed. It was ignored.
    pub(super) is_unbelievable: bool,
}

#[derive(Debug)]
struct Draft {
    counts: Counts,
    has_counts: bool,
    is_malformed: bool,
    element: Element,
}

/// The list element that is being read; what it means is known at its end, whatever the order of its members.
#[derive(Debug, Default)]
struct Element {
    kind: ElementKind,
    tokens: u64,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ElementKind {
    Audio,
    Image,
    Compaction,
    #[default]
    Other,
}

/// What Anthropic's iterations count, and where it goes for those that its sums leave out.
const ITERATION_COUNTS: [(Count, Count); 4] = [
    (Count::Prompt, Count::ExtraPrompt),
    (Count::Output, Count::ExtraOutput),
    (Count::CacheRead, Count::ExtraCacheRead),
    (Count::CacheWrite, Count::ExtraCacheWrite),
];

impl Reports {
    pub(super) fn new(is_cumulative: bool) -> Self {
        Self { is_cumulative, latest: None, draft: None, is_unbelievable: false }
    }

    /// The latest whole report.
    pub(super) fn latest(&self) -> Option<&Counts> {
        self.latest.as_ref()
    }

    pub(super) fn begin(&mut self) {
        let counts = self.latest.filter(|_| self.is_cumulative).unwrap_or_default();
        self.draft = Some(Draft { counts, has_counts: false, is_malformed: false, element: Element::default() });
    }

    pub(super) fn end(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        self.is_unbelievable |= draft.is_malformed;
        if draft.has_counts && !draft.is_malformed {
            self.latest = Some(draft.counts);
        }
    }

    /// Drops a report that was never completed.
    pub(super) fn abandon(&mut self) {
        self.draft = None;
    }

    /// A count, or `None` for what stands in its place and is not one.
    pub(super) fn count(&mut self, count: Count, number: Option<&[u8]>) {
        self.with_number(number.map(whole), |draft, number| draft.counts.set(count, number));
    }

    /// As [`Self::count`], for what may have a fraction.
    pub(super) fn count_rounded_up(&mut self, count: Count, number: Option<&[u8]>) {
        self.with_number(number.map(rounded_up), |draft, number| draft.counts.set(count, number));
    }

    pub(super) fn element_tokens(&mut self, number: Option<&[u8]>) {
        self.with_number(number.map(whole), |draft, number| draft.element.tokens = number);
    }

    pub(super) fn iteration_count(&mut self, count: Count, number: Option<&[u8]>) {
        self.with_number(number.map(whole), |draft, number| draft.element.counts.set(count, number));
    }

    fn with_number(&mut self, number: Option<Option<u64>>, keep: impl FnOnce(&mut Draft, u64)) {
        let Some(draft) = &mut self.draft else { return };
        match number.flatten() {
            Some(number) => {
                keep(draft, number);
                draft.has_counts = true;
            }
            None => draft.is_malformed = true,
        }
    }

    /// What the element that is being read is about, in any vendor's word for it.
    pub(super) fn element_kind(&mut self, word: &[u8]) {
        let Some(draft) = &mut self.draft else { return };
        draft.element.kind = match word {
            b"AUDIO" | b"audio" => ElementKind::Audio,
            b"IMAGE" | b"image" => ElementKind::Image,
            b"compaction" => ElementKind::Compaction,
            _ => ElementKind::Other,
        };
    }

    pub(super) fn begin_element(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.element = Element::default();
        }
    }

    /// A list by modality replaces what an earlier report said of that side.
    pub(super) fn begin_modalities(&mut self, side: Side) {
        let Some(draft) = &mut self.draft else { return };
        let (audio, image) = by_modality(side);
        draft.counts.clear(audio);
        draft.counts.clear(image);
    }

    /// Adds an element up: vendors may split one modality into several.
    pub(super) fn end_modality(&mut self, side: Side) {
        let Some(Draft { counts, element, .. }) = &mut self.draft else { return };
        let (audio, image) = by_modality(side);
        match element.kind {
            ElementKind::Audio => counts.add(audio, element.tokens),
            ElementKind::Image => counts.add(image, element.tokens),
            ElementKind::Compaction | ElementKind::Other => {}
        }
    }

    pub(super) fn begin_iterations(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        ITERATION_COUNTS.iter().for_each(|&(_, extra)| draft.counts.clear(extra));
    }

    /// Adds up the samplings that compact the context: Anthropic bills them and leaves them out of its sums.
    pub(super) fn end_iteration(&mut self) {
        let Some(Draft { counts, element, .. }) = &mut self.draft else { return };
        if element.kind == ElementKind::Compaction {
            ITERATION_COUNTS.iter().for_each(|&(count, extra)| counts.add(extra, element.counts.of(count)));
        }
    }
}

/// Where the audio and the image tokens of one side are counted.
fn by_modality(side: Side) -> (Count, Count) {
    match side {
        Side::Prompt => (Count::AudioInput, Count::ImageInput),
        Side::Cached => (Count::AudioCached, Count::ImageCached),
        Side::Output => (Count::AudioOutput, Count::ImageOutput),
    }
}

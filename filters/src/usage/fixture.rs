//! For tests: reads an answer in every cutting there is of two pieces, and byte by byte, and insists that they agree.

use bytes::Bytes;

use super::{Framing, Usage, UsageReader};
use crate::endpoint::UsageFormat;

/// All that a reader says of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Learned {
    pub(super) usage: Option<Usage>,
    pub(super) billable: Option<Usage>,
    pub(super) unbelievable: bool,
    pub(super) finished: bool,
    pub(super) vendor_error: bool,
    pub(super) model: Option<String>,
    pub(super) text_bytes: u64,
    pub(super) passed: String,
}

/// What an answer teaches; it must come out as it went in.
#[track_caller]
pub(super) fn learn(format: UsageFormat, framing: Framing, body: &str) -> Learned {
    let learned = learn_in_every_cutting(format, framing, false, body);
    assert_eq!(learned.passed, body);
    learned
}

/// What the client gets of a chat stream whose usage it did not ask for.
#[track_caller]
pub(super) fn learn_withholding(body: &str) -> Learned {
    learn_in_every_cutting(UsageFormat::OpenAiChat, Framing::EventStream, true, body)
}

#[track_caller]
fn learn_in_every_cutting(format: UsageFormat, framing: Framing, withhold: bool, body: &str) -> Learned {
    let bytes = body.as_bytes();
    let whole = learn_in_pieces(format, framing, withhold, [bytes]);
    for at in 0..=bytes.len() {
        let halves = learn_in_pieces(format, framing, withhold, [&bytes[..at], &bytes[at..]]);
        assert_eq!(halves, whole, "cut at {at}");
    }
    assert_eq!(learn_in_pieces(format, framing, withhold, bytes.chunks(1)), whole, "cut at every byte");
    whole
}

/// What an answer teaches that comes in these pieces.
pub(super) fn learn_in_pieces<'a>(
    format: UsageFormat,
    framing: Framing,
    withhold: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Learned {
    let mut reader = UsageReader::new(format, framing, withhold);
    let mut passed = Vec::new();
    for piece in pieces {
        passed.extend_from_slice(&reader.feed(Bytes::copy_from_slice(piece), false));
    }
    passed.extend_from_slice(&reader.feed(Bytes::new(), true));
    let reading = reader.reading();
    Learned {
        usage: reading.usage,
        billable: reading.billable(),
        unbelievable: reading.unbelievable,
        finished: reading.finished,
        vendor_error: reading.vendor_error,
        model: reading.model.map(str::to_owned),
        text_bytes: reading.output.text_bytes(),
        passed: String::from_utf8_lossy(&passed).into_owned(),
    }
}

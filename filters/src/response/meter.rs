//! Step 10: count what passes. Bytes go on unchanged, but for a usage chunk that only we asked for, and for a vendor's
//! error, in which our credential is blotted out.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::endpoint::{Endpoint, UsageFormat};
use crate::state::catalog::Secret;
use crate::usage::{Framing, Reading, UsageReader};

/// No vendor's error is worth more of a client's patience.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// The id of a stored response stands at the beginning of the answer.
const ID_SEARCH_BYTES: usize = 4096;

/// Follows one answer.
#[derive(Debug)]
pub enum Meter {
    /// A vendor's error: kept back until it is complete, so that it can be searched.
    Error { seen: BytesMut, credential: Option<Secret> },
    /// An answer, metered as it passes.
    Answer(Box<AnswerMeter>),
}

/// What is read out of an answer.
#[derive(Debug)]
pub struct AnswerMeter {
    format: UsageFormat,
    is_event_stream: bool,
    withhold_usage: bool,
    /// Made when the first byte shows how the body is framed.
    reader: Option<UsageReader>,
    /// The beginning of the answer, while the response's id is looked for.
    beginning: Option<BytesMut>,
    response_id: Option<String>,
    bytes: u64,
}

impl Meter {
    /// For an answer of status 2xx.
    #[must_use]
    pub fn answer(endpoint: Endpoint, is_event_stream: bool, withhold_usage: bool) -> Self {
        let stores = matches!(endpoint, Endpoint::Responses | Endpoint::Interactions);
        Self::Answer(Box::new(AnswerMeter {
            format: endpoint.usage_format(),
            is_event_stream,
            withhold_usage,
            reader: None,
            beginning: stores.then(BytesMut::new),
            response_id: None,
            bytes: 0,
        }))
    }

    /// For a vendor's error, which must not show the credential we sent.
    #[must_use]
    pub fn error(credential: Option<Secret>) -> Self {
        Self::Error { seen: BytesMut::new(), credential }
    }

    /// Whether what the client gets may differ in length from what the vendor sent.
    #[must_use]
    pub fn changes_body(&self) -> bool {
        match self {
            Self::Error { .. } => true,
            Self::Answer(answer) => answer.withhold_usage,
        }
    }

    /// Reads a piece of the body, and returns what the client gets in its place.
    pub fn feed(&mut self, chunk: Bytes, end: bool) -> Bytes {
        match self {
            Self::Answer(answer) => answer.feed(chunk, end),
            Self::Error { seen, credential } => {
                let room = ERROR_BYTES_MAX.saturating_sub(seen.len());
                seen.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if end { blotted(std::mem::take(seen).freeze(), credential.as_ref()) } else { Bytes::new() }
            }
        }
    }

    /// What was read so far; `None` of an error.
    #[must_use]
    pub fn reading(&self) -> Option<Reading<'_>> {
        match self {
            Self::Answer(answer) => answer.reader.as_ref().map(UsageReader::reading),
            Self::Error { .. } => None,
        }
    }

    /// The id of the response, once, when it has been found.
    pub fn take_response_id(&mut self) -> Option<String> {
        match self {
            Self::Answer(answer) => answer.response_id.take(),
            Self::Error { .. } => None,
        }
    }

    /// Whether the answer is a stream of events.
    #[must_use]
    pub fn is_event_stream(&self) -> bool {
        matches!(self, Self::Answer(answer) if answer.is_event_stream)
    }
}

impl AnswerMeter {
    fn feed(&mut self, chunk: Bytes, end: bool) -> Bytes {
        self.bytes += chunk.len() as u64;
        self.look_for_id(&chunk);
        if self.reader.is_none() {
            if chunk.is_empty() {
                return chunk;
            }
            let framing = framing(self.format, self.is_event_stream, &chunk);
            self.reader = Some(UsageReader::new(self.format, framing, self.withhold_usage));
        }
        match &mut self.reader {
            Some(reader) => reader.feed(chunk, end),
            None => chunk,
        }
    }

    fn look_for_id(&mut self, chunk: &Bytes) {
        let Some(beginning) = &mut self.beginning else { return };
        beginning.extend_from_slice(&chunk[..chunk.len().min(ID_SEARCH_BYTES)]);
        self.response_id = find_id(beginning);
        if self.response_id.is_some() || beginning.len() >= ID_SEARCH_BYTES {
            self.beginning = None;
        }
    }
}

/// How the body is framed, by its first bytes where the content type does not say: some vendors send none.
fn framing(format: UsageFormat, is_event_stream: bool, first: &[u8]) -> Framing {
    if is_event_stream {
        return Framing::EventStream;
    }
    match first.trim_ascii_start().first() {
        Some(b'{') => Framing::Json,
        Some(b'[') => Framing::JsonArray,
        Some(b'd' | b'e' | b':') if format != UsageFormat::Speech => Framing::EventStream,
        _ => Framing::Opaque,
    }
}

/// The first `"id": "…"` of the kind that stored responses have.
fn find_id(beginning: &[u8]) -> Option<String> {
    let mut from = 0;
    while let Some(found) = memmem::find(&beginning[from..], b"\"id\"") {
        let at = from + found + 4;
        let value = beginning[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
        let id = &value[..memchr::memchr(b'"', value)?];
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !id.is_empty() && id.len() <= 512 && id.iter().all(is_plain) {
            return String::from_utf8(id.to_vec()).ok();
        }
        from = at;
    }
    None
}

/// The text with our credential blotted out, should the vendor have echoed it.
fn blotted(text: Bytes, credential: Option<&Secret>) -> Bytes {
    let Some(secret) = credential.map(Secret::expose).filter(|secret| !secret.is_empty()) else { return text };
    if memmem::find(&text, secret.as_bytes()).is_none() {
        return text;
    }
    let mut clean = BytesMut::with_capacity(text.len());
    let mut rest: &[u8] = &text;
    while let Some(at) = memmem::find(rest, secret.as_bytes()) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(b"[redacted]");
        rest = &rest[at + secret.len()..];
    }
    clean.extend_from_slice(rest);
    clean.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_passed_on_without_our_credential_and_not_beyond_its_cap() {
        let mut meter = Meter::error(Some(Secret::new("sk-vendor")));
        assert_eq!(meter.feed(Bytes::from_static(b"bad key sk-ven"), false), Bytes::new());
        assert_eq!(
            meter.feed(Bytes::from_static(b"dor, sk-vendor!"), true),
            Bytes::from_static(b"bad key [redacted], [redacted]!")
        );

        let mut meter = Meter::error(None);
        meter.feed(Bytes::from(vec![b'x'; ERROR_BYTES_MAX - 1]), false);
        assert_eq!(meter.feed(Bytes::from_static(b"yyy"), true).len(), ERROR_BYTES_MAX);
    }

    #[test]
    fn the_id_of_a_response_is_found_wherever_the_bytes_are_cut() {
        let body = br#"{"object":"response", "id" : "resp_1-a","x":1}"#;
        for cut in 0..body.len() {
            let mut meter = Meter::answer(Endpoint::Responses, false, false);
            meter.feed(Bytes::copy_from_slice(&body[..cut]), false);
            let early = meter.take_response_id();
            meter.feed(Bytes::copy_from_slice(&body[cut..]), true);
            assert_eq!(early.or_else(|| meter.take_response_id()).as_deref(), Some("resp_1-a"), "cut at {cut}");
        }
        assert_eq!(Meter::answer(Endpoint::ChatCompletions, false, false).take_response_id(), None);
    }
}

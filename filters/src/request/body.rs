//! Step 3: the whole body, bounded, in memory, read once.
//!
//! Buffered because the model, the limits and the price are in it, because a second attempt needs it again, and because
//! Pingora must never stream it: an h2 body whose last DATA frame is empty makes it write the chunk terminator twice, and
//! strangers get each other's responses. Everything behind this step sends it with a `Content-Length`.

pub mod facts;
pub mod json;
pub mod multipart;
mod places;
pub mod replay;
pub mod splice;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use pingora::http::RequestHeader;
use pingora::proxy::Session;

use crate::denial::Denial;
use crate::endpoint::Endpoint;
use crate::state::settings::BodyLimits;
pub use facts::Facts;

/// A request body and what it says.
#[derive(Clone, Debug)]
pub struct Body {
    pub bytes: Bytes,
    /// Of `bytes`, also after they are freed.
    pub length: u64,
    pub facts: Facts,
    /// An upload's model is not a JSON string: it is replaced without quotes.
    pub is_multipart: bool,
}

/// A prompt up to this size is kept for as long as its answer runs, so that its tokens can be counted should the vendor
/// not say.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a long prompt that make a token, about.
const BYTES_PER_TOKEN: u64 = 4;

impl Body {
    /// Lets go of a long body once no attempt needs it any more.
    pub fn free(&mut self) {
        if self.bytes.len() > KEPT_BYTES_MAX {
            self.bytes = Bytes::new();
        }
    }

    /// What its text comes to in tokens, by its length.
    #[must_use]
    pub fn estimated_tokens(&self) -> u64 {
        self.length.saturating_sub(self.facts.image_bytes) / BYTES_PER_TOKEN
    }
}

/// Reads and understands the body of a request to `endpoint`.
pub async fn read(session: &mut Session, endpoint: Endpoint, limits: BodyLimits) -> Result<Body, Denial> {
    let shape = shape(session.req_header(), endpoint)?;
    let bytes = receive(session, limits).await?;
    understand(bytes, endpoint, &shape)
}

/// Reads what is left of a body that nobody wants, within bounds: a client that is still sending when it is answered and
/// cut off sees a broken pipe instead of the answer.
pub async fn drain(session: &mut Session) {
    const BYTES_MAX: usize = 64 * 1024 * 1024;
    const TIME_MAX: Duration = Duration::from_secs(5);
    let expects_go_ahead = session.req_header().headers.contains_key(EXPECT);
    let drained = match expects_go_ahead {
        true => None,
        false => tokio::time::timeout(TIME_MAX, receive_all(session, BYTES_MAX, false)).await.ok(),
    };
    if !matches!(drained, Some(Ok(Some(_)))) {
        session.set_keepalive(None);
    }
}

/// What the content type says the body is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Nothing,
    Json,
    Multipart(String),
}

fn shape(head: &RequestHeader, endpoint: Endpoint) -> Result<Shape, Denial> {
    if endpoint == Endpoint::ResponseById {
        return Ok(Shape::Nothing);
    }
    if let Some(encoding) = head.headers.get(CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(unsupported("The request body is compressed. Send it as it is, without a content-encoding."));
    }
    let mut types = head.headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (types.next().and_then(|value| value.to_str().ok()), types.next());
    let Some(content_type) = first.filter(|_| second.is_none()) else {
        return Err(unsupported("The request names no content type. Send 'content-type: application/json'."));
    };
    let mut parameters = content_type.split(';').map(str::trim);
    let media_type = parameters.next().unwrap_or_default();
    let charset =
        parameters.find_map(|parameter| parameter.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
        return Err(unsupported("The request body is to be read in another charset than UTF-8. Send UTF-8."));
    }
    let takes_uploads = matches!(
        endpoint,
        Endpoint::ImagesEdits
            | Endpoint::ImagesVariations
            | Endpoint::AudioTranscriptions
            | Endpoint::AudioTranslations
    );
    if media_type.eq_ignore_ascii_case("application/json") {
        Ok(Shape::Json)
    } else if takes_uploads && media_type.eq_ignore_ascii_case("multipart/form-data") {
        Ok(Shape::Multipart(content_type.to_owned()))
    } else {
        Err(unsupported(&format!(
            "The content type {media_type:?} is not taken here. Send 'content-type: application/json'."
        )))
    }
}

fn unsupported(message: &str) -> Denial {
    Denial::UnsupportedMediaType { message: message.to_owned() }
}

/// Receives the whole body within its limits of size and time.
async fn receive(session: &mut Session, limits: BodyLimits) -> Result<Bytes, Denial> {
    let too_large = Denial::BodyTooLarge { limit_bytes: limits.bytes_max };
    let declared =
        session.req_header().headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limits.bytes_max) {
        return Err(too_large);
    }
    if session.req_header().headers.contains_key(EXPECT) {
        session.write_continue_response().await.map_err(|_| Denial::BodyTimeout)?;
    }
    // One deadline for all of it: Pingora's own is per read for HTTP/1 and missing for h2.
    match tokio::time::timeout(limits.timeout, receive_all(session, limits.bytes_max, true)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(too_large),
        Ok(Err(_)) => Err(Denial::BadBody { message: "The request body ended too early.".into(), param: None }),
        Err(_) => Err(Denial::BodyTimeout),
    }
}

/// All chunks in one buffer, or `None` if they are more than `bytes_max`. A body in one chunk is not copied.
async fn receive_all(session: &mut Session, bytes_max: usize, keep: bool) -> pingora::Result<Option<Bytes>> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    let mut received = 0;
    while let Some(chunk) = session.downstream_session.read_request_body().await? {
        received += chunk.len();
        if received > bytes_max {
            return Ok(None);
        }
        if !keep || chunk.is_empty() {
            continue;
        }
        if first.is_empty() && whole.is_empty() {
            first = chunk;
        } else {
            if whole.is_empty() {
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&chunk);
        }
    }
    Ok(Some(if whole.is_empty() { first } else { whole.freeze() }))
}

fn understand(bytes: Bytes, endpoint: Endpoint, shape: &Shape) -> Result<Body, Denial> {
    let facts = match shape {
        Shape::Nothing => Facts::default(),
        Shape::Json => facts::read(&bytes, endpoint.dialect()).map_err(|unreadable| Denial::BadBody {
            message: capitalised(&unreadable.to_string()),
            param: unreadable.field().map(str::to_owned),
        })?,
        Shape::Multipart(content_type) => multipart::read(&bytes, content_type)
            .map_err(|bad| Denial::BadBody { message: capitalised(&bad.to_string()), param: None })?,
    };
    Ok(Body { length: bytes.len() as u64, bytes, facts, is_multipart: matches!(shape, Shape::Multipart(_)) })
}

/// An error's text as a sentence for people.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(headers: &[(&'static str, &str)], endpoint: Endpoint) -> Result<Shape, Denial> {
        let mut head = RequestHeader::build("POST", b"/", None).unwrap();
        for (name, value) in headers {
            head.append_header(*name, *value).unwrap();
        }
        shape(&head, endpoint)
    }

    #[test]
    fn only_plain_json_is_read_and_uploads_where_they_belong() {
        let json = ("content-type", "application/json; charset=utf-8");
        let upload = ("content-type", "multipart/form-data; boundary=x");
        let refused: &[&[(&str, &str)]] = &[
            &[],
            &[json, json],
            &[json, ("content-encoding", "gzip")],
            &[("content-type", "text/plain")],
            &[("content-type", "application/json; charset=utf-16")],
            &[("content-type", "application/x-www-form-urlencoded")],
            &[upload],
        ];
        for headers in refused {
            assert!(matches!(shape_of(headers, Endpoint::ChatCompletions), Err(Denial::UnsupportedMediaType { .. })));
        }
        assert_eq!(shape_of(&[json], Endpoint::ChatCompletions).unwrap(), Shape::Json);
        assert!(matches!(shape_of(&[upload], Endpoint::AudioTranscriptions).unwrap(), Shape::Multipart(_)));
    }
}

//! What a `multipart/form-data` upload says: the model and the few fields we act on, out of the parts' headers.
//!
//! Strict like the JSON reader: a field that we read may occur once, and the parts must be delimited in the one way that
//! everybody understands. The bytes travel on as they came, but for the model's name.

use super::facts::Facts;
use super::json::Span;

/// More parts than any upload endpoint takes.
const PARTS_MAX: usize = 64;

/// A part's headers are a line or two.
const HEADERS_BYTES_MAX: usize = 4096;

/// Why an upload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUpload {
    #[error("the content type names no boundary between the parts")]
    NoBoundary,
    #[error("the parts of the upload are not delimited as its content type says")]
    Malformed,
    #[error("the upload has more than {PARTS_MAX} parts")]
    TooManyParts,
    #[error("the field {0:?} occurs twice")]
    Duplicate(String),
    #[error("the field {0:?} cannot be read")]
    BadField(&'static str),
}

/// Reads an upload whose `Content-Type` is `content_type`.
pub fn read(body: &[u8], content_type: &str) -> Result<Facts, BadUpload> {
    let delimiter = format!("--{}", boundary(content_type).ok_or(BadUpload::NoBoundary)?);
    let mut facts = Facts { choices: 1, ..Facts::default() };
    let mut seen: Vec<String> = Vec::new();
    let mut at =
        if body.starts_with(delimiter.as_bytes()) { delimiter.len() } else { return Err(BadUpload::Malformed) };
    let ending = format!("\r\n{delimiter}");
    for _ in 0..PARTS_MAX {
        match body.get(at..at + 2) {
            Some(b"--") => {
                return if body[at + 2..].trim_ascii().is_empty() { Ok(facts) } else { Err(BadUpload::Malformed) };
            }
            Some(b"\r\n") => at += 2,
            _ => return Err(BadUpload::Malformed),
        }
        let part_end = at + memchr::memmem::find(&body[at..], ending.as_bytes()).ok_or(BadUpload::Malformed)?;
        let (name, content) = part(body, at..part_end)?;
        note(&mut facts, &mut seen, body, &name, content)?;
        at = part_end + ending.len();
    }
    Err(BadUpload::TooManyParts)
}

/// The boundary a content type names; `None` if there is not exactly one usable.
fn boundary(content_type: &str) -> Option<&str> {
    let mut found = content_type.split(';').skip(1).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    });
    let boundary = found.next().filter(|b| !b.is_empty() && b.len() <= 200)?;
    found.next().is_none().then_some(boundary)
}

/// The name of a part and where its content is.
fn part(body: &[u8], span: Span) -> Result<(String, Span), BadUpload> {
    let head_limit = span.end.min(span.start + HEADERS_BYTES_MAX);
    let head_len = memchr::memmem::find(&body[span.start..head_limit], b"\r\n\r\n").ok_or(BadUpload::Malformed)?;
    let head = std::str::from_utf8(&body[span.start..span.start + head_len]).map_err(|_| BadUpload::Malformed)?;
    let mut dispositions = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let disposition = dispositions.next().ok_or(BadUpload::Malformed)?;
    let mut names = disposition.split(';').skip(1).filter_map(|parameter| parameter.trim().strip_prefix("name="));
    let name = names.next().ok_or(BadUpload::Malformed)?.trim_matches('"').to_owned();
    if dispositions.next().is_some() || names.next().is_some() {
        return Err(BadUpload::Malformed);
    }
    Ok((name, span.start + head_len + 4..span.end))
}

fn note(facts: &mut Facts, seen: &mut Vec<String>, body: &[u8], name: &str, content: Span) -> Result<(), BadUpload> {
    let Some(governed) = ["model", "stream", "n", "user", "file", "image", "image[]"]
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known))
    else {
        return Ok(());
    };
    if governed.starts_with("image") {
        facts.images += 1;
        facts.image_bytes += content.len() as u64;
        return Ok(());
    }
    if governed == "file" {
        facts.audio_bytes += content.len() as u64;
        return Ok(());
    }
    if governed != name || seen.iter().any(|earlier| earlier == governed) {
        return Err(BadUpload::Duplicate(name.to_owned()));
    }
    seen.push(governed.to_owned());
    let value = std::str::from_utf8(&body[content.clone()]).map_err(|_| BadUpload::BadField(governed))?;
    match governed {
        "model" => facts.model = Some((value.to_owned(), content)),
        "stream" => facts.stream = matches!(value, "true" | "True" | "1"),
        "user" => facts.end_user = Some(value.to_owned()),
        _ => facts.choices = value.parse().map_err(|_| BadUpload::BadField(governed))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn upload(parts: &[(&str, &str)]) -> String {
        let parts: String = parts
            .iter()
            .map(|(name, value)| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
            .collect();
        format!("{parts}--XX--\r\n")
    }

    #[test]
    fn two_models_in_any_letter_case_are_refused() {
        for parts in [[("model", "a"), ("model", "b")], [("model", "a"), ("Model", "b")], [("MODEL", "a"), ("x", "b")]]
        {
            assert!(matches!(read(upload(&parts).as_bytes(), TYPE), Err(BadUpload::Duplicate(_))), "{parts:?}");
        }
    }

    #[test]
    fn unclear_delimiters_are_refused() {
        let whole = upload(&[("model", "a")]);
        for broken in [&whole[1..], &whole[..whole.len() - 6], "--XX--x", "", "--XX\r\n\r\nx\r\n--XX--"] {
            assert!(read(broken.as_bytes(), TYPE).is_err(), "{broken:?}");
        }
        assert_eq!(read(whole.as_bytes(), "multipart/form-data"), Err(BadUpload::NoBoundary));
        assert_eq!(read(whole.as_bytes(), "multipart/form-data; boundary=XX; boundary=YY"), Err(BadUpload::NoBoundary));
        let many = upload(&vec![("x", "y"); PARTS_MAX + 1]);
        assert_eq!(read(many.as_bytes(), TYPE), Err(BadUpload::TooManyParts));
    }

    #[test]
    fn the_model_is_found_where_it_stands() {
        let body = upload(&[("file", "a --XX inside a line is no delimiter"), ("model", "whisper-1"), ("n", "2")]);
        let facts = read(body.as_bytes(), TYPE).unwrap();

        let (model, span) = facts.model.unwrap();
        assert_eq!((model.as_str(), &body[span], facts.choices), ("whisper-1", "whisper-1", 2));
    }
}

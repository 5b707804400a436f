//! The fields of a `multipart/form-data` upload, as the JSON object that the same request would be elsewhere.
//!
//! Read loosely: a vendor in a test has no need to refuse what a client library would never send.

use serde_json::{Map, Value};

/// The boundary that a content type names, if it is an upload.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let (_, boundary) = parameters.split_once("boundary=")?;
    Some(boundary.split(';').next()?.trim_matches([' ', '"']))
}

/// Every field by its name; of a file, `{"file_bytes": length}`.
pub(super) fn fields(body: &[u8], boundary: &str) -> Value {
    let delimiter = format!("--{boundary}");
    let mut fields = Map::new();
    let mut rest = body;
    while let Some(start) = find(rest, delimiter.as_bytes()) {
        rest = &rest[start + delimiter.len()..];
        let part = &rest[..find(rest, delimiter.as_bytes()).unwrap_or(rest.len())];
        if let Some((name, value)) = field(part) {
            insert(&mut fields, name, value);
        }
    }
    Value::Object(fields)
}

/// Adds a field; one that occurs again becomes a list.
fn insert(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        None => drop(fields.insert(name, value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// One part: its head, an empty line, its content and a line break.
fn field(part: &[u8]) -> Option<(String, Value)> {
    let end = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&part[..end]);
    let content = &part[end + 4..];
    let content = content.strip_suffix(b"\r\n").unwrap_or(content);
    let (_, name) = head.split_once("; name=")?;
    let name = name.split([';', '\r']).next()?.trim_matches('"').to_owned();
    let value = if head.contains("filename=") {
        serde_json::json!({"file_bytes": content.len()})
    } else {
        Value::String(String::from_utf8_lossy(content).into_owned())
    };
    Some((name, value))
}

/// Where `needle` first stands in `haystack`.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_upload_has_no_boundary() {
        assert_eq!(boundary("application/json"), None);
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"b\"; charset=x"), Some("b"));
    }

    #[test]
    fn fields_are_strings_and_files_tell_their_length() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
            --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n1234\r\n--b--\r\n";

        assert_eq!(fields(body, "b"), json!({"model": "whisper-1", "file": {"file_bytes": 4}}));
    }
}

//! Changing a body without touching the rest of it: unknown fields, key order and number spelling survive.

use bytes::{Bytes, BytesMut};

use super::json::Span;

/// One replacement: the bytes of the span give way to `with`. An empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub with: Vec<u8>,
}

/// Applies edits, which must not overlap, in one copy.
#[must_use]
pub fn splice(body: &Bytes, mut edits: Vec<Edit>) -> Bytes {
    if edits.is_empty() {
        return body.clone();
    }
    edits.sort_by_key(|edit| edit.span.start);
    let added: usize = edits.iter().map(|edit| edit.with.len()).sum();
    let mut spliced = BytesMut::with_capacity(body.len() + added);
    let mut copied = 0;
    for edit in edits {
        spliced.extend_from_slice(&body[copied..edit.span.start]);
        spliced.extend_from_slice(&edit.with);
        copied = edit.span.end;
    }
    spliced.extend_from_slice(&body[copied..]);
    spliced.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spans_change() {
        let body = Bytes::from_static(br#"{"b":1.0,"model":"x","z":[]}"#);
        let edits =
            vec![Edit { span: 17..20, with: b"\"longer\"".to_vec() }, Edit { span: 1..1, with: b"\"a\":0,".to_vec() }];

        assert_eq!(splice(&body, edits), Bytes::from_static(br#"{"a":0,"b":1.0,"model":"longer","z":[]}"#));
        assert_eq!(splice(&body, Vec::new()), body);
    }
}

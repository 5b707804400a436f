//! Would every server find the same end of this request? What Pingora reads leniently is refused here: both lengths, a
//! list of lengths, odd encodings, no host, lines that end in a bare line feed.

use http::Version;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use pingora::http::RequestHeader;

use crate::denial::Denial;

/// Refuses an HTTP/1 head that two servers could read in two ways; `raw` is the head as it came. h2 frames its messages
/// itself.
pub fn check(head: &RequestHeader, raw: &[u8]) -> Result<(), Denial> {
    if head.version == Version::HTTP_2 {
        return Ok(());
    }
    match ambiguity(head, raw) {
        None => Ok(()),
        Some(what) => Err(Denial::Ambiguous { what }),
    }
}

fn ambiguity(head: &RequestHeader, raw: &[u8]) -> Option<&'static str> {
    let lengths: Vec<&[u8]> = head.headers.get_all(CONTENT_LENGTH).iter().map(|value| value.as_bytes()).collect();
    let encodings: Vec<&[u8]> = head.headers.get_all(TRANSFER_ENCODING).iter().map(|value| value.as_bytes()).collect();
    if lengths.len() > 1 || lengths.iter().any(|length| length.is_empty() || !length.iter().all(u8::is_ascii_digit)) {
        return Some("it has more than one content-length, or one that is no number");
    }
    if encodings.len() > 1 || encodings.iter().any(|encoding| !encoding.eq_ignore_ascii_case(b"chunked")) {
        return Some("it has a transfer-encoding other than chunked");
    }
    if !encodings.is_empty() && (!lengths.is_empty() || names_length(raw)) {
        return Some("it has both a content-length and a transfer-encoding");
    }
    if head.version == Version::HTTP_11 && head.headers.get_all(HOST).iter().count() != 1 {
        return Some("it does not name one host");
    }
    has_bare_line_feed(raw).then_some("a line of its head ends in a bare line feed")
}

/// Whether the head as it came has a length, which Pingora drops beside a transfer encoding.
fn names_length(raw: &[u8]) -> bool {
    raw.split(|byte| *byte == b'\n').any(|line| {
        line.get(..CONTENT_LENGTH.as_str().len())
            .is_some_and(|name| name.eq_ignore_ascii_case(CONTENT_LENGTH.as_str().as_bytes()))
    })
}

fn has_bare_line_feed(raw: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', raw).any(|at| at == 0 || raw[at - 1] != b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_with(headers: &[(&'static str, &str)], raw: &[u8]) -> bool {
        let mut head = RequestHeader::build("POST", b"/", None).unwrap();
        for (name, value) in headers {
            head.append_header(*name, *value).unwrap();
        }
        check(&head, raw).is_ok()
    }

    #[test]
    fn one_length_or_one_chunked_encoding_and_one_host_are_clear() {
        assert!(check_with(&[("host", "x"), ("content-length", "5")], b"POST / HTTP/1.1\r\nhost: x\r\n\r\n"));
        assert!(check_with(&[("host", "x"), ("transfer-encoding", "Chunked")], b"\r\n"));
        for headers in [
            vec![("content-length", "5")],
            vec![("host", "x"), ("host", "x")],
            vec![("host", "x"), ("content-length", "5"), ("content-length", "5")],
            vec![("host", "x"), ("content-length", "5, 5")],
            vec![("host", "x"), ("content-length", "+5")],
            vec![("host", "x"), ("content-length", "")],
            vec![("host", "x"), ("transfer-encoding", "gzip, chunked")],
            vec![("host", "x"), ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
            vec![("host", "x"), ("transfer-encoding", "chunked"), ("content-length", "5")],
        ] {
            assert!(!check_with(&headers, b"\r\n"), "{headers:?}");
        }
    }

    #[test]
    fn what_pingora_has_dropped_or_mended_is_seen_in_the_head_as_it_came() {
        assert!(!check_with(&[("host", "x"), ("transfer-encoding", "chunked")], b"a\r\nContent-Length: 5\r\n"));
        assert!(!check_with(&[("host", "x")], b"POST / HTTP/1.1\r\nhost: x\nfoo: y\r\n"));
    }
}

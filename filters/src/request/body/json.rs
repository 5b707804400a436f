//! Is this JSON that every parser reads alike? A strict scanner: one pass, no recursion, nothing allocated.
//!
//! Forwarding a caller's own bytes is safe only if the vendor cannot read in them what we did not. So whatever two
//! parsers may treat differently is refused: a byte order mark, invalid UTF-8, control characters in strings, lone
//! surrogates, leading zeros, NaN, trailing data, comments, absurd depth. Duplicate keys are the reader's to refuse:
//! only it knows which keys matter ([`super::facts`]).

use std::ops::Range;

/// Deeper than any real request, and shallow enough for every vendor's parser.
pub const DEPTH_MAX: usize = 64;

/// More keys than this are an attack on somebody's hash table.
pub const KEYS_MAX: usize = 10_000;

/// A stretch of the body.
pub type Span = Range<usize>;

/// What the scanner found next. Spans of strings include their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Key(Span),
    String(Span),
    Number(Span),
    Bool(bool),
    Null,
}

/// Why the body is not JSON that can be forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("it is not valid UTF-8")]
    NotUtf8,
    #[error("it begins with a byte order mark")]
    ByteOrderMark,
    #[error("it ends too early")]
    EndsEarly,
    #[error("at byte {0}: this is not JSON")]
    Unexpected(usize),
    #[error("at byte {0}: a string has a control character or a broken escape in it")]
    BadString(usize),
    #[error("at byte {0}: this is not a JSON number")]
    BadNumber(usize),
    #[error("there is more after the end, from byte {0} on")]
    Trailing(usize),
    #[error("it is nested more than {DEPTH_MAX} levels deep")]
    TooDeep,
    #[error("it has more than {KEYS_MAX} keys")]
    TooManyKeys,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    /// After `[`: a value or `]`.
    FirstValue,
    /// After `{`: a key or `}`.
    FirstKey,
    Key,
    /// After a value inside an object or array.
    CommaOrEnd,
    End,
}

/// Walks one JSON document token by token.
#[derive(Debug)]
pub struct Scanner<'a> {
    body: &'a [u8],
    at: usize,
    expect: Expect,
    depth: usize,
    keys: usize,
    /// One bit a level, lowest the innermost: is it an object?
    objects: u64,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `body`, which must be UTF-8 without a byte order mark.
    pub fn new(body: &'a [u8]) -> Result<Self, Malformed> {
        if body.starts_with(b"\xEF\xBB\xBF") {
            return Err(Malformed::ByteOrderMark);
        }
        std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
        Ok(Self { body, at: 0, expect: Expect::Value, depth: 0, keys: 0, objects: 0 })
    }

    /// The byte the scanner has read up to.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next token, or `None` once the one document is complete and nothing follows it.
    pub fn next_token(&mut self) -> Result<Option<Token>, Malformed> {
        self.skip_whitespace();
        let Some(&byte) = self.body.get(self.at) else {
            return if self.expect == Expect::End { Ok(None) } else { Err(Malformed::EndsEarly) };
        };
        match (self.expect, byte) {
            (Expect::End, _) => Err(Malformed::Trailing(self.at)),
            (Expect::FirstKey | Expect::CommaOrEnd, b'}') if self.in_object() => Ok(Some(self.close(Token::ObjectEnd))),
            (Expect::FirstValue | Expect::CommaOrEnd, b']') if !self.in_object() => {
                Ok(Some(self.close(Token::ArrayEnd)))
            }
            (Expect::FirstKey | Expect::Key, b'"') => self.key().map(Some),
            (Expect::CommaOrEnd, b',') => {
                self.at += 1;
                self.expect = if self.in_object() { Expect::Key } else { Expect::Value };
                self.next_token()
            }
            (Expect::Value | Expect::FirstValue, _) => self.value(byte).map(Some),
            _ => Err(Malformed::Unexpected(self.at)),
        }
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.body.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn key(&mut self) -> Result<Token, Malformed> {
        self.keys += 1;
        if self.keys > KEYS_MAX {
            return Err(Malformed::TooManyKeys);
        }
        let span = self.string()?;
        self.skip_whitespace();
        match self.body.get(self.at) {
            Some(b':') => self.at += 1,
            Some(_) => return Err(Malformed::Unexpected(self.at)),
            None => return Err(Malformed::EndsEarly),
        }
        self.expect = Expect::Value;
        Ok(Token::Key(span))
    }

    fn value(&mut self, first: u8) -> Result<Token, Malformed> {
        let token = match first {
            b'{' => return self.open(Token::ObjectStart, 1, Expect::FirstKey),
            b'[' => return self.open(Token::ArrayStart, 0, Expect::FirstValue),
            b'"' => Token::String(self.string()?),
            b't' => self.word(b"true", Token::Bool(true))?,
            b'f' => self.word(b"false", Token::Bool(false))?,
            b'n' => self.word(b"null", Token::Null)?,
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            _ => return Err(Malformed::Unexpected(self.at)),
        };
        self.after_value();
        Ok(token)
    }

    fn open(&mut self, token: Token, object: u64, expect: Expect) -> Result<Token, Malformed> {
        if self.depth == DEPTH_MAX {
            return Err(Malformed::TooDeep);
        }
        self.depth += 1;
        self.objects = self.objects << 1 | object;
        self.at += 1;
        self.expect = expect;
        Ok(token)
    }

    fn close(&mut self, token: Token) -> Token {
        self.depth -= 1;
        self.objects >>= 1;
        self.at += 1;
        self.after_value();
        token
    }

    fn after_value(&mut self) {
        self.expect = if self.depth == 0 { Expect::End } else { Expect::CommaOrEnd };
    }

    fn word(&mut self, word: &[u8], token: Token) -> Result<Token, Malformed> {
        if !self.body[self.at..].starts_with(word) {
            return Err(Malformed::Unexpected(self.at));
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<Span, Malformed> {
        let start = self.at;
        let bad = Malformed::BadNumber(start);
        if self.body[self.at] == b'-' {
            self.at += 1;
        }
        let leading_zero = self.body.get(self.at) == Some(&b'0');
        let whole = self.digits();
        if whole == 0 || leading_zero && whole > 1 {
            return Err(bad);
        }
        if self.body.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(bad);
            }
        }
        if matches!(self.body.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.body.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(bad);
            }
        }
        let span = start..self.at;
        // A number beyond a double (`1e400`) is infinite to one parser and an error to the next.
        let text = std::str::from_utf8(&self.body[span.clone()]).map_err(|_| bad)?;
        if text.parse::<f64>().map_err(|_| bad)?.is_finite() { Ok(span) } else { Err(bad) }
    }

    fn digits(&mut self) -> usize {
        let rest = &self.body[self.at..];
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        count
    }

    /// Reads a string from its opening quote to its closing one.
    fn string(&mut self) -> Result<Span, Malformed> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at += plain_prefix(&self.body[self.at..]);
            match self.body.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at);
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(Malformed::BadString(self.at)),
                None => return Err(Malformed::EndsEarly),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let bad = Malformed::BadString(self.at);
        let kind = *self.body.get(self.at + 1).ok_or(Malformed::EndsEarly)?;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let unit = self.code_unit(self.at).ok_or(bad)?;
                self.at += 6;
                match unit {
                    0xDC00..=0xDFFF => return Err(bad),
                    0xD800..=0xDBFF => {
                        let low = self.code_unit(self.at).ok_or(bad)?;
                        if !(0xDC00..=0xDFFF).contains(&low) {
                            return Err(bad);
                        }
                        self.at += 6;
                    }
                    _ => {}
                }
            }
            _ => return Err(bad),
        }
        Ok(())
    }

    /// The `\uXXXX` at `at`.
    fn code_unit(&self, at: usize) -> Option<u16> {
        let digits = self.body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0_u16, |unit, digit| Some(unit << 4 | u16::from(hex_digit(*digit)?)))
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// How many bytes of `rest` are plain string content: neither a quote, nor a backslash, nor a control character.
///
/// Nearly all of a prompt is this, so eight bytes are looked at in one step.
fn plain_prefix(rest: &[u8]) -> usize {
    let (words, _) = rest.as_chunks::<8>();
    let skipped = words.iter().take_while(|word| !holds_special(u64::from_le_bytes(**word))).count() * 8;
    let tail = &rest[skipped..];
    skipped + tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F)).unwrap_or(tail.len())
}

/// Whether any of eight bytes is a quote, a backslash or below a space. (The classic has-zero-byte and has-less trick;
/// a false alarm only costs the slower look, and there is none for bytes above 0x7F.)
fn holds_special(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let zero_in = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let quote = zero_in(word ^ (ONES * b'"' as u64));
    let backslash = zero_in(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    quote | backslash | control != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(body: &[u8]) -> Result<usize, Malformed> {
        let mut scanner = Scanner::new(body)?;
        let mut tokens = 0;
        while scanner.next_token()?.is_some() {
            tokens += 1;
        }
        Ok(tokens)
    }

    #[test]
    fn what_two_parsers_may_read_differently_is_refused() {
        let refused: &[&[u8]] = &[
            b"",
            b" ",
            b"{",
            b"{}x",
            b"{} {}",
            b"[1,]",
            b"{\"a\":1,}",
            b"{\"a\" 1}",
            b"{a:1}",
            b"{'a':1}",
            b"[,]",
            b"]",
            b"}",
            b"[}",
            b"{]",
            b"{\"a\"]",
            b"[\"a\":1]",
            b"// x\n{}",
            b"{/**/}",
            b"NaN",
            b"[Infinity]",
            b"[-]",
            b"[01]",
            b"[1.]",
            b"[.5]",
            b"[1e]",
            b"[+1]",
            b"[1e400]",
            b"[-1e999]",
            b"\"\\x\"",
            b"\"\\u12\"",
            b"\"\\ud800\"",
            b"\"\\udc00\"",
            b"\"\\ud800\\u0041\"",
            b"\"a\nb\"",
            b"\"a\0b\"",
            b"\"unended",
            b"tru",
            b"nulls",
            b"\xEF\xBB\xBF{}",
            b"\"\xFF\"",
            b"\xFE\xFF\0{",
            b"\"\xED\xA0\x80\"",
        ];
        for body in refused {
            assert!(scan(body).is_err(), "{:?}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn depth_and_keys_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let keyed =
            |keys: usize| format!("{{{}}}", (0..keys).map(|k| format!("\"{k}\":0")).collect::<Vec<_>>().join(","));

        assert!(scan(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(scan(nested(DEPTH_MAX + 1).as_bytes()), Err(Malformed::TooDeep));
        assert!(scan(keyed(KEYS_MAX).as_bytes()).is_ok());
        assert_eq!(scan(keyed(KEYS_MAX + 1).as_bytes()), Err(Malformed::TooManyKeys));
    }

    #[test]
    fn tokens_carry_their_place() {
        let body = br#" {"a": ["x", -1.5e3, true, null, {}]} "#;
        let mut scanner = Scanner::new(body).unwrap();
        let mut found = Vec::new();
        while let Some(token) = scanner.next_token().unwrap() {
            if let Token::Key(span) | Token::String(span) | Token::Number(span) = token {
                found.push(std::str::from_utf8(&body[span]).unwrap());
            }
        }
        assert_eq!(found, ["\"a\"", "\"x\"", "-1.5e3"]);
    }

    proptest! {
        #[test]
        fn whatever_serde_writes_is_read_and_any_bytes_are_survived(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let written = serde_json::to_vec(&serde_json::json!({ "k": [text, 1.5, null] })).unwrap();
            prop_assert!(scan(&written).is_ok());
            if scan(&bytes).is_ok() {
                // Strictness: nothing passes that a strict parser refuses.
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            }
        }
    }
}

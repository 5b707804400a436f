//! What a scanner tells of a document, and that no cut makes it tell another story.

use super::token::TOKEN_MAX_BYTES;
use super::*;
use crate::usage::layout::{Count, TEXT, count, list, object, report, value};

static TREE: Node = object(&[
    ("usage", report(&[("n", count(Count::Prompt))])),
    ("list", list(&[("text", TEXT)]).meaning(Meaning::Choices)),
    ("model", value(Meaning::Model)),
    ("text", TEXT),
]);

/// Writes down what it is told.
#[derive(Default)]
struct Log(String);

impl Sink for Log {
    fn open(&mut self, meaning: Meaning) {
        self.0 += &format!("open {meaning:?}; ");
    }
    fn close(&mut self, meaning: Meaning) {
        self.0 += &format!("close {meaning:?}; ");
    }
    fn element(&mut self, _: Meaning) {
        self.0 += "element; ";
    }
    fn element_end(&mut self, _: Meaning) {
        self.0 += "element end; ";
    }
    fn scalar(&mut self, meaning: Meaning, scalar: Scalar<'_>) {
        let shown = match scalar {
            Scalar::Number(bytes) | Scalar::Word(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        self.0 += &format!("{meaning:?} {shown}; ");
    }
    fn text(&mut self, piece: &[u8]) {
        self.0 += &String::from_utf8_lossy(piece);
    }
}

/// What a scanner tells of a document, inside the object that is its root; the same for every cut.
#[track_caller]
fn told(document: &str) -> (String, bool) {
    let tell = |pieces: &[&[u8]]| {
        let (mut scanner, mut log) = (Scanner::new(&TREE), Log::default());
        pieces.iter().for_each(|piece| scanner.feed(piece, &mut log));
        let inside = log.0.trim_start_matches("open Passage; ").trim_end_matches("close Passage; ").to_owned();
        (inside, scanner.is_complete())
    };
    let whole = tell(&[document.as_bytes()]);
    for at in 0..document.len() {
        let (head, tail) = document.as_bytes().split_at(at);
        assert_eq!(tell(&[head, tail]), whole, "cut at {at}");
    }
    whole
}

#[test]
fn what_is_not_json_is_not_complete() {
    for document in
        ["", "{", "{]", "}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{1:2}", "{\"usage\":{\"n\":5]", "{\"text\":\"a", "@"]
    {
        assert!(!told(document).1, "{document}");
    }
}

#[test]
fn a_token_is_read_up_to_its_bound() {
    let model = |length: usize| told(&format!(r#"{{"model":"{}"}}"#, "m".repeat(length))).0;

    assert_eq!(model(0), "Model ; ");
    assert_eq!(model(TOKEN_MAX_BYTES), format!("Model {}; ", "m".repeat(TOKEN_MAX_BYTES)));
    assert_eq!(model(TOKEN_MAX_BYTES + 1), "Model Other; ");
}

#[test]
fn a_key_that_is_too_long_is_nobodys() {
    let document = format!(r#"{{"usage{}":{{"n":1}},"model":"m"}}"#, "e".repeat(300));

    assert_eq!(told(&document), ("Model m; ".to_owned(), true));
}

#[test]
fn what_the_tree_does_not_name_is_skipped_with_all_that_is_in_it() {
    let document = r#"{"a":{"usage":{"n":1},"s":"}\"]\\"},"b":[[{"model":"x"}],"]"],"c":-1.5e3,"d":null,"model":"m"}"#;

    assert_eq!(told(document), ("Model m; ".to_owned(), true));
}

#[test]
fn what_the_tree_names_is_told_in_order() {
    let document = r#" { "usage" : { "n" : 12 , "x" : 1 } , "list":[ {"text":"a\"b"} , {} ], "model":null } "#;

    let expected = "open Report; Prompt 12; close Report; open Choices; element; a\\\"belement end; element; \
                    element end; close Choices; Model Null; ";
    assert_eq!(told(document), (expected.replace("Prompt 12", "Count(Prompt) 12"), true));
}

#[test]
fn a_value_of_another_kind_than_the_tree_says_is_told_as_such() {
    assert_eq!(told(r#"{"usage":[{"n":1}],"list":{"text":"a"},"model":{"n":1}}"#).0, {
        "Report Other; open Choices; aclose Choices; Model Other; "
    });
    assert_eq!(told(r#"{"usage":{"n":[1]}}"#).0, "open Report; Count(Prompt) Other; close Report; ");
}

#[test]
fn a_tree_of_text_is_passed_on_without_its_white_space() {
    let document = "{\"text\": {\"a\" : [1,\n\t\"b \\\" c\"], \"d\": {}}, \"model\":\"m\"}";

    assert_eq!(told(document).0, r#"{"a":[1,"b \" c"],"d":{}}Model m; "#);
}

#[test]
fn nesting_has_no_bound_because_it_costs_nothing() {
    let deep = "[".repeat(100_000);
    let (mut scanner, mut log) = (Scanner::new(&TREE), Log::default());

    scanner.feed(format!(r#"{{"a":{deep}"#).as_bytes(), &mut log);
    scanner.feed("]".repeat(100_000).as_bytes(), &mut log);
    scanner.feed(br#","model":"m"}"#, &mut log);

    assert!(log.0.ends_with("Model m; close Passage; ") && scanner.is_complete());
}

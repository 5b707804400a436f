//! Connections: kept, long, slow, and full of things that two servers could read in two ways.

use std::io::Write as _;
use std::time::Duration;

use filters::endpoint::Dialect;

use crate::fixtures::{ALICE, Ask, GPT, NOBODY, Shape, TestGateway};

#[test]
fn a_hundred_requests_go_over_one_connection() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();

    for number in 0..100 {
        let text = format!("number {number}");
        let ask = if number % 2 == 0 { Ask::chat(GPT, &text) } else { Ask::chat_stream(GPT, &text) };
        let answer = connection.send(&ask.key(ALICE)).ok();
        let said: String = match number % 2 {
            0 => answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned(),
            _ => answer.events().iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect(),
        };
        assert!(said.ends_with(&text), "{said}");
    }
    assert_eq!(gateway.charges().len(), 100);
}

#[test]
fn an_ordinary_client_is_served() {
    let gateway = TestGateway::new();
    let agent = ureq::Agent::new_with_defaults();

    for _ in 0..10 {
        let request = agent
            .post(format!("{}/v1/chat/completions", gateway.url()))
            .header("authorization", format!("Bearer {ALICE}"));
        let body = serde_json::json!({"model": GPT, "messages": [{"role": "user", "content": "hello"}]});
        assert_eq!(request.send_json(body).unwrap().status(), 200);
    }
}

#[test]
fn refusals_and_answers_share_a_connection() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();

    for _ in 0..5 {
        connection.send(&Ask::chat(GPT, "hello").key(NOBODY)).is_refusal(Dialect::OpenAi, 401, "token_not_found_in_db");
        connection.send(&Ask::chat("no-such-model", "hello").key(ALICE)).is_refusal(
            Dialect::OpenAi,
            404,
            "model_not_found",
        );
        connection.send(&Ask::get("/health/liveliness")).ok();
        connection.send(&Ask::chat(GPT, "hello").key(ALICE)).ok();
    }
}

#[test]
fn ten_mebibytes_pass() {
    let gateway = TestGateway::new();
    let ask = Ask::chat(GPT, "hello").with_field("padding", "x".repeat(10 << 20).into()).key(ALICE);

    for shape in [Shape::Length, Shape::Chunks(100_000)] {
        gateway.send(&ask.clone().shape(shape)).ok();
        assert!(gateway.last_body().len() > 10 << 20);
    }
}

#[test]
fn a_body_in_the_smallest_chunks_arrives_whole_and_with_its_length() {
    let gateway = TestGateway::new();
    let ask = Ask::chat("gpt-4o-mini", "hello").key(ALICE).shape(Shape::Chunks(1));

    gateway.send(&ask).ok();

    let received = gateway.bill().received[0].clone();
    assert_eq!((&*received.body, received.headers.get("transfer-encoding")), (ask.body_bytes(), None));
    assert_eq!(received.headers["content-length"], ask.body_bytes().len().to_string());
}

#[test]
fn a_body_that_comes_slowly_is_waited_for() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();
    let ask = Ask::chat(GPT, "hello").key(ALICE);

    connection.write(&ask.wire_head());
    for piece in ask.body_bytes().chunks(20) {
        std::thread::sleep(Duration::from_millis(10));
        connection.write(piece);
    }

    connection.answer().ok();
}

#[test]
fn a_body_that_does_not_come_ends_the_wait() {
    let gateway = crate::fixtures::Setup::new().server("request_timeout: 1").start();
    let mut connection = gateway.connect();

    connection.write(&Ask::chat(GPT, "hello").key(ALICE).wire_head());

    connection.answer().is_error(Dialect::OpenAi, 408, "invalid_request_error");
    assert_eq!(gateway.vendor_requests(), 0);
}

#[test]
fn a_body_that_ends_early_is_refused_and_not_sent_on() {
    let gateway = TestGateway::new();
    let ask = Ask::chat(GPT, "hello").key(ALICE);

    for shape in [Shape::Length, Shape::Chunks(16)] {
        let wire = ask.clone().shape(shape).wire();
        let mut connection = gateway.connect();
        connection.write(&wire[..wire.len() - 7]);
        drop(connection);
    }

    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(gateway.vendor_requests(), 0);
}

#[test]
fn a_client_that_waits_for_a_go_ahead_gets_it() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();
    let ask = Ask::chat(GPT, "hello").key(ALICE).header("expect", "100-continue");

    connection.write(&ask.wire_head());
    assert_eq!(connection.head().status, 100);
    connection.write(ask.body_bytes());

    connection.answer().ok();
    assert!(!gateway.bill().received[0].headers.contains_key("expect"));
}

#[test]
fn a_client_that_sends_all_of_a_long_body_can_read_why_it_is_refused() {
    let gateway = TestGateway::new();
    let ask = Ask::chat(GPT, "hello").with_field("padding", "x".repeat(5 << 20).into()).key(NOBODY);
    let mut connection = gateway.connect();

    for _ in 0..3 {
        connection.send(&ask).is_refusal(Dialect::OpenAi, 401, "token_not_found_in_db");
    }
}

#[test]
fn a_head_request_is_answered_without_a_body() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();

    assert_eq!(connection.send(&Ask::new("HEAD", "/")).status, 200);
    assert_eq!(connection.send(&Ask::new("HEAD", "/api/hello")).status, 200);
    connection.send(&Ask::chat(GPT, "hello").key(ALICE)).ok();
}

/// A chat whose framing is told by these headers alone, and what follows the head.
fn framed(headers: &str, body: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    let key = format!("authorization: Bearer {ALICE}\r\ncontent-type: application/json\r\n");
    write!(wire, "POST /v1/chat/completions HTTP/1.1\r\n{key}{headers}\r\n{body}").unwrap();
    wire
}

/// Each could be read in two ways by two servers.
fn ambiguous() -> Vec<(&'static str, Vec<u8>)> {
    let body = r#"{"model":"gpt","messages":[]}"#;
    let (length, chunk) = (body.len(), format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    let host = "host: x\r\n";
    vec![
        ("both lengths", framed(&format!("{host}content-length: {length}\r\ntransfer-encoding: chunked\r\n"), &chunk)),
        ("two lengths", framed(&format!("{host}content-length: {length}\r\ncontent-length: 1\r\n"), body)),
        ("a list of lengths", framed(&format!("{host}content-length: {length}, {length}\r\n"), body)),
        ("a signed length", framed(&format!("{host}content-length: +{length}\r\n"), body)),
        ("a negative length", framed(&format!("{host}content-length: -1\r\n"), body)),
        ("a length in hexadecimal", framed(&format!("{host}content-length: 0x{length:x}\r\n"), body)),
        ("an empty length", framed(&format!("{host}content-length:\r\n"), body)),
        ("an unknown encoding", framed(&format!("{host}transfer-encoding: gzip, chunked\r\n"), &chunk)),
        ("chunked twice", framed(&format!("{host}transfer-encoding: chunked, chunked\r\n"), &chunk)),
        ("chunked, not last", framed(&format!("{host}transfer-encoding: chunked, identity\r\n"), &chunk)),
        ("an encoding with a tail", framed(&format!("{host}transfer-encoding: chunkedx\r\n"), &chunk)),
        (
            "a space before the colon",
            framed(&format!("{host}transfer-encoding : chunked\r\ncontent-length: {length}\r\n"), body),
        ),
        ("a folded header", framed(&format!("{host}x: 1\r\n content-length: 9\r\ncontent-length: {length}\r\n"), body)),
        ("a chunk of a signed size", framed(&format!("{host}transfer-encoding: chunked\r\n"), &format!("+{chunk}"))),
        (
            "a chunk without its end",
            framed(&format!("{host}transfer-encoding: chunked\r\n"), &format!("{length:x}\r\n{body}XX0\r\n\r\n")),
        ),
        ("no host", framed(&format!("content-length: {length}\r\n"), body)),
        ("two hosts", framed(&format!("host: x\r\nhost: y\r\ncontent-length: {length}\r\n"), body)),
        ("a bare line feed", framed(&format!("host: x\ncontent-length: {length}\r\n"), body)),
        ("a zero byte", framed(&format!("{host}x: a\0b\r\ncontent-length: {length}\r\n"), body)),
    ]
}

#[test]
fn what_two_servers_could_read_in_two_ways_is_refused_and_the_connection_ends() {
    let gateway = TestGateway::new();
    let mut passed = Vec::new();

    for (name, wire) in ambiguous() {
        let before = gateway.vendor_requests();
        let mut connection = gateway.connect();
        connection.write(&wire);
        let status = connection.head_or_end().map_or(0, |head| head.status);
        if !matches!(status, 0 | 400..500) || gateway.vendor_requests() != before {
            passed.push((name, status));
        }
    }

    assert!(passed.is_empty(), "let through: {passed:?}");
}

#[test]
fn a_method_that_is_nobodys_business_is_refused() {
    let gateway = TestGateway::new();

    for method in ["TRACE", "CONNECT", "PROPFIND"] {
        let mut connection = gateway.connect();
        connection.write(&Ask::new(method, "/v1/chat/completions").key(ALICE).wire());
        let status = connection.head_or_end().map_or(0, |head| head.status);
        assert!(matches!(status, 0 | 400..500), "{method}: {status}");
    }
    assert_eq!(gateway.vendor_requests(), 0);
}

//! A vendor that fails before its answer: another one is asked, or the client is told whose fault it is.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use filters::clock;
use filters::endpoint::Dialect;

use crate::fixtures::{ALICE, Ask, BrokenVendor, CLAUDE, GPT, Setup, TestGateway, VENDOR_KEY};

const MINI: &str = "openai/gpt-4o-mini";

/// Nobody listens there: the port is reserved.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A gateway whose model `broken` is served at `base` alone.
fn broken_at(base: &str) -> TestGateway {
    Setup::new().deployment("broken", MINI, base, "").start()
}

/// Expects this error of the gateway's own, and that nothing was charged.
#[track_caller]
fn fails(gateway: &TestGateway, ask: &Ask, dialect: Dialect, status: u16) {
    let answer = gateway.send(&ask.clone().key(ALICE));
    answer.is_error(dialect, status, "upstream_error");
    assert!(!answer.text().contains("127.0.0.1"), "the vendor's address is shown: {answer:?}");
    assert!(gateway.charges().is_empty(), "{:?}", gateway.charges());
}

#[test]
fn a_vendor_that_is_down_is_a_bad_gateway() {
    let gateway = broken_at(NOWHERE);

    fails(&gateway, &Ask::chat("broken", "hello"), Dialect::OpenAi, 502);
    fails(&gateway, &Ask::chat_stream("broken", "hello"), Dialect::OpenAi, 502);
    fails(&gateway, &Ask::message("broken", "hello"), Dialect::Anthropic, 502);
}

#[test]
fn a_vendor_whose_name_does_not_resolve_is_a_bad_gateway() {
    fails(&broken_at("http://vendor.invalid:80"), &Ask::chat("broken", "hello"), Dialect::OpenAi, 502);
}

#[test]
fn a_vendor_that_hangs_up_before_its_answer_is_a_bad_gateway_and_asked_once() {
    let vendor = BrokenVendor::start(drop);
    let gateway = broken_at(vendor.url());

    fails(&gateway, &Ask::chat("broken", "hello"), Dialect::OpenAi, 502);

    assert_eq!(vendor.requests(), 1);
}

#[test]
fn a_vendor_that_speaks_no_http_is_a_bad_gateway() {
    for nonsense in [
        "nonsense\r\n\r\n",
        "HTTP/1.1 banana OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let vendor = BrokenVendor::start(move |mut stream| drop(stream.write_all(nonsense.as_bytes())));

        fails(&broken_at(vendor.url()), &Ask::chat("broken", "hello"), Dialect::OpenAi, 502);
    }
}

#[test]
fn a_vendor_that_does_not_answer_in_time_is_a_timeout() {
    let gateway = Setup::new().vendor("!delay 10s").deployment("slow", MINI, "{vendor1}", "timeout: 1").start();
    let started = clock::instant();

    fails(&gateway, &Ask::chat("slow", "hello"), Dialect::OpenAi, 504);

    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn a_vendor_that_takes_no_connection_is_not_waited_for_longer_than_its_answer_would_be() {
    let vendor = BrokenVendor::start(|stream| {
        sleep(Duration::from_secs(4));
        drop(stream);
    });
    let gateway = Setup::new().deployment("slow", MINI, vendor.url(), "timeout: 1").start();

    fails(&gateway, &Ask::chat("slow", "hello"), Dialect::OpenAi, 504);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = BrokenVendor::start(drop);
    let gateway = TestGateway::new();

    fails(
        &gateway,
        &Ask::chat(GPT, &format!("!redirect {}/v1/chat/completions", elsewhere.url())),
        Dialect::OpenAi,
        502,
    );

    assert_eq!((elsewhere.requests(), gateway.vendor_requests()), (0, 1));
}

#[test]
fn an_error_of_the_vendors_is_passed_on_as_it_is() {
    let gateway = TestGateway::new();

    for status in [400, 401, 403, 404, 422, 429, 500, 503, 529] {
        let answer = gateway.send(&Ask::message(CLAUDE, &format!("!status {status}")).key(ALICE));
        assert_eq!((answer.status, answer.message().as_str()), (status, "an error on demand"), "{answer:?}");
        assert_eq!(answer.header("x-should-retry"), None, "{answer:?}");
    }
    assert!(gateway.charges().is_empty());
}

#[test]
fn a_vendors_wish_to_wait_is_passed_on() {
    let gateway = TestGateway::new();

    let answer = gateway.chat(ALICE, "!status 429 retry-after=7");

    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(gateway.vendor_requests(), 1);
}

#[test]
fn a_vendors_error_that_quotes_our_credential_is_blotted() {
    let gateway = TestGateway::new();

    let answer = gateway.chat(ALICE, "!echo-credential");

    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("incorrect API key provided: [redacted]"), "{answer:?}");
    assert!(!answer.text().contains(VENDOR_KEY));
}

#[test]
fn an_endless_error_of_the_vendors_ends_at_64_kib() {
    let answer = TestGateway::new().chat(ALICE, "!big-error 1MB");

    assert_eq!((answer.status, answer.body.len()), (500, 64 * 1024), "{}", answer.body.len());
}

#[test]
fn an_answer_that_is_compressed_unasked_can_still_be_read_or_is_an_error() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("what is compressed cannot be counted");

    let answer = gateway.chat(ALICE, "!gzip");

    let is_readable = answer.header("content-encoding") == Some("gzip")
        || serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok();
    assert!(is_readable, "bytes that no client can read: {answer:?}");
}

/// A gateway whose model [`GPT`] has a second place, that is asked when the first fails.
fn with_second(first: Setup) -> TestGateway {
    first.vendor("").deployment(GPT, MINI, "{vendor1}", "order: 2").start()
}

/// Expects the answer of the second vendor, charged once.
#[track_caller]
fn falls_over(gateway: &TestGateway) {
    gateway.chat(ALICE, "hello").ok();

    let second = gateway.vendors[1].bill();
    assert_eq!((second.requests, second.by_model["gpt-4o-mini"].answers), (1, 1));
    assert_eq!(gateway.charge().outcome, "completed");
}

#[test]
fn another_place_is_asked_when_one_answers_an_error() {
    for status in [408, 429, 500, 502, 503, 529] {
        falls_over(&with_second(Setup::new().fault(&format!("!status {status}"))));
    }
}

#[test]
fn no_other_place_is_asked_when_the_request_is_at_fault() {
    let gateway = with_second(Setup::new().fault("!status 400"));

    assert_eq!(gateway.chat(ALICE, "hello").status, 400);

    assert_eq!(gateway.vendors[1].bill().requests, 0);
}

/// A gateway whose model `broken` is served at `base` first, and by a good vendor next.
fn broken_then_good(base: &str, more: &str) -> TestGateway {
    Setup::new().deployment("broken", MINI, base, more).deployment("broken", MINI, "{vendor0}", "order: 2").start()
}

#[test]
fn another_place_is_asked_when_one_cannot_be_reached() {
    let silent = BrokenVendor::start(drop);
    for base in [NOWHERE, "http://vendor.invalid:80", silent.url()] {
        let gateway = broken_then_good(base, "");

        gateway.send(&Ask::chat("broken", "hello").key(ALICE)).ok();

        assert_eq!(gateway.charge().outcome, "completed");
    }
}

#[test]
fn another_place_is_asked_when_one_is_too_slow() {
    let slow = BrokenVendor::start(|stream| {
        sleep(Duration::from_secs(4));
        drop(stream);
    });
    let gateway = broken_then_good(slow.url(), "timeout: 1");

    gateway.send(&Ask::chat_stream("broken", "hello").key(ALICE)).ok();

    assert_eq!(gateway.charges().len(), 1);
}

#[test]
fn a_place_that_keeps_failing_is_left_alone_for_a_while() {
    let gateway = Setup::new()
        .fault("!status 500")
        .vendor("")
        .router("allowed_fails: 2")
        .router("cooldown_time: 60")
        .deployment(GPT, MINI, "{vendor1}", "order: 2")
        .start();

    for _ in 0..6 {
        gateway.chat(ALICE, "hello").ok();
    }

    let asked = gateway.vendors[0].bill().requests;
    assert!((2..=3).contains(&asked), "asked {asked} times");
    assert_eq!(gateway.charges().len(), 6);
}

#[test]
fn the_last_error_is_passed_on_when_every_place_fails() {
    let gateway =
        Setup::new().fault("!status 500").vendor("!status 503").deployment(GPT, MINI, "{vendor1}", "order: 2").start();

    let answer = gateway.chat(ALICE, "hello");

    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!((gateway.vendors[0].bill().requests, gateway.vendors[1].bill().requests), (1, 1));
    assert!(gateway.charges().is_empty());
}

#[test]
fn a_fallback_that_the_key_may_not_use_is_not_asked() {
    let setup = || {
        Setup::new()
            .fault("!status 500")
            .vendor("")
            .deployment("spare", MINI, "{vendor1}", "")
            .router(&format!("fallbacks: [{{{GPT}: [spare]}}]"))
    };

    setup().start().chat(ALICE, "hello").ok();

    let gateway = setup().carol(&format!("models: [{GPT}]")).start();
    assert_eq!(gateway.chat(crate::fixtures::CAROL, "hello").status, 500);
    assert_eq!(gateway.vendors[1].bill().requests, 0);
}

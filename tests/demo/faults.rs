//! Every fault of the table, once.

use std::{io::Read, time::Duration};

use serde_json::{Value, json};
use tollkeeper::demo::Options;

use super::{Client, chat, streamed};

#[test]
fn the_wrong_credential_is_refused_in_the_dialect_and_not_billed() {
    let client = Client::with(Options { expected_credential: Some("right".to_owned()), ..Options::default() });
    let url = client.vendor.url();
    let status = |path: &str, header: &str, value: &str| {
        let request = client.agent.post(format!("{url}{path}")).header(header, value);
        let mut response = request.send_json(chat("hi")).unwrap();
        (response.status().as_u16(), response.body_mut().read_json::<Value>().unwrap())
    };

    let openai = status("/v1/chat/completions", "authorization", "Bearer wrong");
    let anthropic = status("/v1/messages", "x-api-key", "wrong");
    let gemini = status("/v1beta/models/m:generateContent", "x-goog-api-key", "wrong");

    assert_eq!((openai.0, &openai.1["error"]["code"]), (401, &json!("invalid_api_key")));
    assert_eq!((anthropic.0, &anthropic.1["error"]["type"]), (401, &json!("authentication_error")));
    assert_eq!((gemini.0, &gemini.1["error"]["status"]), (401, &json!("UNAUTHENTICATED")));
    assert_eq!(client.billed().answers, 0);
    assert_eq!(status("/v1/chat/completions", "authorization", "Bearer right").0, 200);
    assert_eq!(status("/v1beta/models/m:generateContent?key=right", "x-none", "x").0, 200);
}

#[test]
fn an_error_on_demand_carries_its_retry_after_and_costs_nothing() {
    let client = Client::new();

    let response = client.send("/v1/chat/completions", &chat("!status 429 retry-after=7"));

    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(client.billed().answers, 0);
}

#[test]
fn the_text_overrides_the_header_and_the_header_the_option() {
    let client = Client::with(Options { default_fault: "!status 500".to_owned(), ..Options::default() });
    let url = format!("{}/v1/chat/completions", client.vendor.url());
    let with_header = |text: &str| {
        client.agent.post(&url).header("x-demo-fault", "!status 503").send_json(chat(text)).unwrap().status().as_u16()
    };

    assert_eq!(client.chat("hi").0, 500);
    assert_eq!(with_header("hi"), 503);
    assert_eq!(with_header("!status 404"), 404);
}

#[test]
fn a_cut_stream_ends_without_its_end_and_bills_what_left() {
    let client = Client::new();

    let mut response = client.send("/v1/chat/completions", &streamed(chat("!cut 3 four five")));
    let mut seen = String::new();
    let end = response.body_mut().as_reader().read_to_string(&mut seen);

    assert!(end.is_err(), "the end of the body must be missing");
    assert_eq!(seen.matches("data: ").count(), 3, "{seen}");
    assert_eq!(client.billed().usage.output_tokens, 2);
}

#[test]
fn a_cut_whole_answer_ends_half_way() {
    let client = Client::new();

    let mut response = client.send("/v1/chat/completions", &chat("!cut 1"));
    let mut seen = String::new();
    let end = response.body_mut().as_reader().read_to_string(&mut seen);

    assert!(end.is_err());
    assert!(seen.starts_with('{') && !seen.ends_with('}'), "{seen}");
}

#[test]
fn silences_last_as_long_as_they_were_asked_to() {
    let client = Client::new();
    for (fault, least_ms) in [("!delay 50ms", 50), ("!stall 50ms", 50), ("!slow 10ms", 60)] {
        let start = filters::clock::instant();

        client.post("/v1/chat/completions", &streamed(chat(fault)));

        assert!(start.elapsed() >= Duration::from_millis(least_ms), "{fault}");
    }
}

#[test]
fn a_lie_about_usage_does_not_reach_the_bill() {
    let client = Client::new();
    let told = |lie: &str| client.json("/v1/chat/completions", &chat(lie))["usage"]["completion_tokens"].clone();

    let told = ["!usage none", "!usage negative", "!usage huge", "!usage string", "!usage double 3"].map(told);

    assert_eq!(told, [Value::Null, json!(-4), json!(u64::MAX), json!("4"), json!(15)]);
    assert_eq!(client.billed().usage.output_tokens, 4 + 4 + 4 + 4 + 5);
}

#[test]
fn lengths_and_cached_tokens_come_as_ordered_within_the_limits() {
    let client = Client::new();
    let mut body = chat("!length 5000 !cached 3");
    let long = client.json("/v1/chat/completions", &body);
    body["max_tokens"] = 10.into();

    let limited = client.json("/v1/chat/completions", &body);

    assert_eq!(long["usage"]["completion_tokens"], 5000);
    assert_eq!(long["usage"]["prompt_tokens_details"]["cached_tokens"], 3);
    assert_eq!(limited["usage"]["completion_tokens"], 10);
    assert_eq!(limited["choices"][0]["finish_reason"], "length");
    assert_eq!(client.billed().usage.cache_read_tokens, 6);
}

#[test]
fn a_redirect_an_echoed_credential_and_a_big_error_are_errors() {
    let client = Client::new();
    let url = format!("{}/v1/messages", client.vendor.url());

    let redirect = client.send("/v1/chat/completions", &chat("!redirect http://127.0.0.1:1/x"));
    let echo = client.agent.post(url).header("x-api-key", "sk-secret").send_json(chat("!echo-credential"));
    let (status, big) = client.chat("!big-error 64KB");

    assert_eq!(
        (redirect.status().as_u16(), &redirect.headers()["location"]),
        (307, &"http://127.0.0.1:1/x".parse().unwrap())
    );
    assert!(echo.unwrap().body_mut().read_to_string().unwrap().contains("sk-secret"));
    assert_eq!(status, 500);
    assert!(big.len() > 64 << 10, "{}", big.len());
}

#[test]
fn a_gzipped_answer_says_so_and_holds_the_same_bytes() {
    let client = Client::new();
    let body = streamed(chat("one two"));
    let plain = client.post("/v1/chat/completions", &body).1;

    let url = format!("{}/v1/chat/completions", client.vendor.url());
    let mut response = client.agent.post(url).header("x-demo-fault", "!gzip").send_json(&body).unwrap();
    let zipped = response.body_mut().read_to_vec().unwrap();

    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(zipped[..3], [0x1f, 0x8b, 8]);
    // Stored blocks: the text stands in the clear between the frames, under the next request's number.
    let event = plain.split_inclusive("\n\n").nth(1).unwrap().replace("0001", "0002");
    assert!(zipped.windows(event.len()).any(|window| window == event.as_bytes()));
}

#[test]
fn broken_events_come_before_the_real_ones() {
    let client = Client::new();

    let (_, stream) = client.post("/v1/chat/completions", &streamed(chat("!bad-sse")));

    let (broken, real) = stream.split_once("\n\ndata: {\"created\"").unwrap();
    assert!(broken.contains("this is no field") && broken.contains("never"), "{broken}");
    assert!(real.ends_with("data: [DONE]\n\n"));
}

#[test]
fn what_is_no_json_and_what_has_no_path_are_refused() {
    let client = Client::new();
    let url = client.vendor.url();

    let garbage = client.agent.post(format!("{url}/v1/messages")).send("{").unwrap();
    let nowhere = client.agent.post(format!("{url}/v1/nowhere")).send_json(json!({})).unwrap();

    assert_eq!((garbage.status().as_u16(), nowhere.status().as_u16()), (400, 404));
}

#[test]
fn a_vendor_that_is_shut_down_breaks_its_streams_and_closes_its_port() {
    let client = Client::new();
    let agent = client.agent.clone();
    let url = client.vendor.url();
    let mut response = client.send("/v1/chat/completions", &streamed(chat("!stall 60s")));

    client.vendor.shutdown();

    let mut seen = String::new();
    assert!(response.body_mut().as_reader().read_to_string(&mut seen).is_err());
    assert!(agent.get(url).call().is_err());
}

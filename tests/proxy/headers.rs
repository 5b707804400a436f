//! Headers: which reach the vendor, and which the client.

use filters::endpoint::Dialect;
use tollkeeper::demo::Received;

use crate::fixtures::{ALICE, Ask, CAROL, GPT, Setup, TestGateway, VENDOR_KEY};

/// What the vendor got.
fn received(gateway: &TestGateway, ask: &Ask) -> Received {
    gateway.send(ask).ok();
    gateway.bill().received.back().unwrap().clone()
}

/// The names and values of all headers that carry something that opens a door.
fn credentials(received: &Received) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = received.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    all.filter(|(name, value)| {
        name.contains("key") || name.contains("auth") || name == "cookie" || value.contains("sk-")
    })
    .collect()
}

#[test]
fn each_vendor_gets_its_credential_in_its_own_place_and_nothing_else() {
    let gateway = TestGateway::new();
    let bearer = format!("Bearer {VENDOR_KEY}");
    let azure = Ask::chat("azure-gpt", "hello");

    for (ask, name, value) in [
        (Ask::plain(Dialect::OpenAi, "hello"), "authorization", bearer.as_str()),
        (Ask::plain(Dialect::Anthropic, "hello"), "x-api-key", VENDOR_KEY),
        (Ask::plain(Dialect::Gemini, "hello"), "x-goog-api-key", VENDOR_KEY),
        (azure, "api-key", VENDOR_KEY),
        (Ask::chat(crate::fixtures::CLAUDE, "hello"), "authorization", bearer.as_str()),
        (Ask::chat(crate::fixtures::GEMINI, "hello"), "authorization", bearer.as_str()),
    ] {
        for header in [
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "x-litellm-api-key",
            "ocp-apim-subscription-key",
        ] {
            let key = if header == "authorization" { format!("Bearer {ALICE}") } else { ALICE.to_owned() };
            let received = received(&gateway, &ask.clone().header(header, &key).header("cookie", "session=sk-cookie"));
            assert_eq!(credentials(&received), [(name.to_owned(), value.to_owned())], "sent in {header}");
            assert!(!String::from_utf8_lossy(&received.body).contains(ALICE) && !received.target.contains(ALICE));
        }
    }
}

#[test]
fn a_header_that_the_operator_chose_may_hold_the_key() {
    let gateway = Setup::new().general("litellm_key_header_name: x-our-key").start();

    let received = received(&gateway, &Ask::chat(GPT, "hello").header("x-our-key", ALICE));

    assert_eq!(credentials(&received), [("authorization".to_owned(), format!("Bearer {VENDOR_KEY}"))]);
}

#[test]
fn what_connection_names_takes_nothing_of_ours_away() {
    let gateway = TestGateway::new();

    for named in [
        "authorization",
        "x-api-key, content-length",
        "host, anthropic-version",
        "close, authorization",
        "content-type",
    ] {
        let ask = Ask::plain(Dialect::Anthropic, "hello").header("connection", named).header("x-api-key", ALICE);
        let received = received(&gateway, &ask);

        assert_eq!(credentials(&received), [("x-api-key".to_owned(), VENDOR_KEY.to_owned())], "{named}");
        assert!(received.headers.contains_key("anthropic-version"), "{named}");
        assert_eq!(received.headers["content-length"], received.body.len().to_string(), "{named}");
        assert!(!received.headers.contains_key("connection"), "{named}");
    }
}

#[test]
fn what_is_between_the_client_and_us_does_not_reach_the_vendor() {
    let gateway = TestGateway::new();
    let dropped = [
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil"),
        ("forwarded", "for=10.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("x-litellm-tags", "a"),
        ("openai-organization", "org-of-the-client"),
        ("openai-project", "project"),
        ("x-goog-user-project", "project"),
        ("x-http-method-override", "GET"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eA=="),
    ];

    let ask = dropped.iter().fold(Ask::chat(GPT, "hello").key(ALICE), |ask, (name, value)| ask.header(name, value));
    let received = received(&gateway, &ask);

    for (name, _) in dropped {
        assert!(!received.headers.contains_key(name), "{name}");
    }
    assert_eq!(received.headers["host"], gateway.vendors[0].url()["http://".len()..]);
    assert_eq!(received.headers["accept-encoding"], "identity");
}

#[test]
fn what_is_meant_for_the_vendor_reaches_it() {
    let gateway = TestGateway::new();
    let passed = [
        ("anthropic-version", "2023-01-01"),
        ("anthropic-beta", "a,b"),
        ("user-agent", "client/1.0"),
        ("x-stainless-lang", "python"),
        ("x-unheard-of", "1"),
        ("idempotency-key", "abc"),
    ];

    let ask = Ask::message(crate::fixtures::CLAUDE, "hello").without("anthropic-version").key(ALICE);
    let ask = passed.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    let received = received(&gateway, &ask);

    for (name, value) in passed {
        assert_eq!(received.headers[name], value);
    }
}

#[test]
fn a_query_that_is_not_ours_travels_on() {
    let gateway = TestGateway::new();
    let ask = Ask::new("POST", "/v1/messages?beta=true&x=%2F")
        .body("application/json", Ask::message(crate::fixtures::CLAUDE, "hello").body_bytes());

    assert_eq!(received(&gateway, &ask.key(ALICE)).target, "/v1/messages?beta=true&x=%2F");
}

#[test]
fn an_answer_says_which_model_served_it_and_what_it_cost() {
    let gateway = Setup::new().carol("max_budget: 1, rpm_limit: 10, tpm_limit: 1000").start();

    let answer = gateway.chat(CAROL, "hello").ok();

    assert_eq!(answer.header("x-request-id"), answer.header("x-litellm-call-id"));
    assert_eq!(answer.header("x-litellm-model-group"), Some(GPT));
    assert_eq!(answer.header("x-litellm-response-cost"), Some("0.00001"));
    assert_eq!(answer.header("x-litellm-key-spend"), Some("0.00001"));
    assert_eq!(answer.header("x-litellm-key-max-budget"), Some("1"));
    assert_eq!(answer.header("x-ratelimit-limit-requests"), Some("10"));
    assert_eq!(answer.header("x-ratelimit-remaining-requests"), Some("9"));
    assert_eq!(answer.header("x-ratelimit-limit-tokens"), Some("1000"));
    assert!(answer.header("x-litellm-model-id").is_some() && answer.header("x-litellm-overhead-duration-ms").is_some());
}

#[test]
fn a_clients_request_id_is_not_ours() {
    let gateway = TestGateway::new();

    let ask = Ask::chat(GPT, "hello").key(ALICE).header("x-request-id", "mine").header("x-litellm-call-id", "mine");
    let (first, second) = (gateway.send(&ask).ok(), gateway.send(&ask).ok());

    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert_ne!(first.header("x-request-id"), Some("mine"));
    assert_eq!(gateway.charges().len(), 2);
}

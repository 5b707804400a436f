//! Bytes pass unchanged, but for what has to change: the model's name, and a wish for usage.

use filters::endpoint::Dialect;
use serde_json::{Value, json};

use crate::fixtures::{ALICE, Answer, Ask, CLAUDE, GPT, Setup, Shape, TestGateway, VENDOR_KEY};

/// A body as no serializer writes it: odd spaces, odd numbers, escapes, unknown fields, keys in no order.
const ODD: &str = "\u{20}{ \"zeta\" : [ ], \"model\"\t:\r\n \"MODEL\" ,\"temperature\":1.0e0, \"top_p\":0.70,\
    \"messages\":[ {\"role\":\"user\",\"content\":\"h\\u00e9llo \\ud83d\\ude00 \u{e9} \\/ !status\"} ],\
    \"unknown\":{\"b\":1,\"a\":[-0,1E+2,0.10,12345678901234567890123]},\"seed\":1e2,\n\"max_tokens\":50 }\n";

fn odd(target: &str, model: &str) -> Ask {
    Ask::new("POST", target).body("application/json", ODD.replace("MODEL", model)).key(ALICE)
}

#[track_caller]
fn assert_text(bytes: &[u8], expected: &str) {
    assert_eq!(String::from_utf8_lossy(bytes), expected);
}

#[test]
fn a_body_in_which_nothing_has_to_change_reaches_the_vendor_byte_for_byte() {
    let gateway = TestGateway::new();

    for shape in [Shape::Length, Shape::Chunks(7)] {
        gateway.send(&odd("/v1/chat/completions", "gpt-4o-mini").shape(shape)).ok();
        assert_text(&gateway.last_body(), &ODD.replace("MODEL", "gpt-4o-mini"));
    }
}

#[test]
fn a_models_name_is_replaced_and_all_other_bytes_are_as_they_were() {
    let gateway = TestGateway::new();

    for (target, name, upstream) in [
        ("/v1/chat/completions", GPT, "gpt-4o-mini"),
        ("/v1/chat/completions", "nickname", "gpt-4o-mini"),
        ("/v1/chat/completions", "n\\u0069ckname", "gpt-4o-mini"),
        ("/v1/chat/completions", CLAUDE, "claude-3-haiku-20240307"),
        ("/v1/messages", CLAUDE, "claude-3-haiku-20240307"),
    ] {
        gateway.send(&odd(target, name)).ok();
        assert_text(&gateway.last_body(), &ODD.replace("MODEL", upstream));
    }
}

#[test]
fn a_model_in_the_path_leaves_the_body_alone() {
    let gateway = TestGateway::new();
    let body = " {\"contents\" :[{\"parts\":[{\"text\":\"hi\"}] }],\"generationConfig\":{\"temperature\":1.0, \"maxOutputTokens\":50}} ";

    gateway
        .send(&Ask::new("POST", "/v1beta/models/flash:generateContent").body("application/json", body).key(ALICE))
        .ok();

    assert_text(&gateway.last_body(), body);
    assert_eq!(gateway.bill().received[0].target, "/v1beta/models/gemini-2.5-flash:generateContent");
}

#[test]
fn an_uploads_model_is_replaced_and_all_other_bytes_are_as_they_were() {
    let gateway = TestGateway::new();
    let body = |model: &str| {
        let file = "\n--b\0\u{ff}\"model\"\r\n--";
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\n\r\n{file}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n--b--\r\n"
        )
    };

    let ask = Ask::new("POST", "/v1/audio/transcriptions").body("multipart/form-data; boundary=b", body("listener"));
    gateway.send(&ask.key(ALICE)).ok();

    assert_text(&gateway.last_body(), &body("whisper-1"));
}

#[test]
fn a_stream_asks_for_its_usage_and_all_other_bytes_are_as_they_were() {
    const WANTED: &str = r#""stream_options":{"include_usage":true}"#;
    let gateway = TestGateway::new();
    let rest = r#""stream" : true,"messages":[ ]"#;

    for (sent, received) in [
        (format!(r#"{{{rest}}}"#), format!(r#"{{{WANTED},{rest}}}"#)),
        (
            format!(r#"{{{rest},"stream_options": null }}"#),
            format!(r#"{{{rest},"stream_options": {{"include_usage":true}} }}"#),
        ),
        (
            format!(r#"{{{rest},"stream_options":{{ }} }}"#),
            format!(r#"{{{rest},"stream_options":{{"include_usage":true }} }}"#),
        ),
        (
            format!(r#"{{{rest},"stream_options":{{ "x":1}} }}"#),
            format!(r#"{{{rest},"stream_options":{{"include_usage":true, "x":1}} }}"#),
        ),
        (
            format!(r#"{{{rest},"stream_options":{{"include_usage" : false }} }}"#),
            format!(r#"{{{rest},"stream_options":{{"include_usage" : true }} }}"#),
        ),
        (format!(r#"{{{rest},{WANTED}}}"#), format!(r#"{{{rest},{WANTED}}}"#)),
    ] {
        let with_model =
            |body: &str, model: &str| body.replacen(r#""messages""#, &format!(r#""model":"{model}","messages""#), 1);
        let ask = Ask::new("POST", "/v1/chat/completions").body("application/json", with_model(&sent, GPT)).key(ALICE);
        gateway.send(&ask).ok();
        assert_text(&gateway.last_body(), &with_model(&received, "gpt-4o-mini"));
    }
}

#[test]
fn usage_that_the_client_did_not_ask_for_is_withheld_and_charged() {
    let gateway = TestGateway::new();

    let answer = gateway.send(&Ask::chat_stream(GPT, "hello").key(ALICE)).ok();

    assert!(answer.text().ends_with("data: [DONE]\n\n"), "{answer:?}");
    for event in answer.events() {
        assert_ne!(event["choices"], json!([]), "the chunk of the usage: {answer:?}");
        assert!(event["usage"].is_null(), "{answer:?}");
    }
    assert!(!gateway.charge().is_estimated);
}

#[test]
fn usage_that_the_client_asked_for_is_delivered() {
    let gateway = TestGateway::new();

    let ask = Ask::chat_stream(GPT, "hello").with_field("stream_options", json!({"include_usage": true}));
    let events = gateway.send(&ask.key(ALICE)).ok().events();

    let last = events.last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["prompt_tokens"]), (&json!([]), &json!(2)), "{last}");
}

/// What the vendor says to the same request when it is asked directly, and first, as the gateway's was.
fn directly(gateway: &TestGateway, target: &str, body: &[u8]) -> Vec<u8> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("{}{target}", gateway.vendors[1].url());
    let request = agent
        .post(url)
        .header("authorization", format!("Bearer {VENDOR_KEY}"))
        .header("content-type", "application/json");
    request.send(body).unwrap().body_mut().read_to_vec().unwrap()
}

#[test]
fn an_answer_reaches_the_client_byte_for_byte() {
    let usage = json!({"include_usage": true});
    for (ask, target) in [
        (Ask::plain(Dialect::OpenAi, "hello"), "/v1/chat/completions"),
        (Ask::stream(Dialect::OpenAi, "hello").with_field("stream_options", usage), "/v1/chat/completions"),
        (Ask::plain(Dialect::Anthropic, "hello"), "/v1/messages"),
        (Ask::stream(Dialect::Anthropic, "hello"), "/v1/messages"),
        (Ask::plain(Dialect::Gemini, "hello"), "/v1beta/models/gemini-2.5-flash:generateContent"),
        (Ask::stream(Dialect::Gemini, "hello"), "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        (
            Ask::stream(Dialect::Gemini, "!bad-sse hello"),
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        ),
        (Ask::stream(Dialect::Anthropic, "!bad-sse hello"), "/v1/messages"),
        (Ask::plain(Dialect::OpenAi, "!status 418"), "/v1/chat/completions"),
    ] {
        let mut gateway = Setup::new().vendor("").start();
        gateway.bill_differs_because("the second vendor is asked directly");

        let answer: Answer = gateway.send(&ask.key(ALICE));

        let direct = directly(&gateway, target, &gateway.last_body());
        assert_text(&answer.body, &String::from_utf8_lossy(&direct));
    }
}

#[test]
fn a_system_prompt_in_blocks_is_taken_beside_the_messages() {
    let gateway = TestGateway::new();
    let blocks = |text: &str| json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]);

    let claude = Ask::message(CLAUDE, "hello").with_field("system", blocks("be kind"));
    gateway.send(&claude.key(ALICE)).ok();
    let flash =
        Ask::plain(Dialect::Gemini, "hello").with_field("systemInstruction", json!({"parts": [{"text": "be kind"}]}));
    gateway.send(&flash.key(ALICE)).ok();
    let responses = json!({"model": GPT, "instructions": "be kind", "input": [{"role": "user", "content": "hello"}]});
    gateway.send(&Ask::post("/v1/responses", &responses).key(ALICE)).ok();
}

#[test]
fn a_conversation_with_tools_and_pictures_is_taken() {
    let gateway = TestGateway::new();
    let tool = json!({"name": "look", "description": "looks", "input_schema": {"type": "object", "properties": {"model": {"type": "string"}}}});
    let picture = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}});
    let turns = json!([
        {"role": "user", "content": [{"type": "text", "text": "hello"}, picture]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {"model": "x", "Model": "y"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "seen"}]}]},
    ]);
    let body: Value = json!({"model": CLAUDE, "max_tokens": 50, "tools": [tool.clone(), tool], "messages": turns, "metadata": {"user_id": "u"}});

    gateway.send(&Ask::post("/v1/messages", &body).key(ALICE)).ok();
}

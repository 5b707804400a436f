//! Streams that end before their time: by the vendor, or by the client.

use std::thread::sleep;
use std::time::Duration;

use filters::clock;
use filters::endpoint::Dialect;

use crate::fixtures::{ALICE, Answer, Ask, BrokenVendor, CAROL, CLAUDE, Ending, GPT, Setup, TestGateway, eventually};

const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

#[test]
fn a_stream_reaches_its_client_as_it_is_written() {
    for dialect in DIALECTS {
        let gateway = TestGateway::new();
        let mut connection = gateway.connect();
        let started = clock::instant();

        connection.write(&Ask::stream(dialect, "!slow 30ms !length 40").key(ALICE).wire());
        connection.read_events(3);

        let (seen, all) = (started.elapsed(), Duration::from_millis(40 * 30));
        assert!(seen < all / 2, "{dialect:?}: three events of forty after {seen:?}");
        connection.answer_rest();
    }
}

/// Expects a stream that ends with the error event of its dialect, and not cleanly.
#[track_caller]
fn is_broken(answer: &Answer, dialect: Dialect) {
    assert_eq!((answer.status, answer.ending), (200, Ending::Broken), "{answer:?}");
    let text = answer.text();
    assert!(!text.contains("[DONE]") && !text.contains("message_stop"), "a clean end: {text}");
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    let (name, data) = last.split_once("data: ").unwrap();
    assert_eq!(name, if dialect == Dialect::Anthropic { "event: error\n" } else { "" }, "{text}");
    let event: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(event["error"]["type"], "upstream_error", "{text}");
}

#[test]
fn a_stream_that_the_vendor_cuts_ends_as_a_break_and_is_charged_for_what_passed() {
    for dialect in DIALECTS {
        let mut gateway = TestGateway::new();
        gateway.bill_differs_because("it is estimated, with what may have been on its way");

        let answer = gateway.send(&Ask::stream(dialect, "!cut 20 !slow 10ms !length 40").key(ALICE));

        is_broken(&answer, dialect);
        let charge = gateway.charge();
        assert_eq!((charge.outcome.as_str(), charge.is_estimated), ("upstream_failed", true), "{charge:?}");
        assert!(charge.cost >= gateway.billed(), "{charge:?} is less than ${}", gateway.billed());
        assert!(charge.output_tokens < 40, "{charge:?}");
    }
}

#[test]
fn a_stream_that_the_vendor_cuts_at_once_is_charged_for_what_the_vendor_wrote() {
    for dialect in DIALECTS {
        let mut gateway = TestGateway::new();
        gateway.bill_differs_because("it is estimated, with what may have been on its way");

        let answer = gateway.send(&Ask::stream(dialect, "!cut 20 !length 40").key(ALICE));

        // The break may overtake the journal, and so the head of the answer.
        assert!(answer.status == 502 || answer.ending == Ending::Broken, "{answer:?}");
        let charge = gateway.charge();
        assert!(charge.is_estimated, "{charge:?}");
        assert!(charge.cost >= gateway.billed(), "{charge:?}, but ${} billed", gateway.billed());
    }
}

#[test]
fn a_stream_that_falls_silent_ends_as_a_break() {
    let mut gateway = Setup::new().deployment("silent", "openai/gpt-4o-mini", "{vendor0}", "timeout: 1").start();
    gateway.bill_differs_because("it is estimated, with what may have been on its way");

    let answer = gateway.send(&Ask::chat_stream("silent", "!stall 10s !length 40").key(ALICE));

    is_broken(&answer, Dialect::OpenAi);
    assert!(gateway.charge().is_estimated);
}

#[test]
fn a_whole_answer_that_the_vendor_cuts_does_not_look_whole() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("it is estimated");

    let answer = gateway.chat(ALICE, "!cut 1");

    assert!(answer.ending == Ending::Broken || answer.status == 502, "{answer:?}");
    let charge = gateway.charge();
    assert!(charge.is_estimated, "{charge:?}");
}

#[test]
fn a_vendor_that_sends_nonsense_between_its_events_is_metered_all_the_same() {
    let gateway = TestGateway::new();

    for dialect in DIALECTS {
        gateway.send(&Ask::stream(dialect, "!bad-sse").key(ALICE)).ok();
    }

    assert!(gateway.charges().iter().all(|charge| !charge.is_estimated));
}

/// Starts a long, slow stream and hangs up after its first words.
fn hang_up(gateway: &TestGateway, dialect: Dialect, key: &str) {
    let mut connection = gateway.connect();
    connection.write(&Ask::stream(dialect, "!slow 30ms !length 45").key(key).wire());
    connection.read_events(6);
}

#[test]
fn a_client_that_hangs_up_is_charged_for_what_passed() {
    for dialect in DIALECTS {
        let mut gateway = TestGateway::new();
        gateway.bill_differs_because("it is estimated, with what may have been on its way");

        hang_up(&gateway, dialect, ALICE);

        assert!(eventually(|| gateway.charges().len() == 1), "{dialect:?}: not charged");
        let charge = gateway.charge();
        assert_eq!((charge.outcome.as_str(), charge.is_estimated), ("client_gone", true), "{dialect:?}: {charge:?}");
        assert!(charge.output_tokens < 45, "{dialect:?}: charged for what did not pass: {charge:?}");
        assert!(charge.cost >= gateway.billed(), "{dialect:?}: {charge:?} is less than ${}", gateway.billed());
    }
}

#[test]
fn a_vendor_is_cut_when_its_client_hangs_up() {
    let mut gateway = TestGateway::new();
    gateway.bill_differs_because("it is estimated, with what may have been on its way");

    hang_up(&gateway, Dialect::OpenAi, ALICE);
    assert!(eventually(|| gateway.charges().len() == 1));

    let billed = gateway.billed();
    sleep(Duration::from_millis(150));
    assert_eq!(gateway.billed(), billed, "the vendor writes on");
}

#[test]
fn a_client_that_hangs_up_is_charged_what_is_reported_where_the_operator_lets_vendors_finish() {
    for dialect in DIALECTS {
        let gateway = Setup::new().general("on_client_disconnect: drain").start();

        hang_up(&gateway, dialect, ALICE);

        assert!(eventually(|| gateway.charges().len() == 1), "{dialect:?}: not charged");
        let charge = gateway.charge();
        assert_eq!((charge.is_estimated, charge.cost), (false, gateway.billed()), "{dialect:?}: {charge:?}");
    }
}

#[test]
fn a_client_that_hangs_up_gives_its_slot_and_its_hold_back() {
    let mut gateway = Setup::new().carol("max_parallel_requests: 1, max_budget: 0.0007").start();
    gateway.bill_differs_because("it is estimated, with what may have been on its way");

    hang_up(&gateway, Dialect::OpenAi, CAROL);

    assert!(eventually(|| gateway.chat(CAROL, "hello").status == 200));
}

#[test]
fn a_client_that_hangs_up_before_the_answer_is_charged_for_its_prompt() {
    let vendor = BrokenVendor::start(|stream| {
        sleep(Duration::from_secs(2));
        drop(stream);
    });
    let mut gateway = Setup::new().deployment("thoughtful", "openai/gpt-4o-mini", vendor.url(), "").start();
    gateway.bill_differs_because("this vendor keeps none");
    let mut connection = gateway.connect();
    connection.write(&Ask::chat("thoughtful", "hello").key(ALICE).wire());
    assert!(eventually(|| vendor.requests() == 1));

    drop(connection);

    // A vendor that has the prompt works on it, and bills it, whether anybody waits for the answer or not.
    assert!(eventually(|| gateway.charges().len() == 1), "not charged");
    let charge = gateway.charge();
    assert_eq!((charge.outcome.as_str(), charge.is_estimated), ("client_gone", true), "{charge:?}");
}

#[test]
fn a_slow_reader_gets_all_of_it() {
    let gateway = TestGateway::new();
    let mut connection = gateway.connect();
    connection.write(
        &Ask::chat(GPT, "!length 900")
            .with_field("max_tokens", 1000.into())
            .with_field("stream", true.into())
            .key(ALICE)
            .wire(),
    );
    connection.read_events(2);

    sleep(Duration::from_millis(300));

    connection.read_until("[DONE]");
    assert_eq!(gateway.charge().output_tokens, 900);
}

#[test]
fn a_cache_that_the_vendor_reads_from_is_charged_at_its_own_price() {
    let gateway = TestGateway::new();
    let cached = |ask: Ask| {
        let system = serde_json::json!([{"type": "text", "text": "a long and winding prompt", "cache_control": {"type": "ephemeral"}}]);
        ask.with_field("system", system).key(ALICE)
    };

    gateway.send(&cached(Ask::message(CLAUDE, "hello"))).ok();
    gateway.send(&cached(Ask::message(CLAUDE, "hello")).with_field("stream", true.into())).ok();
    gateway.send(&Ask::chat_stream(GPT, "!cached 1 hello again").key(ALICE)).ok();

    let usage = gateway.bill().by_model["claude-3-haiku-20240307"].usage;
    assert!(usage.cache_write_5m_tokens > 0 && usage.cache_read_tokens > 0, "{usage:?}");
}

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Keeps every event of the target `access` as one line of `name=value`.
#[derive(Clone, Debug, Default)]
struct Captured(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Captured {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "access"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0.trim_end().to_owned());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn lines(write: impl FnOnce()) -> Vec<String> {
    let captured = Captured::default();
    with_default(captured.clone(), write);
    let lines = captured.0.lock().unwrap();
    lines.clone()
}

const STRANGER: AccessLine<'static> = AccessLine {
    request_id: "req-1",
    route: "/v1/messages",
    status: 401,
    model: None,
    deployment: None,
    key: None,
    team: None,
    usage: Usage {
        input_tokens: 0,
        cache_read_tokens: 0,
        cache_write_5m_tokens: 0,
        cache_write_1h_tokens: 0,
        output_tokens: 0,
        reasoning_tokens: 0,
        audio_input_tokens: 0,
        audio_output_tokens: 0,
        image_input_tokens: 0,
        image_output_tokens: 0,
        images: 0,
        audio_seconds: 0,
        characters: 0,
        search_units: 0,
        web_searches: 0,
        service_tier: crate::usage::ServiceTier::Standard,
    },
    cost: NanoUsd::ZERO,
    duration: Duration::ZERO,
    time_to_first_token: None,
    denial_type: Some("auth_error"),
    is_streaming: false,
    is_estimated: false,
};

#[test]
fn a_flood_of_strangers_writes_a_few_lines_and_then_how_many_more() {
    let (log, start) = (AccessLog::new(5), crate::clock::instant());

    let lines = lines(|| {
        (0..10_000).for_each(|_| log.write(&STRANGER, start));
        log.write(&STRANGER, start + Duration::from_secs(1));
    });

    assert_eq!(lines.len(), 5 + 1 + 1);
    assert!(lines[5].contains("requests.left_out=9995"), "{}", lines[5]);
}

#[test]
fn whoever_has_a_key_is_never_left_out() {
    let (log, now) = (AccessLog::new(0), crate::clock::instant());

    let lines = lines(|| (0..100).for_each(|_| log.write(&AccessLine { status: 429, ..STRANGER }, now)));

    assert_eq!(lines.len(), 100);
}

#[test]
fn a_line_says_who_asked_for_what_and_what_it_cost_and_names_the_key_only_in_part() {
    let key = KeyHash::of("sk-canary-5f2e9a");
    let line = AccessLine {
        status: 200,
        model: Some("claude-3-sonnet"),
        deployment: Some("anthropic-1"),
        key: Some(key),
        team: Some("t-1"),
        usage: Usage { input_tokens: 100, cache_read_tokens: 20, output_tokens: 50, ..Usage::default() },
        cost: NanoUsd(10_500_000),
        duration: Duration::from_millis(900),
        time_to_first_token: Some(Duration::from_millis(200)),
        denial_type: None,
        is_streaming: true,
        ..STRANGER
    };

    let lines = lines(|| AccessLog::new(5).write(&line, crate::clock::instant()));

    assert!(!lines[0].contains("canary") && !lines[0].contains(&key.to_string()));
    insta::assert_snapshot!(lines[0]);
}

use std::sync::{Arc, Mutex};

use tracing::subscriber::with_default;
use tracing::{debug, error, info};

use super::*;

/// What was written, for a look at it.
#[derive(Clone, Debug, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What `event` writes in one format, with a filter or the default one.
fn logged(format: LogFormat, filter: Option<&str>, event: impl FnOnce()) -> String {
    let captured = Captured::default();
    let writer = {
        let captured = captured.clone();
        move || captured.clone()
    };
    let filter = filter_of(filter).unwrap();
    match format {
        LogFormat::Human => with_default(human(filter, writer, false), event),
        LogFormat::Json => with_default(json(filter, writer), event),
    }
    captured.text()
}

#[test]
fn a_filter_that_cannot_be_read_is_refused_by_name() {
    let error = filter_of(Some("loud,,=")).unwrap_err();

    assert!(error.to_string().contains("TOLLKEEPER_LOG=\"loud,,=\""), "{error}");
}

#[test]
fn an_empty_filter_is_the_default() {
    for filter in [None, Some(""), Some("  ")] {
        assert_eq!(filter_of(filter).unwrap().to_string(), filter_of(Some(FILTER_DEFAULT)).unwrap().to_string());
    }
}

#[test]
fn a_person_reads_the_message_and_then_the_fields() {
    let line = logged(LogFormat::Human, None, || {
        info!(target: "access", { status = 200, team = "red", alias = "two words", cost.usd = %"0.01" }, "answered");
    });

    assert!(line.ends_with(" INFO access: answered status=200 team=red alias=\"two words\" cost.usd=0.01\n"), "{line}");
}

#[test]
fn a_collector_reads_one_object_a_line() {
    let line = logged(LogFormat::Json, None, || info!(status = 200, cost.usd = %"0.01", "answered"));

    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["message"], "answered");
    assert_eq!(object["status"], 200);
    assert_eq!(object["cost.usd"], "0.01");
    assert_eq!(object["level"], "INFO");
}

#[test]
fn no_value_can_forge_a_line_or_paint_the_terminal() {
    const ATTACK: &str = "red\n2026-11-20 ERROR forged\r\x1b[31m\u{9b}31m";
    for format in [LogFormat::Human, LogFormat::Json] {
        let text = logged(format, None, || {
            info!(plain = ATTACK, display = %ATTACK, debug = ?ATTACK, "message {ATTACK}");
        });

        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
    }
}

#[test]
fn pingoras_complaints_about_clients_are_not_shown_unless_asked_for() {
    let complain = || error!(target: "pingora_proxy", "Fail to proxy: downstream hung up");

    assert_eq!(logged(LogFormat::Human, None, complain), "");
    assert!(logged(LogFormat::Human, Some("info"), complain).contains("hung up"));
}

#[test]
fn debug_lines_are_for_those_who_ask() {
    let event = || debug!("deep inside");

    assert_eq!(logged(LogFormat::Human, None, event), "");
    assert!(logged(LogFormat::Human, Some("debug"), event).contains("deep inside"));
}

#[test]
fn a_secret_is_in_no_line_at_any_level() {
    let secret = filters::state::catalog::Secret::new("sk-canary-5f2e9a");
    let key = filters::state::identity::KeyHash::of(secret.expose());

    for format in [LogFormat::Human, LogFormat::Json] {
        let text = logged(format, Some("trace"), || {
            info!(?secret, key.id = %key, "resolved {secret:?}");
            error!(secret = ?Some(&secret), "failed");
        });
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}

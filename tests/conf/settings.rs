//! The knobs of the process, and files that include others.

use std::path::Path;
use std::time::Duration;

use filters::money::NanoUsd;
use filters::state::ledger::{Mode, Window};
use tollkeeper::config::{JournalSync, OnBlock, OnClientDisconnect, Recovery};

use super::fixture::{MASTER, examine_file, mistakes, now, resolved};

#[test]
fn what_is_left_out_is_at_its_default() {
    let settings = resolved(MASTER).settings;

    assert_eq!(settings.server.listen, ["127.0.0.1:4000".parse().unwrap()]);
    assert_eq!(settings.server.body_max_bytes, 33_554_432);
    assert_eq!(settings.storage.database, Path::new("tollkeeper.db"));
    assert_eq!(settings.storage.journal_sync, JournalSync::Full);
    assert_eq!(settings.storage.recovery, Recovery::ChargeHold);
    assert_eq!(settings.routing.on_client_disconnect, OnClientDisconnect::Abort);
    assert_eq!(settings.routing.vendor_timeout, Duration::from_secs(600));
    assert_eq!((settings.routing.retries, settings.routing.allowed_fails), (2, 3));
    assert!(!settings.routing.allow_unpriced_models);
    assert_eq!(settings.budgets.default_mode, Mode::Strict);
    assert_eq!(settings.budgets.wait, Duration::from_secs(2));
    assert_eq!(settings.budgets.exceeded_status, 400);
    assert_eq!(settings.budgets.gateway.max, None);
}

#[test]
fn what_is_typed_is_what_holds() {
    let text = "\
server: {listen: ['127.0.0.1:0', '[::1]:4001'], drain_timeout: 1.5, threads: 2, metrics_listen: '127.0.0.1:9090'}
general_settings:
  master_key: sk-0f7e31b92c5d4a86
  database_url: sqlite:///var/lib/tollkeeper/books.db
  on_client_disconnect: drain
  on_block: finish
  budget_mode: soft
  recovery: release
  journal_sync: normal
  litellm_key_header_name: X-House-Key
litellm_settings:
  max_budget: 0.1
  budget_duration: 30d
  budget_exceeded_status_code: 402
  timezone: Europe/Berlin
  num_retries: 5
  tag_budget_config: {research: {max_budget: 7}}
router_settings:
  num_retries: 0
  provider_budget_config: {openai: {budget_limit: 100, time_period: day}}
";

    let settings = resolved(text).settings;

    assert_eq!(settings.server.listen.len(), 2);
    assert_eq!(settings.server.drain_timeout, Duration::from_millis(1500));
    assert_eq!(settings.server.threads, Some(2));
    assert_eq!(settings.storage.database, Path::new("/var/lib/tollkeeper/books.db"));
    assert_eq!(settings.routing.on_client_disconnect, OnClientDisconnect::Drain);
    assert_eq!(settings.budgets.on_block, OnBlock::Finish);
    assert_eq!(settings.budgets.default_mode, Mode::Soft);
    assert_eq!(settings.access.key_header_name.as_deref(), Some("x-house-key"));
    assert_eq!(settings.budgets.gateway.max, Some(NanoUsd(100_000_000)));
    assert_eq!(settings.budgets.gateway.window, Some(Window::Every { seconds: 30 * 86_400, since: now() }));
    assert_eq!(settings.budgets.exceeded_status, 402);
    assert_eq!(settings.budgets.time_zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(settings.budgets.tags["research"].max, Some(NanoUsd::dollars(7)));
    assert_eq!(settings.budgets.providers["openai"].window, Some(Window::Day));
    assert_eq!(settings.routing.retries, 0, "the router's word goes before");
}

#[test]
fn zero_is_a_cap_and_null_is_none() {
    let zero = resolved(&format!("{MASTER}litellm_settings: {{max_budget: 0}}\n"));
    let null = resolved(&format!("{MASTER}litellm_settings: {{max_budget: null}}\n"));

    assert_eq!(zero.settings.budgets.gateway.max, Some(NanoUsd::ZERO));
    assert_eq!(null.settings.budgets.gateway.max, None);
}

#[test]
fn the_files_own_variables_give_way_to_the_processes() {
    let text = "\
environment_variables: {NO_HEADER: x-from-the-file, HEADER: unused}
general_settings: {master_key: sk-0f7e31b92c5d4a86, litellm_key_header_name: os.environ/NO_HEADER, database_url: 'sqlite://${HEADER}'}
";

    let settings = resolved(text).settings;

    assert_eq!(settings.access.key_header_name.as_deref(), Some("x-from-the-file"));
    assert!(settings.storage.database.to_string_lossy().ends_with("-HEADER"));
}

#[test]
fn included_files_join_lists_and_fill_up_sections_and_contradict_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let main = folder.path().join("main.yaml");
    write("main.yaml", &format!("include: [more.yaml]\n{MASTER}teams: [{{team_alias: a}}]\n"));
    write("more.yaml", "general_settings: {budget_wait: 1}\nteams: [{team_alias: b}]\n");

    let examined = examine_file(&main);
    assert_eq!(examined.files.len(), 2);
    let resolved = examined.resolved.unwrap();
    assert_eq!(resolved.declared.teams.len(), 2);
    assert_eq!(resolved.settings.budgets.wait, Duration::from_secs(1));

    write("more.yaml", "include: [main.yaml]\ngeneral_settings: {master_key: sk-another-one-0123}\n");
    let mistakes = examine_file(&main).mistakes;
    assert!(mistakes[0].to_string().contains("more.yaml:1:1: an included file cannot include others"), "{mistakes:?}");
    assert!(mistakes[1].to_string().contains("more.yaml:2:20: `master_key` is in two files"), "{mistakes:?}");

    std::fs::remove_file(folder.path().join("more.yaml")).unwrap();
    assert!(examine_file(&main).mistakes[0].to_string().contains("main.yaml:1:11"));
}

#[test]
fn bounds_hold_at_the_bound_and_one_beyond() {
    let body = |bytes: u64| format!("{MASTER}server: {{max_body_bytes: {bytes}}}\n");

    assert_eq!(resolved(&body(1 << 30)).settings.server.body_max_bytes, 1 << 30);
    assert_eq!(mistakes(&body((1 << 30) + 1)).len(), 1);
    assert_eq!(mistakes(&body(0)).len(), 1);
}

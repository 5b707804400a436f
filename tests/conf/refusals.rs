//! What is wrong is named, all of it, with its place.

use super::fixture::{MASTER, examine, mistakes, warnings};

#[test]
fn every_mistake_is_reported_with_line_and_column_and_none_hides_another() {
    let text = "\
server:
  listen: [localhost:4000]
  max_body_bytes: 0
  drain_timout: 5
general_settings:
  master_key: sk-0f7e31b92c5d4a86
  on_block: cutt
model_list:
  - model_name: x
    litellm_params: {model: bedrock/claude}
teams:
  - team_alias: a
    max_budget: -1
    budget_duration: 2mo
  - {}
";

    assert_eq!(
        mistakes(text),
        [
            "2:12: `server.listen`: \"localhost:4000\" is not an IP address with a port, such as 127.0.0.1:4000",
            "3:19: `server.max_body_bytes`: \"0\" is outside of 1 to 1073741824",
            "4:3: unknown key `drain_timout` in `server` (did you mean `drain_timeout`?)",
            "7:13: `general_settings.on_block`: \"cutt\" is none of `cut`, `finish`",
            "10:29: `bedrock` needs request signing, which is not built yet",
            "13:17: `teams[].max_budget`: \"-1\" is negative",
            "14:22: `teams[].budget_duration`: \"2mo\" is no window: the only one in months is `1mo`, the calendar month",
            "15:5: `teams[]` needs `team_alias` or `team_id`",
        ]
    );
}

#[test]
fn an_absent_known_or_short_master_key_is_refused_and_a_fresh_one_offered() {
    for (text, wrong) in [
        ("{}", "there is no"),
        ("general_settings: {master_key: sk-1234}", "publicly known"),
        ("general_settings: {master_key: pllm_sk_master_}", "publicly known"),
        ("general_settings: {master_key: sk-0123456789ab}", "fewer than 16 characters"),
    ] {
        let mistakes = mistakes(text);

        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].contains(wrong), "{mistakes:?}");
        let fresh = mistakes[0].split("fresh one to use: ").nth(1).unwrap();
        assert_eq!(fresh.trim_end_matches(')').len(), "sk-".len() + 64);
    }
}

#[test]
fn an_unset_variable_is_named_where_it_is_used() {
    let text = "general_settings: {master_key: \"${NO_MASTER}\"}\n";

    assert_eq!(mistakes(text), ["1:32: the environment variable NO_MASTER is not set"]);
}

#[test]
fn no_complaint_repeats_a_secret() {
    let secret = "sk-verysecretvalue99";
    let text = format!(
        "\
general_settings: {{master_key: short-{s}, database_url: 'postgresql://user:{s}@host/db'}}
model_list:
  - {{model_name: a, litellm_params: {{model: openai/a, api_base: 'http://u:{s}@h/v1', api_key: {s}}}}}
teams:
  - {{team_alias: t, keys: [{{key: {s}}}, {{key: {s}}}, {{key: bad-{s}}}, {{key_hash: {s}}}]}}
",
        s = secret
    );

    let examined = examine(&text);

    assert!(examined.mistakes.len() >= 4, "{examined}");
    let shown = format!("{examined}{examined:?}");
    assert!(!shown.contains("verysecret"), "{shown}");
}

#[test]
fn what_a_variable_holds_is_not_repeated_either() {
    let text = format!("{MASTER}litellm_settings: {{max_budget: \"${{BUDGET}}\"}}\n");

    let mistakes = mistakes(&text);

    assert_eq!(mistakes, ["2:32: `litellm_settings.max_budget`: \"${BUDGET}\" is not a decimal number of dollars"]);
}

#[test]
fn what_is_known_but_not_built_is_refused_when_it_is_switched_on() {
    for (text, path) in [
        ("auth: {dex: {enabled: true, issuer: x}}", "auth.dex.enabled"),
        ("budget: {enable_alerts: true}", "budget.enable_alerts"),
        ("guardrails: [{guardrail_name: x}]", "guardrails"),
        ("teams: [{team_alias: a, temp_budget_increase: 5}]", "teams[].temp_budget_increase"),
        ("teams: [{team_alias: a, clamp_output: true}]", "teams[].clamp_output"),
    ] {
        let mistakes = mistakes(&format!("{MASTER}{text}\n"));
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].contains(&format!("`{path}` is not built yet")), "{mistakes:?}");
    }
    for text in ["auth: {dex: {enabled: false}}", "budget: {enable_alerts: false}", "guardrails: []"] {
        assert!(mistakes(&format!("{MASTER}{text}\n")).is_empty(), "{text}");
    }
}

#[test]
fn an_access_control_of_litellm_is_refused_and_not_ignored() {
    let text = "general_settings: {master_key: sk-0f7e31b92c5d4a86, enable_jwt_auth: true, allowed_ips: [10.0.0.1]}\n";

    assert_eq!(
        mistakes(text),
        [
            "1:53: `general_settings.enable_jwt_auth` is not built yet: it must stay off",
            "1:76: `general_settings.allowed_ips` is not built yet: it must stay off",
        ]
    );
}

#[test]
fn a_database_that_is_not_a_file_is_refused() {
    for url in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "postgresql://h/d",
        "postgres://h/d",
        "mysql://h/d",
        "sqlite://",
        "x.db",
    ] {
        let text = format!("general_settings: {{master_key: sk-0f7e31b92c5d4a86, database_url: '{url}'}}\n");
        assert_eq!(mistakes(&text).len(), 1, "{url}");
    }
}

#[test]
fn a_number_in_quotes_is_refused_and_one_from_a_variable_is_not() {
    let quoted = format!("{MASTER}litellm_settings: {{max_budget: \"100\"}}\n");
    let variable = format!("{MASTER}litellm_settings: {{max_budget: \"${{NO_BUDGET:100}}\"}}\n");

    assert_eq!(
        mistakes(&quoted),
        ["2:32: `litellm_settings.max_budget`: \"100\" is text, not a number: leave out the quotes"]
    );
    assert!(mistakes(&variable).is_empty());
}

#[test]
fn a_cap_that_is_no_amount_is_refused() {
    for amount in ["-0.01", ".nan", ".inf", "-.inf", "1e30", "1_000", "many", "true"] {
        let mistakes = mistakes(&format!("{MASTER}litellm_settings: {{max_budget: {amount}}}\n"));
        assert_eq!(mistakes.len(), 1, "{amount}: {mistakes:?}");
    }
}

#[test]
fn a_key_of_litellm_without_effect_is_listed_once_however_often_it_is_there() {
    let text = format!(
        "{MASTER}model_list:
  - {{model_name: a, litellm_params: {{model: openai/gpt-4o, drop_params: true}}}}
  - {{model_name: b, litellm_params: {{model: openai/gpt-4o, drop_params: true}}}}
"
    );

    assert_eq!(warnings(&text), ["3:60: `model_list[].litellm_params.drop_params` is known to LiteLLM, not used here"]);
}

#[test]
fn a_key_in_the_wrong_section_is_told_where_it_belongs() {
    let text = format!("{MASTER}router_settings: {{max_budget: 3}}\n");

    assert_eq!(
        mistakes(&text),
        ["2:19: unknown key `max_budget` in `router_settings` (`max_budget` belongs in `litellm_settings`)"]
    );
}

#[test]
fn a_file_that_is_missing_or_not_yaml_or_no_mapping_is_refused() {
    assert!(mistakes("a: [").len() == 1);
    assert!(mistakes("- a\n- b\n").iter().any(|mistake| mistake.contains("the file must be a mapping, not a list")));
    let examined = super::fixture::examine_file("/no/such/file.yaml".as_ref());
    assert!(examined.mistakes[0].to_string().contains("cannot be read"), "{examined}");
}

#[test]
fn an_empty_list_of_listeners_is_refused() {
    assert!(mistakes(&format!("{MASTER}server: {{listen: []}}\n"))[0].starts_with("2:18: no address to listen on"));
}

#[test]
fn a_predecessors_file_is_told_everything_that_it_cannot_count_on() {
    let text = "\
general_settings:
  master_key: \"${NO_MASTER_KEY:pllm_sk_master_}\"
  database_url: \"postgresql://user:pass@localhost/pllm\"
  enable_auto_user_creation: true
  default_admin_email: \"admin@example.com\"
auth:
  dex:
    enabled: true
    issuer: \"http://dex:5556/dex\"
    client_secret: \"${NO_SUCH_SECRET}\"
dex_mapping:
  group_to_team:
    \"engineering\": \"Engineering Team\"
budget:
  enable_alerts: true
  alert_thresholds: [50, 75, 90, 100]
rate_limits:
  default_tpm: 100000
models:
  default_allowed: [\"gpt-4\"]
  default_blocked: []
";

    let mistakes = mistakes(text);

    let starts: Vec<_> = mistakes.iter().map(|mistake| &mistake[..mistake.len().min(40)]).collect();
    assert_eq!(
        starts,
        [
            "2:15: `general_settings.master_key` is p",
            "3:17: `general_settings.database_url`: P",
            "4:3: `general_settings.enable_auto_user_",
            "8:5: `auth.dex.enabled` is not built yet",
            "15:3: `budget.enable_alerts` is not buil",
        ]
    );
}

//! Many at once: no cap is passed, nothing is left on hold, and no answer goes to the wrong client.

use std::thread::scope;

use filters::money::NanoUsd;

use crate::fixtures::{ALICE, Answer, Ask, CAROL, GPT, NOBODY, Setup, TestGateway};

/// The answers to so many requests that are sent at once.
fn at_once(gateway: &TestGateway, count: usize, ask: impl Fn(usize) -> Ask + Sync) -> Vec<Answer> {
    let ask = &ask;
    scope(|scope| {
        let clients: Vec<_> = (0..count).map(|number| scope.spawn(move || gateway.send(&ask(number)))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[test]
fn twenty_at_once_on_a_budget_for_five_never_pass_it() {
    // Each costs 5 tokens of prompt and 50 of answer, $0.000105, and holds less than $0.0003 while it runs.
    let cap = NanoUsd::parse("0.0007").unwrap();
    let gateway = Setup::new().carol("max_budget: 0.0007").start();

    let answers = at_once(&gateway, 20, |_| Ask::chat(GPT, "!delay 20ms !length 50").key(CAROL));

    let (answered, refused, held) =
        (with_status(&answers, 200), with_status(&answers, 400), with_status(&answers, 429));
    assert_eq!(answered + refused + held, 20, "{answers:?}");
    assert!(answered >= 4, "only {answered} of those that fit were answered");
    let spent: NanoUsd = gateway.charges().iter().map(|charge| charge.cost).sum();
    assert!(spent <= cap && gateway.billed() <= cap, "${spent} of ${cap}");
    for answer in answers.iter().filter(|answer| answer.status == 429) {
        assert_eq!(
            (answer.json()["error"]["type"].as_str(), answer.header("retry-after")),
            (Some("budget_held"), Some("2"))
        );
    }
}

#[test]
fn a_teams_cap_holds_whatever_its_keys_do_at_once() {
    const KEYS: [&str; 4] =
        ["sk-one-5f0d38a1c6e94b72", "sk-two-5f0d38a1c6e94b72", "sk-three-5f0d38a1c6e94b72", "sk-four-5f0d38a1c6e94b72"];
    let keys: Vec<String> = KEYS.iter().map(|key| format!("{{key: {key}, max_budget: 0.0005}}")).collect();
    let gateway =
        Setup::new().team(&format!("team_alias: many, max_budget: 0.001, keys: [{}]", keys.join(", "))).start();

    at_once(&gateway, 24, |number| Ask::chat_stream(GPT, "!length 50").key(KEYS[number % 4]));

    assert!(gateway.spent("team", "many") <= NanoUsd::parse("0.001").unwrap());
    assert!(gateway.charges().len() >= 5, "{}", gateway.charges().len());
}

#[test]
fn a_minute_lets_no_more_in_than_its_limit_however_many_come_at_once() {
    let gateway = Setup::new().carol("rpm_limit: 7").start();

    let answers = at_once(&gateway, 20, |_| Ask::chat(GPT, "hello").key(CAROL));

    assert_eq!((with_status(&answers, 200), with_status(&answers, 429)), (7, 13));
}

#[test]
fn no_more_run_at_once_than_may() {
    let gateway = Setup::new().carol("max_parallel_requests: 3").start();

    let answers = at_once(&gateway, 12, |_| Ask::chat(GPT, "!delay 500ms").key(CAROL));

    assert_eq!(with_status(&answers, 200), 3, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    gateway.chat(CAROL, "hello").ok();
}

#[test]
fn everybody_gets_their_own_answer() {
    let gateway = Setup::new().team(&format!("team_alias: other, keys: [{{key: {NOBODY}}}]")).start();

    scope(|scope| {
        for client in 0..8 {
            let gateway = &gateway;
            scope.spawn(move || {
                let mut connection = gateway.connect();
                for number in 0..20 {
                    let text = format!("client {client} number {number}");
                    let answer =
                        connection.send(&Ask::chat(GPT, &text).key(if client % 2 == 0 { ALICE } else { NOBODY })).ok();
                    assert!(answer.text().contains(&format!("{text}\"")), "{text}: {answer:?}");
                }
            });
        }
    });

    assert_eq!(gateway.charges().len(), 160);
}

#[test]
fn failing_vendors_leave_nothing_on_hold() {
    let gateway = Setup::new().carol("max_budget: 0.01").start();

    at_once(&gateway, 24, |number| {
        let words = ["!status 500", "!status 429", "!big-error 100KB", "!redirect http://127.0.0.1:1/"][number % 4];
        Ask::chat(GPT, words).key(CAROL)
    });

    assert!(gateway.charges().is_empty());
}

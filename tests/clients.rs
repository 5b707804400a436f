//! What the client matrix stands on: a demo that serves a config of the caller's, in which the key alone decides how a
//! request ends. The clients themselves are run by `tests/clients/run`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_tollkeeper");
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/config.yaml");

#[test]
fn each_key_of_the_matrix_ends_a_request_in_its_own_way() {
    let demo = Demo::start();

    for (key, status) in [("RESTRICTED", 403), ("BROKE", 400), ("REVOKED", 401), ("GOOD", 200)] {
        assert_eq!(demo.ask(key), status, "{key}");
    }
}

#[test]
fn a_config_that_does_not_exist_ends_the_demo() {
    let output = Command::new(BINARY).args(["demo", "--port", "0", "--config", "no/such.yaml"]).output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/such.yaml"));
}

/// A running demo with the matrix's config; ended when dropped.
struct Demo {
    process: Child,
    url: String,
}

impl Demo {
    fn start() -> Self {
        let mut command = Command::new(BINARY);
        command.args(["demo", "--port", "0", "--config", CONFIG]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.envs(["GOOD", "RESTRICTED", "BROKE", "REVOKED"].map(|kind| (format!("MATRIX_KEY_{kind}"), key(kind))));
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
        // Read on, or the gateway would wait for somebody to take its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url }
    }

    /// The status of a question asked with that key.
    fn ask(&self, kind: &str) -> u16 {
        let question = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]});
        let request = ureq::post(format!("{}/v1/chat/completions", self.url))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {}", key(kind)));
        request.send_json(question).unwrap().status().as_u16()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn key(kind: &str) -> String {
    format!("sk-matrix-{kind}-5b1c93d2a7e84f60")
}

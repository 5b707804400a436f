//! Every command of the README is run, against a demo on a free port instead of port 4000.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_tollkeeper");
const README: &str = include_str!("../README.md");

/// Commands that are run in another way: by whoever runs this test, or below.
const RUN_ELSEWHERE: [&str; 3] =
    ["cargo test", "cargo run -- demo", "cargo run --release -- serve --config conf/examples/claude-code.yaml"];

#[test]
fn every_command_of_the_readme_works() {
    let demo = Demo::start();
    let mut variables = demo.variables();
    let mut run = 0;
    for command in commands() {
        if RUN_ELSEWHERE.contains(&command) {
            continue;
        }
        if let Some((name, value)) = command.strip_prefix("export ").and_then(|export| export.split_once('=')) {
            let value = value.replace("http://127.0.0.1:4000", &demo.url).replace("sk-your-virtual-key", &demo.alice);
            // The demo has a master key of its own.
            if name != "TOLLKEEPER_MASTER_KEY" {
                variables.insert(name.to_owned(), value);
            }
            continue;
        }
        let command = command
            .replace("http://127.0.0.1:4000", &demo.url)
            .replace("cargo run --", BINARY)
            .replace("curl ", "curl -sS --fail --max-time 20 ");
        if command.starts_with("curl") && Command::new("curl").arg("--version").output().is_err() {
            eprintln!("skipped, as there is no curl here: {command}");
            continue;
        }
        let output = Command::new("sh").arg("-c").arg(&command).envs(&variables).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{said}\n{}", String::from_utf8_lossy(&output.stdout));
        run += 1;
    }
    assert!(run >= 6, "only {run} commands were found");
}

#[test]
fn what_the_demo_prints_can_be_pasted() {
    let demo = Demo::start();
    let lines: Vec<&str> = demo.printed.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        let line = line.replace("curl ", "curl -sS --fail --max-time 20 ");
        let output = Command::new("sh").arg("-c").arg(&line).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(demo.printed.contains(&format!("export ANTHROPIC_BASE_URL={}", demo.url)));
}

#[test]
fn the_gateway_serves_from_the_example_config() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    let example = include_str!("../conf/examples/claude-code.yaml");
    let listen = example.lines().find(|line| line.contains("listen:")).unwrap();
    std::fs::write(&config, example.replace(listen, "  listen: [\"127.0.0.1:0\"]")).unwrap();

    let mut command = Command::new(BINARY);
    command.arg("serve").arg("--config").arg(&config).current_dir(folder.path()).envs(secrets());
    let mut running = Running(command.stderr(Stdio::piped()).spawn().unwrap());

    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("listening on http://127.0.0.1:")));
}

/// The lines of the README's shell blocks.
fn commands() -> Vec<&'static str> {
    let blocks = README.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
    blocks.flat_map(str::lines).collect()
}

/// What the example configs take from the environment.
fn secrets() -> BTreeMap<String, String> {
    let names = std::fs::read_dir("conf/examples").unwrap().flat_map(|entry| {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        text.split("${").skip(1).map(|rest| rest.split(['}', ':']).next().unwrap().to_owned()).collect::<Vec<_>>()
    });
    names.map(|name| (name.clone(), format!("sk-{:0>24}{}", name.len() * 7919, name.to_lowercase()))).collect()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running demo and what it printed.
struct Demo {
    _running: Running,
    url: String,
    alice: String,
    master: String,
    printed: String,
}

impl Demo {
    fn start() -> Self {
        let mut command = Command::new(BINARY);
        command.args(["demo", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running(command.spawn().unwrap());
        let mut out = running.0.stdout.take().unwrap();
        let (mut printed, mut chunk) = (String::new(), [0; 4096]);
        while !printed.contains("Stop with Ctrl-C") {
            let read = out.read(&mut chunk).unwrap();
            assert_ne!(read, 0, "the demo ended: {printed}");
            printed.push_str(&String::from_utf8_lossy(&chunk[..read]));
        }
        let after = |label: &str| {
            let line = printed.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
            line.trim_start()[label.len()..].split_whitespace().next().unwrap().to_owned()
        };
        let (alice, master) = (after("virtual key"), after("master key"));
        let url = after("export ANTHROPIC_BASE_URL=");
        Self { _running: running, url, alice, master, printed }
    }

    fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = secrets();
        variables.insert("TOLLKEEPER_MASTER_KEY".into(), self.master.clone());
        variables
    }
}

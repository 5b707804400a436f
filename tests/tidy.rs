//! The house rules that no compiler checks: which part may name which, and what must not be in the tree.

use std::fs;
use std::path::{Path, PathBuf};

/// What each part of `filters` may name of the others. The tables are in reading order: lower parts know nothing above.
const FILTERS: &[(&str, &[&str])] = &[
    ("lib gateway proxy report", &["*"]),
    (
        "context",
        &["clock", "denial", "endpoint", "failure", "principal", "request", "response", "settle", "state", "telemetry"],
    ),
    ("settle", &["clock", "context", "endpoint", "money", "response", "state", "usage"]),
    ("request", &["clock", "denial", "endpoint", "media_type", "money", "principal", "request", "state", "usage"]),
    ("response", &["clock", "context", "endpoint", "money", "state", "usage"]),
    ("denial", &["answer", "money", "state"]),
    ("failure", &["answer"]),
    ("answer", &["denial", "endpoint", "failure"]),
    ("local", &["state"]),
    ("principal", &["state"]),
    ("state", &["clock", "endpoint", "money", "state", "telemetry", "usage"]),
    ("telemetry", &["clock", "money", "state", "telemetry", "usage"]),
    ("usage", &["endpoint", "state", "usage"]),
    ("clock endpoint media_type money", &[]),
];

/// What each part of `src` may name of the others.
const SRC: &[(&str, &[&str])] = &[
    ("main lib cli", &["*"]),
    ("server", &["api", "config", "server", "store"]),
    ("api", &["api"]),
    ("store", &["store"]),
    ("config", &["config"]),
    ("demo", &["demo"]),
    ("telemetry", &["telemetry"]),
];

/// Steps may hand each other their results, but only the gateway calls them; this one exception is a check made twice.
const CALLS_BETWEEN_STEPS: &[(&str, &str)] = &[("route.rs", "model_access::denied_by")];

#[test]
fn parts_name_only_the_parts_below_them() {
    let mut wrong = Vec::new();
    for (folder, table) in [("filters/src", FILTERS), ("src", SRC)] {
        for file in rust_files(&root().join(folder)) {
            let part = part_of(&file, folder);
            let allowed = table.iter().find(|(parts, _)| parts.split(' ').any(|name| name == part));
            let (_, allowed) = allowed.unwrap_or_else(|| panic!("{part} is not in the table of {folder}"));
            let named = named_parts(&fs::read_to_string(&file).unwrap());
            wrong.extend(
                named
                    .into_iter()
                    .filter(|name| !allowed.contains(&"*") && !allowed.contains(&name.as_str()))
                    .map(|name| format!("{} names crate::{name}", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn state_and_usage_know_nothing_of_http() {
    for folder in ["filters/src/state", "filters/src/usage"] {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let knows = ["pingora::", "http::"]
                .into_iter()
                .find(|word| text.lines().any(|line| line.contains(&format!("use {word}"))));
            assert_eq!(knows, None, "{}", file.display());
        }
    }
}

#[test]
fn no_step_calls_another() {
    let steps = root().join("filters/src/request");
    for file in rust_files(&steps) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for step in ["accept", "authenticate", "model_access", "rate_limit", "reserve", "route", "upstream"] {
            let prefix = format!(" {step}::");
            let calls = text.match_indices(&prefix).filter(|(at, _)| {
                let callee = &text[at + 1..text[*at..].find('(').map_or(text.len(), |end| at + end)];
                let is_call = callee.len() < 60
                    && callee.rsplit("::").next().is_some_and(|last| last.starts_with(|c: char| c.is_lowercase()));
                is_call && !CALLS_BETWEEN_STEPS.iter().any(|(who, what)| *who == name && callee == *what)
            });
            assert_eq!(calls.count(), 0, "{name} calls the step {step}");
        }
    }
}

#[test]
fn the_table_of_steps_names_files_that_exist() {
    let lib = fs::read_to_string(root().join("filters/src/lib.rs")).unwrap();
    let mut steps = 0;
    for line in lib.lines().filter(|line| line.starts_with("//! | ") && line.contains("[`")) {
        let path = line.split("[`").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
        let file = root().join("filters/src").join(format!("{}.rs", path.replace("::", "/")));
        assert!(file.exists(), "{path} is in the table of steps, and {} is not there", file.display());
        steps += 1;
    }
    assert_eq!(steps, 11);
}

#[test]
fn nothing_unfinished_is_left_in_the_tree() {
    let words = [
        "todo".to_owned() + "!(",
        "unimplemented".to_owned() + "!(",
        "#[".to_owned() + "ignore",
        "FIX".to_owned() + "ME",
    ];
    for folder in ["filters/src", "src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let found = words.iter().find(|word| text.contains(word.as_str()));
            assert_eq!(found, None, "{}", file.display());
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `filters/src/state/ledger/hold.rs` → `state`.
fn part_of(file: &Path, folder: &str) -> String {
    let inside = file.strip_prefix(root().join(folder)).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The parts that a file's code names: what follows `crate::`, outside comments.
fn named_parts(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let names = code.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned).collect::<Vec<_>>());
    let names = names.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
    names.filter(|name| name.starts_with(|c: char| c.is_lowercase())).collect()
}

//! The files in `conf/`: what is shipped loads, and the reference says what the table says.

use std::path::{Path, PathBuf};

use tollkeeper::cli::check;
use tollkeeper::config::{self, Surroundings};

use super::fixture::{Book, environment, examine, examine_file, now};

fn conf(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conf").join(name)
}

fn checked(path: &Path) -> (String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let surroundings = Surroundings { environment: &environment, prices: &Book, now: now() };
    check::run(path, &surroundings, &mut stdout, &mut stderr).unwrap();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn every_example_loads() {
    let mut count = 0;
    for entry in std::fs::read_dir(conf("examples")).unwrap() {
        let path = entry.unwrap().path();
        let examined = examine_file(&path);
        assert!(examined.resolved.is_some(), "{examined}");
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn a_litellm_file_is_told_once_what_has_no_effect() {
    let (stdout, stderr) = checked(&conf("examples/litellm-compatible.yaml"));

    let stderr = stderr.replace(&conf("examples").display().to_string(), "");
    insta::assert_snapshot!(format!("{stdout}{stderr}"));
}

#[test]
fn a_file_with_mistakes_is_told_them_all_and_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, "sever: {}\ngeneral_settings: {master_key: sk-0f7e31b92c5d4a86, budget_wait: soon}\n")
        .unwrap();

    let (stdout, stderr) = checked(&path);

    assert_eq!(stdout, "");
    let stderr = stderr.replace(&folder.path().display().to_string(), "");
    insta::assert_snapshot!(stderr);
}

/// Print the table anew with `UPDATE_REFERENCE=1 cargo test conf`.
#[test]
fn the_reference_file_is_the_table_and_loads() {
    let path = conf("tollkeeper.yaml");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, config::reference()).unwrap();
    }

    assert_eq!(std::fs::read_to_string(&path).unwrap(), config::reference());

    let examined = examine_file(&path);
    assert!(examined.mistakes.is_empty() && examined.warnings.is_empty(), "{examined}");
}

#[test]
fn the_reference_file_changes_nothing() {
    let written = examine_file(&conf("tollkeeper.yaml")).resolved.unwrap();
    let left_out = examine("general_settings: {master_key: sk-0f7e31b92c5d4a86}").resolved.unwrap();

    assert_eq!(format!("{:?}", written.settings), format!("{:?}", left_out.settings));
}

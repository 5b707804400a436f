//! Whatever is typed, reading ends with a meaning or with mistakes, never with a panic.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::fixture::examine;

const VALUES: [&str; 8] = ["", " []", " {}", " null", " -1", " 'text'", " [[{}]]", " ${NOT_CLOSED"];

/// One of the examples, to be broken.
fn example() -> impl Strategy<Value = String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/examples");
    let files = std::fs::read_dir(folder).unwrap();
    select(files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect::<Vec<_>>())
}

/// What holds for any text.
fn is_whole(text: &str) -> Result<(), TestCaseError> {
    let examined = examine(text);
    prop_assert_eq!(examined.resolved.is_some(), examined.mistakes.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_of_the_wrong_kind_is_a_mistake_or_nothing(
        text in example(),
        line: Index,
        value in select(&VALUES[..]),
    ) {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let line = line.index(lines.len());
        if let Some((key, _)) = lines[line].clone().split_once(':') {
            lines[line] = format!("{key}:{value}");
        }

        is_whole(&lines.join("\n"))?;
    }

    #[test]
    fn a_file_cut_anywhere_is_read_to_its_end(text in example(), cut: Index) {
        let cut: String = text.chars().take(cut.index(text.chars().count())).collect();

        is_whole(&cut)?;
    }
}

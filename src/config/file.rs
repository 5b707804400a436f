//! The file and what it includes, as one tree.
//!
//! Lists are joined, sections are filled up key by key; the same key in two files is a mistake, since either could be
//! meant. An included file includes nothing itself, as with LiteLLM.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mistake::{Mistake, Place};
use super::tree::{self, Map, Node, Value};

/// Of one file.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
const INCLUDES_MAX: usize = 256;

/// What was read.
pub(super) struct Sources {
    pub(super) root: Node,
    /// Every file that a change of the meaning can come from.
    pub(super) files: Vec<PathBuf>,
}

/// Reads a file with its includes, or nothing if the file itself cannot be read.
pub(super) fn read(path: &Path, mistakes: &mut Vec<Mistake>) -> Option<Sources> {
    let mut root = parse(path, &Place::start_of(path), mistakes)?;
    let mut files = vec![path.to_owned()];
    for (name, place) in includes(&root, mistakes) {
        let included = path.parent().unwrap_or(Path::new("")).join(name);
        let Some(node) = parse(&included, &place, mistakes) else { continue };
        files.push(included);
        refuse_include(&node, mistakes);
        merge(&mut root, node, mistakes);
    }
    Some(Sources { root, files })
}

/// `place` is where the file is asked for: it is to blame if there is none.
fn parse(path: &Path, place: &Place, mistakes: &mut Vec<Mistake>) -> Option<Node> {
    match text(path) {
        Ok(text) => tree::parse(&Arc::new(path.to_owned()), &text, mistakes),
        Err(reason) => {
            mistakes.push(Mistake::at(place.clone(), format!("{} {reason}", path.display())));
            None
        }
    }
}

fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot be read: {error}");
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(format!("is larger than {BYTES_MAX} bytes"));
    }
    Ok(text)
}

fn includes(root: &Node, mistakes: &mut Vec<Mistake>) -> Vec<(String, Place)> {
    let Value::Map(map) = &root.value else { return Vec::new() };
    let Some(entry) = map.entry("include").filter(|entry| !entry.node.is_null()) else {
        return Vec::new();
    };
    let items = match &entry.node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&entry.node),
    };
    if items.len() > INCLUDES_MAX {
        mistakes.push(Mistake::at(entry.key_place.clone(), format!("more than {INCLUDES_MAX} files to include")));
    }
    let name = |item: &Node| match &item.value {
        Value::Scalar(scalar) => Some((scalar.text.clone(), item.place.clone())),
        _ => None,
    };
    items.iter().take(INCLUDES_MAX).filter_map(name).collect()
}

fn refuse_include(node: &Node, mistakes: &mut Vec<Mistake>) {
    if let Value::Map(map) = &node.value
        && let Some(entry) = map.entry("include")
    {
        mistakes.push(Mistake::at(
            entry.key_place.clone(),
            "an included file cannot include others: name them in the first",
        ));
    }
}

fn merge(root: &mut Node, other: Node, mistakes: &mut Vec<Mistake>) {
    match (&mut root.value, other.value) {
        (Value::Map(map), Value::Map(other)) => fill_up(map, other, mistakes),
        _ => mistakes.push(Mistake::at(other.place, "a config file must be a mapping of sections")),
    }
}

fn fill_up(map: &mut Map, other: Map, mistakes: &mut Vec<Mistake>) {
    for entry in other.entries.into_iter().filter(|entry| entry.key != "include") {
        let Some(mine) = map.entries.iter_mut().find(|mine| mine.key == entry.key) else {
            map.entries.push(entry);
            continue;
        };
        match (&mut mine.node.value, entry.node.value) {
            (Value::List(mine), Value::List(other)) => mine.extend(other),
            (Value::Map(mine), Value::Map(other)) => fill_up(mine, other, mistakes),
            _ => {
                let message = format!("`{}` is in two files; the other is at {}", entry.key, mine.key_place);
                mistakes.push(Mistake::at(entry.key_place, message));
            }
        }
    }
}

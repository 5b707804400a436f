//! Values that stand elsewhere: `${VAR}`, `${VAR:default}`, `os.environ/VAR` and `file:/path`.
//!
//! Looked up when a value is read, not before: a variable that only an unused key names need not exist.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

/// A file that holds one secret is not larger than this.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where variables are looked up: the process's environment, then the file's own `environment_variables`.
pub(super) struct Variables<'a> {
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) declared: BTreeMap<String, String>,
}

impl Variables<'_> {
    /// The value that `text` stands for, or a sentence on what is missing. `Ok(None)`: it stands for itself.
    pub(super) fn expand(&self, text: &str) -> Result<Option<String>, String> {
        if let Some(name) = text.strip_prefix("os.environ/") {
            return self.variable(name).map(Some);
        }
        if text.starts_with("file:/") {
            return from_file(text.trim_start_matches("file:")).map(Some);
        }
        if text.contains("${") {
            return self.interpolate(text).map(Some);
        }
        Ok(None)
    }

    fn interpolate(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (reference, after) = after.split_once('}').ok_or("`${` without its `}`")?;
            expanded.push_str(before);
            expanded.push_str(&self.reference(reference)?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    /// `VAR` or `VAR:default`. An empty variable counts as unset beside a default, as with the shell's `:-`, which is
    /// understood too.
    fn reference(&self, reference: &str) -> Result<String, String> {
        let Some((name, default)) = reference.split_once(':') else {
            return self.variable(reference);
        };
        let default = default.strip_prefix('-').unwrap_or(default);
        Ok(self.lookup(name).filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned()))
    }

    fn variable(&self, name: &str) -> Result<String, String> {
        self.lookup(name).ok_or_else(|| format!("the environment variable {name} is not set"))
    }

    /// The value of a variable, if it has one.
    pub(super) fn lookup(&self, name: &str) -> Option<String> {
        (self.environment)(name).or_else(|| self.declared.get(name).cloned())
    }
}

/// The text of a file, without the line break that editors put at its end.
fn from_file(path: &str) -> Result<String, String> {
    let unreadable = |error| format!("the file {path} cannot be read: {error}");
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("the file {path} is larger than {FILE_BYTES_MAX} bytes: that is no single value"));
    }
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> Result<Option<String>, String> {
        let environment = |name: &str| match name {
            "HOST" => Some("db.example".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let declared = BTreeMap::from([("HOST".to_owned(), "other".to_owned()), ("PORT".to_owned(), "1".to_owned())]);
        Variables { environment: &environment, declared }.expand(text)
    }

    #[test]
    fn an_unset_variable_is_named() {
        for text in ["${NOPE}", "os.environ/NOPE", "a ${HOST} ${NOPE}"] {
            assert_eq!(expand(text), Err("the environment variable NOPE is not set".into()), "{text}");
        }
        assert!(expand("${HOST").is_err());
        assert!(expand("file:/no/such/file").unwrap_err().starts_with("the file /no/such/file cannot be read"));
    }

    #[test]
    fn references_stand_for_values_and_defaults_fill_in() {
        for (text, value) in [
            ("${HOST}", "db.example"),
            ("https://${HOST}:${PORT}/", "https://db.example:1/"),
            ("${NOPE:fallback}", "fallback"),
            ("${NOPE:-fallback}", "fallback"),
            ("${NOPE:}", ""),
            ("${EMPTY:fallback}", "fallback"),
            ("${NOPE:http://x:1}", "http://x:1"),
            ("os.environ/HOST", "db.example"),
        ] {
            assert_eq!(expand(text), Ok(Some(value.into())), "{text}");
        }
        assert_eq!(expand("plain $HOST {text}"), Ok(None));
    }

    #[test]
    fn a_secret_from_a_file_loses_its_last_line_break_and_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let text = format!("file:{}", path.display());

        std::fs::write(&path, "sk-from-a-file\n").unwrap();
        assert_eq!(expand(&text), Ok(Some("sk-from-a-file".into())));

        std::fs::write(&path, "x".repeat(64 * 1024)).unwrap();
        assert!(expand(&text).is_ok());

        std::fs::write(&path, "x".repeat(64 * 1024 + 1)).unwrap();
        assert!(expand(&text).unwrap_err().contains("is larger than"));
    }
}

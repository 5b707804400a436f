//! Where the books are kept and how hard they are written, from `general_settings`.

use std::path::PathBuf;

use crate::config::section::Section;
use crate::config::settings::{JournalSync, Recovery, Storage};

pub(super) fn storage(section: Section<'_>) -> Storage {
    let sync = [("full", JournalSync::Full), ("normal", JournalSync::Normal)];
    let recovery = [("charge_hold", Recovery::ChargeHold), ("release", Recovery::Release)];
    Storage {
        database: database(section),
        journal_sync: section.word("journal_sync", &sync).unwrap_or(JournalSync::Full),
        recovery: section.word("recovery", &recovery).unwrap_or(Recovery::ChargeHold),
    }
}

/// The path in a `sqlite://` address. The address is not repeated in a complaint: it may carry a password.
fn database(section: Section<'_>) -> PathBuf {
    let url = section.text("database_url").unwrap_or_default();
    let wrong = match url.strip_prefix("sqlite:") {
        Some(rest) if rest.trim_start_matches('/').starts_with(":memory:") => {
            "the books cannot be kept in memory: they must survive a restart"
        }
        Some(rest) => match rest.strip_prefix("//").unwrap_or(rest) {
            "" => "no file is named: write sqlite://tollkeeper.db",
            path => return PathBuf::from(path),
        },
        None if url.starts_with("postgres") => "PostgreSQL is not built yet: write sqlite://tollkeeper.db",
        None => "this is no address of a SQLite file: write sqlite://tollkeeper.db",
    };
    section.complain(section.place_of("database_url"), format!("`general_settings.database_url`: {wrong}"));
    PathBuf::new()
}

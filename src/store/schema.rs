//! Is this file one of ours, whole, and of a version we know? Creates it where there is none.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::store::lock::beside;
use crate::store::{StoreError, StoreSettings, Synchronous};

/// Each brings the schema one version further. Never edited once released.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_ledger.sql")];

/// `Toll` in ASCII: tells our files from other programs'.
const APPLICATION_ID: i64 = 0x546f_6c6c;

/// Small tables that a start reads whole; the spend log is checked by its sums.
const CHECKED_TABLES: [&str; 4] = ["accounts", "balances", "seal", "holds"];

/// A connection to the database at `path`, migrated and looked over.
pub(super) fn open_or_create(path: &Path, settings: &StoreSettings) -> Result<Connection, StoreError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() == 0 => {
            return Err(StoreError::Empty { path: path.to_owned() });
        }
        Ok(_) => {}
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => create(path)?,
        Err(source) => return Err(StoreError::Io { path: path.to_owned(), source }),
    }
    let mut connection = connect(path, settings).map_err(|e| error(path, e))?;
    check_origin(&connection, path)?;
    check_structure(&connection, path)?;
    migrate(&mut connection).map_err(|e| error(path, e))?;
    Ok(connection)
}

/// A connection to a database that is known to be good. Never creates one.
pub(super) fn connect(path: &Path, settings: &StoreSettings) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(settings.busy_timeout)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(
        None,
        "synchronous",
        match settings.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        },
    )?;
    Ok(connection)
}

/// Says what an SQLite error means for whoever has to act on it.
pub(super) fn error(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path, finding: source.to_string() }
        }
        _ => StoreError::Sqlite { path, source },
    }
}

/// Creates the database under another name and moves it into place: killed on the way, it leaves no half of one.
fn create(path: &Path) -> Result<(), StoreError> {
    let log = beside(path, "-wal");
    if log.exists() {
        return Err(StoreError::Missing { path: path.to_owned(), log });
    }
    let draft = beside(path, ".new");
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    if draft.exists() {
        fs::remove_file(&draft).map_err(io)?;
    }
    write_draft(&draft).map_err(|e| error(&draft, e))?;
    fs::rename(&draft, path).map_err(io)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

fn write_draft(draft: &Path) -> rusqlite::Result<()> {
    let mut connection = Connection::open(draft)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error)
}

fn check_origin(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let number =
        |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(|e| error(path, e));
    if number("application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let (found, known) = (number("user_version")?, latest());
    if found > known {
        return Err(StoreError::FromTheFuture { path: path.to_owned(), found, known });
    }
    Ok(())
}

fn check_structure(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    for table in CHECKED_TABLES {
        let check = connection.query_row(&format!("PRAGMA quick_check('{table}')"), [], |row| row.get::<_, String>(0));
        let finding = check.map_err(|e| error(path, e))?;
        if finding != "ok" {
            return Err(StoreError::Damaged { path: path.to_owned(), finding });
        }
    }
    Ok(())
}

fn latest() -> i64 {
    MIGRATIONS.len() as i64
}

/// Each step in a transaction of its own that also counts it: killed on the way, the next start goes on from there.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

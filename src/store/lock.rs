//! One process to a database: an advisory lock on a file beside it, which the system takes back however we die.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::store::StoreError;

const TRIES: u32 = 25;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Held for as long as somebody may write.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says whose it is.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let io = |source| StoreError::Io { path: path.clone(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match lock_patiently(&file) {
            Ok(()) => {
                note_pid(&mut file).map_err(io)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Whose it is only helps the reader: where it cannot be read, the refusal stands without.
                let _unreadable = file.read_to_string(&mut pid);
                Err(StoreError::InUse { path: database.to_owned(), pid: pid.trim().to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}

/// Tries for half a second: a lock outlives its owner for as long as a child that it started has not become another
/// program, and a supervisor may start us before the last one is quite gone.
fn lock_patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
            decided => return decided,
        }
    }
    file.try_lock()
}

fn note_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// A file beside the database, by what is added to its name.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    PathBuf::from(name)
}

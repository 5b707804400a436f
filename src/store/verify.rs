//! Do the books balance? Each account's balance against the charges that made it.
//!
//! Charges that were found right are sealed: their sum is kept beside the balance and they are not read again, so that a
//! start looks only at what came after, and old rows may be retired.

use std::collections::HashMap;
use std::path::Path;

use filters::money::NanoUsd;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::store::{StoreError, schema};

const UNSEALED: &str = "SELECT postings FROM spend WHERE id > (SELECT through FROM seal)";
const SEAL_BALANCE: &str = "
    UPDATE balances SET sealed = sealed + ?3 WHERE account = ?1 AND window_start = ?2
    RETURNING account, spent, opening + sealed";
const SEAL_ROWS: &str = "UPDATE seal SET through = coalesce((SELECT max(id) FROM spend), through)";
const FIRST_OFF: &str = "SELECT account, spent, opening + sealed FROM balances WHERE spent <> opening + sealed LIMIT 1";

/// An account whose balance is not what its charges come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    account: i64,
    balance: NanoUsd,
    charges: NanoUsd,
}

/// Compares every balance with its charges, and seals what was compared.
pub(super) fn balances(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |e| schema::error(path, e);
    let found = seal_and(connection, |transaction| transaction.query_row(FIRST_OFF, [], mismatch).optional());
    let Some(Mismatch { account, balance, charges }) = found.map_err(failed)? else {
        return Ok(());
    };
    let account = name(account, connection).map_err(failed)?;
    Err(StoreError::OutOfBalance { path: path.to_owned(), account, balance, charges })
}

/// Compares the balances that changed since the last seal, and moves the seal; not where one of them is off.
pub(super) fn seal(connection: &mut Connection) -> rusqlite::Result<Option<Mismatch>> {
    seal_and(connection, |_| Ok(None))
}

fn seal_and(
    connection: &mut Connection,
    look_further: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Option<Mismatch>>,
) -> rusqlite::Result<Option<Mismatch>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = match seal_balances(&transaction)? {
        None => look_further(&transaction)?,
        found => found,
    };
    if found.is_none() {
        transaction.execute(SEAL_ROWS, [])?;
        transaction.commit()?;
    }
    Ok(found)
}

fn seal_balances(transaction: &Transaction<'_>) -> rusqlite::Result<Option<Mismatch>> {
    let mut statement = transaction.prepare_cached(SEAL_BALANCE)?;
    for ((account, window_start), amount) in unsealed(transaction)? {
        let sealed = statement.query_row(params![account, window_start, amount], mismatch).optional()?;
        // Charges to a period without a balance: somebody removed it.
        let sealed = sealed.unwrap_or(Mismatch { account, balance: NanoUsd::ZERO, charges: NanoUsd(amount) });
        if sealed.balance != sealed.charges {
            return Ok(Some(sealed));
        }
    }
    Ok(None)
}

/// What was charged since the last seal, by account and start of the period. Added up here and not in SQL, where taking
/// the postings apart costs twenty times as much, and a start has to be quick.
fn unsealed(connection: &Connection) -> rusqlite::Result<HashMap<(i64, i64), i64>> {
    let mut sums: HashMap<_, i64> = HashMap::new();
    let mut statement = connection.prepare_cached(UNSEALED)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let unreadable = |error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error));
        let postings = row.get_ref(0)?.as_str()?;
        let lines: Vec<(i64, i64, i64)> = serde_json::from_str(postings).map_err(unreadable)?;
        for (account, window_start, amount) in lines {
            let sum = sums.entry((account, window_start)).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    Ok(sums)
}

fn mismatch(row: &Row<'_>) -> rusqlite::Result<Mismatch> {
    Ok(Mismatch { account: row.get(0)?, balance: NanoUsd(row.get(1)?), charges: NanoUsd(row.get(2)?) })
}

/// The account as a person would look it up.
fn name(account: i64, connection: &Connection) -> rusqlite::Result<String> {
    let statement = "SELECT trim(scope || ' ' || name || ' ' || member || ' ' || model) FROM accounts WHERE id = ?1";
    let known = connection.query_row(statement, [account], |row| row.get(0)).optional()?;
    Ok(known.unwrap_or_else(|| format!("number {account}, which has no name")))
}

//! Do the books balance? Each account's balance against the charges that made it.
//!
//! Rows that were found right once are sealed: their sum is kept and a start looks only at what came after.

use std::path::Path;

use filters::money::NanoUsd;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::store::{StoreError, schema};

/// Postings since the seal, against the balances; a posting to a period that has no balance is one that is off, too.
const FIRST_MISMATCH: &str = "
    WITH posted AS (
        SELECT line.value ->> 0 AS account, line.value ->> 1 AS window_start, sum(line.value ->> 2) AS amount
        FROM spend, json_each(spend.postings) AS line
        WHERE spend.id > (SELECT through FROM seal)
        GROUP BY 1, 2
    )
    SELECT account, coalesce(balances.spent, 0),
        coalesce(balances.opening + balances.sealed, 0) + coalesce(posted.amount, 0) AS charges
    FROM balances FULL JOIN posted USING (account, window_start)
    WHERE balances.spent IS NOT charges
    LIMIT 1";

const SEAL: &str = "
    UPDATE balances SET sealed = spent - opening WHERE sealed <> spent - opening;
    UPDATE seal SET through = (SELECT coalesce(max(id), 0) FROM spend);";

/// Compares every balance with its charges, and seals what was compared.
pub(super) fn balances(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |e| schema::error(path, e);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let mismatch = transaction
        .query_row(FIRST_MISMATCH, [], |row| {
            Ok((row.get(0)?, NanoUsd(row.get(1)?), NanoUsd(row.get(2)?)))
        })
        .optional()
        .map_err(failed)?;
    if let Some((account, balance, charges)) = mismatch {
        let account = name(account, &transaction).map_err(failed)?;
        return Err(StoreError::OutOfBalance { path: path.to_owned(), account, balance, charges });
    }
    transaction.execute_batch(SEAL).and_then(|()| transaction.commit()).map_err(failed)
}

/// The account as a person would look it up.
fn name(account: i64, connection: &Connection) -> rusqlite::Result<String> {
    let statement = "SELECT trim(scope || ' ' || name || ' ' || member || ' ' || model) FROM accounts WHERE id = ?1";
    let known = connection.query_row(statement, [account], |row| row.get(0)).optional()?;
    Ok(known.unwrap_or_else(|| format!("number {account}, which has no name")))
}

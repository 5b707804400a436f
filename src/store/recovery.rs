//! Requests that were running when the process died: their holds are charged or forgiven, and marked.

use filters::money::NanoUsd;
use filters::state::ledger::Outcome;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::store::RecoveryPolicy;
use crate::store::rows::{IS_ESTIMATED, IS_RECOVERED};

/// What a dead process left behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many requests were running.
    pub requests: u64,
    /// What was charged for them.
    pub charged: NanoUsd,
}

/// What each account still holds for each request: the parts of its hold, added up.
const HELD: &str = "
    CREATE TEMP TABLE held AS
    SELECT request, line.value ->> 0 AS account, line.value ->> 1 AS window_start,
        CASE WHEN ?1 THEN sum(line.value ->> 2) ELSE 0 END AS amount
    FROM main.holds, json_each(holds.postings) AS line GROUP BY 1, 2, 3";

const CHARGE: &str = "
    INSERT INTO spend (request, attempt, admitted_at, cost, postings, key_hash, key_alias, team, user, organization,
        model, route, tags, price_version, outcome, flags)
    SELECT request, (SELECT count(*) FROM spend WHERE spend.request = holds.request), admitted_at,
        (SELECT coalesce(max(amount), 0) FROM held WHERE held.request = holds.request),
        (SELECT json_group_array(json_array(account, window_start, amount)) FROM held
            WHERE held.request = holds.request AND amount > 0),
        key_hash, key_alias, team, user, organization, model, route, tags, price_version, ?1, ?2
    FROM holds GROUP BY request";

const MOVE_BALANCES: &str = "
    UPDATE balances SET spent = spent + posted.amount
    FROM (SELECT account, window_start, sum(amount) AS amount FROM held GROUP BY 1, 2) AS posted
    WHERE balances.account = posted.account AND balances.window_start = posted.window_start";

/// Settles every hold. All of it or nothing, so that a second death on the way charges nothing twice.
pub(super) fn resolve(connection: &mut Connection, policy: RecoveryPolicy) -> rusqlite::Result<Recovered> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let recovered = settle(&transaction, policy)?;
    transaction.commit()?;
    Ok(recovered)
}

fn settle(transaction: &Transaction<'_>, policy: RecoveryPolicy) -> rusqlite::Result<Recovered> {
    let is_charged = policy == RecoveryPolicy::ChargeHold;
    transaction.execute(HELD, params![is_charged])?;
    let requests = transaction.execute(CHARGE, params![Outcome::Recovered.name(), IS_ESTIMATED | IS_RECOVERED])?;
    transaction.execute(MOVE_BALANCES, [])?;
    let charged = "SELECT coalesce(sum(cost), 0) FROM (SELECT max(amount) AS cost FROM held GROUP BY request)";
    let charged = transaction.query_row(charged, [], |row| row.get(0))?;
    transaction.execute_batch("DELETE FROM holds; DROP TABLE held")?;
    Ok(Recovered { requests: requests as u64, charged: NanoUsd(charged) })
}

//! One transaction: entries become rows, and the balances move with them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use filters::money::NanoUsd;
use filters::state::ledger::{ChargedEntry, Entry, HeldEntry, Posting, RequestId, ResetEntry, Settles};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::store::accounts::Numbers;
use crate::store::rows;

/// Writes `entries` and what they do to the balances; all of it, or nothing.
pub(super) fn write(connection: &mut Connection, entries: &[Entry], numbers: &mut Numbers) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch { transaction: &transaction, numbers, spent: HashMap::new(), passing: passing(entries) };
    for entry in entries {
        batch.write(entry)?;
    }
    batch.move_balances()?;
    transaction.commit()
}

/// Requests that begin and end among `entries`: their holds need not be written to be deleted at once.
fn passing(entries: &[Entry]) -> HashSet<RequestId> {
    let begun = entries.iter().filter_map(|entry| match entry {
        Entry::Held(held) if held.part == 0 => Some(held.request),
        _ => None,
    });
    let begun: HashSet<_> = begun.collect();
    let ended = entries.iter().filter_map(|entry| match entry {
        Entry::Charged(charged) if matches!(charged.settles, Settles::Request) => Some(charged.request),
        Entry::Released(request) => Some(*request),
        _ => None,
    });
    ended.filter(|request| begun.contains(request)).collect()
}

struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    numbers: &'a mut Numbers,
    /// By account and start of the period: added up, so that a busy account costs one update a commit.
    spent: HashMap<(i64, i64), i64>,
    passing: HashSet<RequestId>,
}

/// A posting as it stands in a row.
struct Line {
    account: i64,
    window_start: i64,
    amount: i64,
}

impl Batch<'_> {
    fn write(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        match entry {
            Entry::Held(held) => self.hold(held),
            Entry::Charged(charged) => self.charge(charged),
            Entry::Released(request) => self.delete_holds(*request),
            Entry::Reset(reset) => self.reset(reset),
        }
    }

    fn hold(&mut self, held: &HeldEntry) -> rusqlite::Result<()> {
        if self.passing.contains(&held.request) {
            return Ok(());
        }
        let lines = self.lines(&held.postings)?;
        rows::insert_hold(held, &as_json(&lines), self.transaction)
    }

    fn charge(&mut self, charged: &ChargedEntry) -> rusqlite::Result<()> {
        let lines = self.lines(&charged.postings)?;
        // Written again after a commit of unknown outcome, it is there already, and so is what it did to the balances.
        if rows::insert_spend(charged, &as_json(&lines), self.transaction)? {
            for line in &lines {
                let spent = self.spent.entry((line.account, line.window_start)).or_default();
                *spent = spent.saturating_add(line.amount);
            }
        }
        match &charged.settles {
            Settles::Request => self.delete_holds(charged.request),
            Settles::Attempt { part, taken_off } => self.hold(&HeldEntry {
                request: charged.request,
                part: *part,
                admitted_at: charged.admitted_at,
                attribution: charged.attribution.clone(),
                postings: taken_off.clone(),
            }),
        }
    }

    fn reset(&mut self, reset: &ResetEntry) -> rusqlite::Result<()> {
        let posting = Posting { account: reset.account.clone(), period: reset.period, amount: NanoUsd::ZERO };
        let account = self.numbers.number(&posting, self.transaction)?;
        let start = reset.period.start.as_microsecond();
        // Charges to the new period may have come before: what they spent is kept.
        let statement = "UPDATE balances SET spent = spent - opening + ?3, opening = ?3
                         WHERE account = ?1 AND window_start = ?2";
        self.transaction.prepare_cached(statement)?.execute(params![account, start, reset.opening.0])?;
        Ok(())
    }

    fn move_balances(&mut self) -> rusqlite::Result<()> {
        let statement = "UPDATE balances SET spent = spent + ?3 WHERE account = ?1 AND window_start = ?2";
        let mut statement = self.transaction.prepare_cached(statement)?;
        for ((account, window_start), amount) in self.spent.drain() {
            statement.execute(params![account, window_start, amount])?;
        }
        Ok(())
    }

    fn lines(&mut self, postings: &[Posting]) -> rusqlite::Result<Vec<Line>> {
        let line = |posting: &Posting| {
            let account = self.numbers.number(posting, self.transaction)?;
            let window_start = posting.period.start.as_microsecond();
            Ok(Line { account, window_start, amount: posting.amount.0 })
        };
        postings.iter().map(line).collect()
    }

    fn delete_holds(&self, request: RequestId) -> rusqlite::Result<()> {
        if !self.passing.contains(&request) {
            let statement = "DELETE FROM holds WHERE request = ?1";
            self.transaction.prepare_cached(statement)?.execute([request.0.to_be_bytes()])?;
        }
        Ok(())
    }
}

fn as_json(lines: &[Line]) -> String {
    let mut text = String::with_capacity(2 + lines.len() * 40);
    text.push('[');
    for (index, Line { account, window_start, amount }) in lines.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}[{account},{window_start},{amount}]").expect("a string takes what is written to it");
    }
    text.push(']');
    text
}

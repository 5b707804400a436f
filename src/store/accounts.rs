//! Accounts as rows: their names in columns, their numbers in postings, their last balances at start.

use std::collections::HashMap;
use std::sync::Arc;

use filters::money::NanoUsd;
use filters::state::identity::{KeyHash, OrganizationId, TeamId, UserId};
use filters::state::ledger::{AccountId, Period, Posting, RestoredAccount, Scope};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

/// An account's name as it stands in its row.
struct Columns<'a> {
    scope: &'static str,
    name: String,
    member: &'a str,
    /// Empty for the account of the whole scope: no model has an empty name.
    model: &'a str,
}

impl<'a> Columns<'a> {
    fn of(id: &'a AccountId) -> Self {
        let (scope, name, member) = match &id.scope {
            Scope::Gateway => ("gateway", String::new(), ""),
            Scope::Overrun => ("overrun", String::new(), ""),
            Scope::Organization(organization) => ("organization", organization.to_string(), ""),
            Scope::Team(team) => ("team", team.to_string(), ""),
            Scope::Member(team, user) => ("member", team.to_string(), user.as_str()),
            Scope::User(user) => ("user", user.to_string(), ""),
            Scope::Key(key) => ("key", key.to_string(), ""),
            Scope::Tag(tag) => ("tag", tag.to_string(), ""),
            Scope::Provider(provider) => ("provider", provider.to_string(), ""),
            Scope::Deployment(deployment) => ("deployment", deployment.to_string(), ""),
        };
        Self { scope, name, member, model: id.model.as_deref().unwrap_or("") }
    }
}

fn parse(scope: &str, name: &str, member: &str, model: &str) -> Option<AccountId> {
    let scope = match scope {
        "gateway" => Scope::Gateway,
        "overrun" => Scope::Overrun,
        "organization" => Scope::Organization(OrganizationId::from(name)),
        "team" => Scope::Team(TeamId::from(name)),
        "member" => Scope::Member(TeamId::from(name), UserId::from(member)),
        "user" => Scope::User(UserId::from(name)),
        "key" => Scope::Key(KeyHash::from_hex(name)?),
        "tag" => Scope::Tag(Arc::from(name)),
        "provider" => Scope::Provider(Arc::from(name)),
        "deployment" => Scope::Deployment(Arc::from(name)),
        _ => return None,
    };
    Some(AccountId { scope, model: (!model.is_empty()).then(|| Arc::from(model)) })
}

/// Every account as its last period left it.
pub(super) fn restore(connection: &Connection) -> rusqlite::Result<Vec<RestoredAccount>> {
    // SQLite takes `window_end` and `spent` from the row that has the maximum.
    let mut statement = connection.prepare(
        "SELECT scope, name, member, model, max(window_start), window_end, spent, sum(spent - opening)
         FROM balances JOIN accounts ON accounts.id = balances.account GROUP BY account",
    )?;
    statement.query_map([], restored)?.collect()
}

fn restored(row: &Row<'_>) -> rusqlite::Result<RestoredAccount> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let id = parse(text(0)?, text(1)?, text(2)?, text(3)?);
    let id = id.ok_or_else(|| unreadable(0, Type::Text, format!("scope {:?}", text(0))))?;
    let end = row.get::<_, Option<i64>>(5)?.map(instant).transpose()?;
    Ok(RestoredAccount {
        id,
        period: Period { start: instant(row.get(4)?)?, end },
        spent: NanoUsd(row.get(6)?),
        lifetime: NanoUsd(row.get(7)?),
    })
}

fn instant(microseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(microseconds).map_err(|error| unreadable(4, Type::Integer, error.to_string()))
}

fn unreadable(column: usize, kind: Type, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, what.into())
}

/// The numbers of accounts, and the period of each that already has a row: what a batch need not ask the database for.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    known: HashMap<AccountId, (i64, Period)>,
}

impl Numbers {
    /// Forgets everything, because the transaction that it was learnt in was rolled back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The account's number. Sees to it that the account and the period of the posting have their rows.
    pub(super) fn number(&mut self, posting: &Posting, connection: &Connection) -> rusqlite::Result<i64> {
        let (id, period) = (posting.account.id(), posting.period);
        match self.known.get_mut(id) {
            Some((number, known)) if *known == period => Ok(*number),
            Some((number, known)) => {
                *known = period;
                open_period(*number, period, connection)?;
                Ok(*number)
            }
            None => {
                let number = find_or_insert(id, connection)?;
                open_period(number, period, connection)?;
                self.known.insert(id.clone(), (number, period));
                Ok(number)
            }
        }
    }
}

fn find_or_insert(id: &AccountId, connection: &Connection) -> rusqlite::Result<i64> {
    let columns = Columns::of(id);
    // The update changes nothing; it makes the row that is already there come back.
    let statement = "INSERT INTO accounts (scope, name, member, model) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET scope = excluded.scope RETURNING id";
    let columns = params![columns.scope, columns.name, columns.member, columns.model];
    connection.prepare_cached(statement)?.query_row(columns, |row| row.get(0))
}

/// The end follows the budget's window, which may change while a period runs.
fn open_period(account: i64, period: Period, connection: &Connection) -> rusqlite::Result<()> {
    let statement = "INSERT INTO balances (account, window_start, window_end) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET window_end = excluded.window_end";
    let end = period.end.map(Timestamp::as_microsecond);
    connection.prepare_cached(statement)?.execute(params![account, period.start.as_microsecond(), end])?;
    Ok(())
}

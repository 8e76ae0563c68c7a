//! A new decree: a row added to a table of the law, or withdrawn when it was wrong. What was accepted
//! stays as it was; what waited for the row is judged again by whoever called.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::{LoadError, added, split};
use crate::domain::Id;
use crate::policy::{AddedRow, Fault, Rules};
use crate::store::rule_rows::{self, RuleRow};
use crate::store::{Conn, Result, StoreError, locks};

/// Who changes the law, and when. Nobody: from the command line.
#[derive(Debug, Clone, Copy)]
pub struct By {
    pub user_id: Option<Id>,
    pub at: NaiveDateTime,
}

/// Why the law is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The row does not fit, with everything that is wrong.
    #[error("{}", super::list(.0))]
    Faults(Vec<Fault>),
    /// The law says this already.
    #[error("this row stands already")]
    Stands,
    /// Other rows would not stand without the one withdrawn.
    #[error("withdraw first what follows it:\n{}", super::list(.0))]
    Needed(Vec<Fault>),
    /// The id belongs to another row.
    #[error("another row has this id")]
    Taken,
}

impl From<LoadError> for AmendError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            LoadError::Faults(faults) => Self::Faults(faults),
        }
    }
}

/// Adds a row, or gives the one that the same request added before.
///
/// # Errors
/// See [`AmendError`].
pub fn add(
    tx: &mut Conn,
    id: Id,
    table: &str,
    values: BTreeMap<String, String>,
    by: By,
) -> Result<RuleRow, AmendError> {
    locks::rules_change(tx)?;
    let row = AddedRow { table: table.to_owned(), values };
    let rows = rule_rows::all(tx)?;
    if let Some(known) = rows.iter().find(|known| known.id == id) {
        return if added(known)? == row { Ok(known.clone()) } else { Err(AmendError::Taken) };
    }
    let (mut standing, _) = split(rows)?;
    let before = Rules::load(&standing).map_err(AmendError::Faults)?;
    standing.push(row.clone());
    let after = Rules::load(&standing).map_err(AmendError::Faults)?;
    if before.version() == after.version() {
        return Err(AmendError::Stands);
    }
    let cells = serde_json::to_string(&row.values)
        .map_err(|error| StoreError::Damaged(format!("a row cannot be written: {error}")))?;
    let stored = RuleRow {
        id,
        edition: rule_rows::next_edition(tx)?,
        table_name: row.table,
        cells,
        added_at: by.at,
        added_by: by.user_id,
        withdrawn_at: None,
        withdrawn_by: None,
        withdrawn_because: None,
    };
    rule_rows::add(tx, &stored)?;
    tracing::info!(%id, table, edition = stored.edition, by = ?by.user_id, "a row was added to the law");
    Ok(stored)
}

fn faults(rows: Vec<RuleRow>) -> Result<Vec<Fault>> {
    let (standing, _) = split(rows)?;
    Ok(Rules::load(&standing).err().unwrap_or_default())
}

/// Withdraws a row that was wrong. What it ended stands again; a second call changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`]; [`AmendError::Needed`] when the rest stands worse without it.
pub fn withdraw(tx: &mut Conn, id: Id, because: &str, by: By) -> Result<RuleRow, AmendError> {
    locks::rules_change(tx)?;
    let row = rule_rows::get(tx, id)?;
    if row.withdrawn_at.is_some() {
        return Ok(row);
    }
    let rows = rule_rows::all(tx)?;
    let without = rows.iter().filter(|other| other.id != id).cloned().collect();
    // Of several rows that contradict a release each must be able to go, one after the other.
    let (before, after) = (faults(rows)?, faults(without)?);
    if after.len() > before.len() {
        return Err(AmendError::Needed(after));
    }
    let edition = rule_rows::next_edition(tx)?;
    rule_rows::withdraw(tx, id, because, by.user_id, by.at)?;
    tracing::info!(%id, edition, by = ?by.user_id, "a row of the law was withdrawn");
    Ok(rule_rows::get(tx, id)?)
}

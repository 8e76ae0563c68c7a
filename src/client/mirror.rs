//! The copy of the group's feed: each thing in its newest state, with the cursor that says how far.

use diesel::prelude::*;

use super::file::{entity, installation};
use super::{ClientError, Result};
use crate::domain::{ChangeEntity, ChangeOp};
use crate::sync::wire::{ChangesAnswer, Entity};

/// Where the copy stands; nowhere when there is none.
pub fn cursor(tx: &mut SqliteConnection) -> QueryResult<Option<String>> {
    installation::table.select(installation::cursor).first(tx)
}

/// Brings the copy up to a page's cursor.
pub fn apply(tx: &mut SqliteConnection, page: &ChangesAnswer) -> Result<()> {
    for change in &page.changes {
        let key = (change.entity.as_str(), change.id.to_string());
        match (change.op, &change.data) {
            (ChangeOp::Put, Some(data)) => {
                let data =
                    serde_json::to_string(data).map_err(|it| ClientError::File(it.to_string()))?;
                let row = (entity::kind.eq(key.0), entity::id.eq(key.1), entity::data.eq(data));
                diesel::replace_into(entity::table).values(row).execute(tx)?;
            }
            _ => {
                diesel::delete(entity::table.find(key)).execute(tx)?;
            }
        }
    }
    set_cursor(tx, Some(&page.cursor))?;
    Ok(())
}

/// Drops the copy.
pub fn forget(tx: &mut SqliteConnection) -> QueryResult<()> {
    diesel::delete(entity::table).execute(tx)?;
    set_cursor(tx, None)
}

fn set_cursor(tx: &mut SqliteConnection, cursor: Option<&str>) -> QueryResult<()> {
    diesel::update(installation::table).set(installation::cursor.eq(cursor)).execute(tx).map(drop)
}

/// All of one kind, by id.
pub fn entities(file: &mut SqliteConnection, of: ChangeEntity) -> Result<Vec<Entity>> {
    let rows: Vec<String> = entity::table
        .filter(entity::kind.eq(of.as_str()))
        .order(entity::id)
        .select(entity::data)
        .load(file)?;
    let read = |data: &String| serde_json::from_str(data);
    rows.iter()
        .map(read)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| ClientError::File(format!("an entity of the feed is damaged: {error}")))
}

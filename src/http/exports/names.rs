use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::{Areas, Id};
use crate::sheets::Cell;
use crate::store::{Conn, Reach, Result, names};

/// Names of what the rows of a part speak of.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Id, String>);

impl Names {
    pub(super) fn groups(self, conn: &mut Conn, ids: impl Iterator<Item = Id>) -> Result<Self> {
        self.with(ids, |ids| names::groups(conn, &Reach::Groups(ids)))
    }

    pub(super) fn users(self, conn: &mut Conn, ids: impl Iterator<Item = Id>) -> Result<Self> {
        self.with(ids, |ids| names::users(conn, &ids))
    }

    pub(super) fn offices(self, conn: &mut Conn, ids: impl Iterator<Item = Id>) -> Result<Self> {
        self.with(ids, |ids| names::offices(conn, &ids))
    }

    pub(super) fn organisations(
        self,
        conn: &mut Conn,
        ids: impl Iterator<Item = Id>,
    ) -> Result<Self> {
        self.with(ids, |ids| names::organisations(conn, &ids))
    }

    pub(super) fn villages(self, conn: &mut Conn, ids: impl Iterator<Item = Id>) -> Result<Self> {
        self.with(ids, |ids| names::villages(conn, &ids))
    }

    pub(super) fn drives(self, conn: &mut Conn, ids: impl Iterator<Item = Id>) -> Result<Self> {
        self.with(ids, |ids| names::drives(conn, &ids))
    }

    fn with<N: IntoIterator<Item = (Id, String)>>(
        mut self,
        ids: impl Iterator<Item = Id>,
        named: impl FnOnce(Vec<Id>) -> Result<N>,
    ) -> Result<Self> {
        let mut ids: Vec<Id> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        self.0.extend(named(ids)?);
        Ok(self)
    }

    /// The name, or the id of what has none.
    pub(super) fn of(&self, id: Id) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    pub(super) fn cell(&self, id: impl Into<Option<Id>>) -> Cell {
        Cell::text(id.into().map(|id| self.of(id)))
    }
}

/// An id as it stands on the wire.
pub(super) fn id(id: impl Into<Option<Id>>) -> Cell {
    Cell::text(id.into().map(|id| id.to_string()))
}

/// What an area is called on a day; its code when nobody knows.
pub(super) fn area(code: &str, on: NaiveDate) -> String {
    let areas = Areas::in_force();
    areas.find(code, on).map_or_else(|| code.to_owned(), |area| area.name.clone())
}

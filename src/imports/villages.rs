//! Villages: a name, and the commune it lies in. By these two a village is known, so that a file brought
//! twice makes each once.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::{About, Column, Kind, Line, Table, cells};
use crate::domain::{Areas, Id};
use crate::store::bulk::Bulk;
use crate::store::places::{self, Village};
use crate::store::{Conn, Result};

pub(super) struct Villages {
    areas: Arc<Areas>,
    today: NaiveDate,
    now: NaiveDateTime,
    /// Commune and name of those that are there.
    known: HashSet<(String, String)>,
}

impl Kind for Villages {
    const NAME: &'static str = "villages";
    const COLUMNS: &'static [Column] = &[
        Column {
            key: "name",
            also: &["village", "Tên thôn", "Thôn", "Tên", "Thôn, tổ dân phố"],
            required: true,
            about: "its name",
        },
        Column {
            key: "area_code",
            also: &["commune", "Mã xã", "Mã đơn vị hành chính"],
            required: true,
            about: "the code of its commune; an older code becomes its successor's",
        },
    ];
    const EXAMPLE: &'static str = "name,area_code\nThôn Khương Hà,19141\nThôn Bàu Mây,19141\n";

    type Row = Village;

    fn load(conn: &mut Conn, about: &About, _: &Table) -> Result<Self> {
        let known = places::all_villages(conn)?;
        let known = known.into_iter().map(|it| (it.area_code, it.name)).collect();
        Ok(Self { areas: Arc::clone(&about.areas), today: about.today(), now: about.at(), known })
    }

    fn read(&mut self, line: &mut Line) -> Option<Village> {
        let name = line.take("name", cells::name);
        let area_code = line.take("area_code", cells::area(&self.areas, self.today));
        let (name, area_code) = name.zip(area_code)?;
        let id = Id::named(&format!("village {area_code} {name}"));
        Some(Village { id, name, area_code, created_at: self.now })
    }

    fn key(row: &Village) -> Id {
        row.id
    }

    fn stands(&self, row: &Village) -> bool {
        self.known.contains(&(row.area_code.clone(), row.name.clone()))
    }

    fn write(&mut self, tx: &mut Conn, rows: &[Village]) -> Result<()> {
        Village::insert_all(tx, rows)
    }
}

//! Baselines. By office or commune, kind and day each is known: a file brought twice makes each once, and another
//! number takes the place of the one before, also of one that somebody set by hand.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::{About, Column, Kind, Line, Table, cells};
use crate::domain::{Areas, BaselineKind, Code, HolderKind, Id};
use crate::store::baselines::{self, Baseline, Own};
use crate::store::bulk::Bulk;
use crate::store::holders::{self, Known};
use crate::store::{self, Conn};

/// More people than Việt Nam has.
const MOST: i64 = 200_000_000;

fn number(cell: &str) -> Result<i64, Code> {
    let people = cells::whole(cell)?;
    if people <= MOST { Ok(people) } else { Err(Code::OutOfRange) }
}

/// What a baseline is known by.
type Key = (Option<Id>, Option<String>, BaselineKind, NaiveDate);

pub(super) struct Baselines {
    areas: Arc<Areas>,
    today: NaiveDate,
    now: NaiveDateTime,
    names: Known,
    own: Own,
    /// Those that hold.
    there: HashMap<Key, Baseline>,
}

fn key(of: &Baseline) -> Key {
    (of.office_id, of.area_code.clone(), of.kind, of.as_of)
}

impl Kind for Baselines {
    const NAME: &'static str = "baselines";
    const COLUMNS: &'static [Column] = &[
        Column {
            key: "office",
            also: &["Cơ quan", "Cơ quan BHXH"],
            required: false,
            about: "whose figure it is: the office, by id or exact name",
        },
        Column {
            key: "area_code",
            also: &["Mã xã", "Mã đơn vị hành chính"],
            required: false,
            about: "or the code of the commune",
        },
        Column {
            key: "kind",
            also: &["Số liệu", "Loại số liệu"],
            required: true,
            about: "voluntary, household, population or labour_force",
        },
        Column {
            key: "as_of", also: &["Tại ngày", "Ngày"], required: true, about: "of which day"
        },
        Column {
            key: "people", also: &["Số người"], required: true, about: "how many people"
        },
        Column { key: "source", also: &["Nguồn"], required: true, about: "who says so" },
    ];
    const EXAMPLE: &'static str = "area_code,kind,as_of,people,source\n\
        19141,population,2025-12-31,21500,Niên giám thống kê\n\
        19141,household,2025-12-31,14200,Báo cáo BHXH huyện\n";

    type Row = Baseline;

    fn load(conn: &mut Conn, about: &About, _: &Table) -> store::Result<Self> {
        let there = baselines::all(conn, about.reach)?.into_iter().map(|it| (key(&it), it));
        Ok(Self {
            areas: Arc::clone(&about.areas),
            today: about.today(),
            now: about.at(),
            there: there.collect(),
            names: holders::known(conn, about.reach)?,
            own: Own::of(conn, about.reach, &about.areas)?,
        })
    }

    fn read(&mut self, line: &mut Line) -> Option<Baseline> {
        let office_id = line.take_optional("office", |cell| {
            Ok(self.names.find(HolderKind::Office, &cells::name(cell)?)?.0)
        });
        let area_code = line.take_optional("area_code", |cell| {
            let code = cells::area(&self.areas, self.today)(cell)?;
            self.own.check(&self.areas, &code).map(|()| code)
        });
        match (line.cell("office"), line.cell("area_code")) {
            (None, None) => line.wrong("area_code", Code::Required),
            (Some(_), Some(_)) => line.wrong("area_code", Code::Conflict),
            _ => {}
        }
        let kind = line.take("kind", cells::word::<BaselineKind>);
        let as_of = line.take("as_of", cells::day);
        let people = line.take("people", number);
        let source = line.take("source", cells::name);
        let (kind, as_of) = (kind?, as_of?);
        let whose = area_code.clone().or(office_id.map(|id| id.to_string()))?;
        let row = Baseline {
            id: Id::named(&format!("baseline {whose} {kind} {as_of}")),
            office_id,
            area_code,
            kind,
            as_of,
            people: people?,
            source: source?,
            created_at: self.now,
        };
        let there = self.there.get(&key(&row)).map(|it| it.id);
        Some(Baseline { id: there.unwrap_or(row.id), ..row })
    }

    fn key(row: &Baseline) -> Id {
        row.id
    }

    fn stands(&self, row: &Baseline) -> bool {
        let there = self.there.get(&key(row));
        there.is_some_and(|it| (it.people, &it.source) == (row.people, &row.source))
    }

    fn write(&mut self, tx: &mut Conn, rows: &[Baseline]) -> store::Result<()> {
        Baseline::insert_all(tx, rows)
    }
}

//! Baselines. By office or commune, kind and day each is known: a file brought twice makes each once, and another
//! number takes the place of the one before.

use chrono::{NaiveDate, NaiveDateTime};

use super::{About, Column, Kind, Line, Table, cells};
use crate::domain::{Areas, BaselineKind, Code, HolderKind, Id};
use crate::store::baselines::Baseline;
use crate::store::bulk::Bulk;
use crate::store::holders::{self, Known};
use crate::store::{self, Conn};

/// More people than Việt Nam has.
const MOST: i64 = 200_000_000;

fn number(cell: &str) -> Result<i64, Code> {
    let people = cells::whole(cell)?;
    if people <= MOST { Ok(people) } else { Err(Code::OutOfRange) }
}

pub(super) struct Baselines {
    areas: &'static Areas,
    today: NaiveDate,
    now: NaiveDateTime,
    names: Known,
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
        let names = holders::known(conn, about.reach)?;
        Ok(Self { areas: about.areas, today: about.today(), now: about.at(), names })
    }

    fn read(&mut self, line: &mut Line) -> Option<Baseline> {
        let office_id = line.take_optional("office", |cell| {
            Ok(self.names.find(HolderKind::Office, &cells::name(cell)?)?.0)
        });
        let area_code = line.take_optional("area_code", cells::area(self.areas, self.today));
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
        Some(Baseline {
            id: Id::named(&format!("baseline {whose} {kind} {as_of}")),
            office_id,
            area_code,
            kind,
            as_of,
            people: people?,
            source: source?,
            created_at: self.now,
        })
    }

    fn key(row: &Baseline) -> Id {
        row.id
    }

    fn write(&mut self, tx: &mut Conn, rows: &[Baseline]) -> store::Result<()> {
        Baseline::insert_all(tx, rows)
    }
}

//! Residents to visit: whoever is insured already, or stands on another open list, is left out and told of. By name,
//! birth and commune, or by a code, a resident is known, so that a file brought twice puts everybody on a list once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::named_villages::NamedVillages;
use super::{About, Column, Kind, Line, Table, cells};
use crate::domain::{
    Areas, BhxhCode, BirthDate, ChangeEntity, Code, Id, PersonName, PersonalId, Scheme, Sex,
    WorklistKind, identity_key, text,
};
use crate::store::bulk::Bulk;
use crate::store::feed::News;
use crate::store::worklists::closing;
use crate::store::worklists::items::{ItemRow, Place, Who};
use crate::store::worklists::likeness::Crowd;
use crate::store::worklists::residents::{self, Known};
use crate::store::worklists::{self, Worklist};
use crate::store::{Conn, Result, StoreError, locks, news};

/// Longest address and telephone number, in characters.
const ADDRESS: usize = 300;
const SHORT: usize = 100;

pub(super) struct Residents {
    areas: Arc<Areas>,
    today: chrono::NaiveDate,
    now: chrono::NaiveDateTime,
    given: Option<Id>,
    lists: HashMap<Id, Worklist>,
    villages: NamedVillages,
    known: Known,
    /// Those of the file, each with the scheme and the line.
    seen: Crowd<(Scheme, u64)>,
    written: Vec<(Id, Option<Id>)>,
}

/// What a line says of a resident.
struct Stated {
    name: PersonName,
    birth: BirthDate,
    sex: Sex,
    area_code: String,
    bhxh_code: Option<BhxhCode>,
    personal_id: Option<PersonalId>,
}

impl Stated {
    fn read(line: &mut Line, areas: &Areas, today: chrono::NaiveDate) -> Option<Self> {
        let name = line.take("full_name", PersonName::parse);
        let birth = line.take("birth_date", birth);
        let sex = line.take("sex", sex);
        let area_code = line.take("area_code", cells::area(areas, today));
        let bhxh_code = line.take_optional("bhxh_code", BhxhCode::parse);
        let personal_id = line.take_optional("personal_id", PersonalId::parse);
        Some(Self {
            name: name?,
            birth: birth?,
            sex: sex?,
            area_code: area_code?,
            bhxh_code,
            personal_id,
        })
    }

    fn identity_key(&self) -> String {
        identity_key(&self.name, self.sex, self.birth.year(), &self.area_code)
    }
}

/// As programs write it, or as people here do: `5/3/1988`.
fn birth(cell: &str) -> std::result::Result<BirthDate, Code> {
    if cell.contains('/') { cells::day(cell).map(BirthDate::Day) } else { BirthDate::parse(cell) }
}

fn sex(cell: &str) -> std::result::Result<Sex, Code> {
    match text::folded(cell).as_str() {
        "nam" => Ok(Sex::Male),
        "nu" => Ok(Sex::Female),
        _ => cells::word(cell),
    }
}

const fn column(
    key: &'static str,
    also: &'static [&'static str],
    required: bool,
    about: &'static str,
) -> Column {
    Column { key, also, required, about }
}

impl Kind for Residents {
    const NAME: &'static str = "worklist";
    const COLUMNS: &'static [Column] = &[
        column("full_name", &["Họ và tên", "Họ tên"], true, "as on the papers"),
        column("birth_date", &["Ngày sinh", "Năm sinh"], true, "1988-03-05, 05/03/1988 or 1988"),
        column("sex", &["Giới tính"], true, "male or female, nam or nữ"),
        column("area_code", &["Mã xã", "Mã đơn vị hành chính"], true, "the code of the commune"),
        column("address", &["Địa chỉ"], false, "house, street"),
        column(
            "village",
            &["Thôn", "Thôn, tổ dân phố"],
            false,
            "the name or id of a village that is known",
        ),
        column("phone", &["Điện thoại", "Số điện thoại"], false, "a telephone number"),
        column("bhxh_code", &["Mã số BHXH"], false, "10 digits"),
        column("personal_id", &["CCCD", "Số CCCD", "Số định danh"], false, "12 digits"),
        column("worklist_id", &["Mã danh sách"], false, "the list, where the request names none"),
    ];
    const EXAMPLE: &'static str = "full_name,birth_date,sex,area_code,village,phone\n\
                                   Nguyễn Thị Lan,1988-03-05,nữ,19141,Thôn 3,0912345678\n";

    type Row = ItemRow;

    fn load(conn: &mut Conn, about: &About, table: &Table) -> Result<Self> {
        let (areas, today) = (Arc::clone(&about.areas), about.today());
        let mut ids: HashSet<Id> = about.worklist_id.into_iter().collect();
        let named = |line: Line| line.cell("worklist_id").and_then(|cell| cell.parse::<Id>().ok());
        ids.extend(table.lines().filter_map(named));
        let mut lists = HashMap::new();
        for id in ids {
            match worklists::own(conn, about.reach, id) {
                Ok(list) => drop(lists.insert(id, list)),
                Err(StoreError::NotFound) if about.worklist_id != Some(id) => {}
                Err(error) => return Err(error),
            }
        }
        let villages = NamedVillages::load(conn)?;
        let (given, now) = (about.worklist_id, about.at());
        let (known, seen) = (Known::default(), Crowd::default());
        Ok(Self { areas, today, now, given, lists, villages, known, seen, written: vec![] })
    }

    fn read(&mut self, line: &mut Line) -> Option<ItemRow> {
        let stated = Stated::read(line, &self.areas, self.today);
        let address = line.take_optional("address", cells::text(ADDRESS)).unwrap_or_default();
        let phone = line.take_optional("phone", cells::text(SHORT));
        let named = line
            .take_optional("worklist_id", |cell| cell.parse::<Id>().map_err(|_| Code::BadFormat));
        let list = match named.or(self.given) {
            Some(id) => self.lists.get(&id),
            None => {
                line.wrong("worklist_id", Code::Required);
                None
            }
        };
        match list {
            None if named.is_some() => line.wrong("worklist_id", Code::NotFound),
            Some(list) if list.kind != WorklistKind::NeverJoined => {
                line.wrong("worklist_id", Code::Conflict);
            }
            _ => {}
        }
        let area = stated.as_ref().map(|it| it.area_code.as_str()).unwrap_or_default();
        let village = line.take_optional("village", |cell| self.villages.find(area, cell));
        let (stated, list) = stated.zip(list)?;
        let identity_key = stated.identity_key();
        let text = |code: &str| code.to_owned();
        let who = Who {
            person_id: None,
            full_name: stated.name.as_written().to_owned(),
            birth: stated.birth.to_string(),
            sex: stated.sex,
            phone,
            bhxh_code: stated.bhxh_code.as_ref().map(|code| text(code.as_str())),
            personal_id: stated.personal_id.as_ref().map(|code| text(code.as_str())),
            identity_key,
        };
        let place = Place {
            area_code: stated.area_code,
            village_id: village.map(|it| it.id),
            village: village.map_or("", |it| it.name.as_str()),
            address,
        };
        let row = ItemRow::new(list, who, place, None);
        Some(ItemRow { created_at: self.now, changed_at: self.now, ..row })
    }

    /// Nobody is enrolled meanwhile who is new, and nobody known who is mentioned.
    fn settle(&mut self, tx: &mut Conn, rows: &mut [(u64, ItemRow)]) -> Result<()> {
        locks::all_names(tx)?;
        self.known =
            residents::known(tx, rows.iter().map(|(_, row)| row), self.lists.keys().copied())?;
        for (_, row) in rows {
            if let Some(id) = self.known.owner(row.codes()) {
                *row = row.clone().of_person(id);
            }
        }
        Ok(())
    }

    fn key(row: &ItemRow) -> Id {
        row.id
    }

    fn repeats(&mut self, row: &ItemRow, line: u64) -> Option<u64> {
        let who = self.known.likeness(row);
        let first = self.seen.who_are(&who).find(|(scheme, _)| *scheme == row.scheme);
        let first = first.map(|(_, line)| *line);
        if first.is_none() {
            self.seen.add(who, (row.scheme, line));
        }
        first
    }

    fn stands(&self, row: &ItemRow) -> bool {
        self.known.stands(row)
    }

    fn skips(&self, row: &ItemRow) -> Option<Code> {
        self.known.skips(row, self.today)
    }

    fn write(&mut self, tx: &mut Conn, rows: &[ItemRow]) -> Result<()> {
        ItemRow::insert_all(tx, rows)?;
        self.written.extend(rows.iter().map(|row| (row.id, row.group_id)));
        Ok(())
    }

    /// The groups of the lists hear of it when they ask.
    fn finish(self, tx: &mut Conn) -> Result<()> {
        let ids: Vec<Id> = self.written.iter().map(|(id, _)| *id).collect();
        if closing::rows(tx, &ids)?.len() != ids.len() {
            return Err(StoreError::Race);
        }
        let put = |(id, group_id): &(Id, Option<Id>)| {
            let news = News::put(ChangeEntity::WorklistItem, *id);
            Some((id.derive(&format!("import/{}", self.now)), (*group_id)?, news))
        };
        news::leave(tx, &self.written.iter().filter_map(put).collect::<Vec<_>>(), self.now)
    }
}

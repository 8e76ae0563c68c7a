//! Targets of whoever may have one. By holder, measure, scheme, period and, of what belongs to no group, the plan's
//! office a target is known: a file brought twice makes each once, and another number of people takes the place
//! of the one before.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::{About, Column, Kind, Line, Table, cells};
use crate::domain::{Areas, Code, HolderKind, Id, Measure, Scheme};
use crate::store::bulk::Bulk;
use crate::store::holders::{self, Known};
use crate::store::targets::{self, Target, Wanted};
use crate::store::{Conn, Result, StoreError};

/// More people than Việt Nam has.
const MOST: i64 = 200_000_000;

/// What a target is known by.
type Key = (HolderKind, String, Option<Id>, Measure, Option<Scheme>, NaiveDate, NaiveDate);

pub(super) struct Targets {
    areas: Arc<Areas>,
    today: NaiveDate,
    now: NaiveDateTime,
    usual_office: Option<Id>,
    names: Known,
    there: HashMap<Id, Target>,
    by_key: HashMap<Key, Id>,
    told: Vec<Target>,
}

fn key(target: &Target) -> Key {
    let office_id = target.office_id.filter(|_| target.group_id.is_none());
    let holder = (target.holder_kind, target.holder_id.clone());
    let period = (target.starts_on, target.ends_on);
    (holder.0, holder.1, office_id, target.measure, target.scheme, period.0, period.1)
}

impl Kind for Targets {
    const NAME: &'static str = "targets";
    const COLUMNS: &'static [Column] = &[
        Column {
            key: "holder_kind",
            also: &["Loại đơn vị", "Đối tượng giao", "Cấp"],
            required: true,
            about: "office, group, organisation, agent, village, association or area",
        },
        Column {
            key: "holder",
            also: &["Đơn vị", "Đơn vị được giao", "Tên đơn vị"],
            required: true,
            about: "its id or exact name; of an agent the login, of an area the code; a village also as 19141 NAME",
        },
        Column {
            key: "scheme",
            also: &["Loại hình"],
            required: false,
            about: "voluntary or household; empty for vssid",
        },
        Column { key: "from", also: &["Từ ngày"], required: true, about: "first day" },
        Column { key: "to", also: &["Đến ngày"], required: true, about: "last day" },
        Column {
            key: "people",
            also: &["Chỉ tiêu", "Số người", "Chỉ tiêu (người)"],
            required: true,
            about: "how many people",
        },
        Column {
            key: "measure",
            also: &["Chỉ số", "Loại chỉ tiêu"],
            required: false,
            about: "enrolled unless given, taking_part or vssid",
        },
        Column {
            key: "part_of",
            also: &["Thuộc chỉ tiêu"],
            required: false,
            about: "the id of the target it is a part of",
        },
        Column {
            key: "office",
            also: &["Cơ quan giao", "Cơ quan BHXH"],
            required: false,
            about: "whose plan it is, id or exact name; needed for organisation, village and area",
        },
    ];
    const EXAMPLE: &'static str = "\
holder_kind,holder,scheme,from,to,people
group,Nhóm 1,household,2027-01-01,2027-12-31,1200
agent,lan,voluntary,01/01/2027,31/03/2027,40
";

    type Row = Target;

    fn load(conn: &mut Conn, about: &About, _: &Table) -> Result<Self> {
        let all = targets::all(conn, about.reach, &Wanted::default())?;
        Ok(Self {
            areas: Arc::clone(&about.areas),
            today: about.today(),
            now: about.at(),
            usual_office: about.office_id,
            names: holders::known(conn, about.reach)?,
            by_key: all.iter().rev().map(|it| (key(it), it.id)).collect(),
            there: all.into_iter().map(|it| (it.id, it)).collect(),
            told: Vec::new(),
        })
    }

    fn read(&mut self, line: &mut Line) -> Option<Target> {
        let kind = line.take("holder_kind", kind);
        let holder = line.take("holder", |cell| match kind {
            Some(HolderKind::Area) => {
                let code = cells::commune(&self.areas, self.today)(cell)?;
                Ok((code, holders::Place::default()))
            }
            Some(kind) => {
                let (id, place) = self.names.find(kind, &cells::name(cell)?)?;
                Ok((id.to_string(), place))
            }
            None => Ok((String::new(), holders::Place::default())),
        });
        let measure = line.take_optional("measure", cells::word::<Measure>);
        let measure = measure.unwrap_or(Measure::Enrolled);
        let scheme = match (measure, line.cell("scheme")) {
            (Measure::Vssid, None) => None,
            (Measure::Vssid, Some(_)) => {
                line.wrong("scheme", Code::Conflict);
                None
            }
            _ => line.take("scheme", scheme),
        };
        let from = line.take("from", cells::day);
        let to = line.take("to", cells::day);
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            line.wrong("to", Code::OutOfRange);
        }
        let people = line.take("people", cells::count(MOST));
        let office = line.take_optional("office", |cell| {
            Ok(self.names.find(HolderKind::Office, &cells::name(cell)?)?.0)
        });
        let part_of = line.take_optional("part_of", |cell| {
            let id: Id = cell.parse()?;
            self.there.contains_key(&id).then_some(id).ok_or(Code::NotFound)
        });
        let (holder_id, place) = holder?;
        let office_id = office.or(self.usual_office).or(place.office_id);
        if office_id.is_none() && place.group_id.is_none() {
            line.wrong("office", Code::Required);
        }
        let target = Target {
            id: Id::NIL,
            group_id: place.group_id,
            scheme,
            starts_on: from?,
            ends_on: to?,
            people: people?,
            created_at: self.now,
            holder_kind: kind?,
            holder_id,
            office_id,
            part_of,
            measure,
        };
        Some(self.known(line, target))
    }

    fn key(row: &Target) -> Id {
        row.id
    }

    fn stands(&self, row: &Target) -> bool {
        self.there.get(&row.id).is_some_and(|it| it.people == row.people)
    }

    fn write(&mut self, tx: &mut Conn, rows: &[Target]) -> Result<()> {
        self.told.extend(rows.iter().filter(|row| row.group_id.is_some()).cloned());
        Target::insert_all(tx, rows)
    }

    fn finish(self, tx: &mut Conn) -> Result<()> {
        targets::publish(tx, &self.told)
    }
}

impl Targets {
    /// The target under the id it has already, or the one that follows from what it is known by; a part fits
    /// its whole.
    fn known(&self, line: &mut Line, target: Target) -> Target {
        let key = key(&target);
        if let Some(there) = self.by_key.get(&key).and_then(|id| self.there.get(id)) {
            if target.part_of.is_some() && target.part_of != there.part_of {
                line.wrong("part_of", Code::Conflict);
            }
            return Target { people: target.people, ..there.clone() };
        }
        if let Some(whole) = target.part_of.and_then(|id| self.there.get(&id))
            && let Err(StoreError::Wrong(field)) = targets::fits(&target, whole)
        {
            line.wrong(field.path.trim_start_matches('/'), field.code);
        }
        let (kind, holder, office, measure, scheme, from, to) = key;
        let words = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
        let scheme = scheme.map(Scheme::as_str).unwrap_or_default();
        let mut name =
            format!("target {kind} {holder} {} {measure} {scheme} {from} {to}", words(office));
        let mut id = Id::named(&name);
        // Its period was changed since: then this is another one.
        while self.there.contains_key(&id) {
            name.push('+');
            id = Id::named(&name);
        }
        Target { id, ..target }
    }
}

/// Kinds of holders in the field's own words.
const KINDS: [(&str, HolderKind); 9] = [
    ("cơ quan", HolderKind::Office),
    ("nhóm", HolderKind::Group),
    ("tổ chức dịch vụ", HolderKind::Organisation),
    ("nhân viên", HolderKind::Agent),
    ("nhân viên thu", HolderKind::Agent),
    ("thôn", HolderKind::Village),
    ("hội", HolderKind::Association),
    ("đoàn thể", HolderKind::Association),
    ("xã", HolderKind::Area),
];

fn kind(cell: &str) -> std::result::Result<HolderKind, Code> {
    let word = cells::name(cell)?.to_lowercase();
    let vietnamese = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    vietnamese.map_or_else(|| cells::word(&word), Ok)
}

fn scheme(cell: &str) -> std::result::Result<Scheme, Code> {
    match cells::name(cell)?.to_lowercase().as_str() {
        "bhxh tự nguyện" => Ok(Scheme::Voluntary),
        "bhyt hộ gia đình" => Ok(Scheme::Household),
        word => cells::word(word),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_of_the_field() {
        assert_eq!(kind("Thôn"), Ok(HolderKind::Village));
        assert_eq!(kind("GROUP"), Ok(HolderKind::Group));
        assert_eq!(kind("team"), Err(Code::BadFormat));
        assert_eq!(scheme("BHXH tự nguyện"), Ok(Scheme::Voluntary));
    }

    #[test]
    fn each_kind_of_holder_has_a_word() {
        let words: HashSet<HolderKind> = KINDS.iter().map(|(_, kind)| *kind).collect();
        assert_eq!(words.len(), HolderKind::ALL.len());
    }
}

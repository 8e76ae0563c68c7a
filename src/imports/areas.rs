//! Areas: what a reform brings. A line is an area from its first day on; it takes the place of the one of the same code
//! and first day, or is added. The table of all is checked as a whole.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::{About, Column, Kind, Line, LineError, Table};
use crate::domain::{Area, AreaFault, Areas, Code, Id};
use crate::store::{Conn, Result, StoreError, area_tables, locks, reform, rule_rows};

pub(super) struct Reform {
    /// What is in force until now.
    areas: Arc<Areas>,
    now: NaiveDateTime,
    today: NaiveDate,
    /// What is wrong with lines because of other lines, or of the table.
    wrong: HashMap<u64, Vec<Fault>>,
    written: Vec<Area>,
}

/// The column, what is wrong, and the code of the area it is about.
type Fault = (&'static str, Code, Option<String>);

const fn column(key: &'static str, also: &'static [&'static str], about: &'static str) -> Column {
    Column { key, also, required: true, about }
}

impl Kind for Reform {
    const NAME: &'static str = "areas";
    const COLUMNS: &'static [Column] = &[
        column(
            "code",
            &["Mã", "Mã đơn vị hành chính"],
            "2 digits a province, 3 a district, 5 a commune",
        ),
        column("name", &["Tên", "Tên đơn vị hành chính"], "with its kind, Xã Bố Trạch"),
        column("level", &["Cấp"], "province, district or commune"),
        column("parent_code", &["Mã cấp trên"], "the area around it; empty for a province"),
        column("valid_from", &["Từ ngày"], "its first day; empty when older than the table"),
        column("valid_to", &["Đến ngày"], "its last day; empty while it stands"),
        column("successor_codes", &["Mã mới"], "who took it in, parted by |, the main one first"),
        column("lat", &["Vĩ độ"], "of its middle, degrees; empty: on no map"),
        column("lon", &["Kinh độ"], "of its middle, degrees; empty: on no map"),
    ];
    const EXAMPLE: &'static str = "\
code,name,level,parent_code,valid_from,valid_to,successor_codes,lat,lon
19141,Xã Bố Trạch,commune,44,2025-07-01,2026-10-31,19142,17.5385,106.411
19142,Phường Bố Trạch,commune,44,2026-11-01,,,17.5385,106.411
";

    type Row = Area;

    /// Nobody decides until all is written: the table is a part of the law.
    fn load(tx: &mut Conn, about: &About, table: &Table) -> Result<Self> {
        locks::rules_change(tx)?;
        let areas = area_tables::in_force(tx)?;
        let today = about.today();
        let mut lines = Vec::with_capacity(table.len());
        let mut seen = HashSet::new();
        for line in table.lines() {
            // Of two lines about the same the first one counts.
            if let Ok(area) = read(&line, today)
                && seen.insert((area.code.clone(), area.valid_from))
            {
                lines.push((line.number(), area));
            }
        }
        let wrong = faults(&areas, lines);
        Ok(Self { areas, now: about.at(), today, wrong, written: Vec::new() })
    }

    fn read(&mut self, line: &mut Line) -> Option<Area> {
        for (column, code, other) in self.wrong.remove(&line.number()).unwrap_or_default() {
            line.note(LineError { hint: other, ..LineError::new(line.number(), column, code) });
        }
        let found = read(line, self.today);
        let told = |wrong: Vec<_>| wrong.into_iter().for_each(|(it, code)| line.wrong(it, code));
        found.map_err(told).ok()
    }

    fn key(row: &Area) -> Id {
        Id::named(&format!("area {} {:?}", row.code, row.valid_from))
    }

    fn stands(&self, row: &Area) -> bool {
        let first = row.valid_from.unwrap_or(NaiveDate::MIN);
        self.areas.find(&row.code, first).is_some_and(|known| known.says(row))
    }

    fn write(&mut self, _: &mut Conn, rows: &[Area]) -> Result<()> {
        self.written.extend_from_slice(rows);
        Ok(())
    }

    fn finish(self, tx: &mut Conn) -> Result<()> {
        let is_another = !self.written.is_empty();
        let areas = self.areas.with(self.written).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            StoreError::Damaged(faults.join("; "))
        })?;
        // The same file again leads on what somebody wrote meanwhile by an older table.
        reform::move_communes(tx, &self.areas.moved(&areas), self.now)?;
        if !is_another {
            return Ok(());
        }
        let edition = rule_rows::next_edition(tx)?;
        area_tables::add(tx, edition, &areas, self.now)
    }
}

/// Until its day an area is what it was: the commune of today must be one that is there today.
fn read(line: &Line, today: NaiveDate) -> std::result::Result<Area, Vec<(&'static str, Code)>> {
    let area = Area::read(|column| line.cell(column))?;
    let days = [("valid_from", area.valid_from), ("valid_to", area.valid_to)];
    let later = days.into_iter().filter(|(_, day)| day.is_some_and(|day| day > today));
    let wrong: Vec<_> = later.map(|(column, _)| (column, Code::OutOfRange)).collect();
    if wrong.is_empty() { Ok(area) } else { Err(wrong) }
}

/// What does not fit, by line. A line that is at fault is left out, and what rested on it is looked at again, until
/// the rest fits together.
fn faults(areas: &Areas, mut lines: Vec<(u64, Area)>) -> HashMap<u64, Vec<Fault>> {
    let mut wrong: HashMap<u64, Vec<Fault>> = HashMap::new();
    while let Err(found) = areas.with(lines.iter().map(|(_, area)| area.clone()).collect()) {
        let mut bad: HashMap<u64, Vec<Fault>> = HashMap::new();
        for fault in found {
            for number in blamed(&lines, &fault) {
                let AreaFault { column, why, ref other, .. } = fault;
                let told = bad.entry(number).or_default();
                // A hundred communes may miss the same province.
                let fault = (column, why, other.clone());
                if !told.contains(&fault) {
                    told.push(fault);
                }
            }
        }
        if bad.is_empty() {
            break;
        }
        lines.retain(|(number, _)| !bad.contains_key(number));
        wrong.extend(bad);
    }
    wrong
}

/// The line itself; for an area that was there before, the lines of whatever it misses, or else of its own code.
fn blamed(lines: &[(u64, Area)], fault: &AreaFault) -> Vec<u64> {
    let (code, from): &(String, Option<NaiveDate>) = &fault.area;
    let of = |found: &dyn Fn(&Area) -> bool| -> Vec<u64> {
        lines.iter().filter(|(_, area)| found(area)).map(|(number, _)| *number).collect()
    };
    let own = of(&|area| area.code == *code && area.valid_from == *from);
    if !own.is_empty() {
        return own;
    }
    let missed = of(&|area| fault.other.as_ref() == Some(&area.code));
    if missed.is_empty() { of(&|area| area.code == *code) } else { missed }
}

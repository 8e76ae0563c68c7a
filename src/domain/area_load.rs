//! Reads the table of areas and links every row to its parent and its main successor, so that later lookups only
//! follow numbers.

use super::area::{Area, AreaLevel, Areas};
use super::code::Code;
use super::day::parse_day;
use super::text::clean_text;
use chrono::NaiveDate;
use csv::StringRecord;
use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// The columns of a table of areas.
const COLUMNS: [&str; 9] = [
    "code",
    "name",
    "level",
    "parent_code",
    "valid_from",
    "valid_to",
    "successor_codes",
    "lat",
    "lon",
];
/// Longest name, in characters.
const NAME: usize = 100;

/// Why a row does not fit the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The row's own code and first day.
    pub area: (String, Option<NaiveDate>),
    pub column: &'static str,
    pub why: Code,
    /// The code of the area that it contradicts or that is missing.
    pub other: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { area: (code, from), column, why, other } = self;
        write!(f, "area {code}")?;
        from.iter().try_for_each(|from| write!(f, " of {from}"))?;
        write!(f, ", {column}: {why}")?;
        other.iter().try_for_each(|other| write!(f, " [{other}]"))
    }
}

impl Area {
    /// Reads a row, its cells by the names of the columns of `data/areas.csv`; `None` is an empty cell.
    ///
    /// # Errors
    /// All columns with something wrong, and what.
    pub fn read<'a>(
        cell: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, Vec<(&'static str, Code)>> {
        let mut row = Row { cell, wrong: Vec::new() };
        let level: Option<AreaLevel> =
            row.take("level", |text| text.parse().map_err(|_| Code::BadFormat));
        let code = row.take("code", |text| match level {
            Some(level) => code(level, text),
            None => Ok(text.to_owned()),
        });
        let name = row.take("name", |text| clean_text(text, NAME));
        let parent_code = row.take_optional("parent_code", |text| Ok(text.to_owned()));
        let valid_from = row.take_optional("valid_from", parse_day);
        let valid_to = row.take_optional("valid_to", |text| match parse_day(text)? {
            day if valid_from.is_some_and(|from| day < from) => Err(Code::OutOfRange),
            day => Ok(day),
        });
        let successors = row.take_optional("successor_codes", |text| {
            Ok(text.split('|').filter(|code| !code.is_empty()).map(str::to_owned).collect())
        });
        let successors: Vec<String> = successors.unwrap_or_default();
        let lat = row.take_optional("lat", degrees(-90.0..=90.0));
        let lon = row.take_optional("lon", degrees(-180.0..=180.0));
        if level.is_some_and(|level| (level == AreaLevel::Province) != parent_code.is_none()) {
            let why = if parent_code.is_none() { Code::Required } else { Code::BadFormat };
            row.wrong.push(("parent_code", why));
        }
        match (code, name, level) {
            (Some(code), Some(name), Some(level)) if row.wrong.is_empty() => Ok(Self {
                code,
                name,
                level,
                parent_code,
                valid_from,
                valid_to,
                successors,
                lat,
                lon,
                index: 0,
            }),
            _ => Err(row.wrong),
        }
    }
}

/// Cells, and what is wrong with them.
struct Row<F> {
    cell: F,
    wrong: Vec<(&'static str, Code)>,
}

impl<'a, F: Fn(&'static str) -> Option<&'a str>> Row<F> {
    fn take<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        if (self.cell)(column).is_none() {
            self.wrong.push((column, Code::Required));
        }
        self.take_optional(column, parse)
    }

    fn take_optional<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        parse((self.cell)(column)?).map_err(|code| self.wrong.push((column, code))).ok()
    }
}

/// A code of as many digits as its rung has.
fn code(level: AreaLevel, text: &str) -> Result<String, Code> {
    let digits = match level {
        AreaLevel::Province => 2,
        AreaLevel::District => 3,
        AreaLevel::Commune => 5,
    };
    let is_code = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| text.to_owned()).ok_or(Code::BadFormat)
}

fn degrees(range: RangeInclusive<f64>) -> impl FnOnce(&str) -> Result<f64, Code> {
    move |text| {
        let degrees = text.parse().map_err(|_| Code::BadFormat)?;
        if range.contains(&degrees) { Ok(degrees) } else { Err(Code::OutOfRange) }
    }
}

pub(super) fn load(csv: &str) -> Result<Areas, String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    if header != COLUMNS.as_slice() {
        return Err(format!("areas: columns are {header:?}, not {COLUMNS:?}"));
    }
    let mut rows = Vec::with_capacity(csv.len() / 64);
    let mut wrong = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| format!("areas: {error}"))? {
        let cell = |column| {
            let at = COLUMNS.iter().position(|it| *it == column)?;
            record.get(at).filter(|cell| !cell.is_empty())
        };
        match Area::read(cell) {
            Ok(area) => rows.push(area),
            Err(columns) => wrong.push(format!("areas: {columns:?} in {record:?}")),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    link(rows).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("\n")
    })
}

/// The table of these rows.
pub(super) fn link(mut rows: Vec<Area>) -> Result<Areas, Vec<Fault>> {
    let mut by_code: HashMap<String, Vec<usize>> = HashMap::with_capacity(rows.len());
    let mut by_parent: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, area) in rows.iter_mut().enumerate() {
        area.index = at;
        by_code.entry(area.code.clone()).or_default().push(at);
        let parent = area.parent_code.clone().unwrap_or_default();
        by_parent.entry(parent).or_default().push(at);
    }
    for eras in by_code.values_mut() {
        eras.sort_unstable_by_key(|at| std::cmp::Reverse(rows[*at].valid_from));
    }
    for children in by_parent.values_mut() {
        children.sort_unstable_by(|a, b| rows[*a].code.cmp(&rows[*b].code));
    }
    let links = Links { rows: &rows, by_code: &by_code };
    let mut faults = links.shared_days();
    let mut parent = Vec::with_capacity(rows.len());
    let mut successor = Vec::with_capacity(rows.len());
    for area in &rows {
        parent.push(links.parent_of(area).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        }));
        successor.push(links.successor_of(area).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        }));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let (search_keys, tag) = (OnceLock::new(), OnceLock::new());
    Ok(Areas { rows, by_code, parent, successor, by_parent, search_keys, tag })
}

/// Rows that are to be linked.
struct Links<'a> {
    rows: &'a [Area],
    /// The newest first.
    by_code: &'a HashMap<String, Vec<usize>>,
}

impl Links<'_> {
    fn eras(&self, code: &str) -> impl Iterator<Item = usize> {
        self.by_code.get(code).into_iter().flatten().copied()
    }

    fn on(&self, code: &str, day: NaiveDate) -> Option<usize> {
        self.eras(code).find(|at| self.rows[*at].valid_on(day))
    }

    /// Areas of one code that are there on the same day.
    fn shared_days(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for eras in self.by_code.values() {
            for pair in eras.windows(2) {
                let (newer, older) = (&self.rows[pair[0]], &self.rows[pair[1]]);
                if older.valid_to.is_none() || older.valid_to >= newer.valid_from {
                    faults.push(fault(newer, "valid_from", Code::Conflict, Some(&older.code)));
                }
            }
        }
        faults
    }

    /// The newest area of the parent's code that shares a day with the child.
    fn parent_of(&self, area: &Area) -> Result<Option<usize>, Fault> {
        let Some(code) = &area.parent_code else {
            return Ok(None);
        };
        let shares_a_day = |other: &Area| {
            other.valid_from.is_none_or(|from| area.valid_to.is_none_or(|to| from <= to))
                && area.valid_from.is_none_or(|from| other.valid_to.is_none_or(|to| from <= to))
        };
        let parent = self.eras(code).find(|at| shares_a_day(&self.rows[*at]));
        let last = area.valid_to.unwrap_or(NaiveDate::MAX);
        let is_there =
            area.valid_from.into_iter().chain([last]).all(|day| self.on(code, day).is_some());
        let parent = parent.filter(|at| is_there && self.rows[*at].level < area.level);
        match parent {
            Some(at) => Ok(Some(at)),
            None => Err(fault(area, "parent_code", Code::AreaUnknown, Some(code))),
        }
    }

    /// The main successor: its area of the day after this one ended. Nobody lives nowhere afterwards; districts ended
    /// for good.
    fn successor_of(&self, area: &Area) -> Result<Option<usize>, Fault> {
        let column = "successor_codes";
        let Some(end) = area.valid_to else {
            let other = area.successors.first();
            return other
                .map_or(Ok(None), |code| Err(fault(area, "valid_to", Code::Required, Some(code))));
        };
        let next = end.succ_opt().unwrap_or(end);
        if let Some(code) = area.successors.iter().find(|code| self.on(code, next).is_none()) {
            return Err(fault(area, column, Code::AreaUnknown, Some(code)));
        }
        match area.successors.first() {
            Some(code) => Ok(self.on(code, next)),
            None if area.level == AreaLevel::District => Ok(None),
            None => Err(fault(area, column, Code::Required, None)),
        }
    }
}

fn fault(area: &Area, column: &'static str, why: Code, other: Option<&String>) -> Fault {
    Fault { area: (area.code.clone(), area.valid_from), column, why, other: other.cloned() }
}

/// FNV-1a: the same in every server.
pub(super) fn digest(rows: &[Area]) -> String {
    let number = rows.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, area| {
        let row = format!("{area:?}");
        row.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    });
    format!("{number:016x}")
}

pub(super) fn write(rows: &[Area]) -> Result<String, String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let told = |error: csv::Error| error.to_string();
    out.write_record(COLUMNS).map_err(told)?;
    for area in rows {
        let day = |day: Option<NaiveDate>| day.map(|it| it.to_string()).unwrap_or_default();
        let degrees = |it: Option<f64>| it.map(|it| it.to_string()).unwrap_or_default();
        out.write_record([
            area.code.as_str(),
            area.name.as_str(),
            area.level.as_str(),
            area.parent_code.as_deref().unwrap_or_default(),
            &day(area.valid_from),
            &day(area.valid_to),
            &area.successors.join("|"),
            &degrees(area.lat),
            &degrees(area.lon),
        ])
        .map_err(told)?;
    }
    let bytes = out.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(rows: &str) -> String {
        load(&format!("{}\n{rows}", COLUMNS.join(","))).unwrap_err()
    }

    #[test]
    fn damaged_tables_are_refused_with_the_row() {
        assert!(load("code,name\n01,A\n").is_err());
        let twice = "44,A,province,,,2025-07-01,45,,\n44,B,province,,2025-07-01,,,,\n";
        assert!(error(twice).contains("area 44 of 2025-07-01, valid_from: conflict"));
        assert!(error("455,A,district,44,,,,,\n").contains("parent_code: area_unknown [44]"));
        assert!(error("44,A,province,,,2025-06-30,45,,\n").contains("area_unknown [45]"));
        assert!(error("44,A,province,,,2025-06-30,,,\n").contains("successor_codes: required"));
        assert!(error("44,A,province,,,,45,,\n").contains("valid_to: required"));
        for (row, column) in [
            ("44,A,county,,,,,,\n", "level"),
            ("44,A,province,,30/6/2025,,,,\n", "valid_from"),
            ("44,A,province,,2025-07-01,2025-06-30,,,\n", "valid_to"),
            ("044,A,province,,,,,,\n", "code"),
            ("44,,province,,,,,,\n", "name"),
            ("44,A,province,01,,,,,\n", "parent_code"),
            ("19141,A,commune,,,,,,\n", "parent_code"),
            ("44,A,province,,,,,91,\n", "lat"),
            ("44,A,province,,,,,,NaN\n", "lon"),
        ] {
            assert!(error(row).contains(&format!("(\"{column}\"")), "{column}: {}", error(row));
        }
    }

    /// A parent must be there from the first to the last day.
    #[test]
    fn nobody_outlives_the_area_around_him() {
        let rows =
            "44,A,province,,,2025-06-30,45,,\n45,B,province,,,,,,\n19141,C,commune,44,,,,,\n";
        assert!(error(rows).contains("area 19141, parent_code: area_unknown [44]"));
    }

    #[test]
    fn what_is_written_is_read() {
        let rows = "44,\"A, \"\"B\"\"\",province,,,2025-06-30,45|46,17.5,106.25\n\
                    45,B,province,,,,,,\n46,C,province,,2025-07-01,,,,\n";
        let file = format!("{}\n{rows}", COLUMNS.join(","));
        assert_eq!(load(&file).unwrap().to_csv(), Ok(file));
    }
}

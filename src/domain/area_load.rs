//! Reads the table of areas and links every row to its parent and its main
//! successor, so that later lookups only follow numbers.

use super::area::{Area, Areas};
use super::day::parse_day;
use chrono::NaiveDate;
use csv::StringRecord;
use std::collections::HashMap;
use std::sync::OnceLock;

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

pub(super) fn load(csv: &str) -> Result<Areas, String> {
    let rows = read_rows(csv)?;
    let mut by_code: HashMap<String, Vec<usize>> = HashMap::with_capacity(rows.len());
    let mut by_parent: HashMap<String, Vec<usize>> = HashMap::new();
    for area in &rows {
        match by_code.get_mut(&area.code) {
            Some(eras) => eras.push(area.index),
            None => {
                by_code.insert(area.code.clone(), vec![area.index]);
            }
        }
        let parent = area.parent_code.as_deref().unwrap_or_default();
        match by_parent.get_mut(parent) {
            Some(children) => children.push(area.index),
            None => {
                by_parent.insert(parent.to_owned(), vec![area.index]);
            }
        }
    }
    for eras in by_code.values_mut() {
        eras.sort_unstable_by_key(|at| std::cmp::Reverse(rows[*at].valid_from));
        check_eras(&rows, eras)?;
    }
    for children in by_parent.values_mut() {
        children.sort_unstable_by(|a, b| rows[*a].code.cmp(&rows[*b].code));
    }
    let parent =
        rows.iter().map(|area| parent_of(area, &rows, &by_code)).collect::<Result<_, _>>()?;
    let successor =
        rows.iter().map(|area| successor_of(area, &rows, &by_code)).collect::<Result<_, _>>()?;
    Ok(Areas { rows, by_code, parent, successor, by_parent, search_keys: OnceLock::new() })
}

fn read_rows(csv: &str) -> Result<Vec<Area>, String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    if header != COLUMNS.as_slice() {
        return Err(format!("areas: columns are {header:?}, not {COLUMNS:?}"));
    }
    let mut rows = Vec::with_capacity(csv.len() / 64);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| format!("areas: {error}"))? {
        let area = read_row(&record, rows.len())
            .map_err(|column| format!("areas: bad {column} in {record:?}"))?;
        rows.push(area);
    }
    Ok(rows)
}

/// The name of the column is the error.
fn read_row(record: &StringRecord, index: usize) -> Result<Area, &'static str> {
    let cell = |at: usize| record.get(at).unwrap_or_default();
    let code = cell(0);
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(COLUMNS[0]);
    }
    Ok(Area {
        code: code.to_owned(),
        name: cell(1).to_owned(),
        level: cell(2).parse().map_err(|_| COLUMNS[2])?,
        parent_code: Some(cell(3)).filter(|code| !code.is_empty()).map(str::to_owned),
        valid_from: day(cell(4)).map_err(|()| COLUMNS[4])?,
        valid_to: day(cell(5)).map_err(|()| COLUMNS[5])?,
        successors: cell(6).split('|').filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        lat: degrees(cell(7)).map_err(|()| COLUMNS[7])?,
        lon: degrees(cell(8)).map_err(|()| COLUMNS[8])?,
        index,
    })
}

fn day(text: &str) -> Result<Option<NaiveDate>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_day(text).map(Some).map_err(|_| ())
}

fn degrees(text: &str) -> Result<Option<f64>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ())
}

/// Eras of one code, the newest first, must not share a day.
fn check_eras(rows: &[Area], eras: &[usize]) -> Result<(), String> {
    for pair in eras.windows(2) {
        let (newer, older) = (&rows[pair[0]], &rows[pair[1]]);
        if older.valid_to.is_none() || older.valid_to >= newer.valid_from {
            return Err(format!(
                "areas: code {} means both {} and {} on one day",
                newer.code, older.name, newer.name
            ));
        }
    }
    Ok(())
}

/// The newest area of the parent's code that shares a day with the child.
fn parent_of(
    area: &Area,
    rows: &[Area],
    by_code: &HashMap<String, Vec<usize>>,
) -> Result<Option<usize>, String> {
    let Some(code) = &area.parent_code else {
        return Ok(None);
    };
    let shares_a_day = |other: &Area| {
        other.valid_from.is_none_or(|from| area.valid_to.is_none_or(|to| from <= to))
            && area.valid_from.is_none_or(|from| other.valid_to.is_none_or(|to| from <= to))
    };
    let parent = by_code
        .get(code)
        .and_then(|eras| eras.iter().find(|at| shares_a_day(&rows[**at])))
        .copied()
        .filter(|at| rows[*at].level < area.level);
    match parent {
        Some(at) => Ok(Some(at)),
        None => Err(format!("areas: {} has no parent {code}", area.name)),
    }
}

/// The main successor: its area of the day after this one ended.
fn successor_of(
    area: &Area,
    rows: &[Area],
    by_code: &HashMap<String, Vec<usize>>,
) -> Result<Option<usize>, String> {
    let (Some(code), Some(end)) = (area.successors.first(), area.valid_to) else {
        return Ok(None);
    };
    let next = end.succ_opt().unwrap_or(end);
    by_code
        .get(code)
        .and_then(|eras| eras.iter().find(|at| rows[**at].valid_on(next)))
        .map(|at| Some(*at))
        .ok_or_else(|| format!("areas: {} has no successor {code}", area.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "code,name,level,parent_code,valid_from,valid_to,successor_codes,lat,lon\n";

    fn error(rows: &str) -> String {
        load(&format!("{HEADER}{rows}")).unwrap_err()
    }

    #[test]
    fn damaged_tables_are_refused_with_the_row() {
        assert!(load("code,name\n01,A\n").is_err());
        assert!(
            error("44,A,province,,,2025-07-01,,,\n44,B,province,,2025-07-01,,,,\n")
                .contains("both A and B")
        );
        assert!(error("455,A,district,44,,,,,\n").contains("no parent 44"));
        assert!(error("44,A,province,,,2025-06-30,45,,\n").contains("no successor 45"));
        assert!(error("44,A,county,,,,,,\n").contains("level"));
        assert!(error("44,A,province,,30/6/2025,,,,\n").contains("valid_from"));
    }
}

//! How organisations and those who collect for them stand: what they enrolled in a period, and what they enrolled
//! since their targets began.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};

use super::table::{self, Row};
use crate::domain::{Areas, Id, Scheme};
use crate::store::sums::{By, Question, SumKey};
use crate::store::tallies::Counts;
use crate::store::{Conn, Reach, Result, names};

/// What is asked; both days are inclusive.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub today: NaiveDate,
    pub group_id: Option<Id>,
    /// One organisation, with those who collect for it.
    pub organisation_id: Option<Id>,
}

/// The figures of one scheme; people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// What is to be reached by the plan in force on the last day.
    pub target: Option<i64>,
    /// In the period.
    pub period: Counts,
    /// To the last day: since the target began, without one since the year of the last day began; never less than
    /// the period where there is none.
    pub so_far: Counts,
}

/// An organisation, or a person.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub name: String,
    pub schemes: BTreeMap<Scheme, Figures>,
}

/// An organisation with those who collect for it now, by name.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// Nothing of those who collect for none.
    pub organisation: Option<Id>,
    /// The organisation's own figures: what was enrolled for it, also by those who have left; or for none.
    pub whole: Line,
    pub collectors: Vec<Line>,
}

/// Organisations by name, and after them those who collect for none; whoever has work or a target within reach.
pub fn teams(conn: &mut Conn, reach: &Reach, of: &Period) -> Result<Vec<Team>> {
    let mut organisations = lines(conn, reach, By::Organisation, of)?;
    let collectors = lines(conn, reach, By::Agent, of)?;
    let ids: Vec<Id> = collectors.keys().copied().collect();
    let employers = names::organisations_of(conn, &ids)?;
    // Whoever changed over brings his new organisation with him.
    let employed: Vec<Id> = employers.values().copied().collect();
    for (id, name) in names::organisations(conn, &employed)? {
        organisations.entry(id).or_insert_with(|| Line { name, ..Line::default() });
    }
    let mut teams: HashMap<Option<Id>, Team> = HashMap::new();
    for (id, line) in organisations {
        // What was enrolled for none is counted, too.
        let organisation = Some(id).filter(|id| *id != Id::NIL);
        let team = Team { organisation, whole: line, collectors: Vec::new() };
        teams.insert(organisation, team);
    }
    for (id, line) in collectors {
        teams.entry(employers.get(&id).copied()).or_default().collectors.push(line);
    }
    if let Some(one) = of.organisation_id {
        teams.retain(|id, _| *id == Some(one));
    }
    let mut teams: Vec<Team> = teams.into_values().collect();
    for team in &mut teams {
        team.collectors.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let key =
        |team: &Team| (team.organisation.is_none(), team.whole.name.clone(), team.organisation);
    teams.sort_by_key(key);
    Ok(teams)
}

fn lines(conn: &mut Conn, reach: &Reach, by: By, of: &Period) -> Result<BTreeMap<Id, Line>> {
    let mut ask = |from| {
        let question = Question {
            from,
            to: of.to,
            today: of.today,
            scheme: None,
            group_id: of.group_id,
            office_id: None,
            drive_id: None,
        };
        table::table(conn, &Areas::in_force(), reach, by, &question)
    };
    let year = of.to.with_ordinal(1).unwrap_or(of.to).min(of.from);
    let starts = |row: &Row| row.target.map_or(year, |aim| aim.from);
    let mut found: BTreeMap<Id, Line> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for row in ask(year)? {
        let SumKey::Id(id) = row.key else { continue };
        all.insert(starts(&row));
        let line = found.entry(id).or_default();
        let target = row.target.map(|aim| aim.people);
        line.schemes.insert(row.scheme, Figures { target, ..Figures::default() });
        line.name = row.name;
    }
    let mut put = |row: Row, set: fn(&mut Figures, Counts)| {
        let SumKey::Id(id) = row.key else { return };
        let figures = found.get_mut(&id).and_then(|line| line.schemes.get_mut(&row.scheme));
        if let Some(figures) = figures {
            set(figures, row.counts);
        }
    };
    for start in all {
        for row in ask(start)?.into_iter().filter(|row| starts(row) == start) {
            put(row, |figures, counts| figures.so_far = counts);
        }
    }
    for row in ask(of.from)? {
        put(row, |figures, counts| figures.period = counts);
    }
    Ok(found)
}

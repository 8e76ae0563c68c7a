//! Indicators as a supervisor reads them: a row for each unit and scheme, and the sums of an office.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::figures::{self, Change, Counted, Plan, Standing};
use super::rolled;
use crate::domain::{Areas, BaselineKind, HolderKind, Id, Measure, Scheme};
use crate::store::baselines;
use crate::store::participation::{self, Level, People, last_day};
use crate::store::targets::{self, Wanted};
use crate::store::{Conn, Reach, Result, groups, names, reach};

/// Whose figures the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The offices right under the one asked for, each with all that is under it.
    Office,
    Group,
    /// Communes.
    Area,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    pub on: NaiveDate,
    /// The office whose sums these are; nothing for the whole country.
    pub root: Option<Id>,
    pub by: By,
    pub scheme: Option<Scheme>,
}

/// The figures of a unit, or of all together, in one scheme.
#[derive(Debug, Clone)]
pub struct Figures {
    pub scheme: Scheme,
    pub taking_part: i64,
    /// Against these months nothing is compared of which it is not known who took part elsewhere.
    pub last_month: Option<Change>,
    pub last_december: Option<Change>,
    pub last_year: Option<Change>,
    pub standing: Option<Standing>,
    pub population: Option<i64>,
    /// People with health insurance of the population, in percent.
    pub coverage: Option<Decimal>,
    pub labour_force: Option<i64>,
    /// People in voluntary insurance of the labour force, in percent.
    pub labour_share: Option<Decimal>,
}

/// A unit in one scheme.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: String,
    pub name: String,
    pub figures: Figures,
    pub rank: Option<usize>,
}

/// All together, in one scheme.
#[derive(Debug, Clone)]
pub struct Total {
    pub figures: Figures,
    pub units_over: usize,
    pub units_under: usize,
}

/// The table.
#[derive(Debug, Clone)]
pub struct Report {
    /// The first day of the month that it is about.
    pub month: NaiveDate,
    pub rows: Vec<Row>,
    pub totals: Vec<Total>,
}

/// The four months that are held side by side, by their first days.
#[derive(Debug, Clone, Copy)]
struct Four([NaiveDate; 4]);

impl Four {
    fn of(on: NaiveDate) -> Self {
        let month = on.with_day(1).unwrap_or(on);
        let back = |months| month.checked_sub_months(Months::new(months)).unwrap_or(month);
        Self([month, back(1), back(month.month()), back(12)])
    }

    /// One number for each of the four.
    fn counted(self, of: impl FnMut(NaiveDate) -> Option<i64>) -> Counted {
        let [now, last_month, last_december, last_year] = self.0.map(of);
        Counted { now: now.unwrap_or_default(), last_month, last_december, last_year }
    }
}

/// What is known of a unit besides what was counted here.
#[derive(Default)]
struct Facts {
    baselines: HashMap<BaselineKind, Vec<baselines::Figure>>,
    plans: HashMap<Scheme, Plan>,
}

impl Facts {
    /// The newest figure up to the end of a month.
    fn baseline(&self, kind: BaselineKind, month: NaiveDate) -> Option<i64> {
        let of = self.baselines.get(&kind)?;
        of.iter().rev().find(|it| it.as_of <= last_day(month)).map(|it| it.people)
    }

    /// Those insured without this system, in each of the four months: unknown before the first baseline. Of whom
    /// there is none up to now nothing is said.
    fn elsewhere(&self, scheme: Scheme, four: Four) -> Option<Counted> {
        let kind = match scheme {
            Scheme::Voluntary => BaselineKind::Voluntary,
            Scheme::Household => BaselineKind::Household,
        };
        self.now(kind)?;
        Some(four.counted(|month| self.baseline(kind, month)))
    }

    /// The newest figure: of later ones than the month asked for nothing is known.
    fn now(&self, kind: BaselineKind) -> Option<i64> {
        self.baselines.get(&kind)?.last().map(|it| it.people)
    }

    fn plan(&self, scheme: Scheme) -> Option<Plan> {
        self.plans.get(&scheme).copied()
    }
}

/// What is known of units, each by its key.
type Known = HashMap<String, Facts>;

/// The table of an office, of a group or of a commune, within reach.
///
/// # Errors
/// [`crate::store::StoreError::NotFound`] for an office outside of it.
pub fn report(conn: &mut Conn, areas: &Areas, reach: &Reach, of: &Question) -> Result<Report> {
    let reach = match of.root {
        Some(id) => reach::under(conn, reach, id)?,
        None => reach.clone(),
    };
    let four = Four::of(of.on);
    let level = if of.by == By::Area { Level::Area } else { Level::Group };
    let people = participation::people(conn, &reach, level, four.0)?;
    let units = units(conn, areas, &reach, of, &people)?;
    let mut counted: HashMap<(Scheme, &str), Counted> = HashMap::new();
    let mut sums: BTreeMap<Scheme, Counted> = BTreeMap::new();
    for it in people {
        let one = Counted::from(it.people);
        *sums.entry(it.scheme).or_default() += one;
        if let Some(key) = units.of.get(&it.key) {
            *counted.entry((it.scheme, key)).or_default() += one;
        }
    }
    let mut known = known(conn, &reach, of, &units)?;
    // What is known of the root is its total's, not a row's.
    let whole = of.root.and_then(|root| known.remove(&root.to_string())).unwrap_or_default();
    let nothing = Facts::default();
    let mut found = Report { month: four.0[0], rows: vec![], totals: vec![] };
    let wanted = |scheme: &&Scheme| of.scheme.is_none_or(|it| it == **scheme);
    for scheme in Scheme::ALL.iter().filter(wanted).copied() {
        let mut rows: Vec<Row> = units
            .names
            .iter()
            .map(|(key, name)| {
                let facts = known.get(key).unwrap_or(&nothing);
                let here = counted.get(&(scheme, key.as_str()));
                let mut people = here.copied().unwrap_or_default();
                people += facts.elsewhere(scheme, four).unwrap_or_default();
                let figures =
                    figures(of.on, scheme, people, facts.plan(scheme), |kind| facts.now(kind));
                Row { key: key.clone(), name: name.clone(), figures, rank: None }
            })
            .collect();
        let percents: Vec<_> =
            rows.iter().map(|row| row.figures.standing.map(|it| it.percent)).collect();
        for (row, rank) in rows.iter_mut().zip(figures::ranks(&percents)) {
            row.rank = rank;
        }
        let here = sums.get(&scheme).copied().unwrap_or_default();
        found.totals.push(total(of.on, scheme, here, (&units, &rows), &known, &whole));
        found.rows.append(&mut rows);
    }
    Ok(found)
}

fn figures(
    on: NaiveDate,
    scheme: Scheme,
    people: Counted,
    plan: Option<Plan>,
    basis: impl Fn(BaselineKind) -> Option<i64>,
) -> Figures {
    let of = |kind, wanted| basis(kind).filter(|_| scheme == wanted);
    let population = of(BaselineKind::Population, Scheme::Household);
    let labour_force = of(BaselineKind::LabourForce, Scheme::Voluntary);
    let since = |before: Option<i64>| before.map(|before| figures::change(people.now, before));
    Figures {
        scheme,
        taking_part: people.now,
        last_month: since(people.last_month),
        last_december: since(people.last_december),
        last_year: since(people.last_year),
        standing: plan.and_then(|plan| figures::standing(people.now, plan, on)),
        population,
        coverage: population.and_then(|all| figures::percent(people.now, all)),
        labour_force,
        labour_share: labour_force.and_then(|all| figures::percent(people.now, all)),
    }
}

/// What the office itself has, its plan and its baselines, goes before sums of what its units have.
fn total(
    on: NaiveDate,
    scheme: Scheme,
    here: Counted,
    (units, rows): (&Units, &[Row]),
    known: &Known,
    whole: &Facts,
) -> Total {
    let four = Four::of(on);
    let near = || rows.iter().filter(|row| !units.far.contains(&row.key));
    let near = || near().filter_map(|row| known.get(&row.key));
    let sum_of = |kind| near().filter_map(|facts| facts.now(kind)).reduce(|a, b| a + b);
    let mut people = here;
    if let Some(elsewhere) = whole.elsewhere(scheme, four) {
        people += elsewhere;
    } else {
        for elsewhere in near().filter_map(|facts| facts.elsewhere(scheme, four)) {
            people += elsewhere;
        }
    }
    let plan = whole.plan(scheme).or_else(|| {
        let plans = rows.iter().filter_map(|row| known.get(&row.key)?.plan(scheme));
        plans.reduce(|a, b| Plan { people: a.people + b.people, ends_on: a.ends_on.max(b.ends_on) })
    });
    let basis = |kind| whole.now(kind).or_else(|| sum_of(kind));
    let planned = || rows.iter().filter_map(|row| row.figures.standing);
    Total {
        figures: figures(on, scheme, people, plan, basis),
        units_over: planned().filter(|it| it.to_go == 0).count(),
        units_under: planned().filter(|it| it.to_go > 0).count(),
    }
}

/// The units of the rows in order of name, and which of them each counted key belongs to.
struct Units {
    names: Vec<(String, String)>,
    of: HashMap<String, String>,
    /// Communes in which nobody within reach works: who else lives there is in no sum.
    far: HashSet<String>,
}

fn units(
    conn: &mut Conn,
    areas: &Areas,
    reach: &Reach,
    of: &Question,
    people: &[People],
) -> Result<Units> {
    let mut units = match of.by {
        By::Office => of_offices(conn, reach, of.root)?,
        By::Group => {
            let all = names::groups(conn, reach)?.into_iter();
            let names: Vec<_> = all.map(|(id, name)| (id.to_string(), name)).collect();
            let of = names.iter().map(|(key, _)| (key.clone(), key.clone())).collect();
            Units { names, of, far: HashSet::new() }
        }
        By::Area => {
            // Where groups work, and wherever else they enrolled somebody.
            let mut codes = groups::areas_within(conn, reach)?;
            let own = baselines::Own::among(reach, areas, &codes);
            codes.extend(people.iter().map(|it| it.key.clone()));
            let current = codes.iter().filter_map(|code| areas.resolve(code, NaiveDate::MAX));
            let names: BTreeMap<String, String> = current
                .map(|it| areas.current(it.area))
                .map(|area| (area.code.clone(), area.name.clone()))
                .collect();
            let of = names.keys().map(|code| (code.clone(), code.clone())).collect();
            let far =
                names.keys().filter(|code| own.check(areas, code).is_err()).cloned().collect();
            Units { names: names.into_iter().collect(), of, far }
        }
    };
    units.names.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    Ok(units)
}

/// The offices right under the root with the groups of all that is under each; groups of the root itself have a row
/// of its name, and those without an office a row of their own.
fn of_offices(conn: &mut Conn, reach: &Reach, root: Option<Id>) -> Result<Units> {
    let rolled = rolled::offices(conn, reach, root)?;
    let names = rolled.units.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    let of = rolled.members().map(|(group, office)| (group.to_string(), office.to_string()));
    Ok(Units { names, of: of.collect(), far: HashSet::new() })
}

/// What is known of the units of the rows, and of the root.
fn known(conn: &mut Conn, reach: &Reach, of: &Question, units: &Units) -> Result<Known> {
    let keys = || units.names.iter().map(|(key, _)| key);
    let (kind, mut offices, communes): (_, Vec<Id>, Vec<String>) = match of.by {
        By::Office => {
            (HolderKind::Office, keys().filter_map(|key| key.parse().ok()).collect(), vec![])
        }
        By::Group => (HolderKind::Group, vec![], vec![]),
        By::Area => (HolderKind::Area, vec![], keys().cloned().collect()),
    };
    offices.extend(of.root);
    let mut known = Known::new();
    let month = Four::of(of.on).0[0];
    for it in baselines::up_to(conn, &offices, &communes, last_day(month))? {
        let office = || it.office_id.map(|id| id.to_string());
        let Some(key) = it.area_code.clone().or_else(office) else { continue };
        known.entry(key).or_default().baselines.entry(it.kind).or_default().push(it);
    }
    let plans = |kind, holder_id| Wanted {
        holder_kind: Some(kind),
        holder_id,
        measure: Some(Measure::TakingPart),
        on: Some(of.on),
        ..Wanted::default()
    };
    let mut wanted = vec![plans(kind, None)];
    if let Some(root) = of.root.filter(|_| kind != HolderKind::Office) {
        wanted.push(plans(HolderKind::Office, Some(root.to_string())));
    }
    // In force on the day; of several the last.
    for it in targets::goals(conn, reach, &wanted)? {
        if let Some(scheme) = it.scheme {
            let plan = Plan { people: it.people, ends_on: it.ends_on };
            known.entry(it.holder_id).or_default().plans.insert(scheme, plan);
        }
    }
    Ok(known)
}

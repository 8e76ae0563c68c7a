//! The cells of official lists, column by column, from enrollments and their terms.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::{CodeKind, Id, ResultForm, Scheme};
use crate::policy::RowName;
use crate::sheets::forms::{Value, words};
use crate::store::rows::{CardRow, EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow};
use crate::store::{Conn, Result, entities, lists};
use crate::sync::terms::Terms;

/// Of whom a list is.
#[derive(Debug, Clone, Copy)]
pub enum People {
    /// Whose money was taken in the period.
    Paid(Scheme),
    /// Who left in the period and is not back.
    Lapsed,
}

/// The rows of a list, as they are written.
pub struct Rows {
    of: People,
    count: usize,
    /// The record whose household was named last.
    household_of: Option<Id>,
}

/// A row, and the line that stands over it, if any.
type Row = (Option<String>, Vec<Value>);

/// What is known of those who stand in a part.
struct Known {
    persons: HashMap<Id, PersonRow>,
    codes: HashMap<(Id, CodeKind), String>,
    households: HashMap<Id, HouseholdRow>,
    cards: HashMap<Id, CardRow>,
}

impl Known {
    fn of(conn: &mut Conn, part: &[EnrollmentRow]) -> Result<Self> {
        let ids: Vec<Id> = part.iter().map(|row| row.person_id).collect();
        let (persons, codes) = entities::persons(conn, &ids)?;
        let ids: Vec<Id> = part.iter().filter_map(|row| row.household_id).collect();
        let (households, _) = entities::households(conn, &ids)?;
        let ids: Vec<Id> = part.iter().map(|row| row.id).collect();
        let mut shown = HashMap::new();
        for PersonCodeRow { person_id, kind, code, .. } in codes {
            // Those that are shown come first.
            shown.entry((person_id, kind)).or_insert(code);
        }
        let cards = lists::cards_of(conn, &ids)?;
        Ok(Self {
            persons: persons.into_iter().map(|row| (row.id, row)).collect(),
            codes: shown,
            households: households.into_iter().map(|row| (row.id, row)).collect(),
            cards: cards.into_iter().map(|row| (row.enrollment_id, row)).collect(),
        })
    }

    fn code(&self, person: Id, kind: CodeKind) -> Value {
        Value::text(self.codes.get(&(person, kind)).map(String::as_str))
    }

    fn form(&self, enrollment: Id) -> Option<ResultForm> {
        self.cards.get(&enrollment).map(|card| card.form)
    }
}

impl Rows {
    pub const fn new(of: People) -> Self {
        Self { of, count: 0, household_of: None }
    }

    /// How many there are so far.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The rows of a part.
    pub fn of(&mut self, conn: &mut Conn, part: &[EnrollmentRow]) -> Result<Vec<Row>> {
        let known = Known::of(conn, part)?;
        let mut rows = Vec::with_capacity(part.len());
        for row in part {
            let Some(person) = known.persons.get(&row.person_id) else { continue };
            self.count += 1;
            let at = Value::Number(i64::try_from(self.count).unwrap_or(i64::MAX));
            rows.push(match self.of {
                People::Paid(Scheme::Voluntary) => (None, d05(at, &known, person, row)?),
                People::Paid(Scheme::Household) => {
                    (self.household(&known, row), mau4(at, &known, person, row)?)
                }
                People::Lapsed => (None, c21(at, &known, person, row)),
            });
        }
        Ok(rows)
    }

    /// Whose household the members of a record are, once.
    fn household(&mut self, known: &Known, row: &EnrollmentRow) -> Option<String> {
        if self.household_of.replace(row.record_id) == Some(row.record_id) {
            return None;
        }
        let household = known.households.get(&row.household_id?)?;
        let line = words().household.replace("{head}", &household.head_name);
        let line = line.replace("{address}", &household.address);
        Some(line.replace("{phone}", household.phone.as_deref().unwrap_or("…")))
    }
}

/// A birth date as a day; a year or a month alone as it was said.
fn born(person: &PersonRow) -> Value {
    match person.birth.parse::<NaiveDate>() {
        Ok(day) => Value::Day(day),
        Err(_) => Value::Text(turned(&person.birth)),
    }
}

/// `2026-12` as 12/2026.
fn turned(text: &str) -> String {
    text.split('-').rev().collect::<Vec<_>>().join("/")
}

/// The value of the row of a table that the amount rests on; of a table with many rows of a day, by its key.
fn rested_on(terms: &Terms, table: &str, key: Option<&str>) -> Option<i64> {
    let names = terms.rules.iter().filter_map(|name| RowName::parse(name));
    let asked =
        |name: &RowName| name.table == table && (key.is_none() || name.key.as_deref() == key);
    names.filter(asked).find_map(|name| name.value?.parse().ok())
}

/// A product of percents of whole đồng, rounded half up.
fn percent_of(amount: i64, hundredths: i64) -> i64 {
    amount.saturating_mul(hundredths).saturating_add(5_000).div_euclid(10_000)
}

fn d05(at: Value, known: &Known, person: &PersonRow, row: &EnrollmentRow) -> Result<Vec<Value>> {
    let terms = Terms::parse(&row.terms)?;
    let income = terms.income.map_or(0, |income| income.0);
    let line = rested_on(&terms, "poverty_line_rural", None).unwrap_or_default();
    let state =
        if row.state_support > 0 { rested_on(&terms, "vsi_state_support", None) } else { None };
    let local = if row.local_support > 0 { rested_on(&terms, "local_support", None) } else { None };
    // What is paid ahead or made up is discounted or grows: then the amount is no simple product.
    let rate =
        rested_on(&terms, "rates", Some("voluntary_contribution_percent")).unwrap_or_default();
    let gross = percent_of(row.months.saturating_mul(income), rate * 100);
    let due = match gross == row.gross {
        true => Value::Formula(format!("ROUND(F{{r}}*G{{r}}*{rate}%,0)"), row.gross),
        false => Value::Number(row.gross),
    };
    let base = row.months.saturating_mul(line);
    let support = state.map_or(0, |percent| percent_of(base, rate * percent));
    let payable = row.gross - support - row.local_support;
    let own = match payable == row.payable && (line > 0 || support == 0) {
        true => Value::Formula(
            format!("H{{r}}-ROUND(F{{r}}*J{{r}}%*{rate}%*{line},0)-L{{r}}-N{{r}}"),
            row.payable,
        ),
        false => Value::Number(row.payable),
    };
    let form = known.form(row.id).and_then(|form| words().forms.get(&form).cloned());
    Ok(vec![
        at,
        Value::Text(person.full_name.clone()),
        known.code(person.id, CodeKind::Bhxh),
        born(person),
        Value::text(terms.from_month.as_deref().map(turned)),
        Value::Number(row.months),
        Value::Number(income),
        due,
        own,
        state.map_or(Value::Empty, Value::Number),
        local.map_or(Value::Empty, Value::Number),
        if row.local_support > 0 { Value::Number(row.local_support) } else { Value::Empty },
        Value::Empty,
        Value::Empty,
        Value::text(form),
        Value::text(words().kinds.get(&row.kind).cloned()),
        Value::Empty,
    ])
}

fn mau4(at: Value, known: &Known, person: &PersonRow, row: &EnrollmentRow) -> Result<Vec<Value>> {
    let terms = Terms::parse(&row.terms)?;
    let form = known.form(row.id);
    let mark =
        |wanted| if form == Some(wanted) { Value::Text("x".to_owned()) } else { Value::Empty };
    let support =
        if row.state_support > 0 { rested_on(&terms, "bhyt_state_support", None) } else { None };
    let facility = known.cards.get(&row.id).and_then(|card| card.facility_code.clone());
    Ok(vec![
        at,
        Value::Text(person.full_name.clone()),
        known.code(person.id, CodeKind::Bhxh),
        known.code(person.id, CodeKind::PersonalId),
        born(person),
        Value::text(facility),
        rested_on(&terms, "base_salary", None).map_or(Value::Empty, Value::Number),
        Value::text(terms.relation.and_then(|it| words().relations.get(&it).cloned())),
        support.map_or(Value::Empty, Value::Number),
        mark(ResultForm::Electronic),
        mark(ResultForm::Paper),
        Value::Text(words().months.replace("{months}", &row.months.to_string())),
    ])
}

fn c21(at: Value, known: &Known, person: &PersonRow, row: &EnrollmentRow) -> Vec<Value> {
    let mark = |scheme| match row.scheme == scheme {
        true => Value::Text("x".to_owned()),
        false => Value::Empty,
    };
    // The first month without cover.
    let stopped = row.covers_to.succ_opt().unwrap_or(row.covers_to);
    vec![
        at,
        Value::Text(person.area_code.clone()),
        Value::Text(person.full_name.clone()),
        known.code(person.id, CodeKind::Bhxh),
        Value::Empty,
        mark(Scheme::Voluntary),
        mark(Scheme::Household),
        Value::Empty,
        Value::Text(stopped.format("%m/%Y").to_string()),
        Value::Empty,
        Value::Text(person.address.clone()),
        Value::text(person.phone.clone()),
    ]
}

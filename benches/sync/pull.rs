//! A phone that pulls everything its group has, beside a plain selection of the same rows.

use std::time::{Duration, Instant};

use diesel::prelude::*;

use dai_ly_thu::domain::{ChangeEntity, Id};
use dai_ly_thu::store::rows::{
    CardRow, EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow,
};
use dai_ly_thu::store::schema::{
    cards, changes, enrollments, household_ranks, households, person_codes, persons,
};
use dai_ly_thu::store::{Conn, PoolSize, Result, Store};

use crate::fill::{Size, fill};
use crate::phones::{Phone, Site};
use crate::report::{Section, median, number, rate};
use crate::support::{Backend, Database};
use crate::{Options, name_of};

pub fn measure(options: &Options) -> Section {
    let size = Size { units: if options.quick { 400 } else { 4_000 }, groups: 1 };
    let count = size.changes() as usize;
    let mut rows = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::fresh(backend);
        let group_id = fill(&database.url, backend, size)[0];
        let store = Store::open(&database.url, PoolSize::default()).expect("the database opens");
        let site = Site::open(store);
        let phone = Phone::of(&site.store, &site.keys, group_id);
        let rounds: Vec<(f64, f64)> = (0..options.rounds())
            .map(|_| {
                let pulled = pull(&site, &phone, count);
                (rate(count, pulled), rate(count, select(&site.store, group_id, count)))
            })
            .collect();
        let pulled = median(rounds.iter().map(|it| it.0).collect());
        let selected = median(rounds.iter().map(|it| it.1).collect());
        let ratio = median(rounds.iter().map(|it| it.0 / it.1).collect());
        let mut row = vec![name_of(backend).to_owned()];
        row.extend([pulled, selected, ratio].map(number));
        eprintln!("{}", row.join("  "));
        rows.push(row);
    }
    Section {
        title: "Pull",
        about: if options.quick {
            "Only to see that this works."
        } else {
            "100,000 changes (enrollments, cards, persons, households) in pages of 1000 over HTTP, packed with \
             zstd, one page after the other; beside them the same rows, with codes and ranks, selected by one \
             query a table on one connection. Changes for each second."
        },
        columns: vec!["database", "pulled/s", "selected/s", "ratio"],
        rows,
        goals: vec![],
    }
}

fn pull(site: &Site, phone: &Phone, count: usize) -> Duration {
    let begun = Instant::now();
    let mut pages = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = phone.pull(&site.base, cursor.as_deref());
        assert_eq!(page.status, 200);
        let text = zstd::decode_all(&*page.body).expect("packed with zstd");
        let head: Head = serde_json::from_slice(&text).expect("a page");
        pages.push(head.changes.len());
        if !head.has_more {
            break;
        }
        cursor = Some(head.cursor);
    }
    let took = begun.elapsed();
    assert_eq!(pages.iter().sum::<usize>(), count);
    took
}

/// What a phone must read of a page to ask for the next.
#[derive(serde::Deserialize)]
struct Head {
    cursor: String,
    has_more: bool,
    changes: Vec<serde::de::IgnoredAny>,
}

fn select(store: &Store, group_id: Id, count: usize) -> Duration {
    let begun = Instant::now();
    let selected = store.read(|conn| rows(conn, group_id)).expect("rows");
    let took = begun.elapsed();
    assert_eq!(selected, count);
    took
}

fn rows(conn: &mut Conn, group_id: Id) -> Result<usize> {
    let of = |entity: ChangeEntity| {
        changes::table
            .filter(changes::group_id.eq(group_id))
            .filter(changes::entity.eq(entity))
            .select(changes::entity_id)
    };
    let enrollments: Vec<EnrollmentRow> = enrollments::table
        .filter(enrollments::id.eq_any(of(ChangeEntity::Enrollment)))
        .select(EnrollmentRow::as_select())
        .load(conn)?;
    let cards: Vec<CardRow> = cards::table
        .filter(cards::id.eq_any(of(ChangeEntity::Card)))
        .select(CardRow::as_select())
        .load(conn)?;
    let persons: Vec<PersonRow> = persons::table
        .filter(persons::id.eq_any(of(ChangeEntity::Person)))
        .select(PersonRow::as_select())
        .load(conn)?;
    let codes: Vec<PersonCodeRow> = person_codes::table
        .filter(person_codes::person_id.eq_any(of(ChangeEntity::Person)))
        .select(PersonCodeRow::as_select())
        .load(conn)?;
    let households: Vec<HouseholdRow> = households::table
        .filter(households::id.eq_any(of(ChangeEntity::Household)))
        .select(HouseholdRow::as_select())
        .load(conn)?;
    let ranks: Vec<RankRow> = household_ranks::table
        .filter(household_ranks::household_id.eq_any(of(ChangeEntity::Household)))
        .select(RankRow::as_select())
        .load(conn)?;
    assert!(!codes.is_empty() && !ranks.is_empty());
    Ok(enrollments.len() + cards.len() + persons.len() + households.len())
}

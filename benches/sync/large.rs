//! The same uploads into an empty database and into one that has served a province for years, in turns.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use dai_ly_thu::store::schema::{groups, sync_scopes};
use dai_ly_thu::store::{Location, PoolSize, Result, Store};

use crate::fill::{self, Size, texts};
use crate::people::People;
use crate::phones::{GROUP, Site, Work, hand_in};
use crate::report::{Goal, Section, median, millis, number};
use crate::support::{Backend, Database, postgres};
use crate::{Options, name_of};

/// How many times as long an upload may take.
const SLOWER: f64 = 1.25;

/// Persons that one unit of the filling makes.
const PERSONS_A_UNIT: u32 = 4;

pub fn measure(options: &Options) -> Section {
    let size = size(options);
    let works = [
        Work { phones: 1, batch: 20, uploads: if options.quick { 20 } else { 100 } },
        Work { phones: 8, batch: 500, uploads: if options.quick { 8 } else { 24 } },
    ];
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let full = kept(backend, &options.data(), size);
        warm(&full, backend);
        let mut people = People::from(met(&full));
        let full = Site::open(full);
        for work in works {
            let mut rounds = Vec::new();
            for round in 0..=options.rounds() {
                let database = Database::fresh(backend);
                let empty = Site::open(database.store());
                let first = people.next();
                let in_empty = hand_in(&empty, &mut People::from(first), work);
                let in_full = hand_in(&full, &mut people, work);
                // The first warms up.
                if round > 0 {
                    rounds.push((millis(in_empty), millis(in_full)));
                }
            }
            let each = |took: f64| took / f64::from(u32::try_from(work.uploads).expect("few"));
            let empty = median(rounds.iter().map(|it| each(it.0)).collect());
            let full = median(rounds.iter().map(|it| each(it.1)).collect());
            let ratio = median(rounds.iter().map(|it| it.1 / it.0).collect());
            let persons = number(f64::from(size.persons()));
            let (name, phones, batch) = (name_of(backend), work.phones, work.batch);
            let mut row = vec![format!("{name}, {phones} × {batch}, {persons} persons")];
            row.extend([empty, full, ratio].map(number));
            eprintln!("{}", row.join("  "));
            rows.push(row);
            let what = format!(
                "time of an upload of {} into a large database beside an empty one, {}",
                work.batch,
                name_of(backend)
            );
            goals.push(Goal::at_most(what, ratio, SLOWER, " times"));
        }
    }
    Section {
        title: "A large database",
        about: "As many persons as a line says, with two and a half enrollments each, their records, codes, cards, \
                tallies and feeds stand in the database already; all indexes and constraints are there. \
                The indexes of codes and names have been read once. Milliseconds for an upload, all phones together.",
        columns: vec!["database, phones × records, size", "empty, ms", "large, ms", "ratio"],
        rows,
        goals,
    }
}

pub fn size(options: &Options) -> Size {
    if options.quick {
        Size { units: 5_000, groups: 10 }
    } else {
        Size { units: options.persons / PERSONS_A_UNIT, groups: 200 }
    }
}

/// A filled database that is made once and used again.
pub fn kept(backend: Backend, data: &Path, size: Size) -> Store {
    let url = match backend {
        Backend::Sqlite => {
            let file = data.join(format!("persons-{}.db", size.persons()));
            if !file.exists() {
                eprintln!("filling {}", file.display());
                let part = data.join("part.db");
                for leftover in ["part.db", "part.db-wal", "part.db-shm"] {
                    drop(std::fs::remove_file(data.join(leftover)));
                }
                fill::fill(&format!("sqlite:{}", part.display()), backend, size);
                // What was written is on the disk before anything is measured.
                std::fs::File::open(&part).and_then(|it| it.sync_all()).expect("on the disk");
                std::fs::rename(part, &file).expect("renamed");
            }
            format!("sqlite:{}", file.display())
        }
        Backend::Postgres => {
            let name = format!("persons_{}", size.persons());
            let location = Location::Postgres(postgres::server_url().to_owned());
            let mut conn = location.connect().expect("PostgreSQL answers");
            let known = texts(&mut conn, "SELECT datname::text AS text FROM pg_database");
            if !known.contains(&name) {
                eprintln!("filling {name}");
                postgres::admin("DROP DATABASE IF EXISTS part WITH (FORCE)");
                postgres::admin("CREATE DATABASE part");
                fill::fill(&postgres::database_url("part"), backend, size);
                postgres::admin(&format!("ALTER DATABASE part RENAME TO {name}"));
            }
            postgres::database_url(&name)
        }
    };
    Store::open(&url, PoolSize { connections: 8 }).expect("the database opens")
}

/// Reads what every batch asks, the codes and the names of all persons, as a server has that ran for a day.
fn warm(store: &Store, backend: Backend) {
    let read = "SELECT count(*) FROM person_codes; SELECT count(*) FROM persons;";
    let sql = match backend {
        Backend::Sqlite => read.to_owned(),
        Backend::Postgres => format!("BEGIN; SET LOCAL enable_seqscan = off; {read} COMMIT"),
    };
    store.read(|conn| -> Result<_> { Ok(conn.batch_execute(&sql)?) }).expect("they are read");
}

/// How many people phones of earlier runs handed in at most, so that none comes twice.
fn met(store: &Store) -> u64 {
    let versions = sync_scopes::table
        .inner_join(groups::table.on(groups::id.eq(sync_scopes::group_id)))
        .filter(groups::name.eq(GROUP))
        .select(sync_scopes::version);
    let versions: Vec<i64> =
        store.read(|conn| -> Result<_> { Ok(versions.load(conn)?) }).expect("the feeds");
    versions.iter().sum::<i64>().cast_unsigned()
}

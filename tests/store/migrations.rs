//! The two schemas side by side: the same folders, the same tables and columns, and a specification
//! that is what the code says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Barrier;

use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::support::{self, Backend, Database};
use dai_ly_thu::store::{Location, migrate, participation};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

type Tables = BTreeMap<String, Vec<(String, String)>>;

fn columns(backend: Backend) -> Tables {
    const SQLITE: &str = "SELECT m.name AS table_name, p.name AS column_name, \
         lower(p.type) || CASE WHEN p.\"notnull\" OR p.pk THEN '' ELSE '?' END AS kind \
         FROM sqlite_master m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         ORDER BY p.cid";
    const POSTGRES: &str = "SELECT table_name::text, column_name::text, \
         CASE data_type WHEN 'uuid' THEN 'blob' WHEN 'timestamp without time zone' THEN 'timestamp' \
         ELSE data_type END || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS kind \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY ordinal_position";
    let database = Database::fresh(backend);
    let mut conn = Location::parse(&database.url).unwrap().connect().unwrap();
    let sql = if backend == Backend::Sqlite { SQLITE } else { POSTGRES };
    let rows: Vec<Column> = diesel::sql_query(sql).load(&mut conn).unwrap();
    let mut tables = Tables::new();
    for row in rows {
        tables.entry(row.table_name).or_default().push((row.column_name, row.kind));
    }
    tables
}

fn folders(backend: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(backend);
    let names = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = names.map(|it| it.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(folders("sqlite"), folders("postgres"));
    assert!(!folders("sqlite").is_empty());
}

#[test]
fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (columns(Backend::Sqlite), columns(Backend::Postgres));
    assert!(sqlite.len() > 20, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn what_was_done_can_be_undone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let sqlite = Database::fresh(Backend::Sqlite);
    let mut conn = SqliteConnection::establish(sqlite.url.trim_start_matches("sqlite:")).unwrap();
    let source = FileBasedMigrations::from_path(folder.join("sqlite")).unwrap();
    conn.revert_all_migrations(source.clone()).unwrap();
    conn.run_pending_migrations(source).unwrap();
    let postgres = Database::fresh(Backend::Postgres);
    let mut conn = PgConnection::establish(&postgres.url).unwrap();
    let source = FileBasedMigrations::from_path(folder.join("postgres")).unwrap();
    conn.revert_all_migrations(source.clone()).unwrap();
    conn.run_pending_migrations(source).unwrap();
}

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Month {
    #[diesel(sql_type = Text)]
    month: String,
    #[diesel(sql_type = Text)]
    area_code: String,
    #[diesel(sql_type = BigInt)]
    people: i64,
}

/// Takes back a migration and all that came after it.
fn revert_from<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    folder: &str,
    version: &str,
) where
    FileBasedMigrations: MigrationSource<DB>,
{
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let source = FileBasedMigrations::from_path(folder).unwrap();
    while conn.applied_migrations().unwrap()[0] >= MigrationVersion::from(version) {
        conn.revert_last_migration(source.clone()).unwrap();
    }
}

/// Who takes part was kept by month and is kept by year: there and back again nothing is lost.
#[test]
fn months_become_years_and_months_again() {
    const YEARS: &str = "00000000000019";
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::fresh(backend);
        let location = Location::parse(&database.url).unwrap();
        let by_month = || {
            match backend {
                Backend::Sqlite => {
                    let file = database.url.trim_start_matches("sqlite:");
                    let mut conn = SqliteConnection::establish(file).unwrap();
                    revert_from(&mut conn, "sqlite", YEARS);
                }
                Backend::Postgres => {
                    let mut conn = PgConnection::establish(&database.url).unwrap();
                    revert_from(&mut conn, "postgres", YEARS);
                }
            }
            location.connect().unwrap()
        };
        let id = match backend {
            Backend::Sqlite => "x'0197a0000000700080000000000000aa'",
            Backend::Postgres => "'0197a000-0000-7000-8000-0000000000aa'",
        };
        let rows = [
            ("2025-12-01", "18901", 3),
            ("2026-01-01", "18901", 4),
            ("2026-01-01", "18904", -1),
            ("2026-12-01", "18901", 5),
        ];
        let mut conn = by_month();
        for (month, commune, people) in rows {
            let row = format!("({id}, '{month}', '{commune}', 'voluntary', {people})");
            let insert = format!("INSERT INTO participation VALUES {row}");
            diesel::sql_query(insert).execute(&mut conn).unwrap();
        }
        drop(conn);
        migrate::run(&location).unwrap();
        let kept = location.connect().unwrap().transaction(participation::all).unwrap();
        let kept =
            kept.into_iter().map(|(key, people)| (key.month.to_string(), key.area_code, people));
        let expected =
            rows.map(|(month, code, people)| (month.to_owned(), code.to_owned(), people));
        assert_eq!(kept.collect::<BTreeSet<_>>(), BTreeSet::from(expected.clone()));

        let sql = "SELECT CAST(month AS TEXT) AS month, area_code, people FROM participation";
        let again: Vec<Month> = diesel::sql_query(sql).load(&mut by_month()).unwrap();
        let again = again.into_iter().map(|it| (it.month, it.area_code, it.people));
        assert_eq!(again.collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    }
}

/// Servers that start at once do not collide: one migrates, the others wait.
#[test]
fn many_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |i| folder.path().join(format!("{i}.db")).display().to_string();
    let name = format!("start_{}", std::process::id());
    support::postgres::admin(&format!("CREATE DATABASE {name}"));
    let url = support::postgres::database_url(&name);
    // Those who make a new file get in each other's way now and then only.
    let files = (0..12).map(|i| Location::Sqlite(file(i)));
    for location in files.chain([Location::Postgres(url)]) {
        let together = Barrier::new(4);
        let start = || {
            together.wait();
            migrate::run(&location)
        };
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            for start in starts {
                start.join().unwrap().unwrap();
            }
        });
        assert_eq!(migrate::status(&location).unwrap().1, Vec::<String>::new());
    }
    support::postgres::admin(&format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[test]
fn the_specification_is_not_stale() {
    let checked_in = include_str!("../../api-spec/openapi.json");
    let from_code = dai_ly_thu::http::openapi::json();
    assert!(
        checked_in.trim() == from_code.trim(),
        "run: cargo run -- openapi > api-spec/openapi.json"
    );
}
